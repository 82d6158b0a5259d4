package demo

import (
	"context"
	"encoding/json"
	"maps"
	"strings"
	"time"

	"kezek/ops"
)

// historyWithin is how long the history may be behind what has happened.
const historyWithin = 5 * time.Second

// reportDay shows the day's reports, and compares them with the story.
func reportDay(d *day) {
	type call struct{ Language, Outcome string }
	var calls []call
	told := count{}
	deadline := time.Now().Add(historyWithin)
	d.awaitTrue("kezek report calls", func(ctx context.Context) (bool, error) {
		var err error
		if calls, err = reported[call](ctx, d, "calls", "--queue", "sales"); err != nil {
			return false, err
		}
		told = count{}
		for _, c := range calls {
			told[c.Language+" "+c.Outcome]++
		}
		return maps.Equal(told, d.played) || time.Now().After(deadline), nil
	})
	d.showReport("queues", "--every", "all")
	d.showReport("abandoned")
	d.showReport("callbacks")
	d.showReport("timesheet")
	if d.isNewDay() {
		return // a report without --from is about today
	}
	d.promise(maps.Equal(told, d.played), "The day's report has each call once, also over the kill", "kezek report calls", "%v", told)

	type sheet struct {
		Agent    string
		Recorded float64
	}
	var history []sheet
	d.await("kezek report timesheet", func(ctx context.Context) (err error) {
		history, err = reported[sheet](ctx, d, "timesheet")
		return err
	})
	recorded, live := map[string]float64{}, map[string]float64{}
	for _, s := range history {
		recorded[s.Agent] = s.Recorded
	}
	for _, t := range table[ops.Timesheet](d, "timesheet") {
		if t.LogIn != nil {
			live[t.Agent] = time.Duration(t.Paid * float64(time.Second)).Round(time.Minute).Seconds()
		}
	}
	d.promise(maps.Equal(recorded, live) && len(live) > 0, "The timesheet for payroll is the one of the rules", "kezek report timesheet, kezek timesheet", "%d agents", len(history))
}

// reported are the rows of a report.
func reported[T any](ctx context.Context, d *day, args ...string) ([]T, error) {
	out, err := d.lab.Kezek(ctx, append(append([]string{"report"}, args...), "--json")...)
	if err != nil {
		return nil, err
	}
	var all struct{ Items []T }
	err = json.Unmarshal([]byte(out), &all)
	return all.Items, err
}

// showReport shows a report as it is printed.
func (d *day) showReport(args ...string) {
	args = append([]string{"report"}, args...)
	d.await("kezek report", func(ctx context.Context) error {
		out, err := d.lab.Kezek(ctx, args...)
		d.quote("$ kezek "+strings.Join(args, " "), out)
		return err
	})
}
