package install

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/redis/go-redis/v9"
	"go.uber.org/zap"

	"kezek/queue"
	"kezek/state"
)

// redisHost is a machine's part that has Redis: a real redis-server with its file and its folder, below dir as they are below / there.
type redisHost struct {
	t    *testing.T
	dir  string
	port string
	rdb  *redis.Client
}

// newRedisHost starts a Redis as Debian's package does: dumps now and then, no append-only file.
func newRedisHost(t *testing.T) *redisHost {
	t.Helper()
	for _, program := range []string{"redis-server", "redis-cli"} {
		if _, err := exec.LookPath(program); err != nil {
			if os.Getenv("KEZEK_LAB") == "1" {
				t.Fatal(err)
			}
			t.Skip("needs Redis: ", err)
		}
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	h := &redisHost{t: t, dir: t.TempDir()}
	_, h.port, err = net.SplitHostPort(l.Addr().String())
	must(t, err)
	l.Close()
	for _, dir := range []string{"etc/redis", "etc/kezek", "var/lib/redis", "var/lib/kezek", "run", "bin"} {
		must(t, os.MkdirAll(filepath.Join(h.dir, dir), 0o755))
	}
	h.write("etc/redis/redis.conf", fmt.Sprintf("bind 127.0.0.1\nport %s\ndir %s/var/lib/redis\ndaemonize yes\npidfile %s/run/redis.pid\nappendonly no\nsave 3600 1 300 100\n",
		h.port, h.dir, h.dir))
	server, err := exec.LookPath("redis-server")
	must(t, err)
	client, err := exec.LookPath("redis-cli")
	must(t, err)
	// The programs that the commands name: Redis is the real one; Kezek's daemon and the packages are not what is tried here.
	h.program("redis-cli", fmt.Sprintf(`exec %s -h 127.0.0.1 -p %s "$@"`, client, h.port))
	h.program("apt", "exit 0")
	h.program("kezek", "exit 0")
	h.program("systemctl", fmt.Sprintf(`
pid=%[1]s/run/redis.pid
case "$*" in
"stop redis-server") kill $(cat $pid); while test -e $pid; do sleep 0.02; done;;
"start redis-server") %[2]s %[1]s/etc/redis/redis.conf > /dev/null; until %[1]s/bin/redis-cli PING 2>&1 | grep -q PONG; do sleep 0.02; done;;
"restart redis-server") $0 stop redis-server; $0 start redis-server;;
*" kezek") ;;
*) echo "systemctl $*: what is that?" >&2; exit 1;;
esac`, h.dir, server))
	h.rdb = redis.NewClient(&redis.Options{Addr: "127.0.0.1:" + h.port})
	t.Cleanup(func() {
		h.rdb.Close()
		if text, err := os.ReadFile(filepath.Join(h.dir, "run/redis.pid")); err == nil {
			if pid, err := strconv.Atoi(strings.TrimSpace(string(text))); err == nil {
				_ = syscall.Kill(pid, syscall.SIGKILL)
				for end := time.Now().Add(5 * time.Second); syscall.Kill(pid, 0) == nil && time.Now().Before(end); {
					time.Sleep(5 * time.Millisecond) // it may still write into the folder that goes now
				}
			}
		}
	})
	h.run("systemctl start redis-server")
	return h
}

func (h *redisHost) write(file, text string) {
	h.t.Helper()
	must(h.t, os.WriteFile(filepath.Join(h.dir, file), []byte(text), 0o644))
}

func (h *redisHost) program(name, script string) {
	h.t.Helper()
	must(h.t, os.WriteFile(filepath.Join(h.dir, "bin", name), []byte("#!/bin/sh\n"+script+"\n"), 0o755))
}

// run runs commands of a page. Only places are other ones here, and files stay this user's.
func (h *redisHost) run(commands string, replace ...string) string {
	h.t.Helper()
	places := []string{"-C / ", "-C " + h.dir + " ", "-o redis -g redis ", ""}
	for _, place := range []string{"/var/lib/redis", "/etc/redis", "/var/backups"} {
		places = append(places, place, h.dir+place)
	}
	script := strings.NewReplacer(append(replace, places...)...).Replace(commands)
	ctx, cancel := context.WithTimeout(h.t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "sh", "-ec", script)
	cmd.Env = append(os.Environ(), "PATH="+filepath.Join(h.dir, "bin")+":"+os.Getenv("PATH"))
	// What it starts keeps this pipe open for ever if it is not told to let go.
	cmd.WaitDelay = time.Second
	out, err := cmd.CombinedOutput()
	if err != nil && !errors.Is(err, exec.ErrWaitDelay) {
		h.t.Fatalf("%s\n%v\n%s", script, err, out)
	}
	return string(out)
}

// store is Kezek's, for the site of the examples.
func (h *redisHost) store() *state.Store {
	h.t.Helper()
	s, err := state.New(state.Options{Site: "bishkek", URL: "redis://127.0.0.1:" + h.port + "/0", Log: zap.NewNop()})
	must(h.t, err)
	h.t.Cleanup(func() { s.Close() })
	return s
}

// promised are the callbacks with which a site is filled.
func promised() []*queue.Callback {
	at := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	promise := func(id, number string, language queue.Language, class queue.CallbackClass, within time.Duration) *queue.Callback {
		return &queue.Callback{ID: id, Number: number, Queue: "sales", Language: language, Class: class, State: queue.CallbackOpen,
			Since: at, Created: at, Place: at, From: at, DueAt: at.Add(within)}
	}
	return []*queue.Callback{
		promise("cb-1", "+996555000001", "ru", queue.ClassInformation, 30*time.Minute),
		promise("cb *[2]", "+996555000002", "ky", queue.ClassComplaint, time.Hour),
	}
}

// fill saves a site as the daemon does, and gives it up as a daemon that is stopped.
func (h *redisHost) fill() {
	h.t.Helper()
	ctx, s := h.t.Context(), h.store()
	_, err := s.Acquire(ctx)
	must(h.t, err)
	all := &queue.Snapshot{Callbacks: promised()}
	until := time.Now().Truncate(time.Hour).Add(2 * time.Hour)
	for n := range 120 {
		all.Callers = append(all.Callers, &queue.Caller{Number: fmt.Sprintf("+99670000%04d", n), Language: "ky", Until: until})
	}
	must(h.t, s.Replace(ctx, all))
	_, err = s.Save(ctx, nil, nil, []queue.Entry{{Kind: queue.EntryCallbackBooked}})
	must(h.t, err)
	must(h.t, s.Release(ctx))
	must(h.t, s.Close())
}

// keeps fails unless Redis has exactly these keys and values, and Kezek finds the promised callbacks.
func (h *redisHost) keeps(what string, want map[string]string) {
	h.t.Helper()
	if diff := cmp.Diff(want, h.dump()); diff != "" {
		h.t.Errorf("%s: Redis has something else (-before +now):\n%s", what, diff)
		return
	}
	found, err := h.store().Peek(h.t.Context())
	must(h.t, err)
	if diff := cmp.Diff(promised(), found.Callbacks, cmpopts.IgnoreUnexported(queue.Callback{}), cmpopts.SortSlices(func(a, b *queue.Callback) bool { return a.ID > b.ID })); diff != "" {
		h.t.Errorf("%s: promised callbacks (-promised +found):\n%s", what, diff)
	}
}

// dump is every key with its value and whether it expires, as Redis writes them itself.
func (h *redisHost) dump() map[string]string {
	h.t.Helper()
	ctx := h.t.Context()
	names, err := h.rdb.Keys(ctx, "*").Result()
	must(h.t, err)
	all := map[string]string{}
	for _, name := range names {
		value, err := h.rdb.Dump(ctx, name).Result()
		must(h.t, err)
		at, err := h.rdb.PExpireTime(ctx, name).Result()
		must(h.t, err)
		all[name] = fmt.Sprintf("%q until %v", value, at.Round(time.Minute)) // a move counts what is left of it
	}
	return all
}

// first is the first block that begins with this text.
func first(t *testing.T, all []block, text string) string {
	t.Helper()
	for _, b := range all {
		if strings.Contains(b.text, text) {
			return b.text
		}
	}
	t.Fatalf("no block has %q", text)
	return ""
}

// Each page's way to an append-only file keeps the data that a Redis has, over a restart too; it may be gone once more.
func TestAppendOnlyKeepsTheData(t *testing.T) {
	for _, page := range []string{"install.md", "redis.md"} {
		t.Run(page, func(t *testing.T) {
			h := newRedisHost(t)
			h.fill()
			before := h.dump()
			h.run("redis-cli SAVE; systemctl restart redis-server")
			h.keeps("before", before)
			commands := first(t, blocks(t, page), "CONFIG SET appendonly yes")
			for _, time := range []string{"first", "second"} {
				if out := h.run(commands); !strings.HasSuffix(out, "aof_last_bgrewrite_status:ok\r\nOK\n") {
					t.Errorf("%s time: %q", time, out)
				}
				h.keeps(time+" time", before)
				h.run("systemctl restart redis-server")
				h.keeps(time+" time, after a restart", before)
			}
			if is := h.run("redis-cli CONFIG GET appendonly"); !strings.Contains(is, "yes") {
				t.Errorf("after a restart: %q", is)
			}
		})
	}
}

// What the guide warns of is true: this is how it used to tell it.
func TestAppendOnlyByARestartLosesTheData(t *testing.T) {
	h := newRedisHost(t)
	h.fill()
	h.run("redis-cli SAVE; sed -i 's/^appendonly no/appendonly yes/' /etc/redis/redis.conf; systemctl restart redis-server")
	if left := h.dump(); len(left) > 0 {
		t.Errorf("Redis keeps %d keys: the warning is not needed any more", len(left))
	}
}

// A backup comes back whole under an append-only file, and stays.
func TestBackupAndRestore(t *testing.T) {
	page := blocks(t, "backup.md")
	backup, restore := first(t, page, "redis-cli --rdb"), first(t, page, "systemctl start redis-server")
	h := newRedisHost(t)
	h.fill()
	h.run(first(t, blocks(t, "install.md"), "CONFIG SET appendonly yes"))
	h.write("etc/kezek/kezek.yaml", "site: bishkek\n")
	before := h.dump()
	h.run(backup)
	for _, file := range []string{"site.rdb", "files.tar.gz"} {
		if info, err := os.Stat(filepath.Join(h.dir, "var/backups/kezek", file)); err != nil || info.Size() == 0 || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v %v; want a file that others cannot read", file, info, err)
		}
	}
	h.run("redis-cli FLUSHALL; redis-cli SET later x")
	if out := h.run(restore); !strings.Contains(out, "aof_last_bgrewrite_status:ok\r\nOK\n") || strings.Count(out, "kezek:{bishkek}:callback:") != 2 {
		t.Errorf("restored: %q", out)
	}
	h.keeps("restored", before)
	h.run("systemctl restart redis-server")
	h.keeps("restored, after a restart", before)
}

