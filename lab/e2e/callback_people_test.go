package e2e

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"kezek/lab/phone"
	"kezek/ops"
	"kezek/queue"
)

// callbackSite is a site with clients who are called back.
type callbackSite struct {
	*site
	mu      sync.Mutex
	clients map[string]*client
	strays  []*phone.Call // to numbers that are nobody's
}

// openCallbacks starts a lab whose carrier takes each call as the client does who is dialled.
func openCallbacks(t *testing.T, config string) *callbackSite {
	t.Helper()
	s := &callbackSite{site: prepare(t, config), clients: map[string]*client{}}
	s.carrier.Behave(s.takes)
	s.mustStart(t)
	return s
}

func (s *callbackSite) takes(c *phone.Call) {
	s.mu.Lock()
	who := s.clients[c.Dialled()]
	if who == nil {
		s.strays = append(s.strays, c)
		s.mu.Unlock()
		return
	}
	behave := who.behave[min(len(who.came), len(who.behave)-1)]
	who.came = append(who.came, c)
	s.mu.Unlock()
	who.calls <- c
	behave(c)
}

// client is somebody who may be called back.
type client struct {
	t      testing.TB
	s      *callbackSite
	number string
	mark   int // of the journal, when they came into the test
	behave []phone.Behaviour
	came   []*phone.Call
	calls  chan *phone.Call
}

// client is a new one. They take their n-th call in the n-th way, later ones in the last.
func (s *callbackSite) client(t testing.TB, behave ...phone.Behaviour) *client {
	return s.clientAt(t, number(), behave...)
}

func (s *callbackSite) clientAt(t testing.TB, number string, behave ...phone.Behaviour) *client {
	c := &client{t: t, s: s, number: number, mark: s.journal.mark(), behave: behave, calls: make(chan *phone.Call, 100)}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.clients[number] = c
	return c
}

// answers is how people answer: after a while.
var answers = phone.AnswerAfter(time.Second)

// called counts the calls that they got from us.
func (c *client) called() int {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	return len(c.came)
}

// isCalled waits for our next call to them.
func (c *client) isCalled() *phone.Call {
	c.t.Helper()
	select {
	case call := <-c.calls:
		if got := call.Caller().Number; got != "+996312900800" {
			c.t.Errorf("%s is called by %s", c.number, got)
		}
		c.t.Cleanup(func() {
			if c.t.Failed() {
				c.t.Logf("client %s heard %s\n%v", c.number, c.s.ear.Listen(call.Recording().PCM), call.Log())
			}
		})
		return call
	case <-time.After(patience):
		c.t.Fatalf("%s is not called", c.number)
		return nil
	}
}

// told waits for a line of the journal about them.
func (c *client) told(kind queue.EntryKind) entry {
	c.t.Helper()
	return c.s.journal.await(c.t, c.mark, string(kind)+" of "+c.number, func(e entry) bool {
		return e.kind() == kind && e["number"] == c.number
	})
}

// tells counts the lines of the journal about them.
func (c *client) tells(kind queue.EntryKind, detail string) (n int) {
	for _, e := range c.s.journal.since(c.mark) {
		if e.kind() == kind && e["number"] == c.number && e["detail"] == detail {
			n++
		}
	}
	return n
}

// violated waits for the n-th violation of a kind against their callback.
func (c *client) violated(kind string, n int) {
	c.t.Helper()
	eventually(c.t, fmt.Sprintf("violation %d of the callback of %s: %s", n, c.number, kind), func() error {
		if got := c.tells(queue.EntryViolation, kind); got != n {
			return fmt.Errorf("%d of them", got)
		}
		return nil
	})
}

// isPromised books a callback for them as a supervisor does.
func (c *client) isPromised(queue string, flags ...string) {
	c.t.Helper()
	out, errs, code := c.s.kezek(c.t, append([]string{"callback", "add", c.number, "--queue", queue}, flags...)...)
	if code != 0 {
		c.t.Fatalf("callback add: %d %s%s", code, out, errs)
	}
}

// callback is their callback as the API lists it; nil if it is over.
func (c *client) callback() *ops.Callback {
	c.t.Helper()
	list := c.s.callbacks(c.t)
	if i := slices.IndexFunc(list, func(cb ops.Callback) bool { return cb.Number == c.number }); i >= 0 {
		return &list[i]
	}
	return nil
}

// isOver waits for the end of their callback and compares the outcome.
func (c *client) isOver(want queue.CallbackOutcome) {
	c.t.Helper()
	if e := c.told(queue.EntryCallbackEnded); e["callback_outcome"] != string(want) {
		c.t.Errorf("the callback of %s ended as %v, want %s", c.number, e, want)
	}
	if cb := c.callback(); cb != nil {
		c.t.Errorf("it is over and still listed: %+v", cb)
	}
}

// isServed answers the agent's phone, which rings for their callback, and goes
// on until they have talked and the client has hung up.
func (c *client) isServed(ring *phone.Call) {
	c.t.Helper()
	must(c.t, ring.Answer(within(c.t, patience)))
	call := c.isCalled()
	hears(c.t, c.s.site, call, "ru/callback-greeting", time.Time{})
	c.talks(ring, call)
}

// talks checks that both hear each other from now on; then the client hangs up, and it is done.
func (c *client) talks(ring, call *phone.Call) {
	c.t.Helper()
	converse(c.t, ring, call, time.Now())
	must(c.t, call.Hangup(within(c.t, patience)))
	c.isOver(queue.CallbackCompleted)
}

// ringsBack waits until the agent's phone rings for the client's callback, and shows it.
func (a *agent) ringsBack(c *client) *phone.Call {
	a.t.Helper()
	ring := a.rings()
	if is := ring.Caller(); !strings.HasPrefix(is.Name, "CALLBACK RU ") || is.Number != c.number {
		a.t.Errorf("phone %s shows %v, want the callback of %s", a.id, is, c.number)
	}
	return ring
}

// endedByExchange waits for the end of a call that the exchange ends.
func endedByExchange(t testing.TB, c *phone.Call) {
	t.Helper()
	end, err := c.WaitEnd(within(t, patience))
	must(t, err)
	if end.By != phone.Far {
		t.Errorf("%v: %v, want the exchange to end it", c, end)
	}
}

// check is for the end: no number was called that is nobody's here or that the
// trunk does not allow, and nobody was called twice at a time.
func (s *callbackSite) check(t *testing.T) {
	t.Helper()
	s.nothingLeft(t)
	for _, c := range s.strays {
		t.Errorf("the carrier saw a call to %s", c.Dialled())
	}
	for number, who := range s.clients {
		for i := 1; i < len(who.came); i++ {
			end, err := who.came[i-1].WaitEnd(within(t, patience))
			must(t, err)
			if next := who.came[i].At(phone.InviteReceived); next.Before(end.At) {
				t.Errorf("%s was called at %v and at %v, before the first call ended at %v", number, who.came[i-1].At(phone.InviteReceived), next, end.At)
			}
		}
	}
}
