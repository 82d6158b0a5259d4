package ops

import (
	"context"
	"errors"
	"time"

	"kezek/queue/journal"
)

// Journal is where the events of the last days are read.
type Journal interface {
	journal.Store
	// Newest is the place behind the last one.
	Newest(ctx context.Context) (journal.Position, error)
}

const (
	// followPage is how many lines are read at once: what one who is behind costs in memory.
	followPage = 100
	// followPause is the time between tries to read a store that is away.
	followPause = time.Second
	// readJournal bounds one read that somebody waits for.
	readJournal = 5 * time.Second
)

// errDisplaced ends one who follows: the place was needed for another.
var errDisplaced = errors.New("this token has more event streams than others, and one of those needs its place")

// follower gets all lines of the journal after a place, in order: from the store while it is behind, as they happen otherwise.
// While the store is away lines have no place. If it had to go back to the store then, it may tell some of them twice.
type follower struct {
	feed  *Feed
	store Journal
	l     *Listener
	out   outlet
	// idle is how long nothing may happen without a call of quiet.
	idle time.Duration

	// at is the place of the last line that was told and has one, ahead how many were told after it. Begun: at is known.
	at    journal.Position
	ahead int64
	begun bool
}

// outlet is where lines go. An error ends it.
type outlet interface {
	// begins is called before all others, when nothing is missed any more.
	begins() error
	// line tells one; it may have no place.
	line(journal.Line) error
	// lost tells that lines before a place are not kept any more, or could not be read, and how many if that is known.
	lost(n int64, known bool, after, before journal.Position) error
	// reached tells that all up to a place was told.
	reached(at journal.Position) error
	// away tells that the store cannot be read; it is tried again.
	away(err error) error
	// quiet is called from time to time while there is nothing to tell.
	quiet() error
}

// run follows until ctx ends or the outlet has had enough. Begun is set and at where it begins, if it does not begin now.
func (f *follower) run(ctx context.Context) error {
	if err := f.begin(ctx); err != nil {
		return err
	}
	beat := time.NewTicker(f.idle)
	defer beat.Stop()
	for {
		select {
		case line, open := <-f.l.lines:
			if err := f.live(ctx, line, open); err != nil {
				return err
			}
			continue
		default:
		}
		if f.feed.isPaused(f.l) {
			if err := f.catchUp(ctx); err != nil {
				return err
			}
			continue
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-beat.C:
			if err := f.out.quiet(); err != nil {
				return err
			}
		case line, open := <-f.l.lines:
			if err := f.live(ctx, line, open); err != nil {
				return err
			}
		}
	}
}

// begin goes to where it begins.
func (f *follower) begin(ctx context.Context) error {
	if f.begun {
		if err := f.out.begins(); err != nil {
			return err
		}
		return f.catchUp(ctx)
	}
	var newest journal.Position
	if !f.feed.hasPlace() { // this daemon has written nothing yet
		limited, cancel := context.WithTimeout(ctx, readJournal)
		newest, _ = f.store.Newest(limited) // else it is known from the first line on
		cancel()
	}
	last, told := f.feed.resume(f.l)
	if err := f.out.begins(); err != nil {
		return err
	}
	if last.ID == "" {
		last = newest
	}
	if !told || last.ID == "" {
		return nil
	}
	return f.reach(last)
}

func (f *follower) reach(at journal.Position) error {
	f.at, f.ahead, f.begun = at, 0, true
	return f.out.reached(at)
}

// live tells a line as it happens.
func (f *follower) live(ctx context.Context, line journal.Line, open bool) error {
	switch {
	case !open:
		return errDisplaced
	case line.ID == "":
		f.ahead++
		return f.out.line(line)
	case f.begun && !f.at.Before(line.Position):
		return nil // the store had it
	}
	expected := f.at.N + f.ahead + 1
	if line.Entry.Kind == "" { // what was told has its place
		expected--
	}
	if f.begun && f.at.N > 0 && line.N != expected {
		if err := f.catchUp(ctx); err != nil || !f.at.Before(line.Position) {
			return err
		}
		if err := f.gap(line.Position); err != nil {
			return err
		}
	}
	if line.Entry.Kind == "" {
		return f.reach(line.Position)
	}
	return f.pass(line)
}

func (f *follower) pass(line journal.Line) error {
	f.at, f.ahead, f.begun = line.Position, 0, true
	return f.out.line(line)
}

// gap tells what is missing before a line.
func (f *follower) gap(next journal.Position) error {
	if n, known := f.at.Lost(next); n > 0 || !known {
		return f.out.lost(n, known, f.at, next)
	}
	return nil
}

// catchUp tells what the store has after the last place, until there is no more, and listens then.
func (f *follower) catchUp(ctx context.Context) error {
	f.ahead = 0
	for {
		page, err := f.read(ctx)
		if err != nil {
			return err
		}
		for i := range page {
			if err := f.gap(page[i].Position); err != nil {
				return err
			}
			if page[i].Entry.Kind == journal.Erased {
				f.at = page[i].Position
				continue
			}
			if page[i].Entry.Kind == "" { // nothing of it can be read
				if err := f.out.lost(1, true, f.at, page[i].Position); err != nil {
					return err
				}
				f.at = page[i].Position
				continue
			}
			if err := f.pass(page[i]); err != nil {
				return err
			}
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
		}
		if len(page) > 0 {
			if err := f.out.reached(f.at); err != nil {
				return err
			}
		}
		switch {
		case len(page) == followPage:
		case f.feed.isPaused(f.l):
			f.drain()
			f.feed.resume(f.l) // and once more, for what happened before this
		default:
			return nil
		}
	}
}

// drain forgets lines that are in the store.
func (f *follower) drain() {
	for {
		select {
		case _, open := <-f.l.lines:
			if !open {
				return // told by live
			}
		default:
			return
		}
	}
}

// read is the next page; it waits for a store that is away.
func (f *follower) read(ctx context.Context) ([]journal.Line, error) {
	for {
		limited, cancel := context.WithTimeout(ctx, readJournal)
		page, err := f.store.Journal(limited, f.at, followPage)
		cancel()
		if err == nil {
			return page, nil
		}
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		if err := f.out.away(err); err != nil {
			return nil, err
		}
		select {
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-time.After(followPause):
		}
	}
}
