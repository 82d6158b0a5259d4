package main

import (
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/spf13/cobra"

	"kezek/ops"
)

func (a *app) numbersCommand() *cobra.Command {
	return a.listCommand(list{
		"numbers", "Show the callers' numbers that agents are warned of", []string{"NUMBER", "FLAG", "BY", "SINCE", "UNTIL"},
		func(body []byte, now time.Time) ([][]string, error) {
			return rows(body, func(n ops.Number) []string {
				return []string{n.Number, n.Flag, n.Agent, moment(&n.At, now), moment(&n.Until, now)}
			})
		},
	})
}

func (a *app) numberCommand() *cobra.Command {
	return group("number", "Clear the flag of a number: clear", a.numberClear())
}

func (a *app) numberClear() *cobra.Command {
	var where clientFlags
	var order ops.CancelOrder
	cmd := &cobra.Command{
		Use: "clear NUMBER", Short: "Clear the flag of a number, for a reason", Args: arguments(argument{"NUMBER", numberForm}),
		Long: "Clear the flag of a number, so that agents are no longer warned of it. The reason and its author are recorded.",
		RunE: func(cmd *cobra.Command, args []string) error {
			if order.Reason == "" {
				return usageError{errors.New("--reason: missing: clearing a flag needs a reason")}
			}
			return a.order(cmd, where, http.MethodDelete, "/api/v1/numbers/"+url.PathEscape(args[0]), order, args[0]+": the flag is cleared")
		},
	}
	where.add(cmd)
	give(cmd, &order.Reason, "reason", "", lineForm, "why (required)", nil)
	cmd.ValidArgsFunction = inTurn(a.offerNumbers(&where))
	return cmd
}
