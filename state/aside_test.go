package state

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"kezek/queue"
)

// A name that is moved aside again and again keeps what was moved before, with its reasons;
// and all of it goes when the site is removed.
func TestMovedAsideTwice(t *testing.T) {
	srv := startServer(t)
	st := srv.owner()
	load(t, st)
	was := map[string]string{} // priority of what was moved to its reason
	for n := range 3 {
		c := call("a")
		c.Priority = n + 1
		save(t, st, list(c), nil)
		reason := fmt.Sprintf("panic %d", n+1)
		if err := st.MoveAside(ctx, c, reason); err != nil {
			t.Fatal(err)
		}
		was[fmt.Sprint(n+1)] = reason
	}
	srv.do("SET", "kezek:{lab}:call:a", "x")
	srv.do("ZADD", "kezek:{lab}:calls", "inf", "a")
	load(t, st)
	broken, err := st.Broken(ctx)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for name, reason := range broken {
		if reason == "it is not a hash" {
			if is := srv.rdb.Get(ctx, st.keys.aside(name)).Val(); is != "x" {
				t.Errorf("%s is %q", name, is)
			}
			continue
		}
		got[srv.rdb.HGet(ctx, st.keys.aside(name), "priority").Val()] = reason
	}
	if d := cmp.Diff(was, got); d != "" || len(broken) != 4 || st.Aside() != 4 {
		t.Errorf("%d kept, %d counted: %s", len(broken), st.Aside(), d)
	}
	if found, err := st.Inventory(ctx); err != nil || found["broken"] != 4 {
		t.Errorf("%v, %v", found, err)
	}
	if _, err := st.Remove(ctx); err != nil {
		t.Fatal(err)
	}
	if left := srv.rdb.Keys(ctx, "kezek:{lab}:*").Val(); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
}

// What fails for ever does not fill Redis: the oldest of what was moved aside go, promises last.
func TestAsideIsBounded(t *testing.T) {
	srv := startServer(t)
	st := srv.owner()
	load(t, st)
	// As an earlier version named it, without a time: the oldest.
	old := []string{"call:old", "callback:cb-old"}
	for i := range mostAside - 2 {
		old = append(old, fmt.Sprintf("call:x%d/%d", i, 1_700_000_000_000+i))
	}
	for _, name := range old {
		srv.do("HSET", "kezek:{lab}:broken", name, "panic")
		srv.do("HSET", st.keys.aside(name), "id", "x")
	}
	for _, id := range []string{"a", "b"} {
		save(t, st, list(call(id)), nil)
		if err := st.MoveAside(ctx, call(id), "panic"); err != nil {
			t.Fatal(err)
		}
	}
	broken, err := st.Broken(ctx)
	if err != nil {
		t.Fatal(err)
	}
	var left []string
	for _, name := range old {
		if _, ok := broken[name]; ok {
			left = append(left, name)
		}
	}
	if want := append([]string{"callback:cb-old"}, old[3:]...); !slices.Equal(left, want) {
		t.Errorf("%d left, want all but the two oldest calls: %s", len(left), cmp.Diff(want, left))
	}
	keys := srv.rdb.Keys(ctx, "kezek:{lab}:broken:*").Val()
	for i, key := range keys {
		keys[i] = strings.TrimPrefix(key, "kezek:{lab}:broken:")
	}
	slices.Sort(keys)
	if d := cmp.Diff(slices.Sorted(maps.Keys(broken)), keys); d != "" || len(keys) != mostAside {
		t.Errorf("%d keys; listed and there: %s", len(keys), d)
	}
}

// A user that loses one right in the middle of a write loses no promise that was kept before:
// Redis does not undo the half of a script, so what deletes comes after what may be refused.
func TestRightsLostHalfWay(t *testing.T) {
	const key = "kezek:{lab}:callback:cb-1"
	for name, write := range map[string]func(*server, *Store) error{
		"save": func(_ *server, st *Store) error {
			cb := promise("cb-1")
			cb.Serial = 7
			return trySave(st, list(cb), list(call("a")), []queue.Entry{entry(0)})
		},
		"whole state": func(_ *server, st *Store) error {
			return st.Replace(ctx, &queue.Snapshot{Callbacks: []*queue.Callback{promise("cb-1")}})
		},
		"promise saved out of what is moved aside": func(s *server, st *Store) error {
			s.do("HSET", key, "serial", "1e300")
			_, err := st.Load(ctx)
			return err
		},
	} {
		for _, right := range []string{"hset", "del", "hdel", "zadd", "zrem", "xadd", "zremrangebyscore", "rename", "exists", "hlen"} {
			t.Run(name+" without "+right, func(t *testing.T) {
				srv := startServer(t)
				srv.do("ACL", "SETUSER", "kezek", "on", ">secret", "~*", "+@all")
				st := srv.owner(func(o *Options) { o.Username, o.Password = "kezek", "secret" })
				replace(t, st, &queue.Snapshot{Callbacks: []*queue.Callback{promise("cb-1")}, Calls: []*queue.Call{call("a")}})
				srv.do("ACL", "SETUSER", "kezek", "-"+right)
				err := write(srv, st)
				if got := srv.rdb.HGet(ctx, key, "number").Val(); got != promise("cb-1").Number {
					t.Errorf("what stands there is of number %q: %v", got, err)
				}
				// A daemon that dies now and has the right again finds the promise.
				if got := load(t, srv.owner()); len(got.Callbacks) != 1 {
					t.Errorf("loaded %v: %v", got.Callbacks, err)
				}
			})
		}
	}
}

// promise is a callback as a daemon keeps it.
func promise(id string) *queue.Callback {
	at := time.Now().UTC().Truncate(time.Second)
	return &queue.Callback{ID: id, Number: "+99655500000" + id[3:], Queue: "sales", Class: queue.ClassInformation, State: queue.CallbackOpen,
		Since: at, Created: at, Place: at, From: at, DueAt: at.Add(time.Hour)}
}
