package state

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"
	"go.uber.org/zap"

	"kezek/queue"
	"kezek/queue/journal"
)

// chunk is how many entities one request of a whole state carries: few enough
// to leave other programs their turn at Redis.
const chunk = 500

// Save writes the changes of one or more steps atomically, and returns the places of the entries in the journal. On an
// error they may be stored or not, and every further Save fails at once, with [ErrBehind]
// or with why Redis is away, until a [Store.Replace] succeeds. Entries are given
// again then, with what came after them: those that were stored though their
// Save failed are not stored twice. [ErrLost] comes after lost is closed.
func (s *Store) Save(ctx context.Context, changed, gone []queue.Entity, entries []queue.Entry) ([]journal.Position, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	l, err := s.writable()
	if err == nil && !s.whole.Load() {
		err = ErrBehind
	}
	if err != nil {
		s.whole.Store(false)
		return nil, err
	}
	members := make([]ref, len(gone))
	for i, e := range gone {
		members[i] = ref{e.Kind(), member(e.Key())}
	}
	before := s.storedOf(entries)
	s.lostBefore = max(0, s.forgotten-(len(s.stored)-len(before)))
	places, err := s.write(ctx, l, changed, members, entries[len(before):])
	if err != nil {
		s.whole.Store(false)
		return nil, err
	}
	if len(before) > 0 {
		places = append(before, places...)
	}
	s.stored, s.storedAt = nil, nil
	if len(entries) > 0 {
		s.forgotten = 0
	}
	s.saved()
	return places, nil
}

// Forgot says that so many entries, which came before those that the next Save gives, are lost for good: their numbers
// are left out, so that each reader of the journal sees the gap.
func (s *Store) Forgot(entries int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.forgotten += entries
}

// storedOf are the places of the entries that proved to be stored already, the first ones, of which
// the giver may have forgotten the oldest.
func (s *Store) storedOf(entries []queue.Entry) []journal.Position {
	for i := range s.stored {
		if again := s.stored[i:]; len(entries) >= len(again) && reflect.DeepEqual(entries[:len(again)], again) {
			return s.storedAt[i:]
		}
	}
	return nil
}

// Replace writes the whole state anew: first all that is, then it deletes what
// is not in it, so that a crash on the way loses nothing. It repairs the keys,
// whatever happened to them. It fails at once while Redis is known to be away, so it
// may be tried as often as once a second.
func (s *Store) Replace(ctx context.Context, all *queue.Snapshot) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	l, err := s.writable()
	if err != nil {
		return err
	}
	begun := time.Now()
	s.whole.Store(false)
	seq, err := s.renew(ctx, l)
	if err != nil {
		return err
	}
	if err := s.heal(ctx, l); err != nil {
		return err
	}
	if err := s.settle(ctx, l, seq); err != nil {
		return err
	}
	for _, k := range kinds {
		entities, err := s.missing(ctx, k, all)
		if err != nil {
			return err
		}
		if err := s.writeAll(ctx, l, entities, nil); err != nil {
			return err
		}
	}
	for _, k := range kinds {
		if err := s.prune(ctx, l, k, all); err != nil {
			return err
		}
	}
	if err := s.signFormat(ctx); err != nil {
		return err
	}
	s.whole.Store(true)
	s.log.Info("whole state written", zap.Duration("took", time.Since(begun)))
	return nil
}

// writable returns the lease if there is one and Redis is not known to be away.
func (s *Store) writable() (*lease, error) {
	switch {
	case s.lease == nil:
		return nil, ErrNotOwner
	case s.lease.isLost():
		return nil, ErrLost
	}
	if err := s.away(); err != nil {
		return nil, err
	}
	return s.lease, nil
}

// settle ends the doubt about a write whose answer was lost. Seq is the number
// of the last write that Redis had a moment ago.
func (s *Store) settle(ctx context.Context, l *lease, seq int64) error {
	if seq == s.doubt && len(s.doubtful) > 0 {
		places, err := s.lastPlaces(ctx, len(s.doubtful)) // nothing was written after it
		if err != nil {
			return err
		}
		s.stored, s.storedAt = append(s.stored, s.doubtful...), append(s.storedAt, places...)
		s.doubtful = nil
		s.forgotten -= s.lostBefore
	}
	s.seq = seq
	// It may still be on its way. After an empty write it is refused.
	if _, err := s.write(ctx, l, nil, nil, nil); err != nil {
		return err
	}
	s.doubtful = nil
	return nil
}

// heal moves aside what stands in the place of the indexes and the stream.
func (s *Store) heal(ctx context.Context, l *lease) error {
	limited, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	if _, odd := s.lastEvent(limited); odd != "" {
		if _, err := s.aside(ctx, l, misfit{name: "events", key: s.keys.events(), reason: odd}); err != nil {
			return err
		}
	}
	for _, k := range kinds {
		if _, err := s.aside(ctx, l, misfit{name: k.name + "s", key: s.keys.index(k.name), want: "zset"}); err != nil {
			return err
		}
	}
	return nil
}

