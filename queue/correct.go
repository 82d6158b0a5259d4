package queue

import "time"

// A correction of a timesheet is told, and kept by who reads the journal: the facts stay as they were recorded, and timesheets are
// corrected that the rules have long forgotten, also of agents who are no longer in the config.

// happen takes note of a correction, or of its end. The order needs a reason.
func (ev CorrectTimesheet) happen(s *State) {
	s.by = ev.By
	switch day, err := time.Parse(time.DateOnly, ev.Day); {
	case ev.Agent == "":
		s.fx.Answer.Refused = RefusalUnknownAgent
	case err != nil || day.Format(time.DateOnly) > s.today():
		s.fx.Answer.Refused = RefusalWrongDay
	case ev.Paid < 0 || ev.Paid > 24*time.Hour || ev.Paid%time.Minute != 0:
		s.fx.Answer.Refused = RefusalWrongPaid
	case ev.Reason == "":
		s.fx.Answer.Refused = RefusalReasonMissing
	case ev.Restore:
		s.note(Entry{Kind: EntryTimesheetRestored, Agent: ev.Agent, Details: &Details{Day: ev.Day, Reason: ev.Reason}})
	default:
		s.note(Entry{Kind: EntryTimesheetCorrected, Agent: ev.Agent, Details: &Details{Day: ev.Day, Paid: ev.Paid, Reason: ev.Reason}})
	}
}
