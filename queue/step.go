package queue

import (
	"fmt"
	"time"
)

// Step does what the rules say about an event. Time never runs backwards in
// here: an earlier time counts as the latest one seen.
func (s *State) Step(at time.Time, ev Event) Effects {
	if at.After(s.now) {
		s.now = at
	}
	s.fx.Answer, s.hand, s.wrongMove = Answer{}, nil, nil
	for _, a := range s.dropped {
		a.noteLogOut(s, ShiftAgentRemoved, "", "")
	}
	s.dropped = nil
	switch ev := ev.(type) {
	case Tick:
		s.tick()
	case RulesChanged:
		s.changeRules(ev.Rules)
	case CallArrived:
		s.arrive(ev, 0)
	case LegAnswered:
		s.at(ev.Channel).answered(s, ev.Rang)
	case ChannelGone:
		s.at(ev.Channel).gone(s, ev.Cause)
	case KeyPressed:
		s.at(ev.Channel).key(s, ev.Key)
	case HoldPressed:
		s.at(ev.Channel).hold(s, true)
	case HoldReleased:
		s.at(ev.Channel).hold(s, false)
	case CallerSpeaks:
		s.at(ev.Channel).speaks(s)
	case RecordingBroke:
		s.at(ev.Channel).recordingBroke(s, ev)
	case TransferPressed:
		s.at(ev.Channel).transfer(s, ev)
	case LegPushedOut:
		s.at(ev.Channel).pushedOut(s)
	case PlayEnded:
		s.at(ev.Channel).playEnded(s, ev.Playback)
	case PhoneChanged:
		s.phoneChanged(ev)
	case ExchangeDown:
		s.up = false
	case Synced:
		s.sync(ev)
	case LogIn:
		s.phone = ev.Phone
		s.logIn(ev)
	case LogOut:
		s.by, s.phone = ev.By, ev.Phone
		s.logOut(ev)
	case SetStatus:
		s.by, s.phone = ev.By, ev.Phone
		s.setStatus(ev)
	case AskState:
		s.phone = ev.Phone
		s.askState(ev)
	case SetResult:
		s.phone = ev.Phone
		s.setResult(ev)
	case ExtendWrapUp:
		s.phone = ev.Phone
		s.extendWrapUp(ev)
	case Supervise:
		s.phone = ev.Phone
		s.supervise(ev)
	case SupervisorArrived:
		s.at(ev.Channel).arrived(s)
	case SetNotice:
		s.fx.Answer.Refused = s.setNotice(ev)
	case EndNotice:
		s.fx.Answer.Refused = s.endNotice(ev)
	case NoticeCode:
		s.phone = ev.Phone
		s.noticeCode(ev)
	case BookCallback:
		s.by = ev.By
		s.fx.Answer.Refused = s.bookCallback(ev)
	case ClearNumber:
		s.by = ev.By
		s.fx.Answer.Refused = s.clearNumber(ev)
	case CancelCallback:
		s.by = ev.By
		s.fx.Answer.Refused = s.cancelCallback(ev)
	case Promised:
		s.promised(ev.Callback)
	case NotPromised:
		s.notPromised(ev.Callback)
	default:
		panic(fmt.Sprintf("queue: Step has no case for %T", ev)) // an event without a rule would be lost in silence
	}
	s.by, s.phone = "", "" // what follows from it is the rules' own
	s.settle()
	s.nextAlarm()
	s.showLamps()
	s.collect()
	return s.fx.take()
}

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
	if *s = (*s)[n:]; cap(*s) < 8 {
		*s = make([]E, 0, 32)
	}
	return out
}

// collect hands the changed entities to the effects of the step.
func (s *State) collect() {
	for _, e := range s.touched {
		e.marked().touched = false
		if s.lives(e) {
			s.fx.Changed = append(s.fx.Changed, e)
		} else {
			s.fx.Gone = append(s.fx.Gone, e)
		}
	}
	s.touched = s.touched[:0]
}
