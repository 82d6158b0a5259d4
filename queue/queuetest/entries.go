package queuetest

import (
	"strings"
	"text/template"

	"kezek/queue"
)

// sentences tell each kind of journal entry in words, as templates of its
// [queue.Entry]. What is empty is not told: another line of the scenario says it.
var sentences = map[queue.EntryKind]string{
	queue.CallEntered:        `{{.Call}} is in line of {{.Queue}} ({{.Language}}) at {{.JoinedAt}}`,
	queue.CallKept:           `{{.Call}} waits for {{.Agent}}, who had him before`,
	queue.CallOffered:        `{{.Call}} is offered to {{.Agent}}`,
	queue.CallMissed:         `{{.Call}} was not taken by {{.Agent}}: {{.Cause}}`,
	queue.CallAnswered:       `{{.Call}} talks to {{.Agent}} after {{.Wait}}`,
	queue.CallRequeued:       `{{.Call}} is back at the head of the line: agent {{.Agent}} {{.Cause}}`,
	queue.CallOverflow:       `{{.Call}} may be taken by agents of other languages`,
	queue.CallWarned:         `{{.Call}} is warned of his tone by {{.Agent}}`,
	queue.CallUnheard:        `{{.Call}} is told that nothing is heard of him`,
	queue.CallResult:         `the result of {{.Call}} is {{.Result}} ({{.Agent}}){{with .More.Replaced}}, not {{.}}{{end}}`,
	queue.CallTransfer:       `{{.Call}} is passed on to {{.To}} by {{.Agent}}`,
	queue.CallTransferred:    `{{.Call}} talks to {{.To}}`,
	queue.CallTransferFailed: `{{.Call}} could not be passed on: {{.Cause}}`,
	queue.CallConsult:        `{{.Agent}} asks {{.To}} about {{.Call}}`,
	queue.CallSupervisor:     `{{.Agent}} calls {{.To}} into {{.Call}}`,
	queue.CallJoined:         `{{.To}} comes into {{.Call}}`,
	queue.CallLeft:           `{{.To}} leaves {{.Call}}`,
	queue.CallEnded: `{{.Call}} has ended: {{.Outcome}}, wait {{.Wait}}, talk {{.Talk}}` +
		`{{with .Rating}}, rated {{.}}{{end}}{{with .Result}}, result {{.}}{{end}}` +
		`{{range .Holds}}; held {{.Length}} by {{.By}}: {{.End}}{{end}}` +
		`{{range .Recorded}}; recorded for {{.Length}} as {{.Name}}{{with .Paused}}, paused for {{.}}{{end}}{{with .Broken}}, broken off: {{.}}{{end}}{{end}}` +
		`{{range .Monitored}}; {{.Mode}} by {{.By}} for {{.Length}}{{end}}` +
		`{{range .Transfers}}; {{.Way}} {{.To}}: {{.End}}{{end}}`,

	queue.HoldStarted:  `{{.Call}} is put on hold by {{.Agent}}'s {{.More.HeldBy}}`,
	queue.HoldReminded: `{{.Agent}} is reminded of {{.Call}}`,
	queue.HoldLimited:  `{{.Call}} was on hold for too long ({{.Hold}}): {{.More.Then}}`,
	queue.HoldEnded:    `{{.Call}} is not on hold any more: {{.More.HoldEnd}} after {{.Hold}}`,
	queue.CallerHolds:  `{{.Call}} himself holds: {{.More.Holding}}`,

	queue.CallbackBooked:    `{{.Number}} is promised a callback ({{.Class}})`,
	queue.CallbackMerged:    `{{.Number}} has a callback already`,
	queue.CallbackTaken:     `the callback of {{.Number}} goes to {{.Agent}}`,
	queue.CallbackAttempt:   `{{.Number}} was not reached: {{.Cause}}`,
	queue.CallbackCameIn:    `{{.Number}} calls in himself`,
	queue.CallbackWarned:    `warning of the callback of {{.Number}}`,
	queue.CallbackEscalated: `escalation of the callback of {{.Number}}`,
	queue.CallbackBreached:  `breach of the callback of {{.Number}}`,
	queue.CallbackAlarm:     `{{.Phone}} is rung for the callback of {{.Number}}`,
	queue.CallbackMoved:     `the callback of {{.Number}} is taken off {{.Agent}}: {{.More.Reason}}`,
	queue.CallbackEnded:     `the callback of {{.Number}} is over: {{.CallbackOutcome}}{{with .More.Reason}} {{.}}{{end}}`,

	queue.NoticeOn:      `{{.Kind}} of {{.Queue}}: {{.Words}}`,
	queue.NoticeOff:     `{{.Kind}} of {{.Queue}}: {{.Words}}`,
	queue.NumberCleared: `the flag of {{.Number}}, by {{.Agent}}, is taken off: {{.More.Reason}}`,

	queue.MonitorStarted:   `{{.Agent}} is heard in {{.Call}}: {{.More.Mode}}`,
	queue.MonitorEnded:     `{{.Agent}} is heard no more in {{.Call}}: {{.More.Mode}} for {{.More.Length}}`,
	queue.RecordingPaused:  `the recording of {{.Call}} is paused by {{.Agent}}`,
	queue.RecordingResumed: `the recording of {{.Call}} goes on after {{.More.Length}}`,
	queue.RecordingFailed:  `the recording of {{.Call}}, with {{.Agent}}, has failed: {{.More.Reason}}`,

	queue.AgentLogIn:     `{{with .Words}}{{$.Agent}} login: {{.}}{{end}}`,
	queue.AgentLogOut:    `{{with .Words}}{{$.Agent}} logout: {{.}}{{end}}`,
	queue.AgentStatus:    `{{.Agent}}: {{.Status}}`,
	queue.AgentPhone:     `{{if eq .More.PhoneChange "moved"}}{{.Agent}} {{.Words}}{{else}}the phone of {{.Agent}} is {{.More.PhoneChange}}{{end}}`,
	queue.AgentUnwell:    `{{.Agent}} IS UNWELL, in the call {{.Call}}`,
	queue.AgentOverstay:  `{{.Agent}} stays too long in {{.Status}}`,
	queue.AgentLate:      `{{.Agent}} is late`,
	queue.AgentAbsent:    `{{.Agent}} was absent`,
	queue.AgentLeftEarly: `{{.Agent}} left early: {{.More.Early}} before the end`,
	queue.AgentOrder:     `{{.Agent}} is ordered to be {{.Status}}{{with .More.Reason}}: {{.}}{{end}}`,

	queue.Violation: `VIOLATION of {{.Agent}}: {{.More.Violation}}`,
	queue.Refused:   `refused: {{.More.Refusal}}{{if ofPIN .More.Refusal}} at {{.Phone}}{{else if .To}} to {{.To}}{{end}}`,
	queue.Healed:    `healed {{.Call}}: {{.More.Reason}}`,
}

var templates = func() *template.Template {
	all := template.New("").Option("missingkey=error").Funcs(template.FuncMap{
		"ofPIN": func(why queue.Refusal) bool { return why == queue.WrongPIN || why == queue.PINLocked },
	})
	for kind, sentence := range sentences {
		template.Must(all.New(string(kind)).Parse(sentence))
	}
	return all
}()

// entryLine tells a journal entry as a supervisor would.
func entryLine(e queue.Entry) string {
	var b strings.Builder
	if err := templates.ExecuteTemplate(&b, string(e.Kind), &e); err != nil {
		panic(err) // TestSentences looks at all
	}
	if b.Len() > 0 && e.By != "" {
		b.WriteString(" (by " + e.By + ")")
	}
	return b.String()
}
