package ops

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"kezek/queue"
)

// Metrics counts what happens. What merely is, such as how many callers wait,
// is read from the rules at each scrape. Labels hold words of the config and
// of the rules alone, so that no caller can make a new series.
type Metrics struct {
	registry *prometheus.Registry
	calls    *prometheus.CounterVec
	wait     *prometheus.HistogramVec
	hold     *prometheus.HistogramVec
	limits   *prometheus.CounterVec
	thirds   *prometheus.CounterVec
	step     prometheus.Histogram
	assign   prometheus.Histogram
	requests *prometheus.CounterVec
	misread  prometheus.Counter

	callbacks  *prometheus.CounterVec
	breaches   prometheus.Counter
	violations *prometheus.CounterVec
	attendance *prometheus.CounterVec
	refusals   *prometheus.CounterVec
	results    *prometheus.CounterVec
	ratings    *prometheus.CounterVec
	webhook    *prometheus.CounterVec
	monitors   *prometheus.CounterVec
	recordings recordingMetrics
	tokens     *prometheus.CounterVec
}

// attendanceKinds are the labels of the journal's lines about attendance.
var attendanceKinds = map[queue.EntryKind]string{
	queue.EntryAgentOverstay: "overstay", queue.EntryAgentLate: "late", queue.EntryAgentAbsent: "absent", queue.EntryAgentLeftEarly: "left_early",
}

// otherLabel counts what is in no set of the rules.
const otherLabel = "other"