// The folder of Redis may be a disk of its own, which cannot be renamed; what was there stays beside, each time.
func TestRestoreOntoADiskOfItsOwn(t *testing.T) {
	page := blocks(t, "backup.md")
	h := newRedisHost(t)
	h.run("systemctl stop redis-server")
	folder := filepath.Join(h.dir, "var/lib/redis")
	if err := syscall.Mount("none", folder, "tmpfs", 0, "size=16m"); err != nil {
		t.Skip("only root may mount: ", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(folder, syscall.MNT_DETACH) })
	must(t, os.Mkdir(filepath.Join(folder, "lost+found"), 0o700))
	h.run("systemctl start redis-server")
	h.fill()
	h.run(first(t, blocks(t, "install.md"), "CONFIG SET appendonly yes"))
	h.write("etc/kezek/kezek.yaml", "site: bishkek\n")
	before := h.dump()
	h.run(first(t, page, "redis-cli --rdb"))
	for n := range 2 {
		h.run("redis-cli FLUSHALL; redis-cli SET later x; redis-cli SAVE")
		if n > 0 {
			time.Sleep(time.Until(time.Now().Truncate(time.Second).Add(time.Second))) // the name has seconds
		}
		h.run(first(t, page, "systemctl start redis-server"))
		h.keeps("restored", before)
		kept, err := filepath.Glob(filepath.Join(folder, "before-*", "dump.rdb"))
		must(t, err)
		if len(kept) != n+1 {
			t.Errorf("kept %v, want what Redis had each of %d times", kept, n+1)
		}
	}
	if _, err := os.Stat(filepath.Join(folder, "lost+found")); err != nil {
		t.Error(err)
	}
}

