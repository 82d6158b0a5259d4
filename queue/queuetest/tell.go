package queuetest

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"text/template"
	"time"

	"kezek/queue"
)

// actions tell each kind of action as those at the phones would, as templates of the action.
// What is empty is not told: what follows tells it.
var actions = map[string]string{
	"queue.AnswerCall":    `{{.Channel}} is answered`,
	"queue.Play":          `{{.Channel}} hears {{phrases .Phrases}}`,
	"queue.StopPlay":      `{{.Channel}} hears no more of it`,
	"queue.Music":         `{{.Channel}} hears music{{if ne .Class "default"}} of {{.Class}}{{end}}`,
	"queue.StopMusic":     ``,
	"queue.Dial":          `{{.Endpoint}} {{if .AutoAnswer}}is told to answer by itself{{else}}rings{{end}}: {{printf "%q" .CallerName}}`,
	"queue.DialClient":    `the client {{.Number}} is called`,
	"queue.Equip":         `{{.Channel}} is equipped{{with .CallerName}}, and shows {{printf "%q" .}}{{end}}`,
	"queue.Show":          `{{.Channel}} shows {{printf "%q" .CallerName}} {{.CallerNumber}}`,
	"queue.Take":          `{{.Party}} is taken out of the call`,
	"queue.Fetch":         `{{.Party}} is sent to the place of {{.Replaces}}`,
	"queue.Hangup":        `{{.Channel}} is hung up{{if eq .Reason "answered_elsewhere"}}: answered elsewhere{{end}}`,
	"queue.Connect":       `{{.Caller}} and {{.Agent}} are connected`,
	"queue.Disconnect":    ``,
	"queue.Part":          `{{.Caller}} is taken out of the talk`,
	"queue.Join":          `{{.Caller}} {{if isThird .Caller}}comes into the talk{{else}}is in the talk again{{end}}`,
	"queue.SendKey":       `{{.Channel}} gets the key {{printf "%c" .Key}}`,
	"queue.TransferDone":  `{{.Channel}} is told of its transfer: done {{.OK}}`,
	"queue.Announce":      `both hear {{phrases .Phrases}}`,
	"queue.Tap":           `{{.Supervisor}} hears {{.Leg}} ({{.Mode}})`,
	"queue.DetectTalk":    `{{if .On}}a word of {{.Channel}} is awaited{{end}}`,
	"queue.Record":        `recorded as {{.Name}}`,
	"queue.MuteRecording": `the recording writes silence: {{.On}}`,
	"queue.Leave":         `{{.Channel}} goes to {{.Place}}`,
	"queue.Lamp":          `{{.Name}} shows {{or .State "nothing"}}`,
	"queue.NoteCDR":       `noted: {{.Queue}}{{with .Agent}}, {{.}}{{end}}, {{.Outcome}}{{with .Callback}}, {{.}}{{end}}{{with .Number}} to {{.}}{{end}}{{with .Recording}}, recorded as {{.}}{{end}}`,
	"queue.Resync":        `queue.Resync{Exchange:{{.Exchange}}}`,
}

// actionLine tells an action, before it is done.
func (s *Scenario) actionLine(a queue.Action) (string, error) {
	switch a := a.(type) {
	case queue.Lamp:
		for _, g := range s.state.Agents() {
			if g.Reminded && queue.AgentLamp(g.ID) == a.Name && !s.watched[a.Name] {
				return "the lamp of " + g.ID + " blinks", nil
			}
		}
		if !s.watched[a.Name] {
			return "", nil
		}
	case queue.StopPlay:
		if slices.ContainsFunc(s.state.Calls(), func(c *queue.Call) bool { return cmp.Or(c.Channel, c.ID) == a.Channel }) {
			return "", nil // a caller's next words tell it
		}
	}
	return sentence(fmt.Sprintf("%T", a), a)
}

