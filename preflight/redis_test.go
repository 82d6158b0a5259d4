package preflight

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"kezek/config"
	"kezek/lab"
	"kezek/state"
)

var ctx = context.Background()

// redisServer is a private redis-server on a socket in a folder of its own.
type redisServer struct {
	*redis.Client // looks at it past the store
	t             *testing.T
	dir           string
}

// startRedis starts Redis with more settings, for the time of the test.
func startRedis(t *testing.T, args ...string) *redisServer {
	t.Helper()
	if _, err := exec.LookPath("redis-server"); err != nil {
		if os.Getenv("KEZEK_LAB") == "1" {
			t.Fatal(err)
		}
		t.Skip("needs redis-server: ", err)
	}
	dir, err := os.MkdirTemp("", "kezek-redis") // t.TempDir is too long for a socket
	must(t, err)
	s := &redisServer{t: t, dir: dir}
	o, err := redis.ParseURL(s.url())
	must(t, err)
	s.Client = redis.NewClient(o)
	if len(args) > 0 && args[0] == "SENTINEL" { // which keeps its state in its config
		args[0] = filepath.Join(dir, "sentinel.conf")
		must(t, os.WriteFile(args[0], nil, 0o600))
		args = append(args, "--port", "0", "--unixsocket", filepath.Join(dir, "sock"), "--dir", dir)
	} else {
		args = append([]string{"--port", "0", "--unixsocket", filepath.Join(dir, "sock"), "--dir", dir, "--save", ""}, args...)
	}
	cmd := exec.Command("redis-server", args...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	must(t, cmd.Start())
	t.Cleanup(func() {
		s.Close()
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		os.RemoveAll(dir)
	})
	for end := time.Now().Add(10 * time.Second); s.Ping(ctx).Err() != nil; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("redis-server does not answer: ", s.Ping(ctx).Err())
		}
	}
	return s
}

func (s *redisServer) url() string { return "unix://" + filepath.Join(s.dir, "sock") }

func (s *redisServer) options() state.Options {
	return state.Options{Site: "lab", URL: s.url(), Instance: "one"}
}

// do runs one command by hand.
func (s *redisServer) do(args ...any) {
	s.t.Helper()
	if err := s.Do(ctx, args...).Err(); err != nil {
		s.t.Fatalf("%v: %v", args, err)
	}
}

// check is what is found with the usual options.
func (s *redisServer) check() []Finding {
	found := (&Site{State: s.options()}).checkRedis(ctx)
	for i := range found {
		found[i].Fix = strings.ReplaceAll(found[i].Fix, s.dir, "DIR")
	}
	return found
}

// A command that mends is one for the Redis of the config.
func TestFixesReachTheRedisOfTheConfig(t *testing.T) {
	for _, c := range []struct {
		address  string
		database int
		tls      bool
		want     string
	}{
		{"127.0.0.1:6379", 0, false, "redis-cli"},
		{"localhost:6380", 0, false, "redis-cli -p 6380"},
		{"10.0.0.2:6379", 1, true, "redis-cli -h 10.0.0.2 -n 1 --tls"},
		{"[2001:db8::1]:6390", 0, false, "redis-cli -h 2001:db8::1 -p 6390"},
		{"/run/redis/redis.sock", 2, false, "redis-cli -s /run/redis/redis.sock -n 2"},
	} {
		if got := redisCLI(c.address, c.database, c.tls); got != c.want {
			t.Errorf("%s, %d, %v: %s; want %s", c.address, c.database, c.tls, got, c.want)
		}
	}
}