// Why the page does not just put the dump back: with an append-only file it is not read.
func TestDumpPutBackUnderAppendOnlyIsNotRead(t *testing.T) {
	h := newRedisHost(t)
	h.fill()
	h.run(first(t, blocks(t, "install.md"), "CONFIG SET appendonly yes"))
	h.run(first(t, blocks(t, "backup.md"), "redis-cli --rdb"))
	h.run("systemctl stop redis-server; rm -r /var/lib/redis/*; cp /var/backups/kezek/site.rdb /var/lib/redis/dump.rdb; systemctl start redis-server")
	if left := h.dump(); len(left) > 0 {
		t.Errorf("Redis has %d keys: the page is longer than it needs to be", len(left))
	}
}

// A site moves to another Redis; what else is there stays, and so does the site in the old one.
func TestMoveToAnotherRedis(t *testing.T) {
	move := first(t, blocks(t, "backup.md"), "MIGRATE")
	from, to := newRedisHost(t), newRedisHost(t)
	from.fill()
	must(t, from.rdb.Set(t.Context(), "kezek:{osh}:owner", "another site's", 0).Err())
	to.run(first(t, blocks(t, "install.md"), "CONFIG SET appendonly yes"))
	others := map[string]string{}
	for _, key := range []string{
		"session:1", "kezek:{osh}:callback:cb-9", "kezek:{bishkek2}:owner", "kezek:bishkek:x", "xkezek:{bishkek}:x", "kezek:{b*}:x", "a\nkezek:{bishkek}:x",
	} {
		must(t, to.rdb.Set(t.Context(), key, "another's", 0).Err())
		others[key] = to.dump()[key]
	}
	// The site was there before.
	to.fill()
	for _, key := range []string{"callback:cb-then", "agent:1001", "call:x *?[1]", "broken:call:a/1767225600000", "check:owner"} {
		must(t, to.rdb.HSet(t.Context(), "kezek:{bishkek}:"+key, "id", "then").Err())
	}
	must(t, to.rdb.HSet(t.Context(), "kezek:{bishkek}:callback:cb-1", "number", "of then").Err())
	before := from.dump()

	out := from.run(move, "-h 10.0.0.2", "-h 127.0.0.1 -p "+to.port, "10.0.0.2 6379", "127.0.0.1 "+to.port)
	lines := strings.Fields(out)
	if len(lines) < 2 || lines[1] != "OK" || strings.Count(out, "OK") != 1 {
		t.Errorf("the copy did not go well: %q", out)
	}
	want := strconv.Itoa(len(before) - 1)
	if n := len(lines); n < 2 || lines[n-1] != want || lines[n-2] != want {
		t.Errorf("the page's numbers are not both %s: %q", want, out)
	}
	from.keeps("the old Redis", before)
	delete(before, "kezek:{osh}:owner")
	for key, value := range others {
		before[key] = value
	}
	to.keeps("the new Redis", before)
	to.run("systemctl restart redis-server")
	to.keeps("the new Redis, after a restart", before)

	// A key that reads as two names costs nobody theirs; and an old Redis that has nothing, as when a wrong one is asked, empties no new one.
	odd := "kezek:{bishkek}:odd\nsession:1"
	must(t, to.rdb.Set(t.Context(), odd, "x", 0).Err())
	before[odd] = to.dump()[odd]
	again := func() {
		from.run(move, "-h 10.0.0.2", "-h 127.0.0.1 -p "+to.port, "10.0.0.2 6379", "127.0.0.1 "+to.port)
	}
	again()
	to.keeps("the new Redis, after an odd key", before)
	from.run("redis-cli FLUSHALL")
	again()
	to.keeps("the new Redis, after a move from nothing", before)
}
