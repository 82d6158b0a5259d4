package history

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"kezek/queue"
	"kezek/queue/queuetest"
)

// shiftOf are the entries of one shift of an agent: waiting but for a coffee of some minutes after an hour.
func shiftOf(agent string, from time.Time, length, coffee time.Duration, late time.Duration) []queue.Entry {
	at := func(at time.Time, kind queue.EntryKind, e queue.Entry) queue.Entry {
		e.At, e.Kind, e.Agent = at, kind, agent
		return e
	}
	return []queue.Entry{
		at(from, queue.EntryAgentLogIn, queue.Entry{Phone: "PJSIP/" + agent, Details: &queue.Details{Late: late, Queues: []string{"sales"}, Languages: []queue.Language{"ru"}}}),
		at(from, queue.EntryAgentStatus, queue.Entry{Status: queue.StatusReady}),
		at(from.Add(time.Hour), queue.EntryAgentStatus, queue.Entry{Status: "coffee"}),
		at(from.Add(time.Hour).Add(coffee), queue.EntryAgentStatus, queue.Entry{Status: queue.StatusReady}),
		at(from.Add(length), queue.EntryAgentStatus, queue.Entry{Status: queue.StatusOffline}),
		at(from.Add(length), queue.EntryAgentLogOut, queue.Entry{Details: &queue.Details{ShiftEnd: queue.ShiftDialled, Length: length}}),
	}
}

// sheet asks for a timesheet as its user does, and writes it as Excel's CSV.
func sheet(t *testing.T, db *DB, ask string, format Format, now time.Time) string {
	t.Helper()
	v, err := url.ParseQuery(ask)
	if err != nil {
		t.Fatal(err)
	}
	bishkek, err := time.LoadLocation("Asia/Bishkek")
	if err != nil {
		t.Fatal(err)
	}
	by := queue.WorkingDay(v.Get("by"))
	v.Del("by")
	q, err := Reports["timesheet"].Parse(v, bishkek, now)
	if err != nil {
		t.Fatal(err)
	}
	q.Site, q.WorkingDay, q.Names = "bishkek", by, map[string]string{"1001": "Айбек", "1002": "=Ян"}
	table, err := db.Run(ctx, "timesheet", q)
	if err != nil {
		t.Fatal(err)
	}
	body, err := table.Write(format, "ru")
	if err != nil {
		t.Fatal(err)
	}
	if format == XLSX {
		return string(body)
	}
	return strings.ReplaceAll(strings.TrimPrefix(string(body), "\uFEFF"), "\r\n", "\n")
}

