package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"kezek/config"
	"kezek/daemon"
	"kezek/ops"
)

// eraseWithin is how long the daemon may take to read everything that it keeps.
const eraseWithin = 150 * time.Second

// erasable is a number, or what stands in the place of one.
var erasable = form{want: "a telephone number such as +996555000001, or what an earlier erasure put in its place", fits: func(v string) bool {
	return daemon.Normalize(v) != "" || strings.HasPrefix(v, ops.Pseudonym)
}}

func (a *app) numberShow() *cobra.Command {
	var v viewFlags
	cmd := &cobra.Command{
		Use: "show NUMBER", Short: "Show everything that is known of a number", Args: arguments(argument{"NUMBER", numberForm}),
		Long: "Show everything that is known of a number: what is remembered of the caller, live calls, callbacks, rows of the history, recordings,\n" +
			"events in Redis; and where else it may stand, which Kezek does not reach. May take a minute.",
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.show(cmd.Context(), v, "/api/v1/numbers/"+url.PathEscape(args[0]), printNumber)
		},
	}
	v.add(cmd)
	v.need, v.within = config.Supervisor, eraseWithin
	cmd.ValidArgsFunction = cobra.NoFileCompletions
	return cmd
}

func printNumber(w io.Writer, body []byte, now time.Time) error {
	n, err := decoded[ops.NumberData](body)
	if err != nil {
		return err
	}
	rows := [][]string{{"number", n.Number}}
	add := func(name, value string) {
		if value != "" {
			rows = append(rows, []string{name, value})
		}
	}
	if r := n.Remembered; r != nil {
		if r.Language != nil {
			add("language", string(*r.Language))
		}
		add("last call", moment(r.Seen, now))
		if r.Agent != nil {
			add("last agent", *r.Agent+", "+moment(r.Talked, now))
		}
		if r.FlaggedUntil != nil {
			add("flagged", "until "+moment(r.FlaggedUntil, now))
		}
		add("remembered", "until "+moment(&r.Until, now))
	}
	add("in calls", strings.Join(n.Calls, ", "))
	add("open callbacks", strings.Join(n.Callbacks, ", "))
	add("last caller of", strings.Join(n.Agents, ", "))
	for _, k := range n.Kept.History {
		add("history: "+k.Table, fmt.Sprintf("%d, %s to %s", k.Rows, moment(&k.First, now), moment(&k.Last, now)))
	}
	for i, name := range n.Kept.Recordings {
		add(either(i == 0, "recordings", ""), name)
	}
	for _, k := range []struct {
		name  string
		count int
	}{{"Redis: finished callbacks", n.Kept.CallbacksOver}, {"Redis: events", n.Kept.Events}, {"Redis: moved aside", n.Kept.Aside}} {
		if k.count > 0 {
			add(k.name, strconv.Itoa(k.count))
		}
	}
	if err := table(w, []string{"WHERE", "WHAT"}, rows); err != nil {
		return err
	}
	return printElsewhere(w, "Kezek does not see whether the number is in", n.Elsewhere)
}

func printElsewhere(w io.Writer, heading string, places []string) error {
	fmt.Fprintf(w, "\n%s\n", heading)
	for _, p := range places {
		if _, err := fmt.Fprintln(w, "  -", printable(p)); err != nil {
			return err
		}
	}
	return nil
}

func (a *app) numberErase() *cobra.Command {
	var where clientFlags
	var asJSON bool
	var order ops.ErasureOrder
	cmd := &cobra.Command{
		Use: "erase NUMBER", Short: "Erase what is known of a number, for a reason", Args: arguments(argument{"NUMBER", erasable}),
		Long: "Erase what is known of a number, for a reason: what is remembered is forgotten, recordings are deleted, a pseudonym takes its place in\n" +
			"the history, its events leave Redis. Refused while it is in a call or a callback to it is open. Needs the role admin. Exit code 1 if\n" +
			"recordings were left: run it again with the pseudonym in place of the number.",
		RunE: func(cmd *cobra.Command, args []string) error {
			if order.Reason == "" {
				return usageError{errors.New("--reason: missing: erasing needs a reason")}
			}
			order.Number = args[0]
			c, err := a.client(cmd.Context(), where, config.Admin)
			if err != nil {
				return err
			}
			c.within = eraseWithin
			body, _, err := c.send(cmd.Context(), http.MethodPost, "/api/v1/erasures", order, http.StatusOK)
			if err != nil {
				return err
			}
			done, err := decoded[ops.Erasure](body)
			if err == nil && asJSON {
				err = indented(a.out, body)
			} else if err == nil {
				err = printErasure(a.out, done)
			}
			if err == nil && len(done.RecordingsLeft) > 0 {
				return errSaid
			}
			return err
		},
	}
	where.add(cmd)
	give(cmd, &order.Reason, "reason", "", lineForm, "why (required); do not write the number into it", nil)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the API's answer")
	cmd.ValidArgsFunction = cobra.NoFileCompletions
	return cmd
}

func printErasure(w io.Writer, done ops.Erasure) error {
	fmt.Fprintf(w, "erased; in its place: %s\n", printable(done.Pseudonym))
	var rows [][]string
	for _, r := range done.History {
		rows = append(rows, []string{"history: " + r.Table, strconv.Itoa(r.Rows)})
	}
	for _, r := range []struct {
		name  string
		count int
	}{{"recordings", done.RecordingsDeleted}, {"Redis: finished callbacks", done.CallbacksOver}, {"Redis: events", done.Events}, {"Redis: moved aside", done.Aside}} {
		rows = append(rows, []string{r.name, strconv.Itoa(r.count)})
	}
	if err := table(w, []string{"WHERE", "ERASED"}, rows); err != nil {
		return err
	}
	for _, left := range done.RecordingsLeft {
		fmt.Fprintf(w, "LEFT    %s: %s\n", printable(left.Name), printable(left.Why))
	}
	if len(done.RecordingsLeft) > 0 {
		fmt.Fprintf(w, "        to delete them: kezek number erase %s --reason …\n", printable(cmp.Or(done.Pseudonym, "NUMBER")))
	}
	return printElsewhere(w, "It may still be where Kezek does not reach:", done.Elsewhere)
}
