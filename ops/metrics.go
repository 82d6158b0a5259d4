package ops

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promauto"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"kezek/queue"
)

// Metrics counts what happens. What merely is, such as how many callers wait,
// is read from the rules at each scrape. Labels hold words of the config and
// of the rules alone, so that no caller can make a new series.
type Metrics struct {
	registry *prometheus.Registry
	calls    *prometheus.CounterVec
	visits   *prometheus.CounterVec
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

	// recent are the visits of the last half-hour, for the page.
	recent     recentVisits
	behind     prometheus.Gauge
	lost       *prometheus.CounterVec
	monitors   *prometheus.CounterVec
	recordings recordingMetrics
	tokens     *prometheus.CounterVec
	history    historyMetrics
	ami        amiMetrics
	queueLog   queueLogMetrics
	service    *serviceMetrics
	promises   callbackMetrics
	staff      *staffMetrics
	readers    *readers
	config     configMetrics
}

// deprecated begins the help of a metric that is gone in the next release.
const deprecated = "Deprecated, gone in the next release: "

// attendanceKinds are the labels of the journal's lines about attendance.
var attendanceKinds = map[queue.EntryKind]string{
	queue.EntryAgentOverstay: "overstay", queue.EntryAgentLate: "late", queue.EntryAgentAbsent: "absent", queue.EntryAgentLeftEarly: "left_early",
}

// otherLabel counts what is in no set of the rules.
const otherLabel = "other"

// maker makes metrics that a scrape shows from then on.
type maker struct{ promauto.Factory }

func (add maker) counters(name, help string, labels ...string) *prometheus.CounterVec {
	return add.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
}

func (add maker) counter(name, help string) prometheus.Counter {
	return add.NewCounter(prometheus.CounterOpts{Name: name, Help: help})
}

func (add maker) gauge(name, help string) prometheus.Gauge {
	return add.NewGauge(prometheus.GaugeOpts{Name: name, Help: help})
}

// fromZero shows the counters of all words of a set from the start, at zero.
func fromZero[T ~string](counters *prometheus.CounterVec, set ...T) {
	for _, word := range set {
		counters.WithLabelValues(string(word))
	}
}

