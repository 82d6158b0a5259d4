package main

import (
	"errors"
	"fmt"
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

func (a *app) timesheetCommand() *cobra.Command {
	var v viewFlags
	var day, agent string
	cmd := &cobra.Command{
		Use: "timesheet", Short: "Show the agents' timesheets, or correct one: correct, restore",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usageError{fmt.Errorf("unknown command %q; see kezek timesheet --help", args[0])}
			}
			return nil
		},
		Long: "Show the agents' timesheets of a day, as it stands now: log-in and log-out, paid time, lateness, breaks, time in each status, in hours and minutes.\n" +
			"Without --day and --agent: today, all agents; with --agent only: all days of that agent.\n\n" +
			"For payroll, a month or any range, with sums, as CSV or XLSX: kezek report timesheet --from 2026-03.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			asked := url.Values{}
			for name, value := range map[string]string{"day": day, "agent": agent} {
				if value != "" {
					asked.Set(name, value)
				}
			}
			return a.show(cmd.Context(), v, "/api/v1/timesheets?"+asked.Encode(), timesheets.print)
		},
	}
	v.where.add(cmd)
	give(cmd, &day, "day", "", dayForm, "local date, such as 2026-03-02", nil)
	give(cmd, &agent, "agent", "", nameForm, "one agent, by id", a.offerAgents(&v.where))
	cmd.Flags().BoolVar(&v.asJSON, "json", false, "print the API's answer")
	cmd.AddCommand(a.timesheetCorrect(), a.timesheetRestore())
	return cmd
}

var timesheets = list{
	heading: []string{"DAY", "AGENT", "NAME", "IN", "OUT", "PAID", "CALLS", "LATE", "LEFT EARLY", "ABSENT", "OVERSTAYS", "NOT USED", "SPENT", "CORRECTED"},
	rows:    rowEach(timesheetRow),
}

// hoursMinutes are those of a time that the API gives, "" for none.
func hoursMinutes(s float64) string {
	if s == 0 {
		return ""
	}
	return queue.HoursMinutes(time.Duration(s * float64(time.Second)))
}

func timesheetRow(t ops.Timesheet, now time.Time) []string {
	var spent []string
	for _, status := range slices.Sorted(maps.Keys(t.Spent)) {
		spent = append(spent, string(status)+" "+hoursMinutes(t.Spent[status]))
	}
	overstays := ""
	if t.Overstays > 0 {
		overstays = strings.TrimSpace(strconv.Itoa(t.Overstays) + " " + hoursMinutes(t.Overstayed))
	}
	absent := ""
	if t.Absences > 0 {
		absent = strconv.Itoa(t.Absences)
	}
	paid, corrected := hoursMinutes(t.Paid), ""
	if c := t.Corrected; c != nil {
		paid = queue.HoursMinutes(time.Duration(c.Paid * float64(time.Second)))
		corrected = fmt.Sprintf("was %s; %s, %s: %s", queue.HoursMinutes(time.Duration(c.Recorded*float64(time.Second))), c.By, moment(&c.At, now), c.Reason)
	}
	return []string{
		t.Day, t.Agent, t.Name, written(t.LogIn, now.Location(), time.TimeOnly), written(t.LogOut, now.Location(), time.TimeOnly), paid,
		strconv.Itoa(t.Calls), hoursMinutes(t.Late), hoursMinutes(t.LeftEarly), absent, overstays, joined(t.Missing), strings.Join(spent, ", "), corrected,
	}
}

// hoursForm is how paid time is given.
var hoursForm = form{want: "hours and minutes such as 7:30, from 0:00 to 24:00", fits: func(v string) bool { _, ok := readHours(v); return ok }}

// readHours reads hours and minutes as seconds.
func readHours(v string) (seconds float64, ok bool) {
	h, m, found := strings.Cut(v, ":")
	hours, err := strconv.ParseUint(h, 10, 8)
	minutes, wrong := strconv.ParseUint(m, 10, 8)
	ok = found && err == nil && wrong == nil && len(m) == 2 && minutes < 60 && hours*60+minutes <= 24*60
	return float64(hours*3600 + minutes*60), ok
}

func (a *app) timesheetCorrect() *cobra.Command {
	var where clientFlags
	var reason string
	cmd := &cobra.Command{
		Use: "correct AGENT DAY PAID", Short: "Correct the paid time of an agent's day, for a reason",
		Args: arguments(argument{"AGENT", nameForm}, argument{"DAY", dayForm}, argument{"PAID", hoursForm}),
		Long: "Correct the paid time of an agent's day, in hours and minutes: kezek timesheet correct 1012 2026-03-02 8:00 --reason \"forgot to log out\".\n" +
			"What was recorded stays, and is shown beside the correction in the report timesheet, with who, when and why. The last correction of a day counts.",
		RunE: func(cmd *cobra.Command, args []string) error {
			if reason == "" {
				return usageError{errors.New("--reason: missing: a correction needs a reason")}
			}
			paid, _ := readHours(args[2])
			body, _, err := a.send(cmd, where, http.MethodPut, sheetPath(args), ops.CorrectionOrder{Paid: &paid, Reason: reason}, http.StatusOK)
			if err != nil {
				return err
			}
			c, err := decoded[ops.Correction](body)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(a.out, "%s %s: paid %s, recorded %s\n", printable(c.Agent), printable(c.Day),
				queue.HoursMinutes(time.Duration(c.Paid*float64(time.Second))), queue.HoursMinutes(time.Duration(c.Recorded*float64(time.Second))))
			return err
		},
	}
	where.add(cmd)
	give(cmd, &reason, "reason", "", lineForm, "why (required)", nil)
	cmd.ValidArgsFunction = inTurn(a.offerAgents(&where))
	return cmd
}

// sheetPath is that of the timesheet of an agent and a day.
func sheetPath(args []string) string {
	return "/api/v1/timesheets/" + url.PathEscape(args[0]) + "/" + url.PathEscape(args[1])
}

func (a *app) timesheetRestore() *cobra.Command {
	var where clientFlags
	var order ops.CancelOrder
	cmd := &cobra.Command{
		Use: "restore AGENT DAY", Short: "Take the corrections of an agent's day back, for a reason",
		Args: arguments(argument{"AGENT", nameForm}, argument{"DAY", dayForm}),
		Long: "Take the corrections of an agent's day back: what was recorded counts again. The corrections, and who took them back, stay in kezek report acts.",
		RunE: func(cmd *cobra.Command, args []string) error {
			if order.Reason == "" {
				return usageError{errors.New("--reason: missing: taking a correction back needs a reason")}
			}
			return a.order(cmd, where, http.MethodDelete, sheetPath(args), order, args[0]+" "+args[1]+": as recorded again")
		},
	}
	where.add(cmd)
	give(cmd, &order.Reason, "reason", "", lineForm, "why (required)", nil)
	cmd.ValidArgsFunction = inTurn(a.offerAgents(&where))
	return cmd
}
