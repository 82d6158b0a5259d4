package main

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"kezek/config"
	"kezek/ops"
)

// completeWithin is how long a shell may wait for what the daemon knows.
const completeWithin = time.Second

// completion offers words for an argument or a flag, with what they mean behind a tab.
type completion = cobra.CompletionFunc

// offer completes with words that the running daemon knows, and with nothing when it cannot be asked.
func offer[T any](a *app, where *clientFlags, path string, words func(T) []string) completion {
	return func(cmd *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
		a.quiet = true
		ctx, cancel := context.WithTimeout(context.WithoutCancel(cmd.Context()), completeWithin)
		defer cancel()
		c, err := a.client(ctx, *where, config.Viewer)
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		body, err := c.get(ctx, path)
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		all, _ := items[T](body) // nothing of what cannot be read
		var offered []string
		for _, item := range all {
			offered = append(offered, words(item)...)
		}
		slices.Sort(offered)
		return slices.Compact(offered), cobra.ShellCompDirectiveNoFileComp
	}
}

// word is one that may be completed, with what it means.
func word(text, means string) string {
	return cobra.CompletionWithDesc(printable(text), printable(means))
}

func (a *app) offerAgents(where *clientFlags) completion {
	return offer(a, where, "/api/v1/agents", func(g ops.Agent) []string { return []string{word(g.ID, cmp.Or(g.Name, string(g.Status)))} })
}

func (a *app) offerQueues(where *clientFlags) completion {
	return offer(a, where, "/api/v1/queues", func(q ops.Queue) []string { return []string{word(q.Name, q.Title)} })
}

func (a *app) offerLanguages(where *clientFlags) completion {
	return offer(a, where, "/api/v1/queues", func(q ops.Queue) (all []string) {
		for l := range q.Waiting {
			all = append(all, printable(string(l)))
		}
		return all
	})
}

func (a *app) offerCallbacks(where *clientFlags) completion {
	return offer(a, where, "/api/v1/callbacks", func(cb ops.Callback) []string {
		return []string{word(cb.ID, cb.Number+", "+string(cb.Class)+", due in "+left(cb.DueIn))}
	})
}

func (a *app) offerCalls(where *clientFlags) completion {
	return offer(a, where, "/api/v1/calls", func(c ops.Call) []string {
		return []string{word(c.ID, cmp.Or(c.Number, "withheld")+", "+string(c.State)+" in "+c.Queue)}
	})
}

func (a *app) offerNumbers(where *clientFlags) completion {
	return offer(a, where, "/api/v1/numbers", func(n ops.Number) []string { return []string{word(n.Number, n.Flag)} })
}

// offerStatuses are those that an order may name: without a code only the daemon sets one.
func (a *app) offerStatuses(where *clientFlags) completion {
	table := offer(a, where, "/api/v1/statuses", func(s ops.Status) []string {
		if s.Code == "" {
			return nil
		}
		return []string{word(string(s.Name), "code "+s.Code)}
	})
	return func(cmd *cobra.Command, args []string, begun string) ([]string, cobra.ShellCompDirective) {
		offered, how := table(cmd, args, begun)
		return append([]string{word("waiting", "takes calls"), word("offline", "logs the agent out")}, offered...), how
	}
}

// inTurn completes each argument in its own way, and none behind the last.
func inTurn(each ...completion) completion {
	return func(cmd *cobra.Command, args []string, begun string) ([]string, cobra.ShellCompDirective) {
		if len(args) >= len(each) {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return each[len(args)](cmd, args, begun)
	}
}

// completeFlag says how the values of a flag are completed.
func completeFlag(cmd *cobra.Command, name string, how completion) {
	if err := cmd.RegisterFlagCompletionFunc(name, how); err != nil {
		panic(err) // there is no such flag, or it was said already
	}
}
