package queue

import (
	"slices"
	"time"
)

// Step does what the rules say about an event. Time never runs backwards in
// here: an earlier time counts as the latest one seen, unless [ClockSet] says that the clock was set.
func (s *State) Step(at time.Time, ev Event) Effects {
	if s.now.IsZero() {
		s.alignClock(at)
	} else if at.After(s.now) {
		s.now = at
	}
	s.fx.Answer, s.hand, s.wrongMove = Answer{}, nil, nil
	for _, a := range s.dropped {
		a.noteLogOut(s, ShiftAgentRemoved, "", "")
	}
	s.dropped = nil
	ev.happen(s)
	s.by, s.phone = "", "" // what follows from it is the rules' own
	s.settle()
	s.nextAlarm()
	s.showLamps()
	noteCDRs(s)
	s.collect()
	return s.fx.take()
}

// What happens to a channel goes to its party.
func (ev LegAnswered) happen(s *State)    { s.at(ev.Channel).answered(s, ev.Rang) }
func (ev ClientProgress) happen(s *State) { s.at(ev.Channel).progress(s, ev.Audio) }
func (ev ChannelGone) happen(s *State) {
	if ev.Cause == CauseLost { // Asterisk is being stopped: nothing can be asked of it until [Synced]
		s.up = false
	}
	s.at(ev.Channel).gone(s, ev.Cause)
}

func (ev KeyPressed) happen(s *State)        { s.at(ev.Channel).key(s, ev.Key) }
func (ev HoldPressed) happen(s *State)       { s.at(ev.Channel).hold(s, true) }
func (ev HoldReleased) happen(s *State)      { s.at(ev.Channel).hold(s, false) }
func (ev CallerSpeaks) happen(s *State)      { s.at(ev.Channel).speaks(s) }
func (ev RecordingBroke) happen(s *State)    { s.at(ev.Channel).recordingBroke(s, ev) }
func (ev TransferPressed) happen(s *State)   { s.at(ev.Channel).transfer(s, ev) }
func (ev Identified) happen(s *State)        { s.at(ev.Channel).identified(s, ev.Number, ev.Name) }
func (ev LegPushedOut) happen(s *State)      { s.at(ev.Channel).pushedOut(s) }
func (ev LegSilent) happen(s *State)         { s.at(ev.Channel).silent(s, ev) }
func (ev SupervisorArrived) happen(s *State) { s.at(ev.Channel).arrived(s) }

// happen gives what rings to the one who picked it up, if they may have it.
func (ev LegPickedUp) happen(s *State) {
	p, by := s.at(ev.Leg), s.agentAt(ev.Phone)
	switch {
	case s.Owner(ev.Channel) != nil: // told twice
	case s.Owner(ev.Leg) == nil: // it had been given up at the same moment
		s.do(Hangup{ev.Channel, HangupNormal})
	case !p.pickedUp(s, by, ev):
		if !p.ringsAnew(s) {
			p.gone(s, CauseCancelled)
		}
		s.refusePickup(by, ev.Phone, ev.Channel, RefusalPickup, "pickup-refused")
	}
}

func (ev SlotDialled) happen(s *State) {
	if s.Owner(ev.Channel) == nil { // otherwise it is told twice
		s.dialSlot(ev)
	}
}

func (ev PlayEnded) happen(s *State) {
	if ev.Playback != "" { // otherwise it is about none, also where the rules have none
		s.at(ev.Channel).playEnded(s, ev.Playback)
	}
}

func (ev CallArrived) happen(s *State)    { s.arrive(ev, 0) }
func (ExchangeDown) happen(s *State)      { s.up = false }
func (ev SetNotice) happen(s *State)      { s.fx.Answer.Refused = s.setNotice(ev) }
func (ev EndNotice) happen(s *State)      { s.fx.Answer.Refused = s.endNotice(ev) }
func (ev EraseNumber) happen(s *State)    { s.fx.Answer.Refused = ev.erase(s) }
func (ev ClearNumber) happen(s *State)    { s.fx.Answer.Refused = s.clearNumber(ev) }
func (ev BookCallback) happen(s *State)   { s.fx.Answer.Refused = s.bookCallback(ev) }
func (ev CancelCallback) happen(s *State) { s.fx.Answer.Refused = s.cancelCallback(ev) }

// take gives the effects away and leaves room for those of the next step.
func (fx *Effects) take() Effects {
	return Effects{
		taken(&fx.Changed), taken(&fx.Gone), taken(&fx.Actions), taken(&fx.Journal), taken(&fx.Promises), fx.Answer,
	}
}

// taken gives away what is in a buffer; the next step goes on behind it, so that
// nothing is copied.
func taken[E any](s *[]E) []E {
	n := len(*s)
	if n == 0 {
		return nil
	}
	out := (*s)[:n:n]
	if *s = (*s)[n:]; cap(*s) < 4 {
		*s = slices.Grow([]E(nil), 64)
	}
	return out
}

// collect hands the changed entities to the effects of the step.
func (s *State) collect() {
	for _, e := range s.touched {
		e.marked().touched = false
		if !e.marked().dropped {
			s.fx.Changed = append(s.fx.Changed, e)
		} else {
			s.fx.Gone = append(s.fx.Gone, e)
		}
	}
	s.touched = s.touched[:0]
}
