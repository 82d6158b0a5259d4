package history

import (
	"cmp"
	"context"
	"time"

	"kezek/queue"
	"kezek/queue/journal"
)

// Alarm is what supervisors are to see.
type Alarm struct {
	// ID is that of the journal entry.
	ID       string
	At       time.Time
	Kind     queue.EntryKind
	Severity queue.Severity
	// Queue, Language, Agent, Call and Callback that it is about, as far as it is about one.
	Queue, Language, Agent, Call, Callback string
	// Detail is a code: what a violation was, why a phone or the trunk failed, the status of an overstay.
	Detail string
	// Seen is when SeenBy has said that they have seen it; zero is not yet.
	Seen   time.Time
	SeenBy string
}

type alarmRow struct {
	key
	line
	ID       string `db:"id"`
	Happened int64  `db:"happened"`
	Kind     string `db:"kind"`
	Severity string `db:"severity"`
	Agent    string `db:"agent"`
	Call     string `db:"call"`
	Callback string `db:"callback"`
	Detail   string `db:"detail"`
	Seen     int64  `db:"seen"`
	SeenBy   string `db:"seen_by"`
}

// MostAlarms is how many are listed at once, the newest.
const MostAlarms = 1000

// Alarms are those since a time, the newest first, at most [MostAlarms].
func (db *DB) Alarms(ctx context.Context, site string, since time.Time) ([]Alarm, error) {
	return db.alarms(ctx, `SELECT * FROM alarms WHERE site = ? AND happened >= ? ORDER BY happened DESC, entry DESC LIMIT ?`, site, msOf(since), MostAlarms)
}

// Alarm is the one of an id; nil if there is none.
func (db *DB) Alarm(ctx context.Context, site, id string) (*Alarm, error) {
	all, err := db.alarms(ctx, `SELECT * FROM alarms WHERE site = ? AND entry = ? AND id = ?`, site, keyOf(id), id)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	return &all[0], nil
}

func (db *DB) alarms(ctx context.Context, query string, args ...any) ([]Alarm, error) {
	limited, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	if err := db.open(limited); err != nil {
		return nil, err
	}
	var rows []alarmRow
	if err := db.query(limited, &rows, query, args...); err != nil {
		return nil, err
	}
	all := make([]Alarm, len(rows))
	for i, r := range rows {
		all[i] = Alarm{
			ID: r.ID, At: time.UnixMilli(r.Happened), Kind: queue.EntryKind(r.Kind), Severity: queue.Severity(r.Severity),
			Queue: r.Queue, Language: r.Language, Agent: r.Agent, Call: r.Call, Callback: r.Callback, Detail: r.Detail, SeenBy: r.SeenBy,
		}
		if r.Seen > 0 {
			all[i].Seen = time.UnixMilli(r.Seen)
		}
	}
	return all, nil
}

// alarm keeps an entry that is an alarm, and who has seen one. The first to say so counts.
func (w *writer) alarm(k key, of line, l journal.Line) error {
	e, d := &l.Entry, l.Entry.More()
	if e.Kind == queue.EntryAlarmSeen {
		return w.change(`UPDATE alarms SET seen = ?, seen_by = ? WHERE site = ? AND entry = ? AND seen = 0`, msOf(e.At), e.By, w.site, keyOf(d.Alarm))
	}
	severity := e.Severity()
	if severity == "" {
		return nil
	}
	return w.insert("alarms", alarmRow{
		key: k, line: of, ID: l.ID, Happened: msOf(e.At), Kind: string(e.Kind), Severity: string(severity), Agent: e.Agent, Call: e.Call, Callback: e.Callback,
		Detail: cmp.Or(string(d.Violation), string(d.Then), string(e.CallbackOutcome), string(e.Cause), string(e.Status)),
	})
}
