package phone

import (
	"context"
	"fmt"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"
)

// Transfer presses the phone's transfer key: REFER to another number of the
// exchange (blind). It returns when the exchange has taken the order; what
// becomes of it tells [Call.TransferResult]. The phone hangs up when it is done.
func (c *Call) Transfer(ctx context.Context, number string) error {
	at := c.endpoint.exchange
	target := sip.Uri{Scheme: "sip", User: escapeUser(number), Host: at.Addr().String(), Port: int(at.Port())}
	return c.refer(ctx, number, target.String())
}

// TransferTo is the transfer key pressed again when the third party has
// answered (attended), or rings still (semi-attended): the far ends of both calls
// are to speak to each other.
// It is [Call.Transfer] otherwise. If it fails both calls are as before.
func (c *Call) TransferTo(ctx context.Context, third *Call) error {
	third.mu.Lock()
	state := third.state
	third.mu.Unlock()
	if state != talking && (state != ringing || third.At(RingingReceived).IsZero()) {
		return fmt.Errorf("%v: transfer to %v: it does not ring, or is over", c, third)
	}
	return c.TransferToAnyway(ctx, third)
}

// TransferToAnyway is [Call.TransferTo] of a phone that has not noticed how it stands with the third party: the call to them may be over.
func (c *Call) TransferToAnyway(ctx context.Context, third *Call) error {
	third.mu.Lock()
	remote := third.dialog.remote.Address
	third.mu.Unlock()
	return c.refer(ctx, third.Caller().Number, remote.String()+"?Replaces="+url.QueryEscape(third.Replaces()))
}

// refer sends a REFER within the call.
func (c *Call) refer(ctx context.Context, text, to string) error {
	c.note(ReferSent, text)
	c.endpoint.referring(c, true)
	res, err := c.send(ctx, sip.REFER, sip.NewHeader("Refer-To", "<"+to+">"), c.line.contact(c.endpoint.name))
	if err == nil && !res.IsSuccess() {
		err = fmt.Errorf("%v: transfer to %s: refused with code %d", c, text, res.StatusCode)
	}
	if err != nil {
		c.endpoint.referring(c, false)
	}
	return err
}

// referred takes the progress of a transfer. When it is done the phone leaves:
// the exchange waits for that (RFC 5589 §6.1).
func (c *Call) referred(at time.Time, status string) {
	status = strings.TrimSpace(status)
	m := sipfrag.FindStringSubmatch(status)
	if m != nil && m[1][0] == '1' {
		c.history.add(at, ReferProgress, status)
		return
	}
	c.endpoint.referring(c, false)
	c.history.add(at, ReferResult, status)
	if m != nil && m[1][0] == '2' {
		go func() {
			ctx, cancel := context.WithTimeout(context.Background(), requestTimeout)
			defer cancel()
			_ = c.Hangup(ctx) // the far end may have been first
		}()
	}
}

var sipfrag = regexp.MustCompile(`^SIP/2\.0 ([1-6][0-9]{2})\b`)

// TransferResult waits for the outcome of the transfer that was asked for
// last: the final code of the call to the third party, 200 if they have answered.
func (c *Call) TransferResult(ctx context.Context) (code int, err error) {
	asked := c.lastAt(ReferSent)
	if asked.IsZero() {
		return 0, fmt.Errorf("%v: no transfer was asked for", c)
	}
	e, err := c.wait(ctx, ReferResult, asked, true) // it may overtake the progress, and be overtaken by the end
	if err != nil {
		return 0, err
	}
	m := sipfrag.FindStringSubmatch(e.Text)
	if m == nil {
		return 0, fmt.Errorf("%v: transfer: result %q is no status line", c, e.Text)
	}
	return strconv.Atoi(m[1])
}

// Replaces is the value of the header by which another INVITE takes the place
// of this call at its far end (RFC 3891).
func (c *Call) Replaces() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	here, _ := c.dialog.local.Params.Get("tag")
	there, _ := c.dialog.remote.Params.Get("tag")
	return fmt.Sprintf("%s;to-tag=%s;from-tag=%s", c.dialog.callID, there, here)
}

// replaced finds the call whose place an INVITE is to take. The code says why
// there is none.
func (e *endpoint) replaced(header string) (c *Call, code int) {
	id, rest, _ := strings.Cut(header, ";")
	tags := sip.NewParams()
	early := false
	for param := range strings.SplitSeq(rest, ";") {
		name, value, _ := strings.Cut(strings.TrimSpace(param), "=")
		early = early || name == "early-only"
		tags.Add(name, value)
	}
	tag, _ := tags.Get("to-tag")
	there, _ := tags.Get("from-tag")
	e.mu.Lock()
	c = e.calls[strings.TrimSpace(id)+"|"+tag]
	e.mu.Unlock()
	if c == nil {
		return nil, 481
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	remote, _ := c.dialog.remote.Params.Get("tag")
	switch {
	case remote != "" && remote != there, c.state == ringing && c.invite != nil, c.state == over:
		return nil, 481
	case early && c.state != ringing:
		return nil, 486
	}
	return c, 0
}

// takePlace answers a call that replaces another one, and ends that, as a
// phone does by itself: nothing rings.
func takePlace(of *Call) Behaviour {
	return func(c *Call) {
		ctx, cancel := context.WithTimeout(context.Background(), answerTimeout)
		defer cancel()
		if c.Answer(ctx) != nil {
			return // given up meanwhile: the old call stays
		}
		of.note(Replaced, c.ID())
		_ = of.Hangup(ctx) // the far end may have been first
	}
}
