package ops

import (
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"kezek/queue"
)

// serviceMetrics tell how callers are served: as counters, from which a service level of any time can be computed, and as
// times that are not mixed with each other.
type serviceMetrics struct {
	offered, answeredWithin, abandonedWithin *prometheus.CounterVec
	answer, abandon, ring, talk, wrapUp      *prometheus.HistogramVec
	target, limit                            *prometheus.GaugeVec
	// within is each queue's time of the service level, as in force.
	within atomic.Pointer[map[string]time.Duration]
	// wrapping are the agents who write down the result of a call. The engine's loop alone uses it.
	wrapping map[string]wrapping
}

// wrapping is a wrap-up that goes on.
type wrapping struct {
	since    time.Time
	queue    string
	language queue.Language
}

// waits are the buckets of the time that a caller waits, in seconds.
var waits = []float64{1, 2, 5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 300, 600, 1200, 1800}

// lengths are those of the work on a call.
var lengths = []float64{5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 240, 300, 420, 600, 900, 1800, 3600}

func newServiceMetrics(add maker) *serviceMetrics {
	times := func(name, help string, buckets []float64) *prometheus.HistogramVec {
		return add.NewHistogramVec(prometheus.HistogramOpts{Name: name, Help: help, Buckets: buckets}, []string{"queue", "language"})
	}
	gauges := func(name, help string) *prometheus.GaugeVec {
		return add.NewGaugeVec(prometheus.GaugeOpts{Name: name, Help: help}, []string{"queue"})
	}
	m := &serviceMetrics{
		offered: add.counters("kezek_calls_offered_total",
			"Visits to the line that ended, by an answer or unserved, except of callers who left it with a callback, or whom a supervisor took out of it.", "queue", "language"),
		answeredWithin:  add.counters("kezek_calls_answered_within_total", "Visits that were answered within the time of the queue's service level.", "queue", "language"),
		abandonedWithin: add.counters("kezek_calls_abandoned_within_total", "Visits in which the caller hung up within that time: they do not count in the service level.", "queue", "language"),
		answer:          times("kezek_answer_seconds", "Wait of each visit that was answered.", waits),
		abandon:         times("kezek_abandon_seconds", "Wait of each visit in which the caller hung up.", waits),
		ring:            times("kezek_ring_seconds", "Time for which an agent's phone rang, for each call that it was offered, answered or not.", []float64{1, 2, 3, 4, 5, 7.5, 10, 15, 20, 30, 45, 60}),
		talk:            times("kezek_talk_seconds", "Length of each talk with an agent, holds included.", lengths),
		wrapUp:          times("kezek_wrapup_seconds", "Length of each wrap-up.", lengths),
		target:          gauges("kezek_service_level_target_ratio", "Share of the visits that the config wants answered in time."),
		limit:           gauges("kezek_service_level_within_seconds", "The time of the service level, by the config."),
		wrapping:        map[string]wrapping{},
	}
	m.within.Store(&map[string]time.Duration{})
	return m
}

// expect shows all series of the config's queues from the start, and takes their service levels.
func (m *serviceMetrics) expect(rules *queue.Rules) {
	within := map[string]time.Duration{}
	m.target.Reset()
	m.limit.Reset()
	for name, q := range rules.Queues {
		within[name] = q.ServiceLevel.Within
		m.target.WithLabelValues(name).Set(float64(q.ServiceLevel.Target) / 100)
		m.limit.WithLabelValues(name).Set(q.ServiceLevel.Within.Seconds())
		for _, l := range rules.Languages {
			for _, counter := range []*prometheus.CounterVec{m.offered, m.answeredWithin, m.abandonedWithin} {
				counter.WithLabelValues(name, string(l))
			}
			for _, times := range []*prometheus.HistogramVec{m.answer, m.abandon, m.ring, m.talk, m.wrapUp} {
				times.WithLabelValues(name, string(l))
			}
		}
	}
	m.within.Store(&within)
}

// visited counts a visit that an entry ends.
func (m *serviceMetrics) visited(e queue.Entry, how queue.VisitEnd, wait time.Duration) {
	name, language := e.Queue, string(e.Language)
	if how == queue.VisitEndCallback || how == queue.VisitEndMoved || how == queue.VisitEndEnded {
		return
	}
	m.offered.WithLabelValues(name, language).Inc()
	within, known := (*m.within.Load())[name]
	inTime := known && wait <= within
	switch how {
	case queue.VisitEndAnswered:
		m.answer.WithLabelValues(name, language).Observe(wait.Seconds())
		if inTime {
			m.answeredWithin.WithLabelValues(name, language).Inc()
		}
	case queue.VisitEndAbandoned:
		m.abandon.WithLabelValues(name, language).Observe(wait.Seconds())
		if inTime {
			m.abandonedWithin.WithLabelValues(name, language).Inc()
		}
	}
}

// happened measures the work on calls.
func (m *serviceMetrics) happened(e queue.Entry) {
	switch e.Kind {
	case queue.EntryCallAnswered:
		if e.Ring > 0 { // who takes over a talk was not rung
			m.ring.WithLabelValues(e.Queue, string(e.Language)).Observe(e.Ring.Seconds())
		}
	case queue.EntryCallMissed:
		m.ring.WithLabelValues(e.Queue, string(e.Language)).Observe(e.Ring.Seconds())
	case queue.EntryTalkEnded:
		m.talk.WithLabelValues(e.Queue, string(e.Language)).Observe(e.Talk.Seconds())
	case queue.EntryAgentStatus:
		if w, was := m.wrapping[e.Agent]; was {
			m.wrapUp.WithLabelValues(w.queue, string(w.language)).Observe(max(0, e.At.Sub(w.since).Seconds()))
			delete(m.wrapping, e.Agent)
		}
		if e.Status == queue.StatusWrapUp && e.Queue != "" {
			m.wrapping[e.Agent] = wrapping{e.At, e.Queue, e.Language}
		}
	}
}
