package e2e

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"kezek/lab/phone"
	"kezek/ops"
	"kezek/queue"
)

const didReported = "+996312900931"

var reportsConfig = openTrunk + "queues:" + deskQueue("reported", didReported, `
    service_level: {within: 10s, target: 80}
    ring: {timeout: 6s, rest: 1s}
    callback: {give_back: 1s, retry_after: 10s, ring: 5s, instant: 50ms}`) + `
statuses:
  coffee: {code: "31", title: {ru: "Кофе-брейк"}}
agents:
  "1011": {queues: [reported], speech: ru}
`

// rowsOf are the rows of a report as a supervisor gets them, each a value by its column.
func (s *site) rowsOf(t testing.TB, args ...string) ([]map[string]any, error) {
	t.Helper()
	out, errs, code := s.kezek(t, append([]string{"report", "--json", "--token", "lab-supervisor"}, args...)...)
	if code != 0 {
		return nil, fmt.Errorf("kezek report %v: exit %d: %s", args, code, errs)
	}
	var list struct{ Items []map[string]any }
	must(t, json.Unmarshal([]byte(out), &list))
	return list.Items, nil
}

// wantRows checks a report of the day: in each row the values of some columns, in order.
func (s *site) wantRows(t testing.TB, args string, columns []string, want ...[]any) []map[string]any {
	t.Helper()
	rows, err := s.rowsOf(t, strings.Fields(args)...)
	if err != nil {
		t.Error(err)
		return nil
	}
	var got [][]any
	for _, row := range rows {
		var line []any
		for _, c := range columns {
			line = append(line, row[c])
		}
		got = append(got, line)
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("kezek report %s: %v are %v, want %v", args, columns, got, want)
	}
	return rows
}

// near checks a length in seconds against what was measured at the phones.
func near(t testing.TB, what string, got any, want time.Duration) {
	t.Helper()
	s, _ := got.(float64)
	if off := time.Duration(s*float64(time.Second)) - want; off.Abs() > 1500*time.Millisecond {
		t.Errorf("%s is %.1f s in the report, %v at the phones", what, s, want)
	}
}

