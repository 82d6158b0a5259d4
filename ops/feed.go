package ops

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"kezek/queue"
)

// Feed passes the journal on to those who listen. It never waits for them: a
// listener whose buffer is full is cut off and has to start anew.
type Feed struct {
	mu        sync.Mutex
	last      uint64
	listeners map[*Listener]struct{}
	// streams are the listeners that clients have, by the id of their token, the oldest first.
	streams map[string][]*Listener
}

// Numbered is a line of the journal with its number since the daemon's start.
type Numbered struct {
	N     uint64
	Entry queue.Entry
}

// Listener gets the journal from the moment when it began to listen.
type Listener struct {
	// Lines is closed after the last line before the one that found the buffer full,
	// or when the place is needed for another.
	Lines <-chan Numbered
	lines chan Numbered
	token string // the id of a client's
	// displaced: the place was needed. Set before Lines is closed.
	displaced bool
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

// Happened takes lines of the journal. It does not block.
func (f *Feed) Happened(entries []queue.Entry) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, e := range entries {
		f.last++
		for l := range f.listeners {
			select {
			case l.lines <- Numbered{f.last, e}:
			default:
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

// stream adds a client's listener. When all places are taken, the token that has most of
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
	f.streams[token] = append(f.streams[token], l)
	return l, nil
}

func (f *Feed) add(token string, buffer int) *Listener {
	lines := make(chan Numbered, buffer)
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

const (
	// eventBuffer is how many lines a client may be behind.
	eventBuffer = 256
	// heartbeat keeps proxies from closing a quiet stream, and finds clients that are gone.
	heartbeat = 15 * time.Second
)

// events streams the journal as server-sent events until the client leaves, falls
// behind, its token is revoked, or the daemon stops. The last event then is "end".
func (s *Server) events(w http.ResponseWriter, r *http.Request, asker who) {
	w.Header().Set("Content-Type", "text/event-stream")
	if r.Method == http.MethodHead {
		return
	}
	stream := http.NewResponseController(w)
	l, err := s.feed.stream(asker.id, eventBuffer)
	if err != nil {
		w.Header().Set("Retry-After", "10")
		problem(w, http.StatusTooManyRequests, err.Error())
		return
	}
	defer s.feed.Leave(l)
	send := func(format string, args ...any) bool {
		_ = stream.SetWriteDeadline(time.Now().Add(writeTimeout))
		_, err := fmt.Fprintf(w, format, args...)
		return err == nil && stream.Flush() == nil
	}
	end := func(reason string) { send("event: end\ndata: {\"reason\":%q}\n\n", reason) }
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	for ok := send(": the journal from here on\n\n"); ok; {
		select {
		case <-r.Context().Done():
			return
		case <-s.stopping:
			end("the daemon stops")
			return
		case <-asker.gone():
			end("the token is no longer valid")
			return
		case <-beat.C:
			ok = send(": still here\n\n")
		case line, listening := <-l.Lines:
			switch {
			case !listening && l.displaced:
				end("this token has more event streams than others, and one of those needs its place")
				return
			case !listening:
				end("too slow: events were lost; fetch the lists again, then reconnect")
				return
			}
			data, err := json.Marshal(newEvent(line.Entry))
			if err != nil {
				s.log.Error("a journal line cannot be written as JSON: " + err.Error())
				return
			}
			ok = send("id: %d\nevent: %s\ndata: %s\n\n", line.N, line.Entry.Kind, data)
		}
	}
}
