package main

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"kezek/config"
	"kezek/ops"
)

// watchEvery is how often --watch looks again.
const watchEvery = 2 * time.Second

// list is a command that shows a list of the API as a table.
type list struct {
	name, short string
	heading     []string
	// rows makes them of the API's answer.
	rows func(body []byte, now time.Time) ([][]string, error)
}

func (a *app) agentsCommand() *cobra.Command {
	return a.listCommand(list{
		"agents", "Show the agents", []string{"AGENT", "NAME", "STATUS", "FOR", "PHONE", "SPEAKS", "QUEUES", "CALLS", "HOLDS", "RATING", "CALL", "OWES"},
		rowEach(func(g ops.Agent, now time.Time) []string {
			status := string(g.Status)
			if g.After != nil {
				status += " → " + string(*g.After)
			}
			if g.Unsupervised {
				status += " (no supervisor)"
			}
			call := cmp.Or(text(g.Call), text(g.Callback))
			if g.Monitors != nil {
				call = fmt.Sprintf("%s to %s in %s", g.Monitors.Mode, g.Monitors.Agent, g.Monitors.Call)
			}
			phone := "ok"
			switch {
			case !g.Reachable:
				phone = "GONE"
			case g.PhoneFault != nil:
				phone = "BROKEN: " + g.PhoneFault.Words()
			case g.InUse:
				phone = "in use"
			}
			return []string{
				g.ID, g.Name, status, since(g.Since, now), phone, joined(g.Languages), inQueues(g), strconv.Itoa(g.Calls), holds(g.Holds), rating(g.Ratings),
				call, joined(g.Owes),
			}
		}),
	})
}

func (a *app) callsCommand() *cobra.Command {
	return a.listCommand(list{
		"calls", "Show the callers on the line", []string{"NUMBER", "QUEUE", "LANGUAGE", "STATE", "FOR", "PLACE", "WAITED", "HOLDS", "RESULT", "AGENT", "ID"},
		rowEach(func(c ops.Call, now time.Time) []string {
			agent := text(c.Agent)
			if c.KeptFor != nil {
				agent = "kept for " + *c.KeptFor
			}
			if len(c.OfferedTo) > 0 {
				agent = "rings " + joined(c.OfferedTo)
			}
			state := string(c.State)
			if c.Hold != nil && c.Hold.Slot != nil {
				state = fmt.Sprintf("%s in slot %d", state, *c.Hold.Slot)
				agent = "parked by " + c.Hold.Agent
			}
			place := ""
			if c.Position != nil {
				place = strconv.Itoa(*c.Position)
			}
			return []string{
				cmp.Or(c.Number, "withheld"), c.Queue, text(c.Language), state, since(c.Since, now), place, seconds(c.Waited), holds(c.Holds), text(c.Result), agent, c.ID,
			}
		}),
	})
}

// holds is "3 in 2:10, longest 1:01".
func holds(h ops.Holds) string {
	if h.Count == 0 {
		return ""
	}
	return fmt.Sprintf("%d in %s, longest %s", h.Count, seconds(h.Total), seconds(h.Longest))
}

// rating is "4.5 (12)".
func rating(r ops.Ratings) string {
	if r.Mean == nil {
		return ""
	}
	return fmt.Sprintf("%.1f (%d)", *r.Mean, r.Count)
}

func (a *app) queuesCommand() *cobra.Command {
	return a.listCommand(list{
		"queues", "Show the queues",
		[]string{"QUEUE", "TITLE", "WAITING", "LONGEST", "EXPECTED", "AGENTS", "ANSWERED", "ABANDONED", "SERVICE LEVEL", "NOTICE"},
		rowEach(func(q ops.Queue, now time.Time) []string {
			notice := ""
			if q.Notice != nil {
				notice = "until " + moment(&q.Notice.Until, now)
			}
			return []string{
				q.Name, q.Title, waiting(q), seconds(q.LongestWait), seconds(q.ExpectedWait), onDuty(q),
				strconv.Itoa(q.AnsweredToday), strconv.Itoa(q.AbandonedToday), level(q.ServiceLevel), notice,
			}
		}),
	})
}

func (a *app) numbersCommand() *cobra.Command {
	return a.listCommand(list{
		"numbers", "Show the callers' numbers that agents are warned of", []string{"NUMBER", "FLAG", "BY", "SINCE", "UNTIL"},
		rowEach(func(n ops.Number, now time.Time) []string {
			return []string{n.Number, n.Flag, n.Agent, moment(&n.At, now), moment(&n.Until, now)}
		}),
	})
}

func (a *app) numberCommand() *cobra.Command {
	return group("number", "What is known of a number: show, erase, clear its flag", a.numberShow(), a.numberErase(), a.numberClear())
}