// NewMetrics makes the metrics of one daemon.
func NewMetrics(version string) *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		calls: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "kezek_calls_total", Help: "Calls that ended, by outcome.",
		}, []string{"queue", "language", "outcome"}),
		wait: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "kezek_wait_seconds", Help: "Time in line until an agent answered, or the caller left unserved.",
			Buckets: []float64{1, 2, 5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 300, 600, 1200, 1800},
		}, []string{"queue", "language"}),
		hold: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "kezek_hold_seconds", Help: "Time a caller was on hold, for each hold.",
			Buckets: []float64{1, 2, 5, 10, 20, 30, 45, 60, 75, 90, 100, 110, 115, 120},
		}, []string{"queue", "language"}),
		limits: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "kezek_hold_limit_total", Help: "Holds that reached the limit, by what was done.",
		}, []string{"then"}),
		thirds: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "kezek_transfers_total", Help: "Third parties of calls that ended, by the way they came in and the end.",
		}, []string{"way", "end"}),
		step: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "kezek_step_seconds", Help: "Time the rules took for one event.",
			Buckets: prometheus.ExponentialBuckets(1e-6, 4, 10), // 1 µs to 0.26 s
		}),
		assign: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "kezek_assign_seconds", Help: "Time from the event that freed an agent or brought a caller until the agent's phone was dialled.",
			Buckets: []float64{.001, .002, .003, .005, .0075, .01, .015, .02, .03, .05, .1, .25, .5, 1, 5},
		}),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "kezek_ari_requests_total", Help: "Requests to Asterisk by HTTP status; timeout and error got no answer.",
		}, []string{"code"}),
		misread: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "kezek_ari_events_misread_total", Help: "Events of Asterisk that could not be decoded.",
		}),
		callbacks: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "kezek_callbacks_total", Help: "Callbacks that ended, by class and outcome.",
		}, []string{"class", "outcome"}),
		breaches: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "kezek_callback_breaches_total", Help: "Callbacks whose deadline passed before the client was spoken to.",
		}),
		violations: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "kezek_violations_total", Help: "Violations of the rules by agents, by kind.",
		}, []string{"kind"}),
		attendance: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "kezek_attendance_total", Help: "Shifts started late, left early or missed, and statuses that lasted too long.",
		}, []string{"kind"}),
		refusals: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "kezek_refusals_total", Help: "Requests and codes refused by the rules, by refusal.",
		}, []string{"refusal"}),
		results: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "kezek_call_results_total", Help: "Results of calls recorded by agents; a corrected one counts again.",
		}, []string{"queue", "result"}),
		ratings: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "kezek_ratings_total", Help: "Ratings of agents by callers, 1 to 5.",
		}, []string{"queue", "rating"}),
		webhook: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "kezek_webhook_total", Help: "Events for the webhook: sent, failed attempts that were retried, and events given up.",
		}, []string{"result"}),
	}
	m.monitors = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "kezek_monitors_total", Help: "Times a supervisor listened to a conversation, by mode: listen, whisper or join.",
	}, []string{"mode"})
	m.recordings = newRecordingMetrics()
	m.tokens = newTokenMetrics()
	for _, mode := range queue.MonitorModes {
		m.monitors.WithLabelValues(string(mode))
	}
	for _, result := range []string{"sent", "retried", "dropped"} {
		m.webhook.WithLabelValues(result)
	}
	for _, class := range queue.CallbackClasses {
		for _, o := range queue.CallbackOutcomes {
			m.callbacks.WithLabelValues(string(class), string(o))
		}
	}
	for _, kind := range append(slices.Clone(queue.ViolationKinds), otherLabel) {
		m.violations.WithLabelValues(string(kind))
	}
	for _, kind := range attendanceKinds {
		m.attendance.WithLabelValues(kind)
	}
	for _, why := range queue.Refusals {
		m.refusals.WithLabelValues(string(why))
	}
	for _, then := range queue.HoldThens {
		m.limits.WithLabelValues(string(then))
	}
	build := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "kezek_build_info", Help: "Always 1; the label is the version.", ConstLabels: prometheus.Labels{"version": version},
	})
	build.Set(1)
	m.registry.MustRegister(m.calls, m.wait, m.hold, m.limits, m.thirds, m.step, m.assign, m.requests, m.misread, m.callbacks, m.breaches, m.violations, m.attendance, m.refusals, m.results, m.ratings, m.webhook, m.monitors, m.tokens, build, m.recordings.ended, m.recordings.failed, m.recordings.files, m.recordings.skipped, m.recordings.deleted,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// Expect shows the counters of the config's queues from the start, at zero:
// else the first call of an outcome would not be seen as an increase.
func (m *Metrics) Expect(rules *queue.Rules) {
	for name := range rules.Queues {
		for _, l := range rules.Languages {
			m.wait.WithLabelValues(name, string(l))
			m.hold.WithLabelValues(name, string(l))
			for _, o := range queue.Outcomes {
				if o != queue.OutcomeUnknownNumber { // is no queue's
					m.calls.WithLabelValues(name, string(l), string(o))
				}
			}
		}
		if rules.Queues[name].Recording.On {
			m.recordings.ended.WithLabelValues(name)
		}
		for rating := queue.WorstRating; rating <= queue.BestRating && rules.Queues[name].Rating.Ask; rating++ {
			m.ratings.WithLabelValues(name, strconv.Itoa(rating))
		}
		for result, t := range rules.Results {
			if t.IsFor(name) {
				m.results.WithLabelValues(name, result)
			}
		}
	}
}

// hooked counts what became of an event for the webhook.
func (m *Metrics) hooked(result string) { m.webhook.WithLabelValues(result).Inc() }

// Stepped counts one step of the rules.
func (m *Metrics) Stepped(took time.Duration) { m.step.Observe(took.Seconds()) }

// Assigned counts one dialled phone, with the time since the event that led to it.
func (m *Metrics) Assigned(took time.Duration) { m.assign.Observe(took.Seconds()) }

// Requested counts one request to Asterisk by its HTTP status, or a word for why there was none.
func (m *Metrics) Requested(code string, _ time.Duration) { m.requests.WithLabelValues(code).Inc() }

// Misread counts an event of Asterisk that could not be decoded.
func (m *Metrics) Misread() { m.misread.Inc() }

// Happened counts what the journal tells.
func (m *Metrics) Happened(entries []queue.Entry) {
	for _, e := range entries {
		switch e.Kind {
		case queue.EntryCallAnswered:
			if e.Callback == "" { // a client that we called has not waited
				m.waited(e)
			}
		case queue.EntryCallEnded:
			served := e.Outcome.Talked() || e.Outcome == queue.OutcomeNotHeard || e.Hold > 0 && e.Outcome == queue.OutcomeCallback
			if !served && e.Wait > 0 {
				m.waited(e)
			}
			m.calls.WithLabelValues(e.Queue, string(e.Language), string(e.Outcome)).Inc()
			if e.Rating > 0 {
				m.ratings.WithLabelValues(e.Queue, strconv.Itoa(e.Rating)).Inc()
			}
			if len(e.Recorded) > 0 {
				m.recordings.recorded(e.Queue, e.Recorded)
			}
			for _, t := range e.Transfers {
				m.thirds.WithLabelValues(string(t.Way), string(t.End)).Inc()
			}
		case queue.EntryHoldEnded:
			m.hold.WithLabelValues(e.Queue, string(e.Language)).Observe(e.Hold.Seconds())
		case queue.EntryHoldLimited:
			m.limits.WithLabelValues(string(e.More().Then)).Inc()
		case queue.EntryCallbackEnded:
			m.callbacks.WithLabelValues(string(e.Class), string(e.CallbackOutcome)).Inc()
		case queue.EntryCallbackBreached:
			m.breaches.Inc()
		case queue.EntryRecordingFailed:
			m.recordings.broke(e.More().Reason)
		case queue.EntryMonitorStarted:
			m.monitors.WithLabelValues(string(e.More().Mode)).Inc()
		case queue.EntryViolation:
			kind := e.More().Violation
			if !slices.Contains(queue.ViolationKinds, kind) {
				kind = otherLabel
			}
			m.violations.WithLabelValues(string(kind)).Inc()
		case queue.EntryAgentOverstay, queue.EntryAgentLate, queue.EntryAgentAbsent, queue.EntryAgentLeftEarly:
			m.attendance.WithLabelValues(attendanceKinds[e.Kind]).Inc()
		case queue.EntryCallResult:
			m.results.WithLabelValues(e.Queue, e.Result).Inc()
		case queue.EntryRefused:
			why := e.More().Refusal
			if !slices.Contains(queue.Refusals, why) {
				why = otherLabel
			}
			m.refusals.WithLabelValues(string(why)).Add(float64(max(1, e.Times)))
		}
	}
}

func (m *Metrics) waited(e queue.Entry) {
	m.wait.WithLabelValues(e.Queue, string(e.Language)).Observe(e.Wait.Seconds())
}

// scrapeTimeout is how long a scrape waits for the engine's loop.
const scrapeTimeout = 2 * time.Second

// handler serves the metrics, with what a server can see of the state.
func (m *Metrics) handler(s *Server) http.Handler {
	m.registry.MustRegister(&watcher{s})
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{
		ErrorLog: stdLog(s.log), ErrorHandling: promhttp.ContinueOnError, MaxRequestsInFlight: 8,
	})
}

