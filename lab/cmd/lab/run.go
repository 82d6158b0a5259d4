package main

import (
	"os"
	"strconv"

	"github.com/spf13/cobra"

	"kezek/lab"
)

func run() *cobra.Command {
	var keep, daemon bool
	cmd := &cobra.Command{
		Use:   "run",
		Short: "Run lab 0 in the foreground until interrupted",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			l, err := lab.Start(cmd.Context(), lab.Options{Daemon: daemon, Keep: keep, Log: cmd.OutOrStdout()})
			if err != nil {
				return err
			}
			defer l.Stop()
			// The file says that the lab is ready, and whose it is.
			mark := keeperFile(l.Dir)
			if err := os.WriteFile(mark, []byte(strconv.Itoa(os.Getpid())+"\n"), 0o644); err != nil {
				return err
			}
			defer os.Remove(mark)
			<-cmd.Context().Done()
			return nil
		},
	}
	labFlags(cmd, &keep, &daemon)
	return cmd
}

func labFlags(cmd *cobra.Command, keep, daemon *bool) {
	cmd.Flags().BoolVar(keep, "keep", false, "keep what Redis holds from the last time")
	cmd.Flags().BoolVar(daemon, "daemon", true, "run the Kezek daemon too")
}
