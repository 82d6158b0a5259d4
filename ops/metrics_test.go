package ops

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"kezek/queue"
)

func TestMetrics(t *testing.T) {
	s := busy(t)
	s.metrics.Stepped(3 * time.Microsecond)
	s.metrics.Assigned(4 * time.Millisecond)
	s.metrics.Requested("204", time.Millisecond)
	s.metrics.Requested("204", time.Millisecond)
	s.metrics.Requested("timeout", time.Second)
	s.happen(queue.ChannelGone{Channel: "c3", Cause: queue.CauseNormal})
	s.at = s.at.Add(10 * time.Second)
	s.health.Redis = false

	want := `
# HELP kezek_agents Agents by status.
# TYPE kezek_agents gauge
kezek_agents{status="coffee"} 0
kezek_agents{status="missed"} 0
kezek_agents{status="offline"} 0
kezek_agents{status="ringing"} 1
kezek_agents{status="talking"} 1
kezek_agents{status="unwell"} 0
kezek_agents{status="waiting"} 0
kezek_agents{status="wrapup"} 0
# HELP kezek_ari_connected 1 while events from Asterisk arrive.
# TYPE kezek_ari_connected gauge
kezek_ari_connected 1
# HELP kezek_ari_requests_total Requests to Asterisk by HTTP status; timeout and error got no answer.
# TYPE kezek_ari_requests_total counter
kezek_ari_requests_total{code="204"} 2
kezek_ari_requests_total{code="timeout"} 1
# HELP kezek_build_info Always 1; the label is the version.
# TYPE kezek_build_info gauge
kezek_build_info{version="test"} 1
# HELP kezek_calls_total Calls that ended, by outcome.
# TYPE kezek_calls_total counter
kezek_calls_total{language="ky",outcome="abandoned",queue="repair"} 1
# HELP kezek_calls_waiting Callers in line.
# TYPE kezek_calls_waiting gauge
kezek_calls_waiting{language="ky",queue="repair"} 1
kezek_calls_waiting{language="ky",queue="sales"} 0
kezek_calls_waiting{language="ru",queue="repair"} 0
kezek_calls_waiting{language="ru",queue="sales"} 1
# HELP kezek_longest_wait_seconds Wait of the caller who has waited longest.
# TYPE kezek_longest_wait_seconds gauge
kezek_longest_wait_seconds{queue="repair"} 13
kezek_longest_wait_seconds{queue="sales"} 11
# HELP kezek_owner 1 while this daemon runs the site.
# TYPE kezek_owner gauge
kezek_owner 1
# HELP kezek_queue_agents Agents of a queue by status; one of several queues counts in each.
# TYPE kezek_queue_agents gauge
kezek_queue_agents{queue="repair",status="ringing"} 1
kezek_queue_agents{queue="sales",status="ringing"} 1
kezek_queue_agents{queue="sales",status="talking"} 1
# HELP kezek_redis_up 1 while Redis answers.
# TYPE kezek_redis_up gauge
kezek_redis_up 0
# HELP kezek_service_level_ratio Deprecated, gone in the next release: compute it from kezek_calls_answered_within_total, kezek_calls_offered_total and kezek_calls_abandoned_within_total. Share of today's visits answered in time; absent before the first.
# TYPE kezek_service_level_ratio gauge
kezek_service_level_ratio{queue="sales"} 1
`
	// The histograms and Go's own are looked at below.
	names := []string{
		"kezek_agents", "kezek_ari_connected", "kezek_ari_requests_total", "kezek_build_info", "kezek_calls_total", "kezek_calls_waiting",
		"kezek_longest_wait_seconds", "kezek_owner", "kezek_queue_agents", "kezek_redis_up", "kezek_service_level_ratio",
	}
	if err := testutil.GatherAndCompare(s.metrics.registry, strings.NewReader(want), names...); err != nil {
		t.Error(err)
	}
	body := s.do("GET", "/metrics", "seeing", "").Body.String()
	for _, line := range []string{
		`kezek_wait_seconds_count{language="ru",queue="sales"} 1`, // c1 was answered
		`kezek_wait_seconds_bucket{language="ru",queue="sales",le="1"} 1`,
		`kezek_wait_seconds_count{language="ky",queue="repair"} 1`, // c3 gave up
		`kezek_step_seconds_count 1`,
		`kezek_assign_seconds_bucket{le="0.005"} 1`,
		`go_goroutines `,
		`process_resident_memory_bytes `,
	} {
		if !strings.Contains(body, "\n"+line) {
			t.Errorf("no line %s", line)
		}
	}
	if problems, err := testutil.GatherAndLint(s.metrics.registry); err != nil || len(problems) > 0 {
		t.Errorf("%v %v", problems, err)
	}
}

