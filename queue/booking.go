package queue

import (
	"cmp"
	"strconv"
	"strings"
	"time"
)

// A callback that is asked for says whose it is, for which queue, of what class and from where. If it has
// no refusal it may be booked, which completes it.

// refusal tells why a callback that is asked for cannot be kept, and so must not be promised; empty when it can.
func (cb *Callback) refusal(s *State) Refusal {
	q := s.queueRules(cb.Queue)
	due := q.Callback.Due(cb.Class)
	switch {
	case cb.Number == "":
		return RefusalNumberUnknown
	case !s.allowsClient(cb.Number):
		return RefusalNumberNotAllowed
	case s.promiseTo(cb.Number) != nil:
		return "" // it is the same promise
	case s.callers[cb.Number].dialledEnough(s.rules.Trunk.PerNumber, s.now):
		return RefusalNumberLimit
	}
	from := q.opening(s.now, s.rules.Location)
	if !q.open(from.Add(due), s.rules.Location) {
		return RefusalTooNearClosing
	}
	open := 0
	for _, l := range s.rules.Languages {
		open += s.index.dues.of(lineOf(cb.Queue, l)).Len()
	}
	if most := q.Callback.MaxOpen; most > 0 && open >= most || s.rules.Trunk.MaxOpen > 0 && len(s.callbacks) >= s.rules.Trunk.MaxOpen {
		return RefusalTooManyOpen
	}
	if cb.Unverified && s.tooManyUnverified(cb) {
		return RefusalTooManyUnverified
	}
	if from.After(s.now) {
		return "" // who will be on shift then is not known
	}
	// One after the other, all open ones and this one must fit before its deadline.
	agents, ahead, handle := q.servers(s, cb.Language), s.index.dues.of(lineOf(cb.Queue, cb.Language)).Len(), q.handleTime(s)
	switch {
	case agents == 0:
		return RefusalNobodyOnShift
	case handle > due:
		return RefusalTooLittleTime
	case handle*time.Duration(ahead/agents+1) > due:
		return RefusalTooManyOpen
	}
	// Of that time those for unverified numbers have a share, but one may always be made.
	if n := s.index.unverified[lineOf(cb.Queue, cb.Language)]; cb.Unverified && n > 0 &&
		handle*time.Duration(n/agents+1) > due*time.Duration(q.Callback.Unverified.Share)/100 {
		return RefusalTooManyUnverified
	}
	return ""
}

// tooManyUnverified reports whether callbacks for unverified numbers have their share of the book of the queue
// or of the site, or as many as may be were booked within the hour.
func (s *State) tooManyUnverified(cb *Callback) bool {
	r := s.queueRules(cb.Queue).Callback
	inQueue, inAll := 0, 0
	for line, n := range s.index.unverified { // a sum, in whatever order
		inAll += n
		if line.Queue == cb.Queue {
			inQueue += n
		}
	}
	return r.MaxOpen > 0 && inQueue*100 >= r.MaxOpen*r.Unverified.Share ||
		s.rules.Trunk.MaxOpen > 0 && inAll*100 >= s.rules.Trunk.MaxOpen*r.Unverified.Share ||
		s.lines[cb.Queue].bookedUnverified(s.now) >= r.Unverified.PerHour
}

// book makes the promise, or merges it into the one that the number has: the
// earlier place and the stricter deadline win. It must have passed refusal.
func (cb *Callback) book(s *State) *Callback {
	q := s.queueRules(cb.Queue)
	due := q.Callback.Due(cb.Class)
	cb.From = q.opening(s.now, s.rules.Location)
	cb.DueAt = cb.From.Add(due)
	if has := s.promiseTo(cb.Number); has != nil {
		has.Tighten(cb)
		has.Note = cmp.Or(cb.Note, has.Note)
		if has.State != CallbackBooking { // then it is planned when it is safe
			has.planUrgency(s)
		}
		s.touch(has)
		has.note(s, Entry{Kind: EntryCallbackMerged, Details: &Details{Due: has.DueAt, Origin: cb.Origin}})
		return has
	}
	if kept := s.callbackOf(cb.Number); kept != nil {
		kept.kept(s, kept.keptIn(s))
	}
	cb.ID, cb.State, cb.Since, cb.Created = s.newCallbackID(), CallbackBooking, s.now, s.now
	cb.Kept = cb.Owner != ""
	switch {
	case cb.From.After(s.now):
		cb.NextAt = cb.From
	case cb.Booker != "": // the agent needs some time to prepare the answer
		cb.NextAt = s.now.Add(due / 3)
	}
	s.callbacks[cb.ID] = cb
	s.touch(cb)
	if cb.Unverified {
		s.line(cb.Queue).bookUnverified(s.now)
	}
	s.fx.Promises = append(s.fx.Promises, cb.ID)
	return cb
}

// callbackOf is the callback of a number that is not over.
func (s *State) callbackOf(number string) *Callback {
	return s.callbacks[s.index.numbers[number]]
}

// callerBooking is what a caller in line asks for: it keeps the caller's true place.
func (c *Call) callerBooking(s *State) *Callback {
	cb := &Callback{
		Number: cmp.Or(c.Keyed, c.Number), Queue: c.Queue, Language: c.Language, Class: ClassInformation,
		Origin: "caller", Place: c.Place, Priority: c.Priority, Caller: c.ID,
	}
	cb.Unverified = c.Keyed != "" || c.Answered.IsZero() && !s.isVerified(c.Number)
	if c.Outcome == OutcomeClosed {
		cb.Origin, cb.Place = "closed", s.now
	}
	return cb
}

// promiseTo is the callback that a new promise to a number is merged into: not one that is
// over but for the last words of the talk that has kept it.
func (s *State) promiseTo(number string) *Callback {
	if cb := s.callbackOf(number); cb != nil && cb.keptIn(s) == nil {
		return cb
	}
	return nil
}

const callbackIDPrefix = "cb-"

// newCallbackID makes an id from the time. None is used twice, not even the id of a
// callback that is over and kept in the store.
func (s *State) newCallbackID() string {
	s.lastID = max(s.lastID+1, s.now.Add(s.idsAhead).UnixMicro())
	return callbackIDPrefix + strconv.FormatInt(s.lastID, 36)
}

// keepID keeps an id that was loaded from being given again, should the clock have been set back.
func (s *State) keepID(id string) {
	if made, ok := strings.CutPrefix(id, callbackIDPrefix); ok {
		if n, err := strconv.ParseInt(made, 36, 64); err == nil && n < newest.UnixMicro() {
			s.lastID = max(s.lastID, n)
		}
	}
}
