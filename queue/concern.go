package queue

// What of the journal supervisors are to see, and to say that they have seen: alarms of the page, which stay until then.

// Severity is how much an entry of the journal concerns supervisors.
type Severity string

// The severities.
const (
	// SeverityWarning: somebody should look.
	SeverityWarning Severity = "warning"
	// SeverityCritical: callers or clients are harmed now.
	SeverityCritical Severity = "critical"
)

// severities are those of the kinds that are alarms: of agent.phone a phone that does not work, of callback.ended a client who was not reached.
var severities = map[EntryKind]Severity{
	EntryCallbackWarned: SeverityWarning, EntryCallbackEscalated: SeverityCritical, EntryCallbackBreached: SeverityCritical, EntryCallbackEnded: SeverityCritical,
	EntryTrunkDown: SeverityCritical, EntryTrunkUp: SeverityWarning, EntryRecordingFailed: SeverityCritical, EntryHoldLimited: SeverityCritical,
	EntryViolation: SeverityCritical, EntryAgentUnwell: SeverityCritical, EntryAgentPhone: SeverityCritical,
	EntryAgentOverstay: SeverityWarning, EntryAgentLate: SeverityWarning, EntryAgentAbsent: SeverityCritical, EntryAgentLeftEarly: SeverityWarning,
}

// Severity is how much the entry concerns supervisors; "" if it is no alarm.
func (e *Entry) Severity() Severity {
	switch {
	case e.Kind == EntryAgentPhone && e.More().PhoneChange != PhoneBroken, e.Kind == EntryCallbackEnded && e.CallbackOutcome != CallbackUnreached:
		return ""
	}
	return severities[e.Kind]
}

// happen takes note that somebody has seen an alarm. The rules do not know of alarms: who reads the journal does.
func (ev AcknowledgeAlarm) happen(s *State) {
	if ev.Alarm == "" || ev.By == "" {
		s.fx.Answer.Refused = RefusalUnknownAlarm
		return
	}
	s.note(Entry{Kind: EntryAlarmSeen, By: ev.By, Details: &Details{Alarm: ev.Alarm}})
}
