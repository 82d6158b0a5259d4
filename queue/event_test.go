package queue

import (
	"os"
	"regexp"
	"slices"
	"testing"
)

// A kind that is not listed could not be sent by a webhook.
func TestEntryKindsAreAll(t *testing.T) {
	source, err := os.ReadFile("event.go")
	if err != nil {
		t.Fatal(err)
	}
	declared := regexp.MustCompile(`EntryKind = "([a-z_.]+)"`).FindAllSubmatch(source, -1)
	for _, d := range declared {
		if !slices.Contains(EntryKinds, EntryKind(d[1])) {
			t.Errorf("EntryKinds lacks %s", d[1])
		}
	}
	if len(declared) != len(EntryKinds) || len(declared) == 0 {
		t.Errorf("%d kinds are declared, %d listed", len(declared), len(EntryKinds))
	}
}