var (
	descWaiting = prometheus.NewDesc("kezek_calls_waiting", "Callers in line.", []string{"queue", "language"}, nil)
	descLongest = prometheus.NewDesc("kezek_longest_wait_seconds", "Wait of the caller who has waited longest.", []string{"queue"}, nil)
	descLevel   = prometheus.NewDesc("kezek_service_level_ratio", "Share of today's calls answered in time; absent before the first.", []string{"queue"}, nil)
	descNotice  = prometheus.NewDesc("kezek_notice", "1 while callers of the queue hear a maintenance notice on entry.", []string{"queue"}, nil)
	descRecords = prometheus.NewDesc("kezek_recordings_running", "Conversations that are being recorded.", nil, nil)
	descAgents  = prometheus.NewDesc("kezek_agents", "Agents by status.", []string{"status"}, nil)
	descStaff   = prometheus.NewDesc("kezek_queue_agents", "Agents of a queue by status; one of several queues counts in each.", []string{"queue", "status"}, nil)
	descRating  = prometheus.NewDesc("kezek_agent_rating", "Mean of an agent's ratings since the log-in, 1 to 5; absent before the first.", []string{"agent"}, nil)
	descOpen    = prometheus.NewDesc("kezek_callbacks_open", "Open callbacks, by class.", []string{"class"}, nil)
	descDue     = prometheus.NewDesc("kezek_callback_due_seconds", "Time to the next deadline of a callback, negative when it is past; absent when none is open.", nil, nil)
	descARI     = prometheus.NewDesc("kezek_ari_connected", "1 while events from Asterisk arrive.", nil, nil)
	descRedis   = prometheus.NewDesc("kezek_redis_up", "1 while Redis answers.", nil, nil)
	descOwner   = prometheus.NewDesc("kezek_owner", "1 while this daemon runs the site.", nil, nil)
	descLost    = prometheus.NewDesc("kezek_state_lost", "1 if the state seems to lack what it had before the daemon started.", nil, nil)
	descAside   = prometheus.NewDesc("kezek_state_aside_total", "Invalid entries in Redis that were moved aside.", nil, nil)
	descPanics  = prometheus.NewDesc("kezek_step_panics_total", "Steps of the rules that failed; the entity of each was put aside.", nil, nil)
	descBroken  = prometheus.NewDesc("kezek_spool_broken_files", "Files of the spool that could not be read and were moved aside.", nil, nil)
)

