package ops

import (
	"github.com/prometheus/client_golang/prometheus"

	"kezek/queue"
)

// callbackMetrics tell how promises of callbacks are kept.
type callbackMetrics struct {
	due, inTime, breached *prometheus.CounterVec
	talked                *prometheus.HistogramVec
}

func newCallbackMetrics(add maker) callbackMetrics {
	m := callbackMetrics{
		due:      add.counters("kezek_callbacks_due_total", "Callbacks of which it is known whether they were in time: over, or past their deadline; not those that were cancelled before it.", "class"),
		inTime:   add.counters("kezek_callbacks_in_time_total", "Callbacks of those that were over before their deadline.", "class"),
		breached: add.counters("kezek_callbacks_breached_total", "Callbacks of those that were not.", "class"),
		talked: add.NewHistogramVec(prometheus.HistogramOpts{
			Name: "kezek_callback_seconds", Help: "Time to the talk of each callback that ended with one, from the promise or from the opening at which its time began to run.",
			Buckets: []float64{30, 60, 120, 300, 450, 600, 750, 900, 1200, 1500, 1800, 2400, 3000, 3600, 7200, 14400},
		}, []string{"class"}),
	}
	for _, counters := range []*prometheus.CounterVec{m.due, m.inTime, m.breached} {
		fromZero(counters, queue.CallbackClasses...)
	}
	for _, class := range queue.CallbackClasses {
		m.talked.WithLabelValues(string(class))
	}
	return m
}

// happened counts each callback once: at its deadline if it is not over by then, else at its end.
func (m *callbackMetrics) happened(e queue.Entry) {
	class := string(e.Class)
	switch e.Kind {
	case queue.EntryCallbackBreached:
		m.due.WithLabelValues(class).Inc()
		m.breached.WithLabelValues(class).Inc()
	case queue.EntryCallbackEnded:
		if e.CallbackOutcome == queue.CallbackCompleted || e.CallbackOutcome == queue.CallbackReached {
			m.talked.WithLabelValues(class).Observe(e.Wait.Seconds())
		}
		if e.More().Late == 0 && e.CallbackOutcome != queue.CallbackCancelled {
			m.due.WithLabelValues(class).Inc()
			m.inTime.WithLabelValues(class).Inc()
		}
	}
}
