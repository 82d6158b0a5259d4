package queuetest

import "kezek/queue"

// sentences tell each kind of journal entry in words, as templates of its
// [queue.Entry]. What is empty is not told: another line of the scenario says it.
var sentences = map[queue.EntryKind]string{
	queue.EntryCallEntered:        `{{.Call}} is in line of {{.Queue}} ({{.Language}}) at {{.JoinedAt}}`,
	queue.EntryCallKept:           `{{.Call}} waits for {{.Agent}}, {{if .To}}whose extension they keyed{{else}}who had this caller before{{end}}`,
	queue.EntryCallOffered:        `{{.Call}} is offered to {{.Agent}}`,
	queue.EntryCallReplaced:       `{{.Call}} of {{.Number}} is replaced by {{or .To "nobody known"}}`,
	queue.EntryCallPickedUp:       `{{.Call}} is picked up by {{.Agent}}`,
	queue.EntryCallMissed:         `{{.Call}} was not taken by {{.Agent}}: {{.Cause}}`,
	queue.EntryCallAnswered:       `{{.Call}} talks to {{.Agent}} after {{.Wait}}`,
	queue.EntryVisitEnded:         `{{.Call}} leaves the line of {{.Queue}} at {{.Position}} after {{.Wait}}: {{.Words}}`,
	queue.EntryTalkEnded:          `the talk of {{.Call}} with {{.Agent}} ends: {{.TalkEnd}}{{with .To}} to {{.}}{{end}}`,
	queue.EntryCallRequeued:       `{{.Call}} is back at the head of the line: agent {{.Agent}} {{.Cause}}`,
	queue.EntryCallOverflow:       `{{.Call}} may be taken by agents of other languages`,
	queue.EntryCallWarned:         `{{.Call}} is warned about the tone by {{.Agent}}`,
	queue.EntryCallUnheard:        `{{.Call}} is told that nothing is heard`,
	queue.EntryCallResult:         `the result of {{.Call}} is {{.More.Result}} ({{.Agent}}){{with .More.Replaced}}, not {{.}}{{end}}`,
	queue.EntryCallTransfer:       `{{.Call}} is passed on to {{.To}} by {{.Agent}}`,
	queue.EntryCallTransferred:    `{{.Call}} talks to {{.To}}`,
	queue.EntryCallTransferFailed: `{{.Call}} could not be passed on: {{.Cause}}`,
	queue.EntryCallConsult:        `{{.Agent}} asks {{.To}} about {{.Call}}`,
	queue.EntryCallSupervisor:     `{{.Agent}} calls {{.To}} into {{.Call}}`,
	queue.EntryCallJoined:         `{{.To}} comes into {{.Call}}`,
	queue.EntryCallLeft:           `{{.To}} leaves {{.Call}}`,
	queue.EntryCallOrder:          `{{.Call}} is ordered to {{.Words}}{{with .More.Reason}}: {{.}}{{end}}`,
	queue.EntryCallEnded: `{{.Call}} has ended: {{.Outcome}}, wait {{.Wait}}, talk {{.Talk}}` +
		`{{with .More.Rating}}, rated {{.}}{{end}}{{with .More.Result}}, result {{.}}{{end}}` +
		`{{range .More.Holds}}; held {{.Length}} by {{.By}}: {{.End}}{{end}}` +
		`{{range .More.Recorded}}; recorded for {{.Length}} as {{.Name}}{{with .Paused}}, paused for {{.}}{{end}}{{with .Broken}}, broken off: {{.}}{{end}}{{end}}` +
		`{{range .More.Monitored}}; {{.Mode}} by {{.By}} for {{.Length}}{{end}}` +
		`{{range .More.Transfers}}; {{.Way}} {{.To}}: {{.End}}{{with .Length}} for {{.}}{{end}}{{end}}` +
		`{{if gt (len .More.Visits) 1}}{{range .More.Visits}}; in line of {{.Queue}} for {{.Length}}{{with .Back}} ({{.}}){{end}}: {{.End}}{{with .Agent}} by {{.}}{{end}}{{end}}{{end}}` +
		`{{if gt (len .More.Talks) 1}}{{range .More.Talks}}; talk with {{.Agent}} for {{.Length}}{{with .Callback}} (called){{end}}{{end}}{{end}}`,

	queue.EntryHoldStarted:  `{{.Call}} is put on hold by {{.Agent}}'s {{.More.HeldBy}}{{with .More.Slot}}, in slot {{.}}{{end}}`,
	queue.EntryHoldReminded: `{{.Agent}} is reminded of {{.Call}}`,
	queue.EntryHoldLimited:  `{{.Call}} was on hold for too long ({{.Hold}}): {{.More.Then}}`,
	queue.EntryHoldEnded:    `{{.Call}} is not on hold any more: {{.More.HoldEnd}} after {{.Hold}}`,
	queue.EntryCallerHolds:  `{{.Call}} holds: {{.More.Holding}}`,

	queue.EntryCallbackBooked:    `{{.Number}} is promised a callback ({{.Class}})`,
	queue.EntryCallbackMerged:    `{{.Number}} has a callback already`,
	queue.EntryCallbackTaken:     `the callback of {{.Number}} goes to {{.Agent}}`,
	queue.EntryCallbackAttempt:   `{{.Number}} was not reached: {{.Cause}}`,
	queue.EntryCallbackCameIn:    `{{.Number}} has called in`,
	queue.EntryCallbackWarned:    `warning of the callback of {{.Number}}`,
	queue.EntryCallbackEscalated: `escalation of the callback of {{.Number}}`,
	queue.EntryCallbackBreached:  `breach of the callback of {{.Number}}`,
	queue.EntryCallbackAlarm:     `{{.Phone}} is rung for the callback of {{.Number}}`,
	queue.EntryCallbackMoved:     `the callback of {{.Number}} is {{if .To}}given to {{.To}}{{else if not .More.Due.IsZero}}due earlier{{else}}taken off {{.Agent}}{{end}}: {{.More.Reason}}`,
	queue.EntryCallbackEnded:     `the callback of {{.Number}} is over: {{.CallbackOutcome}}{{with .More.Reason}} {{.}}{{end}}`,

	queue.EntryNoticeOn:      `{{.Kind}} of {{.Queue}}: {{.Words}}`,
	queue.EntryNoticeOff:     `{{.Kind}} of {{.Queue}}: {{.Words}}`,
	queue.EntryNumberErased:  `what was known of a number is erased: {{.More.Reason}}`,
	queue.EntryNumberCleared: `the flag of {{.Number}}, by {{.Agent}}, is taken off: {{.More.Reason}}`,

	queue.EntryMonitorStarted:   `{{.Agent}} is heard in {{.Call}}: {{.More.Mode}}`,
	queue.EntryMonitorEnded:     `{{.Agent}} is heard no more in {{.Call}}: {{.More.Mode}} for {{.More.Length}}`,
	queue.EntryRecordingPaused:  `the recording of {{.Call}} is paused by {{.Agent}}`,
	queue.EntryRecordingResumed: `the recording of {{.Call}} goes on after {{.More.Length}}`,
	queue.EntryRecordingFailed:  `the recording of {{.Call}}, with {{.Agent}}, has failed: {{.More.Reason}}`,

	queue.EntryTrunkDown: `THE TRUNK takes no calls`,
	queue.EntryTrunkUp:   `the trunk works again after {{.More.Length}}`,

	queue.EntryAgentLogIn:     `{{with .Words}}{{$.Agent}} login: {{.}}{{end}}`,
	queue.EntryAgentLogOut:    `{{with .Words}}{{$.Agent}} logout: {{.}}{{end}}`,
	queue.EntryAgentStatus:    `{{.Agent}}: {{.Status}}`,
	queue.EntryAgentPhone:     `{{if eq .More.PhoneChange "moved"}}{{.Agent}}{{else}}the phone of {{.Agent}}{{end}}{{if or (eq .More.PhoneChange "gone") (eq .More.PhoneChange "back")}} is{{end}} {{.Words}}`,
	queue.EntryAgentPenalty:   `the penalty of {{.Agent}} is {{.Words}}{{with .More.Reason}}: {{.}}{{end}}`,
	queue.EntryAgentUnwell:    `{{.Agent}} IS UNWELL, in the call {{.Call}}`,
	queue.EntryAgentOverstay:  `{{.Agent}} stays too long in {{.Status}}`,
	queue.EntryAgentLate:      `{{.Agent}} is late`,
	queue.EntryAgentAbsent:    `{{.Agent}} was absent`,
	queue.EntryAgentLeftEarly: `{{.Agent}} left early: {{.More.Early}} before the end`,
	queue.EntryAgentShift:     `the shift of {{.Agent}} is over, of {{.More.Length}}`,
	queue.EntryAgentOrder:     `{{.Agent}} is ordered to be {{.Status}}{{with .More.Reason}}: {{.}}{{end}}`,

	queue.EntryTimesheetCorrected: `the timesheet of {{.Agent}} is corrected: {{.Words}}: {{.More.Reason}}`,
	queue.EntryTimesheetRestored:  `the timesheet of {{.Agent}} of {{.Words}} is as recorded again: {{.More.Reason}}`,

	queue.EntryAlarmSeen: `the alarm {{.More.Alarm}} is seen`,
	queue.EntryViolation: `VIOLATION of {{.Agent}}: {{.More.Violation}}`,
	queue.EntryRefused:   `refused: {{.More.Refusal}}{{if ofPIN .More.Refusal}} at {{.Phone}}{{else if .To}} to {{.To}}{{end}}`,
	queue.EntryClockSet:  `the clock was set by {{.More.Clock}}`,
	queue.EntryHealed:    `healed {{.Call}}: {{.More.Reason}}`,
}

// entryLine tells a journal entry as a supervisor would.
func entryLine(e queue.Entry) (string, error) {
	line, err := sentence(string(e.Kind), &e)
	if line != "" && e.By != "" {
		line += " (by " + e.By + ")"
	}
	return line, err
}
