package e2e

import (
	"slices"
	"strings"
	"testing"
	"time"

	"kezek/ops"
	"kezek/queue"
)

const (
	didNotice     = "+996312900873"
	didNoticeKy   = "+996312900874"
	didNoNotice   = "+996312900875"
	didNoticeShut = "+996312900876"
)

func noticeConfig() string {
	shut := time.Now().Add(72 * time.Hour).Weekday().String()[:2] // not today, wherever the site is
	return `
queues:
  notice:
    did: ["` + didNotice + `", "` + didNoticeKy + `"]
    did_language: {"` + didNotice + `": ru, "` + didNoticeKy + `": ky}
    default_language: ru
  shut: {did: ["` + didNoticeShut + `"], default_language: ru, hours: "` + shut + ` 12:00-12:01"}
  quiet: {did: ["` + didNoNotice + `"], did_language: {"` + didNoNotice + `": ru}, default_language: ru}
agents:
  "1001": {queues: [notice, quiet]}
  "1011": {queues: [notice], supervisor: true, speech: ru}
`
}

// TestNotice: callers hear it on entry in their language, after a kill of the
// daemon too, until its time, or until a supervisor's code.
func TestNotice(t *testing.T) {
	t.Parallel()
	s := open(t, noticeConfig())
	hear := func(did string, want ...string) {
		t.Helper()
		c := s.call(t, did)
		busy := want[len(want)-1]
		until := c.hears(busy)
		c.heardFirst(want...)
		if slices.Contains(want, "ru/maintenance") {
			heardWhole(t, s, c.Call, "ru/maintenance", until)
		}
		c.hangUp(queue.OutcomeAbandoned)
	}
	hear(didNotice, "ru/welcome", "ru/all-busy")

	if out, errs, code := s.kezek(t, "notice", "on", "--queue", "notice", "--for", "1m"); code != 0 {
		t.Fatalf("notice on: %d %s%s", code, out, errs)
	}
	since := time.Now()
	hear(didNotice, "ru/welcome", "ru/maintenance", "ru/all-busy")
	hear(didNoNotice, "ru/welcome", "ru/all-busy")
	s.KillDaemon()
	s.ready(t)
	hear(didNoticeKy, "ky/welcome", "ky/maintenance", "ky/all-busy")
	if out, _, _ := s.kezek(t, "notice"); !strings.Contains(out, "maintenance") || !strings.Contains(out, "notice") {
		t.Errorf("kezek notice: %s", out)
	}
	off := s.journal.await(t, 0, "its end", func(e entry) bool { return e.kind() == queue.EntryNoticeOff })
	if after := off.at(t).Sub(since); after < 59*time.Second || after > 62*time.Second {
		t.Errorf("it ended after %v", after)
	}
	hear(didNoticeKy, "ky/welcome", "ky/all-busy")

	// The code, at a phone where no supervisor is logged in, and then where one is.
	supervisor := s.phone(t, "1011")
	c := supervisor.dials("*17")
	hears(t, s, c, "ru/enter-pin", time.Time{})
	must(t, c.Keys(within(t, patience), "1011#"))
	supervisor.heardSay(c, "ru/enter-pin", "ru/maintenance-on")
	late := s.call(t, didNoticeShut)
	hear(didNoNotice, "ru/welcome", "ru/maintenance", "ru/all-busy")
	q, err := ask[ops.Queue](t, s, "/api/v1/queues/quiet")
	must(t, err)
	if q.Notice == nil || q.Notice.By != "1011" {
		t.Errorf("the queue shows %+v", q.Notice)
	}
	late.ended()
	late.outcome(queue.OutcomeClosed)
	late.heardPrompts("ky/maintenance", "ru/maintenance", "ky/closed", "ru/closed")
	supervisor.code("*101011")
	supervisor.status(queue.StatusReady)
	supervisor.say("*17", "ru/maintenance-off")
	hear(didNoNotice, "ru/welcome", "ru/all-busy")
	s.nothingLeft(t)
}
