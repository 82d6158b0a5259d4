package engine

import (
	"errors"
	"strings"
	"testing"
	"time"

	"kezek/queue"
)

// What the spool and the exchange know of a site whose state came up empty.
func TestStateCameUpEmpty(t *testing.T) {
	used := &queue.Snapshot{Agents: []*queue.Agent{{ID: "1001", Status: queue.StatusOffline}}}
	for _, c := range []struct {
		name  string
		saved *queue.Snapshot
		spool []*queue.Callback
		live  bool
		says  string
	}{
		{"a new site", &queue.Snapshot{}, nil, false, ""},
		{"the spool is used", &queue.Snapshot{}, []*queue.Callback{{ID: "cb-1", State: queue.CallbackOver}}, false, "1 callbacks are in the spool"},
		{"channels live", &queue.Snapshot{}, nil, true, "1 channels of the site are"},
		{"something was saved", used, []*queue.Callback{{ID: "cb-1", State: queue.CallbackOver}}, true, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := newOutside()
			must(t, o.saved.Replace(time.Now(), c.saved))
			if c.live {
				o.pbx.Arrive("x-1")
			}
			e, kill := runSpooled(t, o, &disk{kept: c.spool})
			defer kill()
			look := func() {
				t.Helper()
				if err := e.View(t.Context(), func(*queue.State) {}); err != nil {
					t.Fatal(err)
				}
			}
			o.tell(func() []queue.Event { return []queue.Event{o.pbx.Truth()} })
			look()
			// One that comes later says nothing: calls that came since are known.
			o.tell(func() []queue.Event { o.pbx.Arrive("x-1"); return []queue.Event{o.pbx.Truth()} })
			look()
			if said := e.Status().Lost; (said == "") != (c.says == "") || !strings.Contains(said, c.says) {
				t.Errorf("said: %q", said)
			}
		})
	}
}

// A store that takes long to refuse the whole state is not given it all the time.
func TestSlowRefusals(t *testing.T) {
	t.Parallel()
	o := newOutside()
	e, kill := runSpooled(t, o, &disk{})
	defer kill()
	o.await(t, "save true")
	o.mu.Lock()
	o.saveErr, o.slow = errors.New("OOM"), 250*time.Millisecond // ten times that is 2.5 s
	o.mu.Unlock()
	if _, err := e.Ask(t.Context(), queue.SetStatus{Agent: "1001", Status: queue.StatusReady}); err != nil {
		t.Fatal(err)
	}
	time.Sleep(4 * time.Second)
	o.mu.Lock()
	defer o.mu.Unlock()
	tries := 0
	for _, d := range o.deeds {
		if d == "replace false" {
			tries++
		}
	}
	if tries < 1 || tries > 2 {
		t.Errorf("tried %d times in 4 s", tries)
	}
}
