package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"kezek/lab/bench"
)

func benchmark() *cobra.Command {
	var quick bool
	var file string
	cmd := &cobra.Command{
		Use:   "bench",
		Short: "Measure Kezek and app_queue side by side",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			plan := bench.Full()
			if quick {
				plan = bench.Quick()
			}
			report, err := bench.Run(cmd.Context(), plan, cmd.OutOrStdout())
			if err != nil {
				return err
			}
			fmt.Fprintln(cmd.OutOrStdout())
			report.Table(cmd.OutOrStdout())
			fmt.Fprintln(cmd.OutOrStdout(), report.Summary())
			if file == "" {
				return nil
			}
			page, err := report.Page()
			if err != nil {
				return err
			}
			return os.WriteFile(file, page, 0o644)
		},
	}
	cmd.Flags().BoolVar(&quick, "quick", false, "try everything in a minute; the figures say little")
	cmd.Flags().StringVar(&file, "write", "", "write the page with the table to this file")
	return cmd
}
