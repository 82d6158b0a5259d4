package ops

import (
	"slices"
	"sync"
	"time"

	"kezek/queue"
)

const (
	// recentFor is over how long the recent service level is counted.
	recentFor = 30 * time.Minute
	// mostRecent bounds what is remembered of a queue: more than five calls a second leave its older ones out.
	mostRecent = 10000
)

// recentVisits are the visits to lines that ended within the last half-hour, by queue, the oldest first. They
// are in memory alone: after a restart they begin anew.
type recentVisits struct {
	mu      sync.Mutex
	byQueue map[string][]visitOver
}

// visitOver is how a visit to a line ended, and after how long.
type visitOver struct {
	at   time.Time
	end  queue.VisitEnd
	wait time.Duration
}

func (r *recentVisits) ended(name string, v visitOver) {
	if name == "" || v.end != queue.VisitEndAnswered && v.end != queue.VisitEndAbandoned {
		return // the service level is about these
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.byQueue == nil {
		r.byQueue = map[string][]visitOver{}
	}
	all := append(since(r.byQueue[name], v.at.Add(-recentFor)), v)
	r.byQueue[name] = all[max(0, len(all)-mostRecent):]
}

// level counts the visits of a queue that are judged by whether they were answered within a time, and those that were.
func (r *recentVisits) level(name string, within time.Duration, now time.Time) (inTime, judged int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, v := range since(r.byQueue[name], now.Add(-recentFor)) {
		switch {
		case v.wait > within:
			judged++
		case v.end == queue.VisitEndAnswered:
			judged++
			inTime++
		}
	}
	return inTime, judged
}

// since are those after a time.
func since(all []visitOver, begin time.Time) []visitOver {
	first := slices.IndexFunc(all, func(v visitOver) bool { return v.at.After(begin) })
	if first < 0 {
		return nil
	}
	return all[first:]
}

// copyQueues is [copyQueues] with what the rules do not remember.
func (s *Server) copyQueues(state *queue.State, now time.Time) []Queue {
	queues := copyQueues(state, now)
	for i := range queues {
		level := &queues[i].ServiceLevel
		inTime, judged := s.metrics.recent.level(queues[i].Name, time.Duration(level.Within*float64(time.Second)), now)
		level.Recent, level.RecentJudged = percentOf(inTime, judged), judged
	}
	return queues
}
