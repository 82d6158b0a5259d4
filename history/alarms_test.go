package history

import (
	"testing"
	"time"

	"kezek/queue"
)

// Alarms are kept over restarts, with who has seen them first; what is no alarm is not among them.
func TestAlarms(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		db, p := opened(t, url), &paper{}
		p.add(
			queue.Entry{At: after(0), Kind: queue.EntryCallEntered, Call: "c1"},
			queue.Entry{At: after(1), Kind: queue.EntryViolation, Agent: "1001", Queue: "sales", Callback: "cb-1", Details: &queue.Details{Violation: queue.ViolationDeclined}},
			queue.Entry{At: after(2), Kind: queue.EntryAgentPhone, Agent: "1001", Details: &queue.Details{PhoneChange: queue.PhoneBack}},
			queue.Entry{At: after(3), Kind: queue.EntryAgentPhone, Agent: "1001", Cause: queue.CauseNoAudio, Details: &queue.Details{PhoneChange: queue.PhoneBroken}},
			queue.Entry{At: after(3), Kind: queue.EntryCallbackEnded, Callback: "cb-1", CallbackOutcome: queue.CallbackCompleted},
			queue.Entry{At: after(4), Kind: queue.EntryCallbackBreached, Callback: "cb-1", Queue: "sales", Language: "ky"},
		)
		fed(t, db, p)
		all := must(db.Alarms(ctx, "bishkek", after(0)))
		if len(all) != 3 || all[0].Kind != queue.EntryCallbackBreached || all[0].Severity != queue.SeverityCritical || all[0].Language != "ky" ||
			all[1].Detail != "no_audio" || all[2].Detail != "callback_declined" || all[2].Agent != "1001" || !all[2].At.Equal(after(1)) || all[2].SeenBy != "" {
			t.Fatalf("alarms: %+v", all)
		}
		if late := must(db.Alarms(ctx, "bishkek", after(2))); len(late) != 2 {
			t.Errorf("since then: %+v", late)
		}
		if other := must(db.Alarms(ctx, "osh", after(0))); len(other) != 0 {
			t.Errorf("of another site: %+v", other)
		}
		id := all[2].ID
		p.add(
			queue.Entry{At: after(10), Kind: queue.EntryAlarmSeen, By: "aida", Details: &queue.Details{Alarm: id}},
			queue.Entry{At: after(11), Kind: queue.EntryAlarmSeen, By: "bek", Details: &queue.Details{Alarm: id}},
			queue.Entry{At: after(12), Kind: queue.EntryAlarmSeen, By: "bek", Details: &queue.Details{Alarm: "nothing"}},
		)
		fed(t, db, p)
		a := must(db.Alarm(ctx, "bishkek", id))
		if a == nil || a.SeenBy != "aida" || !a.Seen.Equal(after(10)) || a.ID != id {
			t.Errorf("seen: %+v", a)
		}
		if a := must(db.Alarm(ctx, "bishkek", "0-0")); a != nil {
			t.Errorf("an alarm that is none: %+v", a)
		}
		must(db.Prune(ctx, "bishkek", Keep{Acts: time.Hour}, after(2*3600)))
		if left := must(db.Alarms(ctx, "bishkek", after(0))); len(left) != 0 {
			t.Errorf("kept too long: %+v", left)
		}
	})
}
