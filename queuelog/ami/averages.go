package ami

import (
	"sync"
	"time"

	"kezek/queue"
)

// memory has what app_queue knows of a queue and a member and the state of the rules does not: the moving averages of
// the wait and the talk, and when an agent paused last. It begins with the daemon, as app_queue's does with Asterisk.
type memory struct {
	mu     sync.Mutex
	queues map[string]*averages
	pauses map[string]time.Time
}

type averages struct{ hold, talk average }

// average is app_queue's: the new value counts for a quarter.
type average struct {
	is    int64
	known bool
}

func (a *average) add(d time.Duration) {
	s := seconds(d)
	if a.known {
		s = (3*a.is + s) >> 2
	}
	a.is, a.known = s, true
}

func newMemory() *memory {
	return &memory{queues: map[string]*averages{}, pauses: map[string]time.Time{}}
}

// learn takes a line of the journal. Queues and agents are those of the config: their number is bounded.
func (m *memory) learn(e queue.Entry) {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch e.Kind {
	case queue.EntryCallAnswered, queue.EntryTalkEnded:
		if e.Callback != "" {
			return
		}
		q := m.queues[e.Queue]
		if q == nil {
			q = &averages{}
			m.queues[e.Queue] = q
		}
		if e.Kind == queue.EntryCallAnswered {
			q.hold.add(e.Wait)
		} else {
			q.talk.add(e.Talk)
		}
	case queue.EntryAgentStatus:
		if isPause(e.Status) {
			m.pauses[e.Agent] = e.At
		}
	}
}

// complete adds to a view what it remembers.
func (m *memory) complete(v *view) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, l := range v.lines {
		if q := m.queues[l.name]; q != nil {
			l.holdTime, l.talkTime = int(q.hold.is), int(q.talk.is)
		}
		for i := range l.members {
			in := &l.members[i]
			if at := m.pauses[in.agent]; in.lastPause == 0 && at.Unix() >= in.logIn && !at.IsZero() {
				in.lastPause = at.Unix()
			}
		}
	}
}
