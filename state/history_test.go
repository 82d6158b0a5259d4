package state

import (
	"context"
	"testing"
	"time"

	"kezek/queue"
)

// A callback that is over stays in Redis until it expires: it is not loaded, and Replace leaves it alone.
func TestCallbacksThatAreOverAreHistory(t *testing.T) {
	s := startServer(t).owner()
	open := callback("cb-open")
	over := &queue.Callback{
		ID: "cb-over", Number: "+996555000002", State: queue.CallbackOver, Fulfilment: queue.Fulfilment{Outcome: queue.CallbackCompleted, Until: time.Now().Add(time.Hour)},
	}
	if _, err := s.Save(t.Context(), []queue.Entity{open, over}, nil, nil); err != nil {
		t.Fatal(err)
	}
	if err := s.Replace(t.Context(), &queue.Snapshot{Callbacks: []*queue.Callback{open}}); err != nil {
		t.Fatal(err)
	}
	loaded, err := s.Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(loaded.Callbacks) != 1 || loaded.Callbacks[0].ID != open.ID {
		t.Errorf("loaded %v", loaded.Callbacks)
	}
	key := s.keys.entity("callback", member(over.ID))
	if got := s.rdb.HGet(t.Context(), key, "outcome").Val(); got != string(queue.CallbackCompleted) {
		t.Errorf("history says %q", got)
	}
	if left := s.rdb.TTL(t.Context(), key).Val(); left <= 0 || left > time.Hour {
		t.Errorf("history ends in %v", left)
	}
	if err := s.Replace(t.Context(), &queue.Snapshot{}); err != nil {
		t.Fatal(err)
	}
	if n := s.rdb.Exists(t.Context(), s.keys.entity("callback", member(open.ID))).Val(); n != 0 {
		t.Error("an open callback that the state does not have is left")
	}
}

// Those that are over are read the last one first; what is open, expired or no callback is none of them.
func TestReadCallbacksThatAreOver(t *testing.T) {
	server := startServer(t)
	s := server.owner()
	now := time.Now().Round(0).UTC().Truncate(time.Millisecond)
	over := func(id string, ended time.Duration) *queue.Callback {
		return &queue.Callback{
			ID: id, Number: "+996555000001", State: queue.CallbackOver, Fulfilment: queue.Fulfilment{Outcome: queue.CallbackUnreached, Reason: "5 attempts", Ended: now.Add(ended), Until: now.Add(ended).Add(24 * time.Hour)},
			Trying: queue.Trying{Attempts: []queue.Attempt{{At: now, Agent: "1001", Cause: queue.CauseBusy}}},
		}
	}
	first, second, third := over("cb-a", -3*time.Hour), over("cb-b/é", -2*time.Hour), over("cb-c", -time.Hour)
	gone := over("cb-gone", -25*time.Hour)
	open := callback("cb-open")
	if _, err := s.Save(t.Context(), []queue.Entity{second, open, third, first, gone}, nil, nil); err != nil {
		t.Fatal(err)
	}
	server.do("SET", "kezek:{lab}:callback:cb-odd", "x")

	standby := server.store() // reads without owning the site
	got, err := standby.CallbacksOver(t.Context(), 100)
	if err != nil {
		t.Fatal(err)
	}
	if diff := difference([]*queue.Callback{third, second, first}, got); diff != "" {
		t.Errorf("over (-want +got):\n%s", diff)
	}
	got, err = standby.CallbacksOver(t.Context(), 2)
	if err != nil {
		t.Fatal(err)
	}
	if diff := difference([]*queue.Callback{third, second}, got); diff != "" {
		t.Errorf("the last two (-want +got):\n%s", diff)
	}

	one, err := standby.CallbackOver(t.Context(), second.ID)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "one", one, second)
	for _, id := range []string{"none", open.ID, gone.ID, "", "../agent:1001"} {
		if cb, err := standby.CallbackOver(t.Context(), id); cb != nil || err != nil {
			t.Errorf("%q: %v %v", id, cb, err)
		}
	}
	server.kill()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
	defer cancel()
	if _, err := standby.CallbacksOver(ctx, 1); err == nil {
		t.Error("no error though Redis is away")
	}
	if _, err := standby.CallbackOver(ctx, second.ID); err == nil {
		t.Error("no error though Redis is away")
	}
}

// Timesheets of days that are over stay until they expire and are read by day
// or agent; the last one of each agent is part of the state.
func TestTimesheets(t *testing.T) {
	s := startServer(t).owner()
	sheet := func(agent, day string, until time.Time) *queue.Timesheet {
		return &queue.Timesheet{Agent: agent, Day: day, Calls: 3, Spent: map[queue.Status]time.Duration{"waiting": time.Hour}, Until: until}
	}
	keep := time.Now().Add(time.Hour).Round(0).UTC().Truncate(time.Millisecond)
	old, other := sheet("1001", "2026-03-01", keep), sheet("aida-2", "2026-03-01", keep)
	last := sheet("1001", "2026-03-02", time.Time{})
	if _, err := s.Save(t.Context(), []queue.Entity{old, other, last}, nil, nil); err != nil {
		t.Fatal(err)
	}
	if err := s.Replace(t.Context(), &queue.Snapshot{Timesheets: []*queue.Timesheet{last}}); err != nil {
		t.Fatal(err)
	}
	loaded, err := s.Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if diff := difference([]*queue.Timesheet{last}, loaded.Timesheets); diff != "" {
		t.Errorf("loaded (-want +got):\n%s", diff)
	}
	for _, c := range []struct {
		day, agent string
		want       []*queue.Timesheet
	}{
		{"2026-03-01", "", []*queue.Timesheet{old, other}},
		{"", "1001", []*queue.Timesheet{old, last}},
		{"2026-03-02", "1001", []*queue.Timesheet{last}},
		{"2026-03-02", "aida-2", []*queue.Timesheet{}},
		{"2026-03-03", "", []*queue.Timesheet{}},
		{"", "100", []*queue.Timesheet{}},
	} {
		got, err := s.Timesheets(t.Context(), c.day, c.agent)
		if diff := difference(c.want, got); err != nil || diff != "" {
			t.Errorf("day %q, agent %q: %v (-want +got):\n%s", c.day, c.agent, err, diff)
		}
	}
	if left := s.rdb.TTL(t.Context(), s.keys.entity("timesheet", "1001:2026-03-01")).Val(); left <= 0 || left > time.Hour {
		t.Errorf("it ends in %v", left)
	}
}