// What callbacks and agents do is counted; what no rule knows makes no new series.
func TestMetricsOfCallbacks(t *testing.T) {
	s := newSite(t)
	names := []string{
		"kezek_callback_breaches_total", "kezek_callback_due_seconds", "kezek_callbacks_open", "kezek_callbacks_total", "kezek_violations_total", "kezek_refusals_total",
	}
	compare := func(when string, due string, lines ...string) {
		t.Helper()
		want := map[string]string{}
		zero := func(series string) { want[series] = "0" }
		zero("kezek_callback_breaches_total")
		for _, class := range queue.CallbackClasses {
			zero(fmt.Sprintf("kezek_callbacks_open{class=%q}", class))
			for _, o := range queue.CallbackOutcomes {
				zero(fmt.Sprintf("kezek_callbacks_total{class=%q,outcome=%q}", class, o))
			}
		}
		for _, kind := range queue.ViolationKinds {
			zero(fmt.Sprintf("kezek_violations_total{kind=%q}", kind))
		}
		zero(`kezek_violations_total{kind="other"}`)
		for _, why := range queue.Refusals {
			zero(`kezek_refusals_total{refusal="` + string(why) + `"}`)
		}
		if due != "" {
			want["kezek_callback_due_seconds"] = due
		}
		for _, line := range lines {
			series, value, _ := strings.Cut(line, " ")
			want[series] = value
		}
		got := map[string]string{}
		for line := range strings.Lines(s.do("GET", "/metrics", "seeing", "").Body.String()) {
			series, value, _ := strings.Cut(strings.TrimSpace(line), " ")
			name, _, _ := strings.Cut(series, "{")
			if slices.Contains(names, name) {
				got[series] = value
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", when, diff)
		}
	}
	compare("at the start", "")

	s.happen(queue.LogIn{Agent: "1001", Trusted: true})
	id := s.book(t, `{"number":"+996555000001","queue":"sales","class":"manager"}`)
	s.at = s.at.Add(time.Minute)
	compare("booked", "840", `kezek_callbacks_open{class="manager"} 1`)

	leg, _, _, _ := s.legs(id)
	s.happen(queue.ChannelGone{Channel: leg, Cause: queue.CauseDeclined}, queue.SetStatus{Agent: "1001", Status: "coffee"}, queue.LogOut{Agent: "1001"})
	s.at = s.at.Add(15 * time.Minute)
	s.happen(queue.Tick{})
	s.do("POST", "/api/v1/callbacks", "steering", `{"number":"+79001234567","queue":"sales"}`)
	late := []string{
		`kezek_callbacks_open{class="manager"} 1`, "kezek_callback_breaches_total 1",
		`kezek_violations_total{kind="callback_declined"} 1`, `kezek_violations_total{kind="callback_break"} 1`, `kezek_violations_total{kind="callback_logout"} 1`,
		`kezek_refusals_total{refusal="callback_owed"} 2`, `kezek_refusals_total{refusal="number_not_allowed"} 1`,
	}
	compare("late", "-64", late...)

	s.do("DELETE", "/api/v1/callbacks/"+id+"?reason=x", "steering", "")
	s.metrics.Happened([]queue.Entry{{Kind: queue.EntryViolation, Details: &queue.Details{Violation: "x"}}, {Kind: queue.EntryViolation, Details: &queue.Details{Violation: "y"}}})
	late[0] = `kezek_callbacks_total{class="manager",outcome="cancelled"} 1`
	compare("over", "", append(late, `kezek_violations_total{kind="other"} 2`)...)
	if problems, err := testutil.GatherAndLint(s.metrics.registry); err != nil || len(problems) > 0 {
		t.Errorf("%v %v", problems, err)
	}
}

// A caller who comes back to the line waits anew: wait, service level and board count visits, outcomes count calls.
func TestVisitsAreCounted(t *testing.T) {
	s := busy(t) // c1 waited for 1 s, and talks to 1001
	s.at = s.at.Add(30 * time.Second)
	leg := s.legOf("1001")
	s.happen(queue.KeyPressed{Channel: leg, Key: '*'}, queue.KeyPressed{Channel: leg, Key: '9'})
	back := s.at
	s.happen(queue.ChannelGone{Channel: "c4"}) // who waits for longer
	s.at = s.at.Add(2 * time.Second)
	got := get[Queue](t, s, "/api/v1/queues/sales")
	waits := s.at.Sub(back).Seconds()
	if got.LongestWait != waits || got.AnsweredToday != 1 || got.AbandonedToday != 1 {
		t.Errorf("the queue is %+v, want a longest wait of %v", got, waits)
	}
	c := get[items[Call]](t, s, "/api/v1/calls").Items[0]
	if len(c.Visits) != 2 || c.Visits[1].Back != queue.CauseUnwell || c.Visits[1].Length != waits || c.Waited != waits || len(c.Talks) != 1 || c.Talks[0].Length < 30 {
		t.Errorf("the call is %+v", c)
	}
	s.happen(queue.ChannelGone{Channel: "c1"})
	body := s.do("GET", "/metrics", "seeing", "").Body.String()
	for _, line := range []string{
		`kezek_visits_total{end="answered",language="ru",queue="sales"} 1`,
		`kezek_visits_total{end="abandoned",language="ru",queue="sales"} 2`,
		`kezek_wait_seconds_count{language="ru",queue="sales"} 3`,
		`kezek_wait_seconds_bucket{language="ru",queue="sales",le="5"} 2`, // without c4
		`kezek_calls_total{language="ru",outcome="abandoned",queue="sales"} 2`,
		`kezek_service_level_ratio{queue="sales"} 0.5`, // c4 gave up late, c1 soon
	} {
		if !strings.Contains(body, "\n"+line) {
			t.Errorf("no line %s", line)
		}
	}
}

// A client that we called has not waited in line.
func TestACalledClientHasNoWait(t *testing.T) {
	s := newSite(t)
	s.metrics.Expect(s.state.Rules())
	s.metrics.Happened([]queue.Entry{{Kind: queue.EntryCallAnswered, Queue: "sales", Language: "ru", Callback: "cb-1"}})
	body := s.do("GET", "/metrics", "seeing", "").Body.String()
	if want := `kezek_wait_seconds_count{language="ru",queue="sales"} 0`; !strings.Contains(body, want) {
		t.Errorf("no line %s", want)
	}
}

// An alert on an increase must see the first call of an outcome.
func TestMetricsBeginAtZero(t *testing.T) {
	s := newSite(t)
	s.metrics.Expect(s.state.Rules())
	body := s.do("GET", "/metrics", "seeing", "").Body.String()
	for _, line := range []string{
		`kezek_calls_total{language="ru",outcome="lost",queue="sales"} 0`,
		`kezek_calls_total{language="ru",outcome="callback",queue="sales"} 0`,
		`kezek_wait_seconds_count{language="ky",queue="repair"} 0`,
		`kezek_visits_total{end="timeout",language="ky",queue="repair"} 0`,
	} {
		if !strings.Contains(body, "\n"+line) {
			t.Errorf("no line %s", line)
		}
	}
}

// A call that was answered counts its wait once, not again at its end.
func TestAWaitCountsOnce(t *testing.T) {
	s := busy(t)
	s.happen(queue.ChannelGone{Channel: "c1", Cause: queue.CauseNormal})
	body := s.do("GET", "/metrics", "seeing", "").Body.String()
	if want := `kezek_wait_seconds_count{language="ru",queue="sales"} 1`; !strings.Contains(body, want) {
		t.Errorf("no line %s", want)
	}
}

// While nobody can look at the state there still is the health.
func TestMetricsWithoutAState(t *testing.T) {
	s := newSite(t)
	s.away, s.health = errAway, Health{Redis: true}
	families, err := s.metrics.registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range families {
		if strings.HasPrefix(f.GetName(), "kezek_") {
			names = append(names, f.GetName())
		}
	}
	for _, name := range []string{"kezek_ari_connected", "kezek_redis_up", "kezek_owner"} {
		if !slices.Contains(names, name) {
			t.Errorf("no %s", name)
		}
	}
	if slices.Contains(names, "kezek_calls_waiting") {
		t.Error("kezek_calls_waiting is told though nobody knows it")
	}
}

// Each hold is a sample; one that took too long is counted by what was done about it.
func TestHoldsAreMeasured(t *testing.T) {
	s := newSite(t)
	s.change(func(r *queue.Rules) { r.Queues["sales"].Hold.Then = queue.HoldThenRequeue })
	s.happen(queue.LogIn{Agent: "1001", Trusted: true}, arrive("c1", "+996312900800", "+996555000001"))
	leg := s.legOf("1001")
	s.happen(queue.LegAnswered{Channel: leg}, queue.HoldPressed{Channel: leg}, queue.HoldReleased{Channel: leg}, queue.HoldPressed{Channel: leg})
	s.at = s.at.Add(2 * time.Minute)
	s.happen(queue.Tick{})
	want := `
# HELP kezek_hold_limit_total Holds that reached the limit, by what was done.
# TYPE kezek_hold_limit_total counter
kezek_hold_limit_total{then="callback"} 0
kezek_hold_limit_total{then="requeue"} 1
kezek_hold_limit_total{then="return"} 0
`
	if err := testutil.GatherAndCompare(s.metrics.registry, strings.NewReader(want), "kezek_hold_limit_total"); err != nil {
		t.Error(err)
	}
	families, err := s.metrics.registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() != "kezek_hold_seconds" {
			continue
		}
		for _, m := range f.GetMetric() {
			h, labels := m.GetHistogram(), m.GetLabel()
			ours := labels[0].GetValue() == "ru" && labels[1].GetValue() == "sales"
			if n, sum := h.GetSampleCount(), h.GetSampleSum(); ours && (n != 2 || sum != 122) || !ours && n != 0 {
				t.Errorf("%v: %d holds of %v s", labels, n, sum)
			}
		}
		return
	}
	t.Error("no kezek_hold_seconds")
}

