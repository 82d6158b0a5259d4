package state

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/redis/go-redis/v9"
	"go.uber.org/zap"

	"kezek/queue"
)

// server is a private redis-server on a socket in a folder of its own.
type server struct {
	t    testing.TB
	dir  string
	args []string
	cmd  *exec.Cmd
	rdb  *redis.Client // looks at it past the store
}

// startServer starts Redis with more settings, for the time of the test.
func startServer(t testing.TB, args ...string) *server {
	t.Helper()
	if _, err := exec.LookPath("redis-server"); err != nil {
		if os.Getenv("KEZEK_LAB") == "1" {
			t.Fatal(err)
		}
		t.Skip("needs redis-server: ", err)
	}
	dir, err := os.MkdirTemp("", "kezek-redis") // t.TempDir is too long for a socket
	if err != nil {
		t.Fatal(err)
	}
	s := &server{t: t, dir: dir, args: append([]string{
		"--port", "0", "--unixsocket", filepath.Join(dir, "sock"), "--dir", dir, "--save", "",
	}, args...)}
	s.rdb = redis.NewClient(s.options())
	t.Cleanup(func() {
		s.rdb.Close()
		s.kill()
		os.RemoveAll(dir)
	})
	s.start()
	return s
}

func (s *server) url() string { return "unix://" + filepath.Join(s.dir, "sock") }

func (s *server) options() *redis.Options {
	ro, err := redis.ParseURL(s.url())
	if err != nil {
		s.t.Fatal(err)
	}
	return ro
}

// start returns when Redis answers.
func (s *server) start() {
	s.t.Helper()
	s.launch()
	s.eventually("redis-server answers", func() bool { return s.rdb.Ping(context.Background()).Err() == nil })
}

// launch does not wait for it.
func (s *server) launch() {
	s.t.Helper()
	s.cmd = exec.Command("redis-server", s.args...)
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := s.cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
}

func (s *server) kill() {
	if s.cmd.Process != nil {
		s.cmd.Process.Kill()
		s.cmd.Wait()
	}
}

func (s *server) signal(sig syscall.Signal) {
	s.t.Helper()
	if err := s.cmd.Process.Signal(sig); err != nil {
		s.t.Fatal(err)
	}
}

func (s *server) eventually(what string, ok func() bool) {
	s.t.Helper()
	for end := time.Now().Add(10 * time.Second); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			s.t.Fatalf("never came: %s", what)
		}
	}
}

// do runs one command by hand.
func (s *server) do(args ...any) {
	s.t.Helper()
	if err := s.rdb.Do(context.Background(), args...).Err(); err != nil {
		s.t.Fatalf("%v: %v", args, err)
	}
}

// dump reads every key but those of the owner and the format: hashes, sorted sets, and streams without the ids.
// Of what was moved aside the names are without the times.
func (s *server) dump() map[string]any {
	s.t.Helper()
	ctx := context.Background()
	keys, err := s.rdb.Keys(ctx, "*").Result()
	if err != nil {
		s.t.Fatal(err)
	}
	all := map[string]any{}
	for _, key := range keys {
		if key == "kezek:{lab}:owner" || key == "kezek:{lab}:format" {
			continue
		}
		kind, err := s.rdb.Type(ctx, key).Result()
		if err != nil {
			s.t.Fatal(err)
		}
		var value any
		switch kind {
		case "hash":
			value, err = s.rdb.HGetAll(ctx, key).Result()
		case "zset":
			value, err = s.rdb.ZRange(ctx, key, 0, -1).Result()
		case "stream":
			var entries []map[string]any
			var read []redis.XMessage
			read, err = s.rdb.XRange(ctx, key, "-", "+").Result()
			for _, m := range read {
				delete(m.Values, "n") // see TestJournalIsRead
				entries = append(entries, m.Values)
			}
			value = entries
		case "string":
			value, err = s.rdb.Get(ctx, key).Result()
		default:
			value = kind
		}
		if err != nil {
			s.t.Fatal(err)
		}
		if hash, ok := value.(map[string]string); ok && key == "kezek:{lab}:broken" {
			value = map[string]string{}
			for name, reason := range hash {
				value.(map[string]string)[timeless(name)] = reason
			}
		}
		if strings.HasPrefix(key, "kezek:{lab}:broken:") {
			key = timeless(key)
		}
		all[key] = value
	}
	return all
}

