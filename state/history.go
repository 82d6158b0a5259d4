package state

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/redis/go-redis/v9"

	"kezek/queue"
)

// callbackKind is how callbacks are kept.
var callbackKind = func() *kind {
	k, err := kindNamed((*queue.Callback)(nil).Kind())
	if err != nil {
		panic(err) // it is one of kinds
	}
	return k
}()

// CallbacksOver reads the callbacks that are over and not forgotten yet, the
// one that ended last in front, at most limit. Where queues keep theirs for
// different times, those that are kept longest count as the last. Any daemon
// may read, also one that does not own the site. What cannot be read is left out.
func (s *Store) CallbacksOver(ctx context.Context, limit int) ([]*queue.Callback, error) {
	members, err := s.lastOver(ctx, limit)
	if err != nil {
		return nil, fmt.Errorf("list callbacks that are over: %w", err)
	}
	parts, err := s.readAll(ctx, callbackKind, members)
	if err != nil {
		return nil, fmt.Errorf("read callbacks that are over: %w", err)
	}
	over := make([]*queue.Callback, 0, len(members))
	for _, p := range parts {
		for _, e := range p.entities {
			over = append(over, e.(*queue.Callback))
		}
	}
	slices.SortStableFunc(over, func(a, b *queue.Callback) int {
		return cmp.Or(b.Ended.Compare(a.Ended), cmp.Compare(b.ID, a.ID))
	})
	return over, nil
}

// lastOver lists the callbacks with an expiry, the last ones first.
func (s *Store) lastOver(ctx context.Context, limit int) ([]string, error) {
	limited, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	members, err := s.rdb.ZRangeArgs(limited, redis.ZRangeArgs{
		Key: s.keys.index(callbackKind.name), Start: "(+inf", Stop: "-inf", ByScore: true, Rev: true, Count: int64(limit),
	}).Result()
	s.note(ctx, err)
	return members, err
}

// CallbackOver reads one callback that is over; nil if there is none of that id.
func (s *Store) CallbackOver(ctx context.Context, id string) (*queue.Callback, error) {
	p := s.readSome(ctx, callbackKind, []string{member(id)})
	switch {
	case p.err != nil:
		return nil, fmt.Errorf("read callback %s: %w", clip(id), p.err)
	case len(p.misfits) > 0:
		return nil, errors.New(p.misfits[0].key + ": " + p.misfits[0].reason)
	case len(p.entities) == 0:
		return nil, nil
	}
	if cb := p.entities[0].(*queue.Callback); cb.State == queue.CallbackOver {
		return cb, nil
	}
	return nil, nil
}
