package queue

import (
	"fmt"
	"hash/fnv"
	"slices"
	"strconv"
	"strings"
	"time"

	"kezek/queue/internal/sorted"
)

// settle brings the index up to date and then gives free agents to waiting
// callers until no more can be given (invariant 6). Agents come before new
// calls, so that a new caller gets only an agent whom nobody before him could have.
func (s *State) settle() {
	s.refresh()
	x := &s.index
	for s.up {
		switch {
		case len(x.gone) > 0:
			agent := x.gone[0]
			x.gone = x.gone[1:]
			s.keeperLeft(agent)
		case len(x.freshLines) > 0:
			key := x.freshLines[0]
			x.freshLines = x.freshLines[1:]
			s.lineUnmanned(key)
		case len(x.freshAgents) > 0:
			if p := s.bestOfFresh(); p.id != "" {
				s.hand = s.entityOf(p)
				s.offer(p)
				s.refresh()
				s.mustProgress(p)
			}
		case len(x.freshCalls) > 0:
			slices.SortFunc(x.freshCalls, comparePlaces)
			p := x.freshCalls[0]
			x.freshCalls = x.freshCalls[1:]
			if s.isWaiting(p) {
				s.hand = s.entityOf(p)
				s.offer(p)
			}
		default:
			return
		}
		s.refresh()
	}
}

// isWaiting reports whether whoever has this place still waits there.
func (s *State) isWaiting(p place) bool {
	if p.callback {
		slot := s.index.callbackSlots[p.id]
		return slot.ready && slot.place == p
	}
	slot := s.index.callSlots[p.id]
	return slot.waiting && slot.place == p
}

// offer rings an agent for the caller or the callback of a place; false when there is none.
func (s *State) offer(p place) bool {
	if p.callback {
		return s.offerCallback(s.callbacks[p.id])
	}
	return s.offerTo(s.calls[p.id])
}

// bestOfFresh is the first of all callers and callbacks that any agent who has
// just become free may take. Agents who can take nobody, or are free no more, leave the list.
func (s *State) bestOfFresh() place {
	var best place
	useful := s.index.freshAgents[:0]
	for _, id := range s.index.freshAgents {
		a := s.agents[id]
		if a == nil || !s.isFree(a) {
			continue
		}
		p := s.bestFor(a)
		if p.id == "" {
			continue
		}
		useful = append(useful, id)
		if best.id == "" || comparePlaces(p, best) < 0 {
			best = p
		}
	}
	s.index.freshAgents = useful
	return best
}

// lineUnmanned is a line whose last agent logged out: its callers leave, or
// agents of other languages may take them from now on.
func (s *State) lineUnmanned(key lineKey) {
	q := s.rules.Queues[key.queue]
	if q == nil || s.index.staff[key] > 0 {
		return
	}
	if key.language != "" {
		if free := s.index.free[lineKey{q.Name, ""}]; q.Overflow && free != nil {
			for r := range free.All() {
				s.index.freshAgents = append(s.index.freshAgents, r.agent)
			}
		}
		return
	}
	if q.LeaveWhenEmpty {
		for _, c := range s.Calls() {
			if c.Queue == q.Name && c.State == Waiting {
				s.unserved(c, Empty)
			}
		}
	}
}

// bestFor is whom a free agent should take next: the first of all the lines
// that he may serve, whatever queue they belong to. One who owes a callback takes that or nothing.
func (s *State) bestFor(a *Agent) place {
	if a.Owes != "" {
		slot := s.index.callbackSlots[a.Owes]
		if cb := s.callbacks[a.Owes]; slot.ready && (!cb.Kept || cb.Owner == a.ID) {
			return slot.place
		}
		return place{}
	}
	r := s.agentRules(a.ID)
	var best place
	consider := func(sets map[lineKey]*sorted.Set[place], key lineKey) {
		if p, ok := first(sets, key); ok && (best.id == "" || comparePlaces(p, best) < 0) {
			best = p
		}
	}
	consider(s.index.kept, keeperKey(a.ID))
	for _, m := range r.Queues {
		q := s.rules.Queues[m.Queue]
		if q == nil || !r.mayServe(q) {
			continue
		}
		for _, l := range s.rules.Languages {
			key := lineKey{q.Name, l}
			switch {
			case r.Speaks(l) || q.Overflow && s.index.staff[key] == 0:
				consider(s.index.waiting, key)
			case q.Overflow:
				consider(s.index.overflowed, key)
			}
		}
	}
	return best
}

// candidates are the free agents whom the caller's phones to ring belong to:
// one, or with ringall all of the lowest penalty. Agents of his own language come first.
func (s *State) candidates(c *Call) []*Agent {
	q := s.rules.Queues[c.Queue]
	if q == nil {
		return nil
	}
	if c.Keeper != "" {
		if a := s.agents[c.Keeper]; s.isFree(a) && a.Owes == "" {
			return []*Agent{a}
		}
		return nil
	}
	own := lineKey{q.Name, c.Language}
	if found := s.byStrategy(q, own); found != nil {
		return found
	}
	if q.Overflow && (c.Overflowed || s.index.staff[own] == 0) {
		return s.byStrategy(q, lineKey{q.Name, ""})
	}
	return nil
}

