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
		{Entry{Kind: CallTransfer, To: "1005"}, "1005", 0, 0},
		{Entry{Kind: CallTransferFailed, To: "1005", Cause: Busy}, "1005", 0, 0},
		{Entry{Kind: CallSupervisor, To: "PJSIP/900"}, "PJSIP/900", 0, 0},
		{Entry{Kind: CallResult, Result: "sold", Details: &Details{Replaced: "call_again"}}, "call_again", 0, 0},
		{Entry{Kind: CallEnded, Outcome: CompletedByAgent, Talk: time.Minute, Wait: time.Second}, "", time.Minute, time.Second},
		{Entry{Kind: HoldStarted, Details: &Details{HeldBy: HeldByKey}}, "key", 0, 0},
		{Entry{Kind: HoldLimited, Details: &Details{Then: HoldRequeue}}, "requeue", 0, 0},
		{Entry{Kind: HoldEnded, Details: &Details{HoldEnd: HoldAgentLeft}}, "agent_left", 0, 0},
		{Entry{Kind: CallerHolds, Details: &Details{Holding: HoldTurnEnds}}, "ends", 0, 0},
		{Entry{Kind: CallbackAlarm, Phone: "PJSIP/900"}, "PJSIP/900", 0, 0},
		{Entry{Kind: CallbackMoved, Details: &Details{Reason: "phone gone"}}, "phone gone", 0, 0},
		{Entry{Kind: CallbackEnded, By: "aida", Details: &Details{Reason: "settled"}}, "settled", 0, 0},
		{Entry{Kind: Violation, Details: &Details{Violation: ViolationBreak}}, "callback_break", 0, 0},
		{Entry{Kind: Refused, Phone: "PJSIP/1", Details: &Details{Refusal: WrongPIN}}, "wrong_pin", 0, 0},
		{Entry{Kind: Refused, To: "1005", Details: &Details{Refusal: ExtensionBusy}}, "extension_busy", 0, 0},
		{Entry{Kind: MonitorEnded, Details: &Details{Mode: Whisper, Length: time.Minute}}, "whisper", time.Minute, 0},
		{Entry{Kind: RecordingResumed, Details: &Details{Length: time.Minute}}, "", time.Minute, 0},
		{Entry{Kind: RecordingFailed, Details: &Details{Reason: "no room"}}, "no room", 0, 0},
		{Entry{Kind: NoticeOn, At: at, Details: &Details{Notice: "storm", Until: at.Add(time.Hour)}}, "storm until 2026-03-02T10:00:00Z", 0, 0},
		{Entry{Kind: NoticeOff, At: at, Details: &Details{Notice: "storm", Until: at.Add(time.Hour)}}, "storm", 0, 0},
		{Entry{Kind: NoticeOff, At: at, Details: &Details{Notice: "storm", Until: at}}, "storm at its time", 0, 0},
		{Entry{Kind: AgentLogIn, Phone: "PJSIP/1"}, "", 0, 0},
		{Entry{Kind: AgentLogIn, Phone: "PJSIP/1", Details: &Details{Elsewhere: true}}, "at PJSIP/1", 0, 0},
		{Entry{Kind: AgentLogOut, Details: &Details{ShiftEnd: ShiftDialled, Length: time.Hour}}, "", time.Hour, 0},
		{Entry{Kind: AgentLogOut, By: "aida", Details: &Details{ShiftEnd: ShiftOrdered, Reason: "left"}}, "left", 0, 0},
		{Entry{Kind: AgentLogOut, Details: &Details{ShiftEnd: ShiftPhoneGone}}, "phone gone", 0, 0},
		{Entry{Kind: AgentLogOut, Details: &Details{ShiftEnd: ShiftPhoneTaken, Reason: "phone taken over by 2"}}, "phone taken over by 2", 0, 0},
		{Entry{Kind: AgentLogOut, Details: &Details{ShiftEnd: ShiftPhoneRemoved}}, "phone not in the config", 0, 0},
		{Entry{Kind: AgentLogOut, Details: &Details{ShiftEnd: ShiftAgentRemoved}}, "agent not in the config", 0, 0},
		{Entry{Kind: AgentPhone, Phone: "PJSIP/1", Details: &Details{PhoneChange: PhoneMoved}}, "moved to PJSIP/1", 0, 0},
		{Entry{Kind: AgentPhone, Phone: "PJSIP/1", Details: &Details{PhoneChange: PhoneBack}}, "back", 0, 0},
		{Entry{Kind: AgentOrder, Status: Offline, By: "aida", Details: &Details{Reason: "left"}}, "left", 0, 0},
		{Entry{Kind: AgentLeftEarly, Details: &Details{Early: time.Hour}}, "", 0, time.Hour},
		{Entry{Kind: Healed, Call: "c", Details: &Details{Reason: "caller is gone"}}, "caller is gone", 0, 0},
	} {
		if got := tt.e.Wire(); got.Detail != tt.detail || got.Talk != tt.talk || got.Wait != tt.wait {
			t.Errorf("%s: detail %q, talk %v, wait %v; want %q, %v, %v", tt.e.Kind, got.Detail, got.Talk, got.Wait, tt.detail, tt.talk, tt.wait)
		}
	}
}
