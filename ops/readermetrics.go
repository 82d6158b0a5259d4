package ops

import (
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// The readers of the journal.
const (
	readerHistory  = "history"
	readerQueueLog = "queue_log"
	readerWebhook  = "webhook"
)

// readers know when each reader of the journal had read all of it last. One that hangs tells nothing more, and so
// falls behind as well.
type readers struct {
	now func() time.Time
	mu  sync.Mutex
	at  map[string]time.Time
	lag *prometheus.Desc
}

func newReaders() *readers {
	return &readers{now: time.Now, at: map[string]time.Time{}, lag: prometheus.NewDesc("kezek_journal_behind_seconds",
		"Time since a reader of the journal had read all of it; absent for those that the config does not have.", []string{"reader"}, nil)}
}

// stands takes down that a reader has read all, or not.
func (r *readers) stands(reader string, behind bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, known := r.at[reader]; !known || !behind {
		r.at[reader] = r.now()
	}
}

// Describe implements [prometheus.Collector].
func (r *readers) Describe(out chan<- *prometheus.Desc) { out <- r.lag }

// Collect implements [prometheus.Collector].
func (r *readers) Collect(out chan<- prometheus.Metric) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for reader, at := range r.at {
		out <- prometheus.MustNewConstMetric(r.lag, prometheus.GaugeValue, max(0, r.now().Sub(at).Seconds()), reader)
	}
}

// configMetrics tell whether the config on disk is the one in force.
type configMetrics struct{ successful, at prometheus.Gauge }

func newConfigMetrics(add maker) configMetrics {
	return configMetrics{
		successful: add.gauge("kezek_config_last_reload_successful", "1 if the config that was read last is in force; 0 after a reload that was refused."),
		at:         add.gauge("kezek_config_last_reload_success_timestamp_seconds", "When a config was read last and taken, in Unix time."),
	}
}

// Reloaded takes down that a config was read, at the start too, and whether it is in force now.
func (m *Metrics) Reloaded(taken bool) {
	setIf(m.config.successful, taken)
	if taken {
		m.config.at.SetToCurrentTime()
	}
}
