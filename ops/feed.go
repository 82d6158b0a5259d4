package ops

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
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
}

// Numbered is a line of the journal with its number since the daemon's start.
type Numbered struct {
	N     uint64
	Entry queue.Entry
}

// Listener gets the journal from the moment when it began to listen.
type Listener struct {
	// Lines is closed after the last line before the one that found the buffer full.
	Lines <-chan Numbered
	lines chan Numbered
}

// mostListeners bounds the memory that buffers may take.
const mostListeners = 64

var errTooManyListeners = errors.New("too many clients listen to the events already")

// NewFeed makes a feed without listeners.
func NewFeed() *Feed { return &Feed{listeners: map[*Listener]struct{}{}} }

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
				close(l.lines)
				delete(f.listeners, l)
			}
		}
	}
}

// Listen adds a listener with a buffer of so many lines.
func (f *Feed) Listen(buffer int) (*Listener, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.listeners) >= mostListeners {
		return nil, errTooManyListeners
	}
	lines := make(chan Numbered, buffer)
	l := &Listener{Lines: lines, lines: lines}
	f.listeners[l] = struct{}{}
	return l, nil
}

// Leave takes a listener away.
func (f *Feed) Leave(l *Listener) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.listeners, l)
}

const (
	// eventBuffer is how many lines a client may be behind.
	eventBuffer = 256
	// heartbeat keeps proxies from closing a quiet stream, and finds clients that are gone.
	heartbeat = 15 * time.Second
)

// events streams the journal as server-sent events until the client leaves,
// falls behind, or the daemon stops. The last event then is "end".
func (s *Server) events(w http.ResponseWriter, r *http.Request, _ who) {
	w.Header().Set("Content-Type", "text/event-stream")
	if r.Method == http.MethodHead {
		return
	}
	stream := http.NewResponseController(w)
	l, err := s.feed.Listen(eventBuffer)
	if err != nil {
		w.Header().Set("Retry-After", "10")
		problem(w, http.StatusServiceUnavailable, err.Error())
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
		case <-beat.C:
			ok = send(": still here\n\n")
		case line, listening := <-l.Lines:
			if !listening {
				end("too slow: events were lost; ask for the lists again, then listen again")
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
