package state

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/redis/go-redis/v9"

	"kezek/queue"
)

// CallbacksOver reads the callbacks that are over and not deleted yet, the
// one that ended last in front, at most limit. Where queues keep theirs for
// different times, those that are kept longest count as the last. Any daemon
// may read, also one that does not own the site. What cannot be read is left out.
func (s *Store) CallbacksOver(ctx context.Context, limit int) ([]*queue.Callback, error) {
	members, err := s.members(ctx, callbackKind, redis.ZRangeArgs{Start: "(+inf", Stop: "-inf", ByScore: true, Rev: true, Count: int64(limit)})
	if err != nil {
		return nil, fmt.Errorf("list finished callbacks:  %w", err)
	}
	over, err := readEntities[*queue.Callback](ctx, s, callbackKind, members)
	if err != nil {
		return nil, fmt.Errorf("read finished callbacks:  %w", err)
	}
	slices.SortStableFunc(over, func(a, b *queue.Callback) int {
		return cmp.Or(b.Ended.Compare(a.Ended), cmp.Compare(b.ID, a.ID))
	})
	return over, nil
}

// CallbackOver reads one callback that is over; nil if there is none of that id.
func (s *Store) CallbackOver(ctx context.Context, id string) (*queue.Callback, error) {
	p := s.readSome(ctx, callbackKind, []string{member(id)}, s.newest())
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

// Timesheets reads those of a local day and of an agent, either of which may be
// empty, by day and agent. Any daemon may read. What cannot be read is left out.
func (s *Store) Timesheets(ctx context.Context, day, agent string) ([]*queue.Timesheet, error) {
	members := []string{member((&queue.Timesheet{Agent: agent, Day: day}).Key())}
	if day == "" || agent == "" {
		var err error
		if members, err = s.timesheets(ctx, day, agent); err != nil {
			return nil, fmt.Errorf("list timesheets: %w", err)
		}
	}
	sheets, err := readEntities[*queue.Timesheet](ctx, s, timesheetKind, members)
	if err != nil {
		return nil, fmt.Errorf("read timesheets: %w", err)
	}
	slices.SortFunc(sheets, func(a, b *queue.Timesheet) int {
		return cmp.Or(cmp.Compare(a.Day, b.Day), cmp.Compare(a.Agent, b.Agent))
	})
	return sheets, nil
}

// timesheets lists those of a day or of an agent.
func (s *Store) timesheets(ctx context.Context, day, agent string) ([]string, error) {
	limited, cancel := context.WithTimeout(ctx, 10*readTimeout)
	defer cancel()
	var found []string
	scan := s.rdb.ZScan(limited, s.keys.index(timesheetKind.name), 0, "", 1000).Iterator()
	for scored := false; scan.Next(limited); scored = !scored { // member, score, member, ...
		id, date, _ := strings.Cut(scan.Val(), ":")
		if !scored && (day == "" || date == day) && (agent == "" || id == member(agent)) {
			found = append(found, scan.Val())
		}
	}
	s.note(ctx, reading, scan.Err())
	slices.Sort(found) // ZSCAN may tell a member twice
	return slices.Compact(found), scan.Err()
}

// readEntities reads those of a kind, whose type is T, and leaves out what cannot be read.
func readEntities[T queue.Entity](ctx context.Context, s *Store, k *kind, members []string) ([]T, error) {
	parts, err := s.readAll(ctx, k, members, s.newest())
	if err != nil {
		return nil, err
	}
	all := make([]T, 0, len(members))
	for _, p := range parts {
		for _, e := range p.entities {
			all = append(all, e.(T))
		}
	}
	return all, nil
}