func TestRedis(t *testing.T) {
	for _, c := range []struct {
		name  string
		args  []string
		do    [][]any
		want  []string // each in some finding, with its severity
		clean bool     // nothing but info
	}{
		{name: "as recommended", args: []string{"--appendonly", "yes"}, clean: true, want: []string{
			"info it keeps an append-only file (appendfsync everysec)", "info version ", "site lab was never owned", "answers in"}},
		{name: "nothing on disk", want: []string{
			"error it keeps nothing on disk: appendonly is no and save is empty. redis-cli -s DIR/sock CONFIG SET appendonly yes"}},
		{name: "snapshots only", do: [][]any{{"CONFIG", "SET", "save", "3600 1"}}, want: []string{
			`warning a crash of Redis may lose minutes: appendonly is no, save is "3600 1". redis-cli -s DIR/sock CONFIG SET appendonly yes`}},
		{name: "no fsync", args: []string{"--appendonly", "yes", "--appendfsync", "no"}, want: []string{
			"warning a power failure may lose half a minute: appendfsync is no. redis-cli -s DIR/sock CONFIG SET appendfsync everysec"}},
		{name: "eviction", args: []string{"--maxmemory", "100mb", "--maxmemory-policy", "allkeys-lru"}, want: []string{
			"error it may evict keys when memory is short: maxmemory-policy is allkeys-lru. redis-cli -s DIR/sock CONFIG SET maxmemory-policy noeviction"}},
		{name: "eviction without a limit", args: []string{"--maxmemory-policy", "allkeys-lru"}, want: []string{
			"warning it may evict keys"}},
		{name: "replica", args: []string{"--replicaof", "127.0.0.1 1"}, want: []string{
			"error it is a replica, which cannot be written. set redis.url to its primary: 127.0.0.1:1"}},
		{name: "few rights", do: [][]any{{"ACL", "SETUSER", "default", "-info", "-config", "-eval"}}, want: []string{
			"warning its version and role cannot be read: NOPERM", "error whether it keeps anything on disk is not known: it shows neither", "error the daemon could not work with it: take the site: NOPERM"}},
		{name: "no time", args: []string{"--appendonly", "yes"}, do: [][]any{{"ACL", "SETUSER", "default", "-time"}}, want: []string{
			"error the daemon could not work with it: take the site: ERR The user executing the script can't run this command",
			"redis-cli -s DIR/sock ACL SETUSER default '~kezek:{lab}:*' +@connection"}},
		{name: "other keys", args: []string{"--appendonly", "yes"}, do: [][]any{{"ACL", "SETUSER", "default", "resetkeys", "~kezek:{osh}:*"}}, want: []string{
			"error the daemon could not work with it: take the site: NOPERM", "redis-cli -s DIR/sock ACL SETUSER default '~kezek:{lab}:*' "}},
		{name: "full", args: []string{"--appendonly", "yes", "--maxmemory", "1mb"}, want: []string{
			"warning it is full: ", "and maxmemory is 1.00M", "CONFIG SET maxmemory"}},
		{name: "cluster", args: []string{"--cluster-enabled", "yes"}, want: []string{
			"sock is a node of a Redis Cluster, and Kezek does not use its other nodes. set redis.url to a standalone Redis"}},
		{name: "sentinel", args: []string{"SENTINEL", "--sentinel"}, want: []string{
			"sock is a Redis Sentinel, which keeps no data. set redis.url to the primary"}},
		{name: "of a newer Kezek", args: []string{"--appendonly", "yes"}, do: [][]any{{"SET", "kezek:{lab}:format", "2"}}, want: []string{
			"error a newer Kezek has written the state (format 2, this one knows 1): the daemon does not change it, and does not become ready. install that version again"}},
		{name: "owner of another type", args: []string{"--appendonly", "yes"}, do: [][]any{{"SET", "kezek:{lab}:owner", "x"}}, want: []string{
			"warning the key kezek:{lab}:owner was not written by Kezek", "a daemon that takes the site replaces it"}},
		{name: "time renamed", args: []string{"--appendonly", "yes", "--rename-command", "TIME", ""}, want: []string{
			"error the daemon could not work with it: take the site: ERR Unknown Redis command", "rename-command disables none of its commands"}},
		{name: "info renamed", args: []string{"--appendonly", "yes", "--rename-command", "INFO", ""}, want: []string{
			"warning its version and role cannot be read: ERR unknown command", "rename-command disables none of its commands", "info it keeps an append-only file"}},
		{name: "info renamed, nothing on disk", args: []string{"--rename-command", "INFO", ""}, want: []string{
			"error it keeps nothing on disk: appendonly is no and save is empty. redis-cli -s DIR/sock CONFIG SET appendonly yes"}},
		{name: "config taken away", args: []string{"--rename-command", "CONFIG", ""}, want: []string{
			"error it keeps no append-only file (aof_enabled:0), and has not saved since its start: whether anything is kept on disk is not known; its CONFIG is renamed or disabled. under the name that",
			"If it has none: remove that line from redis.conf, redis-cli -s DIR/sock SHUTDOWN SAVE"}},
		{name: "config taken away, append-only", args: []string{"--appendonly", "yes", "--rename-command", "CONFIG", ""}, clean: true, want: []string{
			"info it keeps an append-only file (appendfsync is not known)"}},
		{name: "config taken away, has saved", args: []string{"--rename-command", "CONFIG", ""}, do: [][]any{{"SAVE"}}, want: []string{
			"warning a crash of Redis may lose minutes: it keeps no append-only file (aof_enabled:0), and has saved since its start"}},
		{name: "config forbidden", do: [][]any{{"ACL", "SETUSER", "default", "-config"}}, want: []string{
			"error it keeps no append-only file (aof_enabled:0)", "this user may not read its settings (CONFIG). by a user of Redis with that right: redis-cli -s DIR/sock CONFIG SET appendonly yes"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			srv := startRedis(t, c.args...)
			for _, cmd := range c.do {
				srv.do(cmd...)
			}
			before := srv.DBSize(ctx).Val()
			expect(t, srv.check(), c.clean, c.want...)
			if after := srv.DBSize(ctx).Val(); after != before {
				t.Errorf("%d keys became %d", before, after)
			}
		})
	}
}