func TestRecordingMetrics(t *testing.T) {
	s := newSite(t)
	metric := func(name, want string) {
		t.Helper()
		body := s.do(http.MethodGet, "/metrics", "seeing", "").Body.String()
		if !strings.Contains(body, "\n"+name+" "+want+"\n") {
			t.Errorf("%s is not %s:\n%s", name, want, body)
		}
	}
	s.talk(t)
	s.metrics.Expect(s.state.Rules())
	metric("kezek_recordings_running", "1")
	metric(`kezek_recordings_total{queue="sales"}`, "0")
	s.happen(queue.ChannelGone{Channel: "c1"})
	metric("kezek_recordings_running", "0")
	metric(`kezek_recordings_total{queue="sales"}`, "1")
	warnings := func() []string { return decoded[Readiness](t, s.do("GET", "/readyz", "seeing", "").Body).Warnings }
	for range 2 {
		s.metrics.Happened([]queue.Entry{{Kind: queue.EntryRecordingFailed, Details: &queue.Details{Reason: "no room"}}})
	}
	metric("kezek_recording_failures_total", "2")
	if got := warnings(); len(got) != 0 {
		t.Errorf("after two failures: %q", got)
	}
	s.metrics.Happened([]queue.Entry{{Kind: queue.EntryRecordingFailed, Details: &queue.Details{Reason: "no room"}}})
	if got := warnings(); !slices.Equal(got, []string{"the last 3 recordings have failed: no room"}) {
		t.Errorf("after three failures: %q", got)
	}
	s.metrics.Happened([]queue.Entry{{Kind: queue.EntryCallEnded, Queue: "sales", Details: &queue.Details{Recorded: []queue.Recorded{{Name: "kezek/x", Broken: "no room"}}}}})
	if got := warnings(); len(got) != 1 {
		t.Errorf("after one that broke off in the middle: %q", got)
	}
	s.metrics.Happened([]queue.Entry{{Kind: queue.EntryCallEnded, Queue: "sales", Details: &queue.Details{Recorded: []queue.Recorded{{Name: "kezek/x", Broken: "no room"}, {Name: "kezek/y"}}}}})
	if got := warnings(); len(got) != 0 {
		t.Errorf("once one has succeeded: %q", got)
	}
	s.metrics.Happened([]queue.Entry{{Kind: queue.EntryRefused, Details: &queue.Details{Refusal: queue.RefusalWrongPIN}}, {Kind: queue.EntryRefused, Details: &queue.Details{Refusal: queue.RefusalWrongPIN, Times: 17}}})
	metric(`kezek_refusals_total{refusal="wrong_pin"}`, "18")
	s.metrics.Pruned(7, 3, 0)
	s.metrics.Pruned(6, 1, 2)
	metric("kezek_recording_files_skipped", "2")
	metric("kezek_recording_files", "6")
	metric("kezek_recording_files_deleted_total", "4")

	sales := get[Queue](t, s, "/api/v1/queues/sales")
	if sales.Recording == nil || sales.Recording.Keep != (90*24*time.Hour).Seconds() || sales.Recording.Notice {
		t.Errorf("the queue shows %+v", sales.Recording)
	}
	if repair := get[Queue](t, s, "/api/v1/queues/repair"); repair.Recording != nil {
		t.Errorf("a queue without recordings shows %+v", repair.Recording)
	}
}

// A recording that fails is none that runs, nor one of the call's record.
func TestRecordingBreaks(t *testing.T) {
	s := newSite(t)
	r := s.talk(t)
	metric := func(name, want string) {
		t.Helper()
		if body := s.do(http.MethodGet, "/metrics", "seeing", "").Body.String(); !strings.Contains(body, "\n"+name+" "+want+"\n") {
			t.Errorf("%s is not %s", name, want)
		}
	}
	s.happen(queue.RecordingBroke{Channel: r.In + "0", Why: "somebody else's"})
	metric("kezek_recordings_running", "1")
	s.happen(queue.RecordingBroke{Channel: r.Out, Why: "no room"}, queue.RecordingBroke{Channel: r.In, Why: "no room"})
	metric("kezek_recordings_running", "0")
	metric("kezek_recording_failures_total", "1")
	s.metrics.Expect(s.state.Rules())
	s.happen(queue.ChannelGone{Channel: "c1"})
	metric(`kezek_recordings_total{queue="sales"}`, "0")
}
