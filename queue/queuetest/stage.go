package queuetest

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"kezek/queue"
)

// The exchange of a scenario, which does everything at once.

// gone ends a channel on the exchange.
func (s *Scenario) gone(channel string, why queue.Cause) {
	delete(s.channels, channel)
	for id, in := range s.bridges {
		s.bridges[id] = slices.DeleteFunc(in, func(c string) bool { return c == channel })
	}
	s.step(queue.ChannelGone{Channel: channel, Cause: why})
	for _, snoop := range slices.Sorted(maps.Keys(s.snoops)) {
		if s.snoops[snoop] == channel {
			delete(s.snoops, snoop)
			s.gone(snoop, queue.Normal)
		}
	}
}

// truth is what the scenario's exchange would tell about itself.
func (s *Scenario) truth() queue.Synced {
	ev := queue.Synced{Started: s.started}
	for _, id := range slices.Sorted(maps.Keys(s.channels)) {
		ev.Channels = append(ev.Channels, queue.LiveChannel{ID: id, Up: s.channels[id]})
	}
	for _, id := range slices.Sorted(maps.Keys(s.bridges)) {
		ev.Bridges = append(ev.Bridges, queue.LiveBridge{ID: id, Channels: s.bridges[id]})
	}
	for _, e := range slices.Sorted(maps.Keys(s.phones)) {
		ev.Phones = append(ev.Phones, queue.PhoneChanged{Endpoint: e, Reachable: s.phones[e]})
	}
	ev.Lamps = maps.Clone(s.lamps)
	return ev
}

// step steps the rules and tells the effects, which the exchange does at once.
func (s *Scenario) step(ev queue.Event) queue.Effects {
	if s.dead {
		return queue.Effects{}
	}
	fx := s.state.Step(s.now, ev)
	if err := s.kept.save(fx); err != nil {
		fmt.Fprintf(&s.out, "BROKEN: %v\n", err)
	}
	for _, wrong := range s.kept.lacks(s.state) {
		fmt.Fprintf(&s.out, "BROKEN: %s\n", wrong)
	}
	if s.dying {
		fx.Actions, fx.Promises = nil, nil
		s.dying, s.dead = false, true
	}
	for _, e := range fx.Journal {
		if line := entryLine(e); line != "" {
			fmt.Fprintf(&s.out, "%s %s\n", s.clock(), line)
		}
	}
	var ended []string
	for _, a := range fx.Actions {
		if line := s.done(a, &ended); line != "" {
			fmt.Fprintf(&s.out, "%s   %s\n", s.clock(), line)
		}
	}
	for _, id := range fx.Promises {
		if s.storeSlow {
			s.unsafe = append(s.unsafe, id)
		} else if s.storeDown {
			s.step(queue.NotPromised{Callback: id})
		} else {
			s.step(queue.Promised{Callback: id})
		}
	}
	for _, channel := range ended {
		s.gone(channel, queue.Cancelled)
	}
	return fx
}

// done does an action on the scenario's exchange and tells it.
func (s *Scenario) done(a queue.Action, ended *[]string) string {
	switch a := a.(type) {
	case queue.AnswerCall:
		s.channels[a.Channel] = true
		return a.Channel + " is answered"
	case queue.Play:
		s.playing[a.Channel] = a.ID
		return fmt.Sprintf("%s hears %s", a.Channel, phrases(a.Phrases))
	case queue.Music:
		return a.Channel + " hears music"
	case queue.Lamp:
		setLamp(s.lamps, a)
		if s.watched[a.Name] {
			return fmt.Sprintf("%s shows %s", a.Name, cmp.Or(a.State, "nothing"))
		}
		for _, g := range s.state.Agents() {
			if g.Reminded && queue.AgentLamp(g.ID) == a.Name {
				return "the lamp of " + g.ID + " blinks"
			}
		}
		return ""
	case queue.StopPlay:
		if slices.ContainsFunc(s.state.Calls(), func(c *queue.Call) bool { return c.ID == a.Channel }) {
			return "" // a caller's next words tell it
		}
		return a.Channel + " hears no more of it"
	case queue.StopMusic:
		return ""
	case queue.Dial:
		s.rings[strings.TrimPrefix(a.Endpoint, "PJSIP/")] = a.Channel
		s.channels[a.Channel] = false
		return fmt.Sprintf("%s rings: %q", a.Endpoint, a.CallerName)
	case queue.DialClient:
		s.client = a.Channel
		s.channels[a.Channel] = false
		return fmt.Sprintf("the client %s is called", a.Number)
	case queue.Take:
		s.rings[a.Party] = a.Channel
		s.channels[a.Channel] = false
		return a.Party + " is taken out of his call"
	case queue.Hangup:
		if _, live := s.channels[a.Channel]; live {
			*ended = append(*ended, a.Channel)
		}
		if a.Reason == queue.HangupAnsweredElsewhere {
			return a.Channel + " is hung up: answered elsewhere"
		}
		return a.Channel + " is hung up"
	case queue.Connect:
		s.bridges[a.Bridge] = []string{a.Caller, a.Agent}
		return fmt.Sprintf("%s and %s are connected", a.Caller, a.Agent)
	case queue.Disconnect:
		delete(s.bridges, a.Bridge)
		return ""
	case queue.Part:
		s.bridges[a.Bridge] = slices.DeleteFunc(s.bridges[a.Bridge], func(c string) bool { return c == a.Caller })
		return a.Caller + " is taken out of the talk"
	case queue.Join:
		s.bridges[a.Bridge] = append(s.bridges[a.Bridge], a.Caller)
		if strings.Contains(a.Caller, "-t") {
			return a.Caller + " comes into the talk"
		}
		return a.Caller + " is in the talk again"
	case queue.SendKey:
		return fmt.Sprintf("%s gets the key %c", a.Channel, a.Key)
	case queue.TransferDone:
		return fmt.Sprintf("%s is told of its transfer: done %v", a.Channel, a.OK)
	case queue.Announce:
		return "both hear " + phrases(a.Phrases)
	case queue.Tap:
		s.channels[a.Snoop], s.snoops[a.Snoop] = true, a.Leg
		s.bridges[a.Bridge] = []string{a.Supervisor, a.Snoop}
		return fmt.Sprintf("%s hears %s (%s)", a.Supervisor, a.Leg, a.Mode)
	case queue.DetectTalk:
		if a.On {
			return "a word of " + a.Channel + " is awaited"
		}
		return ""
	case queue.Record:
		for _, id := range []string{a.In, a.Out} {
			s.channels[id], s.snoops[id] = true, a.Channel
		}
		return "recorded as " + a.Name
	case queue.MuteRecording:
		return fmt.Sprintf("the recording writes silence: %v", a.On)
	case queue.Leave:
		delete(s.channels, a.Channel)
		return fmt.Sprintf("%s goes to %s", a.Channel, a.Place)
	default:
		return fmt.Sprintf("%T%+v", a, a)
	}
}