// timeless is a name of something moved aside without the time.
func timeless(name string) string {
	return regexp.MustCompile(`/[0-9]{13}$`).ReplaceAllString(name, "")
}

// aside counts what was moved aside of each of these names.
func (s *server) aside(names ...string) (counts []int) {
	s.t.Helper()
	counts = make([]int, len(names))
	keys, err := s.rdb.Keys(context.Background(), "kezek:{lab}:broken:*").Result()
	if err != nil {
		s.t.Fatal(err)
	}
	for _, key := range keys {
		if i := slices.Index(names, timeless(strings.TrimPrefix(key, "kezek:{lab}:broken:"))); i >= 0 {
			counts[i]++
		}
	}
	return counts
}

// store returns a store of site lab that nobody else uses.
func (s *server) store(change ...func(*Options)) *Store {
	s.t.Helper()
	opts := Options{Site: "lab", URL: s.url(), Instance: "one", Log: zap.NewNop()}
	for _, c := range change {
		c(&opts)
	}
	st, err := New(opts)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { st.Close() })
	return st
}

// owner returns a store that owns the site.
func (s *server) owner(change ...func(*Options)) *Store {
	s.t.Helper()
	st := s.store(change...)
	acquire(s.t, st)
	return st
}

func acquire(t testing.TB, st *Store) (lost <-chan struct{}) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	lost, err := st.Acquire(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return lost
}

// ofState is the dump that a snapshot and a journal should leave.
func ofState(t testing.TB, all *queue.Snapshot, journal ...queue.Entry) map[string]any {
	t.Helper()
	want := map[string]any{}
	k := keys{"kezek:{lab}:"}
	for _, kind := range kinds {
		var index []string
		for _, e := range kind.all(all) {
			index = append(index, member(e.Key()))
			want[k.entity(kind.name, member(e.Key()))] = fieldsOf(t, e)
		}
		if index != nil {
			want[k.index(kind.name)] = index
		}
	}
	var entries []map[string]any
	for i := range journal {
		entry := map[string]any{}
		for name, value := range fieldsOf(t, &journal[i]) {
			entry[name] = value
		}
		entries = append(entries, entry)
	}
	if entries != nil {
		want[k.events()] = entries
	}
	return want
}

func fieldsOf(t testing.TB, ptr any) map[string]string {
	t.Helper()
	list, err := encode(nil, ptr)
	if err != nil {
		t.Fatal(err)
	}
	fields := map[string]string{}
	for i := 0; i < len(list); i += 2 {
		fields[list[i]] = list[i+1]
	}
	return fields
}

// same compares dumps or snapshots, in whatever order their lists are.
func same(t testing.TB, what string, got, want any) {
	t.Helper()
	diff := difference(want, got,
		cmpopts.SortSlices(func(a, b string) bool { return a < b }),
		cmpopts.SortSlices(func(a, b *queue.Agent) bool { return a.ID < b.ID }),
		cmpopts.SortSlices(func(a, b *queue.Call) bool { return a.ID < b.ID }),
		cmpopts.SortSlices(func(a, b *queue.Callback) bool { return a.ID < b.ID }),
		cmpopts.SortSlices(func(a, b *queue.Caller) bool { return a.Number < b.Number }),
		cmpopts.SortSlices(func(a, b *queue.Line) bool { return a.Queue < b.Queue }))
	if diff != "" {
		t.Fatalf("%s (-want +got):\n%s", what, diff)
	}
}

// difference is empty if the saved fields are the same.
func difference(want, got any, opts ...cmp.Option) string {
	return cmp.Diff(want, got, append(opts, cmpopts.EquateEmpty(),
		cmpopts.IgnoreUnexported(queue.Agent{}, queue.Call{}, queue.Callback{}, queue.Caller{}, queue.Line{}, queue.Timesheet{}))...)
}