// byStrategy picks among the free agents of a line.
func (s *State) byStrategy(q *QueueRules, key lineKey) []*Agent {
	best, ok := first(s.index.free, key)
	if !ok {
		return nil
	}
	free := s.index.free[key]
	switch q.Strategy {
	case RingAll:
		var all []*Agent
		for r := range free.All() {
			if r.penalty != best.penalty {
				break
			}
			all = append(all, s.agents[r.agent])
		}
		return all
	case RRMemory:
		if last := s.agentRules(s.lastAgent(q.Name)); last != nil {
			after := rank{best.penalty, best.skills, int64(last.Order) + 1, ""}
			if next, ok := free.Ceil(after); ok && next.penalty == best.penalty && next.skills == best.skills {
				best = next
			}
		}
	}
	return []*Agent{s.agents[best.agent]}
}

func (s *State) lastAgent(queue string) string {
	if l := s.lines[queue]; l != nil {
		return l.LastAgent
	}
	return ""
}

// rankIn is where a free agent stands among the free agents of a queue.
func (s *State) rankIn(a *Agent, r *AgentRules, q *QueueRules, penalty int) rank {
	rk := rank{penalty: penalty, agent: a.ID}
	if q.FewestSkillsFirst && q.Strategy != RingAll {
		rk.skills = r.skillCount()
	}
	switch q.Strategy {
	case LeastRecent:
		if !a.LastCall.IsZero() {
			rk.metric = a.LastCall.UnixNano()
		}
	case FewestCalls:
		rk.metric = int64(a.Calls)
	case Linear, RRMemory:
		rk.metric = int64(r.Order)
	case Random:
		rk.metric = chance(a)
	case WRandom:
		// As app_queue draws it: penalty widens the range instead of coming first.
		rk.penalty, rk.metric = 0, chance(a)%int64((1+penalty)*1000)
	}
	return rk
}

// chance is a number that looks random but follows from the agent's state, so
// that the same events always give the same decisions. It changes whenever his status does.
func chance(a *Agent) int64 {
	h := fnv.New64a()
	h.Write([]byte(a.ID))
	h.Write([]byte(strconv.FormatInt(a.Since.UnixNano(), 36)))
	return int64(h.Sum64() >> 1)
}

// offerTo rings the phones of a waiting caller's candidates; false when there are none.
func (s *State) offerTo(c *Call) bool {
	agents := s.candidates(c)
	if len(agents) == 0 {
		return false
	}
	q := s.queueRules(c.Queue)
	s.enter(c, Offered)
	c.RingBy = s.now.Add(q.Ring.Timeout)
	tell := !c.ToldOther
	for _, a := range agents {
		r := s.agentRules(a.ID)
		leg := s.nextID(c, c.ID, "a")
		c.Offers = append(c.Offers, Offer{Agent: a.ID, Leg: leg, Since: s.now})
		a.Call, a.Leg = c.ID, leg
		s.become(a, Ringing)
		tell = tell && !r.Speaks(c.Language)
		s.do(Dial{
			Channel: leg, Endpoint: s.phoneOf(a), For: c.ID,
			CallerName: s.callerName(c, q), CallerNumber: c.Number,
			AutoAnswer: q.AutoAnswer, Timeout: q.Ring.Timeout + goneGuard,
		})
		e := c.entry(CallOffered)
		e.Agent, e.Wait = a.ID, s.now.Sub(c.Entered)
		s.note(e)
	}
	if q.Strategy == RRMemory {
		s.line(q.Name).LastAgent = agents[0].ID
	}
	first := s.noticeFor(c)
	if tell {
		c.ToldOther = true
		first = append(first, c.say("other-language"))
	}
	if len(first) > 0 {
		s.tellFirst(c, first...)
	}
	return true
}

// tellFirst tells a caller what he must have heard before he is connected.
func (s *State) tellFirst(c *Call, phrases ...Phrase) {
	s.play(c, phrases...)
	c.Telling = c.Playing
	c.Notified = c.Notified || slices.ContainsFunc(phrases, func(p Phrase) bool { return p.ID == recordedPhrase })
}

// callerName tells the agent what comes before he speaks: language, queue, wait, number.
func (s *State) callerName(c *Call, q *QueueRules) string {
	wait := s.now.Sub(c.Entered).Round(time.Second)
	name := fmt.Sprintf("%s %s %d:%02d", strings.ToUpper(string(c.Language)), q.Name, int(wait.Minutes()), int(wait.Seconds())%60)
	if c.Head {
		name += " *"
	}
	return name + s.flagOf(c.Number)
}

// nextID makes an id for a leg, bridge or playback. The prefix names the exchange, and no id is used twice.
func (s *State) nextID(c *Call, prefix, kind string) string {
	c.Serial++
	return serial(prefix, kind, c.Serial)
}

