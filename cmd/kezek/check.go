package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"go.uber.org/zap"

	"kezek/config"
	"kezek/daemon"
	"kezek/preflight"
)

// checkWithin bounds all of the check.
const checkWithin = time.Minute

func (a *app) checkCommand() *cobra.Command {
	var asJSON bool
	var asterisk, user string
	var only []string
	areas := preflight.Areas()
	cmd := &cobra.Command{
		Use: "check", Short: "Check config, Asterisk, dialplan, Redis, spool and prompts", Args: arguments(),
		Long: "Check the config and everything that it refers to, and print one line for each finding, with the fix. Nothing is changed,\n" +
			"and a running daemon is not disturbed. As root it also checks the rights of the daemon's user. Exit code 1 if there is an error; warnings are not errors.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if only == nil {
				only = areas
			}
			ctx, cancel := context.WithTimeout(cmd.Context(), checkWithin)
			defer cancel()
			return a.report(a.check(ctx, asterisk, user, only), asJSON)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the findings as JSON")
	giveList(cmd, &only, "only", oneOf(areas), "check only some of "+strings.Join(areas, ","), nil)
	give(cmd, &asterisk, "asterisk-dir", "/etc/asterisk", fileForm, "folder of Asterisk's config, in which the dialplan is checked", nil)
	give(cmd, &user, "user", "", someForm, "user of the daemon (default: the one that runs it, or User= of kezek.service)", nil)
	return cmd
}

// check goes through the areas; without a config there is nothing to go through.
func (a *app) check(ctx context.Context, asteriskDir, user string, only []string) []preflight.Finding {
	c, err := config.Load(a.configPath)
	if err != nil {
		var fix string
		switch {
		case errors.Is(err, fs.ErrNotExist):
			fix = "name the config with --config, or create it: docs/install.md, step 3"
		case errors.Is(err, fs.ErrPermission):
			fix = "run it as root: sudo kezek check"
		}
		var found []preflight.Finding
		for line := range strings.SplitSeq(err.Error(), "\n") {
			found = append(found, preflight.Finding{Area: preflight.AreaConfig, Severity: preflight.Error, Problem: line, Fix: fix})
		}
		return found
	}
	site := preflight.Site{
		Path: a.configPath, Config: c, AsteriskDir: asteriskDir, User: user,
		ARI: daemon.ARIOptions(c), State: daemon.StoreOptions(c, zap.NewNop()), Dialplan: daemon.DialplanParams(c, version()),
	}
	return site.Run(ctx, only)
}

// report prints findings and says by its error whether there is a serious one.
func (a *app) report(found []preflight.Finding, asJSON bool) error {
	count := map[preflight.Severity]int{}
	for _, f := range found {
		count[f.Severity]++
	}
	if asJSON {
		if err := printPlainJSON(a.out, found); err != nil {
			return err
		}
	} else {
		for _, f := range found {
			line := fmt.Sprintf("%-8s%-10s%s", f.Severity, f.Area, printable(f.Problem))
			if f.Fix != "" {
				line += ". Fix: " + printable(f.Fix)
			}
			fmt.Fprintln(a.out, line)
		}
		fmt.Fprintf(a.out, "%s, %s\n", several(count[preflight.Error], "error"), several(count[preflight.Warning], "warning"))
	}
	if count[preflight.Error] > 0 {
		return errSaid
	}
	return nil
}

// several is "1 error" or "2 errors".
func several(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return fmt.Sprintf("%d %s", n, noun)
}
