package history

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"kezek/queue"
)

func init() {
	timesheetReport.rows = timesheetRows
	Reports["timesheet"] = timesheetReport
}

// timesheetReport is the working time of agents, for payroll. All its times are whole minutes of each day, so that what is shown adds up.
var timesheetReport = &Report{
	ID: "timesheet", Title: Words{"en": "Timesheet", "ru": "Табель", "ky": "Табель"},
	Asks: []string{"every", "agent"},
	Columns: []Column{
		{"day", Words{"en": "Day", "ru": "День", "ky": "Күн"}, Date, "The first one of the interval. Midnight divides a shift in two."}, byAgent.means("Its id."),
		{"name", Words{"en": "Name", "ru": "Имя", "ky": "Аты"}, Text, "Of the config; empty if the agent is no longer in it."},
		{"days", Words{"en": "Days", "ru": "Дней", "ky": "Күндөр"}, Count, "With paid time."},
		{"log_in", Words{"en": "Log-in", "ru": "Вход", "ky": "Кирүү"}, Moment, "The first one of the day."},
		{"log_out", Words{"en": "Log-out", "ru": "Выход", "ky": "Чыгуу"}, Moment, "The last one of the day; empty while the agent is logged in."},
		{"paid", Words{"en": "Paid", "ru": "Оплачиваемое время", "ky": "Төлөнүүчү убакыт"}, Hours, "What counts: as corrected, otherwise as recorded."},
		{"recorded", Words{"en": "Recorded", "ru": "По записи", "ky": "Жазуу боюнча"}, Hours, "By timesheet.working_day: from the first log-in to the last log-out, or the times logged in."},
		{"corrections", Words{"en": "Corrected days", "ru": "Исправлено дней", "ky": "Оңдолгон күндөр"}, Count, "Days whose paid time a supervisor has corrected."},
		{"corrected_by", Words{"en": "Corrected by", "ru": "Кто исправил", "ky": "Ким оңдоду"}, Text, ""},
		{"corrected_at", Words{"en": "Corrected at", "ru": "Когда исправлено", "ky": "Качан оңдолду"}, Moment, ""},
		reason.means("Why it was corrected, as it was given."),
		{"logged_in", Words{"en": "Logged in", "ru": "В системе", "ky": "Системада"}, Hours, "Without the gaps between two shifts."},
		{"breaks", Words{"en": "Breaks and other work", "ru": "Перерывы и прочее", "ky": "Тыныгуулар жана башка"}, Hours, "Time in statuses of the table."},
		{"late", Words{"en": "Late", "ru": "Опоздание", "ky": "Кечигүү"}, Hours, "From the begin of the shift to the log-in."},
		{"left_early", Words{"en": "Left early", "ru": "Ранний уход", "ky": "Эрте кетүү"}, Hours, "From the log-out to the end of the shift, on the day of that end."},
		{"absences", Words{"en": "Absences", "ru": "Прогулы", "ky": "Келбей калуулар"}, Count, "Whole shifts."},
		{"overstays", Words{"en": "Breaks too long", "ru": "Превышений перерыва", "ky": "Узартылган тыныгуулар"}, Count, "Stays in a status that were longer than allowed."},
		{"overstayed", Words{"en": "… by", "ru": "… на сколько", "ky": "… канча убакытка"}, Hours, "Longer than allowed, together; of those that are over."},
		{"talks", Words{"en": "Talks", "ru": "Разговоры", "ky": "Сүйлөшүүлөр"}, Count, "Talks that began."},
	},
	Sums: []string{"days", "paid", "recorded", "corrections", "logged_in", "breaks", "late", "left_early", "absences", "overstays", "overstayed", "talks"}, Group: "agent",
	everies: []Interval{Day, Week, Month, Whole}, days: true,
}

// workday is one day of an agent; its times are ms, not rounded.
type workday struct {
	in, out                                         int64 // first log-in, last log-out; out is 0 while they are logged in
	loggedIn, span, breaks, late, early, overstayed int64
	absences, overstays, talks                      int64
	corrected                                       *correctionRow
	till                                            int64 // end of the last time that was counted in loggedIn
}

// workdayKey is a day of an agent; the day is its begin in Unix ms.
type workdayKey struct {
	agent string
	day   int64
}

