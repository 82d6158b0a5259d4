package ops

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"kezek/queue"
	"kezek/queue/journal"
)

// shelf is a journal in memory, which can be away and forget the oldest.
type shelf struct {
	mu     sync.Mutex
	lines  []journal.Line
	last   int64
	away   error
	places map[string]journal.Position
	reads  int
}

var errShelfAway = errors.New("redis is away")

// add stores entries, and returns their places.
func (s *shelf) add(entries ...queue.Entry) []journal.Position {
	s.mu.Lock()
	defer s.mu.Unlock()
	places := make([]journal.Position, len(entries))
	for i, e := range entries {
		s.last++
		places[i] = journal.Position{ID: fmt.Sprintf("1000-%d", s.last), N: s.last}
		s.lines = append(s.lines, journal.Line{Position: places[i], Entry: e})
	}
	return places
}

func (s *shelf) trim(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lines = s.lines[n:]
}

func (s *shelf) fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.away = err
}

func (s *shelf) Journal(_ context.Context, after journal.Position, most int) ([]journal.Line, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reads++
	from := 0
	for from < len(s.lines) && !after.Before(s.lines[from].Position) {
		from++
	}
	return slices.Clone(s.lines[from:min(len(s.lines), from+most)]), s.away
}

func (s *shelf) Newest(context.Context) (journal.Position, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.lines) == 0 {
		return journal.Position{}, s.away
	}
	return s.lines[len(s.lines)-1].Position, s.away
}

func (s *shelf) Place(_ context.Context, reader string) (journal.Position, bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	at, ok := s.places[reader]
	return at, ok, s.away
}

func (s *shelf) SetPlace(_ context.Context, reader string, at journal.Position) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.away == nil {
		if s.places == nil {
			s.places = map[string]journal.Position{}
		}
		s.places[reader] = at
	}
	return s.away
}

func (s *shelf) place(reader string) journal.Position {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.places[reader]
}

// tell stores entries and tells the feed of them, as the engine does.
func (s *shelf) tell(f *Feed, entries ...queue.Entry) { f.Happened(entries, s.add(entries...)) }

// numbered are entries that can be told from each other: from, from+1, … until to.
func numbered(from, to int) (entries []queue.Entry) {
	for i := from; i < to; i++ {
		entries = append(entries, queue.Entry{Kind: queue.EntryHealed, Call: fmt.Sprint("c", i)})
	}
	return entries
}
