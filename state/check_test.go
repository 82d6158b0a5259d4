package state

import (
	"context"
	"strings"
	"testing"
	"time"
)

func TestCheck(t *testing.T) {
	for _, c := range []struct {
		name  string
		args  []string
		do    [][]any
		want  []string // each in some finding, with its severity
		clean bool     // nothing but info
	}{
		{name: "as recommended", args: []string{"--appendonly", "yes"}, clean: true, want: []string{
			"info: redis: it keeps an append-only file (appendfsync everysec)", "info: redis: version ", "site lab was never owned", "answers in"}},
		{name: "nothing on disk", want: []string{
			"error: redis: it keeps nothing on disk: appendonly is no and save is empty. Set appendonly yes and appendfsync everysec"}},
		{name: "snapshots only", do: [][]any{{"CONFIG", "SET", "save", "3600 1"}}, want: []string{
			`warning: redis: a crash of Redis may lose minutes: appendonly is no, save is "3600 1". Set appendonly yes`}},
		{name: "no fsync", args: []string{"--appendonly", "yes", "--appendfsync", "no"}, want: []string{
			"warning: redis: a power failure may lose half a minute: appendfsync is no. Set appendfsync everysec"}},
		{name: "eviction", args: []string{"--maxmemory", "100mb", "--maxmemory-policy", "allkeys-lru"}, want: []string{
			"error: redis: it may throw keys away when memory is short: maxmemory-policy is allkeys-lru. Set maxmemory-policy noeviction"}},
		{name: "eviction without a limit", args: []string{"--maxmemory-policy", "allkeys-lru"}, want: []string{
			"warning: redis: it may throw keys away"}},
		{name: "replica", args: []string{"--replicaof", "127.0.0.1 1"}, want: []string{
			"error: redis: it is a replica, which cannot be written. Set redis.url to the one that it copies: 127.0.0.1:1"}},
		{name: "few rights", do: [][]any{{"ACL", "SETUSER", "default", "-info", "-config", "-eval"}}, want: []string{
			"warning: redis: its version and persistence cannot be read: NOPERM", "error: redis: it refuses scripts: NOPERM"}},
		{name: "owner of another type", args: []string{"--appendonly", "yes"}, do: [][]any{{"SET", "kezek:{lab}:owner", "x"}}, want: []string{
			"error: redis: the owner of the site cannot be read: WRONGTYPE"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			srv := startServer(t, c.args...)
			for _, cmd := range c.do {
				srv.do(cmd...)
			}
			before := srv.rdb.DBSize(ctx).Val()
			expect(t, srv.store().Check(ctx), c.clean, c.want...)
			if after := srv.rdb.DBSize(ctx).Val(); after != before {
				t.Errorf("%d keys became %d", before, after)
			}
		})
	}
}

func expect(t *testing.T, findings []Finding, clean bool, want ...string) {
	t.Helper()
	var lines []string
	for _, f := range findings {
		lines = append(lines, f.String())
		if (f.Severity == Info) != (f.Fix == "") || clean && f.Severity != Info {
			t.Errorf("%s", f)
		}
	}
	all := strings.Join(lines, "\n")
	for _, w := range want {
		if !strings.Contains(all, w) {
			t.Errorf("nothing says %q in:\n%s", w, all)
		}
	}
}

func TestCheckTellsTheOwner(t *testing.T) {
	srv := startServer(t)
	st := srv.owner()
	process := st.lease.process
	expect(t, srv.store().Check(ctx), false, "info: redis: site lab is owned by instance one ("+process)
	if err := st.Release(ctx); err != nil {
		t.Fatal(err)
	}
	expect(t, srv.store().Check(ctx), false, "info: redis: site lab is free; its last owner was instance one ("+process)
}

func TestCheckOfNoRedis(t *testing.T) {
	srv := startServer(t)
	srv.do("CONFIG", "SET", "requirepass", "right")
	for _, c := range []struct {
		opts Options
		want string
	}{
		{Options{URL: srv.url()}, "Set redis.password_file: this Redis wants a password"},
		{Options{URL: srv.url(), Password: "wrong"}, "Correct redis.username and redis.password_file"},
		{Options{URL: srv.url() + "x"}, "Start Redis, or correct the socket's path in redis.url"},
		{Options{URL: srv.url() + "?db=99", Password: "right"}, "Correct the database's number in redis.url"},
		{Options{URL: "redis://127.0.0.1:1/0"}, "Start Redis, or correct redis.url"},
	} {
		c.opts.Site = "lab"
		st, err := New(c.opts)
		if err != nil {
			t.Fatal(err)
		}
		defer st.Close()
		ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
		defer cancel()
		expect(t, st.Check(ctx), false, c.want)
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
