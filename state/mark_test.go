package state

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"kezek/queue"
)

// A Redis that comes up without what the site had is told, whatever way it came to be so.
func TestStateLost(t *testing.T) {
	promised := &queue.Snapshot{Agents: []*queue.Agent{agent("1001")}, Callbacks: []*queue.Callback{{ID: "cb-1", State: queue.CallbackOpen}}}
	for _, c := range []struct {
		name string
		// between the end of one daemon and the start of the next, and what is said then
		between func(s *server, markFile string)
		says    string
	}{
		{"nothing happened", func(*server, string) {}, ""},
		{"redis came up empty", func(s *server, _ string) { s.kill(); s.start() }, "redis has nothing of site lab, which had its state there at "},
		{"an older copy was restored", func(s *server, _ string) {
			s.kill()
			if err := os.Rename(filepath.Join(s.dir, "backup.rdb"), filepath.Join(s.dir, "dump.rdb")); err != nil {
				s.t.Fatal(err)
			}
			s.start()
		}, "redis has an older copy: write "},
		{"a copy of a former owner was restored", func(s *server, _ string) { s.do("HSET", ownerKey, "fence", "1500000000000") }, "redis has an older copy: owner 1500000000000, and at "},
		{"the owner's hash is odd", func(s *server, _ string) { s.do("HSET", ownerKey, "fence", "abc") }, "redis has an older copy: owner 0"},
		{"all but the owner was deleted", func(s *server, _ string) {
			s.do("RENAME", ownerKey, "x")
			s.do("EVAL", "for _, k in ipairs(redis.call('KEYS', 'kezek:*')) do redis.call('DEL', k) end return 1", "0")
			s.do("RENAME", "x", ownerKey)
		}, "redis has no agents, calls, callbacks and queues of site lab, which had some"},
		{"only events are left, and this machine knows nothing", func(s *server, file string) {
			if err := os.Remove(file); err != nil {
				s.t.Fatal(err)
			}
			s.do("FLUSHALL")
			s.do("XADD", "kezek:{lab}:events", "*", "kind", "call.ended")
		}, "but 1 events"},
		{"another daemon had the site meanwhile", func(s *server, _ string) {
			other := s.owner(instance("two"))
			replace(s.t, other, promised)
			if err := other.Release(ctx); err != nil {
				s.t.Fatal(err)
			}
		}, ""},
		{"what is remembered is of another site", func(s *server, file string) {
			write(s.t, file, `{"site":"osh","fence":9,"seq":1,"used":true}`)
			s.do("FLUSHALL")
		}, ""},
		{"what is remembered cannot be read", func(s *server, file string) { write(s.t, file, `{"site":`); s.do("FLUSHALL") }, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			srv := startServer(t)
			file := filepath.Join(t.TempDir(), "lab.mark")
			marked := func(o *Options) { o.Mark = file }
			first := srv.owner(marked)
			if all, err := first.Load(ctx); err != nil || !holdsNothing(all) || first.Lost() != "" {
				t.Fatalf("a new site: %v %q", err, first.Lost())
			}
			replace(t, first, promised)
			srv.do("SAVE")
			if err := os.Rename(filepath.Join(srv.dir, "dump.rdb"), filepath.Join(srv.dir, "backup.rdb")); err != nil {
				t.Fatal(err)
			}
			save(t, first, list(promised.Agents[0]), nil)
			if err := first.Release(ctx); err != nil {
				t.Fatal(err)
			}
			c.between(srv, file)

			logs, seen := observer.New(zap.ErrorLevel)
			next := srv.owner(marked, func(o *Options) { o.Log = zap.New(logs) })
			if _, err := next.Load(ctx); err != nil {
				t.Fatal(err)
			}
			if said := next.Lost(); (said == "") != (c.says == "") || !strings.Contains(said, c.says) {
				t.Errorf("said: %q", said)
			}
			if n := seen.FilterMessageSnippet("the state was lost").Len(); n != min(len(c.says), 1) {
				t.Errorf("logged %d times", n)
			}
			// It is served on, and the start after that is an ordinary one.
			replace(t, next, promised)
			if err := next.Release(ctx); err != nil {
				t.Fatal(err)
			}
			last := srv.owner(marked)
			if _, err := last.Load(ctx); err != nil || last.Lost() != "" {
				t.Errorf("the start after that: %v %q", err, last.Lost())
			}
		})
	}
}

// A site that was never used is not taken for one that has lost something.
func TestUnusedSite(t *testing.T) {
	srv := startServer(t)
	file := filepath.Join(t.TempDir(), "lab.mark")
	for range 3 {
		st := srv.owner(func(o *Options) { o.Mark = file })
		if _, err := st.Load(ctx); err != nil || st.Lost() != "" {
			t.Errorf("%v %q", err, st.Lost())
		}
		replace(t, st, &queue.Snapshot{})
		if err := st.Release(ctx); err != nil {
			t.Fatal(err)
		}
	}
}

// What stands in the place of the mark and is no small file keeps no daemon waiting.
func TestMarkThatIsNoFile(t *testing.T) {
	for name, put := range map[string]func(file string) error{
		"a pipe":   func(file string) error { return syscall.Mkfifo(file, 0o600) },
		"a folder": func(file string) error { return os.Mkdir(file, 0o700) },
		"large": func(file string) error {
			return os.WriteFile(file, []byte(`{"site":"lab","fence":1,"seq":1}`+strings.Repeat(" ", largestMark)), 0o600)
		},
	} {
		file := filepath.Join(t.TempDir(), "mark")
		if err := put(file); err != nil {
			t.Fatal(err)
		}
		logs, seen := observer.New(zap.WarnLevel)
		st, err := New(Options{Site: "lab", URL: "redis://127.0.0.1:1/0", Mark: file, Log: zap.New(logs)})
		if err != nil {
			t.Fatal(err)
		}
		if m := st.readMark(); m != (mark{}) || seen.FilterMessageSnippet("cannot be read").Len() != 1 {
			t.Errorf("%s: %+v, said %v", name, m, seen.All())
		}
	}
}

// A loss is said at one start, though nothing came to be saved after it.
func TestLossIsSaidAtOneStart(t *testing.T) {
	srv := startServer(t)
	marked := func(o *Options) { o.Mark = filepath.Join(srv.dir, "mark") }
	first := srv.owner(marked)
	save(t, first, list(agent("1001")), nil)
	if err := first.Release(ctx); err != nil {
		t.Fatal(err)
	}
	srv.do("DEL", "kezek:{lab}:agents", "kezek:{lab}:agent:1001")
	for _, says := range []bool{true, false} {
		st := srv.owner(marked)
		load(t, st)
		if why := st.Lost(); (why != "") != says {
			t.Errorf("said: %q, want something: %v", why, says)
		}
		if err := st.Release(ctx); err != nil {
			t.Fatal(err)
		}
	}
}

func write(t testing.TB, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
