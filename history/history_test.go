package history

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/zap/zaptest"

	"kezek/lab"
	"kezek/queue"
	"kezek/queue/journal"
)

var (
	noon = time.Date(2026, 3, 5, 6, 0, 0, 0, time.UTC)
	ctx  = context.Background()
)

// server is one PostgreSQL for all tests, each of which has a database of its own.
var server = sync.OnceValues(lab.StartPostgres)

func TestMain(m *testing.M) {
	code := m.Run()
	if p, err := server(); err == nil {
		p.Remove()
	}
	os.Exit(code)
}

// onEach runs a test on SQLite and on PostgreSQL.
func onEach(t *testing.T, test func(t *testing.T, url string)) {
	t.Helper()
	t.Parallel()
	t.Run("sqlite", func(t *testing.T) { test(t, "sqlite:"+filepath.Join(t.TempDir(), "history.db")) })
	t.Run("postgres", func(t *testing.T) {
		p, err := server()
		if err != nil {
			lab.SkipOrFail(t, err)
		}
		url, err := p.Database(strings.ToLower(strings.ReplaceAll(t.Name(), "/", "_")))
		if err != nil {
			t.Fatal(err)
		}
		test(t, url)
	})
}

func opened(t *testing.T, url string) *DB {
	t.Helper()
	db, err := Open(ctx, url, "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// paper is a journal in memory. What was trimmed is not read any more.
type paper struct {
	mu      sync.Mutex
	lines   []journal.Line
	trimmed int
	fail    error
}

func (p *paper) add(entries ...queue.Entry) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, e := range entries {
		n := len(p.lines) + 1
		p.lines = append(p.lines, journal.Line{Position: journal.Position{ID: strconv.FormatInt(e.At.UnixMilli(), 10) + "-" + strconv.Itoa(n), N: int64(n)}, Entry: e})
	}
}

func (p *paper) Journal(_ context.Context, after journal.Position, most int) ([]journal.Line, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.fail != nil {
		return nil, p.fail
	}
	from := max(p.trimmed, int(after.N))
	return slices.Clone(p.lines[from:min(len(p.lines), from+most)]), nil
}

// fed reads all of a journal into a database.
func fed(t *testing.T, db *DB, p *paper) Standing {
	t.Helper()
	f := &Feed{DB: db, Site: "bishkek", Journal: p, Log: zaptest.NewLogger(t)}
	at, err := db.Standing(ctx, f.Site)
	for behind := true; behind && err == nil; behind = at.Behind {
		at, err = f.step(ctx, at)
	}
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// table writes out some columns of a table, a line for each row.
func table(t *testing.T, db *DB, query string) string {
	t.Helper()
	rows, err := db.sql.Queryx(query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var text strings.Builder
	for rows.Next() {
		values, err := rows.SliceScan()
		if err != nil {
			t.Fatal(err)
		}
		for i, v := range values {
			if i > 0 {
				text.WriteByte(' ')
			}
			switch v := v.(type) {
			case int64:
				text.WriteString(strconv.FormatInt(v, 10))
			case string:
				text.WriteString(strconv.Quote(v))
			case []byte:
				text.WriteString(strconv.Quote(string(v)))
			default:
				t.Fatalf("a value of type %T", v)
			}
		}
		text.WriteByte('\n')
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return text.String()
}

func shows(t *testing.T, db *DB, query, want string) {
	t.Helper()
	want = strings.ReplaceAll(strings.TrimLeft(want, "\n"), "\t", "")
	if got := table(t, db, query); got != want {
		t.Errorf("%s shows\n%swant\n%s", query, got, want)
	}
}

func ms(at time.Time) string { return strconv.FormatInt(at.UnixMilli(), 10) }

// after is so many seconds after noon.
func after(s float64) time.Time { return noon.Add(time.Duration(s * float64(time.Second))) }

// aCall is a caller who is offered to two agents, talks with the second one, is held, and gives a rating.
func aCall(id string) []queue.Entry {
	about := queue.Entry{Call: id, Queue: "sales", Language: "ky", Number: "+996555000001"}
	at := func(s float64, kind queue.EntryKind, e queue.Entry) queue.Entry {
		e.At, e.Kind, e.Call, e.Queue, e.Language, e.Number = after(s), kind, about.Call, about.Queue, about.Language, about.Number
		return e
	}
	return []queue.Entry{
		at(5, queue.EntryCallEntered, queue.Entry{}),
		at(5, queue.EntryCallOffered, queue.Entry{Agent: "1001"}),
		at(20, queue.EntryCallMissed, queue.Entry{Agent: "1001", Cause: queue.CauseNoAnswer, Ring: 15 * time.Second}),
		at(20, queue.EntryCallOffered, queue.Entry{Agent: "1002"}),
		at(20, queue.EntryCallOffered, queue.Entry{Agent: "1003"}),
		at(24, queue.EntryCallAnswered, queue.Entry{Agent: "1002", Ring: 4 * time.Second, Wait: 19 * time.Second}),
		at(90, queue.EntryCallEnded, queue.Entry{
			Agent: "1002", Outcome: queue.OutcomeCompletedByCaller, Wait: 19 * time.Second, Talk: 66 * time.Second, Hold: 10 * time.Second,
			Details: &queue.Details{
				Arrived: noon, DID: "+996312900800", Rating: 4, Result: "sale",
				Visits: []queue.Visit{{Queue: "sales", Language: "ky", Start: after(5), Length: 19 * time.Second, Position: 1, End: queue.VisitEndAnswered, Agent: "1002"}},
				Talks:  []queue.Talked{{Agent: "1002", Queue: "sales", Language: "ky", Start: after(24), Length: 66 * time.Second, Result: "sale"}},
				Holds:  []queue.Hold{{Start: after(30), Length: 10 * time.Second, By: queue.HeldByCode, End: queue.HoldEndReturned, Agent: "1002"}},
				Offers: []queue.Offered{
					{At: after(5), Agent: "1001", Ring: 15 * time.Second, End: queue.CauseNoAnswer},
					{At: after(20), Agent: "1002", Ring: 4 * time.Second},
					{At: after(20), Agent: "1003", Ring: 4 * time.Second, End: queue.CauseCancelled},
				},
				Transfers: []queue.Transfer{{At: after(50), Way: queue.WayConsulted, To: "1004", Agent: "1002", End: queue.TransferEndTakenBack, Answered: after(52), Length: 8 * time.Second}},
				Recorded:  []queue.Recorded{{Name: "kezek/2026-03-05/sales/x", Agent: "1002", Start: after(24), Length: 66 * time.Second}},
				Monitored: []queue.Monitored{{By: "aida", Mode: queue.MonitorListen, Start: after(40), Length: 5 * time.Second}},
			},
		}),
	}
}

func TestACallIsWrittenOnce(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		db, p := opened(t, url), &paper{}
		p.add(aCall("pbx-1.1")...)
		at := fed(t, db, p)
		if at.Entries != 7 || at.Lost != 0 || at.Gaps != 0 || at.Happened != after(90).UnixMilli() {
			t.Errorf("the feed stands at %+v", at)
		}
		again := opened(t, url) // after a restart
		if next := fed(t, again, p); next != at {
			t.Errorf("read again, the feed stands at %+v, was %+v", next, at)
		}
		shows(t, db, `SELECT id, started, ended, queue, language, number, did, agent, outcome, wait, talk, hold, rating, result FROM calls`, `
			"pbx-1.1" `+ms(noon)+` `+ms(after(90))+` "sales" "ky" "+996555000001" "+996312900800" "1002" "completed_caller" 19000 66000 10000 4 "sale"
			`)
		shows(t, db, `SELECT no, started, wait, queue, language, position, outcome, agent FROM visits`, `
			0 `+ms(after(5))+` 19000 "sales" "ky" 1 "answered" "1002"
			`)
		shows(t, db, `SELECT agent, ring, outcome FROM offers ORDER BY started, agent`, `
			"1001" 15000 "no_answer"
			"1002" 4000 "answered"
			"1003" 4000 "cancelled"
			`)
		shows(t, db, `SELECT agent, started, length, result FROM talks`, `
			"1002" `+ms(after(24))+` 66000 "sale"
			`)
		shows(t, db, `SELECT way, outcome, length, limited FROM holds`, `
			"code" "returned" 10000 0
			`)
		shows(t, db, `SELECT way, target, outcome, length FROM transfers`, `
			"consult" "1004" "cancelled" 8000
			`)
		shows(t, db, `SELECT name, agent, length FROM recordings`, `
			"kezek/2026-03-05/sales/x" "1002" 66000
			`)
		shows(t, db, `SELECT supervisor, mode, length FROM listening`, `
			"aida" "listen" 5000
			`)

		// The agent corrects the result after the call.
		p.add(queue.Entry{At: after(100), Kind: queue.EntryCallResult, Call: "pbx-1.1", Agent: "1002", Details: &queue.Details{Result: "complaint", Replaced: "sale"}})
		fed(t, db, p)
		shows(t, db, `SELECT c.result, t.result FROM calls c JOIN talks t ON c.entry = t.entry`, `
			"complaint" "complaint"
			`)
	})
}

func TestACallbackIsWritten(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		db, p := opened(t, url), &paper{}
		at := func(s float64, kind queue.EntryKind, e queue.Entry) queue.Entry {
			e.At, e.Kind, e.Callback, e.Queue, e.Language, e.Number, e.Class = after(s), kind, "cb-1", "sales", "ru", "+996555000002", queue.ClassInformation
			return e
		}
		p.add(
			at(0, queue.EntryCallbackBooked, queue.Entry{Call: "pbx-1.1", Details: &queue.Details{Due: after(1800), Origin: "caller"}}),
			at(10, queue.EntryCallbackMerged, queue.Entry{Details: &queue.Details{Due: after(900)}}),
			at(60, queue.EntryCallbackTaken, queue.Entry{Agent: "1001"}),
			at(67, queue.EntryViolation, queue.Entry{Agent: "1001", Details: &queue.Details{Violation: queue.ViolationDeclined}}),
			at(70, queue.EntryCallbackTaken, queue.Entry{Agent: "1002"}),
			at(90, queue.EntryCallbackAttempt, queue.Entry{Agent: "1002", Cause: queue.CauseBusy}),
			at(900, queue.EntryCallbackBreached, queue.Entry{}),
			at(950, queue.EntryCallbackTaken, queue.Entry{Agent: "1002"}),
			at(960, queue.EntryCallbackMoved, queue.Entry{Agent: "1002", By: "aida", Details: &queue.Details{Reason: "busy with a report"}}),
			at(970, queue.EntryCallbackTaken, queue.Entry{Agent: "1003"}),
			at(980, queue.EntryCallAnswered, queue.Entry{Agent: "1003"}),
			at(1000, queue.EntryCallbackEnded, queue.Entry{Agent: "1003", CallbackOutcome: queue.CallbackCompleted}),
		)
		fed(t, db, p)
		shows(t, db, `SELECT id, booked, due, ended, breached, number, class, origin, call, merged, attempts, agent, outcome FROM callbacks`, `
			"cb-1" `+ms(noon)+` `+ms(after(900))+` `+ms(after(1000))+` `+ms(after(900))+` "+996555000002" "information" "caller" "pbx-1.1" 1 2 "1003" "completed"
			`)
		shows(t, db, `SELECT agent, outcome FROM attempts ORDER BY started`, `
			"1002" "busy"
			"1003" "talked"
			`)
		shows(t, db, `SELECT agent, ring, outcome FROM offers ORDER BY started`, `
			"1001" 7000 "callback_declined"
			"1002" 0 "answered"
			"1002" 0 "cancelled"
			"1003" 0 "answered"
			`)
		shows(t, db, `SELECT agent, kind, callback FROM violations`, `
			"1001" "callback_declined" "cb-1"
			`)
		shows(t, db, `SELECT ordered_by, kind, agent, callback, reason FROM acts`, `
			"aida" "callback.moved" "1002" "cb-1" "busy with a report"
			`)
	})
}

