package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"kezek/config"
	"kezek/ops"
	"kezek/queue"
)

func (a *app) callbacksCommand() *cobra.Command {
	return a.listCommand(list{
		"callbacks", "Show the callbacks that are not over",
		[]string{"DUE IN", "NUMBER", "QUEUE", "CLASS", "LANGUAGE", "STATE", "PLACE", "ATTEMPTS", "OWNER", "AGENT", "ID"},
		func(body []byte, now time.Time) ([][]string, error) {
			return rows(body, func(cb ops.Callback) []string {
				return []string{
					left(cb.DueIn), cb.Number, cb.Queue, string(cb.Class), string(cb.Language), standing(cb, now),
					lasting(now.Sub(cb.Place)) + " ago", strconv.Itoa(cb.Attempts), text(cb.Owner), text(cb.Agent), cb.ID,
				}
			})
		},
	})
}

// standing is "open, urgent", or "open, next in 4:50".
func standing(cb ops.Callback, now time.Time) string {
	state := string(cb.State)
	if cb.Urgent {
		state += ", urgent"
	}
	if cb.NextAt != nil && cb.NextAt.After(now) {
		state += ", next in " + lasting(cb.NextAt.Sub(now))
	}
	return state
}

func (a *app) callbackCommand() *cobra.Command {
	return group("callback", "Have a number called back, or cancel that: add, cancel", a.callbackAdd(), a.callbackCancel())
}

func (a *app) callbackAdd() *cobra.Command {
	var where clientFlags
	var asJSON bool
	var order ops.CallbackOrder
	cmd := &cobra.Command{
		Use: "add NUMBER", Short: "Have a number called back", Args: arguments("NUMBER"),
		Long: "Have a number called back. It is promised only if it can be kept and is stored safely; otherwise this says why not.\n" +
			"A number has one callback: another one for it makes the first one earlier, if it is due earlier.",
		RunE: func(cmd *cobra.Command, args []string) error {
			order.Number = args[0]
			if order.Queue == "" {
				return usageError{errors.New("--queue: missing: want the queue whose agents call back")}
			}
			c, err := a.client(where, config.Supervisor)
			if err != nil {
				return err
			}
			body, status, err := c.send(cmd.Context(), http.MethodPost, "/api/v1/callbacks", order, http.StatusCreated, http.StatusOK)
			if err != nil {
				return err
			}
			if asJSON {
				return indented(a.out, body)
			}
			var cb ops.Callback
			if err := json.Unmarshal(body, &cb); err != nil {
				return fmt.Errorf("the daemon's answer is not what this version of kezek knows: %w", err)
			}
			what := "will be called back"
			if status == http.StatusOK {
				what = "has a callback already"
			}
			_, err = fmt.Fprintf(a.out, "%s: %s %s: queue %s, language %s, class %s, due in %s\n",
				cb.ID, printable(cb.Number), what, cb.Queue, cb.Language, cb.Class, left(cb.DueIn))
			return err
		},
	}
	where.add(cmd.Flags())
	cmd.Flags().StringVar(&order.Queue, "queue", "", "queue whose agents call back (required)")
	cmd.Flags().StringVar((*string)(&order.Class), "class", string(queue.Information), "how soon: information, manager or complaint")
	cmd.Flags().StringVar((*string)(&order.Language), "language", "", "the client's language (default the queue's)")
	cmd.Flags().StringVar(&order.Owner, "owner", "", "agent who should make it (default anybody)")
	cmd.Flags().StringVar(&order.Note, "note", "", "what it is about, for people")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print what the API answers")
	return cmd
}

func (a *app) callbackCancel() *cobra.Command {
	var where clientFlags
	var order ops.CancelOrder
	cmd := &cobra.Command{
		Use: "cancel ID", Short: "Cancel a callback, for a reason", Args: arguments("ID"),
		Long: "Cancel a callback. The reason is recorded, with the name of the token. A client who is on the line already is not cut off.",
		RunE: func(cmd *cobra.Command, args []string) error {
			if order.Reason == "" {
				return usageError{errors.New("--reason: missing: a promise is only taken back for a reason")}
			}
			c, err := a.client(where, config.Supervisor)
			if err != nil {
				return err
			}
			if _, _, err := c.send(cmd.Context(), http.MethodDelete, "/api/v1/callbacks/"+url.PathEscape(args[0]), order, http.StatusNoContent); err != nil {
				return err
			}
			_, err = fmt.Fprintln(a.out, args[0]+": cancelled")
			return err
		},
	}
	where.add(cmd.Flags())
	cmd.Flags().StringVar(&order.Reason, "reason", "", "why (required)")
	return cmd
}
