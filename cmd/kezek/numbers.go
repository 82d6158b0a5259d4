package main

import (
	"time"

	"github.com/spf13/cobra"

	"kezek/ops"
)

func (a *app) numbersCommand() *cobra.Command {
	return a.listCommand(list{
		"numbers", "Show the callers' numbers that agents are warned of", []string{"NUMBER", "FLAG", "BY", "SINCE", "UNTIL"},
		rowEach(func(n ops.Number, now time.Time) []string {
			return []string{n.Number, n.Flag, n.Agent, moment(&n.At, now), moment(&n.Until, now)}
		}),
	})
}

func (a *app) numberCommand() *cobra.Command {
	return group("number", "Clear the flag of a number: clear", a.numberClear())
}

func (a *app) numberClear() *cobra.Command {
	return a.deletion(&cobra.Command{
		Use: "clear NUMBER", Short: "Clear the flag of a number, for a reason", Args: arguments(argument{"NUMBER", numberForm}),
		Long: "Clear the flag of a number, so that agents are no longer warned of it. The reason and its author are recorded.",
	}, "/api/v1/numbers/", "clearing a flag", "the flag is cleared", a.offerNumbers)
}
