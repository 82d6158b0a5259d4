package history

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap/zaptest"

	"kezek/queue"
	"kezek/queue/journal"
)

// visit makes the entries of a call with one visit to a line: answered by an agent after the wait if it has a talk.
func aVisit(id string, at time.Time, name string, language queue.Language, wait, talk time.Duration, inTime bool) queue.Entry {
	v := queue.Visit{Queue: name, Language: language, Start: at, Length: wait, Position: 1, End: queue.VisitEndAbandoned, InTime: inTime}
	e := queue.Entry{
		At: at.Add(wait + talk), Kind: queue.EntryCallEnded, Call: id, Queue: name, Language: language, Number: "+996555000001", Outcome: queue.OutcomeAbandoned,
		Wait: wait, Talk: talk, Details: &queue.Details{Arrived: at},
	}
	if talk > 0 {
		v.End, v.Agent = queue.VisitEndAnswered, "1001"
		e.Outcome, e.Agent = queue.OutcomeCompletedByCaller, "1001"
		e.Details.Talks = []queue.Talked{{Agent: "1001", Queue: name, Language: language, Start: at.Add(wait), Length: talk}}
	}
	e.Details.Visits = []queue.Visit{v}
	return e
}

func TestQueues(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		bishkek, err := time.LoadLocation("Asia/Bishkek")
		if err != nil {
			t.Fatal(err)
		}
		db, p := opened(t, url), &paper{}
		p.add(
			aVisit("1", noon, "sales", "ky", 5*time.Second, time.Minute, true),
			aVisit("2", noon.Add(20*time.Minute), "sales", "ky", 40*time.Second, 2*time.Minute, false),
			aVisit("3", noon.Add(40*time.Minute), "sales", "ky", 3*time.Second, 0, true),
			aVisit("4", noon.Add(50*time.Minute), "sales", "ky", 90*time.Second, 0, false),
			aVisit("5", noon.Add(50*time.Minute), "sales", "ru", 10*time.Second, time.Minute, true),
			// 00:10 of the next day in Bishkek, the evening before in UTC
			aVisit("6", time.Date(2026, 3, 5, 18, 10, 0, 0, time.UTC), "sales", "ky", 10*time.Second, time.Minute, true),
			queue.Entry{At: noon.Add(2 * time.Minute), Kind: queue.EntryAgentStatus, Agent: "1001", Status: queue.StatusWrapUp, Queue: "sales", Language: "ky"},
			queue.Entry{At: noon.Add(3 * time.Minute), Kind: queue.EntryAgentStatus, Agent: "1001", Status: queue.StatusReady},
		)
		fed(t, db, p)
		ask := func(q Query) string {
			t.Helper()
			q.Site, q.Zone = "bishkek", bishkek
			q.From = time.Date(2026, 3, 5, 0, 0, 0, 0, bishkek)
			q.To = q.From.AddDate(0, 0, 2)
			table, err := db.Run(ctx, "queues", q)
			if err != nil {
				t.Fatal(err)
			}
			text := ""
			for _, row := range table.Rows {
				row[0] = time.UnixMilli(row[0].(int64)).In(bishkek).Format("02 15:04")
				text += fmt.Sprintln(row[:17]...)
			}
			return text
		}
		for _, tt := range []struct {
			q    Query
			want string
		}{
			{Query{}, `05 00:00 sales ky 4 2 1 2 1 0 33.333333333333336 22500 90000 2 180000 0 60000 120000
05 00:00 sales ru 1 1 1 0 0 0 100 10000 10000 1 60000 0 0 60000
06 00:00 sales ky 1 1 1 0 0 0 100 10000 10000 1 60000 0 0 60000
`},
			{Query{Every: Half, Language: "ky"}, `05 12:00 sales ky 2 2 1 0 0 0 50 22500 40000 2 180000 0 60000 120000
05 12:30 sales ky 2 0 0 2 1 0 0 <nil> 90000 0 0 0 0 <nil>
06 00:00 sales ky 1 1 1 0 0 0 100 10000 10000 1 60000 0 0 60000
`},
			{Query{Every: Month, Language: "ky", Formula: OfOffered}, `01 00:00 sales ky 5 3 2 2 1 0 40 18333 90000 3 240000 0 60000 100000
`},
			{Query{Every: Whole, Language: "ky", Formula: WithGaveUp}, `05 00:00 sales ky 5 3 2 2 1 0 60 18333 90000 3 240000 0 60000 100000
`},
			{Query{Every: Week, Language: "ky", Formula: OfAnswered}, `02 00:00 sales ky 5 3 2 2 1 0 66.66666666666667 18333 90000 3 240000 0 60000 100000
`},
			{Query{Queue: "repair"}, ""},
		} {
			if got := ask(tt.q); got != tt.want {
				t.Errorf("%+v gives\n%swant\n%s", tt.q, got, tt.want)
			}
		}
	})
}

