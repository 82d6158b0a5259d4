package queuetest

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"kezek/queue"
)

// What must hold of the visits and talks in the record of a call, and of the service level, which counts visits.

// checkVisits holds that the visits and talks of each call that has ended follow one another: none overlaps, each has an
// end, each talk follows the visit that its agent ended, or a time in a slot, or tells that we called the client. The sums are theirs.
func checkVisits(fx queue.Effects) error {
	var wrong []error
	for _, e := range fx.Journal {
		if e.Kind == queue.EntryCallEnded {
			if why := wrongVisits(e); why != "" {
				wrong = append(wrong, fmt.Errorf("the record of %s: %s: visits %+v, talks %+v", e.Call, why, e.More().Visits, e.More().Talks))
			}
		}
	}
	return errors.Join(wrong...)
}

// wrongVisits tells what is wrong with the visits and talks of a record; "" is nothing.
func wrongVisits(e queue.Entry) string {
	var free time.Time // the end of what was before
	var wait, talk time.Duration
	visits, talks := e.More().Visits, e.More().Talks
	for i, v := range visits {
		for len(talks) > 0 && talks[0].Start.Before(v.Start) {
			if !fetched(e, talks[0]) && (i > 0 || talks[0].Callback == "") || talks[0].Start.Before(free) {
				return "no visit led to a talk, and it was not our call"
			}
			free, talk, talks = talks[0].Start.Add(talks[0].Length), talk+talks[0].Length, talks[1:]
		}
		switch {
		case v.Start.Before(free):
			return "a visit begins before the end of what was before it"
		case !slices.Contains(queue.VisitEnds, v.End):
			return fmt.Sprintf("a visit has ended as %q", v.End)
		case v.End != queue.VisitEndAnswered && v.End != queue.VisitEndMoved && i < len(visits)-1:
			return "a caller who left unserved came back"
		case i > 0 && v.Back == "":
			return "nothing tells why the caller came back"
		}
		free, wait = v.Start.Add(v.Length), wait+v.Length
		if v.End != queue.VisitEndAnswered {
			continue
		}
		if len(talks) == 0 || !talks[0].Start.Equal(free) || talks[0].Agent != v.Agent || talks[0].Queue != v.Queue {
			return "no talk follows a visit that was answered"
		}
		free, talk, talks = talks[0].Start.Add(talks[0].Length), talk+talks[0].Length, talks[1:]
	}
	for _, t := range talks {
		if !fetched(e, t) && (len(visits) > 0 || t.Callback == "") {
			return "no visit led to a talk, and it was not our call"
		}
		talk += t.Length
	}
	if e.Wait != wait || e.Talk != talk {
		return fmt.Sprintf("the sums are %v and %v", e.Wait, e.Talk)
	}
	return ""
}

// fetched: the talk began when the caller was taken out of a slot.
func fetched(e queue.Entry, t queue.Talked) bool {
	return slices.ContainsFunc(e.More().Holds, func(h queue.Hold) bool {
		return h.By == queue.HeldByParking && h.Start.Add(h.Length).Equal(t.Start)
	})
}

// counted are the visits of a queue on a day that count for the service level.
type counted struct{ answered, abandoned int }

// countVisits holds that the counts of today are those of the visits that the journal tells.
func (w *World) countVisits(journal []queue.Entry) {
	count := func(e queue.Entry, answered, abandoned int) {
		day := e.Queue + " " + e.At.In(w.Rules.Location).Format(time.DateOnly)
		is := w.visits[day]
		w.visits[day] = counted{is.answered + answered, is.abandoned + abandoned}
	}
	for _, e := range journal {
		visits := e.More().Visits
		switch {
		case e.Kind == queue.EntryCallAnswered && e.Callback == "":
			count(e, 1, 0)
		case e.Kind == queue.EntryCallEnded && len(visits) > 0 && visits[len(visits)-1].End == queue.VisitEndAbandoned:
			count(e, 0, 1)
		}
	}
	for _, l := range w.state.Lines() {
		if is := (counted{l.Answered, l.Abandoned}); is != w.visits[l.Queue+" "+l.Day] {
			w.fail("%s has counted %+v today, and the journal tells of %+v", l.Queue, is, w.visits[l.Queue+" "+l.Day])
		}
	}
}

// checkCounted holds that the service level has counted the visits of the records, and no others.
func (w *World) checkCounted() {
	var of, in counted
	for _, e := range w.journal {
		for _, v := range e.More().Visits {
			w.Seen["visit "+string(v.End)]++
			switch v.End {
			case queue.VisitEndAnswered:
				of.answered++
			case queue.VisitEndAbandoned:
				of.abandoned++
			}
		}
		for _, t := range e.More().Talks {
			if t.Callback != "" {
				w.Seen["talks without a visit"]++
			}
		}
		if len(e.More().Visits) > 1 {
			w.Seen["calls of several visits"]++
		}
	}
	for _, day := range w.visits {
		in.answered += day.answered
		in.abandoned += day.abandoned
	}
	if of != in {
		w.fail("the records have %+v visits, the service level counted %+v", of, in)
	}
}
