package daemon

import (
	"context"
	"encoding/json"
	"maps"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/zap"

	"kezek/history"
	"kezek/ops"
	"kezek/queue"
	"kezek/queue/journal"
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

// oneCall is a journal with one call in it.
type oneCall struct{ entry queue.Entry }

func (j oneCall) Journal(_ context.Context, after journal.Position, _ int) ([]journal.Line, error) {
	if after.N > 0 {
		return nil, nil
	}
	return []journal.Line{{Position: journal.Position{ID: "1772690400000-0", N: 1}, Entry: j.entry}}, nil
}

// A caller is found by their number in whatever form a person writes it; a name that nobody knows is no empty answer.
func TestReportsAreAskedByPersons(t *testing.T) {
	db, err := history.Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "history.db"), "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	at := time.Date(2026, 3, 5, 6, 0, 0, 0, time.UTC)
	ctx, stop := context.WithCancel(t.Context())
	feed := history.Feed{
		DB: db, Site: "bishkek", Log: zap.NewNop(),
		Journal: oneCall{queue.Entry{At: at, Kind: queue.EntryCallEnded, Call: "pbx-1.1", Queue: "closed", Language: "ru", Number: "+996700123406", Details: &queue.Details{Arrived: at}}},
		Told: func(at history.Standing) {
			if at.Entries > 0 {
				stop()
			}
		},
	}
	feed.Run(ctx)
	rules := &queue.Rules{
		Location: time.UTC, Languages: []queue.Language{"ru", "ky"}, Queues: map[string]*queue.QueueRules{"sales": {}}, Agents: map[string]*queue.AgentRules{"1001": {}},
		Trunk: queue.TrunkRules{Normalize: Normalize},
	}
	r := &reports{db, "bishkek", func() *queue.Rules { return rules }}
	for _, c := range []struct {
		ask   string
		calls int
		wrong string
	}{
		{"number=%2B996700123406", 1, ""},
		{"number=0700%20123406", 1, ""},
		{"number=00996%20(700)%2012-34-06", 1, ""},
		{"number=0700123407", 0, ""},
		{"queue=sales", 0, ""},
		{"queue=closed", 1, ""}, // the config has it no more
		{"queue=nope", 0, `queue: "nope" is not allowed`},
		{"agent=1001", 0, ""},
		{"agent=9999", 0, `agent: "9999" is not allowed`},
		{"language=ky", 0, ""},
		{"language=en", 0, `language: "en" is not allowed`},
	} {
		ask, err := url.ParseQuery("from=2026-03-05&" + c.ask)
		if err != nil {
			t.Fatal(err)
		}
		body, _, err := r.Report(t.Context(), "calls", ask)
		if c.wrong != "" {
			if err == nil || !strings.HasPrefix(err.Error(), c.wrong) {
				t.Errorf("%s: %v, want %s", c.ask, err, c.wrong)
			}
			continue
		}
		var found struct{ Items []any }
		if err != nil || json.Unmarshal(body, &found) != nil || len(found.Items) != c.calls {
			t.Errorf("%s: %d calls, %v; want %d", c.ask, len(found.Items), err, c.calls)
		}
	}
}
