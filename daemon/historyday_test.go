package daemon

import (
	"context"
	"database/sql"
	"encoding/gob"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/zap"

	"kezek/history"
	"kezek/lab"
	"kezek/queue"
	"kezek/queue/journal"
	"kezek/queue/queuetest"
	"kezek/state"
)

// daySite is where the simulated day happens.
const daySite = `
trunk allow=+996 caller_id=+996312900800
transfer extensions=12 ring=10s
supervisors PJSIP/1100
queue sales did=100 strategy=leastrecent rating=true record=true wrapup=5s within=20s limit=20s act=14s remind=8s then=callback
queue support did=200 strategy=rrmemory max_wait=2m record=true within=10s code=802
status coffee 31 longest=2m
result contract 1
agent 1001 ru sales
agent 1002 ru sales support
agent 1003 ky sales
agent 1004 ky support
agent 1005 ru,ky sales support
agent 1006 ru,ky supervisor=true`

// dayEnv names the folder of the day for the process that is killed.
const dayEnv = "KEZEK_DAY"

// TestHistoryOfADayOfCrashes: what a simulated day told is in the history to the call and to the second, though the daemon that
// writes it into Redis and from there into PostgreSQL, and both of these, were killed all the time.
func TestHistoryOfADayOfCrashes(t *testing.T) {
	if dir := os.Getenv(dayEnv); dir != "" {
		writeDay(t, dir)
		return
	}
	dir, err := os.MkdirTemp("", "kezek-day") // short enough for a socket
	must(t, err)
	defer os.RemoveAll(dir)
	redis := exec.Cmd{}
	startRedis := func() {
		redis = *exec.Command("redis-server", "--port", "0", "--unixsocket", filepath.Join(dir, "redis"), "--dir", dir, "--appendonly", "yes", "--save", "")
		redis.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
		must(t, redis.Start())
	}
	if _, err := exec.LookPath("redis-server"); err != nil {
		if os.Getenv("KEZEK_LAB") == "1" {
			t.Fatal(err)
		}
		t.Skip("needs redis-server: ", err)
	}
	postgres, err := lab.StartPostgres()
	if err != nil {
		lab.SkipOrFail(t, err)
	}
	defer postgres.Remove()
	url, err := postgres.Database("day")
	must(t, err)
	must(t, os.WriteFile(filepath.Join(dir, "url"), []byte(url), 0o600))

	w, err := queuetest.NewWorld(daySite, 1, queuetest.Faults{Crash: 0.001, Disconnect: 0.001, Decline: 0.2, Ignore: 0.1, Unplug: 0.05, Leave: 0.05, ClientAway: 0.15, Hold: 0.5, NeverBack: 0.3})
	must(t, err)
	must(t, w.Live(2*time.Hour, 8*time.Second))
	entries := w.Journal()
	file, err := os.Create(filepath.Join(dir, "day"))
	must(t, err)
	must(t, gob.NewEncoder(file).Encode(entries))
	must(t, file.Close())

	startRedis()
	defer func() { _ = redis.Process.Kill(); _ = redis.Wait() }()
	random, kills := rand.New(rand.NewPCG(1, 2)), map[string]int{}
	writer := startWriter(t, dir)
	for deadline := time.Now().Add(3 * time.Minute); ; {
		if time.Now().After(deadline) {
			t.Fatalf("not done after %v", kills)
		}
		select {
		case err := <-writer.done:
			if err != nil {
				t.Fatalf("the writer: %v\n%s", err, writer.out)
			}
			t.Logf("%d entries; killed: %v", len(entries), kills)
			compareDay(t, url, entries, w.Timesheets())
			return
		case <-time.After(time.Duration(100+random.IntN(500)) * time.Millisecond):
		}
		away := time.Duration(random.IntN(300)) * time.Millisecond
		switch what := []string{"daemon", "redis", "postgres"}[random.IntN(3)]; {
		case kills["daemon"]+kills["redis"]+kills["postgres"] >= 15:
		case what == "daemon":
			kills[what]++
			must(t, writer.cmd.Process.Kill())
			<-writer.done
			writer = startWriter(t, dir)
		case what == "redis":
			kills[what]++
			must(t, redis.Process.Kill())
			_ = redis.Wait()
			time.Sleep(away)
			startRedis()
		default:
			kills[what]++
			postgres.Kill()
			time.Sleep(away)
			must(t, postgres.Start())
		}
	}
}

type dayWriter struct {
	cmd  *exec.Cmd
	out  *strings.Builder
	done chan error
}

func startWriter(t *testing.T, dir string) dayWriter {
	t.Helper()
	w := dayWriter{exec.Command(os.Args[0], "-test.run", "^"+t.Name()+"$"), &strings.Builder{}, make(chan error, 1)}
	w.cmd.Env = append(os.Environ(), dayEnv+"="+dir)
	w.cmd.Stdout, w.cmd.Stderr = w.out, w.out
	w.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	must(t, w.cmd.Start())
	go func() { w.done <- w.cmd.Wait() }()
	return w
}

