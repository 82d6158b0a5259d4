package main

import (
	"github.com/spf13/cobra"

	"kezek/lab"
)

func setup() *cobra.Command {
	var tests bool
	cmd := &cobra.Command{
		Use:   "setup",
		Short: "Install what the lab needs and is not there yet",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return lab.Setup(cmd.Context(), tests, cmd.OutOrStdout())
		},
	}
	cmd.Flags().BoolVar(&tests, "tests", false, "also what only tests and benchmarks need")
	return cmd
}
