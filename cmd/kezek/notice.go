package main

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"kezek/config"
	"kezek/ops"
)

const noticePath = "/api/v1/notice"

// noticeCommand shows the notices; its commands switch them.
func (a *app) noticeCommand() *cobra.Command {
	var v viewFlags
	shown := list{
		"notice", "Show which queues tell callers of maintenance work; on, off", []string{"QUEUE", "PHRASE", "SINCE", "UNTIL", "BY"},
		func(body []byte, now time.Time) (out [][]string, err error) {
			queues, err := items[ops.Queue](body)
			for _, q := range queues {
				if n := q.Notice; n != nil {
					out = append(out, []string{q.Name, n.Phrase, moment(&n.Since, now), moment(&n.Until, now), n.By})
				}
			}
			return out, err
		},
	}
	cmd := &cobra.Command{
		Use: shown.name, Short: shown.short, Args: arguments(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.show(cmd.Context(), v, "/api/v1/queues", shown.print)
		},
	}
	v.add(cmd.Flags())
	cmd.AddCommand(a.noticeOn(), a.noticeOff())
	return cmd
}

func (a *app) noticeOn() *cobra.Command {
	var where clientFlags
	var order ops.NoticeOrder
	var until string
	var lasts duration
	cmd := &cobra.Command{
		Use: "on", Short: "Switch the notice on, until a time", Args: arguments(),
		Long: "Switch the notice on, or change it. Without a time it stays as long as notice.for of the config says.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			given := cmd.Flags().Changed
			switch {
			case given("until") && given("for"):
				return usageError{errors.New("--until and --for: want one of them")}
			case given("for") && lasts <= 0:
				return usageError{errors.New("--for: want a time to come, such as 2h")}
			}
			if err := named(cmd, order.Queues); err != nil {
				return err
			}
			c, err := a.client(cmd.Context(), where, config.Supervisor)
			if err != nil {
				return err
			}
			order.For = time.Duration(lasts).Seconds()
			said := "the notice is on"
			if given("until") {
				if order.Until, err = a.pointInTime(until); err != nil {
					return usageError{fmt.Errorf("--until: %w", err)}
				}
				said += " until " + moment(&order.Until, a.now())
			}
			return a.orderBy(cmd.Context(), c, http.MethodPut, noticePath, order, said)
		},
	}
	where.add(cmd.Flags())
	cmd.Flags().StringSliceVar(&order.Queues, "queue", nil, "only in these queues (default all)")
	cmd.Flags().StringVar(&order.Phrase, "phrase", "", "which of notice.phrases of the config (default the first)")
	cmd.Flags().StringVar(&until, "until", "", `when it ends: "18:00", "2026-03-02 18:00" of the site's clock, or RFC 3339`)
	cmd.Flags().Var(&lasts, "for", "how long it stays, such as 2h or 2d")
	completeFlag(cmd, "queue", a.offerQueues(&where))
	return cmd
}

func (a *app) noticeOff() *cobra.Command {
	var where clientFlags
	var queues []string
	cmd := &cobra.Command{
		Use: "off", Short: "Switch the notice off", Args: arguments(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := named(cmd, queues); err != nil {
				return err
			}
			path := noticePath + "?" + url.Values{"queue": queues}.Encode()
			return a.order(cmd, where, http.MethodDelete, path, nil, "the notice is off")
		},
	}
	where.add(cmd.Flags())
	cmd.Flags().StringSliceVar(&queues, "queue", nil, "only in these queues (default all)")
	completeFlag(cmd, "queue", a.offerQueues(&where))
	return cmd
}

// named refuses --queue without a name, which would mean all: the script that gives it has lost one.
func named(cmd *cobra.Command, queues []string) error {
	if cmd.Flags().Changed("queue") && (len(queues) == 0 || slices.Contains(queues, "")) {
		return usageError{errors.New("--queue: is empty: want a queue, or leave it out for all")}
	}
	return nil
}

// pointInTime reads a time of the site's clock, of today if no day is named, or RFC 3339.
func (a *app) pointInTime(text string) (time.Time, error) {
	now := a.now()
	if at, err := time.Parse(time.RFC3339, text); err == nil {
		return at, nil
	}
	for _, full := range []string{text, now.Format(time.DateOnly) + " " + text} {
		if at, err := time.ParseInLocation("2006-01-02 15:04", full, now.Location()); err == nil {
			return at, nil
		}
	}
	return time.Time{}, fmt.Errorf("%q: want such as 18:00, 2026-03-02 18:00 or 2026-03-02T18:00:00+06:00", text)
}
