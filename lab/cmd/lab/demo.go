package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"kezek/lab"
	story "kezek/lab/demo"
)

func demo() *cobra.Command {
	var o story.Options
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Play a short day of a call centre, and measure what Kezek promises",
		Long: "Play a short day of a call centre on real SIP calls in a lab of its own, show it as it happens, and\n" +
			"measure what Kezek promises. Exit code 0 only if every promise was kept.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			out := cmd.OutOrStdout()
			l, err := startStage(cmd.Context(), out)
			if err != nil {
				return err
			}
			defer l.Stop()
			err = story.Play(cmd.Context(), l, out, o)
			if o.Keep && cmd.Context().Err() == nil {
				fmt.Fprintf(out, "\nLab %d stays up until Ctrl-C. Board %s, SIP server %s, callers call %s from %s, files in %s\n",
					l.Number, l.OpsURL(), l.SIPAddr, lab.DID, l.CarrierHost, l.Dir)
				<-cmd.Context().Done()
			}
			return err
		},
	}
	cmd.Flags().BoolVar(&o.Keep, "keep", false, "leave the lab up until Ctrl-C")
	return cmd
}

// startStage starts lab 0, or another one if that is taken.
func startStage(ctx context.Context, out io.Writer) (*lab.Lab, error) {
	number := 0
	if pid, taken := lab.Holder(0); taken {
		fmt.Fprintf(out, "Lab 0 is up already (process %d; make down stops it). It is not touched: the demo uses another lab.\n", pid)
		number = lab.Any
	}
	return lab.Start(ctx, lab.Options{Number: number, Daemon: true, Log: out})
}