// NewMetrics makes the metrics of one daemon.
func NewMetrics(version string) *Metrics {
	registry := prometheus.NewRegistry()
	add := maker{promauto.With(registry)}
	m := &Metrics{
		registry: registry,
		calls:    add.counters("kezek_calls_total", "Calls that ended, by outcome.", "queue", "language", "outcome"),
		visits:   add.counters("kezek_visits_total", "Visits of callers to the line of a queue, by end; a caller who comes back begins another.", "queue", "language", "end"),
		wait: add.NewHistogramVec(prometheus.HistogramOpts{
			Name: "kezek_wait_seconds", Help: deprecated + "use kezek_answer_seconds and kezek_abandon_seconds. Time in line of each visit, until an agent answered or the caller left unserved.",
			Buckets: waits,
		}, []string{"queue", "language"}),
		hold: add.NewHistogramVec(prometheus.HistogramOpts{
			Name: "kezek_hold_seconds", Help: "Time a caller was on hold, for each hold.",
			Buckets: []float64{1, 2, 5, 10, 20, 30, 45, 60, 75, 90, 100, 110, 115, 120},
		}, []string{"queue", "language"}),
		limits: add.counters("kezek_hold_limit_total", "Holds that reached the limit, by what was done.", "then"),
		thirds: add.counters("kezek_transfers_total", "Third parties of calls that ended, by the way they came in and the end.", "way", "end"),
		step: add.NewHistogram(prometheus.HistogramOpts{
			Name: "kezek_step_seconds", Help: "Time the rules took for one event.",
			Buckets: prometheus.ExponentialBuckets(1e-6, 4, 10), // 1 µs to 0.26 s
		}),
		assign: add.NewHistogram(prometheus.HistogramOpts{
			Name: "kezek_assign_seconds", Help: "Time from the event that freed an agent or brought a caller until the agent's phone was dialled.",
			Buckets: []float64{.001, .002, .003, .005, .0075, .01, .015, .02, .03, .05, .1, .25, .5, 1, 5},
		}),
		requests:   add.counters("kezek_ari_requests_total", "Requests to Asterisk by HTTP status; timeout and error got no answer.", "code"),
		misread:    add.counter("kezek_ari_events_misread_total", "Events of Asterisk that could not be decoded."),
		callbacks:  add.counters("kezek_callbacks_total", "Callbacks that ended, by class and outcome.", "class", "outcome"),
		breaches:   add.counter("kezek_callback_breaches_total", deprecated+"use kezek_callbacks_breached_total. Callbacks whose deadline passed before the client was spoken to."),
		violations: add.counters("kezek_violations_total", "Violations of the rules by agents, by kind.", "kind"),
		attendance: add.counters("kezek_attendance_total", "Shifts started late, left early or missed, and statuses that lasted too long.", "kind"),
		refusals:   add.counters("kezek_refusals_total", "Requests and codes refused by the rules, by refusal.", "refusal"),
		results:    add.counters("kezek_call_results_total", "Results of calls recorded by agents; a corrected one counts again.", "queue", "result"),
		ratings:    add.counters("kezek_ratings_total", "Ratings of agents by callers, 1 to 5.", "queue", "rating"),
		webhook:    add.counters("kezek_webhook_total", "Events for the webhook: sent, failed attempts that were retried, and events given up.", "result"),
		behind:     add.gauge("kezek_webhook_behind_seconds", "How long ago the event happened that the webhook cannot deliver, or has yet to; 0 when it has delivered all."),
		lost:       add.counters("kezek_events_lost_total", "Events that were gone from Redis before a consumer read them, at least: of the event streams, and of the webhook.", "reader"),
		monitors:   add.counters("kezek_monitors_total", "Times a supervisor listened to a conversation, by mode: listen, whisper or join.", "mode"),
		tokens: add.counters("kezek_auth_failures_total",
			"Requests rejected because of their token: missing, wrong, expired, or slowed down and not checked after wrong ones.", "why"),
		recordings: newRecordingMetrics(add),
		history:    newHistoryMetrics(add),
		ami:        newAMIMetrics(add),
		queueLog:   newQueueLogMetrics(add),
		service:    newServiceMetrics(add),
		promises:   newCallbackMetrics(add),
		staff:      newStaffMetrics(),
		readers:    newReaders(),
		config:     newConfigMetrics(add),
	}
	registry.MustRegister(m.readers)
	fromZero(m.monitors, queue.MonitorModes...)
	fromZero(m.tokens, missingToken, wrongToken, expiredToken, slowedToken)
	fromZero(m.lost, "stream", "webhook")
	fromZero(m.webhook, "sent", "retried", "dropped")
	for _, class := range queue.CallbackClasses {
		fromZero(m.callbacks.MustCurryWith(prometheus.Labels{"class": string(class)}), queue.CallbackOutcomes...)
	}
	fromZero(m.violations, queue.ViolationKinds...)
	fromZero(m.violations, otherLabel)
	fromZero(m.attendance, slices.Collect(maps.Values(attendanceKinds))...)
	fromZero(m.refusals, queue.Refusals...)
	fromZero(m.limits, queue.HoldThens...)
	add.NewGauge(prometheus.GaugeOpts{
		Name: "kezek_build_info", Help: "Always 1; the label is the version.", ConstLabels: prometheus.Labels{"version": version},
	}).Set(1)
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// Expect shows the counters of the config's queues from the start, at zero:
// else the first call of an outcome would not be seen as an increase.
func (m *Metrics) Expect(rules *queue.Rules) {
	m.service.expect(rules)
	fromZero(m.staff.spent, slices.DeleteFunc(allStatuses(rules), func(s queue.Status) bool { return s == queue.StatusOffline })...)
	for name := range rules.Queues {
		for _, l := range rules.Languages {
			m.wait.WithLabelValues(name, string(l))
			m.hold.WithLabelValues(name, string(l))
			for _, end := range queue.VisitEnds {
				m.visits.WithLabelValues(name, string(l), string(end))
			}
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

// lostEvents counts events that a reader was told it has missed; one where it is not known how many.
func (m *Metrics) lostEvents(reader string, n int64) {
	m.lost.WithLabelValues(reader).Add(float64(max(1, n)))
}

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
		m.service.happened(e)
		m.promises.happened(e)
		switch e.Kind {
		case queue.EntryAgentStatus:
			m.staff.changed(e)
		case queue.EntryCallAnswered:
			if e.Callback == "" { // a client that we called has not waited
				m.visited(e, queue.VisitEndAnswered, e.Wait)
			}
		case queue.EntryVisitEnded:
			if e.More().VisitEnd == queue.VisitEndMoved { // the others are told by the end of their call
				m.visited(e, queue.VisitEndMoved, e.Wait)
			}
		case queue.EntryCallEnded:
			more := e.More()
			if n := len(more.Visits); n > 0 && more.Visits[n-1].End != queue.VisitEndAnswered {
				m.visited(e, more.Visits[n-1].End, more.Visits[n-1].Length)
			}
			m.calls.WithLabelValues(e.Queue, string(e.Language), string(e.Outcome)).Inc()
			if more.Rating > 0 {
				m.ratings.WithLabelValues(e.Queue, strconv.Itoa(more.Rating)).Inc()
			}
			if len(more.Recorded) > 0 {
				m.recordings.recorded(e.Queue, more.Recorded)
			}
			for _, t := range more.Transfers {
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
			m.results.WithLabelValues(e.Queue, e.More().Result).Inc()
		case queue.EntryRefused:
			why := e.More().Refusal
			if !slices.Contains(queue.Refusals, why) {
				why = otherLabel
			}
			m.refusals.WithLabelValues(string(why)).Add(float64(max(1, e.More().Times)))
		}
	}
}

// visited counts a visit to a line that an entry ends.
func (m *Metrics) visited(e queue.Entry, how queue.VisitEnd, wait time.Duration) {
	m.visits.WithLabelValues(e.Queue, string(e.Language), string(how)).Inc()
	m.wait.WithLabelValues(e.Queue, string(e.Language)).Observe(wait.Seconds())
	m.recent.ended(e.Queue, visitOver{e.At, how, wait})
	m.service.visited(e, how, wait)
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

// What is read from the rules and from the health at each scrape.
var (
	descWaiting   = prometheus.NewDesc("kezek_calls_waiting", "Callers in line.", []string{"queue", "language"}, nil)
	descLongest   = prometheus.NewDesc("kezek_longest_wait_seconds", "Wait of the caller who has waited longest.", []string{"queue"}, nil)
	descLevel     = prometheus.NewDesc("kezek_service_level_ratio", deprecated+"compute it from kezek_calls_answered_within_total, kezek_calls_offered_total and kezek_calls_abandoned_within_total. Share of today's visits answered in time; absent before the first.", []string{"queue"}, nil)
	descNotice    = prometheus.NewDesc("kezek_notice", "1 while callers of the queue hear a maintenance notice on entry.", []string{"queue"}, nil)
	descRecords   = prometheus.NewDesc("kezek_recordings_running", "Conversations that are being recorded.", nil, nil)
	descAgents    = prometheus.NewDesc("kezek_agents", "Agents by status.", []string{"status"}, nil)
	descStaff     = prometheus.NewDesc("kezek_queue_agents", "Agents of a queue by status; one of several queues counts in each.", []string{"queue", "status"}, nil)
	descFaults    = prometheus.NewDesc("kezek_phones_broken", "Agents whose phone is registered and does not work, by why.", []string{"cause"}, nil)
	descTrunk     = prometheus.NewDesc("kezek_trunk_up", "0 while the trunk takes no calls, by the last calls over it.", nil, nil)
	descRating    = prometheus.NewDesc("kezek_agent_rating", deprecated+"use kezek_ratings_total, and the report of agents. Mean of an agent's ratings since the log-in, 1 to 5; absent before the first.", []string{"agent"}, nil)
	descOpen      = prometheus.NewDesc("kezek_callbacks_open", "Open callbacks, by class.", []string{"class"}, nil)
	descDue       = prometheus.NewDesc("kezek_callback_due_seconds", "Time to the next deadline of a callback, negative when it is past; absent when none is open.", nil, nil)
	descARI       = prometheus.NewDesc("kezek_ari_connected", "1 while events from Asterisk arrive.", nil, nil)
	descRedis     = prometheus.NewDesc("kezek_redis_up", "1 while Redis answers.", nil, nil)
	descOwner     = prometheus.NewDesc("kezek_owner", "1 while this daemon runs the site.", nil, nil)
	descLost      = prometheus.NewDesc("kezek_state_lost", "1 if the state seems to lack what it had before the daemon started.", nil, nil)
	descAside     = prometheus.NewDesc("kezek_state_aside_total", "Invalid entries in Redis that were moved aside.", nil, nil)
	descForgotten = prometheus.NewDesc("kezek_events_forgotten_total", "Events that were lost because Redis was away for too long: reports lack them.", nil, nil)
	descPanics    = prometheus.NewDesc("kezek_step_panics_total", "Steps of the rules that failed; the entity of each was put aside.", nil, nil)
	descBroken    = prometheus.NewDesc("kezek_spool_broken_files", "Files of the spool that could not be read and were moved aside.", nil, nil)
)

// watcher reads health and state at each scrape.
type watcher struct{ s *Server }

// Describe implements [prometheus.Collector].
func (c *watcher) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{descWaiting, descLongest, descLevel, descNotice, descRecords, descAgents, descStaff, descFaults, descTrunk, descRating, descOpen, descDue, descARI, descRedis, descOwner, descLost, descBroken, descAside, descPanics, descForgotten} {
		out <- d
	}
	for _, staff := range c.s.metrics.staff.all() {
		staff.Describe(out)
	}
}

// Collect implements [prometheus.Collector]. Without the state there still is the health.
func (c *watcher) Collect(out chan<- prometheus.Metric) {
	defer func() { // after the look at the agents
		for _, staff := range c.s.metrics.staff.all() {
			staff.Collect(out)
		}
	}()
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
	out <- prometheus.MustNewConstMetric(descForgotten, prometheus.CounterValue, float64(health.Forgotten))
	out <- prometheus.MustNewConstMetric(descPanics, prometheus.CounterValue, float64(health.Panics))

	ctx, cancel := context.WithTimeout(context.Background(), scrapeTimeout)
	defer cancel()
	var queues []Queue
	statuses := map[queue.Status]int{}
	ratings := map[string]float64{}
	faults := map[queue.Cause]int{}
	trunk := true
	open := map[queue.CallbackClass]int{}
	var due time.Time
	var recordings int
	now := c.s.now()
	agents := map[string]seen{}
	err := c.s.engine.View(ctx, func(s *queue.State) {
		queues = copyQueues(s, now)
		recordings = len(recordingsOf(s))
		for _, status := range allStatuses(s.Rules()) {
			statuses[status] = 0
		}
		for _, a := range s.Agents() {
			statuses[a.Status]++
			agents[a.ID] = seen{status: a.Status, shift: a.Shift}
			if a.Fault != "" {
				faults[a.Fault]++
			}
			if mean := a.Ratings.Mean(); mean > 0 {
				ratings[a.ID] = mean
			}
		}
		trunk = s.TrunkDownSince().IsZero()
		for _, cb := range s.Callbacks() { // the one due first in front
			if due.IsZero() {
				due = cb.DueAt
			}
			open[cb.Class]++
		}
	})
	if err != nil {
		if !health.Owner {
			c.s.metrics.staff.leave()
		}
		return
	}
	c.s.metrics.staff.look(agents, now)
	gauge(descRecords, float64(recordings))
	for status, n := range statuses {
		gauge(descAgents, float64(n), string(status))
	}
	gauge(descTrunk, truth[trunk])
	for _, cause := range queue.Causes {
		if cause.By() == queue.EndedByPhone {
			gauge(descFaults, float64(faults[cause]), string(cause))
		}
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
