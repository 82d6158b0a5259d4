package history

import (
	"cmp"
	"context"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jmoiron/sqlx"

	"kezek/queue"
	"kezek/queue/journal"
)

// writer makes rows of entries, in one transaction.
type writer struct {
	ctx   context.Context
	tx    *sqlx.Tx
	site  string
	named map[string]*sqlx.NamedStmt
	plain map[string]*sqlx.Stmt
	// serving is what agents serve, as far as it was asked for.
	serving map[string]string
}

func newWriter(ctx context.Context, tx *sqlx.Tx, site string) *writer {
	return &writer{ctx, tx, site, map[string]*sqlx.NamedStmt{}, map[string]*sqlx.Stmt{}, map[string]string{}}
}

// insert adds a row to a table.
func (w *writer) insert(table string, row any) error {
	stmt := w.named[table]
	if stmt == nil {
		columns := columnsOf(reflect.TypeOf(row))
		var err error
		stmt, err = w.tx.PrepareNamedContext(w.ctx, "INSERT INTO "+table+" ("+strings.Join(columns, ", ")+") VALUES (:"+strings.Join(columns, ", :")+")")
		if err != nil {
			return fmt.Errorf("%s: %w", table, err)
		}
		w.named[table] = stmt
	}
	if _, err := stmt.ExecContext(w.ctx, row); err != nil {
		return fmt.Errorf("%s: %w", table, err)
	}
	return nil
}

// columnsOf lists the columns of a row.
func columnsOf(row reflect.Type) (columns []string) {
	for i := range row.NumField() {
		f := row.Field(i)
		if f.Anonymous {
			columns = append(columns, columnsOf(f.Type)...)
			continue
		}
		columns = append(columns, f.Tag.Get("db"))
	}
	return columns
}

// change does an UPDATE; its first argument is the site.
func (w *writer) change(query string, args ...any) error {
	stmt := w.plain[query]
	if stmt == nil {
		var err error
		if stmt, err = w.tx.PreparexContext(w.ctx, w.tx.Rebind(query)); err != nil {
			return err
		}
		w.plain[query] = stmt
	}
	_, err := stmt.ExecContext(w.ctx, args...)
	return err
}

// keyOf is the number of an entry's id, which grows as that does.
func keyOf(id string) int64 {
	ms, seq, _ := strings.Cut(id, "-")
	m, _ := strconv.ParseInt(ms, 10, 64)
	s, _ := strconv.ParseInt(seq, 10, 64)
	return m<<20 | min(s, 1<<20-1)
}

func oneIf(is bool) int {
	if is {
		return 1
	}
	return 0
}

func msOf(at time.Time) int64 {
	if at.IsZero() {
		return 0
	}
	return at.UnixMilli()
}

// write makes the rows that a line of the journal tells of.
func (w *writer) write(l journal.Line) error {
	e := &l.Entry
	k := key{w.site, keyOf(l.ID)}
	of := line{e.Queue, string(e.Language)}
	at := msOf(e.At)
	if err := w.act(k, e); err != nil {
		return err
	}
	if err := w.alarm(k, of, l); err != nil {
		return err
	}
	switch d := e.More(); e.Kind {
	case queue.EntryCallOffered, queue.EntryCallbackTaken:
		return w.insert("offers", offerRow{key: k, line: of, Started: at, Agent: e.Agent, Call: e.Call, Callback: e.Callback})
	case queue.EntryCallMissed:
		return w.change(`UPDATE offers SET ring = ?, outcome = ? WHERE site = ? AND call = ? AND agent = ? AND outcome = ''`,
			e.Ring.Milliseconds(), cmp.Or(string(e.Cause), "missed"), w.site, e.Call, e.Agent)
	case queue.EntryCallAnswered:
		return w.answered(e)
	case queue.EntryCallResult:
		return w.result(e, d.Result)
	case queue.EntryCallEnded:
		return w.ended(k, of, e, d)

	case queue.EntryCallbackBooked:
		return w.insert("callbacks", callbackRow{
			key: k, line: of, ID: e.Callback, Booked: at, Due: msOf(d.Due), Number: e.Number, Class: string(e.Class),
			Origin: d.Origin, OrderedBy: e.By, Call: e.Call,
		})
	case queue.EntryCallbackMerged:
		return w.change(`UPDATE callbacks SET merged = merged + 1, due = CASE WHEN CAST(? AS BIGINT) > 0 THEN ? ELSE due END, class = ? WHERE site = ? AND id = ?`,
			msOf(d.Due), msOf(d.Due), string(e.Class), w.site, e.Callback)
	case queue.EntryCallbackAttempt:
		return w.attempt(k, of, e, string(e.Cause))
	case queue.EntryCallbackMoved:
		return w.callbackMoved(e, d)
	case queue.EntryCallbackBreached:
		return w.change(`UPDATE callbacks SET breached = ? WHERE site = ? AND id = ?`, at, w.site, e.Callback)
	case queue.EntryCallbackEnded:
		return w.callbackEnded(k, of, e, d)

	case queue.EntryAgentLogIn:
		if err := w.serves(e.Agent, d); err != nil {
			return err
		}
		return w.insert("shifts", shiftRow{key: k, Started: at, Agent: e.Agent, Phone: e.Phone, Late: d.Late.Milliseconds()})
	case queue.EntryAgentLogOut:
		return w.change(`UPDATE shifts SET ended = ?, outcome = ?, ordered_by = ?, reason = ? WHERE site = ? AND agent = ? AND ended = 0`,
			at, string(d.ShiftEnd), e.By, d.Reason, w.site, e.Agent)
	case queue.EntryAgentStatus:
		return w.status(k, of, e)
	case queue.EntryAgentLate, queue.EntryAgentAbsent, queue.EntryAgentLeftEarly, queue.EntryAgentShift, queue.EntryAgentOverstay:
		return w.insert("attendance", attendanceRow{
			key: k, Happened: at, Agent: e.Agent, Kind: string(e.Kind), Status: string(e.Status), Length: (d.Early + d.Length).Milliseconds(),
			Day: d.Day, Begun: msOf(d.Begin),
		})
	case queue.EntryTimesheetCorrected, queue.EntryTimesheetRestored:
		return w.insert("corrections", correctionRow{
			key: k, Happened: at, Agent: e.Agent, Day: d.Day, Paid: d.Paid.Milliseconds(), Restored: oneIf(e.Kind == queue.EntryTimesheetRestored),
			OrderedBy: e.By, Reason: d.Reason,
		})
	case queue.EntryViolation:
		if err := w.insert("violations", violationRow{
			key: k, line: of, Happened: at, Agent: e.Agent, Kind: string(d.Violation), Callback: e.Callback, Status: string(e.Status),
		}); err != nil || e.Callback == "" {
			return err
		}
		return w.callbackRang(e, string(d.Violation), at)
	}
	return nil
}

