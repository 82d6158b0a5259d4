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
	text, ok, err := s.bookmark(ctx, reader)
	if err != nil || !ok {
		return at, false, err
	}
	if at, err = journal.Parse(text); err != nil {
		s.log.Warn("the place of a reader of the journal cannot be read; it begins anew: " + err.Error())
		return at, false, nil
	}
	return at, true, nil
}

// Bookmark is [Store.Place] of a reader that keeps more than a position, in its own words; empty if it never did.
func (s *Store) Bookmark(ctx context.Context, reader string) (string, error) {
	text, _, err := s.bookmark(ctx, reader)
	return text, err
}

func (s *Store) bookmark(ctx context.Context, reader string) (text string, ok bool, err error) {
	limited, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	text, err = s.rdb.HGet(limited, s.keys.readers(), reader).Result()
	if errors.Is(err, redis.Nil) || redis.HasErrorPrefix(err, "WRONGTYPE") {
		return "", false, nil
	}
	s.note(ctx, reading, err)
	if err != nil {
		return "", false, fmt.Errorf("read the place of %s: %w", reader, err)
	}
	return text, true, nil
}

// SetPlace keeps how far a reader of the journal is, over restarts. It is [ErrLost] when another daemon owns the site.
func (s *Store) SetPlace(ctx context.Context, reader string, at journal.Position) error {
	return s.SetBookmark(ctx, reader, at.String())
}

// SetBookmark is [Store.SetPlace] for a reader that keeps more than a position.
func (s *Store) SetBookmark(ctx context.Context, reader, mark string) error {
	s.mu.Lock()
	l, err := s.writable()
	s.mu.Unlock() // a step of the rules does not wait for this
	if err != nil {
		return err
	}
	said, err := s.run(ctx, saving, placeScript, []string{s.keys.owner(), s.keys.readers()},
		l.process, strconv.FormatInt(l.fence.Load(), 10), reader, mark).Text()
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
