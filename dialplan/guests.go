package dialplan

import (
	"container/list"
	"context"
	"errors"
	"net"
	"sync"
	"time"
)

// maxPerPhone bounds the codes in progress of one phone, so that one that
// hangs, or redials for ever, does not take the places of all.
const maxPerPhone = 4

var errPhoneBusy = errors.New("too many codes of this phone are in progress")

// grace is how long a stranger is let be, however many others come: Asterisk
// says at once what it wants, but on a busy machine that takes a moment.
const grace = 200 * time.Millisecond

// guests are the connections in progress. One is a stranger until it has said
// which phone it is about; when all places are taken the stranger who has been
// there longest makes room.
type guests struct {
	freed     chan struct{} // a place was given back
	mu        sync.Mutex
	free      int
	strangers list.List // of *guest, the oldest in front
	phones    map[string]int
}

type guest struct {
	conn     net.Conn
	came     time.Time
	stranger *list.Element // nil for one that is none any more
	phone    string
	left     bool
}

func newGuests(places int) *guests {
	return &guests{freed: make(chan struct{}, 1), free: places, phones: make(map[string]int)}
}

// enter gives a connection a place. If all are taken it waits for one, or for
// the grace of the oldest stranger to end; that one is pushed, and the caller
// closes it. There is no place (g is nil) if all are known by name, or ctx
// ended. For one caller at a time.
func (a *guests) enter(ctx context.Context, conn net.Conn) (g, pushed *guest) {
	for {
		g, pushed, wait := a.seat(conn)
		if g != nil || wait == 0 {
			return g, pushed
		}
		select {
		case <-a.freed:
		case <-time.After(wait):
		case <-ctx.Done():
			return nil, nil
		}
	}
}

// seat is enter without waiting: it tells how long to wait instead.
func (a *guests) seat(conn net.Conn) (g, pushed *guest, wait time.Duration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.free == 0 {
		oldest := a.strangers.Front()
		if oldest == nil {
			return nil, nil, 0
		}
		pushed = oldest.Value.(*guest)
		if wait = grace - time.Since(pushed.came); wait > 0 {
			return nil, nil, wait
		}
		a.remove(pushed)
	}
	a.free--
	g = &guest{conn: conn, came: time.Now()}
	g.stranger = a.strangers.PushBack(g)
	return g, pushed, 0
}

// introduce makes a stranger the guest of a phone.
func (a *guests) introduce(g *guest, phone string) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case g.left:
		return net.ErrClosed
	case a.phones[phone] == maxPerPhone:
		return errPhoneBusy
	}
	a.strangers.Remove(g.stranger)
	g.stranger, g.phone = nil, phone
	a.phones[phone]++
	return nil
}

// leave gives the place back.
func (a *guests) leave(g *guest) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.remove(g)
}

// remove takes g off all lists, once. Needs a.mu.
func (a *guests) remove(g *guest) {
	switch {
	case g.left:
		return
	case g.stranger != nil:
		a.strangers.Remove(g.stranger)
	default:
		if a.phones[g.phone]--; a.phones[g.phone] == 0 {
			delete(a.phones, g.phone)
		}
	}
	g.left = true
	a.free++
	select {
	case a.freed <- struct{}{}:
	default:
	}
}
