package queuelog

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"go.uber.org/zap"

	"kezek/queue/journal"
)

const (
	// pause is how long the feed waits when it has read all, and first after a failure; longest is the longest. Programs
	// pass over rows that come late.
	pause, longest = 250 * time.Millisecond, 30 * time.Second
	// requestTimeout bounds a request to Redis, and what a writer does with one page.
	requestTimeout = 30 * time.Second
)

// Writer has rows where programs read them.
type Writer interface {
	// Write writes rows behind all others, and tells how many of them stand there, also with an error.
	Write(ctx context.Context, rows []Row) (int, error)
	// Place is right behind the last row, as text; empty if the writer cannot tell.
	Place() (string, error)
	// Since are the lines behind a place, each as [Writer.Stands] knows it again; none if the writer cannot tell.
	Since(place string) ([]string, error)
	// Stands is what a row looks like among the lines of Since.
	Stands(Row) string
	// Most is how many entries' rows are written at once: if the daemon is killed then, and Since cannot tell, they are written again.
	Most() int
	Close() error
}

// Bookmarks keep how far a reader of the journal is, under its name.
type Bookmarks interface {
	Bookmark(ctx context.Context, reader string) (string, error)
	SetBookmark(ctx context.Context, reader, mark string) error
	// Newest is where the journal ends.
	Newest(ctx context.Context) (journal.Position, error)
}

// Reader is the name of the feed among the readers of the journal.
const Reader = "queue_log"

// Feed writes the rows of the journal, from where it was.
//
// Each row is written once, over a kill -9 at any moment. The place of the writer behind the last row is stored with the position in
// the journal, after the rows were written. A daemon that starts looks at the lines behind that place: those rows that it
// is about to write and that stand there were written by the one before it.
type Feed struct {
	Journal   journal.Store
	Bookmarks Bookmarks
	Writer    Writer
	// Words are those in force.
	Words func() *Words
	// Owner reports whether this daemon serves the site: no other writes.
	Owner func() bool
	Log   *zap.Logger
	// Told is called after each page, and when nothing is new.
	Told func(Standing)

	at      mark
	known   bool     // at is what is stored, or newer
	unsaved bool     // at is newer
	written []string // what a daemon before may have written of what comes next
	totals  Standing
}

// Standing is how it goes, since the start of the daemon.
type Standing struct {
	Rows int64
	// Lost are events that were gone from Redis before they were read, in so many Gaps; a gap whose size is not known counts none as
	// lost. Unread could not be read whole.
	Lost, Gaps, Unread int64
	// Failing: rows cannot be written, or Redis not be read. Events wait in Redis.
	Failing bool
	// Behind: there is more to read.
	Behind bool
}

// mark is how far the feed is. It is stored as JSON; names are kept.
type mark struct {
	Position string `json:"position"`
	// Rows of the entries behind the position were written, Place is the writer's behind the last one.
	Rows  int    `json:"rows,omitempty"`
	Place string `json:"place,omitempty"`
	// Last is the time of the last row, in Unix seconds.
	Last int64 `json:"last,omitempty"`
}

// Run feeds until ctx ends.
func (f *Feed) Run(ctx context.Context) {
	journal.Reading{
		Step: func(ctx context.Context) (bool, error) {
			err := f.step(ctx)
			return f.totals.Behind, err
		},
		Told: func(failing bool) {
			if f.totals.Failing = failing; f.Told != nil {
				f.Told(f.totals)
			}
		},
		Broke: func(err error) {
			f.Log.Error("queue_log is not being written; events wait in Redis", zap.Error(err))
		},
		Mended: func() { f.Log.Info("queue_log is being written again") },
		Pause:  pause, Longest: longest,
	}.Run(ctx)
}

