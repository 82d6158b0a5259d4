package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"kezek/ops"
	"kezek/queue"
)

func (a *app) callbacksCommand() *cobra.Command {
	var v viewFlags
	var over bool
	var limit int
	cmd := &cobra.Command{
		Use: "callbacks [ID]", Short: "List open or finished callbacks, or show one",
		Args: func(cmd *cobra.Command, args []string) error {
			switch len(args) {
			case 0:
				return nil
			case 1:
				return argument{"ID", callbackForm}.check(cmd, args[0])
			}
			return usageError{fmt.Errorf("want one ID or none after %s, %s; see --help", cmd.CommandPath(), instead(args))}
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			const path = "/api/v1/callbacks"
			switch {
			case len(args) == 1 && (over || cmd.Flags().Changed("limit")):
				return usageError{errors.New("want either an ID, or --over and --limit")}
			case len(args) == 1:
				return a.show(cmd.Context(), v, path+"/"+url.PathEscape(args[0]), printCallback)
			case over:
				return a.show(cmd.Context(), v, path+"?state=over&limit="+strconv.Itoa(limit), pastCallbacks.print)
			case cmd.Flags().Changed("limit"):
				return a.show(cmd.Context(), v, path+"?limit="+strconv.Itoa(limit), openCallbacks.print)
			default:
				return a.show(cmd.Context(), v, path, openCallbacks.print)
			}
		},
	}
	v.add(cmd)
	cmd.ValidArgsFunction = inTurn(a.offerCallbacks(&v.where))
	cmd.Flags().BoolVar(&over, "over", false, "finished callbacks that are still stored, newest first")
	cmd.Flags().Var(countFlag(&limit, 100, 1, 1000), "limit", "list at most this many, 1 to 1000; by default all open ones, or 100 finished ones")
	completeFlag(cmd, "limit", cobra.NoFileCompletions)
	return cmd
}

var openCallbacks = list{
	heading: []string{"DUE IN", "NUMBER", "QUEUE", "CLASS", "LANGUAGE", "STATE", "PLACE", "ATTEMPTS", "OWNER", "AGENT", "ID"},
	rows: rowEach(func(cb ops.Callback, now time.Time) []string {
		return []string{
			left(cb.DueIn), cb.Number, cb.Queue, string(cb.Class), string(cb.Language), standing(cb, now),
			lasting(now.Sub(cb.Place)) + " ago", strconv.Itoa(cb.Attempts), text(cb.Owner), text(cb.Agent), cb.ID,
		}
	}),
}

var pastCallbacks = list{
	heading: []string{"ENDED", "NUMBER", "QUEUE", "CLASS", "LANGUAGE", "OUTCOME", "IN TIME", "ATTEMPTS", "AGENT", "REASON", "ID"},
	rows: rowEach(func(cb ops.Callback, now time.Time) []string {
		agent := ""
		if n := len(cb.Tries); n > 0 {
			agent = cb.Tries[n-1].Agent
		}
		return []string{
			moment(cb.Ended, now), cb.Number, cb.Queue, string(cb.Class), string(cb.Language), text(cb.Outcome), either(cb.Breached, "no", "yes"),
			strconv.Itoa(cb.Attempts), agent, reason(cb), cb.ID,
		}
	}),
}

// moment is a time where now is, "" for none.
func moment(t *time.Time, now time.Time) string {
	return written(t, now.Location(), time.DateTime)
}

// written is a time as the clock of a place has it, "" for none.
func written(t *time.Time, here *time.Location, layout string) string {
	if t == nil {
		return ""
	}
	return t.In(here).Format(layout)
}

// due is the deadline, and how far away it is, or was when the callback ended.
func due(cb ops.Callback, now time.Time) string {
	far := "in " + left(cb.DueIn)
	switch {
	case cb.DueIn < 0:
		far = "missed by " + left(-cb.DueIn)
	case cb.Ended != nil:
		far = left(cb.DueIn) + " were left"
	}
	return fmt.Sprintf("%s (%s)", moment(&cb.DueAt, now), far)
}

// reason is why it ended, with who ended it: "settled (aida)".
func reason(cb ops.Callback) string {
	if cb.EndedBy == nil {
		return cb.Reason
	}
	return cb.Reason + " (" + *cb.EndedBy + ")"
}

// reached is what became of the attempt that has not failed.
func reached(cb ops.Callback) string {
	if cb.Outcome != nil {
		return "talked"
	}
	return string(cb.State)
}

