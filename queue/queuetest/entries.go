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
	queue.CallResult:         `the result of {{.Call}} is {{.Result}} ({{.Agent}}){{with .Detail}}, not {{.}}{{end}}`,
	queue.CallTransfer:       `{{.Call}} is passed on to {{.Detail}} by {{.Agent}}`,
	queue.CallTransferred:    `{{.Call}} talks to {{.Detail}}`,
	queue.CallTransferFailed: `{{.Call}} could not be passed on: {{.Cause}}`,
	queue.CallConsult:        `{{.Agent}} asks {{.Detail}} about {{.Call}}`,
	queue.CallSupervisor:     `{{.Agent}} calls {{.Detail}} into {{.Call}}`,
	queue.CallJoined:         `{{.Detail}} comes into {{.Call}}`,
	queue.CallLeft:           `{{.Detail}} leaves {{.Call}}`,
	queue.CallEnded: `{{.Call}} has ended: {{.Outcome}}, wait {{.Wait}}, talk {{.Talk}}` +
		`{{with .Rating}}, rated {{.}}{{end}}{{with .Result}}, result {{.}}{{end}}` +
		`{{range .Holds}}; held {{.Length}} by {{.By}}: {{.End}}{{end}}` +
		`{{range .Recorded}}; recorded for {{.Length}} as {{.Name}}{{with .Paused}}, paused for {{.}}{{end}}{{with .Broken}}, broken off: {{.}}{{end}}{{end}}` +
		`{{range .Monitored}}; {{.Mode}} by {{.By}} for {{.Length}}{{end}}` +
		`{{range .Transfers}}; {{.Way}} {{.To}}: {{.End}}{{end}}`,

	queue.HoldStarted:  `{{.Call}} is put on hold by {{.Agent}}'s {{.Detail}}`,
	queue.HoldReminded: `{{.Agent}} is reminded of {{.Call}}`,
	queue.HoldLimited:  `{{.Call}} was on hold for too long ({{.Hold}}): {{.Detail}}`,
	queue.HoldEnded:    `{{.Call}} is not on hold any more: {{.Detail}} after {{.Hold}}`,
	queue.CallerHolds:  `{{.Call}} himself holds: {{.Detail}}`,

	queue.CallbackBooked:    `{{.Number}} is promised a callback ({{.Class}})`,
	queue.CallbackMerged:    `{{.Number}} has a callback already`,
	queue.CallbackTaken:     `the callback of {{.Number}} goes to {{.Agent}}`,
	queue.CallbackAttempt:   `{{.Number}} was not reached: {{.Cause}}`,
	queue.CallbackCameIn:    `{{.Number}} calls in himself`,
	queue.CallbackWarned:    `warning of the callback of {{.Number}}`,
	queue.CallbackEscalated: `escalation of the callback of {{.Number}}`,
	queue.CallbackBreached:  `breach of the callback of {{.Number}}`,
	queue.CallbackAlarm:     `{{.Detail}} is rung for the callback of {{.Number}}`,
	queue.CallbackMoved:     `the callback of {{.Number}} is taken off {{.Agent}}: {{.Detail}}`,
	queue.CallbackEnded:     `the callback of {{.Number}} is over: {{.CallbackOutcome}}{{with .Detail}} {{.}}{{end}}`,

	queue.NoticeOn:      `{{.Kind}} of {{.Queue}}: {{.Detail}}`,
	queue.NoticeOff:     `{{.Kind}} of {{.Queue}}: {{.Detail}}`,
	queue.NumberCleared: `the flag of {{.Number}}, by {{.Agent}}, is taken off: {{.Detail}}`,

	queue.MonitorStarted:   `{{.Agent}} is heard in {{.Call}}: {{.Detail}}`,
	queue.MonitorEnded:     `{{.Agent}} is heard no more in {{.Call}}: {{.Detail}} for {{.Talk}}`,
	queue.RecordingPaused:  `the recording of {{.Call}} is paused by {{.Agent}}`,
	queue.RecordingResumed: `the recording of {{.Call}} goes on after {{.Talk}}`,
	queue.RecordingFailed:  `the recording of {{.Call}}, with {{.Agent}}, has failed: {{.Detail}}`,

	queue.AgentLogIn:     `{{if .Detail}}{{.Agent}} login: {{.Detail}}{{end}}`,
	queue.AgentLogOut:    `{{if .Detail}}{{.Agent}} logout: {{.Detail}}{{end}}`,
	queue.AgentStatus:    `{{.Agent}}: {{.Status}}`,
	queue.AgentPhone:     `{{if moved .Detail}}{{.Agent}} {{.Detail}}{{else}}the phone of {{.Agent}} is {{.Detail}}{{end}}`,
	queue.AgentUnwell:    `{{.Agent}} IS UNWELL, in the call {{.Call}}`,
	queue.AgentOverstay:  `{{.Agent}} stays too long in {{.Status}}`,
	queue.AgentLate:      `{{.Agent}} is late`,
	queue.AgentAbsent:    `{{.Agent}} was absent`,
	queue.AgentLeftEarly: `{{.Agent}} left early: {{.Wait}} before the end`,
	queue.AgentOrder:     `{{.Agent}} is ordered to be {{.Status}}{{with .Detail}}: {{.}}{{end}}`,

	queue.Violation: `VIOLATION of {{.Agent}}: {{.Detail}}`,
	queue.Refused:   `refused: {{.Detail}}{{if ofPIN .Detail}} at {{.Phone}}{{else if .To}} to {{.To}}{{end}}`,
	queue.Healed:    `healed {{.Call}}: {{.Detail}}`,
}

var templates = func() *template.Template {
	all := template.New("").Option("missingkey=error").Funcs(template.FuncMap{
		"moved": func(detail string) bool { return strings.HasPrefix(detail, "moved") },
		"ofPIN": func(detail string) bool {
			return queue.Refusal(detail) == queue.WrongPIN || queue.Refusal(detail) == queue.PINLocked
		},
	})
	for kind, sentence := range sentences {
		template.Must(all.New(string(kind)).Parse(sentence))
	}
	return all
}()

// entryLine tells a journal entry as a supervisor would.
func entryLine(e queue.Entry) string {
	var b strings.Builder
	if err := templates.ExecuteTemplate(&b, string(e.Kind), e); err != nil {
		panic(err) // TestSentences looks at all
	}
	if b.Len() > 0 && e.By != "" {
		b.WriteString(" (by " + e.By + ")")
	}
	return b.String()
}