// TestReports is a caller's day, then each report against what the phones did: one caller is served after a decline, and held; one gives
// up and is called back by one command, after a decline that is a violation. Reports agree with the metrics and the live timesheet, a
// correction is in both, and all stands when the daemon was killed.
func TestReports(t *testing.T) {
	t.Parallel()
	s := open(t, reportsConfig)
	a := s.agent(t, "1011")

	served := s.call(t, didReported)
	must(t, a.rings().Decline(603))
	leg := a.answers(served)
	talks := time.Now()
	must(t, leg.Keys(within(t, patience), "*1"))
	served.told(queue.EntryHoldStarted)
	held := time.Now()
	time.Sleep(2 * time.Second)
	must(t, leg.Keys(within(t, patience), "*1"))
	served.told(queue.EntryHoldEnded)
	holds := time.Since(held)
	time.Sleep(time.Second)
	served.hangUp(queue.OutcomeCompletedByCaller)
	talked := time.Since(talks)
	a.free()

	a.code("*31")
	a.status("coffee")
	coffee := time.Now()
	gaveUp := s.call(t, didReported)
	gaveUp.told(queue.EntryCallEntered)
	waits := time.Now()
	time.Sleep(2 * time.Second)
	gaveUp.hangUp(queue.OutcomeAbandoned)
	waited := time.Since(waits)

	eventually(t, "who gave up is in the report", func() error {
		rows, err := s.rowsOf(t, "abandoned")
		if err == nil && len(rows) != 1 {
			err = fmt.Errorf("%d rows", len(rows))
		}
		return err
	})
	rows := s.wantRows(t, "abandoned", []string{"number", "queue", "language"}, []any{gaveUp.number, "reported", "ru"})
	near(t, "the wait of who gave up", rows[0]["wait"], waited)
	mark := s.journal.mark()
	if out, errs, code := s.kezek(t, "callback", "abandoned", gaveUp.number, "+996555999999", "--token", "lab-supervisor"); code != 1 ||
		!strings.Contains(out, "1 booked, 1 refused") || !strings.Contains(out, "REFUSED: not in the report") {
		t.Fatalf("kezek callback abandoned: exit %d, %s%s", code, out, errs)
	}
	eventually(t, "who is called back is no longer in the report", func() error {
		rows, err := s.rowsOf(t, "abandoned")
		if err == nil && len(rows) != 0 {
			err = fmt.Errorf("%d rows", len(rows))
		}
		return err
	})
	a.code("*12")
	breaks := time.Since(coffee)
	must(t, a.rings().Decline(603))
	s.journal.await(t, mark, "the violation", func(e entry) bool { return e.kind() == queue.EntryViolation })
	s.carrier.Behave(phone.AnswerAfter(time.Second))
	ring := a.rings()
	must(t, ring.Answer(within(t, patience)))
	client, err := s.carrier.Expect(within(t, patience))
	must(t, err)
	hears(t, s, client, "ru/callback-greeting", time.Time{})
	converse(t, ring, client, time.Time{})
	must(t, client.Hangup(within(t, patience)))
	s.journal.await(t, mark, "the end of the callback", func(e entry) bool { return e.kind() == queue.EntryCallbackEnded })
	a.free()
	a.code("*11")
	a.status(queue.StatusOffline)

	calls := []string{"number", "outcome", "agent", "queue", "language"}
	day := func() {
		t.Helper()
		eventually(t, "the day is in the reports", func() error {
			rows, err := s.rowsOf(t, "calls")
			if err == nil && len(rows) != 3 {
				err = fmt.Errorf("%d calls", len(rows))
			}
			return err
		})
		rows := s.wantRows(t, "calls", calls, []any{served.number, "completed_caller", "1011", "reported", "ru"}, []any{gaveUp.number, "abandoned", "", "reported", "ru"},
			[]any{gaveUp.number, "completed_caller", "1011", "reported", "ru"})
		near(t, "the talk", rows[0]["talk"], talked)
		near(t, "the hold", rows[0]["hold"], holds)
		s.wantRows(t, "calls --number "+served.number, calls[:2], []any{served.number, "completed_caller"})
		s.wantRows(t, "queues --every all", []string{"offered", "answered", "abandoned", "abandoned_in_time", "service_level", "talks", "callbacks", "callbacks_in_time", "callbacks_breached", "transfers"},
			[]any{2, 1, 1, 1, 100, 2, 1, 1, 0, 0})
		rows = s.wantRows(t, "agents", []string{"agent", "talks", "holds", "offers", "missed", "violations"}, []any{"1011", 2, 1, 4, 2, 1})
		near(t, "the agent's hold", rows[0]["hold"], holds)
		near(t, "the agent's breaks", rows[0]["breaks"], breaks)
		s.wantRows(t, "callbacks", []string{"number", "class", "origin", "outcome", "agent", "attempts", "breached"}, []any{gaveUp.number, "information", "supervisor", "completed", "1011", 1, nil})
		s.wantRows(t, "violations", []string{"agent", "kind", "queue"}, []any{"1011", "callback_declined", "reported"})
		rows = s.wantRows(t, "holds", []string{"agent", "way", "outcome", "limited"}, []any{"1011", "code", "returned", 0})
		near(t, "the hold in its report", rows[0]["length"], holds)
		s.wantRows(t, "acts", []string{"kind", "number"}, []any{"callback.booked", gaveUp.number})
		s.wantRows(t, "abandoned", nil)

		// one call from its start to its end
		list, err := s.rowsOf(t, "calls")
		must(t, err)
		story := s.wantRows(t, "call "+fmt.Sprint(list[0]["call"])+" --words en", []string{"what", "agent"},
			[]any{"call", ""}, []any{"visit", "1011"}, []any{"offer", "1011"}, []any{"offer", "1011"}, []any{"talk", "1011"}, []any{"hold", "1011"}, []any{"end", ""})
		if words := fmt.Sprint(story[2]["words"], "; ", story[5]["words"]); words != "The phone of 1011 rings: declined; On hold by 1011: back to the talk" {
			t.Errorf("it is told as %s", words)
		}
		s.wantRows(t, "call "+fmt.Sprint(list[1]["call"])+" --words ru", []string{"what", "outcome"}, []any{"call", ""}, []any{"visit", "abandoned"}, []any{"end", "abandoned"},
			[]any{"callback", ""}, []any{"act", "callback.booked"}, []any{"offer", "callback_declined"}, []any{"violation", "callback_declined"}, []any{"offer", "answered"},
			[]any{"attempt", "talked"}, []any{"callback", "completed"})
	}
	day()
	for name, want := range map[string]float64{"kezek_calls_total": 3, "kezek_callbacks_total": 1, "kezek_violations_total": 1, "kezek_callback_breaches_total": 0} {
		if got := s.metric(t, name); got != want {
			t.Errorf("%s is %g, in the reports it is %g", name, got, want)
		}
	}
	s.KillDaemon()
	s.ready(t)
	day()
	s.timesheetsAgree(t)

	if out, errs, code := s.kezek(t, "report", "queues", "--from", "yesterday", "--token", "lab-supervisor"); code != 2 || !strings.Contains(errs, `"yesterday" is not allowed`) {
		t.Errorf("exit %d: %s%s", code, out, errs)
	}
	s.nothingLeft(t)
}

