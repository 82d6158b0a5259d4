package ops

import (
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"kezek/queue"
)

// staffMetrics add up the time of all agents together. The journal tells when an agent's status changes; what goes on is
// counted at each scrape, before the counters are read: so they are not in the registry by themselves.
type staffMetrics struct {
	spent               *prometheus.CounterVec
	scheduled, adherent prometheus.Counter

	mu sync.Mutex
	// seen are the agents, up to when their time is counted.
	seen map[string]seen
}

type seen struct {
	status queue.Status
	since  time.Time
	shift  queue.Shift
}

func newStaffMetrics() *staffMetrics {
	add := maker{promauto.With(nil)}
	return &staffMetrics{
		spent:     add.counters("kezek_agent_status_seconds_total", "Time of all agents together in each status, logged out excepted.", "status"),
		scheduled: add.counter("kezek_scheduled_seconds_total", "Time of all agents together in which the roster wants them at work."),
		adherent:  add.counter("kezek_adherent_seconds_total", "Time of those in which they were logged in."),
		seen:      map[string]seen{},
	}
}

// all are its counters.
func (m *staffMetrics) all() []prometheus.Collector {
	return []prometheus.Collector{m.spent, m.scheduled, m.adherent}
}

// count adds what an agent has done up to a time. A clock that was set back adds nothing.
func (m *staffMetrics) count(a seen, until time.Time) seen {
	if !until.After(a.since) {
		return a
	}
	if a.status != queue.StatusOffline {
		m.spent.WithLabelValues(string(a.status)).Add(until.Sub(a.since).Seconds())
	}
	if planned := overlap(a.since, until, a.shift); planned > 0 {
		m.scheduled.Add(planned.Seconds())
		if a.status != queue.StatusOffline {
			m.adherent.Add(planned.Seconds())
		}
	}
	a.since = until
	return a
}

// overlap is how much of a shift is between two times.
func overlap(from, until time.Time, shift queue.Shift) time.Duration {
	if shift.Start.After(from) {
		from = shift.Start
	}
	if shift.End.Before(until) {
		until = shift.End
	}
	return max(0, until.Sub(from))
}

// changed counts the status that an agent has left.
func (m *staffMetrics) changed(e queue.Entry) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if a, known := m.seen[e.Agent]; known { // others are found at the next scrape
		a.status = e.Was // what a scrape saw may be ahead of the journal
		a = m.count(a, e.At)
		a.status = e.Status
		m.seen[e.Agent] = a
	}
}

// look counts what goes on. Agents are those in the rules now.
func (m *staffMetrics) look(agents map[string]seen, now time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for id, is := range agents {
		a, known := m.seen[id]
		if !known {
			m.spent.WithLabelValues(string(is.status))
			is.since = now
			m.seen[id] = is
			continue
		}
		a = m.count(a, now)
		a.shift = is.shift
		m.seen[id] = a
	}
	for id := range m.seen {
		if _, is := agents[id]; !is {
			delete(m.seen, id)
		}
	}
}

// leave forgets who is there: another daemon runs the site, and counts.
func (m *staffMetrics) leave() {
	m.mu.Lock()
	defer m.mu.Unlock()
	clear(m.seen)
}