// BenchmarkFeed writes calls into SQLite, with seven entries each.
func BenchmarkFeed(b *testing.B) {
	db, err := Open(ctx, "sqlite:"+b.TempDir()+"/history.db", "")
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	f := &Feed{DB: db, Site: "bishkek", Journal: &endless{}, Log: zaptest.NewLogger(b)}
	at := Standing{Site: f.Site}
	for b.Loop() {
		if at, err = f.step(ctx, at); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(at.Entries)/b.Elapsed().Seconds(), "entries/s")
}

// endless is a journal of one call after the other.
type endless struct{ next []queue.Entry }

func (p *endless) Journal(_ context.Context, after journal.Position, most int) ([]journal.Line, error) {
	lines := make([]journal.Line, most)
	for i := range lines {
		n := after.N + int64(i) + 1
		if len(p.next) == 0 {
			p.next = aCall(fmt.Sprintf("pbx-1.%d", n))
		}
		lines[i] = journal.Line{Position: journal.Position{ID: fmt.Sprintf("%d-0", noon.UnixMilli()+n), N: n}, Entry: p.next[0]}
		p.next = p.next[1:]
	}
	return lines, nil
}

// A list is read in pages, each row once.
func TestLists(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		db, p := opened(t, url), &paper{}
		p.add(aCall("pbx-1.1")...)
		for i := range 5 {
			e := aVisit(fmt.Sprintf("pbx-2.%d", i), noon.Add(time.Hour), "sales", "ru", 10*time.Second, 0, false)
			e.Number = fmt.Sprintf("+99655510000%d", i)
			p.add(e)
		}
		back := aVisit("pbx-3.1", noon.Add(2*time.Hour), "sales", "ru", time.Second, time.Minute, true)
		back.Number = "+996555100003" // called again, and was served
		booked := queue.Entry{At: noon.Add(3 * time.Hour), Kind: queue.EntryCallbackBooked, Callback: "cb-1", Number: "+996555100004", Queue: "sales", Details: &queue.Details{}}
		passed := aVisit("pbx-4.1", noon.Add(4*time.Hour), "sales", "ru", time.Second, time.Minute, true)
		passed.Agent = "1009"
		passed.Details.Talks = append(passed.Details.Talks, queue.Talked{Agent: "1009", Queue: "sales", Language: "ru", Start: noon.Add(4*time.Hour + time.Minute), Length: time.Minute})
		p.add(back, booked, passed)
		fed(t, db, p)
		read := func(id string, q Query, column int) (all []any) {
			t.Helper()
			q.Site, q.Zone, q.From, q.To = "bishkek", time.UTC, noon, noon.AddDate(0, 0, 1)
			for {
				table, err := db.Run(ctx, id, q)
				if err != nil {
					t.Fatal(err)
				}
				for _, row := range table.Rows {
					if len(row) != len(table.Columns) {
						t.Fatalf("%d values in %d columns", len(row), len(table.Columns))
					}
					all = append(all, row[column])
				}
				if q.After = table.Next; q.After == "" {
					return all
				}
			}
		}
		for _, tt := range []struct {
			id     string
			q      Query
			column int
			want   string
		}{
			{"calls", Query{Limit: 2}, 1, "[pbx-1.1 pbx-2.0 pbx-2.1 pbx-2.2 pbx-2.3 pbx-2.4 pbx-3.1 pbx-4.1]"},
			{"calls", Query{Limit: 7}, 1, "[pbx-1.1 pbx-2.0 pbx-2.1 pbx-2.2 pbx-2.3 pbx-2.4 pbx-3.1 pbx-4.1]"},
			{"calls", Query{Limit: 9, Number: "+996555100003"}, 1, "[pbx-2.3 pbx-3.1]"},
			{"calls", Query{Limit: 9, Outcome: "completed_caller", Language: "ky"}, 13, "[kezek/2026-03-05/sales/x]"},
			{"abandoned", Query{Limit: 9}, 1, "[+996555100000 +996555100001 +996555100002]"},
			{"recordings", Query{Limit: 9}, 4, "[kezek/2026-03-05/sales/x]"},
			{"holds", Query{Limit: 9, Agent: "1002"}, 5, "[10000]"},
			{"callbacks", Query{Limit: 9}, 8, "[<nil>]"},
			{"acts", Query{Limit: 9}, 1, "[]"},
			{"calls", Query{Limit: 2, Only: []string{"talk", "call"}}, 1, "[pbx-1.1 pbx-2.0 pbx-2.1 pbx-2.2 pbx-2.3 pbx-2.4 pbx-3.1 pbx-4.1]"},
			{"calls", Query{Limit: 9, Agent: "1002"}, 1, "[pbx-1.1]"},
			{"calls", Query{Limit: 9, Agent: "1001"}, 1, "[pbx-3.1 pbx-4.1]"}, // passed on to another
			{"listening", Query{Limit: 9}, 1, "[aida]"},
			{"listening", Query{Limit: 9}, 2, "[1002]"},
			{"listening", Query{Limit: 9, Language: "ky"}, 7, "[pbx-1.1]"},
			{"holds", Query{Limit: 9}, 8, "[pbx-1.1]"},
			{"recordings", Query{Limit: 9}, 8, "[pbx-1.1]"},
			{"violations", Query{Limit: 9}, 1, "[]"},
			{"queues", Query{}, 2, "[ ky ru]"},
			{"queues", Query{Limit: 1}, 2, "[ ky ru]"},
			{"agents", Query{Limit: 2}, 1, "[1001 1002 1003 1009]"},
		} {
			if got := fmt.Sprint(read(tt.id, tt.q, tt.column)); got != tt.want {
				t.Errorf("%s %+v: %s, want %s", tt.id, tt.q, got, tt.want)
			}
		}
	})
}