// missing lists the entities of a kind that Redis does not have as they are
// now. Of those that expire it has the ones that its index has with the same expiry,
// for they change only together with it: nearly all callers, who are most of a state.
func (s *Store) missing(ctx context.Context, k *kind, all *queue.Snapshot) ([]queue.Entity, error) {
	entities := k.all(all)
	if k.expiry == nil {
		return entities, nil
	}
	limited, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	found, err := s.rdb.ZRangeWithScores(limited, s.keys.index(k.name), 0, -1).Result()
	s.note(ctx, reading, err)
	if err != nil {
		return nil, err
	}
	has := make(map[string]int64, len(found))
	for _, z := range found {
		m, _ := z.Member.(string)
		has[m] = int64(z.Score)
	}
	return slices.DeleteFunc(entities, func(e queue.Entity) bool {
		at, ok := has[member(e.Key())]
		return ok && at == k.expiry(e).UnixMilli()
	}), nil
}

// writeAll writes and deletes entities, in requests of at most chunk each.
func (s *Store) writeAll(ctx context.Context, l *lease, changed []queue.Entity, gone []ref) error {
	for some := range slices.Chunk(changed, chunk) {
		if _, err := s.write(ctx, l, some, nil, nil); err != nil {
			return err
		}
	}
	for some := range slices.Chunk(gone, chunk) {
		if _, err := s.write(ctx, l, nil, some, nil); err != nil {
			return err
		}
	}
	return nil
}

// prune deletes the entities of a kind that are not in all.
func (s *Store) prune(ctx context.Context, l *lease, k *kind, all *queue.Snapshot) error {
	keep := map[string]bool{}
	for _, e := range k.all(all) {
		keep[member(e.Key())] = true
	}
	which := everything
	if k.history {
		which = forGood
	}
	found, err := s.members(ctx, k, which)
	if err != nil {
		return err
	}
	var gone []ref
	for _, m := range found {
		if !keep[m] {
			gone = append(gone, ref{k.name, m})
		}
	}
	return s.writeAll(ctx, l, nil, gone)
}

// ref names an entity as its index does.
type ref struct{ kind, member string }

// write runs the save script, and returns the places of the entries.
func (s *Store) write(ctx context.Context, l *lease, changed []queue.Entity, gone []ref, entries []queue.Entry) ([]journal.Position, error) {
	keys, args, err := s.request(changed, gone, entries)
	if err != nil {
		return nil, err
	}
	s.tried++
	args[0] = l.process
	args[1] = strconv.FormatInt(l.fence.Load(), 10)
	args[2] = strconv.FormatInt(s.seq, 10)
	args[3] = strconv.FormatInt(s.tried, 10)

	// Pointers to the strings spare a copy of each one's header on the heap.
	boxed := make([]any, len(args))
	for i := range args {
		boxed[i] = &args[i]
	}
	said, err := s.run(ctx, saving, saveScript, keys, boxed...).StringSlice()
	if err == nil && len(said) == 0 {
		err = errors.New("redis answered nothing")
	}
	if err != nil {
		if len(entries) > 0 {
			s.doubtful, s.doubt = slices.Clone(entries), s.tried
		}
		return nil, fmt.Errorf("save: %w", err)
	}
	switch said[0] {
	case ours:
		s.seq = s.tried
		s.written.Store(s.seq)
		if len(changed) > 0 {
			s.used.Store(true)
		}
		return placesIn(said[1:]), nil
	case fenced:
		return nil, s.fencedOff(ctx, l)
	}
	return nil, fmt.Errorf("%w: redis said %s", ErrBehind, said[0])
}

// placesIn reads the number of the last entry and the id of each.
func placesIn(said []string) []journal.Position {
	if len(said) < 2 {
		return nil
	}
	last, _ := strconv.ParseInt(said[0], 10, 64)
	ids := said[1:]
	places := make([]journal.Position, len(ids))
	for i, id := range ids {
		places[i] = journal.Position{ID: id, N: last - int64(len(ids)-1-i)}
	}
	return places
}

// fencedOff closes lost before it returns.
func (s *Store) fencedOff(ctx context.Context, l *lease) error {
	to := "not known"
	if o, err := s.Owner(ctx); err == nil {
		to = fmt.Sprintf("instance %s (%s)", o.Instance, o.Process)
	}
	s.lose(l, to)
	return ErrLost
}

