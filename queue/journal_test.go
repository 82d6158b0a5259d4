package queue

import (
	"testing"
	"time"
)

// Programs that read the journal know detail, talk and wait from before the entries had a field for each
// thing: these go on saying what they said.
func TestWireSaysWhatItSaid(t *testing.T) {
	at := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		e          Entry
		detail     string
		talk, wait time.Duration
	}{
		{Entry{Kind: EntryCallTransfer, To: "1005"}, "1005", 0, 0},
		{Entry{Kind: EntryCallTransferFailed, To: "1005", Cause: CauseBusy}, "1005", 0, 0},
		{Entry{Kind: EntryCallSupervisor, To: "PJSIP/900"}, "PJSIP/900", 0, 0},
		{Entry{Kind: EntryCallResult, Details: &Details{Result: "sold", Replaced: "call_again"}}, "call_again", 0, 0},
		{Entry{Kind: EntryCallEnded, Outcome: OutcomeCompletedByAgent, Talk: time.Minute, Wait: time.Second}, "", time.Minute, time.Second},
		{Entry{Kind: EntryHoldStarted, Details: &Details{HeldBy: HeldByKey}}, "key", 0, 0},
		{Entry{Kind: EntryHoldLimited, Details: &Details{Then: HoldThenRequeue}}, "requeue", 0, 0},
		{Entry{Kind: EntryHoldEnded, Details: &Details{HoldEnd: HoldEndAgentLeft}}, "agent_left", 0, 0},
		{Entry{Kind: EntryCallerHolds, Details: &Details{Holding: HoldTurnEnds}}, "ends", 0, 0},
		{Entry{Kind: EntryCallbackAlarm, Phone: "PJSIP/900"}, "PJSIP/900", 0, 0},
		{Entry{Kind: EntryCallbackMoved, Details: &Details{Reason: "phone gone"}}, "phone gone", 0, 0},
		{Entry{Kind: EntryCallbackEnded, By: "aida", Details: &Details{Reason: "settled"}}, "settled", 0, 0},
		{Entry{Kind: EntryViolation, Details: &Details{Violation: ViolationBreak}}, "callback_break", 0, 0},
		{Entry{Kind: EntryRefused, Phone: "PJSIP/1", Details: &Details{Refusal: RefusalWrongPIN}}, "wrong_pin", 0, 0},
		{Entry{Kind: EntryRefused, To: "1005", Details: &Details{Refusal: RefusalExtensionBusy}}, "extension_busy", 0, 0},
		{Entry{Kind: EntryMonitorEnded, Details: &Details{Mode: MonitorWhisper, Length: time.Minute}}, "whisper", time.Minute, 0},
		{Entry{Kind: EntryRecordingResumed, Details: &Details{Length: time.Minute}}, "", time.Minute, 0},
		{Entry{Kind: EntryRecordingFailed, Details: &Details{Reason: "no room"}}, "no room", 0, 0},
		{Entry{Kind: EntryNoticeOn, At: at, Details: &Details{Notice: "storm", Until: at.Add(time.Hour)}}, "storm until 2026-03-02T10:00:00Z", 0, 0},
		{Entry{Kind: EntryNoticeOff, At: at, Details: &Details{Notice: "storm", Until: at.Add(time.Hour)}}, "storm", 0, 0},
		{Entry{Kind: EntryNoticeOff, At: at, Details: &Details{Notice: "storm", Until: at}}, "storm at its time", 0, 0},
		{Entry{Kind: EntryAgentLogIn, Phone: "PJSIP/1"}, "", 0, 0},
		{Entry{Kind: EntryAgentLogIn, Phone: "PJSIP/1", Details: &Details{Elsewhere: true}}, "at PJSIP/1", 0, 0},
		{Entry{Kind: EntryAgentLogOut, Details: &Details{ShiftEnd: ShiftDialled, Length: time.Hour}}, "", time.Hour, 0},
		{Entry{Kind: EntryAgentLogOut, By: "aida", Details: &Details{ShiftEnd: ShiftOrdered, Reason: "left"}}, "left", 0, 0},
		{Entry{Kind: EntryAgentLogOut, Details: &Details{ShiftEnd: ShiftPhoneGone}}, "phone gone", 0, 0},
		{Entry{Kind: EntryAgentLogOut, Details: &Details{ShiftEnd: ShiftPhoneTaken, Reason: "phone taken over by 2"}}, "phone taken over by 2", 0, 0},
		{Entry{Kind: EntryAgentLogOut, Details: &Details{ShiftEnd: ShiftPhoneRemoved}}, "phone not in the config", 0, 0},
		{Entry{Kind: EntryAgentLogOut, Details: &Details{ShiftEnd: ShiftAgentRemoved}}, "agent not in the config", 0, 0},
		{Entry{Kind: EntryAgentPhone, Phone: "PJSIP/1", Details: &Details{PhoneChange: PhoneMoved}}, "moved to PJSIP/1", 0, 0},
		{Entry{Kind: EntryAgentPhone, Phone: "PJSIP/1", Details: &Details{PhoneChange: PhoneBack}}, "back", 0, 0},
		{Entry{Kind: EntryAgentOrder, Status: StatusOffline, By: "aida", Details: &Details{Reason: "left"}}, "left", 0, 0},
		{Entry{Kind: EntryAgentLeftEarly, Details: &Details{Early: time.Hour}}, "", 0, time.Hour},
		{Entry{Kind: EntryHealed, Call: "c", Details: &Details{Reason: "caller is gone"}}, "caller is gone", 0, 0},
	} {
		if got := tt.e.Wire(); got.Detail != tt.detail || got.Talk != tt.talk || got.Wait != tt.wait {
			t.Errorf("%s: detail %q, talk %v, wait %v; want %q, %v, %v", tt.e.Kind, got.Detail, got.Talk, got.Wait, tt.detail, tt.talk, tt.wait)
		}
	}
}
