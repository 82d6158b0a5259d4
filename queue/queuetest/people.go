package queuetest

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"kezek/queue"
)

// The people: callers, agents, a supervisor.

// nextCaller calls, and is followed by another.
func (w *World) nextCaller(until time.Time, between time.Duration) {
	if w.now.After(until) {
		return
	}
	w.after(w.upTo(2*between), func() { w.nextCaller(until, between) })
	w.callers++
	id := fmt.Sprintf("pbx-%d.%d", w.now.Unix(), w.callers)
	ev := queue.CallArrived{Channel: id, DID: pick(w, "100", "200"), Number: w.number(), Priority: w.rng.IntN(8) / 7}
	w.Seen["callers"]++
	w.tell(w.Call(ev))
	for range w.rng.IntN(3) {
		w.later(w.upTo(10*time.Second), id, func(*channel) { w.keys(id, pick(w, "1", "2", "*", "#", "5", "1002", "1004#", "1009", "12")) })
	}
	w.later(w.upTo(5*time.Minute), id, func(c *channel) {
		if c.bridge == "" {
			w.Seen["callers lose patience"]++
			w.hangUp(id)
		}
	})
	w.joinCalls(id)
}

// joinCalls lets a caller's phone join this call with another one, now and then: the far end of that takes the caller's
// place. The exchange has done it by itself, or tells that the transfer key was pressed ([World.fetch]).
func (w *World) joinCalls(id string) {
	if w.rng.IntN(10) > 0 {
		return
	}
	w.later(w.upTo(2*time.Minute), id, func(*channel) {
		if w.rng.IntN(2) == 0 {
			w.replace(id)
			return
		}
		w.tell(queue.TransferPressed{Channel: id, To: "2002", Party: pick(w, party, party, "")})
	})
}

// replace gives the place of a caller to another one, whose number may be known only later.
func (w *World) replace(id string) {
	w.order++
	ev := queue.Replaced{Channel: id, By: fmt.Sprintf("pbx-%d.r%d", w.now.Unix(), w.order), Number: pick(w, w.number(), "", "100")}
	w.Seen["callers replaced"]++
	w.tell(w.Replace(ev))
	w.later(w.upTo(time.Second), ev.By, func(c *channel) {
		is := queue.Identified{Channel: ev.By, Number: w.number()}
		if c.inbound != nil {
			c.inbound.Number = is.Number
		}
		w.tell(is)
	})
	w.after(w.upTo(3*time.Minute), func() { w.hangUp(ev.By) })
	w.joinCalls(ev.By)
}

// fetch sends the far end of a caller's other call to the place of the caller, if they are still there.
func (w *World) fetch(a queue.Fetch) {
	w.later(w.upTo(time.Second), a.Channel, func(*channel) {
		if w.happens(w.Faults.Decline, "other parties are gone") {
			w.end(a.Channel, queue.CauseFailed)
			return
		}
		w.tell(w.Answer(a.Channel))
		w.end(a.Channel, queue.CauseNormal)
		w.later(w.upTo(time.Second), a.Replaces, func(*channel) { w.replace(a.Replaces) })
	})
}