// Events that will not stay as long as they should are told before a reader needs them.
func TestEventsStay(t *testing.T) {
	for _, c := range []struct {
		memory string
		ago    time.Duration
		keep   state.Keep
		want   string // "" is nothing
	}{
		{"100mb", 2 * time.Hour, state.Keep{Keep: 48 * time.Hour, Most: 2_000_000}, ""},
		{"100mb", 2 * time.Hour, state.Keep{Keep: 48 * time.Hour, Most: 5000}, "warning events stay for 2h0m0s instead of 48h0m0s (redis.events.keep): redis.events.most of 5000 is reached. A history or another reader that is away for longer loses some. set redis.events.most to 14"},
		{"8mb", 2 * time.Hour, state.Keep{Keep: 48 * time.Hour, Most: 2_000_000}, "warning the events of 48h0m0s (redis.events.keep) will need about "},
		{"8mb", 2 * time.Hour, state.Keep{Keep: 3 * time.Hour, Most: 2_000_000}, ""},
		{"8mb", 2 * time.Minute, state.Keep{Keep: 48 * time.Hour, Most: 2_000_000}, ""}, // too early to tell
	} {
		srv := startRedis(t, "--appendonly", "yes", "--maxmemory", c.memory)
		pipe := srv.Pipeline()
		for i := range 5000 {
			pipe.XAdd(ctx, &redis.XAddArgs{Stream: "kezek:{lab}:events", ID: fmt.Sprintf("%d-%d", time.Now().Add(-c.ago).UnixMilli(), i), Values: []string{"kind", "agent.status", "agent", fmt.Sprint(1000 + i), "words", strings.Repeat("x", 100)}})
		}
		if _, err := pipe.Exec(ctx); err != nil {
			t.Fatal(err)
		}
		options := srv.options()
		options.Events = c.keep
		var got []string
		for _, f := range (&Site{State: options}).checkRedis(ctx) {
			if text := fmt.Sprintf("%s %s. %s", f.Severity, f.Problem, f.Fix); strings.Contains(text, "events") {
				got = append(got, text)
			}
		}
		if text := strings.Join(got, "\n"); !strings.HasPrefix(text, c.want) || c.want == "" && text != "" {
			t.Errorf("%s, %v ago, %+v: %q, want %q", c.memory, c.ago, c.keep, text, c.want)
		}
	}
}

