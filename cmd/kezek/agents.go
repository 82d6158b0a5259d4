package main

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"maps"
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

func (a *app) timesheetCommand() *cobra.Command {
	var v viewFlags
	var asCSV bool
	var day, agent string
	cmd := &cobra.Command{
		Use: "timesheet", Short: "Show the agents' timesheets", Args: arguments(),
		Long: "Show the agents' timesheets of a day: log-in and log-out, paid time, lateness, breaks, time in each status.\n" +
			"Without --day and --agent: today, all agents; with --agent only: all days of that agent.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if v.asJSON && asCSV {
				return usageError{errors.New("--json and --csv: want one of them")}
			}
			asked := url.Values{}
			for name, value := range map[string]string{"day": day, "agent": agent} {
				if value != "" {
					asked.Set(name, value)
				}
			}
			return a.show(cmd.Context(), v, "/api/v1/timesheets?"+asked.Encode(), func(w io.Writer, body []byte, now time.Time) error {
				if !asCSV {
					return timesheets.print(w, body, now)
				}
				sheets, err := items[ops.Timesheet](body)
				if err != nil {
					return err
				}
				return writeTimesheets(w, sheets, now.Location())
			})
		},
	}
	v.where.add(cmd)
	give(cmd, &day, "day", "", dayForm, "local date, such as 2026-03-02", nil)
	give(cmd, &agent, "agent", "", nameForm, "one agent, by id", a.offerAgents(&v.where))
	cmd.Flags().BoolVar(&asCSV, "csv", false, "print CSV: times as RFC 3339, durations in seconds, a column for each status")
	cmd.Flags().BoolVar(&v.asJSON, "json", false, "print the API's answer")
	return cmd
}

var timesheets = list{
	heading: []string{"DAY", "AGENT", "NAME", "IN", "OUT", "PAID", "CALLS", "LATE", "LEFT EARLY", "ABSENT", "OVERSTAYS", "NOT USED", "SPENT"},
	rows:    rowEach(timesheetRow),
}

func timesheetRow(t ops.Timesheet, now time.Time) []string {
	var spent []string
	for _, status := range slices.Sorted(maps.Keys(t.Spent)) {
		spent = append(spent, string(status)+" "+seconds(t.Spent[status]))
	}
	overstays := ""
	if t.Overstays > 0 {
		overstays = strings.TrimSpace(strconv.Itoa(t.Overstays) + " " + seconds(t.Overstayed))
	}
	absent := ""
	if t.Absences > 0 {
		absent = strconv.Itoa(t.Absences)
	}
	return []string{
		t.Day, t.Agent, t.Name, written(t.LogIn, now.Location(), time.TimeOnly), written(t.LogOut, now.Location(), time.TimeOnly), seconds(t.Paid),
		strconv.Itoa(t.Calls), seconds(t.Late), seconds(t.LeftEarly), absent, overstays, joined(t.Missing), strings.Join(spent, ", "),
	}
}

// writeTimesheets writes CSV for a spreadsheet, with the same columns for all.
func writeTimesheets(w io.Writer, sheets []ops.Timesheet, here *time.Location) error {
	statuses := map[queue.Status]float64{}
	for _, t := range sheets {
		maps.Copy(statuses, t.Spent)
	}
	columns := slices.Sorted(maps.Keys(statuses))
	head := []string{"day", "agent", "name", "log_in", "log_out", "paid", "calls", "late", "left_early", "absences", "overstays", "overstayed", "missing"}
	for _, status := range columns {
		head = append(head, unformula(string(status)))
	}
	number := func(s float64) string { return strconv.FormatFloat(s, 'f', 0, 64) }
	out := csv.NewWriter(w)
	lines := [][]string{head}
	for _, t := range sheets {
		line := []string{
			unformula(t.Day), unformula(t.Agent), unformula(t.Name), written(t.LogIn, here, time.RFC3339), written(t.LogOut, here, time.RFC3339), number(t.Paid), strconv.Itoa(t.Calls), number(t.Late), number(t.LeftEarly),
			strconv.Itoa(t.Absences), strconv.Itoa(t.Overstays), number(t.Overstayed), unformula(joined(t.Missing)),
		}
		for _, status := range columns {
			line = append(line, number(t.Spent[status]))
		}
		lines = append(lines, line)
	}
	return out.WriteAll(lines)
}

// unformula keeps a spreadsheet from taking a text for a formula, and a line from being broken.
func unformula(text string) string {
	text = printable(text)
	if text != "" && strings.ContainsRune("=+-@", rune(text[0])) {
		return "'" + text
	}
	return text
}
