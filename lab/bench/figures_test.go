package bench

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"kezek/lab"
)

func TestQuantile(t *testing.T) {
	hundred := samples{}
	for i := range 100 {
		hundred = append(hundred, time.Duration(100-i))
	}
	for _, tt := range []struct {
		of   samples
		q    float64
		want time.Duration
	}{
		{nil, .5, 0},
		{samples{7}, .5, 7},
		{samples{7}, .99, 7},
		{samples{3, 1, 2}, .5, 2},
		{samples{4, 3, 1, 2}, .5, 2},
		{hundred, .99, 99},
		{hundred, 1, 100},
		{hundred, 0, 1},
	} {
		if got := tt.of.quantile(tt.q); got != tt.want {
			t.Errorf("quantile %g of %d samples: %d, want %d", tt.q, len(tt.of), got, tt.want)
		}
	}
}

func TestLost(t *testing.T) {
	then := time.Unix(1, 0)
	call := func(id string, position int, agent string) callView {
		return callView{ID: id, Arrived: then, Position: position, Agent: agent}
	}
	before := []callView{call("a", 0, "1011"), call("b", 0, "1012"), call("c", 1, ""), call("d", 2, ""), call("e", 3, "")}
	good := []callView{call("b", 0, "1012"), call("c", 0, "1011"), call("d", 1, ""), call("e", 2, "")}
	if n := lost(before, good, "1011"); n != 0 {
		t.Errorf("nothing is lost, found %d", n)
	}
	for what, change := range map[string]func([]callView) []callView{
		"gone":            func(c []callView) []callView { return c[:3] },
		"another order":   func(c []callView) []callView { c[2].Position, c[3].Position = 2, 1; return c },
		"another call":    func(c []callView) []callView { c[3].Arrived = then.Add(1); return c },
		"another agent":   func(c []callView) []callView { c[0].Agent = "1013"; return c },
		"no next call":    func(c []callView) []callView { c[1].Agent, c[1].Position = "", 1; return c },
		"an agent's loss": func(c []callView) []callView { c[0].Agent = ""; return c },
	} {
		after := change(append([]callView(nil), good...))
		if n := lost(before, after, "1011"); n == 0 {
			t.Errorf("%s is not found", what)
		}
	}
}

// someReport is that of a full run.
func someReport() *Report {
	r := &Report{
		Plan:     Full(),
		Kezek:    Side{Freed: samples{5 * time.Millisecond}, Heard: samples{40 * time.Millisecond}, Load: shares{.5}},
		AppQueue: Side{Freed: samples{500 * time.Millisecond}, Heard: samples{20 * time.Millisecond}, Load: shares{.5}},
		Steps:    map[crowd]float64{{100, 0}: 2000, {1000, 0}: 2500, {10_000, 0}: 3000, {10_000, 10_000}: 12_000},
		Memory:   50 << 20, Waiting: 1000, Killed: 500, Lost: 1, Held: samples{4 * time.Millisecond}, Returned: samples{3 * time.Millisecond}, HoldLoad: shares{.82, .84},
		Arrivals: []int{48, 36}, Ready: 1100 * time.Millisecond, FirstCall: 1200 * time.Millisecond,
	}
	r.Kezek.addCost(10, map[string]time.Duration{lab.Asterisk: 110 * time.Millisecond, lab.Daemon: 20 * time.Millisecond, lab.Redis: 10 * time.Millisecond},
		map[string]time.Duration{lab.Asterisk: 10 * time.Millisecond})
	for _, ms := range []time.Duration{300, 100, 90} { // the middle round counts
		r.AppQueue.addCost(10, map[string]time.Duration{lab.Asterisk: ms * time.Millisecond}, nil)
	}
	return r
}

func TestTable(t *testing.T) {
	r := someReport()
	var out strings.Builder
	r.Table(&out)
	table := strings.Join(strings.Fields(out.String()), " ")
	for _, want := range []string{
		"p50 | 10.0 ms | 5.0 ms | kept | 500.0 ms |",
		"p99 | 30.0 ms | 40.0 ms | **missed** | 20.0 ms |",
		"Asterisk | | 10.0 ms | | 10.0 ms |",
		"app_queue's call costs 5.6 ms | 2.0 ms | 1.1 ms | kept |",
		"| 1.6 × | 1.30 × | kept | 1 × |",
		"1,000 callers waiting | 80 MB | 50 MB | kept |",
		"| 0 | 1 | **missed** |",
		"| 10 µs | 3.0 µs | kept |",
		"10,000 open callbacks | 10 µs | 12.0 µs | **missed** |",
		"| 83 % busy |",
		"| 2 × (logarithmic) | 1.50 × | kept |",
	} {
		if !strings.Contains(table, want) {
			t.Errorf("%q is not in\n%s", want, out.String())
		}
	}
	if got := r.Summary(); got != "3 of 16 limits are missed." {
		t.Error(got)
	}
}