func TestBadQuestions(t *testing.T) {
	for _, tt := range []struct{ report, query, want string }{
		{"queues", "from=yesterday", `from: "yesterday" is not allowed: want a day such as 2026-03-05`},
		{"queues", "from=2026-03-05&to=2026-03-05", `to: "2026-03-05" is not allowed: want a time after from`},
		{"queues", "every=2h", `every: "2h" is not allowed: want one of 15m, 30m, 1h, day, week, month, all`},
		{"queues", "formula=best", `formula: "best" is not allowed: want one of default, answered, abandoned, offered`},
		{"queues", "columns=begin,calls", `columns: "calls" is not allowed: want columns of this report, each once: begin, queue, language, offered`},
		{"queues", "columns=begin,begin", `columns: "begin" is not allowed`},
		{"queues", "number=1", `number: "1" is not allowed: want one of the parameters of this report: after, columns, every, formula, from, language, limit, queue, to`},
		{"calls", "limit=0", `limit: "0" is not allowed: want a number from 1 to 100000`},
		{"queues", "limit=0", `limit: "0" is not allowed: want a number from 1 to 100000`},
		{"calls", "limit=many", `limit: "many" is not allowed`},
	} {
		v, err := url.ParseQuery(tt.query)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Reports[tt.report].Parse(v, time.UTC, noon); err == nil || !strings.HasPrefix(err.Error(), tt.want) {
			t.Errorf("%s?%s: %v, want %s", tt.report, tt.query, err, tt.want)
		}
	}
	bishkek := time.FixedZone("Bishkek", 6*3600)
	q, err := Reports["calls"].Parse(url.Values{}, bishkek, time.Date(2026, 3, 5, 19, 0, 0, 0, time.UTC))
	if err != nil || q.From.String() != "2026-03-06 00:00:00 +0600 Bishkek" || q.To.String() != "2026-03-07 00:00:00 +0600 Bishkek" {
		t.Errorf("today is from %v to %v, %v", q.From, q.To, err)
	}
}

