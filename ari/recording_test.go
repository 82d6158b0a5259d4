package ari

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"
)

// Only what is ours and old is deleted, as its queue keeps it, and not too much at once.
func TestPrune(t *testing.T) {
	var deleted []string
	x := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodDelete {
			deleted = append(deleted, r.URL.Path)
			w.WriteHeader(http.StatusNoContent)
			return
		}
		w.Write([]byte(`[{"name": "kezek/2026-03-01/sales/pbx-1.1-r5-caller"}, {"name": "kezek/2026-03-01/sales/pbx-1.1-r5-agent"},
			{"name": "kezek/2026-03-01/support/pbx-1.2-r5-agent"}, {"name": "kezek/2026-03-01/gone/pbx-1.3-r5-agent"},
			{"name": "kezek/2026-03-09/sales/pbx-1.4-r5-agent"}, {"name": "kezek/2026-02-30/sales/pbx-1.5-r5-agent"},
			{"name": "kezek/2026-02-01/sales/pbx-1.6-r5-caller"}, {"name": "kezek/2026-01-01/../../x-agent"}, {"name": "monitor/2020-01-01"}]`))
	}))
	defer x.Close()
	e := New(Options{URL: x.URL, App: "kezek"})
	defer e.client.Close()
	keep := func(queue string) time.Duration {
		return map[string]time.Duration{"sales": 7 * 24 * time.Hour, "support": 30 * 24 * time.Hour}[queue]
	}
	now := time.Date(2026, 3, 9, 0, 0, 1, 0, time.FixedZone("KGT", 6*3600))
	want := []string{"/recordings/stored/kezek/2026-03-01/sales/pbx-1.1-r5-caller", "/recordings/stored/kezek/2026-03-01/sales/pbx-1.1-r5-agent"}
	if left, n, err := e.Prune(t.Context(), now, keep, 2); err != nil || left != 5 || n != 2 || !slices.Equal(deleted, want) {
		t.Errorf("deleted %d, %v: %v, want %v", n, err, deleted, want)
	}
	deleted = nil
	if _, n, err := e.Prune(t.Context(), now.Add(-2*time.Second), keep, 100); err != nil || n != 1 {
		t.Errorf("a second before midnight: %d of %v, %v", n, deleted, err)
	}
}
