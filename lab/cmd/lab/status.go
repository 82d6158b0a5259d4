package main

import (
	"errors"

	"github.com/spf13/cobra"

	"kezek/lab"
)

func status() *cobra.Command {
	return &cobra.Command{
		Use:   "status",
		Short: "Show whether lab 0 is up, with its addresses and files",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			holder, ok := lab.Holder(0)
			if !ok {
				return errors.New("the lab is not up")
			}
			if err := mine(holder); err != nil {
				return err
			}
			describe(cmd.OutOrStdout())
			return nil
		},
	}
}
