package queuetest

import (
	"cmp"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"kezek/queue"
)

// commands are the lines of a "do".
var commands = []form[*Scenario]{
	// Callers.
	{"call CALLER [did=NUMBER] [number=NUMBER] [priority=N] [position=N]",
		"a caller dials in, at 100 if nothing else is said; number=- is a withheld one", "call A did=200 priority=1",
		func(s *Scenario, a args) error {
			id := a.of["CALLER"]
			ev := queue.CallArrived{Channel: id, DID: "100", Number: "+996555" + id}
			err := options(a.options, map[string]any{"did": &ev.DID, "number": &ev.Number, "priority": &ev.Priority, "position": &ev.Position})
			ev.Number = strings.TrimPrefix(ev.Number, "-")
			s.step(s.Call(ev))
			return err
		}},
	{"key WHO KEYS", "a caller, an agent or a channel presses keys", "key A 2", func(s *Scenario, a args) error {
		for _, k := range []byte(a.of["KEYS"]) {
			s.step(queue.KeyPressed{Channel: s.channelOf(a.of["WHO"]), Key: k})
		}
		return nil
	}},
	{"heard CALLER", "the caller has heard the phrase to its end", "heard A",
		does(func(s *Scenario, a args) { s.step(s.Heard(a.of["CALLER"])) })},
	{"speaks CALLER", "a word of the caller is heard", "speaks A",
		does(func(s *Scenario, a args) { s.step(queue.CallerSpeaks{Channel: a.of["CALLER"]}) })},
	{"unrecorded CALLER [kept]", "the recording of the talk breaks; kept: something of it is there", "unrecorded A kept",
		func(s *Scenario, a args) error {
			c := find(s.state.Calls(), func(c *queue.Call) bool { return c.ID == a.of["CALLER"] })
			if c == nil {
				return fmt.Errorf("no call of %s", a.of["CALLER"])
			}
			s.step(queue.RecordingBroke{Channel: c.Recording.In, Kept: a.has("kept"), Why: "no room"})
			return nil
		}},
	{"hangup WHO", "a caller or an agent hangs up", "hangup A",
		does(func(s *Scenario, a args) { s.gone(s.channelOf(a.of["WHO"]), queue.CauseNormal) })},
	{"stops CALLER", "Asterisk, which is shut down, ends a caller's channel", "stops A",
		does(func(s *Scenario, a args) { s.gone(a.of["CALLER"], queue.CauseLost) })},
	{"hold WHO", "the hold key of an agent's phone, or of the caller's; key 1001 *1 is the code for it", "hold 1001",
		does(func(s *Scenario, a args) { s.step(queue.HoldPressed{Channel: s.talkOf(a.of["WHO"])}) })},
	{"unhold WHO", "the same pressed again", "unhold 1001",
		does(func(s *Scenario, a args) { s.step(queue.HoldReleased{Channel: s.talkOf(a.of["WHO"])}) })},
	{"replaces WHO by CHANNEL [number=NUMBER] [phone=PHONE] [joined]", "another channel takes the place of a caller's, a third party's or an agent's (REFER or INVITE with Replaces); joined: by a REFER in the other call of the phone", "replaces A by X number=+996700000009",
		does(func(s *Scenario, a args) {
			ev := queue.Replaced{Channel: s.channelOf(a.of["WHO"]), By: a.of["CHANNEL"], Joined: a.has("joined")}
			for _, o := range a.options {
				switch name, value, _ := strings.Cut(o, "="); name {
				case "number":
					ev.Number = value
				case "phone":
					ev.Phone, s.rings[value] = s.endpoint(value), ev.By
				}
			}
			s.step(s.Replace(ev))
		})},
	{"is CHANNEL NUMBER", "the number of somebody who has replaced another one is known now", "is X +996700000009",
		does(func(s *Scenario, a args) { s.step(queue.Identified{Channel: a.of["CHANNEL"], Number: a.of["NUMBER"]}) })},
	{"fetched|gone CALLER", "the far end of the other call of the caller's phone is found and sent here, or is gone", "fetched A",
		func(s *Scenario, a args) error {
			c := find(s.state.Calls(), func(c *queue.Call) bool { return c.ID == a.of["CALLER"] })
			switch {
			case c == nil:
				return fmt.Errorf("no call of %s", a.of["CALLER"])
			case a.of["|"] == "fetched":
				leg := c.Heir.Leg
				s.step(s.Answer(leg))
				s.gone(leg, queue.CauseNormal)
			default:
				s.gone(c.Heir.Leg, queue.CauseFailed)
			}
			return nil
		}},
	{"pushed WHO", "another phone takes the place of an agent's for a moment (INVITE with Replaces)", "pushed 1001",
		does(func(s *Scenario, a args) { s.step(queue.LegPushedOut{Channel: s.channelOf(a.of["WHO"])}) })},

	// Phones.
	{"answer PHONE", "what rings at a phone is answered", "answer 1001", atLeg(func(s *Scenario, leg string, _ args) { s.step(s.Answer(leg)) })},
	{"decline|busy|forwards|unanswered|unreachable|dropped|mute|silent|failed|stopped PHONE", "a phone's call ends so; mute: there is no common codec, silent: no audio comes, failed: Asterisk could not do it, stopped: it is shut down", "decline 1001",
		atLeg(func(s *Scenario, leg string, a args) { s.gone(leg, causes[a.of["|"]]) })},
	{"quiet WHO TIME [never] [anew]", "nothing comes from an answered phone, or on a channel, for so long; never: no audio has come since its answer, anew: it has registered anew since its last", "quiet 1001 10s",
		func(s *Scenario, a args) error {
			quiet, err := time.ParseDuration(a.of["TIME"])
			s.step(queue.LegSilent{Channel: s.channelOf(a.of["WHO"]), For: quiet, Never: a.has("never"), Anew: a.has("anew")})
			return err
		}},
	{"whispered PHONE", "the agent has heard the phrase to its end", "whispered 1001",
		atLeg(func(s *Scenario, leg string, _ args) { s.step(s.Heard(leg)) })},
	{"untold PHONE", "what rings at a phone is answered, and nobody is told", "untold 1001",
		atLeg(func(s *Scenario, leg string, _ args) { s.Answer(leg) })},
	{"refer WHO [NUMBER] [party=CHANNEL] [rings=NUMBER] [other=CALLER]",
		"the transfer key of a phone: to a number, to the far end of another of its calls, to one that this call rings still, or to the call that it has as a caller (or an agent)", "refer 1001 2001",
		does(func(s *Scenario, a args) {
			ev := queue.TransferPressed{Channel: s.channelOf(a.of["WHO"]), To: a.of["NUMBER"]}
			for _, o := range a.options {
				switch name, value, _ := strings.Cut(o, "="); name {
				case "rings":
					ev.To, ev.Rings = value, "other-"+a.of["WHO"]
					s.channels[ev.Rings] = &channel{}
				case "other":
					ev.Other = s.channelOf(value)
				case "party":
					ev.To, ev.Party = strings.TrimLeft(value, "PJSI/"), value
				}
			}
			s.step(ev)
		})},
	{"phone PHONE gone|back|busy|talks|idle", "the exchange tells how a phone is: busy has another call, talks is on the line in it", "phone 1001 gone", func(s *Scenario, a args) error {
		is := a.of["|"]
		ev := queue.PhoneChanged{Endpoint: s.endpoint(a.of["PHONE"]), Reachable: is != "gone", InUse: is == "busy" || is == "talks", Talks: is == "talks"}
		s.phones[ev.Endpoint] = ev.Reachable
		s.step(ev)
		return nil
	}},

	{"pickup PHONE of AGENT", "at a phone, the call that rings at another, or at the client called last, is picked up", "pickup 1002 of 1001",
		does(func(s *Scenario, a args) {
			by, leg := s.endpoint(a.of["PHONE"]), s.rings[a.of["AGENT"]]
			if a.of["AGENT"] == "client" {
				leg = s.client
			}
			channel := fmt.Sprintf("pickup-%s-%d", a.of["PHONE"], len(s.channels))
			s.rings[a.of["PHONE"]] = channel
			s.step(s.PickUp(leg, channel, by))
		})},

	{"slot PHONE SLOT", "at a phone, the number of a slot is dialled in which a caller may be parked", "slot 1002 1", func(s *Scenario, a args) error {
		s.slots++
		channel := fmt.Sprintf("slot-%s-%d", a.of["PHONE"], s.slots)
		s.rings[a.of["PHONE"]] = channel
		slot, err := strconv.Atoi(a.of["SLOT"])
		s.step(s.DialSlot(channel, s.endpoint(a.of["PHONE"]), slot))
		return err
	}},

	// Codes that agents dial.
	{"login AGENT at PHONE [PIN]", "an agent logs in at a phone that is not the own one", "login 1001 at 2001 4711", asks(queue.LogIn{})},
	{"login PHONE [PIN]", "an agent logs in at the own phone", "login 1001", asks(queue.LogIn{})},
	{"logout PHONE", "the agent logs out", "logout 1001", asks(queue.LogOut{})},
	{"status PHONE STATUS", "the agent dials the code of a status", "status 1001 coffee", asks(queue.SetStatus{})},
	{"ask PHONE", "the agent asks for the own state", "ask 1001", asks(queue.AskState{})},
	{"result PHONE CODE", "the agent records the result of the call; key 1001 #1 does so in a call", "result 1001 1", asks(queue.SetResult{})},
	{"extend PHONE", "the agent asks for more time after the call", "extend 1001", asks(queue.ExtendWrapUp{})},

	// Callbacks.
	{"book NUMBER QUEUE [class=CLASS] [owner=AGENT] [language=LANGUAGE]", "a supervisor books a callback",
		"book +996700000001 sales class=manager", asks(queue.BookCallback{Class: queue.ClassInformation})},
	{"cancel NUMBER REASON…", "a supervisor cancels the callback of a number", "cancel +996700000001 done in person", func(s *Scenario, a args) error {
		id := a.of["NUMBER"] // which is no callback's, when there is none
		if cb := find(s.state.Callbacks(), func(cb *queue.Callback) bool { return cb.Number == id }); cb != nil {
			id = cb.ID
		}
		s.ask(queue.CancelCallback{ID: id, By: "supervisor", Reason: a.of["REASON"]})
		return nil
	}},
	{"clear NUMBER REASON…", "a supervisor clears the flag of a number", "clear +996700000001 it was a mistake",
		asks(queue.ClearNumber{By: "supervisor"})},
	{"erase NUMBER REASON…", "an admin has all forgotten that is known of a number", "erase +996700000001 they asked for it",
		asks(queue.EraseNumber{By: "admin"})},
	{"client answers [RANG]", "the client called last answers, after ringing so long", "client answers 300ms", func(s *Scenario, a args) error {
		ev := s.Answer(s.client)
		if rang, ok := a.of["RANG"]; ok {
			var err error
			if ev.Rang, err = time.ParseDuration(rang); err != nil {
				return err
			}
		}
		s.step(ev)
		return nil
	}},
	{"client rings|heard", "its phone rings, or something is heard over the trunk before the answer", "client rings", does(func(s *Scenario, a args) {
		s.step(queue.ClientProgress{Channel: s.client, Audio: a.of["|"] == "heard"})
	})},
	{"client busy|silent|hangs_up|barred|lost", "or does not, or hangs up, or the trunk does not take the call, or Asterisk loses it", "client busy",
		does(func(s *Scenario, a args) {
			s.gone(s.client, map[string]queue.Cause{
				"busy": queue.CauseBusy, "silent": queue.CauseNoAnswer, "hangs_up": queue.CauseNormal, "barred": queue.CauseTrunk, "lost": queue.CauseFailed,
			}[a.of["|"]])
		})},
	{"client greeted", "the client has heard the phrase to its end", "client greeted",
		does(func(s *Scenario, _ args) { s.step(s.Heard(s.client)) })},
	{"store up|down|slow", "whether a promise can be made safe: at once, not, or only when the store is up again", "store down",
		func(s *Scenario, a args) error {
			s.storeDown, s.storeSlow = a.of["|"] == "down", a.of["|"] == "slow"
			for _, id := range s.unsafe {
				s.step(queue.Promised{Callback: id})
			}
			s.unsafe = nil
			return nil
		}},

	// Supervisors.
	{"listen|whisper|join SUPERVISOR AGENT [late]",
		"a supervisor dials the code to hear an agent, and is on the line-SUPERVISOR at once, or late; key line-1003 5 switches the mode", "listen 1003 1001",
		func(s *Scenario, a args) error {
			return s.supervise(queue.Supervise{Phone: s.endpoint(a.of["SUPERVISOR"]), Channel: "line-" + a.of["SUPERVISOR"]}, a)
		}},
	{"listen|whisper|join SUPERVISOR AGENT at PHONE PIN [late]",
		"the same at a phone that is not the own one, on the line-PHONE", "whisper 1003 1001 at 2001 4711",
		func(s *Scenario, a args) error {
			return s.supervise(queue.Supervise{Phone: s.endpoint(a.of["PHONE"]), Channel: "line-" + a.of["PHONE"], Supervisor: a.of["SUPERVISOR"], PIN: a.of["PIN"]}, a)
		}},
	{"arrives CHANNEL", "a supervisor who is late is on the line", "arrives line-1003",
		does(func(s *Scenario, a args) { s.step(s.Arrive(a.of["CHANNEL"])) })},
	{"supervisor end CALLER [REASON]", "a supervisor ends a call", "supervisor end A abusive", func(s *Scenario, a args) error {
		s.ask(queue.EndCall{Call: a.of["CALLER"], By: "supervisor", Reason: a.of["REASON"]})
		return nil
	}},
	{"supervisor sees ALARM", "a supervisor has seen an alarm of the journal", "supervisor sees 1000-1", func(s *Scenario, a args) error {
		s.ask(queue.AcknowledgeAlarm{Alarm: strings.TrimPrefix(a.of["ALARM"], "-"), By: "supervisor"})
		return nil
	}},
	{"supervisor move CALLER QUEUE [REASON]", "a supervisor moves a caller in line to another queue", "supervisor move A support mistaken", func(s *Scenario, a args) error {
		s.ask(queue.MoveCall{Call: a.of["CALLER"], Queue: a.of["QUEUE"], By: "supervisor", Reason: a.of["REASON"]})
		return nil
	}},
	{"supervisor listen|whisper|join CALLER PHONE", "a supervisor has a phone rung to hear the talk of a call", "supervisor listen A 1003", func(s *Scenario, a args) error {
		phone := a.of["PHONE"]
		if s.rules.Agents[phone] == nil {
			phone = s.endpoint(phone)
		}
		s.ask(queue.ListenTo{Call: a.of["CALLER"], Phone: phone, Mode: queue.MonitorMode(a.of["|"]), By: "supervisor"})
		return nil
	}},
	{"supervisor callback NUMBER [agent=AGENT] [in=TIME] [reason=REASON]", "a supervisor gives the callback of a number to another agent, or has it due so long from now", "supervisor callback +996700000001 agent=1002 reason=ill", func(s *Scenario, a args) error {
		ev, in := queue.MoveCallback{ID: a.of["NUMBER"], By: "supervisor"}, time.Duration(0)
		if cb := find(s.state.Callbacks(), func(cb *queue.Callback) bool { return cb.Number == ev.ID }); cb != nil {
			ev.ID = cb.ID
		}
		err := options(a.options, map[string]any{"agent": &ev.Agent, "in": &in, "reason": &ev.Reason})
		if in != 0 {
			ev.Due = s.now.Add(in)
		}
		s.ask(ev)
		return err
	}},
	{"supervisor logout AGENT [REASON]", "a supervisor orders an agent to log out", "supervisor logout 1001 ill",
		asks(queue.LogOut{By: "supervisor"})},
	{"supervisor status AGENT STATUS [REASON]", "a supervisor orders an agent to take a status", "supervisor status 1001 coffee ill",
		asks(queue.SetStatus{By: "supervisor"})},
	{"program login AGENT", "a program logs an agent in at the own phone", "program login 1001",
		asks(queue.LogIn{Trusted: true, By: "panel"})},
	{"program logout AGENT", "a program logs an agent out, if the agent may", "program logout 1001",
		asks(queue.LogOut{By: "panel", Bound: true})},
	{"program status AGENT STATUS [REASON]", "a program sets a status, if the agent may take it", "program status 1001 coffee ill",
		asks(queue.SetStatus{By: "panel", Bound: true})},
	{"supervisor penalty AGENT QUEUE PENALTY [REASON]", "a supervisor sets an agent's penalty in a queue, or that of the config again", "supervisor penalty 1001 sales config",
		func(s *Scenario, a args) (err error) {
			ev := queue.SetPenalty{Agent: a.of["AGENT"], Queue: a.of["QUEUE"], By: "supervisor", Reason: a.of["REASON"]}
			if ev.Config = a.of["PENALTY"] == "config"; !ev.Config {
				ev.Penalty, err = strconv.Atoi(a.of["PENALTY"])
			}
			s.ask(ev)
			return err
		}},
	{"supervisor correct AGENT DAY PAID [REASON]", "a supervisor corrects the paid time of a timesheet", "supervisor correct 1001 2026-03-02 8h forgotten",
		func(s *Scenario, a args) error {
			paid, err := time.ParseDuration(a.of["PAID"])
			s.ask(queue.CorrectTimesheet{Agent: a.of["AGENT"], Day: a.of["DAY"], Paid: paid, By: "supervisor", Reason: a.of["REASON"]})
			return err
		}},
	{"supervisor restore AGENT DAY [REASON]", "a supervisor takes corrections back", "supervisor restore 1001 2026-03-02 mistaken",
		func(s *Scenario, a args) error {
			s.ask(queue.CorrectTimesheet{Agent: a.of["AGENT"], Day: a.of["DAY"], Restore: true, By: "supervisor", Reason: a.of["REASON"]})
			return nil
		}},
	{"notice on [queue=QUEUE] [phrase=PHRASE] [for=TIME]", "a supervisor switches the maintenance notice on",
		"notice on queue=sales for=1h", asks(queue.SetNotice{By: "supervisor"})},
	{"notice off [queue=QUEUE]", "a supervisor switches it off", "notice off", asks(queue.EndNotice{By: "supervisor"})},
	{"notice code PHONE [PIN]", "the code for it is dialled at a phone", "notice code 1001 4711", asks(queue.NoticeCode{})},

	// Lamps.
	{"lampkey PHONE STATUS", "the status key (BLF) of a phone", "lampkey 1001 coffee", does(lampKey)},
	{"lampkey PHONE STATUS of AGENT", "at a phone, the status key of another agent", "lampkey 1001 coffee of 1002", does(lampKey)},
	{"watch LAMP", "the changes of a lamp are told from now on", "watch kezek_1001",
		does(func(s *Scenario, a args) { s.watched[a.of["LAMP"]] = true })},
	{"lit LAMP", "somebody else lights a lamp", "lit kezek_1001",
		does(func(s *Scenario, a args) { s.lamps[a.of["LAMP"]] = queue.LampOn })},
	{"unlit LAMP", "the exchange loses a lamp", "unlit kezek_1001",
		does(func(s *Scenario, a args) { delete(s.lamps, a.of["LAMP"]) })},
	{"lamps", "which are not dark", "lamps", func(s *Scenario, _ args) error {
		for _, name := range slices.Sorted(maps.Keys(s.lamps)) {
			fmt.Fprintf(&s.out, "%s %s\n", name, s.lamps[name])
		}
		return nil
	}},

	// The world.
	{"wait TIME", "time passes, and all that is due is done", "wait 30s", func(s *Scenario, a args) error {
		d, err := time.ParseDuration(a.of["TIME"])
		s.wait(d)
		return err
	}},
	{"clock jumps TIME", "the clock of the machine is set, ahead or back; a daemon that lies dead does not see it", "clock jumps -60s", func(s *Scenario, a args) error {
		by, err := time.ParseDuration(a.of["TIME"])
		s.step(queue.ClockSet{By: by})
		s.now = s.now.Add(by)
		return err
	}},
	{"clock DAY TIME", "the local time, before the first call", "clock 2026-03-07 21:59", func(s *Scenario, a args) error {
		at, err := time.ParseInLocation("2006-01-02 15:04", a.of["DAY"]+" "+a.of["TIME"], s.rules.Location)
		s.now = at
		return err
	}},
	{"vanishes WHO", "the channel of a caller or an agent ends, and nobody is told", "vanishes A",
		does(func(s *Scenario, a args) { s.drop(s.channelOf(a.of["WHO"])) })},
	{"exchange down|up|restarts", "the daemon loses it, or attaches to it again; a restart ends all calls", "exchange down",
		func(s *Scenario, a args) error {
			if a.of["|"] != "up" {
				s.step(queue.ExchangeDown{})
			}
			if a.of["|"] == "restarts" {
				s.Restart(s.now.Add(time.Second))
				clear(s.rings)
			}
			if a.of["|"] != "down" {
				s.step(s.Truth())
			}
			return nil
		}},
	{"daemon [restarts]", "the daemon is killed (if it does not lie dead) and started again: all that it knows is what was saved", "daemon restarts",
		func(s *Scenario, _ args) error {
			saved, err := s.saved.Load()
			s.dead = false
			s.state = queue.New(s.rules, saved)
			s.step(s.Truth())
			return err
		}},
	{"daemon dies", "it is killed, and lies dead until it restarts", "daemon dies",
		does(func(s *Scenario, _ args) { s.dead = true })},
	{"dies COMMAND…", "it is killed when what comes of the command is saved, and nothing done about it yet", "dies answer 1001",
		func(s *Scenario, a args) error {
			s.dying = true
			return do(s, s.commands, a.rest)
		}},
	{"show", "who is where: calls, callbacks, agents", "show",
		func(s *Scenario, _ args) error { return s.report("show", s.state) }},
	{"levels", "what the service level of each queue has counted today", "levels",
		func(s *Scenario, _ args) error { return s.report("levels", s.state.Lines()) }},
	{"timesheets", "how the agents' days stand", "timesheets", func(s *Scenario, _ args) error {
		return s.report("timesheets", timesheets{s.state.Snapshot().Timesheets, s.now, s.rules.Location, s.rules.Timesheet})
	}},
}

