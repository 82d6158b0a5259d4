// Package queuetest tells the rules' behaviour as text that a supervisor can
// read, checks them against a naive oracle, and lives whole days with them.
package queuetest

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/cockroachdb/datadriven"

	"kezek/queue"
)

// The midnight before a Monday in Bishkek, where every scenario starts.
var start = time.Date(2026, 3, 1, 18, 0, 0, 0, time.UTC)

// Scenario plays the commands of a scenario file on a state and tells what
// comes of each. See queue/testdata/README for the commands.
type Scenario struct {
	rules *queue.Rules
	state *queue.State
	now   time.Time
	out   strings.Builder
	// kept is what the store has.
	kept kept
	// playing is the last playback on each channel, music who hears music.
	playing map[string]string
	// rings finds the leg that rings at an agent.
	rings map[string]string
	// channels live on the exchange, with those that are up; bridges and who is in them.
	channels map[string]bool
	bridges  map[string][]string
	phones   map[string]bool
	// snoops are the channels that hear another.
	snoops map[string]string
	// lamps are those that phones show, watched the ones that are told.
	lamps   map[string]queue.LampState
	watched map[string]bool
	// client is the channel of the client we called last.
	client    string
	storeDown bool
	// storeSlow keeps promises waiting until the store is up: unsafe are those that wait.
	storeSlow bool
	unsafe    []string
	// started is when the exchange last started.
	started time.Time
	// dying: the daemon does not live to act on its next step; dead: nor to see any other.
	dying, dead bool
}

// NewScenario starts with an empty site.
func NewScenario() *Scenario {
	return &Scenario{
		now: start, kept: kept{}, playing: map[string]string{}, rings: map[string]string{},
		channels: map[string]bool{}, bridges: map[string][]string{}, phones: map[string]bool{}, snoops: map[string]string{},
		lamps: map[string]queue.LampState{}, watched: map[string]bool{},
	}
}

// Run does one command and returns what it brought about.
func (s *Scenario) Run(d *datadriven.TestData) (string, error) {
	s.out.Reset()
	if d.Cmd == "site" {
		rules, err := parseSite(d.Input)
		if err != nil {
			return "", err
		}
		if s.state != nil {
			s.rules = rules
			return s.told(queue.RulesChanged{Rules: rules})
		}
		s.rules = rules
		s.state = queue.New(rules, nil)
		for _, a := range rules.Agents {
			s.phones[a.Endpoint] = true
		}
		for _, p := range rules.Phones {
			s.phones[p] = true
		}
		return s.told(s.truth())
	}
	for line := range strings.Lines(d.Input) {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		if err := s.line(strings.Fields(line)); err != nil {
			return "", fmt.Errorf("%s: %w", line, err)
		}
	}
	if err := s.state.Check(); err != nil {
		fmt.Fprintf(&s.out, "BROKEN %v\n", err)
	}
	return s.out.String(), nil
}

func (s *Scenario) told(ev queue.Event) (string, error) {
	s.step(ev)
	if err := s.state.Check(); err != nil {
		fmt.Fprintf(&s.out, "BROKEN %v\n", err)
	}
	if s.out.Len() == 0 {
		return "ok\n", nil
	}
	return s.out.String(), nil
}

