package dialplan

import (
	"container/list"
	"context"
	"net"
	"sync"
	"time"
)

const (
	// maxPerPhone bounds the codes in progress of one phone. A further one takes
	// the place of the oldest: that phone has hung up, or redials for ever.
	maxPerPhone = 4
	// grace is how long a stranger keeps its place, however many others come: Asterisk
	// says at once what it wants, but on a busy machine that takes a moment.
	grace = 200 * time.Millisecond
	// visitTime is how long a phone that is not in the config may take for all of it.
	visitTime = time.Minute
)

// guests are the connections in progress. One is a stranger until it has said
// which phone it is about; then it is one of a phone of the config, which has
// places of its own, or a visitor. Strangers and visitors make room for others
// of their kind, the oldest first: so nobody can keep a phone of the config out.
type guests struct {
	freed               chan struct{} // a stranger's place was given back
	mu                  sync.Mutex
	strangers, visitors room
	phones              map[string]*room
}

// room has places for a number of guests.
type room struct {
	places int
	guests list.List // of *guest, the oldest in front
}

type guest struct {
	conn  net.Conn
	came  time.Time // into the room
	room  *room     // nil for one that has left
	place *list.Element
	phone string // of the config; empty for strangers and visitors
}

// newGuests has places for so many strangers, and for an eighth of it visitors.
func newGuests(places int) *guests {
	return &guests{
		freed:     make(chan struct{}, 1),
		strangers: room{places: places},
		visitors:  room{places: max(1, places/8)},
		phones:    make(map[string]*room),
	}
}

// enter gives a connection a place. If all are taken it waits for one, or for
// the grace of the oldest stranger to end; that one is pushed, and the caller
// closes it. There is no place (g is nil) if ctx ended. For one caller at a time.
func (a *guests) enter(ctx context.Context, conn net.Conn) (g, pushed *guest) {
	g = &guest{conn: conn}
	for {
		pushed, wait := a.seat(g)
		if wait == 0 {
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
func (a *guests) seat(g *guest) (pushed *guest, wait time.Duration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if s := &a.strangers; s.guests.Len() >= s.places {
		if wait = grace - time.Since(s.oldest().came); wait > 0 {
			return nil, wait
		}
	}
	return a.move(g, &a.strangers), 0
}

// introduce makes a stranger the guest of a phone of the config, or a visitor.
// One that is pushed for it is closed by the caller.
func (a *guests) introduce(g *guest, phone string, inConfig bool) (pushed *guest, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if g.room == nil {
		return nil, net.ErrClosed
	}
	a.remove(g)
	to := &a.visitors
	if inConfig {
		if to = a.phones[phone]; to == nil {
			to = &room{places: maxPerPhone}
			a.phones[phone] = to
		}
		g.phone = phone
	}
	return a.move(g, to), nil
}

// oldest is the guest who came first, of a room that has some.
func (r *room) oldest() *guest { return r.guests.Front().Value.(*guest) }

// move gives g a place in a room, that of the oldest if all are taken. Needs a.mu.
func (a *guests) move(g *guest, to *room) (pushed *guest) {
	if to.guests.Len() >= to.places {
		pushed = to.oldest()
		a.remove(pushed)
	}
	g.came, g.room = time.Now(), to
	g.place = to.guests.PushBack(g)
	if g.phone != "" {
		a.phones[g.phone] = to // it may just have been forgotten
	}
	return pushed
}

// leave gives the place back.
func (a *guests) leave(g *guest) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.remove(g)
}

// remove takes g out of its room, once. Needs a.mu.
func (a *guests) remove(g *guest) {
	if g.room == nil {
		return
	}
	g.room.guests.Remove(g.place)
	if g.room == &a.strangers {
		select {
		case a.freed <- struct{}{}:
		default:
		}
	}
	if g.phone != "" && g.room.guests.Len() == 0 {
		delete(a.phones, g.phone)
	}
	g.room = nil
}
