package main

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/spf13/cobra"

	"kezek/ops"
	"kezek/queue"
)

func (a *app) agentCommand() *cobra.Command {
	var where clientFlags
	var reason string
	cmd := &cobra.Command{
		Use: "agent ID {status STATUS | penalty QUEUE PENALTY}", Short: "Put an agent into a status, or set their penalty in a queue",
		Args: agentOrder,
		Long: "Put an agent into a status: waiting, offline (which logs the agent out), or one of the config's table.\n" +
			"A status that the table refuses, or that takes a callback off the agent, needs a reason. The order is recorded with its reason and author.\n\n" +
			"Or set an agent's penalty in a queue, 0 to 1000, or config for that of the config. Agents of a higher penalty get calls only when none of\n" +
			"a lower one is free. It counts from the next offer on, over log-outs and restarts, until the config says another one for them there.",
		RunE: func(cmd *cobra.Command, args []string) error {
			var order any = ops.StatusOrder{Status: queue.Status(args[2]), Reason: reason}
			if args[1] == "penalty" {
				order = penaltyOrder(args[2], args[3], reason)
			}
			body, _, err := a.send(cmd, where, http.MethodPut, "/api/v1/agents/"+url.PathEscape(args[0])+"/"+args[1], order, http.StatusOK)
			if err != nil {
				return err
			}
			agent, err := decoded[ops.Agent](body)
			if err != nil {
				return err
			}
			now := printable(string(agent.Status))
			if agent.After != nil {
				now += ", then " + printable(string(*agent.After))
			}
			if args[1] == "penalty" {
				now = printable(inQueues(agent))
			}
			_, err = fmt.Fprintf(a.out, "%s: %s\n", printable(agent.ID), now)
			return err
		},
	}
	where.add(cmd)
	give(cmd, &reason, "reason", "", lineForm, "why; it is recorded", nil)
	cmd.ValidArgsFunction = func(cmd *cobra.Command, args []string, begun string) ([]string, cobra.ShellCompDirective) {
		each := []completion{a.offerAgents(&where), cobra.FixedCompletions(agentOrders, cobra.ShellCompDirectiveNoFileComp), a.offerStatuses(&where)}
		if len(args) > 1 && args[1] == "penalty" {
			each = append(each[:2], a.offerQueues(&where), cobra.FixedCompletions([]string{"config"}, cobra.ShellCompDirectiveNoFileComp))
		}
		return inTurn(each...)(cmd, args, begun)
	}
	return cmd
}

// agentOrders are what may be ordered of an agent.
var agentOrders = []string{"status", "penalty"}

// agentOrder takes the arguments of one of them.
func agentOrder(cmd *cobra.Command, args []string) error {
	if len(args) < 2 {
		return usageError{fmt.Errorf("want ID status STATUS, or ID penalty QUEUE PENALTY, after %s, %s; see --help", cmd.CommandPath(), instead(args))}
	}
	if len(args) > 1 && args[1] == "penalty" {
		return arguments(argument{"ID", nameForm}, argument{"penalty", oneOf(agentOrders)}, argument{"QUEUE", nameForm}, argument{"PENALTY", penaltyForm})(cmd, args)
	}
	return arguments(argument{"ID", nameForm}, argument{"status", oneOf(agentOrders)}, argument{"STATUS", nameForm})(cmd, args)
}

// penaltyOrder is an order in a form that [penaltyForm] has checked.
func penaltyOrder(queue, penalty, reason string) ops.PenaltyOrder {
	order := ops.PenaltyOrder{Queue: queue, Reason: reason}
	if n, err := strconv.Atoi(penalty); err == nil {
		order.Penalty = &n
	}
	return order
}

// inQueues are the queues of an agent, with the penalty where there is one: "sales support:5", or "support:5(config:0)" if
// a supervisor has set it.
func inQueues(g ops.Agent) string {
	all := slices.Clone(g.Queues)
	for _, p := range g.Penalties {
		i := slices.Index(all, p.Queue)
		if i < 0 || p.Penalty == 0 && p.By == nil {
			continue
		}
		all[i] += ":" + strconv.Itoa(p.Penalty)
		if p.By != nil {
			all[i] += fmt.Sprintf("(config:%d)", p.Config)
		}
	}
	return joined(all)
}
