package ops

import (
	"testing"
	"time"

	"kezek/queue"
)

// The recent service level counts the visits of the last half-hour by the queue's own rule, and forgets older ones.
func TestRecentServiceLevel(t *testing.T) {
	s := newSite(t)
	s.change(func(r *queue.Rules) {
		r.Queues["sales"].ServiceLevel = queue.ServiceLevel{Within: 20 * time.Second, Target: 80}
	})
	recent := func() ServiceLevel { return get[Queue](t, s, "/api/v1/queues/sales").ServiceLevel }
	if l := recent(); l.Recent != nil || l.RecentJudged != 0 {
		t.Errorf("before the first visit: %v of %d", l.Recent, l.RecentJudged)
	}
	tell := func(ago time.Duration, wait time.Duration, end queue.VisitEnd) {
		s.metrics.recent.ended("sales", visitOver{s.at.Add(-ago), end, wait})
	}
	tell(31*time.Minute, time.Minute, queue.VisitEndAnswered) // too long ago
	tell(20*time.Minute, 5*time.Second, queue.VisitEndAnswered)
	tell(10*time.Minute, time.Minute, queue.VisitEndAnswered)
	tell(5*time.Minute, time.Minute, queue.VisitEndAbandoned)
	tell(5*time.Minute, 2*time.Second, queue.VisitEndAbandoned) // gave the agents no chance
	tell(4*time.Minute, time.Minute, queue.VisitEndCallback)    // is not judged
	if l := recent(); l.Recent == nil || *l.Recent != 33.3 || l.RecentJudged != 3 {
		t.Errorf("got %v of %d, want 33.3 of 3", l.Recent, l.RecentJudged)
	}
	s.at = s.at.Add(22 * time.Minute)
	if l := recent(); l.Recent == nil || *l.Recent != 0 || l.RecentJudged != 1 {
		t.Errorf("22 minutes later: %v of %d, want 0 of 1", l.Recent, l.RecentJudged)
	}
}

// A visit that a call's end or an answer tells of counts.
func TestRecentIsToldByTheJournal(t *testing.T) {
	s := newSite(t)
	s.happen(queue.LogIn{Agent: "1001", Trusted: true}, queue.CallArrived{Channel: "c1", DID: "+996312900800", Number: "+996555000001"})
	s.happen(queue.LegAnswered{Channel: s.legOf("1001")})
	if l := get[Queue](t, s, "/api/v1/queues/sales").ServiceLevel; l.RecentJudged != 1 || l.Judged != 1 {
		t.Errorf("recent %d, today %d, want 1 each", l.RecentJudged, l.Judged)
	}
}
