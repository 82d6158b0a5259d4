package state

import (
	"errors"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A rehearsal does what a daemon does and leaves nothing, beside a site in use.
func TestRehearse(t *testing.T) {
	srv := startServer(t)
	st := srv.owner()
	save(t, st, list(agent("1001"), call("a")), nil, entry(0))
	keysNow := func() []string {
		return slices.Sorted(slices.Values(srv.rdb.Keys(ctx, "*").Val()))
	}
	before, owner := keysNow(), srv.rdb.HGet(ctx, st.keys.owner(), "fence").Val()
	for range 2 {
		if err := srv.store().Rehearse(ctx); err != nil {
			t.Fatal(err)
		}
	}
	if d := cmp.Diff(before, keysNow()); d != "" {
		t.Error(d)
	}
	if now := srv.rdb.HGet(ctx, st.keys.owner(), "fence").Val(); now != owner {
		t.Errorf("fence %s became %s", owner, now)
	}
	save(t, st, list(agent("1002")), nil)
}

// denied is how Redis 7 refuses a command, and how it does within a script.
var denied = regexp.MustCompile(`NOPERM|The user executing the script can't`)

// Whatever right is missing, the rehearsal finds it, and with the rights of the docs it finds nothing.
func TestRehearseFindsMissingRights(t *testing.T) {
	const all = "on >secret ~kezek:{lab}:* +@connection +@read +@write +@scripting -@dangerous +time +info +config|get"
	for _, c := range []struct{ rights, step string }{
		{all, ""},
		{all + " -time", "take the site"},
		{all + " resetkeys ~kezek:{osh}:*", "take the site"},
		{all + " resetkeys ~kezek:{lab}:owner", "take the site"},
		{all + " -evalsha -eval", "take the site"},
		{all + " -hset", "take the site"},
		{all + " -type", "take the site"},
		{all + " -zadd", "save a step"},
		{all + " -xadd", "save a step"},
		{all + " -zrange", "write the whole state"},
		{all + " -hgetall", "read the state"},
		{all + " -zscan", "read timesheets"},
		{all + " -scan", "find entities without an index"},
		{all + " -rename", "move unreadable entities aside"},
	} {
		t.Run(c.rights, func(t *testing.T) {
			srv := startServer(t)
			args := []any{"ACL", "SETUSER", "kezek"}
			for _, a := range strings.Fields(c.rights) {
				args = append(args, a)
			}
			srv.do(args...)
			err := srv.store(func(o *Options) { o.Username, o.Password = "kezek", "secret" }).Rehearse(ctx)
			of := (*RehearsalError)(nil)
			switch {
			case c.step == "" && err != nil:
				t.Error(err)
			case c.step != "" && (!errors.As(err, &of) || of.Step != c.step || !denied.MatchString(of.Err.Error())):
				t.Errorf("%v, want %q", err, c.step)
			}
		})
	}
}
