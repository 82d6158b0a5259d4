package state

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"go.uber.org/zap"

	"kezek/queue"
	"kezek/queue/journal"
)

// rehearsalWait is how long a rehearsal waits for another one to end.
const rehearsalWait = 6 * time.Second

// RehearsalError is what Redis refused, and for what it is needed.
type RehearsalError struct {
	// Step is what the daemon does: "take the site".
	Step string
	// Err is what Redis answered.
	Err error
}

func (e *RehearsalError) Error() string { return fmt.Sprintf("%s: %v", e.Step, e.Err) }

// Unwrap gives what Redis answered.
func (e *RehearsalError) Unwrap() error { return e.Err }

// Rehearse does with Redis all that a daemon does, with the same scripts, under keys of its own
// (kezek:{SITE}:check:…), and deletes them. The site, its owner and its state are not touched.
// An error is a [*RehearsalError].
func (s *Store) Rehearse(ctx context.Context) error {
	opts := s.opts
	opts.Instance = "check-" + rand.Text()[:8]
	opts.Log, opts.Mark = zap.NewNop(), ""
	r := &Store{
		opts: opts, keys: keys{s.keys.prefix + "check:"}, rdb: s.rdb, log: opts.Log, probe: s.probe, now: s.now, poke: make(chan struct{}, 1),
	}
	if err := r.rehearseAcquire(ctx); err != nil {
		return &RehearsalError{"take the site", err}
	}
	err := r.rehearse(ctx)
	r.letGo()
	if gone := s.rdb.Del(ctx, r.rehearsed(ctx)...).Err(); gone != nil {
		err = errors.Join(err, &RehearsalError{"delete finished entities", gone})
	}
	return err
}

// rehearseAcquire takes the site of the rehearsal. The error is Redis's own, if there is one.
func (s *Store) rehearseAcquire(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, rehearsalWait)
	defer cancel()
	stop := time.AfterFunc(2*requestTimeout, func() {
		if s.Err() != nil { // it is not another rehearsal that is waited for
			cancel()
		}
	})
	defer stop.Stop()
	if _, err := s.Acquire(ctx); err != nil {
		if of := s.Err(); of != nil {
			return of
		}
		return err
	}
	return nil
}

func (s *Store) rehearse(ctx context.Context) error {
	changed := rehearsal()
	only := func(_ any, err error) error { return err }
	for _, step := range []struct {
		name string
		do   func() error
	}{
		{"write the whole state", func() error { return s.Replace(ctx, &queue.Snapshot{}) }},
		{"save a step", func() error { return only(s.Save(ctx, changed, nil, []queue.Entry{{At: time.Now()}})) }},
		{"keep the place of a reader", func() error { return s.SetPlace(ctx, "check", journal.Position{}) }},
		{"read the state", func() error { return only(s.Load(ctx)) }},
		{"find entities without an index", func() error { return only(s.scan(ctx, kinds[0])) }},
		{"read finished entities", func() error { return only(s.CallbacksOver(ctx, 1)) }},
		{"read timesheets", func() error { return only(s.Timesheets(ctx, "", "")) }},
		{"move unreadable entities aside", func() error { return s.MoveAside(ctx, changed[0], "rehearsed") }},
		{"release the site", func() error { return s.Release(ctx) }},
	} {
		if err := step.do(); err != nil {
			if of := s.Err(); of != nil { // not that a former request failed
				err = of
			}
			return &RehearsalError{step.name, err}
		}
	}
	return nil
}

// rehearsal is one entity of each kind.
func rehearsal() []queue.Entity {
	now := time.Now().UTC()
	soon, day := now.Add(time.Minute), now.Format(time.DateOnly)
	return []queue.Entity{
		&queue.Agent{ID: "check", Status: queue.StatusOffline},
		&queue.Call{ID: "check", Queue: "check", State: queue.CallInMenu, Since: now, Arrived: now},
		&queue.Callback{ID: "check", State: queue.CallbackOver, Fulfilment: queue.Fulfilment{Outcome: queue.CallbackCancelled, Until: soon}},
		&queue.Line{Queue: "check", Day: day}, &queue.Caller{Number: "check", Until: soon}, &queue.Timesheet{Agent: "check", Day: day, Until: soon},
	}
}

// rehearsed are all keys of a rehearsal.
func (s *Store) rehearsed(ctx context.Context) []string {
	all := []string{s.keys.owner(), s.keys.events(), s.keys.format(), s.keys.broken(), s.keys.readers(), s.keys.erased()}
	aside, _ := s.Broken(ctx) // Load may have found something wanting
	for name := range aside {
		all = append(all, s.keys.aside(name))
	}
	for _, k := range kinds {
		all = append(all, s.keys.index(k.name))
	}
	for _, e := range rehearsal() {
		all = append(all, s.keys.entity(e.Kind(), member(e.Key())))
	}
	return all
}