func TestAnAgentsDayIsWritten(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		db, p := opened(t, url), &paper{}
		at := func(s float64, kind queue.EntryKind, e queue.Entry) queue.Entry {
			e.At, e.Kind, e.Agent = after(s), kind, "1001"
			return e
		}
		p.add(
			at(0, queue.EntryAgentLate, queue.Entry{}),
			at(60, queue.EntryAgentLogIn, queue.Entry{Phone: "PJSIP/1001"}),
			at(60, queue.EntryAgentStatus, queue.Entry{Status: queue.StatusReady}),
			at(100, queue.EntryAgentStatus, queue.Entry{Status: queue.StatusWrapUp, Queue: "sales", Language: "ru"}),
			at(130, queue.EntryAgentStatus, queue.Entry{Status: "coffee"}),
			at(190, queue.EntryAgentOrder, queue.Entry{Status: queue.StatusReady, By: "aida", Details: &queue.Details{Reason: "peak"}}),
			at(190, queue.EntryAgentStatus, queue.Entry{Status: queue.StatusReady, By: "aida"}),
			at(200, queue.EntryAgentStatus, queue.Entry{Status: queue.StatusOffline}),
			at(200, queue.EntryAgentLogOut, queue.Entry{Details: &queue.Details{ShiftEnd: queue.ShiftDialled, Length: 140 * time.Second}}),
			at(200, queue.EntryAgentLeftEarly, queue.Entry{Details: &queue.Details{Early: time.Hour}}),
		)
		fed(t, db, p)
		shows(t, db, `SELECT status, started, ended, queue, ordered_by FROM statuses ORDER BY started`, `
			"waiting" `+ms(after(60))+` `+ms(after(100))+` "" ""
			"wrapup" `+ms(after(100))+` `+ms(after(130))+` "sales" ""
			"coffee" `+ms(after(130))+` `+ms(after(190))+` "" ""
			"waiting" `+ms(after(190))+` `+ms(after(200))+` "" "aida"
			`)
		shows(t, db, `SELECT agent, phone, started, ended, outcome FROM shifts`, `
			"1001" "PJSIP/1001" `+ms(after(60))+` `+ms(after(200))+` "dialled"
			`)
		shows(t, db, `SELECT kind, length FROM attendance ORDER BY happened`, `
			"agent.late" 0
			"agent.left_early" 3600000
			`)
		shows(t, db, `SELECT ordered_by, kind, agent, words, reason FROM acts`, `
			"aida" "agent.order" "1001" "peak" "peak"
			`)
	})
}

