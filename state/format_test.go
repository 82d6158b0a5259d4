package state

import (
	"errors"
	"testing"

	"kezek/queue"
)

// A state that a newer Kezek has written is left as it is.
func TestNewerFormat(t *testing.T) {
	srv := startServer(t)
	st := srv.owner()
	save(t, st, list(agent("1001")), nil)
	load(t, st)
	if got := srv.rdb.Get(ctx, "kezek:{lab}:format").Val(); got != "1" {
		t.Fatalf("the state is signed %q", got)
	}
	srv.do("HSET", "kezek:{lab}:agent:1001", "status", `{"new":"way"}`)
	srv.do("SET", "kezek:{lab}:format", "2")
	if _, err := st.Load(ctx); !errors.Is(err, ErrNewer) {
		t.Errorf("got %v", err)
	}
	if n := len(srv.rdb.Keys(ctx, "kezek:{lab}:broken*").Val()); n != 0 {
		t.Error("something of it was moved aside")
	}
	for _, nothing := range [][]any{{"SET", "kezek:{lab}:format", "x"}, {"SET", "kezek:{lab}:format", "-2"}, {"DEL", "kezek:{lab}:format"}} {
		srv.do(nothing...)
		if n, err := st.StoredFormat(ctx); n != 0 || err != nil {
			t.Errorf("%v: %d %v", nothing, n, err)
		}
	}
	srv.do("HSET", "kezek:{lab}:format", "a", "b")
	if n, err := st.StoredFormat(ctx); n != 0 || err != nil {
		t.Errorf("a hash: %d %v", n, err)
	}
	srv.do("DEL", "kezek:{lab}:format")
	replace(t, st, &queue.Snapshot{})
	if got := srv.rdb.Get(ctx, "kezek:{lab}:format").Val(); got != "1" {
		t.Errorf("after it was written anew the state is signed %q", got)
	}
}
