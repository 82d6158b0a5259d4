package history

import (
	"cmp"
	"context"
	"slices"
	"time"
)

func init() { Reports["queues"] = queuesReport }

// queuesReport counts the visits to the lines, and the talks that began, in each interval.
var queuesReport = &Report{
	ID:    "queues",
	Title: Words{"en": "Queues", "ru": "Очереди", "ky": "Кезектер"},
	Asks:  []string{"every", "queue", "language", "formula"},
	Columns: []Column{
		{"begin", Words{"en": "Begin", "ru": "Начало", "ky": "Башталышы"}, Moment, "Begin of the interval. A visit and a talk count where they begin, a wrap-up too."},
		{"queue", Words{"en": "Queue", "ru": "Очередь", "ky": "Кезек"}, Text, "The queue whose line the caller was in."},
		{"language", Words{"en": "Language", "ru": "Язык", "ky": "Тил"}, Text, "The last language of the visit."},
		{"offered", Words{"en": "Offered", "ru": "Поступило", "ky": "Келди"}, Count, "Visits to the line. A caller who comes back after a talk makes another one."},
		{"answered", Words{"en": "Answered", "ru": "Отвечено", "ky": "Жооп берилди"}, Count, "Visits that ended with an agent."},
		{"answered_in_time", Words{"en": "Answered in time", "ru": "Отвечено вовремя", "ky": "Убагында жооп берилди"}, Count, "… within the service level of the queue, as it was then."},
		{"abandoned", Words{"en": "Abandoned", "ru": "Потеряно", "ky": "Жоголду"}, Count, "Visits in which the caller hung up."},
		{"abandoned_in_time", Words{"en": "Abandoned in time", "ru": "Потеряно в пределах норматива", "ky": "Норманын ичинде жоголду"}, Count, "… within the service level: they did not give the agents a chance."},
		{"other", Words{"en": "Other ends", "ru": "Иной исход", "ky": "Башкача бүттү"}, Count, "Visits that ended otherwise: a callback was booked, the longest wait was over, nobody was there, Asterisk was lost."},
		{"service_level", Words{"en": "Service level", "ru": "Уровень обслуживания", "ky": "Тейлөө деңгээли"}, Percent, "By the formula that was asked for."},
		{"mean_wait", Words{"en": "Mean wait (ASA)", "ru": "Среднее ожидание", "ky": "Орточо күтүү"}, Duration, "Of the visits that were answered."},
		{"longest_wait", Words{"en": "Longest wait", "ru": "Наибольшее ожидание", "ky": "Эң узак күтүү"}, Duration, "Of all visits."},
		{"talks", Words{"en": "Talks", "ru": "Разговоры", "ky": "Сүйлөшүүлөр"}, Count, "Talks that began, with clients whom we called, too."},
		{"talk", Words{"en": "Talk", "ru": "Разговор", "ky": "Сүйлөшүү"}, Duration, "Length of these talks, holds included."},
		{"hold", Words{"en": "Hold", "ru": "Удержание", "ky": "Кармоо"}, Duration, "Holds that began."},
		{"wrapup", Words{"en": "Wrap-up", "ru": "Поствызывная обработка", "ky": "Чалуудан кийинки иш"}, Duration, "Wrap-ups that began after a talk of the queue."},
		{"handle_time", Words{"en": "Mean handling time (AHT)", "ru": "Среднее время обработки", "ky": "Орточо иштетүү убактысы"}, Duration, "(Talk + wrap-up) / talks."},
		{"occupancy", Words{"en": "Occupancy", "ru": "Загрузка", "ky": "Жүктөм"}, Percent, "(Talk + wrap-up) / (talk + wrap-up + the time in which agents who serve the queue in the language waited for calls, or their phones rang). An agent of several queues waits for each."},
		{"transfers", Words{"en": "Transfers", "ru": "Переводы", "ky": "Которуулар"}, Count, "Callers who were passed on to a third party or to another queue."},
		{"callbacks", Words{"en": "Callbacks booked", "ru": "Перезвонов обещано", "ky": "Кайра чалуу убада кылынды"}, Count, "Callbacks that were promised."},
		{"callbacks_in_time", Words{"en": "… kept in time", "ru": "… выполнено в срок", "ky": "… мөөнөтүндө аткарылды"}, Count, "… and were over before their deadline; not those that were cancelled."},
		{"callbacks_breached", Words{"en": "… breached", "ru": "… просрочено", "ky": "… мөөнөтү өттү"}, Count, "… and were not."},
	},
	rows: queueRows,
}

// slot is 15 minutes of a queue in one language. Every zone is a whole number of them from UTC, so the database can
// count in them, and intervals of the site's days are made of them.
type slot struct {
	Slot     int64  `db:"slot"`
	Queue    string `db:"queue"`
	Language string `db:"language"`
}

const slotLength = 15 * time.Minute

// slots is the beginning of a query that counts by them.
func slots(at string) string {
	return "SELECT " + at + " / 900000 AS slot, queue, language, "
}

const bySlot = " GROUP BY 1, 2, 3"

// queueFigures are those of an interval.
type queueFigures struct {
	served
	wait, longest, talks, talk, hold, wrapup, ready, transfers, callbacks, inTime, breached int64
}

func (f *queueFigures) other() int64 { return f.Offered - f.Answered - f.Abandoned }

// queueKey is what a row of the report counts for.
type queueKey struct {
	begin           int64
	queue, language string
}