// reports tell much at once: the whole state, and the timesheets as they stand now.
var reports = map[string]string{
	"show": `{{range .Calls}}{{.ID}} {{.Queue}} {{.Language}} {{.State -}}
	{{with $.Position .}} position {{.}}{{end -}}
	{{with .Keeper}} kept for {{.}}{{end -}}
	{{with .Agent}} agent {{.}}{{end -}}
	{{with .Slot}} slot {{.}}{{end -}}
	{{if .Target.Leg}} to {{.Target.Number}}{{end}}
{{end}}{{range .Callbacks}}callback of {{.Number}} {{.Queue}} {{.Class}} {{.State}} due {{since .DueAt -}}
	{{if .Urgent}} urgent{{end -}}
	{{with .Owner}} owner {{.}}{{end}}
{{end}}{{range .Agents}}{{if ne .Status "offline"}}{{.ID}} {{.Status}}{{with .Call}} {{.}}{{end -}}
	{{if .Owes}} owes a callback{{end -}}
	{{with .Ratings}}{{if .Count}} rated {{printf "%.1f" .Mean}} by {{.Count}}{{end}}{{end}}
{{end}}{{end}}`,

	"levels": `{{range .}}{{.Queue}}: answered {{.Answered}}, {{.AnsweredInTime}} in time; abandoned {{.Abandoned}}, {{.AbandonedInTime}} in time
{{end}}`,

	"timesheets": `{{range .Sheets}}{{with .At $.Now}}{{.Agent}} {{.Day}}: {{$.Clock .LogIn}} to {{$.Clock .LogOut -}}
	, paid {{.Paid $.Now $.WorkingDay}}, calls {{.Calls -}}
	{{range $status, $time := .Spent}}, {{$status}} {{$time}}{{end -}}
	{{with .Late}}, late {{.}}{{end -}}
	{{with .LeftEarly}}, left early {{.}}{{end -}}
	{{with .Overstayed}}, overstayed {{.}}{{end -}}
	{{with .Overstays}}, overstays {{.}}{{end -}}
	{{with .Absences}}, absent {{.}}{{end -}}
	{{with .Missing}}, has not used {{.}}{{end -}}
	{{if not .Until.IsZero}}, kept until {{(.Until.In $.Zone).Format "2006-01-02 15:04"}}{{end}}
{{end}}{{end}}`,
}

// timesheets are the last timesheet of each agent, then the ones before.
type timesheets struct {
	Sheets []*queue.Timesheet
	Now    time.Time
	Zone   *time.Location
	queue.TimesheetRules
}

// Clock is a local time, if there is one.
func (d timesheets) Clock(at time.Time) string {
	if at.IsZero() {
		return "…"
	}
	return at.In(d.Zone).Format("15:04")
}

// templates are all sentences and reports by name.
var templates = func() *template.Template {
	all := template.New("").Option("missingkey=error").Funcs(template.FuncMap{
		"phrases": phrases,
		"since":   since,
		"isThird": isThird,
		"ofPIN":   func(why queue.Refusal) bool { return why == queue.RefusalWrongPIN || why == queue.RefusalPINLocked },
	})
	for kind, text := range sentences {
		template.Must(all.New(string(kind)).Parse(text))
	}
	for _, named := range []map[string]string{actions, reports} {
		for name, text := range named {
			template.Must(all.New(name).Parse(text))
		}
	}
	return all
}()

// sentence tells something by the template of that name.
func sentence(name string, of any) (string, error) {
	if templates.Lookup(name) == nil {
		return "", fmt.Errorf("%s has no sentence: give it one in queue/queuetest/entries.go or tell.go", name)
	}
	var b strings.Builder
	if err := templates.ExecuteTemplate(&b, name, of); err != nil {
		return "", fmt.Errorf("its sentence in queue/queuetest is wrong: %w", err)
	}
	return b.String(), nil
}

// report tells one of the reports.
func (s *Scenario) report(name string, of any) error {
	text, err := sentence(name, of)
	s.out.WriteString(text)
	return err
}

// tell tells something with the time since the scenario began.
func (s *Scenario) tell(format string, args ...any) {
	fmt.Fprintf(&s.out, since(s.now)+" "+format+"\n", args...)
}

// since tells a time with hours once there are some.
func since(at time.Time) string {
	d := at.Sub(start).Round(time.Second)
	text := fmt.Sprintf("%02d:%02d", int(d.Minutes())%60, int(d.Seconds())%60)
	if d >= time.Hour {
		text = fmt.Sprintf("%d:%s", int(d.Hours()), text)
	}
	return text
}

// isThird: the channel is that of a third party.
func isThird(channel string) bool { return strings.Contains(channel, "-t") }

func phrases(list []queue.Phrase) string {
	var all []string
	for _, p := range list {
		text := fmt.Sprintf("%s/%s", p.Language, p.ID)
		if p.N > 0 || p.ID == "wait" || p.ID == "since" || p.ID == "waiting-calls" {
			text += fmt.Sprintf("-%d", p.N)
		}
		all = append(all, text)
	}
	return strings.Join(all, ", ")
}
