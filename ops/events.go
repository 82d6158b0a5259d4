package ops

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"go.uber.org/zap"

	"kezek/queue/journal"
)

const (
	// eventBuffer is how many lines a client may be behind before they are read in the store.
	eventBuffer = 256
	// heartbeat keeps proxies from closing a quiet stream, finds clients that are gone, and lets a page that is
	// told nothing for a few seconds say that the daemon hangs.
	heartbeat = time.Second
)

// LostEvents tells a consumer that events are missing.
type LostEvents struct {
	Kind string `json:"kind"` // lost
	// Events is how many; nil if it is not known.
	Events *int `json:"events"`
	// After and Before are the ids between which they were.
	After  string `json:"after,omitempty"`
	Before string `json:"before"`
}

// kindLost names the event that tells of lost ones.
const kindLost = "lost"

func newLost(n int64, known bool, after, before journal.Position) LostEvents {
	lost := LostEvents{Kind: kindLost, After: after.String(), Before: before.String()}
	if known {
		count := int(n)
		lost.Events = &count
	}
	return lost
}

// events streams the journal as server-sent events until the client leaves, its token is revoked, or the daemon stops. The last
// event then is "end". It begins behind the last event that the client has, if it says which.
func (s *Server) events(w http.ResponseWriter, r *http.Request, asker who) {
	after, err := journal.Parse(cmp.Or(r.Header.Get("Last-Event-ID"), r.URL.Query().Get("after")))
	if err != nil {
		problem(w, http.StatusUnprocessableEntity, "after or Last-Event-ID: "+err.Error())
		return
	}
	resumes := after.ID != ""
	if after.N == 0 && resumes && !(journal.Position{}).Before(after) {
		after = journal.Position{} // 0-0/0: from the first that is kept
	}
	w.Header().Set("Content-Type", "text/event-stream")
	if r.Method == http.MethodHead {
		return
	}
	if resumes {
		if _, err := s.journal.Journal(r.Context(), after, 1); err != nil {
			w.Header().Set("Retry-After", "1")
			problem(w, http.StatusServiceUnavailable, "the events cannot be read from Redis now: connect again later with the same id")
			return
		}
	}
	l, err := s.feed.stream(asker.id, eventBuffer)
	if err != nil {
		w.Header().Set("Retry-After", "10")
		problem(w, http.StatusTooManyRequests, err.Error())
		return
	}
	defer s.feed.Leave(l)
	ctx, cancel := context.WithCancelCause(r.Context())
	defer cancel(nil)
	go func() {
		select {
		case <-s.stopping:
			cancel(errors.New("the daemon stops"))
		case <-asker.gone():
			cancel(asker.ended())
		case <-ctx.Done():
		}
	}()
	out := &sse{w: w, stream: http.NewResponseController(w), s: s, asker: asker}
	err = (&follower{feed: s.feed, store: s.journal, l: l, out: out, idle: heartbeat, at: after, begun: resumes}).run(ctx)
	if r.Context().Err() == nil && !errors.Is(err, errClientGone) {
		_ = out.send("event: end\ndata: {\"reason\":%q}\n\n", err.Error())
	}
}

// errClientGone: nothing can be written to the client any more.
var errClientGone = errors.New("the client is gone")

// sse writes lines as server-sent events.
type sse struct {
	w      http.ResponseWriter
	stream *http.ResponseController
	s      *Server
	asker  who
	// unseen is the place of the last line that the one who asks is not told of.
	unseen journal.Position
	// at is the last id that was sent.
	at journal.Position
}

func (o *sse) send(format string, args ...any) error {
	_ = o.stream.SetWriteDeadline(time.Now().Add(writeTimeout))
	if _, err := fmt.Fprintf(o.w, format, args...); err != nil {
		return errClientGone
	}
	if o.stream.Flush() != nil {
		return errClientGone
	}
	return nil
}

func (o *sse) begins() error { return o.send(": the journal from here on\n\n") }

func (o *sse) line(l journal.Line) error {
	if !o.asker.hears(o.s.rules(), &l.Entry) {
		o.unseen = l.Position
		return nil
	}
	data, err := json.Marshal(eventFor(o.asker, &l))
	if err != nil {
		return fmt.Errorf("an event cannot be written as JSON: %w", err)
	}
	if l.ID == "" {
		return o.send("event: %s\ndata: %s\n\n", l.Entry.Kind, data)
	}
	o.at = l.Position
	return o.send("id: %s\nevent: %s\ndata: %s\n\n", l.Position, l.Entry.Kind, data)
}

func (o *sse) lost(n int64, known bool, after, before journal.Position) error {
	o.s.metrics.lostEvents("stream", n)
	o.s.log.Warn("events were gone from Redis before a client read them", zap.Int64("events", n), zap.Bool("number_known", known),
		zap.Stringer("after", after), zap.Stringer("before", before))
	data, err := json.Marshal(newLost(n, known, after, before))
	if err != nil {
		return err
	}
	return o.send("event: %s\ndata: %s\n\n", kindLost, data)
}

// reached sends an id alone: a client takes it down and is told nothing.
func (o *sse) reached(at journal.Position) error {
	if at == o.at || at.ID == "" {
		return nil
	}
	o.at = at
	return o.send("id: %s\n\n", at)
}

func (o *sse) away(error) error { return o.quiet() }

// quiet says that the daemon works: a beat stands for the engine's loop, not only for this connection. It also tells the
// place of what the client is not told of, so that it begins there when it connects again.
func (o *sse) quiet() error {
	ctx, cancel := context.WithTimeout(context.Background(), heartbeat)
	defer cancel()
	if o.s.Alive(ctx) != nil {
		return o.send(": the engine does not answer\n\n")
	}
	if o.at.Before(o.unseen) {
		if err := o.reached(o.unseen); err != nil {
			return err
		}
	}
	return o.send(": still here\n\n")
}
