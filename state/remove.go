package state

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// scanned is about how many keys of Redis one request looks at, so that others who use it do not wait.
const scanned = 1000

// Inventory is how many keys Redis has of a site, by kind: those of entities, "broken" for what was moved aside, and "other" for
// indexes, the events and the owner.
type Inventory map[string]int

// Total is the number of all keys.
func (i Inventory) Total() (n int) {
	for _, count := range i {
		n += count
	}
	return n
}

// String tells it in words, the most first: "12 callback, 3 agent".
func (i Inventory) String() string {
	names := slices.SortedFunc(maps.Keys(i), func(a, b string) int { return cmp.Or(cmp.Compare(i[b], i[a]), cmp.Compare(a, b)) })
	for n, name := range names {
		names[n] = fmt.Sprintf("%d %s", i[name], name)
	}
	return strings.Join(names, ", ")
}

// Inventory counts the site's keys and changes nothing. It takes as long as Redis has keys, the other programs' too; each request is short.
func (s *Store) Inventory(ctx context.Context) (Inventory, error) {
	seen := map[string]bool{} // a scan may tell a key twice
	found := Inventory{}
	err := s.eachKey(ctx, func(keys []string) error {
		for _, key := range keys {
			if !seen[key] {
				seen[key] = true
				found[s.keys.kindOf(key)]++
			}
		}
		return nil
	})
	return found, err
}

// Remove deletes all keys of the site, and returns how many. It does not check the owner of the site: see [Store.Owned]. What was deleted before
// an error stays deleted.
func (s *Store) Remove(ctx context.Context) (removed int, err error) {
	err = s.eachKey(ctx, func(keys []string) error {
		limited, cancel := context.WithTimeout(ctx, readTimeout)
		defer cancel()
		n, err := s.rdb.Unlink(limited, keys...).Result()
		removed += int(n)
		return err
	})
	return removed, err
}

// Owned tells which daemon has the site now; ok is false when none has, or the lease has run out by the clock of Redis.
func (s *Store) Owned(ctx context.Context) (o Owner, ok bool, err error) {
	if o, err = s.Owner(ctx); err != nil {
		return o, false, err
	}
	limited, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	now, err := s.rdb.Time(limited).Result()
	return o, err == nil && o.Until.After(now), err
}

// eachKey gives each of the site's keys at least once, some at a time.
func (s *Store) eachKey(ctx context.Context, each func(keys []string) error) error {
	var cursor uint64
	for {
		limited, cancel := context.WithTimeout(ctx, readTimeout)
		keys, next, err := s.rdb.Scan(limited, cursor, literally(s.keys.prefix)+"*", scanned).Result()
		cancel()
		s.note(ctx, reading, err)
		if err != nil {
			return err
		}
		// Nothing of another site is deleted for a mistake in a pattern.
		keys = slices.DeleteFunc(keys, func(key string) bool { return !strings.HasPrefix(key, s.keys.prefix) })
		if len(keys) > 0 {
			if err := each(keys); err != nil {
				return err
			}
		}
		if cursor = next; cursor == 0 {
			return nil
		}
	}
}

// literally makes a pattern that stands for the text alone.
func literally(text string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`, `]`, `\]`).Replace(text)
}

// kindOf is the kind of entity that a key of the site holds, "broken" or "other".
func (k keys) kindOf(key string) string {
	name, _, has := strings.Cut(strings.TrimPrefix(key, k.prefix), ":")
	if _, err := kindNamed(name); has && (err == nil || name == "broken") {
		return name
	}
	return "other"
}
