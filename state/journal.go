package state

import (
	"context"
	"fmt"
	"strconv"

	"github.com/redis/go-redis/v9"

	"kezek/queue"
	"kezek/queue/journal"
)

// Journal implements [journal.Store]. Any daemon may read, also one that does not own the site.
func (s *Store) Journal(ctx context.Context, after journal.Position, most int) ([]journal.Line, error) {
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
	lines := make([]journal.Line, len(found))
	for i := range found {
		lines[i] = readLine(&found[i])
	}
	if len(lines) > 0 {
		lines, err = s.withErased(limited, after, lines, most)
		s.note(ctx, reading, err)
	}
	return lines, err
}

// Newest is the place behind the newest entry of the journal.
func (s *Store) Newest(ctx context.Context) (journal.Position, error) {
	last, err := s.lastPlaces(ctx, 1)
	if err != nil {
		return journal.Position{}, err
	}
	return last[0], nil
}

// lastPlaces are those of the last entries, the newest last. What is not there is at no place.
func (s *Store) lastPlaces(ctx context.Context, count int) ([]journal.Position, error) {
	limited, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	found, err := s.rdb.XRevRangeN(limited, s.keys.events(), "+", "-", int64(count)).Result()
	s.note(ctx, reading, err)
	if err != nil {
		return nil, fmt.Errorf("read the journal: %w", err)
	}
	places := make([]journal.Position, count)
	for i := range found {
		places[count-1-i] = readLine(&found[i]).Position
	}
	return places, nil
}

func readLine(m *redis.XMessage) journal.Line {
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
	return journal.Line{Position: journal.Position{ID: m.ID, N: max(n, 0)}, Entry: w.Read(), Err: err}
}