// notActs are entries that have somebody who ordered them though another entry tells of the order.
var notActs = []queue.EntryKind{queue.EntryAgentStatus, queue.EntryAgentLogOut, queue.EntryMonitorEnded}

// act keeps what a supervisor or a program has ordered.
func (w *writer) act(k key, e *queue.Entry) error {
	if e.By == "" || slices.Contains(notActs, e.Kind) {
		return nil
	}
	return w.insert("acts", actRow{
		key: k, Happened: msOf(e.At), OrderedBy: e.By, Kind: string(e.Kind), Agent: e.Agent, Queue: e.Queue, Call: e.Call, Callback: e.Callback,
		Number: e.Number, Words: cmp.Or(e.Words(), string(e.Status)), Reason: e.More().Reason,
	})
}

// answered ends the offer that was taken: a caller's, or that of a callback whose client is on the line.
func (w *writer) answered(e *queue.Entry) error {
	if e.Callback != "" {
		return w.callbackRang(e, "answered", 0)
	}
	return w.change(`UPDATE offers SET ring = ?, outcome = 'answered' WHERE site = ? AND call = ? AND agent = ? AND outcome = ''`,
		e.Ring.Milliseconds(), w.site, e.Call, e.Agent)
}

// callbackRang ends the offer of a callback to its agent; at is when it stopped to ring, 0 if nobody knows.
func (w *writer) callbackRang(e *queue.Entry, how string, at int64) error {
	return w.change(`UPDATE offers SET outcome = ?, ring = CASE WHEN ? > started THEN ? - started ELSE 0 END
		WHERE site = ? AND callback = ? AND agent = ? AND outcome = ''`, how, at, at, w.site, e.Callback, e.Agent)
}

// callbackMoved ends the offer to the agent off whom a callback was taken. One that is only due earlier rings on.
func (w *writer) callbackMoved(e *queue.Entry, d queue.Details) error {
	if !d.Due.IsZero() {
		if err := w.change(`UPDATE callbacks SET due = ? WHERE site = ? AND id = ?`, msOf(d.Due), w.site, e.Callback); err != nil {
			return err
		}
	}
	if e.To == e.Agent || e.To == "" && !d.Due.IsZero() {
		return nil
	}
	return w.callbackRang(e, "cancelled", 0)
}

// result is what an agent wrote down, maybe after the call.
func (w *writer) result(e *queue.Entry, result string) error {
	if err := w.change(`UPDATE calls SET result = ? WHERE site = ? AND id = ?`, result, w.site, e.Call); err != nil {
		return err
	}
	return w.change(`UPDATE talks SET result = ? WHERE site = ? AND agent = ? AND
		(entry, no) = (SELECT t.entry, t.no FROM talks t JOIN calls c ON c.site = t.site AND c.entry = t.entry
		               WHERE c.site = ? AND c.id = ? AND t.agent = ? ORDER BY t.started DESC LIMIT 1)`,
		result, w.site, e.Agent, w.site, e.Call, e.Agent)
}

