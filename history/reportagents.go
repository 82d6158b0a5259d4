package history

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"kezek/queue"
)

func init() {
	Reports["agents"] = agentsReport
	Reports["statuses"] = statusesReport
}

// spans are the intervals of a question, each as a question of its own. Status times are cut at their ends.
func (q Query) spans() (all []Query, err error) {
	q.Every = cmp.Or(q.Every, Whole)
	if q.Every != Whole && q.To.Sub(q.From) > mostSpans*q.Every.end(q.From).Sub(q.Every.begin(q.From)) {
		return nil, &BadQuery{"every", string(q.Every), "an interval of which there are 400 at most in the time asked for"}
	}
	for from := q.From; from.Before(q.To); {
		to := q.To
		if q.Every != Whole {
			to = q.Every.end(from)
		}
		one := q
		one.From, one.To = from, to
		if q.To.Before(to) {
			one.To = q.To
		}
		all = append(all, one)
		from = to
	}
	return all, nil
}

// end is when the interval that a time is in ends.
func (i Interval) end(at time.Time) time.Time {
	begin := i.begin(at)
	switch i {
	case Quarter:
		return begin.Add(15 * time.Minute)
	case Half:
		return begin.Add(30 * time.Minute)
	case Hour:
		return begin.Add(time.Hour)
	case Week:
		return begin.AddDate(0, 0, 7)
	case Month:
		return begin.AddDate(0, 1, 0)
	}
	return begin.AddDate(0, 0, 1)
}

// mostSpans bounds how many intervals a report about agents may have: some of its columns are asked for each by itself.
const mostSpans = 400

// statusTime is how long an agent was in a status in an interval, in how many stays.
type statusTime struct {
	Begin  int64  `db:"begun"`
	Agent  string `db:"agent"`
	Status string `db:"status"`
	Stays  int64  `db:"stays"`
	Time   int64  `db:"time"`
}

// statusTimes are those of each interval, in its order: of stays that are over, which are cut at full hours, and of those that
// last until now.
func (db *DB) statusTimes(ctx context.Context, q Query) ([]statusTime, error) {
	spans, err := q.spans()
	if err != nil {
		return nil, err
	}
	times, err := db.overTimes(ctx, q, spans)
	if err != nil {
		return nil, err
	}
	c := &condition{}
	c.and("site = ? AND agent > '' AND ended = 0", q.Site) // the few of statuses_open
	if q.Agent != "" {
		c.and("agent = ?", q.Agent)
	}
	var open []statusRow
	if err := db.query(ctx, &open, `SELECT * FROM statuses`+c.String(), c.args...); err != nil {
		return nil, err
	}
	for _, one := range spans {
		from, till := one.From.UnixMilli(), one.till()
		for _, r := range open {
			if r.Started < till {
				times = append(times, statusTime{from, r.Agent, r.Status, 1, till - max(r.Started, from)})
			}
		}
	}
	slices.SortStableFunc(times, func(a, b statusTime) int {
		return cmp.Or(cmp.Compare(a.Begin, b.Begin), cmp.Compare(a.Agent, b.Agent), cmp.Compare(a.Status, b.Status))
	})
	var all []statusTime
	for _, t := range times {
		if t.Stays == 0 && t.Time == 0 {
			continue // not in this status
		}
		if n := len(all) - 1; n >= 0 && all[n].Begin == t.Begin && all[n].Agent == t.Agent && all[n].Status == t.Status {
			all[n].Stays, all[n].Time = all[n].Stays+t.Stays, all[n].Time+t.Time
		} else {
			all = append(all, t)
		}
	}
	return all, nil
}

// till is up to when a question counts: its end, or now.
func (q Query) till() int64 {
	return min(q.To.UnixMilli(), max(q.now().UnixMilli(), q.From.UnixMilli()))
}

