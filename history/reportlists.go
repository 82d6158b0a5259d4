package history

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Lists: one row for each thing that happened, the newest last, in pages.

func init() {
	for _, l := range lists {
		Reports[l.report.ID] = l.report
		l.report.rows = l.rows
	}
}

// list is a report whose rows are those of a table.
type list struct {
	report *Report
	from   string // the table, and what is joined to it
	at     string // its time
	// columns are the SQL of each column of the report.
	columns []string
	// filters are the columns of the table that a question may bound; only is a condition on all rows. Talked: the agent may be
	// any who talked in the call.
	filters []string
	only    string
	talked  bool
}

// longestCall is how long after its begin a call's last talk may begin.
const longestCall = 24 * time.Hour

// rows reads a page: those after the place where the last one ended.
func (l *list) rows(ctx context.Context, db *DB, q Query) ([][]any, string, error) {
	c := q.where(l.at, l.filters...)
	if l.only != "" {
		c.and(l.only)
	}
	if l.talked && q.Agent != "" {
		c.and("entry IN (SELECT t.entry FROM talks t WHERE t.site = ? AND t.started >= ? AND t.started < ? AND t.agent = ?)",
			q.Site, q.From.UnixMilli(), q.To.Add(longestCall).UnixMilli(), q.Agent)
	}
	if q.After != "" {
		at, entry, no, err := place(q.After)
		if err != nil {
			return nil, "", err
		}
		c.and("("+l.at+", entry, "+l.no()+") > (?, ?, ?)", at, entry, no)
	}
	sql := "SELECT " + strings.Join(l.columns, ", ") + ", " + l.at + ", entry, " + l.no() + " FROM " + l.from + c.String() +
		" ORDER BY " + strings.TrimSuffix(l.at+", entry, "+l.no(), ", 0") + " LIMIT ?"
	found, err := db.sql.QueryxContext(ctx, db.sql.Rebind(sql), append(c.args, q.Limit+1)...)
	if err != nil {
		return nil, "", err
	}
	defer found.Close()
	var rows [][]any
	next, last := "", ""
	for found.Next() {
		if len(rows) == q.Limit {
			next = last
			break
		}
		row, err := found.SliceScan()
		if err != nil {
			return nil, "", err
		}
		n := len(l.columns)
		last = fmt.Sprintf("%d.%d.%d", row[n], row[n+1], row[n+2])
		rows = append(rows, l.plain(row[:n]))
	}
	return rows, next, found.Err()
}

// no is the column that counts the rows of an entry.
func (l *list) no() string {
	for _, one := range []string{"visits", "talks", "holds", "transfers", "recordings", "listening"} {
		if strings.HasPrefix(l.from, one) {
			return "no"
		}
	}
	return "0"
}

// plain makes the values of a row those of its columns: a time or a rating that is not there is none.
func (l *list) plain(row []any) []any {
	for i, v := range row {
		switch v := v.(type) {
		case []byte:
			row[i] = string(v)
		case int64:
			if v == 0 && l.report.Columns[i].Unit == Moment || v == 0 && l.report.Columns[i].ID == "rating" {
				row[i] = nil
			}
		}
	}
	return row
}

// place reads where a page begins.
func place(after string) (at, entry, no int64, err error) {
	parts := strings.Split(after, ".")
	var n [3]int64
	for i := range n {
		if len(parts) == len(n) {
			n[i], err = strconv.ParseInt(parts[i], 10, 64)
		}
		if len(parts) != len(n) || err != nil {
			return 0, 0, 0, &BadQuery{"after", after, "what the page before said is next"}
		}
	}
	return n[0], n[1], n[2], nil
}

// Columns that several reports have.
var (
	started    = Column{"started", Words{"en": "Begin", "ru": "Начало", "ky": "Башталышы"}, Moment, ""}
	number     = Column{"number", Words{"en": "Number", "ru": "Номер", "ky": "Номер"}, Text, "Of the caller or client; empty if it was withheld."}
	inQueue    = Column{"queue", Words{"en": "Queue", "ru": "Очередь", "ky": "Кезек"}, Text, ""}
	inLanguage = Column{"language", Words{"en": "Language", "ru": "Язык", "ky": "Тил"}, Text, ""}
	byAgent    = Column{"agent", Words{"en": "Agent", "ru": "Оператор", "ky": "Оператор"}, Text, ""}
	outcome    = Column{"outcome", Words{"en": "Outcome", "ru": "Исход", "ky": "Жыйынтык"}, Text, ""}
	length     = Column{"length", Words{"en": "Length", "ru": "Длительность", "ky": "Узактыгы"}, Duration, ""}
	aCallback  = Column{"callback", Words{"en": "Callback", "ru": "Перезвон", "ky": "Кайра чалуу"}, Text, "Its id."}
	reason     = Column{"reason", Words{"en": "Reason", "ru": "Причина", "ky": "Себеби"}, Text, "As it was given."}
	happened   = Column{"at", Words{"en": "At", "ru": "Время", "ky": "Убактысы"}, Moment, ""}
	waited     = Column{"wait", Words{"en": "Wait", "ru": "Ожидание", "ky": "Күтүү"}, Duration, "In lines, all visits together."}
)

