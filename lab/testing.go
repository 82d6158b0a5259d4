package lab

import (
	"context"
	"errors"
	"os"
	"testing"
	"time"
)

// ForTest starts a lab with a free number for t, whatever o.Number says, and
// stops it when t ends; the logs are shown if t failed. Where the set-up has
// not been made t is skipped, or fails if the environment has KEZEK_LAB=1.
func ForTest(t testing.TB, o Options) *Lab {
	t.Helper()
	o.Number = Any
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	l, err := Start(ctx, o)
	switch {
	case errors.Is(err, errNotInstalled) && os.Getenv("KEZEK_LAB") != "1":
		t.Skip(err)
	case err != nil:
		t.Fatal(err)
	}
	t.Cleanup(func() {
		l.Stop()
		if t.Failed() {
			t.Logf("logs of lab %d in %s:\n%s", l.Number, l.Dir, l.Tail(40))
		}
	})
	return l
}