// dial rings an agent's phone; by chance the agent answers, declines or does nothing.
func (w *World) dial(a queue.Dial) {
	if w.channels[a.Channel] == nil {
		return
	}
	w.later(a.Timeout, a.Channel, func(c *channel) {
		if !c.up {
			w.end(a.Channel, queue.CauseNoAnswer)
		}
	})
	if w.odd("holds before the answer") {
		w.later(w.upTo(2*time.Second), a.Channel, func(c *channel) { w.holdEarly(a.Channel, c) })
	}
	switch {
	case w.happens(w.Faults.Decline, "declines"):
		w.after(w.upTo(5*time.Second), func() { w.end(a.Channel, pick(w, queue.CauseDeclined, queue.CauseForwarded, queue.CauseBusy)) })
	case w.happens(w.Faults.Unplug, "phones fail"):
		w.after(w.upTo(time.Second), func() {
			if w.rng.IntN(2) == 0 {
				w.end(a.Channel, pick(w, queue.CauseNoCodec, queue.CauseFailed))
				return
			}
			w.tell(w.Answer(a.Channel))
			if w.rng.IntN(3) == 0 {
				w.after(6*time.Second, func() { w.quiet(a.Channel, true) })
				return
			}
			w.after(w.upTo(900*time.Millisecond), func() { w.end(a.Channel, pick(w, queue.CauseNormal, queue.CauseNoCodec)) })
		})
	case w.happens(w.Faults.Ignore, "rings out"):
	case w.happens(w.Faults.Conduct, "pickups"):
		w.later(w.upTo(3*time.Second), a.Channel, func(*channel) { w.pickUp(a.Channel) })
	default:
		w.later(w.upTo(5*time.Second), a.Channel, func(*channel) { w.tell(w.Answer(a.Channel)) })
	}
}

// quiet is a phone from which nothing comes: its person hangs up some time later, if nobody else does.
func (w *World) quiet(leg string, never bool) {
	if w.channels[leg] == nil {
		return
	}
	w.Seen["silent phones"]++
	w.tell(queue.LegSilent{Channel: leg, For: pick(w, 3*time.Second, 6*time.Second, 12*time.Second), Never: never, Anew: w.rng.IntN(3) == 0})
	w.after(w.upTo(time.Minute), func() { w.hangUp(leg) })
}

// pickUp lets somebody pick up what rings at another phone, whether they may have it or not.
func (w *World) pickUp(leg string) {
	if !w.isRinging(leg) {
		return
	}
	by := pick(w, slices.Sorted(maps.Keys(w.phones))...)
	w.order++
	id := fmt.Sprintf("pbx-%d.u%d", w.now.Unix(), w.order)
	w.tell(w.PickUp(leg, id, by))
	w.after(w.upTo(2*time.Minute), func() { w.hangUp(id) })
}

// dialSlots lets somebody dial the number of a slot now and then, whether they may have its caller or not, and whether there is one.
func (w *World) dialSlots(until time.Time) {
	if w.now.After(until) {
		return
	}
	w.after(w.upTo(20*time.Second), func() { w.dialSlots(until) })
	by := pick(w, slices.Sorted(maps.Keys(w.phones))...)
	w.order++
	id := fmt.Sprintf("pbx-%d.k%d", w.now.Unix(), w.order)
	w.Seen["slots dialled"]++
	w.tell(w.DialSlot(id, by, w.rng.IntN(4)))
	w.after(w.upTo(2*time.Minute), func() { w.hangUp(id) })
}

// talkElsewhere lets a phone have a call that is none of ours, for a while.
func (w *World) talkElsewhere(endpoint string) {
	w.tell(queue.PhoneChanged{Endpoint: endpoint, Reachable: w.phones[endpoint], InUse: true, Talks: w.rng.IntN(2) == 0})
	w.after(w.upTo(time.Minute), func() { w.tellsPhone(endpoint, false) })
}

// dialClient calls a client, who may be away, a machine, or on the phone with us.
func (w *World) dialClient(a queue.DialClient) {
	w.Seen["clients called"]++
	if !w.happens(w.Faults.Unplug, "the trunk says nothing") {
		w.after(w.upTo(3*time.Second), func() { w.progress(a.Channel, false) })
		if w.happens(w.Faults.ClientAway, "clients are heard before they answer") {
			w.after(w.upTo(5*time.Second), func() { w.progress(a.Channel, true) })
		}
	}
	switch {
	case w.happens(w.Faults.ClientAway, "clients are busy"):
		w.after(w.upTo(5*time.Second), func() { w.end(a.Channel, queue.CauseBusy) })
	case w.happens(w.Faults.Unplug, "the trunk fails"):
		w.after(w.upTo(2*time.Second), func() { w.end(a.Channel, pick(w, queue.CauseTrunk, queue.CauseFailed)) })
	case w.happens(w.Faults.ClientAway, "clients do not answer"):
		w.after(a.Timeout, func() { w.end(a.Channel, queue.CauseNoAnswer) })
	default:
		w.later(time.Second+w.upTo(10*time.Second), a.Channel, func(*channel) {
			w.tell(w.Answer(a.Channel))
			if w.happens(w.Faults.ClientAway, "clients hang up at once") {
				w.after(w.upTo(3*time.Second), func() { w.hangUp(a.Channel) })
			}
			w.after(5*time.Minute+w.upTo(5*time.Minute), func() { w.hangUp(a.Channel) })
		})
	}
}