func queueRows(ctx context.Context, db *DB, q Query) ([][]any, string, error) {
	q.Every = cmp.Or(q.Every, Day)
	all := map[queueKey]*queueFigures{}
	of := func(s slot) *queueFigures {
		k := q.keyOf(s)
		if all[k] == nil {
			all[k] = &queueFigures{}
		}
		return all[k]
	}
	lines := []string{"queue", "language"}

	var visits []struct {
		slot
		served
		Wait    int64 `db:"wait"`
		Longest int64 `db:"longest"`
	}
	c := q.inSlots("started", lines...)
	if err := db.query(ctx, &visits, slots("started")+`count(*) AS offered,
		sum(CASE WHEN outcome = 'answered' THEN 1 ELSE 0 END) AS answered,
		sum(CASE WHEN outcome = 'answered' THEN in_time ELSE 0 END) AS answered_in,
		sum(CASE WHEN outcome = 'abandoned' THEN 1 ELSE 0 END) AS abandoned,
		sum(CASE WHEN outcome = 'abandoned' THEN in_time ELSE 0 END) AS abandoned_in,
		CAST(sum(CASE WHEN outcome = 'answered' THEN wait ELSE 0 END) AS BIGINT) AS wait, max(wait) AS longest
		FROM visits`+c.String()+bySlot, c.args...); err != nil {
		return nil, "", err
	}
	for _, v := range visits {
		f := of(v.slot)
		f.Offered += v.Offered
		f.Answered += v.Answered
		f.AnsweredInTime += v.AnsweredInTime
		f.Abandoned += v.Abandoned
		f.AbandonedInTime += v.AbandonedInTime
		f.wait += v.Wait
		f.longest = max(f.longest, v.Longest)
	}

	for _, t := range []struct {
		query string
		where *condition
		add   func(f *queueFigures, n, sum, third int64)
	}{
		{slots("started") + `count(*) AS n, CAST(sum(length) AS BIGINT) AS sum, 0 AS third FROM talks`, q.inSlots("started", lines...),
			func(f *queueFigures, n, sum, _ int64) { f.talks, f.talk = f.talks+n, f.talk+sum }},
		{slots("started") + `count(*) AS n, CAST(sum(length) AS BIGINT) AS sum, 0 AS third FROM holds`, q.inSlots("started", lines...),
			func(f *queueFigures, _, sum, _ int64) { f.hold += sum }},
		{slots("started") + `count(*) AS n, CAST(sum(ended - started) AS BIGINT) AS sum, 0 AS third FROM statuses`, q.wrapUps(lines),
			func(f *queueFigures, _, sum, _ int64) { f.wrapup += sum }},
		{slots("started") + `count(*) AS n, 0 AS sum, 0 AS third FROM transfers`, q.passedOn(lines),
			func(f *queueFigures, n, _, _ int64) { f.transfers += n }},
		{slots("booked") + `count(*) AS n, sum(CASE WHEN breached = 0 AND ended > 0 AND outcome <> 'cancelled' THEN 1 ELSE 0 END) AS sum,
			sum(CASE WHEN breached > 0 THEN 1 ELSE 0 END) AS third FROM callbacks`, q.inSlots("booked", lines...),
			func(f *queueFigures, n, inTime, breached int64) {
				f.callbacks, f.inTime, f.breached = f.callbacks+n, f.inTime+inTime, f.breached+breached
			}},
	} {
		var sums []struct {
			slot
			N     int64 `db:"n"`
			Sum   int64 `db:"sum"`
			Third int64 `db:"third"`
		}
		if err := db.query(ctx, &sums, t.query+t.where.String()+bySlot, t.where.args...); err != nil {
			return nil, "", err
		}
		for _, s := range sums {
			t.add(of(s.slot), s.N, s.Sum, s.Third)
		}
	}
	err := db.waitedForCalls(ctx, q, func(s slot, ms int64) {
		if f := all[q.keyOf(s)]; f != nil { // where nothing happened there is no row
			f.ready += ms
		}
	})
	return queueTable(all, q.Formula), "", err
}

// keyOf is the row in which a slot counts.
func (q Query) keyOf(s slot) queueKey {
	return queueKey{q.begin(time.UnixMilli(s.Slot * slotLength.Milliseconds()).In(q.Zone)).UnixMilli(), s.Queue, s.Language}
}

// begin is the begin of the interval of a time; of the whole it is the begin of the question.
func (q Query) begin(at time.Time) time.Time {
	if q.Every == Whole {
		return q.From
	}
	return q.Every.begin(at)
}

// wrapUps are the wrap-ups that are over.
func (q Query) wrapUps(lines []string) *condition {
	c := q.inSlots("started", lines...)
	c.and("status = 'wrapup' AND ended > 0")
	return c
}

// passedOn are the third parties to whom callers were left.
func (q Query) passedOn(lines []string) *condition {
	c := q.inSlots("started", lines...)
	c.and("outcome = 'transferred'")
	return c
}

// queueTable are the rows in order.
func queueTable(all map[queueKey]*queueFigures, formula Formula) [][]any {
	keys := make([]queueKey, 0, len(all))
	for k := range all {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b queueKey) int {
		return cmp.Or(cmp.Compare(a.begin, b.begin), cmp.Compare(a.queue, b.queue), cmp.Compare(a.language, b.language))
	})
	rows := make([][]any, len(keys))
	for i, k := range keys {
		f := all[k]
		rows[i] = []any{
			k.begin, k.queue, k.language, f.Offered, f.Answered, f.AnsweredInTime, f.Abandoned, f.AbandonedInTime, f.other(), formula.level(f.served),
			mean(f.wait, f.Answered), f.longest, f.talks, f.talk, f.hold, f.wrapup, mean(f.talk+f.wrapup, f.talks), percent(f.talk+f.wrapup, f.talk+f.wrapup+f.ready),
			f.transfers, f.callbacks, f.inTime, f.breached,
		}
	}
	return rows
}
