package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"kezek/config"
	"kezek/daemon"
	"kezek/history"
)

// historyWithin bounds a command on the whole database.
const historyWithin = time.Hour

func (a *app) historyCommand() *cobra.Command {
	var asJSON bool
	check := &cobra.Command{
		Use: "check", Short: "Check the database for damage, and that it has all that happened", Args: arguments(),
		Long: "Read the whole database for damage, and tell how far the events are in it and whether some were lost. Exit code 1 if something is wrong.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.withHistory(cmd.Context(), func(ctx context.Context, c *config.Config, db *history.DB) error {
				is, err := db.Check(ctx, c.Site)
				if err != nil {
					return err
				}
				if asJSON {
					err = printJSON(a.out, is)
				} else {
					err = a.printCondition(is)
				}
				if err == nil && is.Gaps+is.Unread > 0 {
					return errSaid
				}
				return err
			})
		},
	}
	check.Flags().BoolVar(&asJSON, "json", false, "print it as JSON")
	backup := &cobra.Command{
		Use: "backup FILE", Short: "Write a copy of the database into a new file, while the daemon runs", Args: arguments(argument{"FILE", fileForm}),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withHistory(cmd.Context(), func(ctx context.Context, _ *config.Config, db *history.DB) error {
				if err := db.Backup(ctx, args[0]); err != nil {
					return err
				}
				_, err := fmt.Fprintln(a.out, "written:", printable(args[0]))
				return err
			})
		},
	}
	prune := &cobra.Command{
		Use: "prune", Short: "Delete rows older than history.keep now; the daemon does it once a day", Args: arguments(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.withHistory(cmd.Context(), func(ctx context.Context, c *config.Config, db *history.DB) error {
				deleted, err := db.Prune(ctx, c.Site, daemon.HistoryKeep(c), a.now())
				if err != nil {
					return err
				}
				return table(a.out, []string{"TABLE", "DELETED"}, rowCounts(deleted))
			})
		},
	}
	return group("history", "Look after the database of what happened", check, backup, prune)
}

// withHistory opens the database of the config's site.
func (a *app) withHistory(ctx context.Context, do func(context.Context, *config.Config, *history.DB) error) error {
	c, err := loadConfig(a.configPath)
	if err != nil {
		return err
	}
	if c.History.URL == "" {
		return errors.New("no history is kept: history.url is empty")
	}
	ctx, cancel := context.WithTimeout(ctx, historyWithin)
	defer cancel()
	db, err := history.Open(ctx, c.History.URL, string(c.History.Password))
	if err != nil {
		return err
	}
	return errors.Join(do(ctx, c, db), db.Close())
}

// printCondition tells people how a database is.
func (a *app) printCondition(is history.Condition) error {
	if err := table(a.out, []string{"TABLE", "ROWS"}, rowCounts(is.Rows)); err != nil {
		return err
	}
	last := "none yet"
	if is.Happened > 0 {
		last = time.UnixMilli(is.Happened).In(a.now().Location()).Format(time.DateTime)
	}
	fmt.Fprintf(a.out, "\nevents  %d, the last one of %s\n", is.Entries, last)
	if is.Bytes > 0 {
		fmt.Fprintf(a.out, "size    %.1f MB\n", float64(is.Bytes)/1e6)
	}
	if is.Gaps > 0 {
		fmt.Fprintf(a.out, "LOST    %d events in %d gaps were gone from Redis before they could be written; see the daemon's log\n", is.Lost, is.Gaps)
	}
	if is.Unread > 0 {
		fmt.Fprintf(a.out, "UNREAD  %d events could not be read; see the daemon's log\n", is.Unread)
	}
	if is.Gaps+is.Unread == 0 {
		fmt.Fprintln(a.out, "nothing is missing")
	}
	return nil
}

func rowCounts(of map[string]int64) (rows [][]string) {
	for _, name := range slices.Sorted(maps.Keys(of)) {
		rows = append(rows, []string{name, strconv.FormatInt(of[name], 10)})
	}
	return rows
}
