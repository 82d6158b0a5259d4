package history

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"kezek/queue"
)

// storyReport is one call, told from its start to its end and to that of its callback.
var storyReport = &Report{
	ID: "call", Title: Words{"en": "One call", "ru": "Один звонок", "ky": "Бир чалуу"},
	Columns: []Column{
		happened, {"what", Words{"en": "What", "ru": "Что", "ky": "Эмне"}, Text, "call, menu, visit, offer, talk, hold, transfer, listening, recording, rating, end; callback, attempt, breach, violation; act."},
		byAgent, {"words", Words{"en": "In words", "ru": "Словами", "ky": "Сөз менен"}, Text, "In the language that was asked for."},
		length, {"outcome", Words{"en": "Outcome", "ru": "Исход", "ky": "Жыйынтык"}, Text, "The code for how it ended."},
		inQueue, inLanguage,
		{"name", Words{"en": "Recording", "ru": "Запись", "ky": "Жазуу"}, Text, "Of a recording, for kezek recordings."},
	},
}

// Every is each report, and the story of one call, by id.
func Every() map[string]*Report {
	all := map[string]*Report{storyReport.ID: storyReport}
	for id, r := range Reports {
		all[id] = r
	}
	return all
}

// teller tells one call.
type teller struct {
	ctx      context.Context
	db       *DB
	site     string
	zone     *time.Location
	language string
	rows     [][]any
}

// Story tells one call by its id, in words of a language: what happened, in the order in which it began. Nil if the history has no such call.
func (db *DB) Story(ctx context.Context, site, id, language string, zone *time.Location) (*Table, error) {
	limited, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	if err := db.open(limited); err != nil {
		return nil, err
	}
	var calls []callRow
	if err := db.query(limited, &calls, `SELECT * FROM calls WHERE site = ? AND id = ? ORDER BY entry DESC LIMIT 1`, site, id); err != nil || len(calls) == 0 {
		return nil, err
	}
	t := &teller{limited, db, site, zone, language, nil}
	if err := t.call(calls[0]); err != nil {
		return nil, fmt.Errorf("call %s: %w", id, err)
	}
	slices.SortStableFunc(t.rows, func(a, b []any) int { return cmp.Compare(a[0].(int64), b[0].(int64)) })
	first, last := t.rows[0][0].(int64), t.rows[len(t.rows)-1][0].(int64)
	q := Query{Site: site, Zone: zone, From: time.UnixMilli(first).In(zone), To: time.UnixMilli(max(last, calls[0].Ended)).In(zone)}
	return &Table{storyReport, q, t.rows, ""}, nil
}

// QueueOf is the queue of a call's record, the last one that it was in; "" if the history has no such call.
func (db *DB) QueueOf(ctx context.Context, site, id string) (string, error) {
	limited, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	if err := db.open(limited); err != nil {
		return "", err
	}
	var calls []callRow
	if err := db.query(limited, &calls, `SELECT * FROM calls WHERE site = ? AND id = ? ORDER BY entry DESC LIMIT 1`, site, id); err != nil || len(calls) == 0 {
		return "", err
	}
	return calls[0].Queue, nil
}

// told is one thing that happened.
type told struct {
	at            int64
	what          string
	agent         string
	length        int64 // ms; 0 is none
	outcome       string
	of            line
	name, written string
}

func (t *teller) tell(e told) {
	row := []any{e.at, e.what, e.agent, e.written, nil, e.outcome, e.of.Queue, e.of.Language, e.name}
	if e.length > 0 {
		row[4] = e.length
	}
	t.rows = append(t.rows, row)
}

func (t *teller) say(id string, words ...string) string  { return sentence(t.language, id, words...) }
func (t *teller) code(one string, sets ...string) string { return code(t.language, one, sets...) }

// rows reads those of a table that belong to something.
func readAll[T any](t *teller, query string, args ...any) ([]T, error) {
	var rows []T
	err := t.db.query(t.ctx, &rows, query, append([]any{t.site}, args...)...)
	return rows, err
}