// watcher reads health and state at each scrape.
type watcher struct{ s *Server }

// Describe implements [prometheus.Collector].
func (c *watcher) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{descWaiting, descLongest, descLevel, descNotice, descRecords, descAgents, descStaff, descRating, descOpen, descDue, descARI, descRedis, descOwner, descLost, descBroken, descAside, descPanics} {
		out <- d
	}
}

// Collect implements [prometheus.Collector]. Without the state there still is the health.
func (c *watcher) Collect(out chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	truth := map[bool]float64{true: 1}
	health := c.s.health()
	gauge(descARI, truth[health.Exchange])
	gauge(descRedis, truth[health.Redis])
	gauge(descOwner, truth[health.Owner])
	gauge(descLost, truth[health.Lost != ""])
	gauge(descBroken, float64(len(health.BrokenSpool)))
	out <- prometheus.MustNewConstMetric(descAside, prometheus.CounterValue, float64(health.Aside))
	out <- prometheus.MustNewConstMetric(descPanics, prometheus.CounterValue, float64(health.Panics))

	ctx, cancel := context.WithTimeout(context.Background(), scrapeTimeout)
	defer cancel()
	var queues []Queue
	statuses := map[queue.Status]int{}
	ratings := map[string]float64{}
	open := map[queue.CallbackClass]int{}
	var due time.Time
	var recordings int
	now := c.s.now()
	err := c.s.engine.View(ctx, func(s *queue.State) {
		queues = copyQueues(s, now)
		recordings = len(recordingsOf(s))
		for _, status := range allStatuses(s.Rules()) {
			statuses[status] = 0
		}
		for _, a := range s.Agents() {
			statuses[a.Status]++
			if mean := a.Ratings.Mean(); mean > 0 {
				ratings[a.ID] = mean
			}
		}
		for _, cb := range s.Callbacks() { // the one due first in front
			if due.IsZero() {
				due = cb.DueAt
			}
			open[cb.Class]++
		}
	})
	if err != nil {
		return
	}
	gauge(descRecords, float64(recordings))
	for status, n := range statuses {
		gauge(descAgents, float64(n), string(status))
	}
	for agent, mean := range ratings {
		gauge(descRating, mean, agent)
	}
	for _, class := range queue.CallbackClasses {
		gauge(descOpen, float64(open[class]), string(class))
	}
	if !due.IsZero() {
		gauge(descDue, due.Sub(now).Seconds())
	}
	for _, q := range queues {
		for l, n := range q.Waiting {
			gauge(descWaiting, float64(n), q.Name, string(l))
		}
		gauge(descLongest, q.LongestWait, q.Name)
		gauge(descNotice, truth[q.Notice != nil], q.Name)
		for status, n := range q.Agents {
			gauge(descStaff, float64(n), q.Name, string(status))
		}
		if p := q.ServiceLevel.Percent; p != nil {
			gauge(descLevel, *p/100, q.Name)
		}
	}
}

// allStatuses are the daemon's own and those of the table.
func allStatuses(rules *queue.Rules) []queue.Status {
	all := slices.Clone(queue.SetByDaemon)
	for name := range rules.Statuses {
		all = append(all, queue.Status(name))
	}
	return all
}
