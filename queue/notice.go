package queue

import (
	"cmp"
	"slices"
)

// A maintenance notice (S3) is what every caller who comes into a queue hears
// after the welcome, in their language, while a supervisor has it switched on. It
// ends by itself. An agent who answers cuts it short like the welcome.

// Notice is what the callers of a queue are told now, nil if nothing.
func (s *State) Notice(queue string) *Notice {
	if l := s.lines[queue]; l != nil && l.Notice.Until.After(s.now) {
		return &l.Notice
	}
	return nil
}

// withNotice adds the notice of a queue to what a caller hears on entry.
func (c *Call) withNotice(s *State, intro []Phrase) []Phrase {
	if n := s.Notice(c.Queue); n != nil {
		intro = append(intro, c.say(n.Phrase))
	}
	return intro
}

// setNotice is a supervisor's order: for some queues, or for all.
func (s *State) setNotice(ev SetNotice) Refusal {
	n := Notice{Phrase: ev.Phrase, Since: s.now, Until: ev.Until, By: ev.By}
	if n.Phrase == "" && len(s.rules.Notice.Phrases) > 0 {
		n.Phrase = s.rules.Notice.Phrases[0]
	}
	if n.Until.IsZero() {
		n.Until = s.now.Add(cmp.Or(ev.For, s.rules.Notice.For))
	}
	queues, known := s.rules.noticeQueues(ev.Queues)
	switch left := n.Until.Sub(s.now); {
	case !known:
		return RefusalUnknownQueue
	case !slices.Contains(s.rules.Notice.Phrases, n.Phrase):
		return RefusalUnknownPhrase
	case left <= 0 || left > LongestNotice:
		return RefusalWrongTime
	}
	for _, queue := range queues {
		s.line(queue).Notice = n
		s.note(Entry{Kind: EntryNoticeOn, Queue: queue, By: ev.By, Details: &Details{Notice: n.Phrase, Until: n.Until}})
	}
	return ""
}

// endNotice switches the notice off where it is on.
func (s *State) endNotice(ev EndNotice) Refusal {
	queues, known := s.rules.noticeQueues(ev.Queues)
	queues = slices.DeleteFunc(queues, func(q string) bool { return s.Notice(q) == nil })
	for _, queue := range queues {
		s.line(queue).noticeOver(s, ev.By)
	}
	switch {
	case !known:
		return RefusalUnknownQueue // of those that are there the notice ends
	case len(queues) == 0:
		return RefusalNoNotice
	}
	return ""
}

// noticeOver ends the notice of a queue: by a supervisor's order, or by itself.
func (l *Line) noticeOver(s *State, by string) {
	s.note(Entry{Kind: EntryNoticeOff, Queue: l.Queue, By: by, Details: &Details{Notice: l.Notice.Phrase, Until: l.Notice.Until}})
	l.Notice = Notice{}
	s.touch(l)
}

// noticeQueues are the queues that are meant, all when none is named.
func (r *Rules) noticeQueues(named []string) (queues []string, known bool) {
	for queue := range r.Queues {
		if len(named) == 0 || slices.Contains(named, queue) {
			queues = append(queues, queue)
		}
	}
	slices.Sort(queues)
	unknown := slices.ContainsFunc(named, func(q string) bool { return r.Queues[q] == nil })
	return queues, !unknown
}

// happen does what a supervisor's code asks for: off if a notice is on anywhere, otherwise on everywhere.
func (ev NoticeCode) happen(s *State) {
	supervisor, r := s.supervisorAt(ev.Phone, ev.Supervisor, ev.PIN, "maintenance-refused")
	if supervisor == nil {
		return
	}
	if s.endNotice(EndNotice{By: supervisor.ID}) == "" {
		r.reply(s, "maintenance-off")
		return
	}
	s.fx.Answer.Refused = s.setNotice(SetNotice{By: supervisor.ID})
	if s.fx.Answer.Refused == "" {
		r.reply(s, "maintenance-on")
	}
}