// A Redis that is full serves Kezek, and the check says no more than that.
func TestFullRedisIsNoError(t *testing.T) {
	srv := startRedis(t, "--appendonly", "yes", "--maxmemory", "1mb")
	if found := srv.check(); serious(found) {
		t.Errorf("%+v", found)
	}
}

// What a fix tells to give the user of Redis is enough, word by word, and takes nothing from the administrator.
func TestRedisRightsMend(t *testing.T) {
	for _, user := range []string{"default", "kezek"} {
		srv := startRedis(t, "--appendonly", "yes")
		admin := srv.Client
		if user == "kezek" {
			srv.do("ACL", "SETUSER", user, "on", ">secret", "~other:*", "+@all", "-@write")
		} else {
			srv.do("ACL", "SETUSER", user, "resetkeys", "-time", "-info")
		}
		s := &Site{State: srv.options()}
		if user == "kezek" {
			s.State.Username, s.State.Password = user, "secret"
		}
		found := s.checkRedis(ctx)
		at := slices.IndexFunc(found, func(f Finding) bool { return strings.Contains(f.Fix, "ACL SETUSER") })
		if at < 0 {
			t.Fatalf("%s: %+v", user, found)
		}
		command, _, _ := strings.Cut(found[at].Fix, ";")
		var args []any
		for _, w := range words(command)[3:] { // redis-cli -s SOCKET
			args = append(args, w)
		}
		srv.do(args...)
		if found := s.checkRedis(ctx); serious(found) {
			t.Errorf("%s, after %s: %+v", user, command, found)
		}
		must(t, admin.ConfigGet(ctx, "dir").Err())
		must(t, admin.Do(ctx, "ACL", "WHOAMI").Err())
	}
}

func expect(t *testing.T, found []Finding, clean bool, want ...string) {
	t.Helper()
	var lines []string
	for _, f := range found {
		lines = append(lines, strings.TrimSuffix(string(f.Severity)+" "+f.Problem+". "+f.Fix, ". "))
		if (f.Severity == Info) != (f.Fix == "") || clean && f.Severity != Info {
			t.Errorf("%+v", f)
		}
	}
	all := strings.Join(lines, "\n")
	for _, w := range want {
		if !strings.Contains(all, w) {
			t.Errorf("nothing says %q in:\n%s", w, all)
		}
	}
}

func TestRedisTellsTheOwner(t *testing.T) {
	srv := startRedis(t)
	st, err := state.New(srv.options())
	must(t, err)
	defer st.Close()
	_, err = st.Acquire(t.Context())
	must(t, err)
	expect(t, srv.check(), false, "info site lab is owned by instance one (")
	must(t, st.Release(t.Context()))
	expect(t, srv.check(), false, "info site lab is free; its last owner was instance one (")
}

func TestNoRedis(t *testing.T) {
	srv := startRedis(t)
	srv.do("CONFIG", "SET", "requirepass", "right")
	for _, c := range []struct{ url, password, want string }{
		{srv.url(), "", "set redis.password_file: this Redis needs a password"},
		{srv.url(), "wrong", "correct redis.username and redis.password_file"},
		{srv.url() + "x", "", "start Redis, or correct the socket's path in redis.url"},
		{srv.url() + "?db=99", "right", "correct the database's number in redis.url"},
		{"redis://127.0.0.1:1/0", "", "start Redis, or correct redis.url"},
	} {
		o := srv.options()
		o.URL, o.Password = c.url, c.password
		expect(t, (&Site{State: o}).checkRedis(t.Context()), false, c.want)
	}
}

// A save that failed makes Redis refuse even a ping.
func TestRedisThatCannotSave(t *testing.T) {
	srv := startRedis(t)
	must(t, os.Mkdir(filepath.Join(srv.dir, "dump.rdb"), 0o700)) // a file cannot take its place
	srv.do("CONFIG", "SET", "save", "3600 1")
	srv.do("BGSAVE")
	for end := time.Now().Add(10 * time.Second); srv.Ping(ctx).Err() == nil; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the save does not fail")
		}
	}
	expect(t, srv.check(), false, "MISCONF", "let Redis write to its disk again")
}

