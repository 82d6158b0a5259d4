package state

import (
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"kezek/queue"
)

// One broken entity is moved aside with all that it has; the others are loaded.
func TestLoadMovesBrokenAside(t *testing.T) {
	for _, c := range []struct {
		name   string
		harm   []any
		key    string
		reason string
		aside  any
	}{
		{"bad value", []any{"HSET", "kezek:{lab}:call:b", "since", "yesterday"}, "call:b",
			`field "since": "yesterday" is not a time as 2006-01-02T15:04:05Z`, nil},
		{"another's id", []any{"HSET", "kezek:{lab}:call:b", "id", "a"}, "call:b", `it says that it is "a"`, nil},
		{"no id", []any{"HDEL", "kezek:{lab}:call:b", "id"}, "call:b", `it says that it is ""`, nil},
		{"no hash", []any{"SET", "kezek:{lab}:call:b", "x"}, "call:b", "it is not a hash", "x"},
	} {
		t.Run(c.name, func(t *testing.T) {
			srv := startServer(t)
			logs, seen := observer.New(zap.ErrorLevel)
			st := srv.owner(func(o *Options) { o.Log = zap.New(logs) })
			save(t, st, list(call("a"), call("b"), call("c"), agent("1001")), nil)
			srv.do(c.harm...)
			aside := c.aside
			if aside == nil {
				aside = srv.dump()["kezek:{lab}:"+c.key]
			}

			want := &queue.Snapshot{Calls: []*queue.Call{call("a"), call("c")}, Agents: []*queue.Agent{agent("1001")}}
			peeked, err := st.Peek(ctx)
			if err == nil || !strings.Contains(err.Error(), "kezek:{lab}:"+c.key+": "+c.reason) {
				t.Errorf("peek: %v", err)
			}
			same(t, "peeked", peeked, want)

			same(t, "loaded", load(t, st), want)
			dump := ofState(t, want)
			dump["kezek:{lab}:broken:"+c.key] = aside
			dump["kezek:{lab}:broken"] = map[string]string{c.key: c.reason}
			same(t, "state", srv.dump(), dump)
			if said := seen.FilterMessage("entry of redis moved aside").All(); len(said) != 1 ||
				said[0].ContextMap()["key"] != "kezek:{lab}:"+c.key || said[0].ContextMap()["reason"] != c.reason {
				t.Errorf("said %v", said)
			}
			// The next load is clean, and the call may be saved again.
			same(t, "loaded again", load(t, st), want)
			save(t, st, list(call("b")), nil)
		})
	}
}

func TestLoadDropsWhatIsOnlyInTheIndex(t *testing.T) {
	srv := startServer(t)
	st := srv.owner()
	save(t, st, list(call("a"), call("b")), nil)
	srv.do("DEL", "kezek:{lab}:call:b")
	want := &queue.Snapshot{Calls: []*queue.Call{call("a")}}
	same(t, "loaded", load(t, st), want)
	same(t, "state", srv.dump(), ofState(t, want))
}

// An index that something else has taken the place of is made anew from the keys.
func TestLoadRebuildsAnIndex(t *testing.T) {
	srv := startServer(t)
	st := srv.owner()
	until := time.Now().Add(time.Hour).UTC().Truncate(time.Millisecond)
	want := &queue.Snapshot{Calls: []*queue.Call{call("a"), call("odd *}")}, Callers: []*queue.Caller{caller("+996", until)}}
	replace(t, st, want)
	srv.do("SET", "kezek:{lab}:calls", "x")
	srv.do("HSET", "kezek:{lab2}:call:z", "id", "z") // another site's

	same(t, "loaded", load(t, st), want)
	dump := ofState(t, want)
	dump["kezek:{lab}:broken:calls"] = "x"
	dump["kezek:{lab}:broken"] = map[string]string{"calls": "it is not a zset"}
	dump["kezek:{lab2}:call:z"] = map[string]string{"id": "z"}
	same(t, "state", srv.dump(), dump)
	save(t, st, nil, list(call("a")))
}

// A newer version may write more fields; an older one reads what it knows.
func TestLoadIgnoresUnknownFields(t *testing.T) {
	srv := startServer(t)
	st := srv.owner()
	save(t, st, list(agent("1001")), nil)
	srv.do("HSET", "kezek:{lab}:agent:1001", "mood", "good")
	same(t, "loaded", load(t, st), &queue.Snapshot{Agents: []*queue.Agent{agent("1001")}})
}

func TestLoadWhileRedisIsAway(t *testing.T) {
	srv := startServer(t)
	st := srv.owner()
	srv.kill()
	for range 2 {
		if _, err := st.Load(ctx); err == nil {
			t.Fatal("loaded from a Redis that is gone")
		}
		if _, err := st.Peek(ctx); err == nil {
			t.Fatal("read from a Redis that is gone")
		}
	}
}

func TestSitesDoNotMeet(t *testing.T) {
	srv := startServer(t)
	lab, osh := srv.owner(), srv.owner(func(o *Options) { o.Site = "osh" })
	save(t, lab, list(agent("1001")), nil)
	save(t, osh, list(agent("2001")), nil)
	replace(t, lab, &queue.Snapshot{Agents: []*queue.Agent{agent("1002")}})
	same(t, "osh", load(t, osh), &queue.Snapshot{Agents: []*queue.Agent{agent("2001")}})
	same(t, "lab", load(t, lab), &queue.Snapshot{Agents: []*queue.Agent{agent("1002")}})
}
