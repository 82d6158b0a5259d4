package main

import (
	"github.com/spf13/cobra"

	"kezek/lab"
)

func setup() *cobra.Command {
	needs := lab.Needs{Daemon: true}
	cmd := &cobra.Command{
		Use:   "setup",
		Short: "Install and compile what the lab still needs",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return lab.Setup(cmd.Context(), needs, cmd.OutOrStdout())
		},
	}
	cmd.Flags().BoolVar(&needs.Tests, "tests", false, "also what only tests need, and the tests themselves, compiled")
	cmd.Flags().BoolVar(&needs.Bench, "bench", false, "also what only the measurements need")
	cmd.Flags().BoolVar(&needs.Long, "long", false, "also what only make test-long needs: softphones, a browser, and what boots a clean Debian")
	return cmd
}
