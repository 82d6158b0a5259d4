package journal

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"
)

// A failure is said once, and its end; after it the reader goes on at once, as when there is more. It ends without a word.
func TestReading(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	var said []string
	say := func(what string) { said = append(said, what) }
	steps := []error{nil, errors.New("first"), errors.New("second"), nil, nil, errors.New("third")}
	var at []time.Time
	Reading{
		Step: func(context.Context) (bool, error) {
			at = append(at, time.Now())
			if n := len(at) - 1; n < len(steps) {
				return n == 0, steps[n]
			}
			cancel()
			return false, ctx.Err()
		},
		Told: func(failing bool) {
			if failing {
				say("failing")
			} else {
				say("well")
			}
		},
		Broke: func(err error) { say("broke " + err.Error()) }, Mended: func() { say("mended") },
		Pause: 20 * time.Millisecond, Longest: time.Second,
	}.Run(ctx)
	want := []string{"well", "failing", "broke first", "failing", "well", "mended", "well", "failing", "broke third"}
	if !slices.Equal(said, want) {
		t.Errorf("said %q, want %q", said, want)
	}
	for i, least := range map[int]time.Duration{2: 20 * time.Millisecond, 3: 40 * time.Millisecond, 5: 20 * time.Millisecond, 6: 20 * time.Millisecond} {
		if waited := at[i].Sub(at[i-1]); waited < least {
			t.Errorf("step %d came after %v, want %v at least", i, waited, least)
		}
	}
}