// request builds the keys and arguments of the save script, with the first
// four left for the sender.
func (s *Store) request(changed []queue.Entity, gone []ref, entries []queue.Entry) (keys, args []string, err error) {
	keys = make([]string, 0, 2+len(kinds)+len(gone)+len(changed))
	keys = append(keys, s.keys.owner(), s.keys.events())
	args = make([]string, 11, 11+2*len(gone)+48*len(changed)+24*len(entries))

	// The indexes in use, numbered in the order in which they are met.
	numbers := make(map[string]string, len(kinds))
	number := func(kind string) {
		if numbers[kind] == "" {
			numbers[kind] = strconv.Itoa(len(numbers) + 1)
			keys = append(keys, s.keys.index(kind))
		}
	}
	for _, r := range gone {
		number(r.kind)
	}
	for _, e := range changed {
		number(e.Kind())
	}

	for _, r := range gone {
		keys = append(keys, s.keys.entity(r.kind, r.member))
		args = append(args, numbers[r.kind], r.member)
	}
	for _, e := range changed {
		k, err := kindNamed(e.Kind())
		if err != nil {
			return nil, nil, err
		}
		m := member(e.Key())
		keys = append(keys, s.keys.entity(k.name, m))
		expiry := ""
		if k.expiry != nil {
			if t := k.expiry(e); !t.IsZero() {
				expiry = strconv.FormatInt(t.UnixMilli(), 10)
			}
		}
		args = append(args, numbers[k.name], m, expiry)
		if args, err = counted(args, e); err != nil {
			return nil, nil, fmt.Errorf("%s %q: %w", k.name, e.Key(), err)
		}
	}
	var e queue.WireEntry
	for i := range entries {
		e = entries[i].Wire()
		if args, err = counted(args, &e); err != nil {
			return nil, nil, fmt.Errorf("journal: %w", err)
		}
	}
	args[4] = strconv.Itoa(s.opts.Events.Most)
	args[5] = strconv.FormatInt(s.opts.Events.Keep.Milliseconds(), 10)
	args[6] = strconv.Itoa(len(numbers))
	args[7] = strconv.Itoa(len(gone))
	args[8] = strconv.Itoa(len(changed))
	args[9] = strconv.Itoa(len(entries))
	args[10] = strconv.Itoa(s.lostBefore)
	return keys, args, nil
}

// counted appends the number of strings of a struct's fields and values, then these.
func counted(args []string, ptr any) ([]string, error) {
	at := len(args)
	args, err := encode(append(args, ""), ptr)
	if err != nil {
		return nil, err
	}
	args[at] = strconv.Itoa(len(args) - at - 1)
	return args, nil
}

// mostAside bounds how many of what was moved aside are kept.
const mostAside = 1000

// misfit is a key that cannot be used.
type misfit struct {
	name   string // among the broken, with the time when it is moved
	key    string
	reason string
	want   string       // the type it should have; if it has it, all is well
	of     *ref         // the entity that it was
	saved  queue.Entity // what comes into its place
}

// MoveAside moves an entity's hash out of the way, to kezek:{site}:broken:<kind>:<id>/<Unix ms>,
// with the reason. It is an error if Redis is away; the entity goes all the same at
// the next [Store.Replace].
func (s *Store) MoveAside(ctx context.Context, e queue.Entity, reason string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.moved.Add(1)
	l, err := s.writable()
	if err != nil {
		return err
	}
	m := member(e.Key())
	_, err = s.aside(ctx, l, misfit{name: e.Kind() + ":" + m, key: s.keys.entity(e.Kind(), m), reason: reason, of: &ref{e.Kind(), m}})
	return err
}

// Aside counts what was moved aside since the store was made.
func (s *Store) Aside() int { return int(s.moved.Load()) }

// Broken reads what was moved aside and never cleared away: names, such as call:ID/1767225600000, to reasons.
func (s *Store) Broken(ctx context.Context) (map[string]string, error) {
	limited, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	found, err := s.rdb.HGetAll(limited, s.keys.broken()).Result()
	s.note(ctx, reading, err)
	if redis.HasErrorPrefix(err, "WRONGTYPE") {
		return nil, nil // it is made anew when it is needed
	}
	return found, err
}

// aside moves a misfit out of the way, and returns the key where it stands now; "" if there was nothing to move.
func (s *Store) aside(ctx context.Context, l *lease, m misfit) (to string, err error) {
	if m.reason == "" {
		m.reason = "it is not a " + m.want
	}
	keys := []string{s.keys.owner(), s.keys.broken(), m.key}
	args := []any{l.process, strconv.FormatInt(l.fence.Load(), 10), m.name, m.reason, m.want, "", mostAside}
	if m.of != nil {
		keys = append(keys, s.keys.index(m.of.kind))
		args[5] = m.of.member
	}
	if m.saved != nil {
		fields, err := encode(nil, m.saved)
		if err != nil {
			return "", fmt.Errorf("move %s aside: %w", m.key, err)
		}
		for _, f := range fields {
			args = append(args, f)
		}
	}
	said, err := s.run(ctx, saving, asideScript, keys, args...).StringSlice()
	switch {
	case err != nil:
		return "", fmt.Errorf("move %s aside: %w", m.key, err)
	case len(said) == 0:
		return "", fmt.Errorf("move %s aside: redis answered nothing", m.key)
	case said[0] == fenced:
		return "", s.fencedOff(ctx, l)
	case said[0] != ours:
		return "", fmt.Errorf("%w: redis said %s", ErrBehind, said[0])
	case len(said) == 1:
		return "", nil
	}
	return s.keys.aside(said[1]), nil
}
