package ops

import "github.com/prometheus/client_golang/prometheus"

// queueLogMetrics tell how queue_log keeps up with the journal.
type queueLogMetrics struct {
	up, behind         prometheus.Gauge
	rows, lost, unread total
}

// total is a counter of which a sum is told.
type total struct {
	prometheus.Counter
	told int64
}

func (t *total) is(n int64) {
	t.Add(float64(n - t.told))
	t.told = n
}

func newQueueLogMetrics(add maker) queueLogMetrics {
	counter := func(name, help string) total { return total{Counter: add.counter(name, help)} }
	return queueLogMetrics{
		up:     add.gauge("kezek_queue_log_up", "1 while queue_log can be written; 0 also where none is written."),
		behind: add.gauge("kezek_queue_log_behind", "1 while events wait in Redis to be written into queue_log."),
		rows:   counter("kezek_queue_log_rows_total", "Rows written into queue_log."),
		lost:   counter("kezek_queue_log_lost_total", "Events that were gone from Redis before their rows were written into queue_log."),
		unread: counter("kezek_queue_log_unread_total", "Events that could not be read whole for queue_log."),
	}
}

// QueueLogStands takes down how queue_log is written; the numbers are those since the start. One goroutine calls it.
func (m *Metrics) QueueLogStands(up, behind bool, rows, lost, unread int64) {
	m.readers.stands(readerQueueLog, behind)
	q := &m.queueLog
	setIf(q.up, up)
	setIf(q.behind, behind)
	q.rows.is(rows)
	q.lost.is(lost)
	q.unread.is(unread)
}

func setIf(gauge prometheus.Gauge, is bool) {
	gauge.Set(0)
	if is {
		gauge.Set(1)
	}
}
