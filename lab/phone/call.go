package phone

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/emiago/sipgo/sip"

	"kezek/lab/phone/g711"
)

// ErrEnded is the error of doing something in a call that is over.
var ErrEnded = errors.New("the call is over")

// Side is one of the two ends of a call.
type Side string

const (
	Near Side = "this phone"
	Far  Side = "the far end"
)

// End tells how a call ended.
type End struct {
	At       time.Time
	By       Side
	Code     int    // final response that refused the call; 0 if it was hung up
	Reason   string // Reason header of the BYE or CANCEL: `SIP;cause=200;text="…"`
	Vanished bool   // this phone lost its line
	Err      error  // no answer at all, or a broken one
}

// Elsewhere tells that the far end stopped ringing this phone because another
// one answered (RFC 3326): a phone then shows no missed call.
func (e End) Elsewhere() bool { return elsewhere.MatchString(e.Reason) }

var elsewhere = regexp.MustCompile(`(?i)^\s*SIP\s*;.*\bcause\s*=\s*200\b`)

func (e End) String() string {
	s := "ended by " + string(e.By)
	if e.Code != 0 {
		s += fmt.Sprintf(", code %d", e.Code)
	}
	if e.Reason != "" {
		s += ", " + e.Reason
	}
	if e.Vanished {
		s += ", line gone"
	}
	if e.Err != nil {
		s += ", " + e.Err.Error()
	}
	return s
}

// Party is who is at the far end, as a phone shows it.
type Party struct {
	Number string
	Name   string
}

func (p Party) String() string { return strings.TrimSpace(p.Name + " <" + p.Number + ">") }

type state int

const (
	ringing   state = iota // not answered yet, either way
	answering              // 200 sent, ACK not here yet
	talking
	over
)

// Call is one call of a phone or carrier, from its INVITE to its end. All
// methods may be used from several goroutines, and after the end.
type Call struct {
	endpoint *endpoint
	line     *line
	history  history
	media    *media

	// An INVITE that came: the request (To carries our tag) and its
	// transaction. For a call that we placed both are nil.
	invite *sip.Request
	server sip.ServerTransaction
	offer  session
	final  chan struct{} // closed when the INVITE was answered

	responding sync.Mutex // one response to the INVITE at a time, and none after the final one

	hungup     chan struct{} // closed when an unanswered outgoing call is given up
	done       chan struct{} // closed at the end
	refreshing sync.Mutex    // one re-INVITE of ours at a time

	mu       sync.Mutex
	state    state
	dialog   dialog // its request numbers; the rest is fixed once talking
	caller   Party
	acks     map[uint32]chan struct{} // closed when the ACK of that CSeq came
	quitting bool                     // hungup is closed
	pending  bool                     // a re-INVITE of ours is not answered
	held     bool                     // by the far end
	ended    End
}

func newCall(e *endpoint, l *line) *Call {
	return &Call{
		endpoint: e, line: l,
		final: make(chan struct{}), hungup: make(chan struct{}), done: make(chan struct{}),
		acks: make(map[uint32]chan struct{}),
	}
}

func (c *Call) String() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	way := "to"
	if c.invite != nil {
		way = "from"
	}
	return fmt.Sprintf("phone %s, call %s %s", c.endpoint.name, way, c.caller.Number)
}

// ID is the Call-ID.
func (c *Call) ID() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return string(c.dialog.callID)
}

// Caller is the far end as the phone shows it: P-Asserted-Identity if there is
// one, else From; kept up to date by connected line updates. In a call that
// this phone placed it is the number that was dialled, until an update.
func (c *Call) Caller() Party {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.caller
}

// Codec is what both sides agreed to speak, from the answer on.
func (c *Call) Codec() g711.Law { return c.media.codec() }

// Dialled is the number that an incoming call was sent to.
func (c *Call) Dialled() string {
	if c.invite == nil {
		return ""
	}
	return unescapeUser(c.invite.Recipient.User)
}

// Header returns the values of a header of the INVITE that came: Alert-Info,
// Call-Info, Diversion and so on.
func (c *Call) Header(name string) []string {
	if c.invite == nil {
		return nil
	}
	var values []string
	for _, h := range c.invite.GetHeaders(name) {
		values = append(values, h.Value())
	}
	return values
}

// AsksAutoAnswer tells that the INVITE asks the phone to answer by itself, in
// one of the ways that desk phones know.
func (c *Call) AsksAutoAnswer() bool {
	for name, sign := range map[string]string{
		"Call-Info": "answer-after=0", "Alert-Info": "auto", "Answer-Mode": "auto",
	} {
		for _, v := range c.Header(name) {
			if strings.Contains(strings.ToLower(v), sign) {
				return true
			}
		}
	}
	return false
}