// printCallback writes everything about one callback.
func printCallback(w io.Writer, body []byte, now time.Time) error {
	cb, err := decoded[ops.Callback](body)
	if err != nil {
		return err
	}
	state := standing(cb, now)
	if cb.Outcome != nil {
		state = string(*cb.Outcome)
	}
	steps := []string{either(cb.Warned, "warned", ""), either(cb.Escalated, "escalated", ""), either(cb.Breached, "breached", "")}
	steps = slices.DeleteFunc(steps, func(step string) bool { return step == "" })
	facts := [][]string{
		{"number", cb.Number}, {"queue", cb.Queue}, {"language", string(cb.Language)}, {"class", string(cb.Class)},
		{"state", state}, {"postponed", text(cb.PutOff)}, {"due", due(cb, now)},
		{"steps", strings.Join(steps, ", ")}, {"told", text(cb.Told)}, {"origin", cb.Origin}, {"ordered by", text(cb.By)}, {"promised by", text(cb.Booker)},
		{"created", moment(&cb.Created, now)}, {"place", moment(&cb.Place, now)}, {"next attempt", moment(cb.NextAt, now)},
		{"owner", text(cb.Owner)}, {"agent", text(cb.Agent)}, {"note", cb.Note}, {"ended", moment(cb.Ended, now)}, {"reason", reason(cb)},
	}
	facts = slices.DeleteFunc(facts, func(f []string) bool { return f[1] == "" })
	if err := table(w, []string{cb.ID}, facts); err != nil {
		return err
	}
	for i, try := range cb.Tries {
		if i == 0 {
			fmt.Fprintln(w, "attempts")
		}
		fmt.Fprintf(w, "  %s  agent %s  %s\n", moment(&try.At, now), printable(try.Agent), printable(cmp.Or(string(try.Cause), reached(cb))))
	}
	for i, r := range cb.Refusers {
		if i == 0 {
			fmt.Fprintln(w, "refused by")
		}
		times := "once"
		if r.Times > 1 {
			times = fmt.Sprintf("%d times", r.Times)
		}
		fmt.Fprintf(w, "  agent %s, %s\n", printable(r.Agent), times)
	}
	return nil
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
	return group("callback", "Book, move or cancel callbacks: add, abandoned, move, cancel", a.callbackAdd(), a.callbackAbandoned(), a.callbackMove(), a.callbackCancel())
}

func (a *app) callbackAdd() *cobra.Command {
	var where clientFlags
	var asJSON bool
	var order ops.CallbackOrder
	cmd := &cobra.Command{
		Use: "add NUMBER", Short: "Book a callback", Args: arguments(argument{"NUMBER", numberForm}),
		Long: "Book a callback to a number. It is promised only if it can be kept and is stored safely; otherwise the reason is shown.\n" +
			"A number has one callback: if a second one is booked that is due earlier, the first one is moved forward.",
		RunE: func(cmd *cobra.Command, args []string) error {
			order.Number = args[0]
			if order.Queue == "" {
				return usageError{errors.New("--queue: missing: want the queue whose agents call back")}
			}
			body, status, err := a.send(cmd, where, http.MethodPost, "/api/v1/callbacks", order, http.StatusCreated, http.StatusOK)
			if err != nil {
				return err
			}
			if asJSON {
				return indented(a.out, body)
			}
			cb, err := decoded[ops.Callback](body)
			if err != nil {
				return err
			}
			what := either(status == http.StatusOK, "has a callback already", "will be called back")
			_, err = fmt.Fprintf(a.out, "%s: %s %s: queue %s, language %s, class %s, due %s\n",
				printable(cb.ID), printable(cb.Number), what, printable(cb.Queue), printable(string(cb.Language)), printable(string(cb.Class)), due(cb, a.now()))
			return err
		},
	}
	where.add(cmd)
	give(cmd, &order.Queue, "queue", "", nameForm, "queue whose agents call back (required)", a.offerQueues(&where))
	class := oneOf(queue.CallbackClasses)
	give(cmd, (*string)(&order.Class), "class", string(queue.ClassInformation), class, "how soon: "+class.want, nil)
	give(cmd, (*string)(&order.Language), "language", "", languageForm, "the client's language (default the queue's)", a.offerLanguages(&where))
	give(cmd, &order.Owner, "owner", "", nameForm, "agent who should make it (default anybody)", a.offerAgents(&where))
	give(cmd, &order.Note, "note", "", lineForm, "what it is about, for people", nil)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the API's answer")
	cmd.ValidArgsFunction = cobra.NoFileCompletions
	return cmd
}

func (a *app) callbackCancel() *cobra.Command {
	return a.deletion(&cobra.Command{
		Use: "cancel ID", Short: "Cancel a callback, for a reason", Args: arguments(argument{"ID", callbackForm}),
		Long: "Cancel a callback. The reason and its author are recorded. A client who is on the line already is not cut off.",
	}, "/api/v1/callbacks/", "cancelling a callback", "cancelled", a.offerCallbacks)
}

// deletion completes a command that deletes what its argument names, for a reason.
func (a *app) deletion(cmd *cobra.Command, path, what, done string, offered func(*clientFlags) completion) *cobra.Command {
	var where clientFlags
	var order ops.CancelOrder
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if order.Reason == "" {
			return usageError{fmt.Errorf("--reason: missing: %s needs a reason", what)}
		}
		return a.order(cmd, where, http.MethodDelete, path+url.PathEscape(args[0]), order, args[0]+": "+done)
	}
	where.add(cmd)
	give(cmd, &order.Reason, "reason", "", lineForm, "why (required)", nil)
	cmd.ValidArgsFunction = inTurn(offered(&where))
	return cmd
}