// step writes the rows of a page.
func (f *Feed) step(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	if f.totals.Behind = false; !f.Owner() {
		f.known = false // whoever serves the site goes on
		return nil
	}
	if err := f.find(ctx); err != nil {
		return err
	}
	if f.unsaved {
		if err := f.save(ctx); err != nil {
			return err
		}
	}
	after, err := journal.Parse(f.at.Position)
	if err != nil {
		return err
	}
	lines, err := f.Journal.Journal(ctx, after, f.Writer.Most())
	if err != nil || len(lines) == 0 {
		return err
	}
	f.totals.Behind = len(lines) == f.Writer.Most()
	rows, last := f.rows(lines)
	rows = rows[min(f.at.Rows, len(rows)):]
	rest := f.unwritten(rows)
	n, err := f.Writer.Write(ctx, rest)
	f.totals.Rows += int64(n)
	if err != nil {
		if done := len(rows) - len(rest) + n; done > 0 {
			f.at.Rows += done
			f.at.Last = rows[done-1].At.Unix()
			f.unsaved = true
		}
		return err
	}
	f.note(after, lines)
	f.at = mark{Position: lines[len(lines)-1].Position.String(), Last: last, Place: f.at.Place}
	f.unsaved = true
	return f.save(ctx)
}

// find asks where the feed is. One that has never run begins at the end of the journal: what was before belongs to
// whatever wrote queue_log then.
func (f *Feed) find(ctx context.Context) error {
	if f.known {
		return nil
	}
	text, err := f.Bookmarks.Bookmark(ctx, Reader)
	if err != nil {
		return err
	}
	f.at = mark{}
	if text == "" {
		at, err := f.Bookmarks.Newest(ctx)
		if err != nil {
			return err
		}
		f.at.Position, f.unsaved = at.String(), true
	} else if err := json.Unmarshal([]byte(text), &f.at); err != nil {
		return fmt.Errorf("the bookmark of %s in Redis cannot be read: %w", Reader, err)
	}
	if f.written, err = f.Writer.Since(f.at.Place); err != nil {
		return err
	}
	f.known = true
	return nil
}

// save stores how far the feed is.
func (f *Feed) save(ctx context.Context) (err error) {
	if f.at.Place, err = f.Writer.Place(); err != nil {
		return err
	}
	text, err := json.Marshal(f.at)
	if err != nil {
		return err
	}
	if err := f.Bookmarks.SetBookmark(ctx, Reader, string(text)); err != nil {
		return err
	}
	f.unsaved = false
	return nil
}

// rows are those of a page. Time does not go back in queue_log, also where the clock was set back.
func (f *Feed) rows(lines []journal.Line) (rows []Row, last int64) {
	last = f.at.Last
	words := f.Words()
	for i := range lines {
		for _, r := range words.Rows(lines[i].Entry) {
			if r.At.Unix() < last {
				r.At = time.Unix(last, 0)
			}
			last = r.At.Unix()
			rows = append(rows, r)
		}
	}
	return rows, last
}

// unwritten leaves out the rows that a daemon before has written: the first ones, as they are written in order.
func (f *Feed) unwritten(rows []Row) []Row {
	for len(rows) > 0 && len(f.written) > 0 {
		found := -1
		for i, line := range f.written {
			if line == f.Writer.Stands(rows[0]) {
				found = i
				break
			}
		}
		if found < 0 {
			f.written = nil
			break
		}
		rows, f.written = rows[1:], f.written[found+1:]
	}
	return rows
}

// note tells of what a page lacks.
func (f *Feed) note(after journal.Position, lines []journal.Line) {
	for i := range lines {
		if lost, known := after.Lost(lines[i].Position); lost > 0 || !known {
			f.totals.Lost += lost
			f.totals.Gaps++
			f.Log.Error("events were gone from Redis before their rows were written: queue_log lacks them",
				zap.Int64("events", lost), zap.Bool("number_known", known), zap.Stringer("after", after), zap.Stringer("before", lines[i].Position))
		}
		if lines[i].Err != nil {
			f.totals.Unread++
			f.Log.Error("an event cannot be read whole; queue_log has what can be", zap.Error(lines[i].Err))
		}
		after = lines[i].Position
	}
}
