package state

import (
	"context"
	"fmt"
	"maps"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// Another site's keys stay, also those of a site whose name begins or reads alike.
func TestRemoveTakesThisSiteAlone(t *testing.T) {
	r := startServer(t)
	s, err := New(Options{Site: "a-b_1", URL: r.url()})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	ctx := t.Context()
	for _, key := range []string{
		"kezek:{a-b_1}:agent:1012", "kezek:{a-b_1}:agent:x%2A%0A", "kezek:{a-b_1}:agent:[*]?\\", "kezek:{a-b_1}:call:lab-1.1",
		"kezek:{a-b_1}:broken:call:x/1767225600000", "kezek:{a-b_1}:agents", "kezek:{a-b_1}:events", "kezek:{a-b_1}:owner", "kezek:{a-b_1}:broken",
	} {
		r.do("SET", key, "x")
	}
	for n := range 5000 { // more than one step of the scan
		r.do("SET", fmt.Sprintf("kezek:{a-b_1}:caller:%d", n), "x")
	}
	others := []string{
		"kezek:{a-b_11}:agent:1", "kezek:{a-b}:agent:1", "kezek:{A-B_1}:agent:1", "kezek:{a*}:agent:1", "kezek:{*}:agent:1", "kezek:{other}:owner",
		"kezek:a-b_1:agent:1", "xkezek:{a-b_1}:agent:1", "session:1",
	}
	for _, key := range others {
		r.do("SET", key, "theirs")
	}

	found, err := s.Inventory(ctx)
	want := Inventory{"agent": 3, "call": 1, "broken": 1, "caller": 5000, "other": 4}
	if err != nil || !maps.Equal(found, want) {
		t.Errorf("found %v, %v; want %v", found, err, want)
	}
	if text := found.String(); text != "5000 caller, 4 other, 3 agent, 1 broken, 1 call" {
		t.Errorf("in words: %s", text)
	}
	if n, err := s.Remove(ctx); err != nil || n != want.Total() {
		t.Errorf("removed %d, %v; want %d", n, err, want.Total())
	}
	left := r.dump()
	for _, key := range others {
		if left[key] != "theirs" {
			t.Errorf("%s is gone", key)
		}
		delete(left, key)
	}
	if len(left) > 0 {
		t.Errorf("left: %v", left)
	}
}

// A name that is a pattern stands for itself alone. No config allows one; a deletion does not rely on that.
func TestRemoveTakesNoPattern(t *testing.T) {
	r := startServer(t)
	s, err := New(Options{Site: "x", URL: r.url()})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	s.keys = keys{"kezek:{[a-z]*?}:"}
	r.do("SET", "kezek:{[a-z]*?}:agent:1", "x")
	r.do("SET", "kezek:{bishkek}:agent:1", "theirs")
	if n, err := s.Remove(t.Context()); err != nil || n != 1 {
		t.Errorf("removed %d, %v", n, err)
	}
	if diff := cmp.Diff(map[string]any{"kezek:{bishkek}:agent:1": "theirs"}, r.dump()); diff != "" {
		t.Error(diff)
	}
}

func TestOwned(t *testing.T) {
	r := startServer(t)
	open := func() *Store {
		s, err := New(Options{Site: "lab", URL: r.url()})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { s.Close() })
		return s
	}
	daemon, s := open(), open()
	owned := func(want bool) {
		t.Helper()
		if o, ok, err := s.Owned(t.Context()); err != nil || ok != want {
			t.Errorf("owned %v by %+v, %v; want %v", ok, o, err, want)
		}
	}
	owned(false)
	if _, err := daemon.Acquire(t.Context()); err != nil {
		t.Fatal(err)
	}
	owned(true)
	if err := daemon.Release(t.Context()); err != nil {
		t.Fatal(err)
	}
	owned(false)
	r.do("HSET", "kezek:{lab}:owner", "until", time.Now().Add(-time.Second).UnixMilli())
	owned(false)
}

// A Redis that hangs ends the command; nothing waits for ever.
func TestRemoveGivesUp(t *testing.T) {
	t.Parallel() // it waits
	r := startServer(t)
	s, err := New(Options{Site: "lab", URL: r.url()})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	r.do("SET", "kezek:{lab}:agent:1", "x")
	r.signal(syscall.SIGSTOP)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if _, err := s.Remove(ctx); err == nil || ctx.Err() != nil {
		t.Errorf("a Redis that hangs: %v", err)
	}
}
