package main

import (
	"fmt"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"kezek/lab"
)

// stopTime is how long a lab may take to end.
const stopTime = 30 * time.Second

func down() *cobra.Command {
	return &cobra.Command{
		Use:   "down",
		Short: "Stop lab 0",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			holder, ok := lab.Holder(0)
			if !ok {
				fmt.Fprintln(cmd.OutOrStdout(), "The lab is not up.")
				return nil
			}
			if err := mine(holder); err != nil {
				return err
			}
			stopping := processes()
			if err := syscall.Kill(holder, syscall.SIGTERM); err != nil {
				return err
			}
			deadline := time.Now().Add(stopTime)
			for held := true; held; _, held = lab.Holder(0) {
				if time.Now().After(deadline) {
					return fmt.Errorf("process %d, which runs the lab, did not end within %s", holder, stopTime)
				}
				time.Sleep(20 * time.Millisecond)
			}
			fmt.Fprintf(cmd.OutOrStdout(), "Stopped: %s.\n", strings.Join(stopping, ", "))
			return nil
		},
	}
}
