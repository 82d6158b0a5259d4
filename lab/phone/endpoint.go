package phone

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"time"

	"github.com/emiago/sipgo"
	"github.com/emiago/sipgo/sip"
)

// endpoint is what a [Phone] and a [Carrier] have in common: a line, the calls
// on it, and what is done with those that come in.
type endpoint struct {
	name     string // for people: "1012", "carrier"
	exchange netip.AddrPort
	auth     sipgo.DigestAuth // empty: challenges are final
	sound    func() Sound     // what a call sends unless told otherwise
	noRecord bool
	noUpdate bool

	mu      sync.Mutex
	line    *line            // nil while the phone is away
	addr    netip.AddrPort   // kept from the first line on
	calls   map[string]*Call // live dialogs by dialogKey
	refers  map[string]*Call // those that wait to be told of their REFER, also after their end
	lamps   []*Lamp          // that are open
	came    []*Call          // all that came in, in order
	taken   int              // how many of came were given out by Expect
	arrival chan struct{}    // closed at the next one; nil while nobody waits
	behave  Behaviour
}

// open binds the endpoint's socket: any port at first, the same one later.
func (e *endpoint) open() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.line != nil {
		return nil
	}
	serves := map[sip.RequestMethod]func(*line, *sip.Request, sip.ServerTransaction){
		sip.INVITE:  e.onInvite,
		sip.ACK:     e.onAck,
		sip.BYE:     e.onBye,
		sip.CANCEL:  e.onStrayCancel,
		sip.OPTIONS: e.onOptions,
		sip.UPDATE:  e.onUpdate,
		sip.NOTIFY:  e.onNotify,
		sip.INFO:    e.onOptions,
	}
	if e.noUpdate {
		delete(serves, sip.UPDATE)
	}
	l, err := openLine(e.addr, serves)
	if err != nil {
		return fmt.Errorf("phone %s: %w", e.name, err)
	}
	e.line, e.addr = l, l.addr
	return nil
}

// vanish closes the socket and forgets the calls; nobody is told.
func (e *endpoint) vanish() {
	e.mu.Lock()
	l := e.line
	e.line = nil
	calls := make([]*Call, 0, len(e.calls))
	for _, c := range e.calls {
		calls = append(calls, c)
	}
	e.mu.Unlock()
	if l == nil {
		return
	}
	l.close()
	for _, c := range calls {
		c.finish(End{By: Near, Vanished: true})
	}
}

// current is the line, if there is one.
func (e *endpoint) current() (*line, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.line == nil {
		return nil, fmt.Errorf("phone %s is away", e.name)
	}
	return e.line, nil
}

// Addr is the endpoint's SIP address.
func (e *endpoint) Addr() netip.AddrPort {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.addr
}

// Behave sets what is done with calls that come in from now on; nil rings.
// The calls are given out by Expect all the same.
func (e *endpoint) Behave(b Behaviour) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.behave = b
}

// Expect waits for the next call that comes in. Calls are given out once each,
// in order, also those that came before Expect was called.
func (e *endpoint) Expect(ctx context.Context) (*Call, error) {
	for {
		e.mu.Lock()
		if e.taken < len(e.came) {
			c := e.came[e.taken]
			e.taken++
			e.mu.Unlock()
			return c, nil
		}
		if e.arrival == nil {
			e.arrival = make(chan struct{})
		}
		arrival := e.arrival
		e.mu.Unlock()
		select {
		case <-arrival:
		case <-ctx.Done():
			return nil, fmt.Errorf("phone %s: no call came: %w", e.name, context.Cause(ctx))
		}
	}
}

// Incoming returns all calls that ever came in, in order.
func (e *endpoint) Incoming() []*Call {
	e.mu.Lock()
	defer e.mu.Unlock()
	return append([]*Call(nil), e.came...)
}

// arrived files a call that came in and tells what to do with it.
func (e *endpoint) arrived(c *Call) Behaviour {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.calls[c.dialog.key()] = c
	e.came = append(e.came, c)
	if e.arrival != nil {
		close(e.arrival)
		e.arrival = nil
	}
	if e.behave == nil {
		return Ring
	}
	return e.behave
}

