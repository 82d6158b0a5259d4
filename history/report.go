package history

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"kezek/queue"
)

// Report is a question to the history. Its answer is a table.
type Report struct {
	ID    string
	Title Words
	// Asks are the filters that it knows beside the time, see [Query].
	Asks    []string
	Columns []Column
	// Sums are the columns that are summed up, below the rows: for each value of the column Group, and for all.
	Sums  []string
	Group string
	// everies are the intervals that it knows, if not all; days: it is about whole days.
	everies []Interval
	days    bool
	// rows are the answer, and where the next page begins, "" if there is none.
	rows func(ctx context.Context, db *DB, q Query) (rows [][]any, next string, err error)
}

// Words are a text by language: en, ru, ky.
type Words map[string]string

// Unit is what the values of a column are.
type Unit string

// The units, and the types of their values; nil is none.
const (
	Text     Unit = "text"     // string
	Count    Unit = "count"    // int64
	Moment   Unit = "time"     // int64, Unix ms
	Duration Unit = "duration" // int64, ms
	Hours    Unit = "hours"    // int64, ms, whole minutes: written as hours and minutes
	Date     Unit = "date"     // int64, Unix ms of its begin in the site's zone
	Percent  Unit = "percent"  // float64, 0 to 100
	Number   Unit = "number"   // float64
)

// Column of a report.
type Column struct {
	ID    string
	Title Words
	Unit  Unit
	// Means says how the value comes about, for docs/reports.md.
	Means string
}

// Query is what a report is asked for.
type Query struct {
	Site string
	// From and To bound the time, To excluded. Zone is the site's.
	From, To time.Time
	Zone     *time.Location
	// Every is the interval of a report over time.
	Every Interval
	// Filters; empty is all.
	Queue, Language, Agent, Number, Outcome, Class string
	// Formula of the service level.
	Formula Formula
	// WorkingDay says what of a day is paid, Names are those of the agents, Now is the time up to which what goes on is counted:
	// of timesheets.
	WorkingDay queue.WorkingDay
	Names      map[string]string
	Now        time.Time
	// Only are the columns of the answer, in this order; nil is all.
	Only []string
	// Limit is the most rows of a page, After where it begins.
	Limit int
	After string
}

// Interval is how long a row of a report over time counts.
type Interval string

// The intervals. Week begins on Monday.
const (
	Quarter Interval = "15m"
	Half    Interval = "30m"
	Hour    Interval = "1h"
	Day     Interval = "day"
	Week    Interval = "week"
	Month   Interval = "month"
	// Whole is the time asked for as one.
	Whole Interval = "all"
)

// Intervals are all.
var Intervals = []Interval{Quarter, Half, Hour, Day, Week, Month, Whole}

// begin is when the interval that a time is in began, in the zone.
func (i Interval) begin(at time.Time) time.Time {
	y, m, d := at.Date()
	switch i {
	case Quarter, Half, Hour:
		length := map[Interval]time.Duration{Quarter: 15 * time.Minute, Half: 30 * time.Minute, Hour: time.Hour}[i]
		into := time.Duration(at.Minute())*time.Minute + time.Duration(at.Second())*time.Second + time.Duration(at.Nanosecond())
		return at.Add(-(into % length))
	case Day:
	case Week:
		d -= (int(at.Weekday()) + 6) % 7
	case Month:
		d = 1
	default:
		return time.Time{}
	}
	return time.Date(y, m, d, 0, 0, 0, 0, at.Location())
}

// Formula is one of the four by which people count a service level.
type Formula string

// The formulas: callers answered in time, of …
const (
	OfAnswered Formula = "answered"  // … those answered (app_queue's ServicelevelPerf)
	WithGaveUp Formula = "abandoned" // … and abandoned in time, of those answered or abandoned (app_queue's ServicelevelPerf2)
	WithoutIn  Formula = "default"   // … those answered or abandoned later than that (Kezek's own)
	OfOffered  Formula = "offered"   // … all who came into the line
)

// Formulas are all.
var Formulas = []Formula{WithoutIn, OfAnswered, WithGaveUp, OfOffered}

// served counts visits to lines, for a service level.
type served struct {
	Offered         int64 `db:"offered"`
	Answered        int64 `db:"answered"`
	AnsweredInTime  int64 `db:"answered_in"`
	Abandoned       int64 `db:"abandoned"`
	AbandonedInTime int64 `db:"abandoned_in"`
}

// level is the service level in percent, nil when there is none.
func (f Formula) level(s served) any {
	good, of := s.AnsweredInTime, int64(0)
	switch f {
	case OfAnswered:
		of = s.Answered
	case WithGaveUp:
		good, of = s.AnsweredInTime+s.AbandonedInTime, s.Answered+s.Abandoned
	case OfOffered:
		of = s.Offered
	default:
		of = s.Answered + s.Abandoned - s.AbandonedInTime
	}
	return percent(good, of)
}