// does is what cannot fail.
func does[T any](do func(T, args)) func(T, args) error {
	return func(on T, a args) error {
		do(on, a)
		return nil
	}
}

// asks is an event that has an answer. The words of its usage are its fields: PHONE the Phone, class=CLASS the Class.
func asks(ev queue.Event) func(*Scenario, args) error {
	return func(s *Scenario, a args) error {
		asked := reflect.New(reflect.TypeOf(ev)).Elem()
		asked.Set(reflect.ValueOf(ev))
		fields := map[string]any{}
		for field, value := range asked.Fields() {
			fields[strings.ToLower(field.Name)] = value.Addr().Interface()
		}
		fields["queue"] = cmp.Or(fields["queue"], fields["queues"])
		for word, value := range a.of {
			if word == "PHONE" {
				value = s.endpoint(value)
			}
			if word == strings.ToUpper(word) {
				reflect.ValueOf(fields[strings.ToLower(word)]).Elem().SetString(value)
			}
		}
		err := options(a.options, fields)
		s.ask(asked.Interface().(queue.Event))
		return err
	}
}

// causes are the ways in which a phone does not answer, or ends.
var causes = map[string]queue.Cause{
	"decline": queue.CauseDeclined, "unanswered": queue.CauseNoAnswer, "busy": queue.CauseBusy, "unreachable": queue.CauseUnreachable, "dropped": queue.CauseDropped,
	"forwards": queue.CauseForwarded, "mute": queue.CauseNoCodec, "silent": queue.CauseNoAudio, "failed": queue.CauseFailed, "stopped": queue.CauseLost,
}

