package queuetest

import (
	"testing"

	"kezek/queue"
)

// What the rules wrote themselves needs no mending, at whatever moment they died.
func TestAStartMendsNothingOfItsOwn(t *testing.T) {
	t.Parallel()
	all, err := Moments(6, 3)
	if err != nil || len(all) < 1000 {
		t.Fatalf("%d moments: %v", len(all), err)
	}
	for _, m := range all {
		s := queue.New(m.Rules, m.Saved)
		for _, mending := range s.Mendings() {
			t.Fatalf("%v: %s %s: %s", m.At, mending.Kind, mending.Key, mending.Why)
		}
	}
}