// progress is told of a client's phone that has not answered yet.
func (w *World) progress(channel string, audio bool) {
	if w.isRinging(channel) {
		w.tell(queue.ClientProgress{Channel: channel, Audio: audio})
	}
}

// supervise is a supervisor who books callbacks of each class, some for one
// agent, and cancels one now and then, and gives other orders.
func (w *World) supervise(until time.Time) {
	if w.now.After(until) {
		return
	}
	w.after(w.upTo(4*time.Minute), func() { w.supervise(until) })
	queues := slices.Sorted(maps.Keys(w.Rules.Queues))
	ev := queue.BookCallback{
		Number: w.number(), Queue: pick(w, queues...), Language: pick(w, w.Rules.Languages...), Class: pick(w, queue.CallbackClasses...),
	}
	if w.rng.IntN(4) == 0 {
		ev.Owner = pick(w, slices.Sorted(maps.Keys(w.Rules.Agents))...)
	}
	w.tell(ev)
	if all := w.state.Callbacks(); len(all) > 0 && w.rng.IntN(10) == 0 {
		id := pick(w, all...).ID
		w.cancelled[id] = true
		w.tell(queue.CancelCallback{ID: id, By: "supervisor", Reason: "done in person"})
	}
	if w.odd("Asterisk is stopped") {
		w.stopAsterisk()
	}
	w.tell(pick[queue.Event](w,
		queue.SetNotice{Queues: queues[:1], By: "supervisor"}, queue.EndNotice{By: "supervisor"},
		queue.ClearNumber{Number: ev.Number, By: "supervisor", Reason: "they were right"}))
	w.orders()
	w.tell(queue.AcknowledgeAlarm{Alarm: "1-1", By: "supervisor"})
	w.tell(queue.EraseNumber{Number: fmt.Sprint("+9965550", 10+w.rng.IntN(90)), By: "admin", Reason: "simulated"})
	w.tell(queue.CorrectTimesheet{Agent: pick(w, slices.Sorted(maps.Keys(w.Rules.Agents))...), Day: w.now.In(w.Rules.Location).Format(time.DateOnly), Paid: time.Duration(w.rng.IntN(1500)) * time.Minute, Restore: w.rng.IntN(4) == 0, By: "supervisor", Reason: "simulated"})
	w.tell(queue.SetPenalty{Agent: pick(w, slices.Sorted(maps.Keys(w.Rules.Agents))...), Queue: ev.Queue, Penalty: w.rng.IntN(3), Config: w.rng.IntN(4) == 0, By: "supervisor"})
}