// ended makes the rows of a call that is over, from its record.
func (w *writer) ended(k key, of line, e *queue.Entry, d queue.Details) error {
	row := callRow{
		key: k, line: of, ID: e.Call, Started: msOf(d.Arrived), Ended: msOf(e.At), Number: e.Number, DID: d.DID, Agent: e.Agent, Outcome: string(e.Outcome),
		Wait: e.Wait.Milliseconds(), Talk: e.Talk.Milliseconds(), Hold: e.Hold.Milliseconds(), Rating: d.Rating, Result: d.Result,
	}
	if row.Started == 0 { // of an earlier version
		row.Started = row.Ended - row.Wait - row.Talk
	}
	for _, t := range d.Talks {
		row.Callback = cmp.Or(t.Callback, row.Callback)
	}
	if err := w.insert("calls", row); err != nil {
		return err
	}
	for i, v := range d.Visits {
		if err := w.insert("visits", visitRow{part{k, i}, line{v.Queue, string(v.Language)}, msOf(v.Start), v.Length.Milliseconds(), v.Position, string(v.Back), string(v.End), v.Agent, oneIf(v.InTime)}); err != nil {
			return err
		}
	}
	for i, t := range d.Talks {
		if err := w.insert("talks", talkRow{part{k, i}, line{t.Queue, string(t.Language)}, msOf(t.Start), t.Length.Milliseconds(), t.Agent, t.Callback, t.Result}); err != nil {
			return err
		}
	}
	for i, h := range d.Holds {
		if err := w.insert("holds", holdRow{part{k, i}, of, msOf(h.Start), h.Length.Milliseconds(), h.Agent, string(h.By), string(h.End), oneIf(h.Limit)}); err != nil {
			return err
		}
	}
	for i, t := range d.Transfers {
		if err := w.insert("transfers", transferRow{part{k, i}, of, msOf(t.At), msOf(t.Answered), t.Length.Milliseconds(), t.Agent, string(t.Way), t.To, string(t.End)}); err != nil {
			return err
		}
	}
	for i, r := range d.Recorded {
		if err := w.insert("recordings", recordingRow{part{k, i}, of, msOf(r.Start), r.Length.Milliseconds(), r.Paused.Milliseconds(), r.Agent, r.Name, r.Broken}); err != nil {
			return err
		}
	}
	for i, m := range d.Monitored {
		if err := w.insert("listening", listeningRow{part{k, i}, of, msOf(m.Start), m.Length.Milliseconds(), m.By, string(m.Mode)}); err != nil {
			return err
		}
	}
	return w.offersOver(e, d.Offers)
}

// offersOver ends the offers of a call that nothing else has ended, by its record, which has the last ones.
func (w *writer) offersOver(e *queue.Entry, offers []queue.Offered) error {
	for _, o := range offers {
		if o.End == "" || o.End == queue.CauseCancelled {
			how := cmp.Or(string(o.End), "answered")
			if err := w.change(`UPDATE offers SET ring = ?, outcome = ? WHERE site = ? AND call = ? AND agent = ? AND started = ? AND outcome = ''`,
				o.Ring.Milliseconds(), how, w.site, e.Call, o.Agent, msOf(o.At)); err != nil {
				return err
			}
		}
	}
	return w.change(`UPDATE offers SET outcome = 'cancelled' WHERE site = ? AND call = ? AND outcome = ''`, w.site, e.Call)
}

// attempt is one to reach the client of a callback.
func (w *writer) attempt(k key, of line, e *queue.Entry, how string) error {
	if err := w.insert("attempts", attemptRow{k, of, msOf(e.At), e.Callback, e.Agent, how}); err != nil {
		return err
	}
	if err := w.change(`UPDATE callbacks SET attempts = attempts + 1 WHERE site = ? AND id = ?`, w.site, e.Callback); err != nil {
		return err
	}
	return w.callbackRang(e, "answered", 0)
}

// callbackEnded ends a callback.
func (w *writer) callbackEnded(k key, of line, e *queue.Entry, d queue.Details) error {
	if e.CallbackOutcome == queue.CallbackCompleted {
		if err := w.attempt(k, of, e, "talked"); err != nil {
			return err
		}
	}
	if err := w.change(`UPDATE offers SET outcome = 'cancelled' WHERE site = ? AND callback = ? AND outcome = ''`, w.site, e.Callback); err != nil {
		return err
	}
	return w.change(`UPDATE callbacks SET ended = ?, agent = ?, outcome = ?, reason = ? WHERE site = ? AND id = ? AND ended = 0`,
		msOf(e.At), e.Agent, string(e.CallbackOutcome), d.Reason, w.site, e.Callback)
}