// WaitEnd waits until the call is over, whoever ends it.
func (c *Call) WaitEnd(ctx context.Context) (End, error) {
	select {
	case <-c.done:
		return c.end(), nil
	case <-ctx.Done():
		return End{}, fmt.Errorf("%v: waiting for the end: %w", c, context.Cause(ctx))
	}
}

// Live tells that the call is not over.
func (c *Call) Live() bool {
	select {
	case <-c.done:
		return false
	default:
		return true
	}
}

// Hangup ends the call in the way that its state asks for: BYE, CANCEL of a
// call not answered yet, 603 for one that rings here.
func (c *Call) Hangup(ctx context.Context) error {
	c.mu.Lock()
	state, incoming := c.state, c.invite != nil
	c.mu.Unlock()
	switch {
	case state == over:
		return nil
	case state == ringing && incoming:
		return c.Decline(603)
	case state == ringing:
		c.giveUp()
		_, err := c.WaitEnd(ctx)
		return err
	case state == answering: // no BYE before the ACK (RFC 3261 §15)
		if _, err := c.Wait(ctx, AckReceived); err != nil && c.Live() {
			return err
		}
	}
	return c.bye(ctx)
}

func (c *Call) bye(ctx context.Context) error {
	c.mu.Lock()
	if c.state == over {
		c.mu.Unlock()
		return nil
	}
	req := c.dialog.request(sip.BYE)
	c.mu.Unlock()
	c.note(ByeSent, "")
	c.finish(End{By: Near})
	_, err := c.line.send(ctx, req, c.endpoint.auth)
	return err
}

// hungUp takes the far end's BYE.
func (c *Call) hungUp(at time.Time, bye *sip.Request) {
	reason := headerValue(bye, "Reason")
	c.history.add(at, ByeReceived, reason)
	c.finish(End{At: at, By: Far, Reason: reason})
}

// finish makes the call over, once; the first reason given stays.
func (c *Call) finish(e End) {
	if e.At.IsZero() {
		e.At = time.Now()
	}
	c.mu.Lock()
	if c.state == over {
		c.mu.Unlock()
		return
	}
	c.state, c.ended = over, e
	c.mu.Unlock()
	c.endpoint.drop(c)
	c.media.close()
	c.history.add(time.Now(), Ended, e.String())
	close(c.done)
}

func (c *Call) end() End {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.ended
}

// send sends a request within the call.
func (c *Call) send(ctx context.Context, method sip.RequestMethod, headers ...sip.Header) (*sip.Response, error) {
	c.mu.Lock()
	if c.state == over {
		c.mu.Unlock()
		return nil, fmt.Errorf("%v: %s: %w", c, method, ErrEnded)
	}
	req := c.dialog.request(method)
	c.mu.Unlock()
	for _, h := range headers {
		req.AppendHeader(h)
	}
	res, err := c.line.send(ctx, req, c.endpoint.auth)
	if err == nil {
		c.mu.Lock()
		c.dialog.seq = max(c.dialog.seq, res.CSeq().SeqNo) // a challenge counted on
		c.mu.Unlock()
	}
	return res, err
}

// callerFrom reads who the far end is from a message of it, and notes a change.
func (c *Call) callerFrom(m sip.Message) {
	p, ok := party(m)
	if !ok {
		return
	}
	c.mu.Lock()
	changed := c.caller != p
	c.caller = p
	c.mu.Unlock()
	if changed {
		c.note(CallerChanged, p.String())
	}
}

// party reads who sent a message: what the exchange vouches for comes first.
// The From of a response is our own.
func party(m sip.Message) (Party, bool) {
	names := []string{"P-Asserted-Identity", "Remote-Party-ID"}
	if _, request := m.(*sip.Request); request {
		names = append(names, "From")
	}
	for _, name := range names {
		for _, h := range m.GetHeaders(name) {
			var uri sip.Uri
			display, err := sip.ParseAddressValue(h.Value(), &uri, &sip.HeaderParams{})
			if err == nil {
				return Party{Number: unescapeUser(uri.User), Name: unquote(display)}, true
			}
		}
	}
	return Party{}, false
}

// unquote undoes the quoting of a display name.
func unquote(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) {
			i++
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

func unescapeUser(s string) string {
	if u, err := url.PathUnescape(s); err == nil {
		return u
	}
	return s
}

func headerValue(m sip.Message, name string) string {
	for _, h := range m.GetHeaders(name) {
		return h.Value()
	}
	return ""
}
