package ops

import (
	"errors"
	"slices"
	"sync"

	"kezek/queue"
	"kezek/queue/journal"
)

// Feed passes the journal on to those who listen, as it happens. It never waits for them.
type Feed struct {
	mu sync.Mutex
	// last is the place of the last line that has one, ahead how many were told after it: they have none yet.
	last      journal.Position
	ahead     int64
	listeners map[*Listener]struct{}
	// streams are the listeners that clients have, by the id of their token, the oldest first.
	streams map[string][]*Listener
}

// Listener gets the journal from the moment when it began to listen. A line without a place is not stored yet; an entry
// without a kind tells that everything up to its place is.
type Listener struct {
	// Lines is closed after the last line before the one that found the buffer full,
	// or when the place is needed for another.
	Lines <-chan journal.Line
	lines chan journal.Line
	token string // the id of a client's
	// displaced: the place was needed. Set before Lines is closed.
	displaced bool
	// follows: Lines is not closed when it is full, but gets no more: the rest is read from the store. Paused is that it is so.
	follows, paused bool
}

// Bounds of the memory that the buffers of clients may take: of all, and of one token.
// The daemon's own listeners do not count.
const (
	mostStreams     = 64
	mostOfOneStream = 16
)

var errTooManyStreams = errors.New("this token has reached its limit of event streams")

// NewFeed makes a feed without listeners.
func NewFeed() *Feed {
	return &Feed{listeners: map[*Listener]struct{}{}, streams: map[string][]*Listener{}}
}

// Happened takes lines of the journal, with their places if they are stored. It does not block.
func (f *Feed) Happened(entries []queue.Entry, places []journal.Position) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i, e := range entries {
		line := journal.Line{Entry: e}
		if i < len(places) {
			line.Position = places[i]
		}
		f.tell(line)
	}
}

// Stored takes that all that was told is stored. It does not block.
func (f *Feed) Stored(last journal.Position) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.tell(journal.Line{Position: last})
}

func (f *Feed) tell(line journal.Line) {
	if f.ahead++; line.ID != "" {
		f.last, f.ahead = line.Position, 0
	}
	for l := range f.listeners {
		if l.paused {
			continue
		}
		select {
		case l.lines <- line:
		default:
			if l.paused = l.follows; !l.follows {
				f.drop(l)
				close(l.lines)
			}
		}
	}
}

// Listen adds a listener of the daemon itself, with a buffer of so many lines. It always finds a place.
func (f *Feed) Listen(buffer int) *Listener {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.add("", buffer)
}

// follow adds a listener of the daemon itself that reads in the store what is too much for its buffer. It begins paused.
func (f *Feed) follow(buffer int) *Listener {
	f.mu.Lock()
	defer f.mu.Unlock()
	l := f.add("", buffer)
	l.follows, l.paused = true, true
	return l
}

// stream adds a client's listener, paused. When all places are taken, the token that has most of
// them gives its newest to one that has at least two less.
func (f *Feed) stream(token string, buffer int) (*Listener, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.streams[token]) >= mostOfOneStream {
		return nil, errTooManyStreams
	}
	total, most := 0, token
	for of, streams := range f.streams {
		total += len(streams)
		if len(streams) > len(f.streams[most]) {
			most = of
		}
	}
	if total >= mostStreams {
		theirs := f.streams[most]
		if len(theirs) < len(f.streams[token])+2 {
			return nil, errTooManyStreams
		}
		out := theirs[len(theirs)-1]
		out.displaced = true
		f.drop(out)
		close(out.lines)
	}
	l := f.add(token, buffer)
	l.follows, l.paused = true, true
	f.streams[token] = append(f.streams[token], l)
	return l, nil
}

func (f *Feed) add(token string, buffer int) *Listener {
	lines := make(chan journal.Line, buffer)
	l := &Listener{Lines: lines, lines: lines, token: token}
	f.listeners[l] = struct{}{}
	return l
}

// drop takes a listener off the lists.
func (f *Feed) drop(l *Listener) {
	delete(f.listeners, l)
	left := slices.DeleteFunc(f.streams[l.token], func(other *Listener) bool { return other == l })
	if f.streams[l.token] = left; len(left) == 0 {
		delete(f.streams, l.token)
	}
}

// Leave takes a listener away.
func (f *Feed) Leave(l *Listener) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.drop(l)
}

// resume gives a listener lines again, and tells the place of the last line that was told before, if nothing was told after it.
func (f *Feed) resume(l *Listener) (last journal.Position, ok bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	l.paused = false
	return f.last, f.ahead == 0
}

// isPaused reports whether a listener gets no lines because its buffer was full. What is in it comes before.
func (f *Feed) isPaused(l *Listener) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return l.paused
}

// hasPlace reports whether a line with a place was told.
func (f *Feed) hasPlace() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.last.ID != ""
}
