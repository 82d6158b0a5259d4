package bench

import (
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"kezek/lab"
)

// A quick run finds everything that a full one does.
func TestQuickRun(t *testing.T) {
	if testing.Short() {
		t.Skip("takes half a minute")
	}
	if _, err := exec.LookPath("sipp"); err != nil && os.Getenv("KEZEK_LAB") != "1" {
		t.Skip("no sipp: run .lab/bin/lab setup --bench once")
	}
	lab.ForTest(t, lab.Options{Build: true}).Stop() // skips where there is no lab; compiles before the time below begins

	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	var out strings.Builder
	p := Quick()
	p.Parts = []Part{Line, Cost, Holds, Crowd}
	r, err := Run(ctx, p, &out)
	if err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	for _, s := range []struct {
		name string
		side Side
	}{{"Kezek", r.Kezek}, {"app_queue", r.AppQueue}} {
		if len(s.side.Freed) == 0 || len(s.side.Heard) == 0 || s.side.Deaf != 0 {
			t.Errorf("%s: %d next calls, %d answers, %d not heard", s.name, len(s.side.Freed), len(s.side.Heard), s.side.Deaf)
		}
		if s.side.Calls != p.Calls || s.side.cost(lab.Asterisk) <= 0 {
			t.Errorf("%s: %d calls of %d, processor time %v", s.name, s.side.Calls, p.Calls, s.side.Costs)
		}
	}
	if r.AppQueue.cost(lab.Daemon) != 0 || r.Kezek.cost(lab.Daemon) <= 0 {
		t.Errorf("the daemon's processor time: %v, beside app_queue %v", r.Kezek.Costs, r.AppQueue.Costs)
	}
	if r.Killed != p.Killed || r.Lost != 0 || r.Ready < time.Second || r.FirstCall < time.Second {
		t.Errorf("killed with %d calls, %d lost, ready after %v, first call after %v", r.Killed, r.Lost, r.Ready, r.FirstCall)
	}
	if r.Memory < 1<<20 || r.MemoryPeak < r.Memory || r.Waiting != p.Waiting {
		t.Errorf("%d bytes of memory, %d at most, with %d callers", r.Memory, r.MemoryPeak, r.Waiting)
	}
	if len(r.Arrivals) < 3 || slices.Max(r.Arrivals) > p.Arrive || slices.Min(r.Arrivals) < fewest || len(r.Held) == 0 || len(r.CrowdLoad) == 0 {
		t.Errorf("callers came at %v a second; %d holds, %s", r.Arrivals, len(r.Held), r.CrowdLoad)
	}
	page, err := r.Page()
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"make bench", "| what ", "hear each other: p50", "Asterisk 2", "SIPp v3", "Redis ", "limits are"} {
		if !strings.Contains(string(page), want) {
			t.Errorf("the page lacks %q:\n%s", want, page)
		}
	}
}

// A part that fails is in the table, and the others are measured all the same.
func TestPartFailsAlone(t *testing.T) {
	if testing.Short() {
		t.Skip("takes some seconds")
	}
	lab.ForTest(t, lab.Options{Build: true}).Stop() // skips where there is no lab
	var out strings.Builder
	p := Quick()
	p.Parts = []Part{Crowd, Steps}
	p.Agents = 11 // more than there are: no lab can be opened
	r, err := Run(t.Context(), p, &out)
	if err == nil || err.Error() != "not measured to the end: crowd" {
		t.Errorf("error %v", err)
	}
	var table strings.Builder
	r.Table(&table)
	for _, want := range []string{"A step of the rules", "| –", failed, "The part crowd, "} {
		if !strings.Contains(table.String(), want) {
			t.Errorf("%q is not in\n%s", want, &table)
		}
	}
	if r.Steps == nil || strings.Contains(table.String(), "Hold key") {
		t.Errorf("steps %v; the table has a part that nobody wanted:\n%s", r.Steps, &table)
	}
	if !strings.Contains(r.Summary(), "11 agents: at most 10") || !strings.Contains(out.String(), "crowd FAILED: 11 agents") {
		t.Errorf("the reason is not told: %s", r.Summary())
	}
}

// An interrupt ends the run, and what was measured until then is kept.
func TestRunIsInterrupted(t *testing.T) {
	ctx, interrupt := context.WithCancelCause(t.Context())
	interrupt(errors.New("by Ctrl-C"))
	r, err := Run(ctx, Quick(), io.Discard)
	if r == nil || err == nil || !strings.Contains(err.Error(), "by Ctrl-C") || len(r.Failures) != 0 {
		t.Errorf("report %v, error %v", r, err)
	}
}
