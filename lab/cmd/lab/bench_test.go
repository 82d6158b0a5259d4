package main

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kezek/lab"
	"kezek/lab/bench"
)

func TestBenchTellsItsParts(t *testing.T) {
	var out strings.Builder
	cmd := benchmark()
	cmd.SetOut(&out)
	cmd.SetArgs([]string{"--help"})
	if err := cmd.Execute(); err != nil {
		t.Fatal(err)
	}
	for _, p := range bench.Parts {
		if !strings.Contains(out.String(), "  "+string(p.Part)+" ") || !strings.Contains(out.String(), p.Tells) {
			t.Errorf("the help does not tell of %s:\n%s", p.Part, &out)
		}
	}
}

// A page of some parts would lose the figures of the others.
func TestBenchPageHasAllParts(t *testing.T) {
	page := filepath.Join(t.TempDir(), "performance.md")
	for args, want := range map[string]string{
		"--only steps --write " + page: "a page has all parts",
		"--only crwd":                  `no part is called "crwd": there are line, cost, holds, crowd, steps`,
	} {
		cmd := benchmark()
		cmd.SetOut(io.Discard)
		cmd.SetErr(io.Discard)
		cmd.SetArgs(strings.Fields(args))
		if err := cmd.Execute(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("bench %s: %v, want %q", args, err, want)
		}
	}
	ctx, interrupt := context.WithCancelCause(t.Context())
	interrupt(errors.New("by Ctrl-C"))
	var out strings.Builder
	if err := measure(ctx, bench.Quick(), page, &out); err == nil || !strings.Contains(out.String(), page+" stays as it was") {
		t.Errorf("the interrupted run: %v\n%s", err, &out)
	}
	if _, err := os.Stat(page); err == nil {
		t.Error("a page was written of less than all parts")
	}
}

// What was measured beside a failure is shown and in the page, and so is the
// failure.
func TestBenchKeepsWhatItMeasured(t *testing.T) {
	lab.ForTest(t, lab.Options{Build: true}).Stop() // skips where there is no lab
	plan := bench.Quick()
	plan.Agents = 11 // more than there are: what needs agents fails
	page := filepath.Join(t.TempDir(), "performance.md")
	var out strings.Builder
	err := measure(t.Context(), plan, page, &out)
	if err == nil || err.Error() != "not measured to the end: line, cost, holds, crowd" {
		t.Errorf("error %v", err)
	}
	text, rerr := os.ReadFile(page)
	if rerr != nil {
		t.Fatal(rerr)
	}
	for where, shown := range map[string]string{"the page": string(text), "the terminal": out.String()} {
		for _, want := range []string{"13 of 16 limits are not measured", "µs", "**failed**", "- **crowd** (20 callers, and the daemon is killed) failed: 11 agents"} {
			if !strings.Contains(shown, want) {
				t.Errorf("%s lacks %q:\n%s", where, want, shown)
			}
		}
	}
}