// overTimes are those of stays that are over. Each agent and each of their statuses is looked up in statuses_agent: to group the
// rows, the database would sort all of a month.
func (db *DB) overTimes(ctx context.Context, q Query, spans []Query) (all []statusTime, err error) {
	var of []string
	for _, one := range spans {
		of = append(of, fmt.Sprintf("(%d, %d)", one.From.UnixMilli(), one.till()))
	}
	agents, args := `SELECT min(agent) FROM statuses WHERE site = ? UNION ALL
		SELECT (SELECT min(agent) FROM statuses WHERE site = ? AND agent > agents.agent) FROM agents WHERE agent IS NOT NULL`, []any{q.Site, q.Site}
	if q.Agent != "" {
		agents, args = `SELECT CAST(? AS TEXT)`, []any{q.Agent}
	}
	stays := fmt.Sprintf(` FROM statuses s WHERE s.site = ? AND s.agent = pairs.agent AND s.status = pairs.status
		AND s.started > spans.begun - %d AND s.started < spans.till AND s.ended > spans.begun`, hour)
	// of each row max(started, begun) to min(ended, till), in the SQL of both databases
	return all, db.query(ctx, &all, `WITH RECURSIVE spans (begun, till) AS (VALUES `+strings.Join(of, ", ")+`),
		agents (agent) AS (`+agents+`),
		pairs (agent, status) AS (SELECT agent, '' FROM agents WHERE agent IS NOT NULL UNION ALL
			SELECT pairs.agent, (SELECT min(status) FROM statuses WHERE site = ? AND agent = pairs.agent AND status > pairs.status)
			FROM pairs WHERE pairs.status IS NOT NULL)
		SELECT spans.begun, pairs.agent, pairs.status,
			(SELECT count(CASE WHEN s.no = 0 OR s.started <= spans.begun THEN 1 END)`+stays+`) AS stays,
			(SELECT CAST(coalesce(sum((CASE WHEN s.ended > spans.till THEN spans.till ELSE s.ended END) -
				(CASE WHEN s.started < spans.begun THEN spans.begun ELSE s.started END)), 0) AS BIGINT)`+stays+`) AS time
		FROM pairs CROSS JOIN spans WHERE pairs.status > ''`,
		append(args, q.Site, q.Site, q.Site)...)
}

var statusesReport = &Report{
	ID: "statuses", Title: Words{"en": "Time in each status", "ru": "Время в каждом статусе", "ky": "Ар бир статустагы убакыт"},
	Asks: []string{"every", "agent"},
	Columns: []Column{
		{"begin", Words{"en": "Begin", "ru": "Начало", "ky": "Башталышы"}, Moment, "Begin of the interval."}, byAgent,
		{"status", Words{"en": "Status", "ru": "Статус", "ky": "Статус"}, Text, "One of the table of statuses, or set by the daemon: waiting, ringing, talking, wrapup, …"},
		{"stays", Words{"en": "Times", "ru": "Раз", "ky": "Жолу"}, Count, "How often the agent was in it, also if it began before the interval."},
		{"time", Words{"en": "Time", "ru": "Время", "ky": "Убакыт"}, Duration, "In the interval; until now, if the agent is in it."},
	},
	rows: func(ctx context.Context, db *DB, q Query) (rows [][]any, _ string, err error) {
		times, err := db.statusTimes(ctx, q)
		for _, t := range times {
			rows = append(rows, []any{t.Begin, t.Agent, t.Status, t.Stays, t.Time})
		}
		return rows, "", err
	},
}

// now is the time up to which what goes on is counted.
func (q Query) now() time.Time {
	if q.Now.IsZero() {
		return time.Now()
	}
	return q.Now
}

