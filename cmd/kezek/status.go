package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"

	"github.com/spf13/cobra"

	"kezek/config"
	"kezek/ops"
)

func (a *app) statusCommand() *cobra.Command {
	var where clientFlags
	cmd := &cobra.Command{
		Use: "status", Short: "Show on one screen how the daemon is", Args: arguments(),
		Long: "Show on one screen how the daemon is. Exit code 0 when it is ready, 1 when it is not.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := a.client(where, config.Viewer)
			if err != nil {
				return err
			}
			return a.status(cmd.Context(), c)
		},
	}
	where.add(cmd.Flags())
	return cmd
}

func (a *app) status(ctx context.Context, c *client) error {
	body, err := c.get(ctx, "/readyz", http.StatusServiceUnavailable)
	if err != nil {
		return err
	}
	var r ops.Readiness
	if err := json.Unmarshal(body, &r); err != nil {
		return fmt.Errorf("what answers at %s is not Kezek: %w", c.url, err)
	}
	says := func(ok bool, yes, no string) string {
		if ok {
			return yes
		}
		return no
	}
	rows := [][]string{
		{"daemon", says(r.Ready, "ready", "NOT READY") + ", up " + lasting(a.now().Sub(r.Since)) + ", version " + r.Version},
		{"asterisk", says(r.Exchange, "connected", "NOT CONNECTED")},
		{"redis", says(!r.Redis, "DOES NOT ANSWER", says(r.Saved, "has all of the state", "answers, but does not have all of the state yet"))},
		{"site", says(r.Owner, "owned by this daemon", "NOT OWNED by this daemon")},
	}
	if r.Loaded {
		more, err := c.counts(ctx)
		if err != nil {
			return err
		}
		rows = append(rows, more...)
	}
	if err := table(a.out, rows[0], rows[1:]); err != nil {
		return err
	}
	if r.Ready {
		return nil
	}
	for _, f := range r.Faults {
		fmt.Fprintln(a.out, "! "+f)
	}
	return errSaid
}

// counts are the lines about calls, agents and queues.
func (c *client) counts(ctx context.Context) ([][]string, error) {
	states, statuses := map[string]int{}, map[string]int{}
	calls, err := fetch[ops.Call](ctx, c, "calls")
	if err != nil {
		return nil, err
	}
	for _, call := range calls {
		states[string(call.State)]++
	}
	agents, err := fetch[ops.Agent](ctx, c, "agents")
	if err != nil {
		return nil, err
	}
	gone := 0
	for _, g := range agents {
		statuses[string(g.Status)]++
		if g.Status != "offline" && !g.Reachable {
			gone++
		}
	}
	queues, err := fetch[ops.Queue](ctx, c, "queues")
	if err != nil {
		return nil, err
	}
	callbacks, err := fetch[ops.Callback](ctx, c, "callbacks")
	if err != nil {
		return nil, err
	}
	classes := map[string]int{}
	for _, cb := range callbacks {
		classes[string(cb.Class)]++
	}
	open := listed(len(callbacks), " open", counts(classes))
	if len(callbacks) > 0 { // the one due first is in front
		open += ", the next due in " + left(callbacks[0].DueIn)
	}
	onDuty := len(agents) - statuses["offline"]
	delete(statuses, "offline")
	rows := [][]string{
		{"calls", listed(len(calls), "", counts(states))},
		{"callbacks", open},
		{"agents", listed(onDuty, " of "+strconv.Itoa(len(agents))+" logged in", counts(statuses))},
	}
	if gone > 0 {
		rows = append(rows, []string{"phones", strconv.Itoa(gone) + " of agents logged in cannot be reached"})
	}
	for _, q := range queues {
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
	return rows, nil
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
