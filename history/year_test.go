package history

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap/zaptest"

	"kezek/queue"
	"kezek/queue/journal"
)

// year is a journal of calls that come all the year round, by day more than at night, to two queues in two languages with 200 agents.
type year struct {
	random *rand.Rand
	begin  time.Time
	apart  time.Duration
	calls  int
	told   int
	today  time.Time
	buffer []queue.Entry
	lines  []journal.Line
}

func newYear(calls int) *year {
	return &year{random: rand.New(rand.NewPCG(1, 2)), begin: time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC), apart: 365 * 24 * time.Hour / time.Duration(calls), calls: calls}
}

// Journal implements [journal.Store]; the feed asks for one page after the other.
func (y *year) Journal(_ context.Context, after journal.Position, most int) ([]journal.Line, error) {
	y.lines = y.lines[:0]
	for n := after.N + 1; len(y.lines) < most; n++ {
		if len(y.buffer) == 0 {
			if y.told == y.calls {
				break
			}
			at := y.begin.Add(time.Duration(y.told) * y.apart)
			if today := at.Truncate(24 * time.Hour); today.After(y.today) {
				y.today, y.buffer = today, y.morning(today)
			}
			y.buffer = append(y.buffer, y.call(y.told)...)
			y.told++
		}
		y.lines = append(y.lines, journal.Line{Position: journal.Position{ID: fmt.Sprintf("%d-%d", y.begin.UnixMilli()+n, 0), N: n}, Entry: y.buffer[0]})
		y.buffer = y.buffer[1:]
	}
	return y.lines, nil
}

// morning ends the shifts of the day before, and begins those of the day.
func (y *year) morning(at time.Time) (all []queue.Entry) {
	for i := range 200 {
		id := fmt.Sprint(1000 + i)
		if !at.Equal(y.begin) {
			all = append(all, queue.Entry{At: at, Kind: queue.EntryAgentLogOut, Agent: id, Details: &queue.Details{}},
				queue.Entry{At: at, Kind: queue.EntryAgentShift, Agent: id, Details: &queue.Details{Begin: at.Add(-24 * time.Hour), Length: 24 * time.Hour, Day: at.Add(-time.Hour).Format(time.DateOnly)}})
		}
		all = append(all, queue.Entry{At: at, Kind: queue.EntryAgentLogIn, Agent: id, Phone: "PJSIP/" + id, Details: &queue.Details{Queues: []string{"sales", "support"}, Languages: []queue.Language{"ky", "ru"}}})
		if i%20 == 0 {
			all = append(all, queue.Entry{At: at, Kind: queue.EntryTimesheetCorrected, Agent: id, By: "aida", Details: &queue.Details{Day: at.Format(time.DateOnly), Paid: 8 * time.Hour, Reason: "forgotten"}})
		}
	}
	return all
}

func (y *year) call(i int) []queue.Entry {
	at := y.begin.Add(time.Duration(i) * y.apart)
	name, language := []string{"sales", "support"}[y.random.IntN(2)], []queue.Language{"ky", "ru"}[y.random.IntN(2)]
	agent := fmt.Sprint(1000 + y.random.IntN(200))
	wait, talk := time.Duration(y.random.IntN(60))*time.Second, time.Duration(30+y.random.IntN(300))*time.Second
	id := fmt.Sprintf("pbx-%d.%d", at.Unix(), i)
	number := fmt.Sprintf("+9965%08d", y.random.IntN(100_000_000))
	about := func(at time.Time, kind queue.EntryKind, e queue.Entry) queue.Entry {
		e.At, e.Kind, e.Call, e.Queue, e.Language, e.Number = at, kind, id, name, language, number
		return e
	}
	status := func(at time.Time, s queue.Status) queue.Entry {
		e := queue.Entry{At: at, Kind: queue.EntryAgentStatus, Agent: agent, Status: s}
		if s == queue.StatusWrapUp {
			e.Queue, e.Language = name, language
		}
		return e
	}
	v := queue.Visit{Queue: name, Language: language, Start: at, Length: wait, Position: 1, InTime: wait <= 20*time.Second}
	if i%12 == 0 {
		v.End = queue.VisitEndAbandoned
		return []queue.Entry{
			about(at, queue.EntryCallEntered, queue.Entry{}),
			about(at.Add(wait), queue.EntryCallEnded, queue.Entry{Outcome: queue.OutcomeAbandoned, Wait: wait, Details: &queue.Details{Arrived: at, Visits: []queue.Visit{v}}}),
		}
	}
	v.End, v.Agent = queue.VisitEndAnswered, agent
	begun, ended := at.Add(wait), at.Add(wait+talk)
	return []queue.Entry{
		about(at, queue.EntryCallEntered, queue.Entry{}),
		status(begun.Add(-3*time.Second), queue.StatusRinging),
		about(begun.Add(-3*time.Second), queue.EntryCallOffered, queue.Entry{Agent: agent}),
		status(begun, queue.StatusOnCall),
		about(begun, queue.EntryCallAnswered, queue.Entry{Agent: agent, Ring: 3 * time.Second, Wait: wait}),
		about(ended, queue.EntryTalkEnded, queue.Entry{Agent: agent, Talk: talk}),
		status(ended, queue.StatusWrapUp),
		about(ended, queue.EntryCallEnded, queue.Entry{Agent: agent, Outcome: queue.OutcomeCompletedByCaller, Wait: wait, Talk: talk, Details: &queue.Details{
			Arrived: at, Visits: []queue.Visit{v}, Talks: []queue.Talked{{Agent: agent, Queue: name, Language: language, Start: begun, Length: talk}},
			Recorded: []queue.Recorded{{Name: "kezek/" + begun.Format(time.DateOnly) + "/" + name + "/" + id + "-r1", Agent: agent, Start: begun, Length: talk}}, Rating: i % 6,
		}}),
		status(ended.Add(30*time.Second), queue.StatusReady),
	}
}

