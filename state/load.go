package state

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
	"go.uber.org/zap"

	"kezek/queue"
)

// Load reads all that was saved. An entity that cannot be read, or that cannot
// be true ([queue.Stored]), does not stop it: its hash is moved to
// kezek:{site}:broken:<kind>:<id>/<Unix ms>, the reason goes to kezek:{site}:broken and the
// log. A promise that can be saved out of a callback's stays, open, with its deadline. What a newer
// Kezek has written is left alone: [ErrNewer].
func (s *Store) Load(ctx context.Context) (*queue.Snapshot, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	l, err := s.writable()
	if err != nil {
		return nil, err
	}
	if err := s.known(ctx); err != nil {
		return nil, err
	}
	all, odd, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	s.missingAll(ctx, all)
	for _, m := range odd.misfits {
		to, err := s.aside(ctx, l, m)
		if err != nil {
			return nil, err
		}
		s.moved.Add(1)
		s.log.Error("entry of redis moved aside", zap.String("key", m.key), zap.String("to", to), zap.String("reason", m.reason))
		if m.saved != nil {
			s.log.Error("promise recovered from an entry that was moved aside", zap.String("key", m.key), zap.Any("is now", m.saved))
		}
	}
	if len(odd.stale)+len(odd.unlisted) == 0 {
		return all, s.signFormat(ctx)
	}
	// A load before this one may have written something of which no answer came.
	seq, err := s.renew(ctx, l)
	if err != nil {
		return nil, err
	}
	if err := s.settle(ctx, l, seq); err != nil {
		return nil, err
	}
	if err := s.missingSome(ctx, odd.stale); err != nil {
		return nil, err
	}
	if err := s.writeAll(ctx, l, nil, odd.stale); err != nil {
		return nil, err
	}
	for _, k := range odd.unlisted {
		if err := s.writeAll(ctx, l, k.all(all), nil); err != nil {
			return nil, err
		}
	}
	return all, s.signFormat(ctx)
}

// Peek reads what a Load would, without owning the site and without changing
// anything. What cannot be read is in the error, the rest in the snapshot.
func (s *Store) Peek(ctx context.Context) (*queue.Snapshot, error) {
	all, odd, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	for _, m := range odd.misfits {
		err = errors.Join(err, fmt.Errorf("%s: %s", m.key, m.reason))
	}
	return all, err
}

// oddities are what read found beside the state.
type oddities struct {
	misfits  []misfit
	stale    []ref   // in an index, but expired or deleted by hand
	unlisted []*kind // of an index that was no sorted set
}

func (s *Store) read(ctx context.Context) (*queue.Snapshot, oddities, error) {
	all := new(queue.Snapshot)
	var odd oddities
	unusable, err := s.askTheTime(ctx)
	if err != nil {
		return nil, odd, err
	}
	if unusable != "" { // before all else: nothing could be written
		odd.misfits = append(odd.misfits, misfit{name: "events", key: s.keys.events(), reason: unusable})
	}
	for _, k := range kinds {
		members, err := s.members(ctx, k, everything)
		if redis.HasErrorPrefix(err, "WRONGTYPE") {
			odd.misfits = append(odd.misfits, misfit{name: k.name + "s", key: s.keys.index(k.name), want: "zset", reason: "it is not a zset"})
			odd.unlisted = append(odd.unlisted, k)
			members, err = s.scan(ctx, k)
		}
		if err != nil {
			return nil, odd, fmt.Errorf("list %ss: %w", k.name, err)
		}
		parts, err := s.readAll(ctx, k, members, s.newest())
		if err != nil {
			return nil, odd, fmt.Errorf("read %ss: %w", k.name, err)
		}
		for _, p := range parts {
			for _, e := range p.entities {
				k.put(all, e)
			}
			odd.misfits = append(odd.misfits, p.misfits...)
			odd.stale = append(odd.stale, p.stale...)
		}
	}
	return all, odd, nil
}

// What is listed of an index: everything, or what does not expire.
var (
	everything = redis.ZRangeArgs{Start: 0, Stop: -1}
	forGood    = redis.ZRangeArgs{Start: "+inf", Stop: "+inf", ByScore: true}
)

