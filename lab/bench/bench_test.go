package bench

import (
	"context"
	"os"
	"os/exec"
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
		t.Skip("no sipp: run .lab/bin/lab setup --tests once")
	}
	lab.ForTest(t, lab.Options{}).Stop() // skips where there is no lab

	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	var out strings.Builder
	p := Quick()
	p.Steps = ""
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
