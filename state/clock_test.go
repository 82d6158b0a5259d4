package state

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"kezek/queue"
)

// A clock that is wrong when the daemon starts, as of a machine without a battery, moves
// nothing aside that is true: the talk, the log-ins and the promise are there as they were.
func TestWrongClockMovesNothingAside(t *testing.T) {
	real := time.Now()
	born := time.Date(1970, 1, 1, 0, 0, 7, 0, time.UTC)
	for _, c := range []struct {
		name            string
		written, loaded time.Time
		says            bool
	}{
		{"right", real, real, false},
		{"half an hour behind", real, real.Add(-30 * time.Minute), true},
		{"two days behind", real, real.AddDate(0, 0, -2), true},
		{"a year behind", real, real.AddDate(-1, 0, 0), true},
		{"of 1970", real, born, true},
		{"right, and was of 1970", born, real, false},
		{"half an hour ahead", real, real.Add(30 * time.Minute), true},
		{"two years ahead", real, real.AddDate(2, 0, 0), true},
		{"right, and was a year ahead", real.AddDate(1, 0, 0), real, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			u := newUntrueAt(t, c.written)
			u.store = u.srv.store(func(o *Options) { o.Log = u.store.log })
			u.store.now = func() time.Time { return c.loaded }
			acquire(t, u.store)
			u.state, u.now = queue.New(u.rules, load(t, u.store)), c.loaded.UTC()
			if m := u.state.Mendings(); len(m) > 0 || u.store.Aside() > 0 {
				t.Errorf("mended %+v, %d moved aside, want nothing", m, u.store.Aside())
			}
			cb := u.state.Callbacks()[0]
			if call := u.call(); call.State != queue.CallTalking || call.Agent != "1001" || cb.State != queue.CallbackDialling || u.agent("1002").Callback != cb.ID {
				t.Errorf("call %+v, callback %+v", call, cb)
			}
			if why := u.store.Clock(); (why != "") != c.says || c.says && u.logs.FilterMessageSnippet("clock").Len() != 1 {
				t.Errorf("said of the clock: %q, logged %d times", why, u.logs.FilterMessageSnippet("clock").Len())
			}
			begun := time.Now()
			u.step(u.truth)
			u.live(time.Minute)
			if took := time.Since(begun); took > 20*time.Second {
				t.Errorf("a minute of the site took %v", took)
			}
			for _, sheet := range u.state.Timesheets() {
				if sheet.Paid(u.now, queue.WorkingDaySpan) > 48*time.Hour {
					t.Errorf("timesheet %s is of a working day of %v", sheet.Key(), sheet.Paid(u.now, queue.WorkingDaySpan))
				}
			}
			if n, err := u.srv.rdb.ZCard(ctx, "kezek:{lab}:timesheets").Result(); err != nil || n > 10 {
				t.Errorf("%d timesheets, %v", n, err)
			}
			if all := load(t, u.store); u.store.Aside() > 0 || len(all.Agents) != 2 {
				t.Errorf("%d moved aside after a minute, %d agents", u.store.Aside(), len(all.Agents))
			}
			if c.loaded.After(real) { // what was written meanwhile is from then
				return
			}
			// Once it is set right, nothing is reported.
			u.store.now = func() time.Time { return later(real, c.written) }
			if why := u.store.Clock(); why != "" {
				t.Errorf("still said: %q", why)
			}
		})
	}
}

// A clock that becomes wrong while the daemon runs is said each time, and once; a Redis that is
// away says nothing of it.
func TestClockThatJumps(t *testing.T) {
	srv := startServer(t)
	logs, seen := observer.New(zap.ErrorLevel)
	st := srv.store(func(o *Options) { o.Log = zap.New(logs) })
	ahead := time.Hour
	st.now = func() time.Time { return time.Now().Add(ahead) }
	acquire(t, st) // the owner of the site checks the clock by itself, and then every minute
	srv.eventually("the clock is compared", func() bool { return st.Clock() != "" })
	if why := st.Clock(); !strings.Contains(why, "ahead of that of Redis: it says ") {
		t.Error(why)
	}
	st.lease.end()
	for _, c := range []struct {
		ahead  time.Duration
		wrong  bool
		logged int
	}{{time.Hour, true, 1}, {0, false, 1}, {59 * time.Second, false, 1}, {61 * time.Second, true, 2}, {-time.Hour, false, 2}, {time.Hour, true, 3}, {2 * time.Hour, true, 3}} {
		ahead = c.ahead
		st.CompareClocks(ctx)
		if n := seen.FilterMessageSnippet("the clock of this machine or of Redis is wrong").Len(); (st.Clock() != "") != c.wrong || n != c.logged {
			t.Errorf("%v ahead: %q, logged %d times", c.ahead, st.Clock(), n)
		}
	}
	srv.kill()
	st.CompareClocks(ctx)
	if st.Clock() == "" {
		t.Error("a Redis that is away says that the clock is right")
	}
}

// Redis may run on the same machine, with the same wrong clock: what this machine
// remembers, and the ids of events, which never go back, tell as well.
func TestTimeOfTheStore(t *testing.T) {
	ahead := time.Now().AddDate(0, 3, 0).UTC().Truncate(time.Second)
	for name, told := range map[string]func(s *server, mark string){
		"nothing": nil,
		"the mark": func(s *server, file string) {
			write(t, file, `{"site":"lab","fence":1,"seq":1,"used":true,"at":"`+ahead.Format(time.RFC3339)+`"}`)
		},
		"an event": func(s *server, _ string) {
			s.do("XADD", "kezek:{lab}:events", "*", "at", ahead.Format(time.RFC3339Nano))
		},
		"an event id": func(s *server, _ string) { s.do("XADD", "kezek:{lab}:events", ahead.UnixMilli(), "kind", "x") },
		"what no clock says": func(s *server, file string) {
			write(t, file, `{"site":"lab","fence":1,"seq":1,"used":true,"at":"9999-01-01T00:00:00Z"}`)
			s.do("XADD", "kezek:{lab}:events", "18446744073709551614-1", "at", "5138-01-01T00:00:00Z")
		},
		"no stream": func(s *server, _ string) { s.do("SET", "kezek:{lab}:events", "x") },
	} {
		t.Run(name, func(t *testing.T) {
			srv := startServer(t)
			file := filepath.Join(srv.dir, "mark")
			if told != nil {
				told(srv, file)
			}
			st := srv.owner(func(o *Options) { o.Mark = file })
			load(t, st)
			got, want := st.newest(), time.Now()
			if strings.HasPrefix(name, "the mark") || strings.HasPrefix(name, "an event") {
				want = ahead
			}
			if d := got.Sub(want).Abs(); d > time.Minute {
				t.Errorf("the store is from %v, want %v", got, want)
			}
		})
	}
}