// members lists those of a kind's index in a range.
func (s *Store) members(ctx context.Context, k *kind, within redis.ZRangeArgs) ([]string, error) {
	limited, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	within.Key = s.keys.index(k.name)
	found, err := s.rdb.ZRangeArgs(limited, within).Result()
	s.note(ctx, reading, err)
	return found, err
}

// scan finds a kind's members by their keys, when the index is lost.
func (s *Store) scan(ctx context.Context, k *kind) ([]string, error) {
	limited, cancel := context.WithTimeout(ctx, 10*readTimeout)
	defer cancel()
	prefix := s.keys.entity(k.name, "")
	var found []string
	keys := s.rdb.Scan(limited, 0, prefix+"*", 1000).Iterator()
	for keys.Next(limited) {
		found = append(found, strings.TrimPrefix(keys.Val(), prefix))
	}
	s.note(ctx, reading, keys.Err())
	slices.Sort(found) // SCAN may tell a key twice
	return slices.Compact(found), keys.Err()
}

// part is what one round trip brought.
type part struct {
	entities []queue.Entity
	misfits  []misfit
	stale    []ref
	err      error
}

// readAll reads entities with a few requests at a time, so that Redis and the
// decoding here do not wait for each other.
func (s *Store) readAll(ctx context.Context, k *kind, members []string, until time.Time) ([]part, error) {
	chunks := slices.Collect(slices.Chunk(members, chunk))
	parts := make([]part, len(chunks))
	turns := make(chan struct{}, 4)
	var wg sync.WaitGroup
	for i, some := range chunks {
		turns <- struct{}{}
		wg.Go(func() {
			parts[i] = s.readSome(ctx, k, some, until)
			<-turns
		})
	}
	wg.Wait()
	for _, p := range parts {
		if p.err != nil {
			return nil, p.err
		}
	}
	return parts, nil
}

// readSome reads entities in one round trip.
func (s *Store) readSome(ctx context.Context, k *kind, members []string, until time.Time) (p part) {
	limited, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	hashes := make([]*redis.MapStringStringCmd, len(members))
	// The first error is returned; each command has its own.
	_, err := s.rdb.Pipelined(limited, func(pipe redis.Pipeliner) error {
		for i, m := range members {
			hashes[i] = pipe.HGetAll(limited, s.keys.entity(k.name, m))
		}
		return nil
	})
	s.note(ctx, reading, err)
	if err != nil && !redis.HasErrorPrefix(err, "WRONGTYPE") {
		return part{err: err}
	}
	for i, m := range members {
		hash, err := hashes[i].Result()
		var e queue.Entity
		switch {
		case redis.HasErrorPrefix(err, "WRONGTYPE"):
			err = errors.New("it is not a hash")
		case err != nil:
			return part{err: err}
		case len(hash) == 0:
			p.stale = append(p.stale, ref{k.name, m})
			continue
		default:
			e, err = k.take(m, hash, until)
		}
		if err != nil {
			p.misfits = append(p.misfits, misfit{
				name: k.name + ":" + m, key: s.keys.entity(k.name, m), reason: err.Error(), of: &ref{k.name, m}, saved: e,
			})
		}
		if e != nil {
			p.entities = append(p.entities, e)
		}
	}
	return p
}

// isHistory reports whether an entity is kept only to be read: nothing acts on it now.
func isHistory(e queue.Entity) bool {
	switch e := e.(type) {
	case *queue.Callback:
		return e.State == queue.CallbackOver && e.Outcome.IsKnown()
	case *queue.Timesheet:
		return !e.Until.IsZero()
	}
	return false
}

// take makes an entity of a hash. An error says what is wrong with the hash; if
// there is an entity all the same it is a promise that could be saved out of it.
func (k *kind) take(m string, hash map[string]string, until time.Time) (queue.Entity, error) {
	e := k.new()
	err := decode(hash, e)
	if err == nil && member(e.Key()) != m {
		err = fmt.Errorf("it says that it is %s", clip(e.Key()))
	}
	if err == nil && !isHistory(e) {
		err = e.(queue.Stored).Validate(until)
	}
	if err == nil {
		return e, nil
	}
	if cb, ok := e.(*queue.Callback); ok {
		if id, bad := url.PathUnescape(m); bad == nil {
			cb.ID = id
		}
		if member(cb.ID) == m && cb.Salvage(until) {
			return cb, err
		}
	}
	return nil, err
}