// timesheetsAgree: the timesheet for payroll is the live one, before and after a correction, which can be taken back.
func (s *site) timesheetsAgree(t *testing.T) {
	t.Helper()
	live := func() ops.Timesheet {
		t.Helper()
		sheets, err := ask[list[ops.Timesheet]](t, s, "/api/v1/timesheets")
		must(t, err)
		i := slices.IndexFunc(sheets.Items, func(one ops.Timesheet) bool { return one.Agent == "1011" })
		if i < 0 {
			t.Fatal("1011 has no timesheet")
		}
		return sheets.Items[i]
	}
	is := live()
	minutes := time.Duration(is.Paid * float64(time.Second)).Round(time.Minute).Seconds()
	columns := []string{"agent", "recorded", "paid", "corrected_by", "reason", "talks"}
	s.wantRows(t, "timesheet", columns, []any{"1011", minutes, minutes, nil, nil, is.Calls})

	out, errs, code := s.kezek(t, "timesheet", "correct", "1011", is.Day, "7:30", "--reason", "phone was broken", "--token", "lab-supervisor")
	if code != 0 || !strings.Contains(out, "1011 "+is.Day+": paid 7:30, recorded "+queue.HoursMinutes(time.Duration(minutes)*time.Second)) {
		t.Fatalf("kezek timesheet correct: exit %d, %s%s", code, out, errs)
	}
	eventually(t, "the correction is in both", func() error {
		if c := live().Corrected; c == nil || c.Paid != 27000 || c.Reason != "phone was broken" {
			return fmt.Errorf("the live timesheet has %+v", c)
		}
		return nil
	})
	s.wantRows(t, "timesheet --from "+is.Day, columns, []any{"1011", minutes, 27000, "supervisor", "phone was broken", is.Calls})
	s.wantRows(t, "acts --agent 1011", []string{"kind", "by", "reason"}, []any{"timesheet.corrected", "supervisor", "phone was broken"})
	if out, _, code := s.kezek(t, "timesheet"); code != 0 || !strings.Contains(out, "7:30") || !strings.Contains(out, "phone was broken") {
		t.Errorf("kezek timesheet: exit %d\n%s", code, out)
	}
	if out, errs, code := s.kezek(t, "timesheet", "restore", "1011", is.Day, "--reason", "it was not", "--token", "lab-supervisor"); code != 0 {
		t.Errorf("kezek timesheet restore: exit %d, %s%s", code, out, errs)
	}
	eventually(t, "the correction is taken back", func() error {
		if c := live().Corrected; c != nil {
			return fmt.Errorf("the live timesheet has %+v", c)
		}
		return nil
	})
	s.wantRows(t, "timesheet", columns, []any{"1011", minutes, minutes, nil, nil, is.Calls})
}
