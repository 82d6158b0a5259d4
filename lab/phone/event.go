package phone

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
)

// Kind names what happened in a call, seen from this phone.
type Kind string

const (
	InviteReceived  Kind = "INVITE received"
	InviteSent      Kind = "INVITE sent"
	RingingSent     Kind = "180 sent"
	RingingReceived Kind = "180 received"
	ProgressSent    Kind = "183 sent"
	ProgressGot     Kind = "183 received" // early media may follow
	AnswerSent      Kind = "200 sent"
	AnswerReceived  Kind = "200 received"
	AckSent         Kind = "ACK sent"
	AckReceived     Kind = "ACK received"
	RefusalSent     Kind = "refusal sent"     // Text is the code
	RefusalReceived Kind = "refusal received" // Text is the code
	CancelSent      Kind = "CANCEL sent"
	CancelReceived  Kind = "CANCEL received" // Text is the Reason header
	ByeSent         Kind = "BYE sent"
	ByeReceived     Kind = "BYE received" // Text is the Reason header
	HoldSent        Kind = "hold sent"    // re-INVITE; Text is its way
	ResumeSent      Kind = "resume sent"
	HoldReceived    Kind = "hold received" // the far end stopped listening
	ResumeReceived  Kind = "resume received"
	CallerChanged   Kind = "caller changed" // connected line update; Text is the new caller
	KeySent         Kind = "key sent"       // first packet of a key; Text is the key
	KeyReceived     Kind = "key received"
	ReferSent       Kind = "REFER sent"
	ReferProgress   Kind = "REFER progress" // NOTIFY; Text is the sipfrag
	ReferResult     Kind = "REFER result"   // the last one
	Replaced        Kind = "replaced"       // by another call; Text is its ID
	FirstRTP        Kind = "first RTP"      // audio packet, silent or not
	FirstSound      Kind = "first sound"    // first packet that is not silence
	Ended           Kind = "ended"
)

// Event is one line of a call's log. At is taken as near to the wire as a
// program can: before a request is written, after a packet was read.
type Event struct {
	At   time.Time
	Kind Kind
	Text string
}

func (e Event) String() string {
	return strings.TrimSpace(fmt.Sprintf("%s %s %s", e.At.Format("15:04:05.000"), e.Kind, e.Text))
}

// history is the log of a call, with a bell for those who wait for an entry.
type history struct {
	mu     sync.Mutex
	events []Event
	bell   chan struct{} // closed at the next entry; nil while nobody waits
	closed bool          // nothing more will come
}

func (h *history) add(at time.Time, k Kind, text string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.events = append(h.events, Event{at, k, text})
	h.closed = h.closed || k == Ended
	if h.bell != nil {
		close(h.bell)
		h.bell = nil
	}
}

// find returns the first event of a kind at or after since.
func (h *history) find(k Kind, since time.Time) (e Event, found bool, bell chan struct{}, closed bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, e := range h.events {
		if e.Kind == k && !e.At.Before(since) {
			return e, true, nil, h.closed
		}
	}
	if h.bell == nil {
		h.bell = make(chan struct{})
	}
	return Event{}, false, h.bell, h.closed
}

// Log returns all that happened so far, in order.
func (c *Call) Log() []Event {
	c.history.mu.Lock()
	defer c.history.mu.Unlock()
	return append([]Event(nil), c.history.events...)
}

// At returns the time of the first event of a kind; zero if there was none.
func (c *Call) At(k Kind) time.Time {
	e, _, _, _ := c.history.find(k, time.Time{})
	return e.At
}

// lastAt returns the time of the last event of a kind; zero if there was none.
func (c *Call) lastAt(k Kind) time.Time {
	for _, e := range slices.Backward(c.Log()) {
		if e.Kind == k {
			return e.At
		}
	}
	return time.Time{}
}

// Wait waits for the first event of a kind; one that has already been counts.
// It fails when ctx ends, or when the call ended without the event.
func (c *Call) Wait(ctx context.Context, k Kind) (Event, error) {
	return c.WaitSince(ctx, k, time.Time{})
}

// WaitSince is Wait for an event at or after since: the second hold of a call,
// say, is the first one since the first resume.
func (c *Call) WaitSince(ctx context.Context, k Kind, since time.Time) (Event, error) {
	return c.wait(ctx, k, since, false)
}

// wait waits on after the end if the event may come late.
func (c *Call) wait(ctx context.Context, k Kind, since time.Time, late bool) (Event, error) {
	for {
		e, found, bell, closed := c.history.find(k, since)
		if found {
			return e, nil
		}
		if closed && !late {
			return Event{}, fmt.Errorf("%v: ended (%v) without %q", c, c.end(), k)
		}
		select {
		case <-bell:
		case <-ctx.Done():
			return Event{}, fmt.Errorf("%v: waiting for %q: %w", c, k, context.Cause(ctx))
		}
	}
}

func (c *Call) note(k Kind, text string) { c.history.add(time.Now(), k, text) }