// minutes is a time in ms rounded to whole minutes.
func minutes(ms int64) int64 {
	return time.Duration(ms * int64(time.Millisecond)).Round(time.Minute).Milliseconds()
}

// recorded is the paid time by the rules.
func (d *workday) recorded(by queue.WorkingDay) int64 {
	if by == queue.WorkingDaySum {
		return minutes(d.loggedIn)
	}
	return minutes(d.span)
}

// workdays are those of a question, by agent and day.
type workdays struct {
	q   Query
	all map[workdayKey]*workday
}

// on is the day of an agent at a time; nil outside of the question.
func (w *workdays) on(agent string, at int64) *workday {
	if agent == "" || at < w.q.From.UnixMilli() || at >= w.q.To.UnixMilli() {
		return nil
	}
	k := workdayKey{agent, Day.begin(time.UnixMilli(at).In(w.q.Zone)).UnixMilli()}
	if w.all[k] == nil {
		w.all[k] = &workday{}
	}
	return w.all[k]
}

// onDay is the same for a date.
func (w *workdays) onDay(agent, date string) *workday {
	at, err := time.ParseInLocation(time.DateOnly, date, w.q.Zone)
	if err != nil {
		return nil
	}
	return w.on(agent, at.UnixMilli())
}

// longestShift is how far back a log-in is looked for whose log-out is in the time asked for.
const longestShift = 31 * 24 * time.Hour

// shiftsIn are the log-ins that lasted into a time, the first one in front, those that go on with the end 0.
func (db *DB) shiftsIn(ctx context.Context, q Query) ([]shiftRow, error) {
	var all []shiftRow
	for _, part := range []struct {
		only string
		args []any
	}{
		{"ended > ? AND started < ? AND started >= ?", []any{q.From.UnixMilli(), q.To.UnixMilli(), q.From.Add(-longestShift).UnixMilli()}},
		{"agent > '' AND ended = 0 AND +started < ?", []any{q.To.UnixMilli()}}, // the few of shifts_open
	} {
		c := &condition{}
		c.and("site = ? AND "+part.only, append([]any{q.Site}, part.args...)...)
		if q.Agent != "" {
			c.and("agent = ?", q.Agent)
		}
		var rows []shiftRow
		if err := db.query(ctx, &rows, "SELECT * FROM shifts"+c.String(), c.args...); err != nil {
			return nil, err
		}
		all = append(all, rows...)
	}
	slices.SortFunc(all, func(a, b shiftRow) int {
		return cmp.Or(cmp.Compare(a.Started, b.Started), cmp.Compare(a.Entry, b.Entry))
	})
	return all, nil
}

// attended counts a shift on each of its days.
func (w *workdays) attended(s shiftRow) {
	now := w.q.now().UnixMilli()
	if first := w.on(s.Agent, s.Started); first != nil {
		first.late += s.Late
	}
	ended := cmp.Or(s.Ended, max(now, s.Started))
	for from := max(s.Started, w.q.From.UnixMilli()); ; {
		d := w.on(s.Agent, from)
		if d == nil {
			return
		}
		if from > ended {
			return
		}
		midnight := Day.end(time.UnixMilli(from).In(w.q.Zone)).UnixMilli()
		till := min(ended, midnight)
		if d.in == 0 {
			d.in = from
		}
		// two shifts that overlap, since the end of the one was lost, count once
		d.loggedIn += max(0, till-max(from, d.till))
		d.till = max(d.till, till)
		d.span = max(d.span, till-d.in)
		if d.out = till; s.Ended == 0 && ended < midnight {
			d.out = 0
		}
		if till == ended {
			return
		}
		from = midnight
	}
}

// workdays reads all that timesheets tell.
func (db *DB) workdays(ctx context.Context, q Query) (*workdays, error) {
	w := &workdays{q, map[workdayKey]*workday{}}
	shifts, err := db.shiftsIn(ctx, q)
	if err != nil {
		return nil, err
	}
	for _, s := range shifts {
		w.attended(s)
	}
	// what is about a shift is told at its end, maybe later than on the day on which it counts
	late := q
	late.To = q.To.Add(longestShift)
	c := late.where("happened", "agent")
	var attendance []attendanceRow
	if err := db.query(ctx, &attendance, "SELECT * FROM attendance"+c.String(), c.args...); err != nil {
		return nil, err
	}
	for _, a := range attendance {
		w.counted(a)
	}
	var corrections []correctionRow
	c = &condition{}
	c.and("site = ? AND day >= ? AND day < ?", q.Site, q.From.Format(time.DateOnly), q.To.Format(time.DateOnly))
	if q.Agent != "" {
		c.and("agent = ?", q.Agent)
	}
	if err := db.query(ctx, &corrections, "SELECT * FROM corrections"+c.String()+" ORDER BY entry", c.args...); err != nil {
		return nil, err
	}
	for _, one := range corrections {
		if d := w.onDay(one.Agent, one.Day); d != nil {
			if d.corrected = &one; one.Restored == 1 {
				d.corrected = nil
			}
		}
	}
	return w, db.byDay(ctx, w)
}

