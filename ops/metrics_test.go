package ops

import (
	"slices"
	"strings"
	"testing"
	"time"

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
	s.happen(queue.ChannelGone{Channel: "c3", Cause: queue.Normal})
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
kezek_agents{status="waiting"} 0
kezek_agents{status="wrapup"} 0
# HELP kezek_ari_connected 1 while Asterisk's events flow.
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
# HELP kezek_longest_wait_seconds How long the caller waits who waits longest.
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
# HELP kezek_service_level_ratio Share of today's calls answered in time; absent before the first.
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

// An alert on an increase must see the first call of an outcome.
func TestMetricsBeginAtZero(t *testing.T) {
	s := newSite(t)
	s.metrics.Expect(s.state.Rules())
	body := s.do("GET", "/metrics", "seeing", "").Body.String()
	for _, line := range []string{
		`kezek_calls_total{language="ru",outcome="lost",queue="sales"} 0`,
		`kezek_wait_seconds_count{language="ky",queue="repair"} 0`,
	} {
		if !strings.Contains(body, "\n"+line) {
			t.Errorf("no line %s", line)
		}
	}
}

// A call that was answered counts its wait once, not again at its end.
func TestAWaitCountsOnce(t *testing.T) {
	s := busy(t)
	s.happen(queue.ChannelGone{Channel: "c1", Cause: queue.Normal})
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