var agentsReport = &Report{
	ID: "agents", Title: Words{"en": "Agents", "ru": "Операторы", "ky": "Операторлор"},
	Asks: []string{"every", "agent"},
	Columns: []Column{
		{"begin", Words{"en": "Begin", "ru": "Начало", "ky": "Башталышы"}, Moment, "Begin of the interval."}, byAgent,
		{"logged_in", Words{"en": "Logged in", "ru": "В системе", "ky": "Системада"}, Duration, "Time in any status."},
		{"ready", Words{"en": "Waiting for calls", "ru": "Ожидание звонков", "ky": "Чалууну күтүү"}, Duration, "Time in status waiting or ringing."},
		{"talks", Words{"en": "Talks", "ru": "Разговоры", "ky": "Сүйлөшүүлөр"}, Count, "Talks that began."},
		{"talk", Words{"en": "Talk", "ru": "Разговор", "ky": "Сүйлөшүү"}, Duration, "Their length, holds included."},
		{"holds", Words{"en": "Holds", "ru": "Удержаний", "ky": "Кармоолор"}, Count, "Holds that began."},
		{"hold", Words{"en": "Hold", "ru": "Удержание", "ky": "Кармоо"}, Duration, "Their length."},
		{"longest_hold", Words{"en": "Longest hold", "ru": "Наибольшее удержание", "ky": "Эң узак кармоо"}, Duration, ""},
		{"wrapup", Words{"en": "Wrap-up", "ru": "Поствызывная обработка", "ky": "Чалуудан кийинки иш"}, Duration, "Time in wrap-up."},
		{"handle_time", Words{"en": "Mean handling time (AHT)", "ru": "Среднее время обработки", "ky": "Орточо иштетүү убактысы"}, Duration, "(Talk + wrap-up) / talks."},
		{"breaks", Words{"en": "Breaks and other work", "ru": "Перерывы и прочее", "ky": "Тыныгуулар жана башка"}, Duration, "Time in statuses of the table."},
		{"occupancy", Words{"en": "Occupancy", "ru": "Загрузка", "ky": "Жүктөм"}, Percent, "Of the time logged in without breaks: not waiting and not ringing."},
		{"offers", Words{"en": "Offers", "ru": "Предложено", "ky": "Сунушталды"}, Count, "How often the phone rang for a caller or a callback."},
		{"missed", Words{"en": "Not taken", "ru": "Не принято", "ky": "Алынган жок"}, Count, "… and it was the agent's doing, or their phone's, that it was not taken."},
		{"violations", Words{"en": "Violations", "ru": "Нарушения", "ky": "Бузуулар"}, Count, ""},
		{"ratings", Words{"en": "Ratings", "ru": "Оценок", "ky": "Баалар"}, Count, "Calls that a caller rated, by who talked last."},
		{"rating", Words{"en": "Mean rating", "ru": "Средняя оценка", "ky": "Орточо баа"}, Number, "1 to 5."},
		{"late", Words{"en": "Late", "ru": "Опоздание", "ky": "Кечигүү"}, Duration, "Log-ins after the begin of the shift, together."},
		{"left_early", Words{"en": "Left early", "ru": "Ранний уход", "ky": "Эрте кетүү"}, Duration, "Log-outs before its end, together."},
		{"absences", Words{"en": "Absences", "ru": "Прогулы", "ky": "Келбей калуулар"}, Count, "Whole shifts."},
		{"rostered", Words{"en": "Rostered", "ru": "По графику", "ky": "График боюнча"}, Duration, "Shifts of the roster that are over, as it was then; each counts where it begins."},
		{"adherence", Words{"en": "Adherence", "ru": "Соблюдение графика", "ky": "Графикти сактоо"}, Percent, "Of the rostered time: logged in."},
	},
	rows: func(ctx context.Context, db *DB, q Query) (rows [][]any, _ string, err error) {
		times, err := db.statusTimes(ctx, q)
		if err != nil {
			return nil, "", err
		}
		shifts, err := db.adherence(ctx, q)
		if err != nil {
			return nil, "", err
		}
		spans, err := q.spans()
		if err != nil {
			return nil, "", err
		}
		for _, one := range spans {
			agents, err := db.agentFigures(ctx, one, timesOf(times, one), shifts)
			if err != nil {
				return nil, "", err
			}
			for _, id := range slices.Sorted(maps.Keys(agents)) {
				f := agents[id]
				rows = append(rows, []any{
					one.From.UnixMilli(), id, f["logged_in"], f["ready"], f["talks"], f["talk"], f["holds"], f["hold"], f["longest_hold"], f["wrapup"],
					mean(f["talk"]+f["wrapup"], f["talks"]), f["breaks"], percent(f["logged_in"]-f["ready"]-f["breaks"], f["logged_in"]-f["breaks"]),
					f["offers"], f["missed"], f["violations"], f["ratings"], share(f["rating"], f["ratings"]), f["late"], f["left_early"], f["absences"],
					f["rostered"], percent(f["present"], f["rostered"]),
				})
			}
		}
		return rows, "", nil
	},
}

// timesOf are the status times of an interval, of those of all in order.
func timesOf(times []statusTime, one Query) []statusTime {
	from := one.From.UnixMilli()
	at := func(begin int64) int {
		i, _ := slices.BinarySearchFunc(times, begin, func(t statusTime, begin int64) int { return cmp.Compare(t.Begin, begin) })
		return i
	}
	return times[at(from):at(from+1)]
}

func share(sum, n int64) any {
	if n == 0 {
		return nil
	}
	return float64(sum) / float64(n)
}

// statusColumn is the column for which a status counts, beside the time logged in.
func statusColumn(status string) string {
	switch s := queue.Status(status); {
	case isReady(status):
		return "ready"
	case s == queue.StatusWrapUp:
		return "wrapup"
	case slices.Contains(queue.SetByDaemon, s):
		return ""
	}
	return "breaks"
}

// isReady: the agent waits for a call, or their phone rings.
func isReady(status string) bool {
	return status == string(queue.StatusReady) || status == string(queue.StatusRinging)
}