// call tells it with all that belongs to it. What begins at the same moment stays in this order.
func (t *teller) call(c callRow) error {
	who := cmp.Or(c.Number, t.say("withheld"))
	begin := t.say("call", "{number}", who, "{did}", cmp.Or(c.DID, "?"))
	if c.Callback != "" {
		begin = t.say("client", "{number}", who, "{callback}", c.Callback)
	}
	t.tell(told{at: c.Started, what: "call", of: c.line, written: begin})
	for _, part := range []func(callRow) error{t.visits, t.offers, t.talks, t.holds, t.transfers, t.listening, t.recordings, t.callbacks, t.acts} {
		if err := part(c); err != nil {
			return err
		}
	}
	if c.Rating > 0 {
		t.tell(told{at: c.Ended, what: "rating", agent: c.Agent, of: c.line, written: t.say("rating", "{rating}", strconv.Itoa(c.Rating))})
	}
	t.tell(told{at: c.Ended, what: "end", outcome: c.Outcome, of: c.line, written: t.say("end", "{end}", t.code(c.Outcome, "call"))})
	return nil
}

func (t *teller) visits(c callRow) error {
	rows, err := readAll[visitRow](t, `SELECT * FROM visits WHERE site = ? AND entry = ? ORDER BY no`, c.Entry)
	for i, v := range rows {
		if i == 0 && c.Callback == "" && v.Started > c.Started {
			t.tell(told{at: c.Started, what: "menu", length: v.Started - c.Started, of: line{v.Queue, v.Language}, written: t.say("menu")})
		}
		id := "visit"
		if i > 0 {
			id = "back"
		}
		t.tell(told{at: v.Started, what: "visit", length: v.Wait, outcome: v.Outcome, agent: v.Agent, of: v.line, written: t.say(id,
			"{queue}", v.Queue, "{language}", v.Language, "{position}", strconv.Itoa(v.Position), "{end}", t.code(v.Outcome, "visit"))})
	}
	return err
}

func (t *teller) offers(c callRow) error {
	rows, err := readAll[offerRow](t, `SELECT * FROM offers WHERE site = ? AND call = ? ORDER BY started, entry`, c.ID)
	for _, o := range rows {
		t.offer("offer", o)
	}
	return err
}

func (t *teller) offer(id string, o offerRow) {
	end := t.code(o.Outcome, "violation", "ring")
	t.tell(told{at: o.Started, what: "offer", agent: o.Agent, length: o.Ring, outcome: o.Outcome, of: o.line, written: t.say(id, "{agent}", o.Agent, "{end}", end)})
}

func (t *teller) talks(c callRow) error {
	rows, err := readAll[talkRow](t, `SELECT * FROM talks WHERE site = ? AND entry = ? ORDER BY no`, c.Entry)
	for _, r := range rows {
		id := "talk"
		if r.Result != "" {
			id = "talk.result"
		}
		t.tell(told{at: r.Started, what: "talk", agent: r.Agent, length: r.Length, outcome: r.Result, of: r.line, written: t.say(id, "{agent}", r.Agent, "{result}", r.Result)})
	}
	return err
}

func (t *teller) holds(c callRow) error {
	rows, err := readAll[holdRow](t, `SELECT * FROM holds WHERE site = ? AND entry = ? ORDER BY no`, c.Entry)
	for _, h := range rows {
		id := "hold"
		if h.Limited == 1 {
			id = "hold.limit"
		}
		t.tell(told{at: h.Started, what: "hold", agent: h.Agent, length: h.Length, outcome: h.Outcome, of: h.line, written: t.say(id, "{agent}", h.Agent, "{end}", t.code(h.Outcome, "hold"))})
	}
	return err
}

func (t *teller) transfers(c callRow) error {
	rows, err := readAll[transferRow](t, `SELECT * FROM transfers WHERE site = ? AND entry = ? ORDER BY no`, c.Entry)
	for _, r := range rows {
		id := "transfer"
		if r.Way == "consult" || r.Way == "supervisor" {
			id = r.Way
		}
		end := t.code(r.Outcome, "third", "ring")
		t.tell(told{at: r.Started, what: "transfer", agent: r.Agent, length: r.Length, outcome: r.Outcome, of: r.line,
			written: t.say(id, "{agent}", r.Agent, "{to}", r.Target, "{end}", end)})
	}
	return err
}

func (t *teller) listening(c callRow) error {
	rows, err := readAll[listeningRow](t, `SELECT * FROM listening WHERE site = ? AND entry = ? ORDER BY no`, c.Entry)
	for _, r := range rows {
		t.tell(told{at: r.Started, what: "listening", length: r.Length, outcome: r.Mode, of: r.line, written: t.say("listening", "{by}", r.Supervisor, "{mode}", t.code(r.Mode, "mode"))})
	}
	return err
}

