package queue_test

import (
	"slices"
	"testing"

	"kezek/queue"
)

// Each reason has words in all languages of supervisors.
func TestEachReasonHasWords(t *testing.T) {
	for _, code := range queue.ReasonCodes {
		en := code.Words("en")
		for _, l := range []string{"ru", "ky"} {
			if words := code.Words(l); words == "" || words == en {
				t.Errorf("%s in %s: %q", code, l, words)
			}
		}
		if en == "" || code.Words("de") != en {
			t.Errorf("%s: %q, and in a language without words %q", code, en, code.Words("de"))
		}
	}
	if len(queue.ReasonCodes) < 30 || !slices.Contains(queue.ReasonCodes, queue.ReasonAllBusy) {
		t.Errorf("there are %d reasons", len(queue.ReasonCodes))
	}
}
