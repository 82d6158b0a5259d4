package daemon

import (
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"kezek/history"
	"kezek/ops"
)

// The API lets through what reports know, and no more.
func TestParametersOfReports(t *testing.T) {
	known := map[string]bool{"format": true, "words": true}
	for _, r := range history.Reports {
		for _, p := range r.Parameters() {
			known[p] = true
		}
	}
	if diff := cmp.Diff(slices.Sorted(maps.Keys(known)), slices.Sorted(slices.Values(ops.ReportParameters))); diff != "" {
		t.Errorf("parameters (-history +ops):\n%s", diff)
	}
}
