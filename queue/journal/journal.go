// Package journal has what the readers of the journal need: its lines, each in its place, and where a reader is.
// The store writes an entry once, after what it tells was saved, and keeps it for days; a reader goes on
// where it was, however long it was away.
package journal

import (
	"cmp"
	"context"
	"fmt"
	"strconv"
	"strings"

	"kezek/queue"
)

// Position is a place in the journal: right behind one of its entries. The zero position is its beginning.
type Position struct {
	// ID is that of the entry in the store: its time in Unix ms and a count. It never goes back.
	ID string
	// N is the number of the entry; a gap is what was lost before it could be stored. 0 is not known: the entry is of an earlier version.
	N int64
}

// String is the position as programs keep it: "1764500000000-0/123", "" at the beginning.
func (p Position) String() string {
	if p == (Position{}) {
		return ""
	}
	return p.ID + "/" + strconv.FormatInt(p.N, 10)
}

// Parse reads what [Position.String] wrote.
func Parse(text string) (Position, error) {
	if text == "" {
		return Position{}, nil
	}
	id, number, _ := strings.Cut(text, "/")
	ms, seq, _ := strings.Cut(id, "-")
	n, err := strconv.ParseInt(number, 10, 64)
	for _, s := range []string{ms, seq} {
		if _, odd := strconv.ParseUint(s, 10, 64); odd != nil {
			err = odd
		}
	}
	if err != nil || n < 0 {
		return Position{}, fmt.Errorf("position %.80q is not allowed: want the id of an event, such as 1764500000000-0/123", text)
	}
	return Position{id, n}, nil
}

// Before reports whether a place is before another one.
func (p Position) Before(q Position) bool {
	pms, pseq := p.time()
	qms, qseq := q.time()
	return cmp.Or(cmp.Compare(pms, qms), cmp.Compare(pseq, qseq)) < 0
}

// time is that of the id in ms, and the count.
func (p Position) time() (ms, seq uint64) {
	before, after, _ := strings.Cut(p.ID, "-")
	ms, _ = strconv.ParseUint(before, 10, 64)
	seq, _ = strconv.ParseUint(after, 10, 64)
	return ms, seq
}

// Lost is how many entries stood between two that were read one after the other, and are not kept any more.
// It is not known where the store had lost the journal itself, or one of the two is of an earlier version.
func (p Position) Lost(next Position) (n int64, known bool) {
	switch {
	case p == (Position{}):
		return 0, true
	case p.N == 0 || next.N <= p.N:
		return 0, false
	}
	return next.N - p.N - 1, true
}

// Erased is the kind of an entry that was erased, for the sake of a person's data: it tells nothing.
const Erased queue.EntryKind = "erased"

// Line is an entry of the journal, in its place.
type Line struct {
	Position
	Entry queue.Entry
	// Err: it cannot be read, or not all of it.
	Err error
}

// Store is where the journal is read.
type Store interface {
	// Journal reads what follows a position, oldest first, so many lines at most; none if nothing does.
	Journal(ctx context.Context, after Position, most int) ([]Line, error)
}
