package history

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"
	"go.uber.org/zap"

	"kezek/queue/journal"
)

const (
	// page is how many entries are written in one transaction.
	page = 1000
	// pause is how long the feed waits when it has read all, and first after a failure; longest is the longest.
	pause, longest = time.Second, 30 * time.Second
)

// Feed writes the journal of a site into a database. It reads on from the last entry that is in it.
type Feed struct {
	DB      *DB
	Site    string
	Journal journal.Store
	Log     *zap.Logger
	// Told is called after each page, and when nothing is new.
	Told func(Standing)
}

// Standing is how far the journal was read.
type Standing struct {
	Site string `db:"site"`
	// Position of the last entry that was read, as text.
	Position string `db:"position"`
	// Entries were read, Lost were gone from Redis before that, in so many Gaps; a gap whose size is not known counts none as lost.
	// Unread could not be read.
	Entries int64 `db:"entries"`
	Lost    int64 `db:"lost"`
	Gaps    int64 `db:"gaps"`
	Unread  int64 `db:"unread"`
	// Happened is when the last entry happened, in Unix ms.
	Happened int64 `db:"happened"`
	// Failing: the database cannot be written, or Redis not be read. Entries wait in Redis.
	Failing bool `db:"-"`
	// Behind: there is more to read.
	Behind bool `db:"-"`
}

// Run feeds until ctx ends. Neither database may be there.
func (f *Feed) Run(ctx context.Context) {
	var at Standing
	known := false
	journal.Reading{
		Step: func(ctx context.Context) (bool, error) {
			err := error(nil)
			if !known {
				if err = f.DB.open(ctx); err == nil {
					at, err = f.DB.Standing(ctx, f.Site)
				}
			}
			if err == nil {
				at, err = f.step(ctx, at)
			}
			known = err == nil // after a failure what was written is asked anew
			return at.Behind, err
		},
		Told: func(failing bool) {
			if at.Failing = failing; f.Told != nil {
				f.Told(at)
			}
		},
		Broke: func(err error) {
			f.Log.Error("history is not being written; events wait in Redis", zap.Error(err))
		},
		Mended: func() { f.Log.Info("history is being written again") },
		Pause:  pause, Longest: longest,
	}.Run(ctx)
}

// Standing tells how far the journal of a site was read.
func (db *DB) Standing(ctx context.Context, site string) (Standing, error) {
	limited, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	at := Standing{Site: site}
	err := db.sql.GetContext(limited, &at, db.sql.Rebind(`SELECT * FROM feeds WHERE site = ?`), site)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return at, err
}

// step reads a page and writes it.
func (f *Feed) step(ctx context.Context, at Standing) (Standing, error) {
	after, err := journal.Parse(at.Position)
	if err != nil {
		return at, err
	}
	lines, err := f.Journal.Journal(ctx, after, page)
	at.Behind = len(lines) == page
	if err != nil || len(lines) == 0 {
		return at, err
	}
	limited, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	next := at
	err = f.DB.within(limited, func(tx *sqlx.Tx) error {
		w := newWriter(limited, tx, f.Site)
		if err := w.stands(at, f.DB.Kind()); err != nil {
			return err
		}
		for _, l := range lines {
			if lost, known := after.Lost(l.Position); lost > 0 || !known {
				next.Lost += lost
				next.Gaps++
				f.Log.Error("events were gone from Redis before they were written into the history: reports lack them",
					zap.Int64("events", lost), zap.Bool("number_known", known), zap.Stringer("after", after), zap.Stringer("before", l.Position))
			}
			after = l.Position
			if l.Err != nil {
				next.Unread++
				f.Log.Error("an event cannot be read whole; the history has what can be", zap.Error(l.Err))
			}
			if err := w.write(l); err != nil {
				return fmt.Errorf("event %s (%s): %w", l.ID, l.Entry.Kind, err)
			}
			next.Happened = cmp.Or(msOf(l.Entry.At), next.Happened)
		}
		next.Position, next.Entries = after.String(), next.Entries+int64(len(lines))
		return w.stand(next)
	})
	if err != nil {
		return at, err
	}
	return next, nil
}

// stands makes sure that nobody else writes the history of the site.
func (w *writer) stands(at Standing, kind string) error {
	query := `SELECT position FROM feeds WHERE site = ?`
	if kind == "postgres" {
		query += ` FOR UPDATE`
	}
	var position string
	err := w.tx.GetContext(w.ctx, &position, w.tx.Rebind(query), w.site)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil // the first to insert it wins
	case err == nil && position != at.Position:
		return fmt.Errorf("another daemon writes the history of %s: it was read up to %s, and here up to %s", w.site, position, at.Position)
	}
	return err
}

// stand stores how far the journal was read, with what was read.
func (w *writer) stand(at Standing) error {
	_, err := w.tx.NamedExecContext(w.ctx, `INSERT INTO feeds (site, position, entries, lost, gaps, unread, happened)
		VALUES (:site, :position, :entries, :lost, :gaps, :unread, :happened)
		ON CONFLICT (site) DO UPDATE SET position = excluded.position, entries = excluded.entries, lost = excluded.lost,
			gaps = excluded.gaps, unread = excluded.unread, happened = excluded.happened`, at)
	return err
}
