package queuelog

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"kezek/queue"
)

func unixMilli(ms int64) time.Time { return time.UnixMilli(ms).UTC() }
func ms(n int64) time.Duration     { return time.Duration(n) * time.Millisecond }
func abs(n int) int                { return max(n, -(n + 1)) }
func rowsOf(e queue.Entry) (out []string) {
	if e.At.IsZero() {
		e.At = unixMilli(1_767_225_600_000)
	}
	for _, r := range wordsForTest().Rows(e) {
		out = append(out, r.String())
	}
	return out
}

// TestRows: each event that app_queue has too, and what else programs read.
func TestRows(t *testing.T) {
	call := queue.Entry{Call: "1767225500.7", Queue: "sales", Number: "+996555000001", Agent: "1001", Leg: "1767225500.7-a1", JoinedAt: 2, Wait: 12 * time.Second}
	of := func(kind queue.EntryKind, change func(*queue.Entry)) queue.Entry {
		e := call
		e.Kind, e.Details = kind, &queue.Details{}
		if change != nil {
			change(&e)
		}
		return e
	}
	outbound := func(e *queue.Entry) {
		e.Call, e.Callback, e.JoinedAt, e.Wait, e.Details.Dialled = "cb-x1-c3", "cb-x1", 0, 0, 9*time.Second
	}
	for name, tt := range map[string]struct {
		e    queue.Entry
		want string // without the time
	}{
		"entered":          {of(queue.EntryCallEntered, nil), "1767225500.7|sales|NONE|ENTERQUEUE||+996555000001|2"},
		"withheld number":  {of(queue.EntryCallEntered, func(e *queue.Entry) { e.Number = "" }), "1767225500.7|sales|NONE|ENTERQUEUE|||2"},
		"back in line":     {of(queue.EntryCallRequeued, func(e *queue.Entry) { e.Turn = 2 }), "1767225500.7-2|sales|NONE|ENTERQUEUE||+996555000001|2"},
		"not answered":     {of(queue.EntryCallMissed, func(e *queue.Entry) { e.Ring, e.Cause = ms(15_250), queue.CauseNoAnswer }), "1767225500.7|sales|Agent/1001|RINGNOANSWER|15250"},
		"declined at once": {of(queue.EntryCallMissed, func(e *queue.Entry) { e.Ring, e.Cause = 0, queue.CauseDeclined }), "1767225500.7|sales|Agent/1001|RINGNOANSWER|0"},
		"broken off":       {of(queue.EntryCallMissed, func(e *queue.Entry) { e.Ring, e.Cause = ms(1), queue.CauseCancelled }), "1767225500.7|sales|Agent/1001|RINGCANCELED|1"},
		"connected":        {of(queue.EntryCallAnswered, func(e *queue.Entry) { e.Ring = ms(3999) }), "1767225500.7|sales|Agent/1001|CONNECT|12|1767225500.7-a1|3"},
		"again":            {of(queue.EntryCallAnswered, func(e *queue.Entry) { e.Turn = 3 }), "1767225500.7-3|sales|Agent/1001|CONNECT|12|1767225500.7-a1|0"},
		"caller hangs up":  {of(queue.EntryTalkEnded, func(e *queue.Entry) { e.TalkEnd, e.Talk = queue.TalkEndCaller, time.Minute }), "1767225500.7|sales|Agent/1001|COMPLETECALLER|12|60|2"},
		"agent hangs up":   {of(queue.EntryTalkEnded, func(e *queue.Entry) { e.TalkEnd, e.Talk = queue.TalkEndAgent, time.Minute }), "1767225500.7|sales|Agent/1001|COMPLETEAGENT|12|60|2"},
		"agent is lost":    {of(queue.EntryTalkEnded, func(e *queue.Entry) { e.TalkEnd = queue.TalkEndLost }), "1767225500.7|sales|Agent/1001|COMPLETEAGENT|12|0|2"},
		"passed on":        {of(queue.EntryTalkEnded, func(e *queue.Entry) { e.TalkEnd, e.To = queue.TalkEndBlind, "1205" }), "1767225500.7|sales|Agent/1001|BLINDTRANSFER|1205|kezek|12|0|2"},
		"asked first":      {of(queue.EntryTalkEnded, func(e *queue.Entry) { e.TalkEnd, e.To = queue.TalkEndAttended, "1205" }), "1767225500.7|sales|Agent/1001|ATTENDEDTRANSFER|BRIDGE|1205|12|0|2"},
		"promised on hold": {of(queue.EntryTalkEnded, func(e *queue.Entry) { e.TalkEnd = queue.TalkEndCallback }), "1767225500.7|sales|Agent/1001|COMPLETEAGENT|12|0|2\n1767225500.7|sales|Agent/1001|CALLSTATUS|callback"},
		"result":           {of(queue.EntryCallResult, func(e *queue.Entry) { e.Details.Result = "contract" }), "1767225500.7|sales|Agent/1001|CALLSTATUS|contract"},
		"gives up":         {of(queue.EntryVisitEnded, func(e *queue.Entry) { e.Position, e.Details.VisitEnd = 1, queue.VisitEndAbandoned }), "1767225500.7|sales|NONE|ABANDON|1|2|12"},
		"too long":         {of(queue.EntryVisitEnded, func(e *queue.Entry) { e.Position, e.Details.VisitEnd = 1, queue.VisitEndTimedOut }), "1767225500.7|sales|NONE|EXITWITHTIMEOUT|1|2|12"},
		"nobody there":     {of(queue.EntryVisitEnded, func(e *queue.Entry) { e.Position, e.Details.VisitEnd = 1, queue.VisitEndEmpty }), "1767225500.7|sales|NONE|EXITEMPTY|1|2|12"},
		"takes a callback": {of(queue.EntryVisitEnded, func(e *queue.Entry) { e.Position, e.Details.VisitEnd = 1, queue.VisitEndCallback }), "1767225500.7|sales|NONE|EXITWITHKEY|1|1|2|12"},
		"exchange fails":   {of(queue.EntryVisitEnded, func(e *queue.Entry) { e.Details.VisitEnd = queue.VisitEndLost }), "1767225500.7|sales|NONE|ABANDON|1|2|12"},
		"gives up in a ring": {of(queue.EntryVisitEnded, func(e *queue.Entry) {
			e.Position, e.Details.VisitEnd, e.Details.Offers = 1, queue.VisitEndAbandoned, []queue.Offered{{Agent: "1001", Ring: ms(4100)}, {Agent: "1002", Ring: ms(4100)}}
		}), "1767225500.7|sales|Agent/1001|RINGCANCELED|4100\n1767225500.7|sales|Agent/1002|RINGCANCELED|4100\n1767225500.7|sales|NONE|ABANDON|1|2|12"},
		"hold":           {of(queue.EntryHoldStarted, func(e *queue.Entry) { e.Details.HeldBy = queue.HeldByKey }), "1767225500.7|sales|Agent/1001|CALLERONHOLD|0|key"},
		"return":         {of(queue.EntryHoldEnded, func(e *queue.Entry) { e.Hold, e.Details.HoldEnd = 40*time.Second, queue.HoldEndReturned }), "1767225500.7|sales|Agent/1001|CALLEROFFHOLD|40|returned"},
		"parked":         {of(queue.EntryHoldStarted, func(e *queue.Entry) { e.Details.HeldBy, e.Details.Slot = queue.HeldByParking, 1 }), ""},
		"parked no more": {of(queue.EntryHoldEnded, func(e *queue.Entry) { e.Details.HoldEnd, e.Details.Slot = queue.HoldEndHandedOver, 1 }), ""},
		"fetched": {of(queue.EntryCallPickedUp, func(e *queue.Entry) { e.Turn = 2 }),
			"1767225500.7-2|sales|NONE|ENTERQUEUE||+996555000001|2\n1767225500.7-2|sales|Agent/1001|CONNECT|0|1767225500.7-a1|0"},
		"picked up at a colleague": {of(queue.EntryCallPickedUp, func(e *queue.Entry) { e.Leg = "" }), ""},
		"callback":                 {of(queue.EntryCallAnswered, outbound), "cb-x1-c3|sales-callback|NONE|CALLOUTBOUND||+996555000001\ncb-x1-c3|sales-callback|Agent/1001|CONNECT|9|1767225500.7-a1|0"},
		"callback is over":         {of(queue.EntryTalkEnded, func(e *queue.Entry) { outbound(e); e.TalkEnd = queue.TalkEndCaller }), "cb-x1-c3|sales-callback|Agent/1001|COMPLETECALLER|0|0|1"},
		"client not reached":       {of(queue.EntryCallbackAttempt, outbound), "cb-x1-c3|sales-callback|NONE|CALLOUTBOUND||+996555000001\ncb-x1-c3|sales-callback|NONE|ABANDON|1|1|9"},
		"a client calls in":        {of(queue.EntryTalkEnded, func(e *queue.Entry) { e.Callback, e.TalkEnd = "cb-x1", queue.TalkEndCaller }), "1767225500.7|sales|Agent/1001|COMPLETECALLER|12|0|2"},
		"log-in":                   {queue.Entry{Kind: queue.EntryAgentLogIn, Agent: "1001", Phone: "PJSIP/1001"}, "NONE|NONE|Agent/1001|AGENTLOGIN|PJSIP/1001\nNONE|sales|Agent/1001|ADDMEMBER|\nNONE|support|Agent/1001|ADDMEMBER|"},
		"log-out": {queue.Entry{Kind: queue.EntryAgentLogOut, Agent: "1001", Phone: "PJSIP/1001", Details: &queue.Details{Length: time.Hour}},
			"NONE|sales|Agent/1001|REMOVEMEMBER|\nNONE|support|Agent/1001|REMOVEMEMBER|\nNONE|NONE|Agent/1001|AGENTLOGOFF|PJSIP/1001|3600"},
		"break":                     {status("waiting", "coffee"), "NONE|NONE|Agent/1001|PAUSEALL|coffee\nNONE|sales|Agent/1001|PAUSE|coffee\nNONE|support|Agent/1001|PAUSE|coffee"},
		"another break":             {status("coffee", "lunch"), "NONE|NONE|Agent/1001|PAUSEALL|lunch\nNONE|sales|Agent/1001|PAUSE|lunch\nNONE|support|Agent/1001|PAUSE|lunch"},
		"back":                      {status("coffee", "waiting"), "NONE|NONE|Agent/1001|UNPAUSEALL|\nNONE|sales|Agent/1001|UNPAUSE|\nNONE|support|Agent/1001|UNPAUSE|"},
		"missed calls":              {status("ringing", "missed"), "NONE|NONE|Agent/1001|PAUSEALL|missed\nNONE|sales|Agent/1001|PAUSE|missed\nNONE|support|Agent/1001|PAUSE|missed"},
		"wrap-up":                   {status("talking", "wrapup"), ""},
		"out of a break":            {status("coffee", "offline"), ""},
		"penalty":                   {queue.Entry{Kind: queue.EntryAgentPenalty, Agent: "1001", Queue: "sales", Details: &queue.Details{Penalty: queue.PenaltyChange{Is: 4, Was: 1}}}, "NONE|sales|Agent/1001|PENALTY|4"},
		"full, closed, in the menu": {of(queue.EntryCallEnded, func(e *queue.Entry) { e.Outcome = queue.OutcomeFull }), ""},
	} {
		want := ""
		for _, line := range strings.Split(tt.want, "\n") {
			if line != "" {
				want += "1767225600|" + line + "\n"
			}
		}
		got := ""
		for _, line := range rowsOf(tt.e) {
			got += line + "\n"
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func status(was, is queue.Status) queue.Entry {
	return queue.Entry{Kind: queue.EntryAgentStatus, Agent: "1001", Status: is, Was: was}
}

// Whole seconds: a wait of CONNECT is what lies between the times of the two rows, or programs find them wrong.
func TestSecondsFitTheTimes(t *testing.T) {
	for begin := int64(0); begin < 1000; begin += 90 {
		for length := int64(0); length < 3000; length += 70 {
			entered := unixMilli(1_767_225_600_000 + begin)
			answered := entered.Add(ms(length))
			got := rowsOf(queue.Entry{Kind: queue.EntryCallAnswered, At: answered, Wait: ms(length), Agent: "1", Queue: "q", Call: "c", Leg: "l"})
			row := strings.Split(got[0], "|")
			if want := number(answered.Unix() - entered.Unix()); row[5] != want {
				t.Fatalf("from %v for %v: wait %s, want %s", entered, ms(length), row[5], want)
			}
		}
	}
}

// Names go into rows without what cuts a row, or the SQL of those who read it.
func TestNames(t *testing.T) {
	for text, want := range map[string]string{
		"O'Neil | \"x\"":               "ONeil _ x",
		"a\r\nb\x00c\tд":               "a b c д",
		"  ":                           "NONE",
		"'|'":                          "_",
		"back\\slash":                  "backslash",
		"\xff\xfeok":                   "ok",
		strings.Repeat("щ", 300):       strings.Repeat("щ", 80),
		strings.Repeat("x", 79) + " y": strings.Repeat("x", 79),
	} {
		if got := named(text, widestName); got != want {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
	w := wordsForTest()
	w.CallerName = true
	w.Agent = func(string) string { return "Айпери|'1'" }
	e := queue.Entry{Kind: queue.EntryCallEntered, At: unixMilli(0), Call: "c", Queue: "q", Number: "1", Name: "Bob|'; DROP"}
	if got, want := w.Rows(e)[0].String(), "0|c|q|NONE|ENTERQUEUE||1|1|Bob_; DROP"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	e.Kind, e.Agent = queue.EntryCallMissed, "1001"
	if got, want := w.Rows(e)[0].String(), "0|c|q|Айпери_1|RINGNOANSWER|0"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// Every kind is of queue_log or not: a new one is decided on here.
func TestEveryKindIsDecided(t *testing.T) {
	no := map[queue.EntryKind]bool{}
	for _, kinds := range notWritten {
		for _, kind := range kinds {
			no[kind] = true
		}
	}
	for _, kind := range queue.EntryKinds {
		if has := table[kind] != nil; has == no[kind] {
			t.Errorf("%s: has rows %v, is listed as without %v", kind, has, no[kind])
		}
	}
}

// notWritten are the kinds without rows, by the reason.
var notWritten = map[string][]queue.EntryKind{
	"app_queue has no row for it, and no program reads one": {
		queue.EntryCallKept, queue.EntryCallOffered, queue.EntryCallReplaced, queue.EntryCallOverflow, queue.EntryCallWarned, queue.EntryCallUnheard, queue.EntryCallConsult, queue.EntryCallSupervisor,
		queue.EntryCallJoined, queue.EntryCallLeft, queue.EntryHoldReminded, queue.EntryHoldLimited, queue.EntryCallerHolds, queue.EntryNoticeOn, queue.EntryNoticeOff, queue.EntryNumberCleared, queue.EntryNumberErased,
		queue.EntryTrunkDown, queue.EntryTrunkUp, queue.EntryMonitorStarted, queue.EntryMonitorEnded, queue.EntryRecordingPaused, queue.EntryRecordingResumed, queue.EntryRecordingFailed,
		queue.EntryAgentPhone, queue.EntryAgentOverstay, queue.EntryAgentLate, queue.EntryAgentAbsent, queue.EntryAgentLeftEarly, queue.EntryAgentOrder, queue.EntryCallOrder, queue.EntryAlarmSeen, queue.EntryViolation, queue.EntryAgentShift, queue.EntryTimesheetCorrected, queue.EntryTimesheetRestored,
		queue.EntryRefused, queue.EntryClockSet, queue.EntryHealed,
	},
	"talk.ended tells how": {queue.EntryCallTransfer, queue.EntryCallTransferred, queue.EntryCallTransferFailed, queue.EntryAgentUnwell},
	"visit.ended and talk.ended have told it, or the caller never was in a queue": {queue.EntryCallEnded},
	"a promise is no call": {
		queue.EntryCallbackBooked, queue.EntryCallbackMerged, queue.EntryCallbackTaken, queue.EntryCallbackCameIn, queue.EntryCallbackWarned, queue.EntryCallbackEscalated,
		queue.EntryCallbackBreached, queue.EntryCallbackAlarm, queue.EntryCallbackMoved, queue.EntryCallbackEnded,
	},
}
