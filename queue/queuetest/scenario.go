// Package queuetest tells the rules' behaviour as text that a supervisor can
// read, checks them against a naive oracle, and lives whole days with them.
package queuetest

import (
	"cmp"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/cockroachdb/datadriven"

	"kezek/queue"
)

// The midnight before a Monday in Bishkek, where every scenario starts.
var start = time.Date(2026, 3, 1, 18, 0, 0, 0, time.UTC)

// Scenario plays the commands of a scenario file on a state and tells what
// comes of each. queue/testdata/README.md has the commands.
type Scenario struct {
	commands []form[*Scenario]

	rules *queue.Rules
	state *queue.State
	now   time.Time
	out   strings.Builder
	// The exchange does everything at once.
	*Exchange
	saved Store
	// rings finds the last leg that rang at a phone, client the one at the client called last.
	rings  map[string]string
	client string
	// slots counts the slots dialled.
	slots int
	// watched are the lamps whose changes are told.
	watched   map[string]bool
	storeDown bool
	// storeSlow keeps promises waiting until the store is up: unsafe are those that wait.
	storeSlow bool
	unsafe    []string
	// dying: the daemon does not live to act on its next step; dead: nor to see any other.
	dying, dead bool
	// up: the daemon has attached to the exchange, and may ring phones.
	up bool
	// faults are the rules that do not hold, of the command.
	faults []error
	// shown are the types of events and actions, the entries, outcomes, classes, refusals and violations that there were.
	shown map[string]bool
}

// NewScenario starts with an empty site.
func NewScenario() *Scenario {
	return &Scenario{commands: commands, now: start, saved: Store{}, rings: map[string]string{}, watched: map[string]bool{}, shown: map[string]bool{}}
}

// Run does one command and returns what it brought about. An error names file
// and line of what cannot be done, and what is allowed there, or of a rule that does not hold.
func (s *Scenario) Run(d *datadriven.TestData) (string, error) {
	s.out.Reset()
	s.faults = nil
	switch {
	case d.Cmd == "site":
		rules, err := readSite(d.Pos, d.Input)
		if err != nil {
			return "", err
		}
		s.open(rules)
	case d.Cmd != "do" || s.state == nil:
		return "", fmt.Errorf("%s: %q: want site, and after that do", d.Pos, d.Cmd)
	default:
		if err := eachLine(d.Pos, d.Input, func(words []string) error { return do(s, s.commands, words) }); err != nil {
			return "", err
		}
	}
	if s.faults != nil {
		return s.out.String(), fmt.Errorf("%s: a rule does not hold: %w", d.Pos, errors.Join(s.faults...))
	}
	if d.Cmd == "site" && s.out.Len() == 0 {
		return "ok\n", nil
	}
	return s.out.String(), nil
}

// open starts the daemon on a site, or loads its rules anew.
func (s *Scenario) open(rules *queue.Rules) {
	s.rules = rules
	if s.state != nil {
		s.step(queue.RulesChanged{Rules: rules})
		return
	}
	s.state = queue.New(rules, nil)
	s.Exchange = NewExchange(time.Time{}, phonesOf(rules), func(format string, args ...any) { s.holds(fmt.Errorf(format, args...)) })
	s.step(s.Truth())
}

// holds ends the command with an error if there is one: it is no output, which would become the expected one.
func (s *Scenario) holds(errs ...error) {
	if err := errors.Join(errs...); err != nil {
		s.faults = append(s.faults, err)
	}
}

// endpoint is a phone's by its extension, which is that of the agent whose own it is.
func (s *Scenario) endpoint(extension string) string {
	if r := s.rules.Agents[extension]; r != nil {
		return r.Endpoint
	}
	return "PJSIP/" + extension
}

// channelOf is the last leg of a phone, that of the client who was called last, or else the channel of that name.
func (s *Scenario) channelOf(who string) string {
	if who == "client" {
		return s.client
	}
	return cmp.Or(s.rings[who], who)
}