// agentFigures are those of each agent in an interval, by column.
func (db *DB) agentFigures(ctx context.Context, q Query, times []statusTime, shifts []rostered) (map[string]map[string]int64, error) {
	all := map[string]map[string]int64{}
	add := func(agent, column string, n int64) {
		if all[agent] == nil {
			all[agent] = map[string]int64{}
		}
		all[agent][column] += n
	}
	for _, t := range times {
		add(t.Agent, "logged_in", t.Time)
		if column := statusColumn(t.Status); column != "" {
			add(t.Agent, column, t.Time)
		}
	}
	for _, r := range shifts {
		if r.begin >= q.From.UnixMilli() && r.begin < q.To.UnixMilli() {
			add(r.agent, "rostered", r.length)
			add(r.agent, "present", r.present)
		}
	}
	for _, s := range []struct {
		table, at, only string
		columns, sums   []string
	}{
		{"talks", "started", "", []string{"talks", "talk"}, []string{"count(*)", "sum(length)"}},
		{"holds", "started", "", []string{"holds", "hold", "longest_hold"}, []string{"count(*)", "sum(length)", "max(length)"}},
		{"offers", "started", "", []string{"offers", "missed"}, []string{"count(*)", "sum(CASE WHEN outcome IN ('', 'answered', 'cancelled') THEN 0 ELSE 1 END)"}},
		{"violations", "happened", "", []string{"violations"}, []string{"count(*)"}},
		{"calls", "started", "rating > 0", []string{"ratings", "rating"}, []string{"count(*)", "sum(rating)"}},
		{"shifts", "started", "", []string{"late"}, []string{"sum(late)"}},
		{"attendance", "happened", "kind = 'agent.left_early'", []string{"left_early"}, []string{"sum(length)"}},
		{"attendance", "happened", "kind = 'agent.absent'", []string{"absences"}, []string{"count(*)"}},
	} {
		c := q.where(s.at, "agent")
		c.and("agent <> ''")
		if s.only != "" {
			c.and(s.only)
		}
		if err := db.sumsOf(ctx, s.table, s.sums, c, func(agent string, sums []int64) {
			for i, column := range s.columns {
				add(agent, column, sums[i])
			}
		}); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// toldWithin is how much later than its end a shift of the roster may be told: the daemon was away.
const toldWithin = 3 * 24 * time.Hour

// rostered is a shift of the roster, and how much of it the agent was logged in, in ms.
type rostered struct {
	agent                  string
	begin, length, present int64
}

// adherence tells the shifts of the roster that began in the time asked for.
func (db *DB) adherence(ctx context.Context, q Query) (all []rostered, err error) {
	later := q
	later.To = q.To.Add(toldWithin)
	c := later.where("happened", "agent")
	c.and("kind = 'agent.shift' AND begun >= ? AND begun < ?", q.From.UnixMilli(), q.To.UnixMilli())
	var planned []attendanceRow
	if err := db.query(ctx, &planned, "SELECT * FROM attendance"+c.String(), c.args...); err != nil || len(planned) == 0 {
		return nil, err
	}
	shifts, err := db.shiftsIn(ctx, later)
	if err != nil {
		return nil, err
	}
	of := map[string][]shiftRow{}
	for _, s := range shifts {
		of[s.Agent] = append(of[s.Agent], s)
	}
	for _, r := range planned {
		one := rostered{r.Agent, r.Begun, r.Length, 0}
		for _, s := range of[r.Agent] {
			ended := cmp.Or(s.Ended, max(q.now().UnixMilli(), s.Started))
			one.present += max(0, min(ended, r.Begun+r.Length)-max(s.Started, r.Begun))
		}
		all = append(all, one)
	}
	return all, nil
}

// sumsOf counts the rows of a table for each agent.
func (db *DB) sumsOf(ctx context.Context, table string, sums []string, c *condition, add func(agent string, sums []int64)) error {
	query := "SELECT agent"
	for _, sum := range sums {
		query += ", CAST(" + sum + " AS BIGINT)" // PostgreSQL's sum of BIGINT is none
	}
	rows, err := db.sql.QueryContext(ctx, db.sql.Rebind(query+" FROM "+table+c.String()+" GROUP BY agent"), c.args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	var agent string
	found := make([]int64, len(sums))
	into := []any{&agent}
	for i := range found {
		into = append(into, &found[i])
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return err
		}
		add(agent, found)
	}
	return rows.Err()
}