// What agents did is counted in the interval in which it was, and a status that goes over its end is cut there.
func TestAgents(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		db, p := opened(t, url), &paper{}
		status := func(at time.Time, s queue.Status) queue.Entry {
			return queue.Entry{At: at, Kind: queue.EntryAgentStatus, Agent: "1002", Status: s}
		}
		p.add(queue.Entry{At: noon.Add(-time.Hour), Kind: queue.EntryAgentLogIn, Agent: "1002", Phone: "PJSIP/1002", Details: &queue.Details{Late: 5 * time.Minute}})
		// of a shift of an hour the agent was logged in for 50 minutes
		p.add(queue.Entry{At: noon, Kind: queue.EntryAgentLogOut, Agent: "1002", Details: &queue.Details{}},
			queue.Entry{At: noon.Add(10 * time.Minute), Kind: queue.EntryAgentShift, Agent: "1002", Details: &queue.Details{Begin: noon.Add(-50 * time.Minute), Length: time.Hour}})
		p.add(status(noon.Add(-time.Hour), queue.StatusReady), status(noon.Add(20*time.Second), queue.StatusRinging), status(noon.Add(24*time.Second), queue.StatusOnCall))
		p.add(aCall("pbx-1.1")...)
		p.add(status(noon.Add(90*time.Second), queue.StatusWrapUp), status(noon.Add(120*time.Second), "coffee"), status(noon.Add(13*time.Hour), queue.StatusOffline))
		fed(t, db, p)
		ask := func(id string, q Query) string {
			t.Helper()
			q.Site, q.Zone = "bishkek", time.UTC
			table, err := db.Run(ctx, id, q)
			if err != nil {
				t.Fatal(err)
			}
			text := ""
			for _, row := range table.Rows {
				if len(row) != len(table.Columns) {
					t.Fatalf("%d values in %d columns", len(row), len(table.Columns))
				}
				row[0] = time.UnixMilli(row[0].(int64)).UTC().Format("02 15:04")
				text += fmt.Sprintln(row...)
			}
			return text
		}
		day := time.Date(2026, 3, 5, 0, 0, 0, 0, time.UTC)
		for _, tt := range []struct {
			report string
			q      Query
			want   string
		}{
			{"statuses", Query{From: noon, To: noon.Add(time.Hour)}, `05 06:00 1002 coffee 1 3480000
05 06:00 1002 ringing 1 4000
05 06:00 1002 talking 1 66000
05 06:00 1002 waiting 1 20000
05 06:00 1002 wrapup 1 30000
`},
			{"statuses", Query{From: day, To: day.AddDate(0, 0, 2), Every: Day, Agent: "1002"}, `05 00:00 1002 coffee 1 46680000
05 00:00 1002 ringing 1 4000
05 00:00 1002 talking 1 66000
05 00:00 1002 waiting 1 3620000
05 00:00 1002 wrapup 1 30000
`},
			{"statuses", Query{From: noon.Add(12 * time.Hour), To: noon.Add(15 * time.Hour), Every: Hour}, `05 18:00 1002 coffee 1 3600000
`},
			// of the hour after noon 120 s were no break, of which the agent waited, and the phone rang, for 24 s
			{"agents", Query{From: noon, To: noon.Add(time.Hour), Agent: "1002"}, `05 06:00 1002 3600000 24000 1 66000 1 10000 10000 30000 96000 3480000 80 1 0 0 1 4 0 0 0 0 <nil>
`},
			{"agents", Query{From: noon, To: noon.Add(time.Hour), Agent: "1001"}, `05 06:00 1001 0 0 0 0 0 0 0 0 <nil> 0 <nil> 1 1 0 0 <nil> 0 0 0 0 <nil>
`},
			{"agents", Query{From: noon.Add(-time.Hour), To: noon, Agent: "1002"}, `05 05:00 1002 3600000 3600000 0 0 0 0 0 0 <nil> 0 0 0 0 0 0 <nil> 300000 0 0 3600000 83.33333333333333
`},
		} {
			if got := ask(tt.report, tt.q); got != tt.want {
				t.Errorf("%s %v gives\n%swant\n%s", tt.report, tt.q.Every, got, tt.want)
			}
		}
		if _, err := db.Run(ctx, "agents", Query{Site: "bishkek", Zone: time.UTC, From: day, To: day.AddDate(0, 1, 0), Every: Quarter}); err == nil || !strings.Contains(err.Error(), "every: \"15m\" is not allowed") {
			t.Errorf("thousands of intervals: %v", err)
		}
	})
}

