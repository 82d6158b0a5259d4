package lab

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func lasting(what string, d time.Duration, says string) step {
	return step{what, "", func(ctx context.Context, out io.Writer) error {
		fmt.Fprint(out, says)
		select {
		case <-time.After(d):
			return nil
		case <-ctx.Done():
			return errors.New("signal: killed")
		}
	}}
}

func TestSetupTellsWhereItIs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log strings.Builder
		err := work(t.Context(), &log,
			lasting("packages", 5*time.Second, ""),
			lasting("nothing to do", 500*time.Millisecond, ""),
			lasting("the root folder", 25*time.Second, "resolving\nunpacking"),
			lasting("compiling", time.Minute, ""),
		)
		const want = `set-up: step 1 of 4, packages: begins
set-up: step 1 of 4, packages: done after 5 s
set-up: step 3 of 4, the root folder: begins
set-up: step 3 of 4, the root folder: 10 s, unpacking (left after it: compiling)
set-up: step 3 of 4, the root folder: 20 s, unpacking (left after it: compiling)
set-up: step 3 of 4, the root folder: done after 25 s
set-up: step 4 of 4, compiling: begins
set-up: step 4 of 4, compiling: 10 s (the last step)
`
		if err != nil || !strings.HasPrefix(log.String(), want) {
			t.Errorf("error %v, told\n%s\nwant\n%s", err, &log, want)
		}
		if n := strings.Count(log.String(), "\n"); n != 6+8 { // and a line each ten seconds, to the end
			t.Errorf("%d lines:\n%s", n, &log)
		}
	})
}

func TestSetupFails(t *testing.T) {
	var log strings.Builder
	err := work(t.Context(), &log, step{"packages", "", func(_ context.Context, out io.Writer) error {
		fmt.Fprintln(out, "E: no network")
		return errors.New("exit status 100")
	}}, lasting("never", time.Hour, ""))
	if err == nil || err.Error() != "packages: exit status 100\nE: no network" {
		t.Errorf("got %v", err)
	}
}

func TestSetupIsInterrupted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, interrupt := context.WithCancelCause(t.Context())
		time.AfterFunc(12*time.Second, func() { interrupt(errors.New("by Ctrl-C")) })
		var log strings.Builder
		err := work(ctx, &log, lasting("packages", 5*time.Second, ""), lasting("the root folder", time.Hour, ""), lasting("compiling", time.Hour, ""))
		const want = "the set-up was interrupted at the root folder (by Ctrl-C). Nothing is left half done: the next one begins with this step"
		if _, ok := errors.AsType[*InterruptedError](err); !ok || err.Error() != want {
			t.Errorf("got  %v\nwant %s", err, want)
		}
	})
}

// What has no lab yet to tell of its progress has a script.
func TestProgressScript(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		command, says string
		code          int
	}{
		{"exit 0", "", 0},
		{"echo no network; exit 3", "no network\n", 3},
		{"sleep 3", "compiling (minutes on a fresh machine)\n", 0},
	} {
		cmd := exec.Command("./progress.sh", "compiling", "sh", "-c", tt.command)
		out, _ := cmd.CombinedOutput()
		if code := cmd.ProcessState.ExitCode(); string(out) != tt.says || code != tt.code {
			t.Errorf("%s: says %q with code %d, want %q with %d", tt.command, out, code, tt.says, tt.code)
		}
	}
}
