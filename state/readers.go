package state

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/redis/go-redis/v9"

	"kezek/queue/journal"
)

// Place is how far a reader of the journal was when it last said so; ok is false if it never did.
func (s *Store) Place(ctx context.Context, reader string) (at journal.Position, ok bool, err error) {
	limited, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	text, err := s.rdb.HGet(limited, s.keys.readers(), reader).Result()
	if errors.Is(err, redis.Nil) || redis.HasErrorPrefix(err, "WRONGTYPE") {
		return at, false, nil
	}
	s.note(ctx, reading, err)
	if err != nil {
		return at, false, fmt.Errorf("read the place of %s: %w", reader, err)
	}
	if at, err = journal.Parse(text); err != nil {
		s.log.Warn("the place of a reader of the journal cannot be read; it begins anew: " + err.Error())
		return at, false, nil
	}
	return at, true, nil
}

// SetPlace keeps how far a reader of the journal is, over restarts. It is [ErrLost] when another daemon owns the site.
func (s *Store) SetPlace(ctx context.Context, reader string, at journal.Position) error {
	s.mu.Lock()
	l, err := s.writable()
	s.mu.Unlock() // a step of the rules does not wait for this
	if err != nil {
		return err
	}
	said, err := s.run(ctx, saving, placeScript, []string{s.keys.owner(), s.keys.readers()},
		l.process, strconv.FormatInt(l.fence.Load(), 10), reader, at.String()).Text()
	switch {
	case err != nil:
		return fmt.Errorf("keep the place of %s: %w", reader, err)
	case said == fenced:
		return ErrLost
	case said != ours:
		return fmt.Errorf("%w: redis said %s", ErrBehind, said)
	}
	return nil
}