// The month of two agents: a shift over midnight, two shifts on a day, a coffee that was too long, an absence; corrected, and corrected
// back; with the sums of what is shown.
func TestTimesheet(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		db, p := opened(t, url), &paper{}
		// 09:00 in Bishkek is 03:00 in UTC
		day := time.Date(2026, 3, 5, 3, 0, 0, 0, time.UTC)
		p.add(shiftOf("1001", day, 4*time.Hour, 20*time.Minute+29*time.Second, 7*time.Minute)...)
		p.add(shiftOf("1001", day.Add(5*time.Hour), 3*time.Hour+19*time.Second, 10*time.Minute, 0)...)
		p.add(queue.Entry{At: day.Add(75 * time.Minute), Kind: queue.EntryAgentOverstay, Agent: "1001", Status: "coffee"}) // after the stay: none of it
		p.add(queue.Entry{At: day.Add(9 * time.Hour), Kind: queue.EntryAgentShift, Agent: "1001", Details: &queue.Details{Begin: day, Length: 9 * time.Hour, Day: "2026-03-05"}})
		p.add(queue.Entry{At: day.Add(9 * time.Hour), Kind: queue.EntryAgentLeftEarly, Agent: "1001", Details: &queue.Details{Early: time.Hour, Day: "2026-03-05"}})
		p.add(shiftOf("1002", day.Add(13*time.Hour), 4*time.Hour, 30*time.Minute, 0)...) // 22:00 to 02:00
		absent := queue.Entry{At: day.Add(40 * time.Hour), Kind: queue.EntryAgentAbsent, Agent: "1002", Details: &queue.Details{Day: "2026-03-06"}}
		p.add(absent)
		fed(t, db, p)
		now := day.Add(48 * time.Hour)
		const heads = "День;Оператор;Имя;Дней;Вход;Выход;Оплачиваемое время;По записи;Исправлено дней;Кто исправил;Когда исправлено;Причина;В системе;Перерывы и прочее;Опоздание;Ранний уход;Прогулы;Превышений перерыва;… на сколько;Разговоры\n"
		for _, tt := range []struct{ ask, want string }{
			{"from=2026-03&by=span", heads + `05.03.2026;1001;Айбек;1;05.03.2026 09:00:00;05.03.2026 17:00:19;8:00;8:00;0;;;;7:00;0:30;0:07;1:00;0;1;0:00;0
05.03.2026;1002;'=Ян;1;05.03.2026 22:00:00;06.03.2026 00:00:00;2:00;2:00;0;;;;2:00;0:30;0:00;0:00;0;0;0:00;0
06.03.2026;1002;'=Ян;1;06.03.2026 00:00:00;06.03.2026 02:00:00;2:00;2:00;0;;;;2:00;0:00;0:00;0:00;1;0;0:00;0
Итого;1002;'=Ян;2;;;4:00;4:00;0;;;;4:00;0:30;0:00;0:00;1;0;0:00;0
Итого;;;3;;;12:00;12:00;0;;;;11:00;1:00;0:07;1:00;1;1;0:00;0
`},
			{"from=2026-03&by=sum&every=month", heads + `01.03.2026;1001;Айбек;1;;;7:00;7:00;0;;;;7:00;0:30;0:07;1:00;0;1;0:00;0
01.03.2026;1002;'=Ян;2;;;4:00;4:00;0;;;;4:00;0:30;0:00;0:00;1;0;0:00;0
Итого;;;3;;;11:00;11:00;0;;;;11:00;1:00;0:07;1:00;1;1;0:00;0
`},
			{"from=2026-03-06&to=2026-03-08&agent=1002&by=span&every=all", heads + `06.03.2026;1002;'=Ян;1;;;2:00;2:00;0;;;;2:00;0:00;0:00;0:00;1;0;0:00;0
Итого;;;1;;;2:00;2:00;0;;;;2:00;0:00;0:00;0:00;1;0;0:00;0
`},
			{"from=2026-04", heads},
			{"from=2026-03&by=span&columns=agent,paid", "Оператор;Оплачиваемое время\n1001;8:00\n1002;2:00\n1002;2:00\nИтого 1002;4:00\nИтого;12:00\n"},
		} {
			if got := sheet(t, db, tt.ask, Excel, now); got != tt.want {
				t.Errorf("%s:\n%swant\n%s", tt.ask, got, tt.want)
			}
		}

		// In a workbook times are numbers, in hours and minutes; the sums are in the last line.
		book, err := excelize.OpenReader(strings.NewReader(sheet(t, db, "from=2026-03&every=month&by=span", XLSX, now)))
		if err != nil {
			t.Fatal(err)
		}
		defer book.Close()
		for cell, want := range map[string]string{"A1": "День", "G1": "Оплачиваемое время", "A2": "01.03.2026", "C3": "=Ян", "G2": "8:00", "G3": "4:00", "A4": "Итого", "G4": "12:00", "O4": "0:07"} {
			if got, err := book.GetCellValue("Табель", cell); err != nil || got != want {
				t.Errorf("%s of the workbook is %q, %v, want %q", cell, got, err, want)
			}
		}

		correct := func(at time.Time, day string, paid time.Duration, reason string) queue.Entry {
			return queue.Entry{At: at, Kind: queue.EntryTimesheetCorrected, Agent: "1002", By: "aida", Details: &queue.Details{Day: day, Paid: paid, Reason: reason}}
		}
		p.add(correct(now, "2026-03-06", time.Hour, "a mistake"), correct(now.Add(time.Minute), "2026-03-06", 8*time.Hour, "was ill"),
			correct(now.Add(time.Minute), "2026-03-07", 30*time.Minute, "a meeting"))
		fed(t, db, p)
		want := heads + `05.03.2026;1002;'=Ян;1;05.03.2026 22:00:00;06.03.2026 00:00:00;2:00;2:00;0;;;;2:00;0:30;0:00;0:00;0;0;0:00;0
06.03.2026;1002;'=Ян;1;06.03.2026 00:00:00;06.03.2026 02:00:00;8:00;2:00;1;aida;07.03.2026 09:01:00;was ill;2:00;0:00;0:00;0:00;1;0;0:00;0
07.03.2026;1002;'=Ян;1;;;0:30;0:00;1;aida;07.03.2026 09:01:00;a meeting;0:00;0:00;0:00;0:00;0;0;0:00;0
Итого;1002;'=Ян;3;;;10:30;4:00;2;;;;4:00;0:30;0:00;0:00;1;0;0:00;0
Итого;;;3;;;10:30;4:00;2;;;;4:00;0:30;0:00;0:00;1;0;0:00;0
`
		if got := sheet(t, db, "from=2026-03&agent=1002", Excel, now); got != want {
			t.Errorf("corrected:\n%swant\n%s", got, want)
		}
		shows(t, db, `SELECT ordered_by, kind, agent, words, reason FROM acts ORDER BY entry`, `
			"aida" "timesheet.corrected" "1002" "2026-03-06 paid 1:00" "a mistake"
			"aida" "timesheet.corrected" "1002" "2026-03-06 paid 8:00" "was ill"
			"aida" "timesheet.corrected" "1002" "2026-03-07 paid 0:30" "a meeting"
			`)
		if all, err := db.Corrections(ctx, "bishkek", "2026-03-06", ""); err != nil || len(all) != 1 || all[0].Paid != 8*time.Hour || all[0].By != "aida" || all[0].Reason != "was ill" {
			t.Errorf("in force are %+v, %v", all, err)
		}

		// Fed once more, from the journal into an empty database, it is the same.
		if _, err := db.sql.Exec(`DELETE FROM corrections`); err != nil {
			t.Fatal(err)
		}
		for _, k := range kept {
			if _, err := db.sql.Exec(`DELETE FROM ` + k.table); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := db.sql.Exec(`DELETE FROM feeds`); err != nil {
			t.Fatal(err)
		}
		fed(t, db, p)
		if got := sheet(t, db, "from=2026-03&agent=1002", Excel, now); got != want {
			t.Errorf("fed anew:\n%swant\n%s", got, want)
		}

		p.add(queue.Entry{At: now.Add(time.Hour), Kind: queue.EntryTimesheetRestored, Agent: "1002", By: "bek", Details: &queue.Details{Day: "2026-03-06", Reason: "was not ill"}})
		fed(t, db, p)
		if got := sheet(t, db, "from=2026-03-06&agent=1002", CSV, now); got != `day,agent,name,days,log_in,log_out,paid,recorded,corrections,corrected_by,corrected_at,reason,logged_in,breaks,late,left_early,absences,overstays,overstayed,talks
2026-03-06,1002,=Ян,1,2026-03-06 00:00:00,2026-03-06 02:00:00,7200,7200,0,,,,7200,0,0,0,1,0,0,0
` {
			t.Errorf("taken back: %s", got)
		}
	})
}