// A stay that lasts is looked up for each change of a status: by the index of the few, not among all of the agent's.
func TestOpenStatusIsLookedUp(t *testing.T) {
	db := opened(t, "sqlite:"+filepath.Join(t.TempDir(), "history.db"))
	var plan []struct {
		ID, Parent, NotUsed int
		Detail              string
	}
	if err := db.sql.Select(&plan, "EXPLAIN QUERY PLAN "+openStatuses, "bishkek", "1001"); err != nil {
		t.Fatal(err)
	}
	if len(plan) != 1 || !strings.Contains(plan[0].Detail, "statuses_open") {
		t.Errorf("it is looked up by %v", plan)
	}
}

// TestLongYear writes a year of 2,000,000 calls into SQLite: over 2,000 entries a second, and every report of a month in a second.
func TestLongYear(t *testing.T) {
	if os.Getenv("KEZEK_LONG") != "1" {
		t.Skip("takes a quarter of an hour: only with KEZEK_LONG=1")
	}
	file := filepath.Join(t.TempDir(), "history.db")
	db := opened(t, "sqlite:"+file)
	calls := 2_000_000
	if n, err := strconv.Atoi(os.Getenv("KEZEK_CALLS")); err == nil {
		calls = n
	}
	y := newYear(calls)
	f := &Feed{DB: db, Site: "bishkek", Journal: y, Log: zaptest.NewLogger(t)}
	at, begun := Standing{Site: f.Site}, time.Now()
	for behind := true; behind; behind = at.Behind {
		var err error
		if at, err = f.step(ctx, at); err != nil {
			t.Fatal(err)
		}
		if at.Entries%1_000_000 < page {
			t.Logf("%d entries, %.0f a second", at.Entries, float64(at.Entries)/time.Since(begun).Seconds())
		}
	}
	rate := float64(at.Entries) / time.Since(begun).Seconds()
	condition, err := db.Check(ctx, f.Site)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d entries of %d calls, %.0f a second, %.0f MB", at.Entries, y.calls, rate, float64(condition.Bytes)/1e6)
	if rate < 2000 {
		t.Errorf("%.0f entries a second, want 2000", rate)
	}
	bishkek, err := time.LoadLocation("Asia/Bishkek")
	if err != nil {
		t.Fatal(err)
	}
	month := Query{Site: f.Site, Zone: bishkek, From: time.Date(2025, 11, 1, 0, 0, 0, 0, bishkek), To: time.Date(2025, 12, 1, 0, 0, 0, 0, bishkek), Limit: 10_000}
	for id := range Reports {
		for _, every := range []Interval{Whole, Day, Half} {
			q := month
			q.Every = every
			if (id == "agents" || id == "statuses" || id == "timesheet") && every == Half {
				continue // refused: too many intervals
			}
			begun := time.Now()
			table, err := db.Run(ctx, id, q)
			took := time.Since(begun)
			if err != nil {
				t.Errorf("%s by %s: %v", id, every, err)
				continue
			}
			t.Logf("%-11s by %-4s %5d rows in %v", id, every, len(table.Rows), took.Round(time.Millisecond))
			if took > time.Second {
				t.Errorf("%s by %s took %v, want a second", id, every, took)
			}
		}
	}
}
