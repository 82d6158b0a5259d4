package main

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/spf13/cobra"

	"kezek/config"
	"kezek/ops"
	"kezek/queue"
)

const noticePath = "/api/v1/notice"

// noticeCommand shows the notices; its commands switch them.
func (a *app) noticeCommand() *cobra.Command {
	var v viewFlags
	shown := list{
		"notice", "Show the maintenance notices of the queues; on, off", []string{"QUEUE", "PHRASE", "SINCE", "UNTIL", "BY"},
		rowEach(func(q ops.Queue, now time.Time) []string {
			if q.Notice == nil {
				return nil
			}
			return []string{q.Name, q.Notice.Phrase, moment(&q.Notice.Since, now), moment(&q.Notice.Until, now), q.Notice.By}
		}),
	}
	cmd := &cobra.Command{
		Use: shown.name, Short: shown.short, Args: arguments(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.show(cmd.Context(), v, "/api/v1/queues", shown.print)
		},
	}
	v.add(cmd)
	cmd.AddCommand(a.noticeOn(), a.noticeOff())
	return cmd
}

func (a *app) noticeOn() *cobra.Command {
	var where clientFlags
	var order ops.NoticeOrder
	var until string
	var lasts time.Duration
	cmd := &cobra.Command{
		Use: "on", Short: "Switch the notice on, until a time", Args: arguments(),
		Long: "Switch the notice on, or change it. Without a time it lasts for notice.for of the config.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if until != "" && lasts != 0 {
				return usageError{errors.New("--until and --for: want one of them")}
			}
			c, err := a.client(cmd.Context(), where, config.Supervisor)
			if err != nil {
				return err
			}
			order.For = lasts.Seconds()
			said := "the notice is on"
			if until != "" {
				order.Until, _ = pointInTime(until, a.now())
				said += " until " + moment(&order.Until, a.now())
			}
			if _, _, err := c.send(cmd.Context(), http.MethodPut, noticePath, order, http.StatusNoContent); err != nil {
				return err
			}
			_, err = fmt.Fprintln(a.out, said)
			return err
		},
	}
	where.add(cmd)
	giveList(cmd, &order.Queues, "queue", nameForm, "only in these queues (default all)", a.offerQueues(&where))
	give(cmd, &order.Phrase, "phrase", "", nameForm, "which of notice.phrases of the config (default the first)", nil)
	give(cmd, &until, "until", "", momentForm, `when it ends: "18:00", "2026-03-02 18:00" of the site's clock, or RFC 3339`, nil)
	cmd.Flags().Var(durationFlag(&lasts, queue.LongestNotice), "for", "how long it lasts, such as 2h or 2d")
	completeFlag(cmd, "for", cobra.NoFileCompletions)
	return cmd
}

func (a *app) noticeOff() *cobra.Command {
	var where clientFlags
	var queues []string
	cmd := &cobra.Command{
		Use: "off", Short: "Switch the notice off", Args: arguments(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			path := noticePath + "?" + url.Values{"queue": queues}.Encode()
			return a.order(cmd, where, http.MethodDelete, path, nil, "the notice is off")
		},
	}
	where.add(cmd)
	giveList(cmd, &queues, "queue", nameForm, "only in these queues (default all)", a.offerQueues(&where))
	return cmd
}