// An agent who is logged in is counted until now; a stay that was too long by what it was longer.
func TestTimesheetOfNow(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		db, p := opened(t, url), &paper{}
		morning := time.Date(2026, 3, 5, 3, 0, 0, 0, time.UTC)
		p.add(shiftOf("1001", morning, 10*time.Hour, 40*time.Minute, 0)[:3]...)
		p.add(queue.Entry{At: morning.Add(75 * time.Minute), Kind: queue.EntryAgentOverstay, Agent: "1001", Status: "coffee"})
		fed(t, db, p)
		for _, tt := range []struct {
			more []queue.Entry
			want string
		}{
			{nil, "2026-03-05,1001,Айбек,1,2026-03-05 09:00:00,,5400,5400,0,,,,5400,1800,0,0,0,1,0,0\n"},
			{shiftOf("1001", morning, 10*time.Hour, 25*time.Minute, 0)[3:4], "2026-03-05,1001,Айбек,1,2026-03-05 09:00:00,,5400,5400,0,,,,5400,1500,0,0,0,1,600,0\n"},
		} {
			p.add(tt.more...)
			fed(t, db, p)
			got := sheet(t, db, "from=2026-03-05", CSV, morning.Add(90*time.Minute))
			if _, got, _ = strings.Cut(got, "\n"); got != tt.want {
				t.Errorf("%s, want %s", got, tt.want)
			}
		}
	})
}

