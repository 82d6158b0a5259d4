package queuetest

import (
	"slices"
	"strings"
	"time"

	"kezek/queue"
)

// What must hold in every world.

// checkHold holds that no hold reaches its limit, even if the daemon is away for some seconds of it.
func (w *World) checkHold(e queue.Entry) {
	if e.Kind != queue.EntryHoldEnded {
		return
	}
	w.Seen["hold "+string(e.More().HoldEnd)]++
	if r := w.Rules.Queues[e.Queue].Hold; e.Hold >= r.Limit && w.now.Sub(w.away) > r.Limit-r.Act {
		w.fail("%s was on hold for %v", e.Call, e.Hold)
	}
}

// checkRest holds that no call rings at an agent who declined one, until the rest of its queue is over
// or the agent has logged in anew. A rule that lets agents decline without a rest belongs here, too.
func (w *World) checkRest(e queue.Entry) {
	switch e.Kind {
	case queue.EntryCallMissed:
		if e.Cause == queue.CauseDeclined {
			w.rests[e.Agent] = e.At.Add(w.Rules.Queues[e.Queue].Ring.Rest)
		}
	case queue.EntryAgentLogOut:
		delete(w.rests, e.Agent)
	case queue.EntryCallOffered:
		if e.At.Before(w.rests[e.Agent]) {
			w.fail("%s rings at %s, who declined and rests until %v", e.Call, e.Agent, w.rests[e.Agent].Sub(start))
		}
	}
}

// checkTalk holds what a caller would notice: the agent speaks the language of the caller, who was told otherwise.
func (w *World) checkTalk(a queue.Connect) {
	agent, caller := w.channels[a.Agent], w.channels[a.Caller]
	taken := agent.dials || agent.joined && caller.joined || agent.phone == "" && agent.client == "" // out of a call of the exchange's own
	if !taken && agent.rungFor != w.first(a.Caller) && caller.rungFor != w.first(a.Agent) {
		w.fail("neither %s nor %s was rung for the other: they may speak different codecs", a.Agent, a.Caller)
	}
	for id, c := range w.channels {
		if id != a.Agent && w.Rules.Agents[c.agent()] != nil && c.phone == agent.phone && c.bridge != "" {
			w.fail("agent %s talks on %s and %s", c.agent(), id, a.Agent)
		}
	}
}

// checkQuiet holds that nothing plays on a channel when something else is to be heard there.
func (w *World) checkQuiet(id string, a queue.Action) {
	if p, plays := a.(queue.Play); plays && w.channels[id] != nil && w.channels[id].playing == p.ID {
		return // it is begun already
	}
	if c := w.channels[id]; c != nil && (c.playing != "" || c.music) {
		w.fail("%T %+v over %q or music (%v)", a, a, c.playing, c.music)
	}
}

// checkDial holds that nobody who talks is rung, but for one whose leg is nobody's any more: it is told to end at the same time. So is
// a ring that was given up before it was done.
func (w *World) checkDial(a queue.Dial) {
	agent := strings.TrimPrefix(a.Endpoint, "PJSIP/")
	if w.Rules.Agents[agent] == nil || w.state.Owner(a.Channel) == nil || strings.HasPrefix(a.CallerName, "HOLD ") { // a recall of one whose phone holds, maybe with a supervisor on the line
		return
	}
	for id, c := range w.channels {
		if c.agent() == agent && c.up && !c.holds && len(w.bridges[c.bridge]) > 1 && w.state.Owner(id) != nil {
			w.fail("agent %s talks on %s and is rung on %s", agent, id, a.Channel)
		}
	}
}

// checkDialClient holds that nobody is called twice, and none of the site's own numbers.
func (w *World) checkDialClient(a queue.DialClient) {
	if w.isNone(a.Number) || w.Rules.Agents[a.Number] != nil {
		w.fail("%q is called, which is no client's", a.Number)
	}
	for id, c := range w.channels {
		if c.client == a.Number {
			w.fail("%s is called twice: %s and %s", a.Number, id, a.Channel)
		}
	}
}

// checkAfter holds that all is over: no call, channel or bridge is left, and every call has one record.
func (w *World) checkAfter() {
	if left := w.state.Calls(); len(left) > 0 {
		w.fail("%d calls never ended, such as %+v", len(left), left[0])
	}
	for id, c := range w.channels {
		w.fail("channel %s (%+v) is left on the exchange", id, *c)
	}
	for id := range w.bridges {
		w.fail("bridge %s is left on the exchange", id)
	}
	records := map[string]int{}
	for _, e := range w.journal {
		if e.Kind == queue.EntryCallEnded {
			w.Seen["ended "+string(e.Outcome)]++
			w.checkRating(e)
			if records[e.Call]++; records[e.Call] > 1 {
				w.fail("call %s has %d records", e.Call, records[e.Call])
			}
		}
	}
	for _, c := range w.state.Snapshot().Callers {
		if w.isNone(c.Number) {
			w.fail("something is remembered of %q, which is nobody's number", c.Number)
		}
	}
	w.checkPromises()
	w.checkCounted()
	w.checkHolds()
	w.checkResults()
	for _, e := range w.journal {
		if e.Kind == queue.EntryCallEntered && records[e.Call] != 1 {
			w.fail("call %s has %d records", e.Call, records[e.Call])
		}
	}
}