func percent(good, of int64) any {
	if of == 0 {
		return nil
	}
	return 100 * float64(good) / float64(of)
}

// mean is a sum over a number of them, nil when there are none.
func mean(sum, n int64) any {
	if n == 0 {
		return nil
	}
	return sum / n
}

// Table is the answer to a report.
type Table struct {
	*Report
	Query
	Rows [][]any
	// Next is where the next page begins, "" if this was the last one.
	Next string
}

// BadQuery is a parameter that is not allowed.
type BadQuery struct{ Field, Value, Want string }

func (b *BadQuery) Error() string {
	return fmt.Sprintf("%s: %.80q is not allowed: want %s", b.Field, b.Value, b.Want)
}

// Reports are all, by their ids.
var Reports = map[string]*Report{}

// Run answers a report.
func (db *DB) Run(ctx context.Context, id string, q Query) (*Table, error) {
	r := Reports[id]
	if r == nil {
		return nil, &BadQuery{"report", id, "one of " + strings.Join(slices.Sorted(maps.Keys(Reports)), ", ")}
	}
	limited, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	if err := db.open(limited); err != nil {
		return nil, err
	}
	rows, next, err := r.rows(limited, db, q)
	if err == nil && r.counts() {
		rows, next, err = pageOf(rows, q)
	}
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return nil, fmt.Errorf("the report %s took longer than %v: ask for less", id, requestTimeout)
	case err != nil:
		return nil, fmt.Errorf("report %s: %w", id, err)
	}
	return (&Table{r, q, rows, next}).only(q.Only), nil
}

// counts reports whether a report counts by intervals; the others are lists.
func (r *Report) counts() bool { return slices.Contains(r.Asks, "every") }

// pageOf is the page of a report that counts, which begins after so many rows.
func pageOf(rows [][]any, q Query) (page [][]any, next string, err error) {
	first := 0
	if q.After != "" {
		if first, err = strconv.Atoi(q.After); err != nil || first < 1 {
			return nil, "", &BadQuery{"after", q.After, "what the page before said is next"}
		}
	}
	rows = rows[min(first, len(rows)):]
	if q.Limit > 0 && len(rows) > q.Limit {
		return rows[:q.Limit], strconv.Itoa(first + q.Limit), nil
	}
	return rows, "", nil
}

// MostRows are the most of a page; a file has so many without a limit.
const MostRows = 100_000

// Bounds of a question.
const (
	defaultRows  = 100
	longestRange = 10 * 366 * 24 * time.Hour
)

// Parameters are what a question may have.
func (r *Report) Parameters() []string {
	return slices.Sorted(slices.Values(slices.Concat([]string{"from", "to", "limit", "after", "columns"}, r.Asks)))
}

// Parse reads a question as the API and the commands put it: from, to, every, queue, …; now is for the defaults: today.
func (r *Report) Parse(v url.Values, zone *time.Location, now time.Time) (Query, error) {
	q := Query{Zone: zone, Limit: defaultRows, Now: now}
	if r.counts() {
		q.Limit = MostRows
	}
	var end time.Time
	fields := map[string]func(string) error{
		"from": func(s string) (err error) { q.From, end, err = parseSpan("from", s, zone); return },
		"to":   func(s string) (err error) { q.To, err = ParseTime("to", s, zone); return },
		"limit": func(s string) error {
			n, err := strconv.Atoi(s)
			if err != nil || n < 1 || n > MostRows {
				return &BadQuery{"limit", s, fmt.Sprintf("a number from 1 to %d", MostRows)}
			}
			q.Limit = n
			return nil
		},
		"after":    text(&q.After),
		"columns":  func(s string) (err error) { q.Only, err = r.columns(s); return },
		"queue":    text(&q.Queue),
		"language": text(&q.Language),
		"agent":    text(&q.Agent),
		"number":   text(&q.Number),
		"outcome":  text(&q.Outcome),
		"class":    text(&q.Class),
		"every":    oneOf("every", &q.Every, r.intervals()),
		"formula":  oneOf("formula", &q.Formula, Formulas),
	}
	knows := r.Parameters()
	for _, name := range slices.Sorted(maps.Keys(v)) {
		if !slices.Contains(knows, name) {
			return q, &BadQuery{name, v.Get(name), "one of the parameters of this report: " + strings.Join(knows, ", ")}
		}
		if s := v.Get(name); s != "" {
			if err := fields[name](s); err != nil {
				return q, err
			}
		}
	}
	local := now.In(zone)
	switch {
	case q.From.IsZero() && q.To.IsZero():
		q.From = Day.begin(local)
		q.To = q.From.AddDate(0, 0, 1)
	case q.From.IsZero():
		q.From = Day.begin(q.To.Add(-time.Nanosecond))
	case q.To.IsZero():
		q.To = end
	}
	if r.days {
		for _, f := range []struct {
			field string
			at    time.Time
		}{{"from", q.From}, {"to", q.To}} {
			if !f.at.Equal(Day.begin(f.at)) {
				return q, &BadQuery{f.field, v.Get(f.field), "a day or a month: this report is about whole days"}
			}
		}
	}
	if !q.From.Before(q.To) || q.To.Sub(q.From) > longestRange {
		return q, &BadQuery{"to", v.Get("to"), "a time after from, ten years at most"}
	}
	return q, nil
}

