package queuetest

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"kezek/queue"
)

// What phones, callers, and Asterisk do in the simulator that nobody expects of them.

// odd decides by chance whether something odd happens, and counts; often, whether it does where there are few occasions for it.
func (w *World) odd(what string) bool   { return w.Faults.Odd > 0 && w.happens(w.Faults.Odd, what) }
func (w *World) often(what string) bool { return w.Faults.Odd > 0 && w.happens(0.5, what) }

// tellsPhone is a phone that has a call of its own, and is on the line in it, or has none.
func (w *World) tellsPhone(endpoint string, talks bool) {
	w.tell(queue.PhoneChanged{Endpoint: endpoint, Reachable: w.phones[endpoint], InUse: talks, Talks: talks})
}

// moveLeg lets an operator's panel move a leg out of its talk. The phone talks on elsewhere, which is told first.
func (w *World) moveLeg(leg string) {
	if c := w.channels[leg]; c != nil && c.phone != "" {
		w.tellsPhone(c.phone, true)
		w.end(leg, queue.CauseNormal)
		w.after(w.upTo(time.Minute), func() { w.tellsPhone(c.phone, false) })
	}
}

// holdEarly is the hold key of a phone that rings, maybe released once the talk has begun.
func (w *World) holdEarly(leg string, c *channel) {
	c.holds = true
	w.tell(queue.HoldPressed{Channel: leg})
	w.later(w.upTo(20*time.Second), leg, func(c *channel) {
		if c.holds {
			c.holds = false
			w.tell(queue.HoldReleased{Channel: leg})
		}
	})
}

// hangUpOnFailure lets a phone hang up when it is told that its transfer has failed, as softphones do.
func (w *World) hangUpOnFailure(leg string) {
	if c := find(w.state.Calls(), func(c *queue.Call) bool { return c.Leg == leg }); c != nil {
		w.refused[c.ID] = w.clock()
	}
	w.later(10*time.Millisecond+w.upTo(4*time.Second), leg, func(*channel) { w.hangUp(leg) })
}

// keysAtTheEdge lets a caller press keys right after the menu has given up.
func (w *World) keysAtTheEdge(call string) {
	for range 1 + w.rng.IntN(3) {
		w.later(w.upTo(3*time.Second), call, func(*channel) { w.keys(call, pick(w, "1", "1", "2", "*")) })
	}
}

// keysNumber lets a caller key a number in, maybe one of the site's own, and say that it is right.
func (w *World) keysNumber(call string) {
	number := pick(w, fmt.Sprint("055500", 100+w.rng.IntN(100)), "0312900800", "000000000", "1")
	w.later(w.upTo(5*time.Second), call, func(*channel) { w.keys(call, number+"#") })
}

// noNumber is what callers present who have none, and numbers of the site's own.
func (w *World) noNumber() string { return pick(w, "", w.Rules.Trunk.CallerID, "200", "1002") }

// isNone reports whether a number is none: withheld, or a line of the site.
func (w *World) isNone(number string) bool {
	isLine := func(q *queue.QueueRules) bool { return slices.Contains(q.DID, number) }
	return number == "" || number == w.Rules.Trunk.CallerID || slices.ContainsFunc(slices.Collect(maps.Values(w.Rules.Queues)), isLine)
}

// stopAsterisk ends all channels at once, and Asterisk is there again a moment later.
func (w *World) stopAsterisk() {
	for _, c := range w.state.Calls() {
		agentLeft := c.Leg != "" && w.channels[c.Leg] == nil // which is on its way to the rules
		if w.channels[c.ID] != nil && c.State != queue.CallEnding && !agentLeft {
			w.stopped[c.ID] = true
		}
	}
	for _, id := range slices.Sorted(maps.Keys(w.channels)) {
		w.end(id, queue.CauseLost)
	}
	w.Restart(w.clock())
	if w.connected {
		w.disconnect()
	}
}

// checkOdd holds what became of those calls.
func (w *World) checkOdd(e queue.Entry) {
	switch e.Kind {
	case queue.EntryCallEntered:
		c := find(w.state.Calls(), func(c *queue.Call) bool { return c.ID == e.Call })
		if c == nil || c.MenuOver.IsZero() || len(c.Visits) > 1 {
			return
		}
		w.entered[e.Call] = e.At
		if w.often("keys at the edge of the menu") {
			w.keysAtTheEdge(e.Call)
		}
	case queue.EntryCallAnswered, queue.EntryCallRequeued:
		delete(w.entered, e.Call)
		delete(w.refused, e.Call)
	case queue.EntryCallEnded:
		if at, menu := w.entered[e.Call]; menu && e.Outcome == queue.OutcomeCallback && e.At.Sub(at) < w.Rules.Menu.Late {
			w.fail("a key that was pressed for the menu has booked a callback in %s", e.Call)
		}
		w.checkRefused(e)
		if w.stopped[e.Call] && slices.Contains([]queue.Outcome{queue.OutcomeAbandoned, queue.OutcomeCompletedByAgent, queue.OutcomeCompletedByCaller}, e.Outcome) {
			w.fail("%s, which was lost with Asterisk, ended as %s", e.Call, e.Outcome)
		}
	}
}

// checkRefused holds that no caller is sent away by the end of a line whose agent was told just before that the transfer has failed.
func (w *World) checkRefused(e queue.Entry) {
	at, failed := w.refused[e.Call]
	talks := e.More().Talks
	if !failed || len(talks) == 0 || e.Outcome != queue.OutcomeCompletedByAgent {
		return
	}
	last := talks[len(talks)-1]
	if after := last.Start.Add(last.Length).Sub(at); after > 0 && after < 4*time.Second {
		w.fail("the caller of %s is sent away %v after a transfer that failed", e.Call, after)
	}
}