// Redis with the certificate of an own authority, and in each way that TLS goes wrong.
func TestRedisWithTLS(t *testing.T) {
	dir := t.TempDir()
	must(t, lab.Certify(dir, "127.0.0.1"))
	secure, plain := freePort(t), freePort(t)
	startRedis(t, "--appendonly", "yes", "--tls-port", secure, "--port", plain, "--bind", "127.0.0.1", "--tls-auth-clients", "no",
		"--tls-cert-file", filepath.Join(dir, "cert.pem"), "--tls-key-file", filepath.Join(dir, "key.pem"), "--tls-ca-cert-file", filepath.Join(dir, "ca.pem"))
	for _, c := range []struct {
		url, ca string
		clean   bool
		want    string
	}{
		{"rediss://127.0.0.1:" + secure + "/0", filepath.Join(dir, "ca.pem"), true, "site lab was never owned"},
		{"rediss://127.0.0.1:" + secure + "/0", "", false, "the certificate is signed by an authority that this machine does not trust (Kezek's lab). set redis.ca_file to the certificate (PEM) of the authority that signed it"},
		{"rediss://localhost:" + secure + "/0", filepath.Join(dir, "ca.pem"), false, "get a certificate with the name localhost"},
		{"redis://127.0.0.1:" + secure + "/0", "", false, "write rediss:// in redis.url if this port has TLS"},
		{"rediss://127.0.0.1:" + plain + "/0", filepath.Join(dir, "ca.pem"), false, "write redis:// in redis.url if this port has no TLS"},
	} {
		text := "site: lab\ncompany: c\ntimezone: UTC\nlanguages: [ru]\nasterisk: {password: x}\nqueues: {q: {did: [\"+996312900800\"]}}\n" +
			"redis: {url: \"" + c.url + "\", ca_file: \"" + c.ca + "\"}\n"
		path := filepath.Join(dir, "kezek.yaml")
		must(t, os.WriteFile(path, []byte(text), 0o600))
		conf, err := config.Load(path)
		must(t, err)
		s := &Site{State: state.Options{Site: "lab", URL: c.url, CAs: conf.Redis.CAs}}
		expect(t, s.checkRedis(ctx), c.clean, c.want)
	}
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	must(t, err)
	return port
}

// A Redis that others can reach asks for a password, or the check says so.
func TestRedisForEverybody(t *testing.T) {
	port := freePort(t)
	srv := startRedis(t, "--appendonly", "yes", "--port", port, "--bind", "0.0.0.0", "--protected-mode", "no")
	o := srv.options()
	o.URL = "redis://127.0.0.1:" + port
	found := (&Site{State: o}).checkRedis(ctx)
	expect(t, found, false, `warning it accepts commands from other machines without a password (bind "0.0.0.0", protected-mode no)`)
	srv.do("CONFIG", "SET", "protected-mode", "yes")
	expect(t, (&Site{State: o}).checkRedis(ctx), true, "append-only")
	for url, exposed := range map[string]bool{
		"redis://10.0.0.5/0": true, "redis://:secret@10.0.0.5/0": false, "redis://db.example/0": true, "unix:///run/redis.sock": false,
	} {
		st, err := state.New(state.Options{Site: "lab", URL: url})
		must(t, err)
		if got := checkExposure(ctx, st, state.Options{URL: url}); (len(got) > 0) != exposed {
			t.Errorf("%s: %v", url, got)
		}
		st.Close()
	}
}

func TestOlderThan(t *testing.T) {
	for _, c := range []struct {
		version string
		older   bool
	}{{"6.0.16", true}, {"5.9", true}, {"", true}, {"6.2.0", false}, {"6.10", false}, {"7.0.15", false}, {"8.0-rc1", false}, {"10", false}} {
		if olderThan(c.version, "6.2") != c.older {
			t.Errorf("%q: want older %v", c.version, c.older)
		}
	}
}
