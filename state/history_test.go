package state

import (
	"testing"
	"time"

	"kezek/queue"
)

// A callback that is over stays in Redis until it expires: it is not loaded, and Replace leaves it alone.
func TestCallbacksThatAreOverAreHistory(t *testing.T) {
	s := startServer(t).owner()
	open := &queue.Callback{ID: "cb-open", Number: "+996555000001", State: queue.CallbackOpen}
	over := &queue.Callback{
		ID: "cb-over", Number: "+996555000002", State: queue.CallbackOver, Outcome: queue.CallbackCompleted, Until: time.Now().Add(time.Hour),
	}
	if err := s.Save(t.Context(), []queue.Entity{open, over}, nil, nil); err != nil {
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
