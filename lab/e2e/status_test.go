package e2e

import (
	"fmt"
	"slices"
	"testing"

	"kezek/lab/phone"
	"kezek/ops"
	"kezek/queue"
)

const statusConfig = `
queues: {sales: {overflow: false, peak: {wait: 1s, service_level: false}}}
statuses:
  coffee: {code: "31", title: {ru: "Кофе-брейк"}, longest: 15m, refused_at_peak: true, required_daily: true}
  lunch: {code: "32", title: {ru: "Обед"}, required_daily: true}
  printing: {code: "37", title: {ru: "Распечатка договоров"}, forbidden_to: [sales]}
`

// TestStatuses: an agent's day by the table, with the words that they hear.
func TestStatuses(t *testing.T) {
	t.Parallel()
	s := prepare(t, statusConfig)
	s.mustStart(t)
	mark := s.journal.mark()

	// A break, and one that their department may not take.
	a := s.agent(t, "1001")
	a.say("*31", "ru/status-set-coffee")
	a.status("coffee")
	a.say("*37", "ru/status-refused-not-allowed")
	s.journal.await(t, mark, "the violation", func(e entry) bool {
		return e.kind() == queue.EntryViolation && e["agent"] == "1001" && e["detail"] == string(queue.RefusalStatusForbidden)
	})
	a.status("coffee")
	a.say("*32", "ru/status-set-lunch")

	// Peak: a caller waits, and there is no coffee.
	c := s.call(t, "+996312900800")
	c.press("2")
	c.told(queue.EntryCallEntered)
	c.hears("ru/all-busy")
	eventually(t, "the caller waits for longer than a second", func() error {
		q, err := ask[ops.Queue](t, s, "/api/v1/queues/sales")
		if err == nil && q.LongestWait <= 1 {
			err = fmt.Errorf("the caller waits for %v s", q.LongestWait)
		}
		return err
	})
	a.say("*31", "ru/status-refused-peak")
	a.status("lunch")

	// They sit down at a colleague's phone, where the caller reaches them.
	b := s.phone(t, "1002")
	b.say("*101001*9999", "ru/wrong-pin")
	b.code("*101001*1001")
	s.journal.await(t, mark, "1001 moves", func(e entry) bool {
		return e.kind() == queue.EntryAgentPhone && e["agent"] == "1001" && e["detail"] == "moved to PJSIP/1002"
	})
	b.say("*12", "ru/status-waiting")
	b.answers(c)
	b.say("*11", "ru/logged-out", "ru/status-after-call")
	b.say("*101001*1001", "ru/already-logged-in")
	c.hangUp(queue.OutcomeCompletedByCaller)
	a.status(queue.StatusReady)

	// Their timesheet has it all.
	sheets, err := ask[struct{ Items []ops.Timesheet }](t, s, "/api/v1/timesheets?agent=1001")
	must(t, err)
	if len(sheets.Items) != 1 {
		t.Fatalf("timesheets %+v", sheets.Items)
	}
	sheet := sheets.Items[0]
	if sheet.LogIn == nil || sheet.LogOut != nil || sheet.Calls != 1 || sheet.Spent["coffee"] <= 0 || sheet.Spent["lunch"] <= 0 || sheet.Spent["talking"] <= 0 || len(sheet.Missing) != 0 {
		t.Errorf("timesheet %+v", sheet)
	}
	d := s.agent(t, "1003")
	other, err := ask[struct{ Items []ops.Timesheet }](t, s, "/api/v1/timesheets?agent=1003")
	must(t, err)
	if len(other.Items) != 1 || !slices.Equal(other.Items[0].Missing, []queue.Status{"coffee", "lunch"}) {
		t.Errorf("1003 has used %+v", other.Items)
	}

	// An agent logged in elsewhere has the own number there: it rings for a caller who is passed on.
	b.say("*32", "ru/status-set-lunch")
	c = s.call(t, "+996312900800")
	c.press("2")
	leg := d.answers(c)
	b.say("*12", "ru/status-waiting")
	must(t, leg.Keys(within(t, patience), "*31001#"))
	r := b.rings()
	must(t, r.Answer(within(t, patience)))
	talk(t, r, c, r.At(phone.AnswerSent))
	c.hangUp(queue.OutcomeTransferred)
	d.free()
	d.code("*11")
	d.status(queue.StatusOffline)
	s.nothingLeft(t)
}