// orders gives orders about calls and callbacks, whether they may be given or not.
func (w *World) orders() {
	ids := slices.Sorted(maps.Keys(w.Rules.Agents))
	for _, c := range w.state.Calls() {
		switch w.rng.IntN(10) {
		case 0:
			w.tell(queue.EndCall{Call: c.ID, By: "supervisor", Reason: "simulated"})
			if w.rng.IntN(3) == 0 {
				w.tell(queue.EndCall{Call: c.ID, By: "supervisor", Reason: "at once"})
			}
		case 1, 2, 3:
			w.tell(queue.MoveCall{Call: c.ID, Queue: pick(w, slices.Sorted(maps.Keys(w.Rules.Queues))...), By: "supervisor", Reason: "simulated"})
		case 4:
			w.tell(queue.ListenTo{Call: c.ID, Phone: pick(w, ids...), Mode: pick(w, queue.MonitorModes...), By: "supervisor"})
		}
	}
	for _, cb := range w.state.Callbacks() {
		ev := queue.MoveCallback{ID: cb.ID, By: "supervisor", Reason: "simulated"}
		switch w.rng.IntN(8) {
		case 0:
			ev.Agent = pick(w, ids...)
		case 1:
			ev.Due = cb.DueAt.Add(-w.upTo(5 * time.Minute))
		default:
			continue
		}
		w.tell(ev)
	}
}

// listen lets a supervisor dial a code to hear an agent, now and then, and press keys,
// whether they are allowed to or not, and whether there is a talk or not.
func (w *World) listen(until time.Time) {
	if w.now.After(until) {
		return
	}
	w.after(w.upTo(20*time.Second), func() { w.listen(until) })
	ids := slices.Sorted(maps.Keys(w.Rules.Agents))
	supervisor, agent := pick(w, ids...), pick(w, ids...)
	w.order++
	id := fmt.Sprintf("pbx-%d.s%d", w.now.Unix(), w.order)
	w.tell(queue.Supervise{Phone: w.Rules.Agents[supervisor].Endpoint, Channel: id, Mode: pick(w, queue.MonitorModes...), Agent: agent})
	w.after(time.Second+w.upTo(2*time.Second), func() { w.tell(w.Arrive(id)) })
	for range w.rng.IntN(4) {
		w.after(w.upTo(30*time.Second), func() { w.keys(id, pick(w, "4", "5", "6", "#")) })
	}
	w.after(4*time.Second+w.upTo(time.Minute), func() { w.hangUp(id) })
}

// number is the number of a caller or a client.
func (w *World) number() string {
	if w.odd("numbers that are none") {
		return w.noNumber()
	}
	return fmt.Sprint("+99655500", w.rng.IntN(200))
}

// agentLife is a shift: log in, breaks, an unplugged phone, log out, again.
func (w *World) agentLife(id string, until time.Time) {
	if w.now.After(until) && len(w.state.Callbacks()) == 0 {
		w.tell(queue.LogOut{Agent: id})
		return
	}
	endpoint := w.Rules.Agents[id].Endpoint
	switch {
	case w.happens(w.Faults.Leave, "log-outs"):
		w.tell(queue.LogOut{Agent: id})
	case w.happens(w.Faults.Leave, "breaks"):
		w.tell(queue.SetStatus{Agent: id, Status: "coffee"})
	case w.happens(w.Faults.Unplug, "phones vanish"):
		w.phones[endpoint] = !w.phones[endpoint]
		w.tell(queue.PhoneChanged{Endpoint: endpoint, Reachable: w.phones[endpoint]})
		if !w.phones[endpoint] {
			for _, leg := range slices.Sorted(maps.Keys(w.channels)) {
				if c := w.channels[leg]; c != nil && c.agent() == id { // a snoop ends with what it hears
					w.end(leg, queue.CauseDropped)
				}
			}
		}
	case w.happens(w.Faults.Conduct, "calls of their own"):
		w.talkElsewhere(endpoint)
	default:
		w.tell(queue.LogIn{Agent: id, Trusted: true})
		w.tell(queue.SetStatus{Agent: id, Status: queue.StatusReady})
	}
	if w.happens(w.Faults.Conduct, "codes after a call") {
		w.tell(queue.SetResult{Agent: id, Code: fmt.Sprint(w.rng.IntN(4))})
		w.tell(queue.ExtendWrapUp{Agent: id})
		w.tell(queue.AskState{Agent: id})
	}
	w.after(w.upTo(time.Minute), func() { w.agentLife(id, until) })
}