// ofCall is the call that a row belongs to.
var ofCall = Column{"call", Words{"en": "Call", "ru": "Звонок", "ky": "Чалуу"}, Text, "Its id, for kezek report call."}

// callOf is its id in SQL; the table has a short name.
func callOf(table string) string {
	return "coalesce((SELECT c.id FROM calls c WHERE c.site = " + table + ".site AND c.entry = " + table + ".entry), '')"
}

// means is a column with its meaning.
func (c Column) means(text string) Column { c.Means = text; return c }

var lists = []*list{
	{
		report: &Report{
			ID: "calls", Title: Words{"en": "Calls", "ru": "Звонки", "ky": "Чалуулар"},
			Asks: []string{"queue", "language", "agent", "number", "outcome"},
			Columns: []Column{
				started.means("When Kezek took the call, or the client whom we called was connected."),
				{"call", Words{"en": "Call", "ru": "Звонок", "ky": "Чалуу"}, Text, "Its id, the one of the caller's first channel."},
				number, inQueue.means("The last one of the call."), inLanguage.means("The last one of the call."),
				outcome.means("How the call ended, see the rules."), byAgent.means("The last one who talked; the filter finds any."),
				waited, {"talk", Words{"en": "Talk", "ru": "Разговор", "ky": "Сүйлөшүү"}, Duration, "With agents, all talks together, holds included."},
				{"hold", Words{"en": "Hold", "ru": "Удержание", "ky": "Кармоо"}, Duration, "All holds together."},
				{"rating", Words{"en": "Rating", "ru": "Оценка", "ky": "Баа"}, Count, "The caller's, 1 to 5."},
				{"result", Words{"en": "Result", "ru": "Результат", "ky": "Натыйжа"}, Text, "What the agent wrote down."},
				aCallback.means("The callback for which we called."),
				{"recordings", Words{"en": "Recordings", "ru": "Записи", "ky": "Жазуулар"}, Text, "Their names, with spaces between."},
			},
		},
		from: "calls c", at: "started", filters: []string{"queue", "language", "number", "outcome"}, talked: true,
		columns: []string{"started", "id", "number", "queue", "language", "outcome", "agent", "wait", "talk", "hold", "rating", "result", "callback",
			`coalesce((SELECT string_agg(r.name, ' ') FROM recordings r WHERE r.site = c.site AND r.entry = c.entry), '')`},
	},
	{
		report: &Report{
			ID: "abandoned", Title: Words{"en": "Callers who gave up", "ru": "Потерянные звонки", "ky": "Жоголгон чалуулар"},
			Asks: []string{"queue", "language", "number"},
			Columns: []Column{
				started.means("When the call began."), number.means("Whom to call back. Who withheld it is in the report of calls, with the outcome abandoned."), inQueue, inLanguage, waited,
				{"call", Words{"en": "Call", "ru": "Звонок", "ky": "Чалуу"}, Text, "Its id."},
			},
		},
		from: "calls c", at: "started", filters: []string{"queue", "language", "number"},
		columns: []string{"started", "number", "queue", "language", "wait", "id"},
		// who was served later, by a call of theirs or by ours, or has a callback, is not called any more
		only: `outcome = 'abandoned' AND number <> '' AND
			NOT EXISTS (SELECT 1 FROM calls l WHERE l.site = c.site AND l.number = c.number AND l.started > c.started AND l.talk > 0) AND
			NOT EXISTS (SELECT 1 FROM callbacks b WHERE b.site = c.site AND b.number = c.number AND (b.booked > c.started OR b.ended = 0 OR b.ended > c.ended))`,
	},
	{
		report: &Report{
			ID: "callbacks", Title: Words{"en": "Callbacks", "ru": "Перезвоны", "ky": "Кайра чалуулар"},
			Asks: []string{"queue", "language", "agent", "number", "outcome", "class"},
			Columns: []Column{
				{"booked", Words{"en": "Booked", "ru": "Обещан", "ky": "Убада кылынды"}, Moment, ""}, aCallback, number, inQueue, inLanguage,
				{"class", Words{"en": "Class", "ru": "Вид", "ky": "Түрү"}, Text, "information, manager or complaint."},
				{"origin", Words{"en": "Booked from", "ru": "Откуда", "ky": "Кайдан"}, Text, "A caller in line, an agent, a hold, a supervisor, …"},
				{"due", Words{"en": "Due", "ru": "Срок", "ky": "Мөөнөтү"}, Moment, "Its deadline."},
				{"ended", Words{"en": "Ended", "ru": "Завершён", "ky": "Бүттү"}, Moment, "Empty while it is open."},
				{"breached", Words{"en": "Breached", "ru": "Просрочен", "ky": "Мөөнөтү өттү"}, Moment, "When its deadline passed; empty if it did not."},
				{"attempts", Words{"en": "Attempts", "ru": "Попытки", "ky": "Аракеттер"}, Count, "To reach the client, the last one included."},
				outcome.means("completed: by our call; reached: in a call of the client's; unreached; cancelled."), byAgent.means("Who ended it."), reason,
			},
		},
		from: "callbacks", at: "booked", filters: []string{"queue", "language", "agent", "number", "outcome", "class"},
		columns: []string{"booked", "id", "number", "queue", "language", "class", "origin", "due", "ended", "breached", "attempts", "outcome", "agent", "reason"},
	},
	{
		report: &Report{
			ID: "violations", Title: Words{"en": "Violations", "ru": "Нарушения", "ky": "Бузуулар"},
			Asks: []string{"queue", "language", "agent"},
			Columns: []Column{happened, byAgent, {"kind", Words{"en": "Violation", "ru": "Нарушение", "ky": "Бузуу"}, Text, "See the rules."},
				inQueue, inLanguage, aCallback, {"status", Words{"en": "Status", "ru": "Статус", "ky": "Статус"}, Text, "The one that was forbidden."}},
		},
		from: "violations", at: "happened", filters: []string{"queue", "language", "agent"},
		columns: []string{"happened", "agent", "kind", "queue", "language", "callback", "status"},
	},
	{
		report: &Report{
			ID: "holds", Title: Words{"en": "Holds", "ru": "Удержания", "ky": "Кармоолор"},
			Asks: []string{"queue", "language", "agent", "outcome"},
			Columns: []Column{started, byAgent, inQueue, inLanguage, {"way", Words{"en": "Way", "ru": "Способ", "ky": "Ыкмасы"}, Text, "key, code, consult or parking."},
				length, outcome, {"limited", Words{"en": "By the rule", "ru": "По правилу", "ky": "Эреже боюнча"}, Count, "1: it took too long, and the rule ended it."}, ofCall},
		},
		from: "holds h", at: "started", filters: []string{"queue", "language", "agent", "outcome"},
		columns: []string{"started", "agent", "queue", "language", "way", "length", "outcome", "limited", callOf("h")},
	},
	{
		report: &Report{
			ID: "recordings", Title: Words{"en": "Recordings", "ru": "Записи разговоров", "ky": "Сүйлөшүүлөрдүн жазуулары"},
			Asks: []string{"queue", "language", "agent"},
			Columns: []Column{started, byAgent, inQueue, inLanguage, {"name", Words{"en": "Name", "ru": "Имя", "ky": "Аты"}, Text, "Of its files, for kezek recordings."},
				length, {"paused", Words{"en": "Paused", "ru": "Пауза", "ky": "Тыныгуу"}, Duration, "For how long the agent had paused it."},
				{"broken", Words{"en": "Broken off", "ru": "Прервана", "ky": "Үзүлдү"}, Text, "Why it ended before the talk."}, ofCall},
		},
		from: "recordings r", at: "started", filters: []string{"queue", "language", "agent"},
		columns: []string{"started", "agent", "queue", "language", "name", "length", "paused", "broken", callOf("r")},
	},
	{
		report: &Report{
			ID: "listening", Title: Words{"en": "Listening of supervisors", "ru": "Прослушивание супервайзерами", "ky": "Супервайзерлердин угуусу"},
			Asks: []string{"queue", "language"},
			Columns: []Column{started, {"supervisor", Words{"en": "Supervisor", "ru": "Супервайзер", "ky": "Супервайзер"}, Text, "Who listened."},
				byAgent.means("Who talked with the caller then."), {"mode", Words{"en": "Mode", "ru": "Режим", "ky": "Режим"}, Text, "listen: heard by nobody; whisper: by the agent; join: by both."},
				inQueue, inLanguage, length, ofCall},
		},
		from: "listening m", at: "started", filters: []string{"queue", "language"},
		columns: []string{"started", "supervisor",
			`coalesce((SELECT t.agent FROM talks t WHERE t.site = m.site AND t.entry = m.entry AND t.started <= m.started ORDER BY t.started DESC LIMIT 1), '')`,
			"mode", "queue", "language", "length", callOf("m")},
	},
	{
		report: &Report{
			ID: "acts", Title: Words{"en": "Acts of supervisors", "ru": "Действия супервайзеров", "ky": "Супервайзерлердин аракеттери"},
			Asks: []string{"queue", "agent", "number"},
			Columns: []Column{happened, {"by", Words{"en": "By", "ru": "Кто", "ky": "Ким"}, Text, "The name of a token, or user@host."},
				{"kind", Words{"en": "Act", "ru": "Действие", "ky": "Аракет"}, Text, "The kind of the journal's entry."}, byAgent, inQueue,
				{"call", Words{"en": "Call", "ru": "Звонок", "ky": "Чалуу"}, Text, ""}, aCallback, number,
				{"words", Words{"en": "What", "ru": "Что", "ky": "Эмне"}, Text, ""}, reason},
		},
		from: "acts", at: "happened", filters: []string{"queue", "agent", "number"},
		columns: []string{"happened", "ordered_by", "kind", "agent", "queue", "call", "callback", "number", "words", "reason"},
	},
}
