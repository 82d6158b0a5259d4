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

func (a *app) callCommand() *cobra.Command {
	return group("call", "End, move or listen to a call: end, move, listen", a.callEnd(), a.callMove(), a.callListen())
}

func (a *app) callEnd() *cobra.Command {
	return a.deletion(&cobra.Command{
		Use: "end CALL", Short: "End a call, for a reason", Args: arguments(argument{"CALL", liveCallForm}),
		Long: "End a call: the caller hears the closing phrase, the agent's line ends. The same order again, while last words are heard, ends it at once.\n" +
			"The reason and its author are recorded.",
	}, "/api/v1/calls/", "ending a call", "ended", a.offerCalls)
}

func (a *app) callMove() *cobra.Command {
	var where clientFlags
	var order ops.MoveOrder
	cmd := &cobra.Command{
		Use: "move CALL QUEUE", Short: "Move a caller who waits to another queue, for a reason", Args: arguments(argument{"CALL", liveCallForm}, argument{"QUEUE", nameForm}),
		Long: "Move a caller who waits to another queue. They keep their true place: there they go among the others by when they called.\n" +
			"A caller who talks, is on hold or hears the last words is not moved. The reason and its author are recorded.",
		RunE: func(cmd *cobra.Command, args []string) error {
			if order.Reason == "" {
				return usageError{errors.New("--reason: missing: moving a caller needs a reason")}
			}
			order.Queue = args[1]
			body, _, err := a.send(cmd, where, http.MethodPut, "/api/v1/calls/"+url.PathEscape(args[0])+"/queue", order, http.StatusOK)
			if err != nil {
				return err
			}
			c, err := decoded[ops.Call](body)
			if err != nil {
				return err
			}
			place := ""
			if c.Position != nil {
				place = fmt.Sprintf(", place %d", *c.Position)
			}
			_, err = fmt.Fprintf(a.out, "%s: %s in %s%s\n", printable(c.ID), printable(string(c.State)), printable(c.Queue), place)
			return err
		},
	}
	where.add(cmd)
	give(cmd, &order.Reason, "reason", "", lineForm, "why (required)", nil)
	cmd.ValidArgsFunction = inTurn(a.offerCalls(&where), a.offerQueues(&where))
	return cmd
}

func (a *app) callListen() *cobra.Command {
	var where clientFlags
	var order ops.ListenOrder
	cmd := &cobra.Command{
		Use: "listen CALL PHONE", Short: "Have a supervisor's phone rung to hear a talk", Args: arguments(argument{"CALL", liveCallForm}, argument{"PHONE", phoneForm}),
		Long: "Have a supervisor's phone rung: from the answer on it hears the talk, as by *81. PHONE is the id of an agent who is a supervisor, or the phone's\n" +
			"name such as PJSIP/1020. The keys 4, 5 and 6 switch between listen, whisper and join. Who ordered it is recorded.",
		RunE: func(cmd *cobra.Command, args []string) error {
			order.Phone = args[1]
			return a.order(cmd, where, http.MethodPost, "/api/v1/calls/"+url.PathEscape(args[0])+"/listeners", order, args[1]+" rings: "+string(order.Mode)+" in "+args[0])
		},
	}
	where.add(cmd)
	modes := oneOf(queue.MonitorModes)
	give(cmd, (*string)(&order.Mode), "mode", string(queue.MonitorListen), modes, "who hears you, nobody, the agent or both: "+modes.want, nil)
	cmd.ValidArgsFunction = inTurn(a.offerCalls(&where), a.offerAgents(&where))
	return cmd
}

func (a *app) callbackMove() *cobra.Command {
	var where clientFlags
	var order ops.CallbackMoveOrder
	var at string
	cmd := &cobra.Command{
		Use: "move ID", Short: "Give a callback to another agent, or have it due earlier, for a reason", Args: arguments(argument{"ID", callbackForm}),
		Long: "Give a callback to another agent, or have it due earlier than was promised. It is never due later: a promise is not put off.\n" +
			"It is taken off the agent whose phone rings for it or who owes it. The reason and its author are recorded.",
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case at == "" && order.Agent == "":
				return usageError{errors.New("--due, --agent: missing: want one of them")}
			case order.Reason == "":
				return usageError{errors.New("--reason: missing: moving a callback needs a reason")}
			}
			c, err := a.client(cmd.Context(), where, config.Supervisor) // first: it knows in which zone --due is
			if err != nil {
				return err
			}
			order.Due = time.Time{}
			if at != "" {
				order.Due, _ = pointInTime(at, a.now()) // momentForm has checked it
			}
			body, _, err := c.send(cmd.Context(), http.MethodPut, "/api/v1/callbacks/"+url.PathEscape(args[0]), order, http.StatusOK)
			if err != nil {
				return err
			}
			cb, err := decoded[ops.Callback](body)
			if err != nil {
				return err
			}
			owner := ""
			if cb.Owner != nil {
				owner = ", for " + printable(*cb.Owner)
			}
			_, err = fmt.Fprintf(a.out, "%s: %s is due %s%s\n", printable(cb.ID), printable(cb.Number), printable(due(cb, a.now())), owner)
			return err
		},
	}
	where.add(cmd)
	give(cmd, &at, "due", "", momentForm, "when it is due: "+momentForm.want, nil)
	give(cmd, &order.Agent, "agent", "", nameForm, "agent who should make it", a.offerAgents(&where))
	give(cmd, &order.Reason, "reason", "", lineForm, "why (required)", nil)
	cmd.ValidArgsFunction = inTurn(a.offerCallbacks(&where))
	return cmd
}