func serial(prefix, kind string, n int) string { return prefix + "-" + kind + strconv.Itoa(n) }

func (c *Call) offerOf(leg string) *Offer {
	for i := range c.Offers {
		if c.Offers[i].Leg == leg {
			return &c.Offers[i]
		}
	}
	return nil
}

// answeredOffer is the agent who is on the line but not connected yet.
func (c *Call) answeredOffer() *Offer {
	for i := range c.Offers {
		if c.Offers[i].Answered {
			return &c.Offers[i]
		}
	}
	return nil
}

// drop takes an offer off the call.
func (c *Call) drop(leg string) {
	c.Offers = slices.DeleteFunc(c.Offers, func(o Offer) bool { return o.Leg == leg })
}

// withdraw ends a ringing phone that did nothing wrong.
func (s *State) withdraw(c *Call, o Offer, reason HangupReason) {
	c.drop(o.Leg)
	s.touch(c)
	a := s.agents[o.Agent]
	s.endLeg(a, reason)
	s.release(a)
}

// endLeg tells an agent's channel to end. He is free only when it is gone.
func (s *State) endLeg(a *Agent, reason HangupReason) {
	s.do(Hangup{a.Leg, reason})
	a.LegBy = s.now.Add(goneGuard)
	s.touch(a)
}

// ringOver ends an offer that nobody took in time.
func (s *State) ringOver(c *Call) {
	if o := c.answeredOffer(); o != nil {
		o.Whisper, c.RingBy = "", s.now.Add(playGuard) // the whisper's end was never told
		s.connectIfReady(c)
		return
	}
	for _, o := range slices.Clone(c.Offers) {
		s.endLeg(s.agents[o.Agent], HangupNormal)
		s.miss(c, o, NoAnswer)
	}
}

// miss is an offer that an agent did not take. The caller keeps his place and goes to the next at once.
func (s *State) miss(c *Call, o Offer, why Cause) {
	q := s.queueRules(c.Queue)
	c.drop(o.Leg)
	s.touch(c)
	e := c.entry(CallMissed)
	e.Agent, e.Cause, e.Ring = o.Agent, why, s.now.Sub(o.Since)
	s.note(e)
	a := s.agents[o.Agent]
	switch why {
	case Declined, Busy, NoAnswer, Normal:
		c.Misses++
		a.MissedInRow++
	}
	a.RestUntil = s.now.Add(q.Ring.Rest)
	if q.Ring.PauseAfter > 0 && a.MissedInRow >= q.Ring.PauseAfter && a.After == "" {
		a.After = Missed
	}
	s.release(a)
	if c.Keeper == a.ID {
		s.letGoOfKeeper(c)
	}
	if len(c.Offers) == 0 {
		if c.Playing != "" && c.Playing == c.Telling {
			c.ToldOther, c.Notified = false, false // nobody has answered him yet: he is told again next time
		}
		c.Telling = ""
		s.enter(c, Waiting)
	}
}

// offerAnswered connects the first agent who picks up; all others stop ringing.
func (s *State) offerAnswered(c *Call, a *Agent) {
	if c.answeredOffer() != nil {
		return
	}
	for _, o := range slices.Clone(c.Offers) {
		if o.Leg != a.Leg {
			s.withdraw(c, o, HangupAnsweredElsewhere)
		}
	}
	o := c.offerOf(a.Leg)
	o.Answered = true
	c.RingBy = s.now.Add(playGuard)
	s.touch(c)
	if q := s.queueRules(c.Queue); q.Whisper {
		r := s.agentRules(a.ID)
		o.Whisper = s.nextID(c, a.Leg, "p")
		words := []Phrase{{ID: "whisper-" + string(c.Language), Language: r.Speech}}
		s.do(Play{a.Leg, o.Whisper, s.flagWords(words, c.Number, r.Speech)})
	}
	s.connectIfReady(c)
}

// whisperEnded goes on when the agent has heard what comes.
func (s *State) whisperEnded(c *Call, playback string) {
	if o := c.answeredOffer(); o != nil && o.Whisper == playback && playback != "" {
		o.Whisper = ""
		s.touch(c)
		s.connectIfReady(c)
	}
}

// connectIfReady connects an agent who picked up, unless he still hears the
// whisper or the caller is still being told about the language. Any other
// announcement is cut short: none delays a connection. It reports whether he is
// connected now, or hears what he must have heard before.
func (s *State) connectIfReady(c *Call) bool {
	o := c.answeredOffer()
	if o == nil || o.Whisper != "" || c.Playing != "" && c.Playing == c.Telling {
		return false
	}
	if notice := s.noticeFor(c); len(notice) > 0 { // it was cut short
		s.tellFirst(c, notice...)
		return true
	}
	s.connect(c, *o)
	return true
}

// isFree reports whether an agent may be offered a call now.
func (s *State) isFree(a *Agent) bool {
	r := s.agentRules(a.ID)
	return a.Status == Ready && a.Reachable && !a.InUse && a.Leg == "" && a.RestUntil.IsZero() && r != nil && s.mayWork(r)
}