// counted counts what the roster and the bounds of statuses say of a day.
func (w *workdays) counted(a attendanceRow) {
	kind := queue.EntryKind(a.Kind)
	if !slices.Contains([]queue.EntryKind{queue.EntryAgentAbsent, queue.EntryAgentLeftEarly, queue.EntryAgentOverstay}, kind) {
		return
	}
	var d *workday
	if a.Day != "" {
		d = w.onDay(a.Agent, a.Day)
	} else {
		d = w.on(a.Agent, a.Happened)
	}
	switch {
	case d == nil:
	case kind == queue.EntryAgentAbsent:
		d.absences++
	case kind == queue.EntryAgentLeftEarly:
		d.early += a.Length
	default:
		d.overstays++
		d.overstayed += a.Length
	}
}

// byDay counts what is summed up by the database, day by day.
func (db *DB) byDay(ctx context.Context, w *workdays) error {
	q := w.q
	q.Every = Day
	times, err := db.statusTimes(ctx, q)
	if err != nil {
		return err
	}
	for _, t := range times {
		if d := w.on(t.Agent, t.Begin); d != nil && statusColumn(t.Status) == "breaks" {
			d.breaks += t.Time
		}
	}
	days, err := q.spans()
	if err != nil {
		return err
	}
	for _, day := range days {
		if err := db.sumsOf(ctx, "talks", []string{"count(*)"}, day.where("started", "agent"), func(agent string, sums []int64) {
			if d := w.on(agent, day.From.UnixMilli()); d != nil {
				d.talks += sums[0]
			}
		}); err != nil {
			return err
		}
	}
	return nil
}

func timesheetRows(ctx context.Context, db *DB, q Query) ([][]any, string, error) {
	q.Every = cmp.Or(q.Every, Day)
	w, err := db.workdays(ctx, q)
	if err != nil {
		return nil, "", err
	}
	keys := slices.SortedFunc(maps.Keys(w.all), func(a, b workdayKey) int {
		return cmp.Or(strings.Compare(a.agent, b.agent), cmp.Compare(a.day, b.day))
	})
	var rows [][]any
	var last workdayKey
	for _, k := range keys {
		row := w.all[k].row(k, q)
		if in := (workdayKey{k.agent, q.begin(time.UnixMilli(k.day).In(q.Zone)).UnixMilli()}); q.Every != Day {
			row[0] = max(in.day, q.From.UnixMilli())
			for _, ofOneDay := range []string{"log_in", "log_out", "corrected_by", "corrected_at", "reason"} {
				row[timesheetReport.column(ofOneDay)] = nil
			}
			if in == last {
				timesheetReport.addUp(rows[len(rows)-1], row)
				continue
			}
			last = in
		}
		rows = append(rows, row)
	}
	return rows, "", nil
}

// row is a day as the report shows it.
func (d *workday) row(k workdayKey, q Query) []any {
	recorded := d.recorded(q.WorkingDay)
	paid, corrected := recorded, int64(0)
	var by, at, why, in, out any
	if c := d.corrected; c != nil {
		paid, corrected, by, at, why = c.Paid, 1, c.OrderedBy, c.Happened, c.Reason
	}
	if d.in > 0 {
		in = d.in
	}
	if d.out > 0 {
		out = d.out
	}
	return []any{
		k.day, k.agent, q.Names[k.agent], int64(oneIf(paid > 0)), in, out, paid, recorded, corrected, by, at, why,
		minutes(d.loggedIn), minutes(d.breaks), minutes(d.late), minutes(d.early), d.absences, d.overstays, minutes(d.overstayed), d.talks,
	}
}