// talkOf is the channel on which an agent talks, whatever rings there beside it, or else the channel of that name.
func (s *Scenario) talkOf(who string) string {
	if a := find(s.state.Agents(), func(a *queue.Agent) bool { return a.ID == who }); a != nil {
		return a.Leg
	}
	return who
}

// wait lets time pass, doing everything at the moment it is due.
func (s *Scenario) wait(d time.Duration) {
	until := s.now.Add(d)
	for !s.dead {
		next := s.state.Next()
		if next.IsZero() || next.After(until) {
			break
		}
		if next.After(s.now) {
			s.now = next
		}
		s.step(queue.Tick{})
	}
	s.now = until
}

// ask steps, and tells the answer.
func (s *Scenario) ask(ev queue.Event) queue.Answer {
	fx := s.step(ev)
	if fx.Answer.Refused != "" && len(fx.Answer.Say) == 0 {
		s.tell("answer: %s", fx.Answer.Refused)
	}
	if len(fx.Answer.Say) > 0 {
		s.tell("says %s", phrases(fx.Answer.Say))
	}
	return fx.Answer
}

// gone ends a channel on the exchange. The end of one that is gone already is told again.
func (s *Scenario) gone(channel string, why queue.Cause) {
	events := s.End(channel, why)
	if len(events) == 0 {
		events = []queue.Event{queue.ChannelGone{Channel: channel, Cause: why}}
	}
	for _, ev := range events {
		s.step(ev)
	}
}

// noteShown notes what a step shows.
func (s *Scenario) noteShown(ev queue.Event, fx queue.Effects) {
	s.shown[fmt.Sprintf("%T", ev)] = true
	for _, a := range fx.Actions {
		s.shown[fmt.Sprintf("%T", a)] = true
	}
	s.shown[string(fx.Answer.Refused)] = true
	for _, e := range fx.Journal {
		for _, what := range []string{string(e.Kind), string(e.Outcome), string(e.CallbackOutcome), string(e.Class), string(e.More().Refusal), string(e.More().Violation)} {
			s.shown[what] = true
		}
	}
}

// step steps the rules and tells the effects, which the exchange does at once.
func (s *Scenario) step(ev queue.Event) queue.Effects {
	if s.dead {
		return queue.Effects{}
	}
	fx := s.state.Step(s.now, ev)
	s.holds(s.state.Check(), checkKnown(s.state, ev, fx), checkSet(fx), checkVisits(fx))
	switch ev.(type) {
	case queue.Synced:
		s.up = true
	case queue.ExchangeDown:
		s.up = false
	}
	if s.up {
		s.holds(NobodyWaits(s.state), NobodyRingsInVain(s.state))
	}
	s.noteShown(ev, fx)
	s.holds(s.saved.Save(s.now, fx.Changed, fx.Gone), s.saved.lacks(s.state))
	if s.dying {
		fx.Actions, fx.Promises = nil, nil
		s.dying, s.dead = false, true
	}
	for _, e := range fx.Journal {
		if line, err := entryLine(e); line != "" || err != nil {
			s.tell("%s", line)
			s.holds(err)
		}
	}
	var follow []queue.Event
	for _, a := range fx.Actions {
		if line, err := s.actionLine(a); line != "" || err != nil {
			s.tell("  %s", line)
			s.holds(err)
		}
		follow = append(follow, s.Do(a)...) // "exchange up" answers a Resync
		switch a := a.(type) {
		case queue.Dial:
			s.rings[strings.TrimPrefix(a.Endpoint, "PJSIP/")] = a.Channel
		case queue.DialClient:
			s.client = a.Channel
		case queue.Take:
			s.rings[a.Party] = a.Channel
		}
	}
	for _, id := range fx.Promises {
		switch {
		case s.storeSlow:
			s.unsafe = append(s.unsafe, id)
		case s.storeDown:
			s.step(queue.NotPromised{Callback: id})
		default:
			s.step(queue.Promised{Callback: id})
		}
	}
	for _, ev := range follow {
		s.step(ev)
	}
	return fx
}
