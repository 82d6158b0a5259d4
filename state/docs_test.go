package state

import (
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"kezek/queue"
)

// The rights and settings that docs/redis.md recommends are enough for everything.
func TestDocsRightsAreEnough(t *testing.T) {
	text, err := os.ReadFile("../docs/redis.md")
	if err != nil {
		t.Fatal(err)
	}
	acl := regexp.MustCompile(`(?m)^ACL SETUSER .*$`).FindString(string(text))
	if acl == "" {
		t.Fatal("docs/redis.md has no ACL")
	}
	srv := startServer(t, "--appendonly", "yes", "--maxmemory-policy", "noeviction")
	var args []any
	for _, a := range strings.Fields(strings.ReplaceAll(acl, "{bishkek}", "{lab}")) {
		args = append(args, a)
	}
	srv.do(args...)

	st := srv.owner(func(o *Options) { o.Username, o.Password = "kezek", "secret" })
	if _, err := st.Info(ctx); err != nil {
		t.Error(err)
	}
	if is, err := st.Setting(ctx, "appendonly"); err != nil || is != "yes" {
		t.Errorf("appendonly is %q", is)
	}
	until := time.Now().Add(time.Hour).UTC().Truncate(time.Millisecond)
	all := &queue.Snapshot{Calls: []*queue.Call{call("a"), call("b")}, Callers: []*queue.Caller{caller("1", until)}}
	save(t, st, list(all.Calls[0], all.Calls[1], all.Callers[0], agent("1001")), list(line("x")), entry(0))
	replace(t, st, all)
	srv.do("SET", "kezek:{lab}:calls", "x")
	srv.do("SET", "kezek:{lab}:call:b", "x")
	all.Calls = all.Calls[:1]
	same(t, "loaded", load(t, st), all)
	if err := st.Release(ctx); err != nil {
		t.Fatal(err)
	}
	// So they are for taking the site away again.
	if _, owned, err := st.Owned(ctx); owned || err != nil {
		t.Errorf("owned %v, %v", owned, err)
	}
	if n, err := st.Remove(ctx); n == 0 || err != nil || len(srv.dump()) > 0 {
		t.Errorf("removed %d, %v; left %v", n, err, srv.dump())
	}
}
