package state

import (
	"bytes"
	"context"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
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
	s.cmd = exec.Command("redis-server", s.args...)
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := s.cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	s.eventually("redis-server answers", func() bool { return s.rdb.Ping(context.Background()).Err() == nil })
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

// dump reads every key but the owner's: hashes, sorted sets, and streams without the ids.
func (s *server) dump() map[string]any {
	s.t.Helper()
	ctx := context.Background()
	keys, err := s.rdb.Keys(ctx, "*").Result()
	if err != nil {
		s.t.Fatal(err)
	}
	all := map[string]any{}
	for _, key := range keys {
		if key == "kezek:{lab}:owner" {
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
		all[key] = value
	}
	return all
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
	diff := cmp.Diff(want, got, cmpopts.EquateEmpty(),
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

// fault is what becomes of the next request that saves.
type fault int

const (
	none       fault = iota
	unsent           // the connection breaks before it
	unanswered       // it is done, but the connection breaks before the answer
	late             // the store gives it up, and it arrives later
)

// network lies between a store and its server.
type network struct {
	mu    sync.Mutex
	fates []fault // of the next saves; none after them
	held  []parcel
}

// parcel is a request that was held back.
type parcel struct {
	conn net.Conn
	sent []byte
}

// fail says what becomes of the next saves.
func (n *network) fail(fates ...fault) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.fates = fates
}

// take takes the fate of the next save.
func (n *network) take() fault {
	if len(n.fates) == 0 {
		return none
	}
	f := n.fates[0]
	n.fates = n.fates[1:]
	return f
}

// deliver lets what was held back arrive, and waits until it was answered.
func (n *network) deliver(t testing.TB) {
	n.mu.Lock()
	held := n.held
	n.held = nil
	n.mu.Unlock()
	for _, h := range held {
		h.conn.SetDeadline(time.Now().Add(10 * time.Second))
		if _, err := h.conn.Write(h.sent); err != nil {
			t.Fatal(err)
		}
		if _, err := h.conn.Read(make([]byte, 100)); err != nil {
			t.Fatal(err)
		}
		h.conn.Close()
	}
}

// through returns a store of the server behind the network.
func (n *network) through(s *server, change ...func(*Options)) *Store {
	s.t.Helper()
	ro := s.options()
	addr := ro.Addr
	ro.Dialer = func(ctx context.Context, _, _ string) (net.Conn, error) {
		c, err := new(net.Dialer).DialContext(ctx, "unix", addr)
		if err != nil {
			return nil, err
		}
		return &conn{Conn: c, net: n}, nil
	}
	opts := Options{Site: "lab", Instance: "one"}
	for _, c := range change {
		c(&opts)
	}
	st, err := open(opts, ro)
	if err != nil {
		s.t.Fatal(err)
	}
	st.probe = time.Millisecond
	s.t.Cleanup(func() { st.Close() })
	acquire(s.t, st)
	return st
}

type conn struct {
	net.Conn
	net  *network
	fate fault
	held bool
}

func (c *conn) Write(b []byte) (int, error) {
	if bytes.Contains(b, []byte(saveScript.Hash())) {
		c.net.mu.Lock()
		c.fate = c.net.take()
		if c.fate == late {
			c.held = true
			c.net.held = append(c.net.held, parcel{conn: c.Conn, sent: bytes.Clone(b)})
		}
		c.net.mu.Unlock()
	}
	switch c.fate {
	case unsent:
		c.Conn.Close()
		return 0, io.ErrClosedPipe
	case late:
		return len(b), nil
	}
	return c.Conn.Write(b)
}

func (c *conn) Read(b []byte) (int, error) {
	switch c.fate {
	case unanswered:
		c.Conn.Read(b)
		c.Conn.Close()
		return 0, io.ErrUnexpectedEOF
	case late:
		return 0, os.ErrDeadlineExceeded
	}
	return c.Conn.Read(b)
}

func (c *conn) Close() error {
	if c.held {
		return nil // deliver closes it
	}
	return c.Conn.Close()
}