// atLeg is what is done to the last call of a phone.
func atLeg(do func(s *Scenario, leg string, a args)) func(*Scenario, args) error {
	return func(s *Scenario, a args) error {
		phone := a.of["PHONE"]
		leg, rang := s.rings[phone]
		if known := slices.Concat(phonesOf(s.rules), s.rules.Supervisors.Call); !rang && !slices.Contains(known, s.endpoint(phone)) {
			return fmt.Errorf("nothing has rung at %s, want a phone of the site: %v", s.endpoint(phone), known)
		}
		do(s, leg, a)
		return nil
	}
}

// supervise asks, and arrives on the line if that is allowed.
func (s *Scenario) supervise(ev queue.Supervise, a args) error {
	ev.Mode, ev.Agent = queue.MonitorMode(a.of["|"]), a.of["AGENT"]
	if s.ask(ev).Refused == "" && !a.has("late") {
		s.step(s.Arrive(ev.Channel))
	}
	return nil
}

// lampKey is a status key, of the phone's own agent or of another.
func lampKey(s *Scenario, a args) {
	s.ask(queue.SetStatus{Phone: s.endpoint(a.of["PHONE"]), Status: queue.Status(a.of["STATUS"]), Key: cmp.Or(a.of["AGENT"], a.of["PHONE"])})
}
