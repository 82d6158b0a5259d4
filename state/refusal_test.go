package state

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"kezek/queue"
)

// hurried has a short lease and looks often.
func hurried(s *server, name string, lease time.Duration, change ...func(*Options)) *Store {
	st := s.store(append([]func(*Options){instance(name), leaseOf(lease)}, change...)...)
	st.probe = 10 * time.Millisecond
	return st
}

// Whatever Redis refuses, it refuses lease and take-over alike: the owner stays
// while it does, when it ends, and when it comes again; and a standby takes over when the owner dies.
func TestRefusalsLeaveTheOwner(t *testing.T) {
	t.Parallel()
	without := func(command string) func(*server) {
		return func(s *server) { s.do("ACL", "SETUSER", "kezek", "-"+command) }
	}
	with := func(command string) func(*server) {
		return func(s *server) { s.do("ACL", "SETUSER", "kezek", "+"+command) }
	}
	config := func(name, value string) func(*server) {
		return func(s *server) { s.do("CONFIG", "SET", name, value) }
	}
	for _, c := range []struct {
		name         string
		begin, end   func(*server)
		saves, leads bool // it saves meanwhile; it prolongs the lease
		args         []string
	}{
		{"OOM", config("maxmemory", "1"), config("maxmemory", "0"), true, true, nil},
		{"MISCONF", func(s *server) {
			file := filepath.Join(s.dir, "dump.rdb")
			if err := errors.Join(os.RemoveAll(file), os.MkdirAll(filepath.Join(file, "in the way"), 0o700)); err != nil {
				s.t.Fatal(err)
			}
			s.background("err")
		}, func(s *server) {
			if err := os.RemoveAll(filepath.Join(s.dir, "dump.rdb")); err != nil {
				s.t.Fatal(err)
			}
			s.background("ok")
		}, false, false, []string{"--save", "100000 1000000"}},
		{"READONLY", func(s *server) { s.do("REPLICAOF", "127.0.0.1", "1") }, func(s *server) { s.do("REPLICAOF", "NO", "ONE") }, false, false, nil},
		{"NOREPLICAS", config("min-replicas-to-write", "1"), config("min-replicas-to-write", "0"), false, false, nil},
		{"BUSY", func(s *server) {
			s.do("CONFIG", "SET", "lua-time-limit", "1")
			go s.rdb.Eval(context.Background(), "while true do end", nil) //nolint:errcheck // it is killed
			s.eventually("it is busy", func() bool { return s.answers("BUSY") })
		}, func(s *server) { s.do("SCRIPT", "KILL") }, false, false, nil},
		{"LOADING", func(s *server) {
			for i := range 300 {
				s.do("SET", i, strings.Repeat("x", 2000))
			}
			s.do("SAVE")
			s.kill()
			s.args = append(s.args, "--key-load-delay", "5000", "--loading-process-events-interval-bytes", "1024")
			s.launch()
			s.eventually("it loads", func() bool { return s.answers("LOADING") })
		}, func(s *server) { s.eventually("it has loaded", func() bool { return s.answers("PONG") }) }, false, false, nil},
		{"no hdel", without("hdel"), with("hdel"), false, false, nil},
		{"no hset", without("hset"), with("hset"), false, false, nil},
		{"no time", without("time"), with("time"), false, false, nil},
		{"no evalsha", without("evalsha"), with("evalsha"), false, false, nil},
		{"no zadd", without("zadd"), with("zadd"), false, true, nil},
		{"no xadd", without("xadd"), with("xadd"), false, true, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			lease, rounds := 400*time.Millisecond, 2
			switch {
			case c.name == "LOADING": // what is asked meanwhile may wait for the time of a request
				lease, rounds = 2*requestTimeout, 1
			case strings.HasPrefix(c.name, "no "):
				rounds = 1
			}
			srv := startServer(t, c.args...)
			as := func(*Options) {}
			if strings.HasPrefix(c.name, "no ") {
				srv.do("ACL", "SETUSER", "kezek", "on", ">secret", "~*", "+@all")
				as = func(o *Options) { o.Username, o.Password = "kezek", "secret" }
			}
			logs, seen := observer.New(zap.InfoLevel)
			owner := hurried(srv, "one", lease, as, func(o *Options) { o.Log = zap.New(logs) })
			owner.probe = lease / 2 // the standby looks more often
			lost := acquire(t, owner)
			standby := hurried(srv, "two", lease, as)
			ctx, cancel := context.WithCancel(ctx)
			defer cancel()
			taken := make(chan error, 1)
			go func() {
				_, err := standby.Acquire(ctx)
				taken <- err
			}()
			all := &queue.Snapshot{Agents: []*queue.Agent{agent("1001")}}
			replace(t, owner, all)

			for round := range rounds {
				c.begin(srv)
				// As the engine: what failed is tried again, all the time.
				var err error
				for end := time.Now().Add(3 * lease); time.Now().Before(end); time.Sleep(lease / 10) {
					err = trySave(owner, list(all.Agents[0]), nil, []queue.Entry{entry(round)})
					if errors.Is(err, ErrBehind) || err != nil && owner.away() == nil {
						if err = owner.Replace(ctx, all); err == nil {
							err = trySave(owner, nil, nil, []queue.Entry{entry(round)})
						}
					}
					if isClosed(lost) {
						t.Fatal("the owner lost the site")
					}
				}
				if c.name != "LOADING" && (err == nil) != c.saves {
					t.Errorf("saves: %v", err)
				}
				if c.name != "LOADING" && (owner.away() == nil) != c.leads {
					t.Errorf("the lease: %v", owner.away())
				}
				if owner.Up() != c.saves && c.name != "LOADING" {
					t.Errorf("up: %v", owner.Err())
				}
				if word := owner.Refusal(); (word == "") != owner.Up() || strings.HasPrefix(c.name, "NO") && word != c.name {
					t.Errorf("it refuses with %q: %v", word, owner.Err())
				}
				c.end(srv)
				srv.eventually("the whole state is written", func() bool {
					return owner.Replace(ctx, all) == nil && trySave(owner, nil, nil, []queue.Entry{entry(round)}) == nil
				})
				time.Sleep(2 * lease) // for the standby to take the site, if it would
				if isClosed(lost) || !owner.Up() {
					t.Fatalf("round %d: lost %v, %v", round, isClosed(lost), owner.Err())
				}
				select {
				case err := <-taken:
					t.Fatalf("the standby has the site: %v", err)
				default:
				}
			}
			trouble := seen.FilterMessageSnippet("redis does not answer").Len()
			if back := seen.FilterMessage("redis is back").Len(); trouble > 2 || back != trouble {
				t.Errorf("2 refusals: said %d times, and %d times that it is over", trouble, back)
			}
			owner.Close()
			if err := <-taken; err != nil {
				t.Fatal(err)
			}
			save(t, standby, list(agent("1002")), nil)
		})
	}
}