// What was trimmed before it was read is counted, and said; so is what cannot be read, and the rest goes on.
func TestWhatIsMissingIsCounted(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		db, p := opened(t, url), &paper{}
		p.add(aCall("pbx-1.1")...)
		fed(t, db, p)
		p.add(aCall("pbx-1.2")...)
		p.add(aCall("pbx-1.3")...)
		p.trimmed = 7 + 5
		p.lines[18].Err = context.DeadlineExceeded
		at := fed(t, db, p)
		if at.Lost != 5 || at.Gaps != 1 || at.Unread != 1 || at.Entries != 16 {
			t.Errorf("the feed stands at %+v, want 5 lost in one gap, 1 unread, 16 entries", at)
		}
		stored, err := db.Standing(ctx, "bishkek")
		if stored.Behind = at.Behind; err != nil || stored != at {
			t.Errorf("stored is %+v, %v; want %+v", stored, err, at)
		}
	})
}

// A page is written whole or not at all, and by one daemon.
func TestAPageIsWrittenWhole(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		db, p := opened(t, url), &paper{}
		p.add(aCall("pbx-1.1")...)
		f := &Feed{DB: db, Site: "bishkek", Journal: p, Log: zaptest.NewLogger(t)}
		begin, err := db.Standing(ctx, f.Site)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.step(ctx, begin); err != nil {
			t.Fatal(err)
		}
		if _, err := f.step(ctx, begin); err == nil || !strings.Contains(err.Error(), "another daemon writes") {
			t.Errorf("the same page is written twice: %v", err)
		}
		p.add(aCall("pbx-1.2")...)
		p.lines[13].ID = p.lines[6].ID // two rows of calls would have one key
		if _, err := f.step(ctx, must(db.Standing(ctx, f.Site))); err == nil {
			t.Error("an entry is written twice")
		}
		shows(t, db, `SELECT count(*) FROM offers`, "3\n") // none of the page
	})
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func TestOpenRefuses(t *testing.T) {
	for _, tt := range []struct{ url, want string }{
		{"", "want sqlite:"},
		{"sqlite:history.db", "want sqlite:"},
		{"mysql://root:secret@host/db", "want sqlite:"},
		{"sqlite:/nowhere/history.db", "no such file"},
	} {
		if db, err := Open(ctx, tt.url, ""); err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: %v, %v", tt.url, db, err)
		}
	}
	onEach(t, func(t *testing.T, url string) {
		db := opened(t, url)
		if _, err := db.sql.Exec(`INSERT INTO migrations (number, name) VALUES (999, 'later')`); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(ctx, url, ""); err == nil || !strings.Contains(err.Error(), "newer version") {
			t.Errorf("a database of a newer version: %v", err)
		}
	})
}

// While the tables are brought up to date who asks is told so in time; that goes on, and nothing of it is lost.
func TestOpeningTakesLong(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		other := opened(t, url)
		busy, err := other.sql.Beginx() // as another daemon that changes the tables
		if err != nil {
			t.Fatal(err)
		}
		if other.path == "" {
			if _, err := busy.Exec(`LOCK TABLE migrations IN EXCLUSIVE MODE`); err != nil {
				t.Fatal(err)
			}
		}
		db, err := New(url, "")
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		limited, cancel := context.WithTimeout(ctx, 50*time.Millisecond)
		defer cancel()
		if _, err := db.Run(limited, "calls", Query{Site: "bishkek"}); err == nil || !strings.Contains(err.Error(), "brought up to date: try again") {
			t.Errorf("asked in between: %v", err)
		}
		if err := busy.Rollback(); err != nil {
			t.Fatal(err)
		}
		if err := db.open(ctx); err != nil {
			t.Errorf("afterwards: %v", err)
		}
	})
}