// writeDay is the process that is killed: it saves what is not saved yet of the day, as the engine does, and feeds the history.
func writeDay(t *testing.T, dir string) {
	ctx := context.Background()
	file, err := os.Open(filepath.Join(dir, "day"))
	must(t, err)
	var entries []queue.Entry
	must(t, gob.NewDecoder(file).Decode(&entries))
	url, err := os.ReadFile(filepath.Join(dir, "url"))
	must(t, err)
	store, err := state.New(state.Options{Site: "day", URL: "unix://" + filepath.Join(dir, "redis"), Instance: "day", Events: state.DefaultKeep, Log: zap.NewNop()})
	must(t, err)
	_, err = store.Acquire(ctx)
	must(t, err)
	again := func(what func() error) {
		for what() != nil {
			time.Sleep(20 * time.Millisecond)
		}
	}
	replace := func() error { return store.Replace(ctx, &queue.Snapshot{}) }
	again(replace)
	var saved journal.Position
	again(func() (err error) { saved, err = store.Newest(ctx); return err })

	db, err := history.New(string(url), "")
	must(t, err)
	finished := make(chan struct{})
	feed := &history.Feed{DB: db, Site: "day", Journal: store, Log: zap.NewNop(), Told: func(at history.Standing) {
		if at.Entries+at.Unread >= int64(len(entries)) && !at.Failing {
			select {
			case <-finished:
			default:
				close(finished)
			}
		}
	}}
	go feed.Run(ctx)
	const step = 20
	for n := int(saved.N); n < len(entries); n += step {
		some := entries[n:min(n+step, len(entries))]
		_, err := store.Save(ctx, nil, nil, some)
		for err != nil {
			again(replace)
			_, err = store.Save(ctx, nil, nil, some)
		}
		time.Sleep(5 * time.Millisecond)
	}
	<-finished
}

// compareDay compares sums of the history with those of the day's own books: its journal, added up here, and the timesheets, which the
// rules keep without the journal.
func compareDay(t *testing.T, url string, entries []queue.Entry, sheets []*queue.Timesheet) {
	t.Helper()
	books := map[string]int64{}
	add := func(what string, n int64) { books[what] += n }
	for _, e := range entries {
		switch d := e.More(); e.Kind {
		case queue.EntryCallEnded:
			add("calls "+string(e.Outcome), 1)
			for _, v := range d.Visits {
				add("visits "+v.Queue+" "+string(v.End), 1)
				add("wait "+v.Queue, v.Length.Milliseconds())
			}
			for _, talk := range d.Talks {
				add("talks "+talk.Agent, 1)
				add("talked "+talk.Agent, talk.Length.Milliseconds())
			}
			for _, h := range d.Holds {
				add("holds "+string(h.End), 1)
				add("held", h.Length.Milliseconds())
			}
		case queue.EntryCallbackBooked:
			add("callbacks", 1)
		case queue.EntryCallbackEnded:
			add("callbacks "+string(e.CallbackOutcome), 1)
		case queue.EntryCallbackAttempt:
			add("attempts", 1)
		case queue.EntryViolation:
			add("violations "+string(d.Violation), 1)
		case queue.EntryAgentLogIn:
			add("shifts "+e.Agent, 1)
		}
	}
	for _, s := range sheets {
		for status, spent := range s.Spent {
			add("spent "+s.Agent+" "+string(status), spent.Milliseconds())
		}
	}
	db, err := sql.Open("pgx", url)
	must(t, err)
	defer db.Close()
	has := map[string]int64{}
	for _, q := range []string{
		`SELECT 'calls ' || outcome, COUNT(*) FROM calls GROUP BY 1`,
		`SELECT 'visits ' || queue || ' ' || outcome, COUNT(*) FROM visits GROUP BY 1`,
		`SELECT 'wait ' || queue, SUM(wait) FROM visits GROUP BY 1`,
		`SELECT 'talks ' || agent, COUNT(*) FROM talks GROUP BY 1`,
		`SELECT 'talked ' || agent, SUM(length) FROM talks GROUP BY 1`,
		`SELECT 'holds ' || outcome, COUNT(*) FROM holds GROUP BY 1`,
		`SELECT 'held', SUM(length) FROM holds`,
		`SELECT 'callbacks', COUNT(*) FROM callbacks`,
		`SELECT 'callbacks ' || outcome, COUNT(*) FROM callbacks GROUP BY 1`,
		`SELECT 'attempts', COUNT(*) FROM attempts WHERE outcome <> 'talked'`,
		`SELECT 'violations ' || kind, COUNT(*) FROM violations GROUP BY 1`,
		`SELECT 'shifts ' || agent, COUNT(*) FROM shifts GROUP BY 1`,
		`SELECT 'spent ' || agent || ' ' || status, SUM(ended - started) FROM statuses GROUP BY 1`,
	} {
		rows, err := db.Query(q)
		must(t, err)
		for rows.Next() {
			var what string
			var n int64
			must(t, rows.Scan(&what, &n))
			has[what] = n
		}
		must(t, rows.Err())
	}
	for what, n := range has { // sums of so many lengths, each without its part of a millisecond
		if off := books[what] - n; strings.HasPrefix(what, "spent ") && max(off, -off) < 100 {
			has[what] = books[what]
		}
	}
	if len(books) < 40 {
		t.Errorf("the day has little to compare: %v", books)
	}
	if diff := cmp.Diff(books, has); diff != "" {
		t.Errorf("the history (+) and the books of the day (-):\n%s", diff)
	}
}
