package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"kezek/lab/bench"
)

func benchmark() *cobra.Command {
	var quick bool
	var file string
	var only []string
	cmd := &cobra.Command{
		Use:   "bench",
		Short: "Measure Kezek and app_queue side by side",
		Long:  "Measure Kezek and app_queue side by side, on a machine that should do nothing else.\n\n" + benchParts(),
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			parts, err := bench.ParseParts(only)
			if err != nil {
				return fmt.Errorf("--only: %w", err)
			}
			plan := bench.Full()
			if quick {
				plan = bench.Quick()
			}
			plan.Parts = parts
			if file != "" && len(only) > 0 {
				return errors.New("--write with --only: a page has all parts, and one of some would lose the others' figures")
			}
			return measure(cmd.Context(), plan, file, cmd.OutOrStdout())
		},
	}
	cmd.Flags().BoolVar(&quick, "quick", false, "try everything in a minute; the figures say little")
	cmd.Flags().StringSliceVar(&only, "only", nil, "measure only these parts, as in --only line,cost")
	cmd.Flags().StringVar(&file, "write", "", "write the page with the table of all parts to this file")
	return cmd
}

// measure runs the plan, shows what was measured, whatever else happened, and
// writes the page to file, unless that is empty. An interrupted run has not
// measured enough for a page.
func measure(ctx context.Context, plan bench.Plan, file string, out io.Writer) error {
	report, failed := bench.Run(ctx, plan, out)
	fmt.Fprintln(out)
	report.Table(out)
	fmt.Fprintln(out, report.Summary())
	switch {
	case file == "":
		fmt.Fprintln(out, "No page was written.")
		return failed
	case report.Interrupted != nil:
		fmt.Fprintf(out, "%s stays as it was.\n", file)
		return failed
	}
	page, err := report.Page()
	if err == nil {
		err = os.WriteFile(file, page, 0o644)
	}
	if err == nil {
		fmt.Fprintf(out, "%s has this table.\n", file)
	}
	return errors.Join(failed, err)
}

// benchParts tells of the parts.
func benchParts() string {
	text := "The parts, all of which run unless --only names some:\n"
	for _, p := range bench.Parts {
		text += fmt.Sprintf("  %-6s %s\n", p.Part, p.Tells)
	}
	return text + "A part that fails does not keep the others from being measured; it stands in the table, and the exit code is 1."
}