// A part that failed is told of, and what it had measured before is kept.
func TestTableOfFailures(t *testing.T) {
	r := someReport()
	r.Failures = []Failure{
		{Line, "app_queue, round 3 of 7", errors.New("the line ran dry\nand its logs")},
		{Crowd, "500 callers", errors.New("Asterisk is gone")},
	}
	r.AppQueue.Freed = nil
	r.Memory, r.Killed, r.Ready, r.FirstCall, r.Steps = 0, 0, 0, 0, nil
	r.Plan.Parts = []Part{Line, Crowd, Steps}
	var out strings.Builder
	r.Table(&out)
	table := strings.Join(strings.Fields(out.String()), " ")
	for _, want := range []string{
		"p50 | 10.0 ms | 5.0 ms | kept | – |",
		"| The part line, app_queue, round 3 of 7: ended too early | | | **failed** |",
		"1,000 callers waiting | 80 MB | – | **failed** |",
		"ready again, restart after 1 s included | 2 s | – | **failed** |",
		"out of their place in line | 0 | – | **failed** |",
		"| The part crowd, 500 callers: ended too early | | | **failed** |",
		"1,000 agents | 10 µs | – | | |", // wanted, but the run was interrupted before
	} {
		if !strings.Contains(table, want) {
			t.Errorf("%q is not in\n%s", want, out.String())
		}
	}
	if strings.Contains(table, "Processor time") {
		t.Errorf("a part that was not wanted is shown:\n%s", table)
	}
	const want = "1 of 11 limits are missed, 7 of 11 limits are not measured.\n" +
		"- **line** (app_queue, round 3 of 7) failed: the line ran dry\n- **crowd** (500 callers) failed: Asterisk is gone"
	if got := r.Summary(); got != want {
		t.Error(got)
	}
	if err := r.err(); err == nil || err.Error() != "not measured to the end: line, crowd" {
		t.Error(err)
	}
}

const noValue = "<no value>" // what text/template writes for a name that a map lacks

func TestPage(t *testing.T) {
	r := someReport()
	page, err := r.Page()
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"take turns, 7 rounds each", "| 36 to 48 a second, the fewer the more were there |", "100 a second at most"} {
		if !strings.Contains(string(page), want) {
			t.Errorf("%q is not in\n%s", want, page)
		}
	}
	if strings.Contains(string(page), noValue) {
		t.Errorf("a name is missing:\n%s", page)
	}
}

// docs/performance.md is a page of this template, only measured some time ago.
func TestPageIsUpToDate(t *testing.T) {
	text, err := os.ReadFile("../../docs/performance.md")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if strings.Contains(line, noValue) {
			t.Errorf("a name was missing: %s", line)
		}
	}
	for line := range strings.Lines(pageText) {
		if !strings.Contains(line, "{{") && !strings.Contains(string(text), line) {
			t.Errorf("docs/performance.md lacks a line of its template: %s", line)
		}
	}
}

func TestFitting(t *testing.T) {
	for _, tt := range []struct {
		cost       time.Duration
		processors int
		idle       float64
		want       int
	}{
		{20 * time.Millisecond, 2, 1, 50},
		{20 * time.Millisecond, 2, .5, 25},
		{20 * time.Millisecond, 16, 1, 100}, // the most
		{time.Second, 1, 1, fewest},
		{20 * time.Millisecond, 2, 0, fewest},
		{0, 1, 1, 100}, // too small to be measured
	} {
		if got := fitting(tt.cost, tt.processors, tt.idle, 100); got != tt.want {
			t.Errorf("%s a call, %d processors, %g idle: %d a second, want %d", tt.cost, tt.processors, tt.idle, got, tt.want)
		}
	}
}

func TestParseParts(t *testing.T) {
	if all, err := ParseParts(nil); err != nil || len(all) != len(Parts) {
		t.Errorf("%v, %v", all, err)
	}
	if some, err := ParseParts([]string{"crowd", " line"}); err != nil || !slices.Equal(some, []Part{Crowd, Line}) {
		t.Errorf("%v, %v", some, err)
	}
	if _, err := ParseParts([]string{"crwd"}); err == nil || err.Error() != `no part is called "crwd": there are line, cost, holds, crowd, steps` {
		t.Error(err)
	}
}

func TestReadSteps(t *testing.T) {
	const out = `
BenchmarkCycle/waiting=100/callbacks=0-2         	     100	     54112 ns/op	      10.5 ns/step	    7471 B/op	      82 allocs/op
BenchmarkCycle/waiting=1000/callbacks=0         	     100	     54112 ns/op	      1000 ns/step
BenchmarkCycle/waiting=10000/callbacks=0-2         	     100	     54112 ns/op	     3 ns/step
BenchmarkCycle/waiting=10000/callbacks=10000-2         	     100	     54112 ns/op	     7 ns/step
BenchmarkCycle/waiting=10000/callbacks=0-2         	     100	     54112 ns/op	     1 ns/step
BenchmarkCycle/waiting=10000/callbacks=0-2         	     100	     54112 ns/op	     2 ns/step
`
	got, err := readSteps(out)
	if err != nil || got[fewWaiting] != 10.5 || got[crowd{1000, 0}] != 1000 || got[manyWaiting] != 2 || got[crowd{10_000, 10_000}] != 7 {
		t.Errorf("read %v, %v", got, err)
	}
	if _, err := readSteps("PASS"); err == nil {
		t.Error("an empty output is accepted")
	}
}