func (e *endpoint) add(c *Call) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.calls[c.dialog.key()] = c
}

func (e *endpoint) drop(c *Call) {
	e.mu.Lock()
	defer e.mu.Unlock()
	delete(e.calls, c.dialog.key())
}

// referring keeps whether a call waits to be told of its REFER. That outlasts
// the call: the exchange's BYE may overtake the NOTIFY (RFC 5057 §4.1).
func (e *endpoint) referring(c *Call, waits bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if waits {
		e.refers[c.dialog.key()] = c
	} else {
		delete(e.refers, c.dialog.key())
	}
}

// find returns the call that a request within a dialog belongs to.
func (e *endpoint) find(r *sip.Request) *Call { return e.among(e.calls, r) }

// among finds it among the calls of one kind.
func (e *endpoint) among(calls map[string]*Call, r *sip.Request) *Call {
	if r.To() == nil || r.CallID() == nil {
		return nil
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	return calls[dialogKey(string(*r.CallID()), r.To().Params)]
}

func (e *endpoint) onAck(_ *line, r *sip.Request, _ sip.ServerTransaction) {
	if c := e.find(r); c != nil && r.CSeq() != nil {
		c.acknowledged(r.CSeq().SeqNo)
	}
}

func (e *endpoint) onBye(l *line, r *sip.Request, tx sip.ServerTransaction) {
	now := time.Now()
	c := e.find(r)
	if c == nil {
		l.reply(tx, r, 481)
		return
	}
	l.reply(tx, r, 200)
	c.hungUp(now, r)
}

// onStrayCancel answers a CANCEL whose INVITE is not known (any more).
func (e *endpoint) onStrayCancel(l *line, r *sip.Request, tx sip.ServerTransaction) {
	l.reply(tx, r, 481)
}

// onOptions answers what only asks whether the phone is alive.
func (e *endpoint) onOptions(l *line, r *sip.Request, tx sip.ServerTransaction) {
	l.reply(tx, r, 200)
}

// onUpdate takes a new name of the far end (connected line).
func (e *endpoint) onUpdate(l *line, r *sip.Request, tx sip.ServerTransaction) {
	c := e.find(r)
	if c == nil {
		l.reply(tx, r, 481)
		return
	}
	c.callerFrom(r)
	l.reply(tx, r, 200)
}

// onNotify takes the progress of a REFER and the state of a lamp, and lets
// the exchange tell what it likes beside (messages that wait, say).
func (e *endpoint) onNotify(l *line, r *sip.Request, tx sip.ServerTransaction) {
	now, code := time.Now(), 200
	event, _, _ := strings.Cut(headerValue(r, "Event"), ";")
	switch strings.TrimSpace(event) {
	case "refer":
		if c := e.among(e.refers, r); c != nil {
			c.referred(now, string(r.Body()))
		}
	case "dialog":
		if w := e.lamp(r); w == nil {
			code = 481
		} else if err := w.notified(now, r); err != nil {
			code = 400
		}
	}
	l.reply(tx, r, code)
}

// reply answers a request that needs no more than a code.
func (l *line) reply(tx sip.ServerTransaction, r *sip.Request, code int) {
	res := sip.NewResponseFromRequest(r, code, reasonPhrase(code), nil)
	l.abilities(res)
	_ = tx.Respond(res) // the far end repeats what got lost
}

var reasonPhrases = map[int]string{
	100: "Trying", 180: "Ringing", 183: "Session Progress", 200: "OK", 400: "Bad Request",
	404: "Not Found", 408: "Request Timeout", 480: "Temporarily Unavailable", 481: "Call Does Not Exist",
	486: "Busy Here", 487: "Request Terminated", 488: "Not Acceptable Here", 491: "Request Pending",
	500: "Server Internal Error", 503: "Service Unavailable", 600: "Busy Everywhere", 603: "Decline",
}

func reasonPhrase(code int) string {
	if p, ok := reasonPhrases[code]; ok {
		return p
	}
	return "Refused"
}