// Occupancy is the share of work in the time of the agents who serve a line, by the quarter of an hour in which they waited.
func TestOccupancy(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		db, p := opened(t, url), &paper{}
		agent := func(id string, at time.Time, kind queue.EntryKind, s queue.Status, queues ...string) queue.Entry {
			return queue.Entry{At: at, Kind: kind, Agent: id, Status: s, Details: &queue.Details{Queues: queues, Languages: []queue.Language{"ky"}}}
		}
		p.add(
			agent("1001", noon, queue.EntryAgentLogIn, "", "sales", "support"), agent("1001", noon, queue.EntryAgentStatus, queue.StatusReady),
			agent("1002", noon, queue.EntryAgentLogIn, "", "support"), agent("1002", noon, queue.EntryAgentStatus, queue.StatusReady), // and waits until now
			aVisit("1", noon.Add(10*time.Minute), "sales", "ky", 0, 20*time.Minute, true),
			aVisit("2", noon.Add(50*time.Minute), "support", "ky", 0, 5*time.Minute, true),
			agent("1001", noon.Add(10*time.Minute), queue.EntryAgentStatus, queue.StatusOnCall), agent("1001", noon.Add(30*time.Minute), queue.EntryAgentStatus, queue.StatusReady),
			agent("1001", noon.Add(90*time.Minute), queue.EntryAgentStatus, "coffee"),
		)
		fed(t, db, p)
		for _, tt := range []struct {
			every Interval
			want  string
		}{
			// sales: 20 min of talk, 1001 waited for 10 + 60 min; support: 5 min, 70 of 1001 and 100 of 1002
			{Whole, "06:00 sales 22.22, 06:00 support 2.86"},
			// of the first quarter 10 min; of the fourth 15 of each
			{Quarter, "06:00 sales 66.67, 06:45 support 14.29"},
			// 10 and 30 min; 40 and 60
			{Hour, "06:00 sales 33.33, 06:00 support 4.76"},
		} {
			table, err := db.Run(ctx, "queues", Query{Site: "bishkek", Zone: time.UTC, From: noon, To: noon.Add(100 * time.Minute), Now: noon.Add(100 * time.Minute), Every: tt.every})
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, row := range table.Rows {
				got = append(got, fmt.Sprintf("%s %s %.2f", time.UnixMilli(row[0].(int64)).UTC().Format("15:04"), row[1], row[table.column("occupancy")]))
			}
			if strings.Join(got, ", ") != tt.want {
				t.Errorf("by %s: %v, want %s", tt.every, got, tt.want)
			}
		}
	})
}