func (a *app) numberClear() *cobra.Command {
	return a.deletion(&cobra.Command{
		Use: "clear NUMBER", Short: "Clear the flag of a number, for a reason", Args: arguments(argument{"NUMBER", numberForm}),
		Long: "Clear the flag of a number, so that agents are no longer warned of it. The reason and its author are recorded.",
	}, "/api/v1/numbers/", "clearing a flag", "the flag is cleared", a.offerNumbers)
}

// waiting is "3 (ky 1, ru 2)".
func waiting(q ops.Queue) string {
	if sum(q.Waiting) == 0 {
		return "0"
	}
	return fmt.Sprintf("%d (%s)", sum(q.Waiting), counts(q.Waiting))
}

// onDuty is "talking 3, waiting 1", or "nobody".
func onDuty(q ops.Queue) string {
	there := maps.Clone(q.Agents)
	delete(there, "offline")
	return cmp.Or(counts(there), "nobody")
}

// level is "92.3% in 20s (want 80%)".
func level(l ops.ServiceLevel) string {
	reached := "–"
	if l.Percent != nil {
		reached = strconv.FormatFloat(*l.Percent, 'f', -1, 64) + "%"
	}
	return fmt.Sprintf("%s in %gs (want %d%%)", reached, l.Within, l.Target)
}

// counts lists what is not zero, by name.
func counts[K ~string](m map[K]int) string {
	var parts []string
	for _, k := range slices.Sorted(maps.Keys(m)) {
		if m[k] > 0 {
			parts = append(parts, fmt.Sprintf("%s %d", k, m[k]))
		}
	}
	return strings.Join(parts, ", ")
}

// rowEach makes a row of each item of a list; a nil one is left out.
func rowEach[T any](row func(t T, now time.Time) []string) func([]byte, time.Time) ([][]string, error) {
	return func(body []byte, now time.Time) (rows [][]string, err error) {
		all, err := items[T](body)
		for _, t := range all {
			if r := row(t, now); r != nil {
				rows = append(rows, r)
			}
		}
		return rows, err
	}
}

func text[T ~string](t *T) string {
	if t == nil {
		return ""
	}
	return string(*t)
}

func joined[T ~string](all []T) string { return strings.Join(texts(all), " ") }

func (a *app) listCommand(l list) *cobra.Command {
	var v viewFlags
	cmd := &cobra.Command{
		Use: l.name, Short: l.short, Args: arguments(), ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.show(cmd.Context(), v, "/api/v1/"+l.name, l.print)
		},
	}
	v.add(cmd)
	return cmd
}

// print writes the list as a table.
func (l list) print(w io.Writer, body []byte, now time.Time) error {
	rows, err := l.rows(body, now)
	if err != nil {
		return err
	}
	return table(w, l.heading, rows)
}

// viewFlags are those of commands that show something of the API.
type viewFlags struct {
	where         clientFlags
	asJSON, watch bool
	// need is the role that it takes, "" viewer; within how long an answer may take, 0 is requestWithin.
	need   config.Role
	within time.Duration
}

func (v *viewFlags) add(cmd *cobra.Command) {
	v.where.add(cmd)
	cmd.Flags().BoolVar(&v.asJSON, "json", false, "print the API's answer")
	cmd.Flags().BoolVar(&v.watch, "watch", false, "refresh it every "+watchEvery.String()+", until interrupted")
}

// show asks the API and prints its answer, once or again and again.
func (a *app) show(ctx context.Context, v viewFlags, path string, print func(w io.Writer, body []byte, now time.Time) error) error {
	c, err := a.client(ctx, v.where, cmp.Or(v.need, config.Viewer))
	if err != nil {
		return err
	}
	c.within = v.within
	show := func(ctx context.Context, w io.Writer) error {
		body, err := c.get(ctx, path)
		if err != nil {
			return err
		}
		if v.asJSON {
			return indented(w, body)
		}
		return print(w, body, a.now())
	}
	if v.watch {
		return a.watch(ctx, show)
	}
	return show(ctx, a.out)
}

// watch shows it again and again, also through a restart of the daemon.
func (a *app) watch(ctx context.Context, show func(context.Context, io.Writer) error) error {
	for {
		var page bytes.Buffer
		if err := show(ctx, &page); err != nil && ctx.Err() == nil {
			fmt.Fprintln(&page, "kezek:", printableLines(err.Error()))
		}
		if ctx.Err() != nil {
			return nil
		}
		if isTerminal(a.terminal) {
			fmt.Fprint(a.terminal, "\x1b[H\x1b[2J") // to the top left corner, and clear
		}
		fmt.Fprintf(a.out, "%s\n%s\n", a.now().Format(time.TimeOnly), &page)
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(watchEvery):
		}
	}
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
