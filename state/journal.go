package state

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/redis/go-redis/v9"

	"kezek/queue"
)

// Position is a place in the journal: right behind one of its entries. The zero position is its beginning.
type Position struct {
	// ID is that of the entry in the stream, which never goes back.
	ID string
	// N is the number of the entry; they have no gaps. 0 is not known: the entry is of an earlier version.
	N int64
}

// String is the position as programs keep it: "1764500000000-0/123", "" at the beginning.
func (p Position) String() string {
	if p == (Position{}) {
		return ""
	}
	return p.ID + "/" + strconv.FormatInt(p.N, 10)
}

// ParsePosition reads what [Position.String] wrote.
func ParsePosition(text string) (p Position, err error) {
	if text == "" {
		return p, nil
	}
	id, number, _ := strings.Cut(text, "/")
	ms, seq, _ := strings.Cut(id, "-")
	for _, s := range []string{ms, seq} {
		if _, err := strconv.ParseUint(s, 10, 64); err != nil {
			return p, fmt.Errorf("position %s: want the id of an event, such as 1764500000000-0/123", clip(text))
		}
	}
	n, err := strconv.ParseInt(number, 10, 64)
	if err != nil || n < 0 {
		return p, fmt.Errorf("position %s: want the id of an event, such as 1764500000000-0/123", clip(text))
	}
	return Position{id, n}, nil
}

// Lost is how many entries stood between two that were read one after the other, and are gone from the stream.
// It is not known where Redis had lost the journal itself, or one of the two is of an earlier version.
func (p Position) Lost(next Position) (n int64, known bool) {
	switch {
	case p == (Position{}):
		return 0, true
	case p.N == 0 || next.N <= p.N:
		return 0, false
	}
	return next.N - p.N - 1, true
}

// Line is an entry of the journal, in its place.
type Line struct {
	Position
	Entry queue.Entry
	// Err: it cannot be read, or not all of it.
	Err error
}

// Journal reads what follows a position, oldest first, so many entries at most. Any daemon may read.
func (s *Store) Journal(ctx context.Context, after Position, most int) ([]Line, error) {
	limited, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	from := "-"
	if after.ID != "" {
		from = "(" + after.ID
	}
	found, err := s.rdb.XRangeN(limited, s.keys.events(), from, "+", int64(most)).Result()
	s.note(ctx, reading, err)
	if err != nil {
		return nil, fmt.Errorf("read the journal: %w", err)
	}
	lines := make([]Line, len(found))
	for i := range found {
		lines[i] = lineOf(&found[i])
	}
	return lines, nil
}

// Newest is the place behind the newest entry.
func (s *Store) Newest(ctx context.Context) (Position, error) {
	limited, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	found, err := s.rdb.XRevRangeN(limited, s.keys.events(), "+", "-", 1).Result()
	s.note(ctx, reading, err)
	if err != nil || len(found) == 0 {
		return Position{}, err
	}
	return lineOf(&found[0]).Position, nil
}

// lineOf reads an entry of the stream.
func lineOf(m *redis.XMessage) Line {
	hash := make(map[string]string, len(m.Values))
	for name, value := range m.Values {
		hash[name], _ = value.(string)
	}
	n, _ := strconv.ParseInt(hash["n"], 10, 64)
	var w queue.WireEntry
	err := decode(hash, &w)
	if err != nil {
		err = fmt.Errorf("event %s: %w", m.ID, err)
	}
	return Line{Position{m.ID, max(n, 0)}, w.Read(), err}
}
