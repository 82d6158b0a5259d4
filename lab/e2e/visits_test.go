package e2e

import (
	"encoding/json"
	"testing"
	"time"

	"kezek/ops"
	"kezek/queue"
)

const (
	didVisits  = "+996312900912"
	didVisited = "+996312900913"
)

var visitsConfig = "queues:" +
	deskQueue("first", didVisits, "\n    strategy: linear\n    service_level: {within: 10s, target: 80}\n    ring: {rest: 1s}") +
	deskQueue("second", didVisited, "\n    code: \"902\"\n    service_level: {within: 10s, target: 80}") + `
agents:
  "1011": {queues: [first], speech: ru}
  "1012": {queues: [first], speech: ru}
  "1013": {queues: [second], speech: ru}
`

// talkTime is how long the first agent talks in these tests: longer than the second queue may let a caller wait.
const talkTime = 12 * time.Second

// TestVisitsAndTalks: a caller talks for a while, is passed on to another queue, or loses the agent, and is answered at once there.
// That is two visits and two talks, each with its own time, and both queues have answered in time.
func TestVisitsAndTalks(t *testing.T) {
	t.Parallel()
	s := open(t, visitsConfig)
	a, b, other := s.agent(t, "1011"), s.agent(t, "1012"), s.agent(t, "1013")
	b.code("*11")

	t.Run("to another queue", func(t *testing.T) {
		a.t, other.t = t, t
		c := s.call(t, didVisits)
		leg := a.answers(c)
		begun := time.Now()
		time.Sleep(talkTime)
		_ = leg.Keys(within(t, patience), "*3902#") // the last one ends the agent's line
		talked := time.Since(begun)
		other.answers(c)
		second := time.Now()
		c.hangUp(queue.OutcomeCompletedByCaller)
		c.twoTalks(t, [2]string{a.id, other.id}, [2]string{"first", "second"}, queue.CauseTransferred, talked, time.Since(second))
		a.free()
		other.free()
		s.levels(t, map[string]int{"first": 1, "second": 1})
	})
	t.Run("the agent is unwell", func(t *testing.T) {
		a.t, b.t = t, t
		c := s.call(t, didVisits)
		leg := a.answers(c)
		begun := time.Now()
		b.code("*10" + b.id)
		time.Sleep(time.Until(begun.Add(talkTime)))
		_ = leg.Keys(within(t, patience), "*9")
		talked := time.Since(begun)
		b.answers(c)
		second := time.Now()
		c.hangUp(queue.OutcomeCompletedByCaller)
		c.twoTalks(t, [2]string{a.id, b.id}, [2]string{"first", "first"}, queue.CauseUnwell, talked, time.Since(second))
		s.levels(t, map[string]int{"first": 3, "second": 1})
	})
	s.nothingLeft(t)
	s.noTrouble(t)
}

// slack is how much a time by the daemon may differ from ours, on a busy machine.
const slack = 2 * time.Second

// twoTalks compares the record of a call with two visits, each of which was answered at once, and two talks.
func (c *caller) twoTalks(t *testing.T, agents, queues [2]string, back queue.Cause, first, second time.Duration) {
	t.Helper()
	e := c.told(queue.EntryCallEnded)
	var visits []queue.Visit
	var talks []queue.Talked
	must(t, json.Unmarshal([]byte(e["visits"]), &visits))
	must(t, json.Unmarshal([]byte(e["talks"]), &talks))
	if len(visits) != 2 || len(talks) != 2 {
		t.Fatalf("visits %v, talks %v, want two of each", visits, talks)
	}
	for i, length := range [2]time.Duration{first, second} {
		v, k := visits[i], talks[i]
		if v.Queue != queues[i] || v.Agent != agents[i] || v.End != queue.VisitEndAnswered || v.Length > 2*slack || i == 1 && v.Back != back {
			t.Errorf("visit %d: %+v", i+1, v)
		}
		if k.Queue != queues[i] || k.Agent != agents[i] || (k.Length-length).Abs() > slack {
			t.Errorf("talk %d: %+v, want about %v", i+1, k, length)
		}
	}
	if sum := visits[0].Length + visits[1].Length; e.length(t, "wait") != sum {
		t.Errorf("wait %s, want that of both visits, %v", e["wait"], sum)
	}
	if sum := talks[0].Length + talks[1].Length; e.length(t, "talk") != sum {
		t.Errorf("talk %s, want that of both talks, %v", e["talk"], sum)
	}
}

// length is a duration of an entry.
func (e entry) length(t *testing.T, field string) time.Duration {
	t.Helper()
	if e[field] == "" {
		return 0
	}
	d, err := time.ParseDuration(e[field])
	must(t, err)
	return d
}

// levels compares how many visits each queue has answered, all of them in time.
func (s *site) levels(t *testing.T, answered map[string]int) {
	t.Helper()
	l, err := ask[list[ops.Queue]](t, s, "/api/v1/queues")
	must(t, err)
	for _, q := range l.Items {
		if answered[q.Name] > 0 && (q.ServiceLevel.Percent == nil || *q.ServiceLevel.Percent != 100) {
			t.Errorf("%s: %+v, want all answered in time", q.Name, q.ServiceLevel)
		}
	}
	if n := s.metric(t, "kezek_visits_total"); int(n) != answered["first"]+answered["second"] {
		t.Errorf("%v visits are counted, want %v", n, answered)
	}
}
