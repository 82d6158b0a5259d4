package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"kezek/config"
	"kezek/ops"
)

func (a *app) statusCommand() *cobra.Command {
	var where clientFlags
	var asJSON bool
	cmd := &cobra.Command{
		Use: "status", Short: "Show daemon status", Args: arguments(),
		Long: "Show daemon status. Exit code 0 when it is ready, 1 when it is not.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := a.client(cmd.Context(), where, config.Viewer)
			if err != nil {
				return err
			}
			s, err := c.status(cmd.Context())
			if err != nil {
				return err
			}
			if asJSON {
				err = printJSON(a.out, s)
			} else {
				err = s.print(a.out, a.now())
			}
			if err == nil && !s.Ready {
				return errSaid
			}
			return err
		},
	}
	where.add(cmd)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print it as JSON: /readyz, and the numbers of calls, callbacks, agents and queues")
	return cmd
}

// status is how the daemon is, and what it has to do. The counts are nil while it has none.
type status struct {
	ops.Readiness
	// Calls are counted by state, Callbacks by class, Agents by status.
	Calls     map[string]int `json:"calls,omitempty"`
	Callbacks map[string]int `json:"callbacks,omitempty"`
	// DueIn is the time in seconds to the next deadline of a callback, negative when it is missed.
	DueIn  *float64       `json:"due_in,omitempty"`
	Agents map[string]int `json:"agents,omitempty"`
	// Gone are the agents logged in whose phones cannot be reached.
	Gone   int         `json:"gone"`
	Queues []ops.Queue `json:"queues,omitempty"`
}

// status asks how the daemon is.
func (c *client) status(ctx context.Context) (s status, err error) {
	body, err := c.get(ctx, "/readyz", http.StatusServiceUnavailable)
	if err != nil {
		return s, err
	}
	if err := json.Unmarshal(body, &s.Readiness); err != nil {
		return s, fmt.Errorf("what answers at %s is not Kezek: %s", c.at, inWords(err))
	}
	if s.Version == "" { // null, or an object of another kind
		return s, fmt.Errorf("what answers at %s is not Kezek: it reports no version", c.at)
	}
	if !s.Loaded {
		return s, nil
	}
	calls, err := fetch[ops.Call](ctx, c, "calls")
	if err != nil {
		return s, err
	}
	agents, err := fetch[ops.Agent](ctx, c, "agents")
	if err != nil {
		return s, err
	}
	callbacks, err := fetch[ops.Callback](ctx, c, "callbacks")
	if err != nil {
		return s, err
	}
	s.Queues, err = fetch[ops.Queue](ctx, c, "queues")
	s.Calls, s.Callbacks, s.Agents = map[string]int{}, map[string]int{}, map[string]int{}
	for _, call := range calls {
		s.Calls[string(call.State)]++
	}
	for _, cb := range callbacks {
		s.Callbacks[string(cb.Class)]++
	}
	if len(callbacks) > 0 { // the one due first is in front
		s.DueIn = &callbacks[0].DueIn
	}
	for _, g := range agents {
		s.Agents[string(g.Status)]++
		if g.Status != "offline" && !g.Reachable {
			s.Gone++
		}
	}
	return s, err
}

// print writes it for people.
func (s status) print(w io.Writer, now time.Time) error {
	rows := [][]string{
		{"daemon", either(s.Ready, "ready", "NOT READY") + ", up " + lasting(now.Sub(s.Since)) + ", version " + s.Version},
		{"asterisk", either(s.Exchange, "connected", "NOT CONNECTED")},
		{"redis", either(!s.Redis, either(s.RedisRefusal != "", "REFUSES commands: "+s.RedisRefusal, "DOES NOT ANSWER"), either(s.Saved, "has all of the state", "answers, but does not have all of the state yet"))},
		{"site", either(s.Owner, "owned by this daemon", "NOT OWNED by this daemon")},
	}
	if s.Loaded {
		rows = append(rows, s.counts()...)
	}
	if err := table(w, rows[0], rows[1:]); err != nil {
		return err
	}
	for _, f := range slices.Concat(s.Faults, s.Warnings) {
		fmt.Fprintln(w, "! "+printable(f))
	}
	return nil
}

// counts are the lines about calls, agents and queues.
func (s status) counts() [][]string {
	open := listed(sum(s.Callbacks), " open", counts(s.Callbacks))
	if s.DueIn != nil {
		open += ", the next due in " + left(*s.DueIn)
	}
	onDuty := maps.Clone(s.Agents)
	delete(onDuty, "offline")
	rows := [][]string{
		{"calls", listed(sum(s.Calls), "", counts(s.Calls))},
		{"callbacks", open},
		{"agents", listed(sum(onDuty), " of "+strconv.Itoa(sum(s.Agents))+" logged in", counts(onDuty))},
	}
	if s.Gone > 0 {
		rows = append(rows, []string{"phones", strconv.Itoa(s.Gone) + " of logged-in agents cannot be reached"})
	}
	for _, q := range s.Queues {
		line := waiting(q) + " waiting"
		if q.LongestWait > 0 {
			line += ", longest " + seconds(q.LongestWait)
		}
		line += ", service level today " + level(q.ServiceLevel)
		if q.Notice != nil {
			line += ", NOTICE " + q.Notice.Phrase
		}
		rows = append(rows, []string{"queue " + q.Name, line})
	}
	return rows
}

func sum[K ~string](counts map[K]int) (n int) {
	for _, c := range counts {
		n += c
	}
	return n
}

// listed is "12 of 20 logged in: talking 7, waiting 5".
func listed(n int, what, parts string) string {
	line := strconv.Itoa(n) + what
	if parts != "" {
		line += ": " + parts
	}
	return line
}

func fetch[T any](ctx context.Context, c *client, kind string) ([]T, error) {
	body, err := c.get(ctx, "/api/v1/"+kind)
	if err != nil {
		return nil, err
	}
	return items[T](body)
}