// line does one line of a "do" command.
func (s *Scenario) line(words []string) error {
	arg := func(i int) string {
		if i < len(words) {
			return words[i]
		}
		return ""
	}
	endpoint := func(agent string) string {
		if r := s.rules.Agents[agent]; r != nil {
			return r.Endpoint
		}
		return "PJSIP/" + agent
	}
	switch who := arg(1); words[0] {
	case "call":
		ev := queue.CallArrived{Channel: who, DID: "100", Number: "+996555" + who}
		for _, w := range words[2:] {
			name, value, _ := strings.Cut(w, "=")
			switch name {
			case "did":
				ev.DID = value
			case "number": // "-" is a withheld one
				ev.Number = strings.TrimPrefix(value, "-")
			case "priority":
				ev.Priority, _ = strconv.Atoi(value)
			case "position":
				ev.Position, _ = strconv.Atoi(value)
			default:
				return fmt.Errorf("unknown word %q", w)
			}
		}
		s.channels[who] = true
		s.step(ev)
	case "key":
		if leg, ok := s.rings[who]; ok {
			who = leg
		}
		for _, k := range []byte(arg(2)) {
			s.step(queue.KeyPressed{Channel: who, Key: k})
		}
	case "refer": // the transfer key of an agent's phone, to a number, or to the far end of another of its calls
		ev := queue.TransferPressed{Channel: s.rings[who], To: arg(2)}
		if to, ok := strings.CutPrefix(ev.To, "rings="); ok {
			ev.To, ev.Rings = to, "other-"+who
			s.channels[ev.Rings] = false
		}
		if party, ok := strings.CutPrefix(ev.To, "party="); ok {
			ev.Party, ev.To = party, strings.TrimLeft(party, "PJSI/")
		}
		s.step(ev)
	case "speaks": // the caller
		s.step(queue.CallerSpeaks{Channel: who})
	case "unrecorded": // the recording of a caller breaks: unrecorded A [kept]
		for _, c := range s.state.Calls() {
			if c.ID == who {
				s.step(queue.RecordingBroke{Channel: c.Recording.In, Kept: arg(2) == "kept", Why: "no room"})
			}
		}
	case "pushed": // another phone has taken the place of a phone's, or of the caller's, for a moment
		s.step(queue.LegPushedOut{Channel: cmp.Or(s.rings[who], who)})
	case "hold", "unhold": // the hold key of an agent's phone, or of the caller's
		for _, a := range s.state.Agents() {
			if a.ID == who {
				who = a.Leg
			}
		}
		if words[0] == "hold" {
			s.step(queue.HoldPressed{Channel: who})
		} else {
			s.step(queue.HoldReleased{Channel: who})
		}
	case "book": // a supervisor books a callback: book +996… queue [class=… owner=…]
		ev := queue.BookCallback{Number: who, Queue: arg(2), Class: queue.Information}
		for _, w := range words[3:] {
			switch name, value, _ := strings.Cut(w, "="); name {
			case "class":
				ev.Class = queue.CallbackClass(value)
			case "owner":
				ev.Owner = value
			case "language":
				ev.Language = queue.Language(value)
			}
		}
		s.answer(ev)
	case "clear": // a supervisor takes the flag off a number: clear +996… reason
		s.answer(queue.ClearNumber{Number: who, By: "boss", Reason: strings.Join(words[2:], " ")})
	case "cancel": // a supervisor cancels the callback of a number: cancel +996… reason
		for _, cb := range s.state.Callbacks() {
			if cb.Number == who {
				s.answer(queue.CancelCallback{ID: cb.ID, By: "boss", Reason: strings.Join(words[2:], " ")})
			}
		}
	case "store": // up or down: whether a promise can be made safe
		s.storeDown, s.storeSlow = who == "down", who == "slow"
		for _, id := range s.unsafe {
			s.step(queue.Promised{Callback: id})
		}
		s.unsafe = nil
	case "client": // what the client we call does: client answers [rang]|busy|silent|hangs_up|greeted
		leg := s.client
		switch arg(1) {
		case "answers":
			s.channels[leg] = true
			rang, _ := time.ParseDuration(arg(2))
			s.step(queue.LegAnswered{Channel: leg, Rang: rang})
		case "busy":
			s.gone(leg, queue.Busy)
		case "silent":
			s.gone(leg, queue.NoAnswer)
		case "hangs_up":
			s.gone(leg, queue.Normal)
		case "greeted":
			s.step(queue.PlayEnded{Channel: leg, Playback: s.playing[leg]})
		default:
			return fmt.Errorf("client %q", arg(1))
		}
	case "heard": // the caller has heard it to the end
		s.step(queue.PlayEnded{Channel: who, Playback: s.playing[who]})
	case "whispered": // the agent has heard the whisper to the end
		leg := s.rings[who]
		s.step(queue.PlayEnded{Channel: leg, Playback: s.playing[leg]})
	case "hangup": // a caller or an agent
		if leg, ok := s.rings[who]; ok {
			who = leg
		}
		s.gone(who, queue.Normal)
	case "answer":
		leg := s.rings[who]
		s.channels[leg] = true
		s.step(queue.LegAnswered{Channel: leg})
	case "decline", "busy", "unreachable", "dropped", "unanswered":
		cause := map[string]queue.Cause{"decline": queue.Declined, "unanswered": queue.NoAnswer, "busy": queue.Busy, "unreachable": queue.Unreachable, "dropped": queue.Dropped}[words[0]]
		s.gone(s.rings[who], cause)
	case "login": // at his own phone; or at another: login 1001 at 1002 PIN
		if arg(2) == "at" {
			s.answer(queue.LogIn{Phone: endpoint(arg(3)), Agent: who, PIN: arg(4)})
		} else {
			s.answer(queue.LogIn{Phone: endpoint(who), PIN: arg(2)})
		}
	case "logout":
		s.answer(queue.LogOut{Phone: endpoint(who)})
	case "status":
		s.answer(queue.SetStatus{Phone: endpoint(who), Status: queue.Status(arg(2))})
	case "lampkey": // of a status, at a phone: lampkey 1001 coffee; of another agent: lampkey 1001 coffee of 1002
		ev := queue.SetStatus{Phone: endpoint(who), Status: queue.Status(arg(2)), Key: who}
		if arg(3) == "of" {
			ev.Key = arg(4)
		}
		s.answer(ev)
	case "notice": // a supervisor's: notice on [queue=sales phrase=… for=1h], notice off [queue=sales], notice code 1001 [PIN]
		var queues []string
		on := queue.SetNotice{By: "boss"}
		for _, w := range words[2:] {
			switch name, value, _ := strings.Cut(w, "="); name {
			case "queue":
				queues = append(queues, value)
			case "phrase":
				on.Phrase = value
			case "for":
				on.For, _ = time.ParseDuration(value)
			}
		}
		switch on.Queues = queues; who {
		case "on":
			s.answer(on)
		case "off":
			s.answer(queue.EndNotice{Queues: queues, By: "boss"})
		default:
			s.answer(queue.NoticeCode{Phone: endpoint(arg(2)), PIN: arg(3)})
		}
	case "watch": // a lamp: its changes are told from now on
		s.watched[who] = true
	case "unlit": // the exchange loses a lamp
		delete(s.lamps, who)
	case "lit": // somebody else lights one
		s.lamps[who] = queue.LampOn
	case "lamps":
		for _, name := range slices.Sorted(maps.Keys(s.lamps)) {
			fmt.Fprintf(&s.out, "%s %s\n", name, s.lamps[name])
		}
	case "boss": // a supervisor's order, with a reason: boss logout 1001 ill; boss status 1001 coffee ill
		if arg(1) == "logout" {
			s.answer(queue.LogOut{Agent: arg(2), By: "boss", Reason: arg(3)})
		} else {
			s.answer(queue.SetStatus{Agent: arg(2), Status: queue.Status(arg(3)), By: "boss", Reason: arg(4)})
		}
	case "result": // an agent dials *4 and the digit of a result: result 1001 1
		s.answer(queue.SetResult{Phone: endpoint(who), Code: arg(2)})
	case "extend": // he dials *14: more time after the call
		s.answer(queue.ExtendWrapUp{Phone: endpoint(who)})
	case "ask":
		s.answer(queue.AskState{Phone: endpoint(who)})
	case "listen", "whisper", "join": // a supervisor dials the code at his phone: listen 1003 1001 [at 2001 PIN] [late]
		ev := queue.Supervise{Phone: endpoint(who), Channel: "line-" + cmp.Or(arg(4), who), Mode: queue.MonitorMode(words[0]), Agent: arg(2)}
		if arg(3) == "at" {
			ev.Phone, ev.Supervisor, ev.PIN = endpoint(arg(4)), who, arg(5)
		}
		if s.answer(ev).Refused == "" && words[len(words)-1] != "late" {
			return s.line([]string{"arrives", ev.Channel})
		}
	case "arrives":
		s.channels[who] = true
		s.step(queue.SupervisorArrived{Channel: who})
	case "phone":
		ev := queue.PhoneChanged{Endpoint: endpoint(who), Reachable: arg(2) != "gone", InUse: arg(2) == "busy"}
		s.phones[ev.Endpoint] = ev.Reachable
		s.step(ev)
	case "wait":
		d, err := time.ParseDuration(who)
		if err != nil {
			return err
		}
		s.wait(d)
	case "clock": // only before the first call: the local time of the day
		at, err := time.ParseInLocation("2006-01-02 15:04", arg(1)+" "+arg(2), s.rules.Location)
		if err != nil {
			return err
		}
		s.now = at
	case "exchange":
		switch who {
		case "down":
			s.step(queue.ExchangeDown{})
		case "up":
			s.step(s.truth())
		case "restarts":
			s.step(queue.ExchangeDown{})
			clear(s.channels)
			clear(s.bridges)
			clear(s.rings)
			s.started = s.now.Add(time.Second)
			s.step(s.truth())
		default:
			return fmt.Errorf("exchange %q: want down, up or restarts", who)
		}
	case "untold": // a phone is picked up and nobody is told
		s.channels[s.rings[who]] = true
	case "vanishes": // a channel ends and nobody is told
		if leg, ok := s.rings[who]; ok {
			who = leg
		}
		delete(s.channels, who)
	case "dies": // the daemon is killed when it has saved the next command's step, and has done nothing about it yet: dies answer 1001
		s.dying = true
		return s.line(words[1:])
	case "daemon": // killed and started again: everything is read from what was saved
		if s.dead = who == "dies"; s.dead {
			return nil
		}
		s.state = queue.New(s.rules, s.state.Snapshot())
		s.step(s.truth())
	case "show":
		s.show()
	case "timesheets":
		s.timesheets()
	default:
		return fmt.Errorf("unknown command %q", words[0])
	}
	return nil
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

func (s *Scenario) answer(ev queue.Event) queue.Answer {
	fx := s.step(ev)
	if fx.Answer.Refused != "" && len(fx.Answer.Say) == 0 {
		fmt.Fprintf(&s.out, "%s answer: %s\n", s.clock(), fx.Answer.Refused)
	}
	if len(fx.Answer.Say) > 0 {
		fmt.Fprintf(&s.out, "%s says %s\n", s.clock(), phrases(fx.Answer.Say))
	}
	return fx.Answer
}