func TestTimesheetRefuses(t *testing.T) {
	for query, want := range map[string]string{
		"from=2026-03-05T14:30":               `from: "2026-03-05T14:30" is not allowed: want a day or a month: this report is about whole days`,
		"from=2026-03-05&to=2026-03-05T14:30": `to: "2026-03-05T14:30" is not allowed: want a day or a month`,
		"from=2026-03-05&every=1h":            `every: "1h" is not allowed: want one of day, week, month, all`,
		"from=2026-03-05&queue=sales":         `queue: "sales" is not allowed: want one of the parameters of this report: after, agent, columns, every, from, limit, to`,
		"from=2026-02-30":                     `from: "2026-02-30" is not allowed: want a day such as`,
	} {
		v, err := url.ParseQuery(query)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Reports["timesheet"].Parse(v, time.UTC, noon); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: %v, want %s", query, err, want)
		}
	}
	q, err := Reports["timesheet"].Parse(url.Values{"from": {"2026-02"}}, time.UTC, noon)
	if err != nil || !q.To.Equal(time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)) {
		t.Errorf("a month ends at %v, %v", q.To, err)
	}
}

// The timesheets of the rules and those of the history are two ways to one truth: simulated days, with people who come and go, breaks,
// a daemon that is killed, phones that are unplugged.
func TestTimesheetsAgree(t *testing.T) {
	t.Parallel()
	for seed := range uint64(3) {
		w, err := queuetest.NewWorld(`
phone_gone 3m
timesheet grace=1m keep=720h working_day=sum
queue sales did=100 wrapup=5s
status coffee 21 longest=2m
agent 1001 ru,ky sales shifts=Mo-Su_00:05-00:50
agent 1002 ru,ky sales shifts=Mo-Su_22:00-06:00
agent 1003 ru,ky sales
`, seed, queuetest.Faults{Crash: 0.001, Unplug: 0.05, Leave: 0.1, Decline: 0.05})
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Live(25*time.Hour, 90*time.Second); err != nil {
			t.Fatal(err)
		}
		db, p := opened(t, "sqlite:"+t.TempDir()+"/history.db"), &paper{}
		p.add(w.Journal()...)
		fed(t, db, p)
		sheets := map[string]*queue.Timesheet{}
		for _, s := range w.Timesheets() {
			sheets[s.Agent+" "+s.Day] = s
		}
		begin := time.Date(2026, 3, 2, 0, 0, 0, 0, w.Rules.Location)
		days, err := db.workdays(ctx, Query{Site: "bishkek", Zone: w.Rules.Location, From: begin, To: begin.AddDate(0, 0, 7), Now: begin.AddDate(0, 0, 7)})
		if err != nil {
			t.Fatal(err)
		}
		seen := map[string]int{}
		for k, d := range days.all {
			id := k.agent + " " + time.UnixMilli(k.day).In(w.Rules.Location).Format(time.DateOnly)
			s := sheets[id]
			if s == nil {
				t.Errorf("seed %d: the history has a timesheet of %s, the rules have none: %+v", seed, id, d)
				continue
			}
			delete(sheets, id)
			var breaks time.Duration
			for status, spent := range s.Spent {
				if statusColumn(string(status)) == "breaks" {
					breaks += spent
				}
			}
			for _, f := range []struct {
				what   string
				is     int64
				should time.Duration
			}{
				{"logged in", d.loggedIn, s.Paid(begin, queue.WorkingDaySum)}, {"span", d.span, s.Paid(begin, queue.WorkingDaySpan)}, {"breaks", d.breaks, breaks},
				{"late", d.late, s.Late}, {"left early", d.early, s.LeftEarly}, {"overstayed", d.overstayed, s.Overstayed},
			} {
				if off := time.Duration(f.is)*time.Millisecond - f.should; off.Abs() > time.Second {
					t.Errorf("seed %d, %s: %s is %v in the history, %v in the rules", seed, id, f.what, time.Duration(f.is)*time.Millisecond, f.should)
				}
				if f.should > 0 {
					seen[f.what]++
				}
			}
			if got, want := fmt.Sprint(d.absences, d.overstays, d.talks), fmt.Sprint(s.Absences, s.Overstays, s.Calls); got != want {
				t.Errorf("seed %d, %s: absences, overstays, talks are %s in the history, %s in the rules", seed, id, got, want)
			}
			seen["talks"] += s.Calls
			seen["absences"] += s.Absences
		}
		for id, s := range sheets {
			if s.LogIn.IsZero() && s.Absences == 0 && len(s.Spent) == 0 {
				continue // nothing happened
			}
			t.Errorf("seed %d: the rules have a timesheet of %s, the history has none", seed, id)
		}
		t.Log(seen)
	}
}
