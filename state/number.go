package state

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/redis/go-redis/v9"

	"kezek/queue/journal"
)

// Traces are how often a number stands in what Redis keeps beside the live state.
type Traces struct {
	// Events are entries of the journal, Callbacks those that are over, Aside what was moved aside.
	Events, Callbacks, Aside int
}

// tracedAtOnce is how much is looked at, and erased, in one request.
const tracedAtOnce = 500

// Traces counts where a number stands.
func (s *Store) Traces(ctx context.Context, number string) (Traces, error) {
	var found Traces
	err := s.trace(ctx, number, journal.Position{}, func(t traced) error {
		found.Events += len(t.events)
		found.Callbacks += len(t.callbacks)
		found.Aside += len(t.aside)
		return nil
	})
	return found, err
}

// Erase takes a number out of them: of the journal up to a place, which all that is to keep it has read. In its place readers
// find an entry of the kind [journal.Erased], so that nothing counts as lost. It may be done again.
func (s *Store) Erase(ctx context.Context, number, pseudonym string, upTo journal.Position) (Traces, error) {
	var done Traces
	err := s.trace(ctx, number, upTo, func(t traced) error {
		if err := s.eraseSome(ctx, number, pseudonym, t); err != nil {
			return fmt.Errorf("erase a number: %w", err)
		}
		done.Events += len(t.events)
		done.Callbacks += len(t.callbacks)
		done.Aside += len(t.aside)
		return nil
	})
	return done, err
}

// traced is where a number was found.
type traced struct {
	events    []journal.Position
	callbacks []string // members
	aside     []string // names among the broken
}

func (s *Store) eraseSome(ctx context.Context, number, pseudonym string, t traced) error {
	s.mu.Lock()
	l, err := s.writable()
	s.mu.Unlock()
	if err != nil {
		return err
	}
	keys := []string{s.keys.owner(), s.keys.events(), s.keys.erased(), s.keys.broken()}
	args := []any{l.process, strconv.FormatInt(l.fence.Load(), 10), (2 * s.opts.Events.Keep).Milliseconds(), number, pseudonym, len(t.events), len(t.callbacks), len(t.aside)}
	for _, at := range t.events {
		args = append(args, at.ID, at.N)
	}
	for _, m := range t.callbacks {
		keys = append(keys, s.keys.entity(callbackKind.name, m))
	}
	for _, name := range t.aside {
		keys, args = append(keys, s.keys.aside(name)), append(args, name)
	}
	said, err := s.run(ctx, saving, eraseScript, keys, args...).Text()
	switch {
	case err != nil:
		return err
	case said == fenced:
		return ErrLost
	case said != ours:
		return fmt.Errorf("%w: redis said %s", ErrBehind, said)
	}
	return nil
}

// trace gives what has a number, some at a time: the journal up to a place, if one is given.
func (s *Store) trace(ctx context.Context, number string, upTo journal.Position, each func(traced) error) error {
	over, err := s.members(ctx, callbackKind, redis.ZRangeArgs{Start: "-inf", Stop: "(+inf", ByScore: true})
	if err != nil {
		return err
	}
	for some := range slices.Chunk(over, tracedAtOnce) {
		has, err := s.withNumber(ctx, number, some, func(m string) string { return s.keys.entity(callbackKind.name, m) })
		if err == nil && len(has) > 0 {
			err = each(traced{callbacks: has})
		}
		if err != nil {
			return err
		}
	}
	broken, err := s.Broken(ctx)
	if err != nil {
		return err
	}
	var names []string
	for name := range broken {
		names = append(names, name)
	}
	slices.Sort(names)
	for some := range slices.Chunk(names, tracedAtOnce) {
		has, err := s.withNumber(ctx, number, some, s.keys.aside)
		if err == nil && len(has) > 0 {
			err = each(traced{aside: has})
		}
		if err != nil {
			return err
		}
	}
	return s.traceEvents(ctx, number, upTo, each)
}

// withNumber are those whose hash has the number.
func (s *Store) withNumber(ctx context.Context, number string, of []string, key func(string) string) (has []string, err error) {
	limited, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	answers := make([]*redis.StringCmd, len(of))
	_, err = s.rdb.Pipelined(limited, func(p redis.Pipeliner) error {
		for i := range of {
			answers[i] = p.HGet(limited, key(of[i]), "number")
		}
		return nil
	})
	for i, a := range answers {
		if a.Err() == nil && a.Val() == number {
			has = append(has, of[i])
		}
		if a.Err() == nil || a.Err() == redis.Nil || redis.HasErrorPrefix(a.Err(), "WRONGTYPE") {
			err = nil // Pipelined tells the first of these
			continue
		}
		return nil, a.Err()
	}
	return has, err
}

func (s *Store) traceEvents(ctx context.Context, number string, upTo journal.Position, each func(traced) error) error {
	end, from := "+", "-"
	if upTo.ID != "" {
		end = upTo.ID
	}
	for {
		limited, cancel := context.WithTimeout(ctx, readTimeout)
		page, err := s.rdb.XRangeN(limited, s.keys.events(), from, end, tracedAtOnce).Result()
		cancel()
		s.note(ctx, reading, err)
		if err != nil || len(page) == 0 {
			return err
		}
		var has traced
		for i := range page {
			if tells(page[i].Values, number) {
				has.events = append(has.events, readLine(&page[i]).Position)
			}
		}
		if len(has.events) > 0 {
			if err := each(has); err != nil {
				return err
			}
		}
		from = "(" + page[len(page)-1].ID
	}
}

// tells reports whether an entry has a number. A short one may be anything: it counts only where numbers stand.
func tells(entry map[string]any, number string) bool {
	for field, value := range entry {
		text, _ := value.(string)
		if text == number && (field == "number" || field == "to") || strings.HasPrefix(number, "+") && strings.Contains(text, number) {
			return true
		}
	}
	return false
}

// withErased puts entries in the place of those of a page that were erased.
func (s *Store) withErased(ctx context.Context, after journal.Position, lines []journal.Line, most int) ([]journal.Line, error) {
	from := after.N
	if from == 0 {
		from = lines[0].N
	}
	found, err := s.rdb.ZRangeByScoreWithScores(ctx, s.keys.erased(), &redis.ZRangeBy{
		Min: "(" + strconv.FormatInt(from, 10), Max: "(" + strconv.FormatInt(lines[len(lines)-1].N, 10), Count: int64(most),
	}).Result()
	if err != nil || len(found) == 0 {
		if redis.HasErrorPrefix(err, "WRONGTYPE") {
			err = nil
		}
		return lines, err
	}
	for _, z := range found {
		id, _ := z.Member.(string)
		lines = append(lines, journal.Line{Position: journal.Position{ID: id, N: int64(z.Score)}})
		lines[len(lines)-1].Entry.Kind = journal.Erased
	}
	slices.SortFunc(lines, func(a, b journal.Line) int {
		if a.Before(b.Position) {
			return -1
		}
		return 1
	})
	return lines[:min(len(lines), most)], nil
}
