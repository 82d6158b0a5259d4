package state

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// What is asked of a Redis without owning the site.

// pings is how often Latency asks.
const pings = 50

// Latency measures how long Redis takes to answer, and returns the times sorted.
func (s *Store) Latency(ctx context.Context) ([]time.Duration, error) {
	took := make([]time.Duration, pings)
	for i := range took {
		limited, cancel := context.WithTimeout(ctx, requestTimeout)
		begun := time.Now()
		err := s.rdb.Ping(limited).Err()
		took[i] = time.Since(begun)
		cancel()
		s.note(ctx, reading, err)
		if err != nil {
			return nil, err
		}
	}
	slices.Sort(took)
	return took, nil
}

// Info reads what Redis says of itself: INFO as a map.
func (s *Store) Info(ctx context.Context) (map[string]string, error) {
	limited, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	text, err := s.rdb.Info(limited).Result()
	if err != nil {
		return nil, err
	}
	info := map[string]string{}
	for line := range strings.Lines(text) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), ":"); ok {
			info[name] = value
		}
	}
	return info, nil
}

// Setting reads one setting of Redis. A hosted one may not tell it, nor one whose CONFIG is renamed or forbidden.
func (s *Store) Setting(ctx context.Context, name string) (string, error) {
	limited, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	values, err := s.rdb.ConfigGet(limited, name).Result()
	return values[name], err
}

// Server is the address and the number of the database: "127.0.0.1:6379", 0.
func (s *Store) Server() (address string, database int) {
	o := s.rdb.Options()
	return o.Addr, o.DB
}

// Events is how much of what happened is in Redis.
type Events struct {
	Entries, Bytes int64
	// Since is how long ago the oldest of them happened, by the clock of Redis.
	Since time.Duration
}

// Events tells how large the stream of events is. One that is not there is empty.
func (s *Store) Events(ctx context.Context) (e Events, err error) {
	now, err := s.askRedis(ctx)
	if err != nil {
		return e, err
	}
	limited, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	pipe := s.rdb.Pipeline()
	length, size, oldest := pipe.XLen(limited, s.keys.events()), pipe.MemoryUsage(limited, s.keys.events()), pipe.XRangeN(limited, s.keys.events(), "-", "+", 1)
	if _, err := pipe.Exec(limited); err != nil && !errors.Is(err, redis.Nil) {
		return e, err
	}
	if first := oldest.Val(); len(first) > 0 {
		e = Events{length.Val(), size.Val(), now.Sub(time.UnixMilli(stamp(&first[0])))}
	}
	return e, nil
}