// checkRating holds that only callers whose agents hung up first rate them.
func (w *World) checkRating(e queue.Entry) {
	rating := e.More().Rating
	if rating == 0 {
		return
	}
	w.Seen["ratings"]++
	if rating < queue.WorstRating || rating > queue.BestRating || e.Outcome != queue.OutcomeCompletedByAgent || !w.Rules.Queues[e.Queue].Rating.Ask {
		w.fail("%s, which ended as %s, is rated %d", e.Call, e.Outcome, rating)
	}
}

// checkResults holds that agents record the results of their own talks, and that a
// call's record has one that was recorded for it.
func (w *World) checkResults() {
	talked, written := map[string]bool{}, map[string]bool{}
	for _, e := range w.journal {
		switch result := e.More().Result; e.Kind {
		case queue.EntryCallAnswered, queue.EntryCallPickedUp:
			talked[e.Call+" "+e.Agent] = true
		case queue.EntryCallResult:
			w.Seen["results"]++
			if !talked[e.Call+" "+e.Agent] || w.Rules.Results[result] == nil {
				w.fail("%s wrote %q down for %s", e.Agent, result, e.Call)
			}
			written[e.Call+" "+result] = true
		case queue.EntryCallEnded:
			if result != "" && !written[e.Call+" "+result] {
				w.fail("%s ended with the result %q, which nobody wrote down", e.Call, result)
			}
		}
	}
}

// checkHolds holds that every hold ended once, in a known way, and is in the call's record.
func (w *World) checkHolds() {
	running, total := map[string]bool{}, map[string]time.Duration{}
	for _, e := range w.journal {
		switch e.Kind {
		case queue.EntryHoldStarted:
			if running[e.Call] {
				w.fail("%s is put on hold twice", e.Call)
			}
			running[e.Call] = true
		case queue.EntryHoldEnded:
			if !running[e.Call] || !slices.Contains(queue.HoldEnds, e.More().HoldEnd) {
				w.fail("a hold of %s ended as %q, running %v", e.Call, e.More().HoldEnd, running[e.Call])
			}
			running[e.Call] = false
			total[e.Call] += e.Hold
		case queue.EntryCallEnded:
			if running[e.Call] || e.Hold != total[e.Call] {
				w.fail("%s was on hold for %v, recorded as %v, and is held: %v", e.Call, total[e.Call], e.Hold, running[e.Call])
			}
		}
	}
}

// checkPromises holds that every callback that was promised ended once, in an allowed way.
func (w *World) checkPromises() {
	if left := w.state.Callbacks(); len(left) > 0 {
		w.fail("%d callbacks never ended, such as %+v", len(left), left[0])
	}
	ended := map[string]int{}
	for _, e := range w.journal {
		switch e.Kind {
		case queue.EntryCallbackEnded:
			w.Seen["callback "+string(e.CallbackOutcome)]++
			ended[e.Callback]++
			w.checkOutcome(e)
		case queue.EntryViolation:
			w.Seen["violation "+string(e.More().Violation)]++
		}
	}
	for _, e := range w.journal {
		if e.Kind == queue.EntryCallbackBooked {
			w.Seen["callbacks"]++
			if ended[e.Callback] != 1 {
				w.fail("callback %s of %s ended %d times", e.Callback, e.Number, ended[e.Callback])
			}
		}
	}
}

// checkOutcome holds that a callback ended as it says: only a supervisor cancels
// it, and it is unreached only after all attempts.
func (w *World) checkOutcome(e queue.Entry) {
	cb := w.saved.CallbackOver(e.Callback)
	if cb == nil {
		w.fail("callback %s is over and not in the store", e.Callback)
		return
	}
	r := w.Rules.Queues[cb.Queue].Callback
	failed := 0
	for _, attempt := range cb.Attempts {
		if attempt.Cause != "" {
			failed++
		}
	}
	kept := false
	switch cb.Outcome {
	case queue.CallbackCompleted:
		kept = len(cb.Attempts) > failed
	case queue.CallbackReached:
		kept = w.answered[cb.Number]
	case queue.CallbackUnreached:
		kept = failed == r.Attempts+r.LateAttempts
	case queue.CallbackCancelled:
		kept = w.cancelled[cb.ID]
	}
	if !kept || cb.Outcome != e.CallbackOutcome {
		w.fail("callback %s of %s ended as %q after %d failed attempts of %d", cb.ID, cb.Number, cb.Outcome, failed, len(cb.Attempts))
	}
}

// late is a callback that reached its deadline before the first attempt, when
// the client did not call in meanwhile.
const late = "callbacks late"

func (w *World) countLate(journal []queue.Entry) {
	for _, e := range journal {
		switch e.Kind {
		case queue.EntryCallbackCameIn:
			w.cameIn[e.Callback] = true
		case queue.EntryCallbackBreached:
			cb := find(w.state.Callbacks(), func(cb *queue.Callback) bool { return cb.ID == e.Callback })
			if cb != nil && len(cb.Attempts) == 0 && !w.cameIn[cb.ID] {
				w.Seen[late]++
			}
		}
	}
}