func text(into *string) func(string) error {
	return func(s string) error { *into = s; return nil }
}

func oneOf[T ~string](field string, into *T, all []T) func(string) error {
	return func(s string) error {
		if !slices.Contains(all, T(s)) {
			names := make([]string, len(all))
			for i, a := range all {
				names[i] = string(a)
			}
			return &BadQuery{field, s, "one of " + strings.Join(names, ", ")}
		}
		*into = T(s)
		return nil
	}
}

// columns reads the ids of some columns, with commas between.
func (r *Report) columns(s string) ([]string, error) {
	ids := strings.Split(s, ",")
	for i, id := range ids {
		if r.column(id) < 0 || slices.Contains(ids[:i], id) {
			var all []string
			for _, c := range r.Columns {
				all = append(all, c.ID)
			}
			return nil, &BadQuery{"columns", id, "columns of this report, each once: " + strings.Join(all, ", ")}
		}
	}
	return ids, nil
}

// only is the table with some of its columns.
func (t *Table) only(ids []string) *Table {
	if ids == nil {
		return t
	}
	r := *t.Report
	r.Columns, r.Sums = nil, nil
	of := make([]int, len(ids))
	for i, id := range ids {
		of[i] = t.column(id)
		r.Columns = append(r.Columns, t.Report.Columns[of[i]])
		if slices.Contains(t.Report.Sums, id) {
			r.Sums = append(r.Sums, id)
		}
	}
	rows := make([][]any, len(t.Rows))
	for i, row := range t.Rows {
		for _, from := range of {
			rows[i] = append(rows[i], row[from])
		}
	}
	return &Table{&r, t.Query, rows, t.Next}
}

// intervals are those that the report knows.
func (r *Report) intervals() []Interval {
	if r.everies != nil {
		return r.everies
	}
	return Intervals
}

// spanLayouts are how a time is written, each with how long it lasts; what is written to the minute lasts until its day ends.
var spanLayouts = []struct {
	layout       string
	months, days int
}{{time.DateOnly, 0, 1}, {"2006-01", 1, 0}, {"2006-01-02 15:04", 0, 0}, {"2006-01-02T15:04", 0, 0}, {time.RFC3339, 0, 0}}

// ParseTime reads a day, a month, a day with a time in the zone, or a time of RFC 3339; the field is for the error.
func ParseTime(field, s string, zone *time.Location) (time.Time, error) {
	at, _, err := parseSpan(field, s, zone)
	return at, err
}

// parseSpan is ParseTime with the end of the month or day.
func parseSpan(field, s string, zone *time.Location) (at, end time.Time, err error) {
	for _, l := range spanLayouts {
		if at, err := time.ParseInLocation(l.layout, s, zone); err == nil {
			at = at.In(zone)
			if l.months+l.days == 0 {
				return at, Day.end(at), nil
			}
			return at, at.AddDate(0, l.months, l.days), nil
		}
	}
	return at, end, &BadQuery{field, s, "a day such as 2026-03-05, a month such as 2026-03, or a time such as 2026-03-05T14:30"}
}

// condition gathers what rows must be.
type condition struct {
	sql  []string
	args []any
}

func (c *condition) and(sql string, args ...any) {
	c.sql = append(c.sql, sql)
	c.args = append(c.args, args...)
}

// where is the condition on a table whose time is in a column; filters are its columns that a question may bound.
func (q Query) where(at string, filters ...string) *condition {
	c := &condition{}
	c.and("site = ? AND "+at+" >= ? AND "+at+" < ?", q.Site, q.From.UnixMilli(), q.To.UnixMilli())
	for _, f := range filters {
		value := map[string]string{
			"queue": q.Queue, "language": q.Language, "agent": q.Agent, "number": q.Number, "outcome": q.Outcome, "class": q.Class,
		}[f]
		if value != "" {
			c.and(f+" = ?", value)
		}
	}
	return c
}

// inSlots repeats the condition on the time in the slots by which a table is indexed.
func (q Query) inSlots(at string, filters ...string) *condition {
	c := q.where(at, filters...)
	slot := slotLength.Milliseconds()
	c.and(fmt.Sprintf("%[1]s / %[2]d >= ? AND %[1]s / %[2]d <= ?", at, slot), q.From.UnixMilli()/slot, q.To.UnixMilli()/slot)
	return c
}

func (c *condition) String() string { return " WHERE " + strings.Join(c.sql, " AND ") }

// query reads rows of a question into a list.
func (db *DB) query(ctx context.Context, into any, sql string, args ...any) error {
	return db.sql.SelectContext(ctx, into, db.sql.Rebind(sql), args...)
}