// A daemon that takes over a site while Redis is full gets ready as any other: all that it writes passes.
func TestTakeOverOfAFullRedis(t *testing.T) {
	t.Parallel()
	srv := startServer(t)
	srv.do("CONFIG", "SET", "maxmemory", "1")
	st := srv.owner()
	if err := st.Replace(ctx, &queue.Snapshot{Agents: []*queue.Agent{agent("1001")}}); err != nil {
		t.Fatal(err)
	}
	if n, err := st.StoredFormat(ctx); n != Format || err != nil {
		t.Errorf("format %d, %v", n, err)
	}
	if err := srv.store().Rehearse(ctx); err != nil {
		t.Error(err)
	}
}

// background saves and waits for how that ends.
func (s *server) background(want string) {
	s.t.Helper()
	s.do("BGSAVE")
	s.eventually("its last save is "+want, func() bool {
		info, err := s.rdb.Info(context.Background(), "persistence").Result()
		return err == nil && strings.Contains(info, "rdb_bgsave_in_progress:0") && strings.Contains(info, "rdb_last_bgsave_status:"+want)
	})
}

// answers reports whether it answers a PING like that.
func (s *server) answers(word string) bool {
	said, err := s.rdb.Ping(context.Background()).Result()
	if err != nil {
		said = err.Error()
	}
	return strings.HasPrefix(said, word)
}