func (t *teller) recordings(c callRow) error {
	rows, err := readAll[recordingRow](t, `SELECT * FROM recordings WHERE site = ? AND entry = ? ORDER BY no`, c.Entry)
	for _, r := range rows {
		id := "recording"
		if r.Broken != "" {
			id = "recording.broke"
		}
		t.tell(told{at: r.Started, what: "recording", agent: r.Agent, length: r.Length, of: r.line, name: r.Name, written: t.say(id, "{name}", r.Name, "{why}", r.Broken)})
	}
	return err
}

// callbacks are the one that was booked in the call, or for which it was made, and those that were booked on the next day to a caller
// who had given up; each with its attempts to its end.
func (t *teller) callbacks(c callRow) error {
	gaveUp := ""
	if c.Outcome == string(queue.OutcomeAbandoned) {
		gaveUp = c.Number
	}
	rows, err := readAll[callbackRow](t, `SELECT * FROM callbacks WHERE site = ? AND (call = ? AND call <> '' OR id = ? AND id <> '' OR
		number = ? AND number <> '' AND booked >= ? AND booked < ?) ORDER BY booked`, c.ID, c.Callback, gaveUp, c.Ended, c.Ended+24*hour)
	for _, cb := range rows {
		if err == nil {
			err = t.callback(cb)
		}
	}
	return err
}

func (t *teller) callback(cb callbackRow) error {
	due := time.UnixMilli(cb.Due).In(t.zone).Format(time.DateTime)
	t.tell(told{at: cb.Booked, what: "callback", of: cb.line, written: t.say("callback", "{number}", cb.Number, "{class}", t.code(cb.Class, "class"), "{due}", due)})
	offers, err := readAll[offerRow](t, `SELECT * FROM offers WHERE site = ? AND callback = ? ORDER BY started, entry`, cb.ID)
	if err != nil {
		return err
	}
	for _, o := range offers {
		t.offer("callback.offer", o)
	}
	attempts, err := readAll[attemptRow](t, `SELECT * FROM attempts WHERE site = ? AND callback = ? ORDER BY entry`, cb.ID)
	if err != nil {
		return err
	}
	for _, a := range attempts {
		t.tell(told{at: a.Started, what: "attempt", agent: a.Agent, outcome: a.Outcome, of: a.line, written: t.say("attempt", "{agent}", a.Agent, "{end}", t.code(a.Outcome, "ring"))})
	}
	violations, err := readAll[violationRow](t, `SELECT * FROM violations WHERE site = ? AND callback = ? AND callback <> '' ORDER BY entry`, cb.ID)
	if err != nil {
		return err
	}
	for _, v := range violations {
		t.tell(told{at: v.Happened, what: "violation", agent: v.Agent, outcome: v.Kind, of: v.line, written: t.say("violation", "{agent}", v.Agent, "{kind}", t.code(v.Kind, "violation"))})
	}
	if cb.Breached > 0 {
		t.tell(told{at: cb.Breached, what: "breach", of: cb.line, written: t.say("breach")})
	}
	if cb.Ended > 0 {
		id := "callback.end"
		if cb.Reason != "" {
			id = "callback.cancel"
		}
		t.tell(told{at: cb.Ended, what: "callback", agent: cb.Agent, outcome: cb.Outcome, of: cb.line, written: t.say(id, "{end}", t.code(cb.Outcome, "callback"), "{why}", cb.Reason)})
	}
	return t.orders(`callback = ? AND callback <> '' AND call = ''`, cb.ID)
}

func (t *teller) acts(c callRow) error { return t.orders(`call = ? AND call <> ''`, c.ID) }

// orders are what supervisors ordered about it.
func (t *teller) orders(about string, id string) error {
	rows, err := readAll[actRow](t, `SELECT * FROM acts WHERE site = ? AND `+about+` ORDER BY entry`, id)
	for _, a := range rows {
		t.tell(told{at: a.Happened, what: "act", agent: a.Agent, outcome: a.Kind, of: line{Queue: a.Queue}, written: t.say("act", "{by}", a.OrderedBy, "{kind}", t.code(a.Kind, "act"), "{words}", cmp.Or(a.Words, a.Reason))})
	}
	return err
}
