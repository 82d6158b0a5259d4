package state

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
	"go.uber.org/zap"
)

// The clock of this machine may be wrong: one without a battery starts in 1970, until the
// network sets it. So what is stored is checked against the newest time that is known, and
// nothing that was true is moved aside because of a clock.

// skew is how far this machine's clock may be behind, or ahead of that of Redis, before that is reported.
const skew = time.Minute

// farEnd bounds what is believed: no clock has said what is beyond it.
var farEnd = time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC)

// askTheTime finds out until when the store was written: by Redis's own clock, by that of
// its newest event, and by the mark, see recall. It finds out as well
// what is wrong with the stream, "" for nothing.
func (s *Store) askTheTime(ctx context.Context) (odd string, err error) {
	at, err := s.askRedis(ctx)
	if err != nil {
		return "", err
	}
	s.dated(at)
	limited, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	newest, odd := s.lastEvent(limited)
	if newest != nil && odd == "" {
		s.stamped.Store(stamp(newest))
		text, _ := newest.Values["at"].(string)
		if at, err := time.Parse(time.RFC3339, text); err == nil {
			s.dated(at)
		}
	}
	s.sayClock()
	return odd, nil
}

// askRedis asks Redis for its time, and notes how far this machine is ahead of it.
func (s *Store) askRedis(ctx context.Context) (time.Time, error) {
	limited, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	before := s.now()
	at, err := s.rdb.Time(limited).Result()
	s.note(ctx, reading, err)
	if err != nil {
		return at, fmt.Errorf("ask redis for the time: %w", err)
	}
	s.ahead.Store(int64(before.Sub(at)))
	return at, nil
}

// CompareClocks asks Redis for its time, for [Store.Clock]. What was known before stays if Redis does not tell it.
func (s *Store) CompareClocks(ctx context.Context) {
	if _, err := s.askRedis(ctx); err == nil {
		s.sayClock()
	}
}

// sayClock logs that the clock is wrong, each time that it becomes so.
func (s *Store) sayClock() {
	why := s.Clock()
	if wrong := why != ""; s.wrongClock.Swap(wrong) == wrong || !wrong {
		return
	}
	s.log.Error("the clock of this machine or of Redis is wrong; calls are served, but deadlines come early or late", zap.String("why", why))
}

// lastEvent reads the newest event, nil if there is none or it may not be read. Odd says why
// no event can come after it.
func (s *Store) lastEvent(ctx context.Context) (newest *redis.XMessage, odd string) {
	found, err := s.rdb.XRevRangeN(ctx, s.keys.events(), "+", "-", 1).Result()
	switch {
	case redis.HasErrorPrefix(err, "WRONGTYPE"):
		return nil, "it is not a stream"
	case err != nil || len(found) == 0:
		return nil, ""
	case stamp(&found[0]) >= farEnd.UnixMilli():
		return &found[0], "its last id is " + clip(found[0].ID) + ", which is not a time"
	}
	return &found[0], ""
}

// stamp is the time of an event's id in Unix ms.
func stamp(event *redis.XMessage) int64 {
	ms, _, _ := strings.Cut(event.ID, "-")
	n, err := strconv.ParseUint(ms, 10, 64)
	if err != nil {
		return 0
	}
	return int64(min(n, math.MaxInt64))
}

// dated notes a time that was told.
func (s *Store) dated(at time.Time) {
	if ms := at.UnixMilli(); at.Before(farEnd) && ms > s.told.Load() {
		s.told.Store(ms)
	}
}

// newest is a time that nothing in the store can be from after.
func (s *Store) newest() time.Time {
	return later(s.now(), time.UnixMilli(max(s.told.Load(), s.stamped.Load())))
}

// Clock says how the clock of this machine is behind what the store told when it was
// loaded, or ahead of Redis's own when that was last asked for; "" if it is neither, or no longer.
func (s *Store) Clock() string {
	now, told := s.now(), time.UnixMilli(s.told.Load())
	at := now.UTC().Format(time.RFC3339)
	if told.Sub(now) >= skew {
		return fmt.Sprintf("the clock of this machine is behind: it says %s, and the state was written at %s or later", at, told.UTC().Format(time.RFC3339))
	}
	if ahead := time.Duration(s.ahead.Load()); ahead >= skew {
		return fmt.Sprintf("the clock of this machine is ahead of that of Redis: it says %s, and Redis %s", at, now.Add(-ahead).UTC().Format(time.RFC3339))
	}
	return ""
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
