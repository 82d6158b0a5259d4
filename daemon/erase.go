package daemon

import (
	"context"
	"crypto/rand"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"kezek/history"
	"kezek/ops"
	"kezek/queue/journal"
)

// historyWithin is how long an erasure waits for the history to have read all events.
const historyWithin = 15 * time.Second

// personalData finds and erases what is kept of a number.
type personalData struct{ d *Daemon }

// Read implements [ops.PersonalData].
func (p personalData) Read(number string) string { return p.d.readNumber(number) }

// Ready implements [ops.PersonalData].
func (p personalData) Ready(ctx context.Context) error {
	if s := p.d.engine.Status(); !s.Owner || !s.Saved {
		return ops.ErrNotNow{Why: "this daemon does not run the site, or Redis is away: nothing was erased; try again when /readyz says ready"}
	}
	if p.d.history != nil {
		if _, err := p.d.history.DB.Standing(ctx, p.d.started.Site); err != nil {
			return ops.ErrNotNow{Why: "the history cannot be reached now: nothing was erased; see the daemon's log, and try again"}
		}
	}
	return nil
}

// Show implements [ops.PersonalData].
func (p personalData) Show(ctx context.Context, number string) (ops.Kept, error) {
	kept := ops.Kept{History: []ops.KeptRows{}, Recordings: []string{}}
	if p.d.history != nil {
		known, recordings, err := p.d.history.DB.Number(ctx, p.d.started.Site, number)
		if err != nil {
			return kept, err
		}
		for _, k := range known {
			kept.History = append(kept.History, ops.KeptRows{Table: k.Table, Rows: int(k.Rows), First: time.UnixMilli(k.First).UTC(), Last: time.UnixMilli(k.Last).UTC()})
		}
		kept.Recordings = append(kept.Recordings, recordings...)
	}
	traces, err := p.d.store.Traces(ctx, number)
	kept.CallbacksOver, kept.Events, kept.Aside = traces.Callbacks, traces.Events, traces.Aside
	return kept, err
}

// Erase implements [ops.PersonalData]. The history goes first: what it has read, and only that, may leave the journal.
func (p personalData) Erase(ctx context.Context, number string) (ops.Erasure, error) {
	if strings.HasPrefix(number, ops.Pseudonym) {
		done := ops.Erasure{Pseudonym: number, History: []ops.ErasedRows{}}
		return done, p.deleteRecordings(ctx, number, &done)
	}
	done := ops.Erasure{Pseudonym: ops.Pseudonym + strings.ToLower(rand.Text()[:10]), History: []ops.ErasedRows{}}
	upTo, err := p.d.store.Newest(ctx)
	if err != nil {
		return done, err
	}
	if db := p.d.history; db != nil {
		if err := p.read(ctx, db, upTo); err != nil {
			return done, err
		}
		if err := p.deleteRecordings(ctx, number, &done); err != nil {
			return done, err
		}
		rows, err := db.DB.Erase(ctx, p.d.started.Site, number, done.Pseudonym, upTo)
		if err != nil {
			return done, err
		}
		for _, table := range slices.Sorted(maps.Keys(rows)) {
			if rows[table] > 0 {
				done.History = append(done.History, ops.ErasedRows{Table: table, Rows: int(rows[table])})
			}
		}
	}
	traces, err := p.d.store.Erase(ctx, number, done.Pseudonym, upTo)
	done.CallbacksOver, done.Events, done.Aside = traces.Callbacks, traces.Events, traces.Aside
	return done, err
}

// read waits until the history has read the journal up to a place.
func (p personalData) read(ctx context.Context, db *history.Feed, upTo journal.Position) error {
	for end := time.Now().Add(historyWithin); ; {
		standing, err := db.DB.Standing(ctx, p.d.started.Site)
		if err != nil {
			return err
		}
		at, err := journal.Parse(standing.Position)
		if err != nil || !at.Before(upTo) {
			return err
		}
		if time.Now().After(end) {
			return ops.ErrNotNow{Why: "the history has not read all events yet (kezek_history_behind): the number is forgotten by the rules, and nothing else was erased; " +
				"run the same again when it has caught up"}
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// deleteRecordings deletes those of a number's calls. What cannot be deleted is told.
func (p personalData) deleteRecordings(ctx context.Context, number string, done *ops.Erasure) error {
	done.RecordingsLeft = []ops.RecordingLeft{}
	if p.d.history == nil {
		return nil
	}
	_, names, err := p.d.history.DB.Number(ctx, p.d.started.Site, number)
	if err != nil {
		return err
	}
	for _, name := range names {
		if err := p.d.exchange.DeleteRecording(ctx, p.d.started.Recordings.Dir, name); err != nil {
			done.RecordingsLeft = append(done.RecordingsLeft, ops.RecordingLeft{Name: name, Why: fmt.Sprint(err)})
			continue
		}
		done.RecordingsDeleted++
	}
	return nil
}
