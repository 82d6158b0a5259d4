package state

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/redis/go-redis/v9"
)

// Format is the version of what the keys hold. It is raised when an older Kezek could not read
// what a newer one writes, and would move it aside.
const Format = 1

// ErrNewer says that a newer Kezek has written the state, in a way that this one does not know.
var ErrNewer = errors.New("a newer Kezek has written the state")

func (k keys) format() string { return k.prefix + "format" }

// FormatKey is the key that holds the [Format] of the state.
func (s *Store) FormatKey() string { return s.keys.format() }

// StoredFormat is the [Format] of the state that Redis has, 0 if it does not say.
func (s *Store) StoredFormat(ctx context.Context) (int, error) {
	limited, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	text, err := s.rdb.Get(limited, s.keys.format()).Result()
	if errors.Is(err, redis.Nil) || redis.HasErrorPrefix(err, "WRONGTYPE") {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		return 0, nil // it says nothing; the state is looked at as any other
	}
	return n, nil
}

// known returns [ErrNewer] if the state must be left to a newer Kezek.
func (s *Store) known(ctx context.Context) error {
	n, err := s.StoredFormat(ctx)
	s.note(ctx, reading, err)
	if err != nil {
		return fmt.Errorf("read %s: %w", s.keys.format(), err)
	}
	if n > Format {
		return fmt.Errorf("%w: %s is %d, and this one knows %d: install that version again", ErrNewer, s.keys.format(), n, Format)
	}
	return nil
}

// signFormat says in which format the state is.
func (s *Store) signFormat(ctx context.Context) error {
	limited, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	err := signScript.Run(limited, s.rdb, []string{s.keys.format()}, Format).Err()
	s.note(ctx, saving, err)
	if err != nil {
		return fmt.Errorf("write %s: %w", s.keys.format(), err)
	}
	return nil
}
