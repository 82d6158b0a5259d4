package state

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.uber.org/zap"

	"kezek/queue"
)

// markEvery is how often the mark is written while the site is owned.
const markEvery = time.Minute

// MarkSuffix names the file beside a spool in which a machine remembers the site, see [Options.Mark].
const MarkSuffix = ".mark"

// largestMark bounds what is read of it.
const largestMark = 1 << 20

// mark is what this machine remembers of the site outside of Redis, so that a
// Redis that comes up empty, or with an older copy, is not taken for a new site's.
type mark struct {
	Site string `json:"site"`
	// Fence and Seq are those of the last write that Redis is known to have had.
	Fence int64 `json:"fence"`
	Seq   int64 `json:"seq"`
	// Used: the site had agents, calls, callbacks or queues.
	Used bool      `json:"used"`
	At   time.Time `json:"at"`
}

// Lost says why the state that was loaded seems to lack what the site had before,
// "" if nothing says so. It stays until the store is opened anew.
func (s *Store) Lost() string {
	if why := s.lost.Load(); why != nil {
		return *why
	}
	return ""
}

// miss notes that something is lost, and logs each such thing once.
func (s *Store) miss(format string, args ...any) {
	why := fmt.Sprintf(format, args...)
	all := why
	if before := s.Lost(); strings.Contains(before, why) {
		return
	} else if before != "" {
		all = before + "; " + why
	}
	s.lost.Store(&all)
	s.log.Error("the state was lost: redis does not have what this site had; calls are served with what there is", zap.String("why", why))
}

// recall compares what Redis knew of the site with what this machine remembers.
func (s *Store) recall(a acquired) {
	m := s.readMark()
	if m.Fence == 0 {
		return
	}
	s.used.Store(m.Used)
	s.dated(m.At)
	fence, _ := strconv.ParseInt(a.before, 10, 64)
	seq, _ := strconv.ParseInt(a.seq, 10, 64)
	at := m.At.Format(time.RFC3339)
	switch {
	case a.before == "":
		s.miss("redis has nothing of site %s, which had its state there at %s", m.Site, at)
	case fence < m.Fence:
		s.miss("redis has an older copy: owner %d, and at %s it was %d", fence, at, m.Fence)
	case fence == m.Fence && seq < m.Seq:
		s.miss("redis has an older copy: write %d, and at %s it had %d", seq, at, m.Seq)
	}
}

// readMark reads the mark; one that says nothing is no mark.
func (s *Store) readMark() (m mark) {
	if s.opts.Mark == "" {
		return mark{}
	}
	data, err := readFile(s.opts.Mark, largestMark)
	if errors.Is(err, fs.ErrNotExist) {
		return mark{}
	}
	if err == nil {
		err = json.Unmarshal(data, &m)
	}
	if err == nil && (m.Site != s.opts.Site || m.Fence <= 0 || m.Seq < 0) {
		err = fmt.Errorf("it is of site %s, fence %d, write %d", clip(m.Site), m.Fence, m.Seq)
	}
	if err != nil {
		s.log.Warn("this machine's record of the site cannot be read; whether redis has lost something is not known",
			zap.String("file", s.opts.Mark), zap.Error(err))
		return mark{}
	}
	return m
}

// writeMark remembers what Redis has.
func (s *Store) writeMark(l *lease) {
	if s.opts.Mark == "" {
		return
	}
	data, err := json.Marshal(mark{
		Site: s.opts.Site, Fence: l.fence.Load(), Seq: s.written.Load(), Used: s.used.Load(), At: time.Now().UTC().Truncate(time.Second),
	})
	if err == nil {
		err = writeFile(s.opts.Mark, data)
	}
	if err != nil && !s.unmarked.Swap(true) {
		s.log.Warn("this machine's record of the site cannot be written; a redis that comes up empty is not noticed", zap.Error(err))
	}
}

// remember writes the mark from time to time, and checks the clock; a disk that hangs keeps nothing else waiting.
func (s *Store) remember(ctx context.Context, l *lease) {
	tick := time.NewTicker(markEvery)
	defer tick.Stop()
	for {
		s.writeMark(l)
		s.CompareClocks(ctx)
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// missingAll notes when nothing at all was loaded though the site was used.
func (s *Store) missingAll(ctx context.Context, all *queue.Snapshot) {
	if !holdsNothing(all) {
		s.used.Store(true)
		return
	}
	used := s.used.Swap(false) // said once, not at each start
	if s.Lost() != "" {
		return
	}
	if used {
		s.miss("redis has no agents, calls, callbacks and queues of site %s, which had some", s.opts.Site)
		return
	}
	limited, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	if n, err := s.rdb.XLen(limited, s.keys.events()).Result(); err == nil && n > 0 {
		s.miss("redis has no agents, calls, callbacks and queues of site %s, but %d events", s.opts.Site, n)
	}
}

// missingSome notes those of an index that were deleted: what expires stands there with its time.
func (s *Store) missingSome(ctx context.Context, stale []ref) error {
	var deleted []string
	for _, k := range kinds {
		if !slices.ContainsFunc(stale, func(r ref) bool { return r.kind == k.name }) {
			continue
		}
		lasting, err := s.members(ctx, k, forGood)
		if err != nil {
			return fmt.Errorf("list %ss: %w", k.name, err)
		}
		for _, r := range stale {
			if r.kind == k.name && slices.Contains(lasting, r.member) {
				deleted = append(deleted, k.name+" "+name(r.member))
			}
		}
	}
	if n := len(deleted); n > 0 {
		s.miss("redis lists %d entries that were deleted, such as %s", n, strings.Join(deleted[:min(n, mostNamed)], ", "))
	}
	return nil
}

// mostNamed bounds how many of many are named in a message.
const mostNamed = 5

// holdsNothing reports whether there is nothing in a snapshot.
func holdsNothing(all *queue.Snapshot) bool {
	return !slices.ContainsFunc(kinds, func(k *kind) bool { return len(k.all(all)) > 0 })
}
