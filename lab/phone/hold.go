package phone

import (
	"context"
	"fmt"
	"time"

	"github.com/emiago/sipgo/sip"
)

// HoldStyle is how a phone tells the far end that it is on hold; phones differ.
type HoldStyle string

const (
	SendOnly    HoldStyle = "sendonly"  // RFC 3264, most phones
	Inactive    HoldStyle = "inactive"  // no audio either way
	ZeroAddress HoldStyle = "c=0.0.0.0" // RFC 2543, old phones
)

// Hold presses the phone's hold key: a re-INVITE. The time of the event
// HoldSent is just before it leaves. Audio from this phone stops.
func (c *Call) Hold(ctx context.Context, style HoldStyle) error {
	dir := inactive
	switch style {
	case SendOnly, ZeroAddress:
		dir = sendonly
	case Inactive:
	default:
		return fmt.Errorf("%v: hold style %q: allowed are %s, %s, %s", c, style, SendOnly, Inactive, ZeroAddress)
	}
	return c.refresh(ctx, HoldSent, string(style), dir, style == ZeroAddress)
}

// Resume takes the far end back from hold.
func (c *Call) Resume(ctx context.Context) error {
	return c.refresh(ctx, ResumeSent, "", sendrecv, false)
}

// refresh offers our session anew within the call.
func (c *Call) refresh(ctx context.Context, kind Kind, text string, dir direction, nowhere bool) error {
	c.refreshing.Lock()
	defer c.refreshing.Unlock()
	c.media.hold(dir)
	body := c.media.describe(dir, nowhere)
	// When both ends ask at once both are refused, and the one that placed the
	// call waits longer before it asks again (RFC 3261 §14.1).
	wait := 100 * time.Millisecond
	if c.invite == nil {
		wait *= 3
	}
	c.note(kind, text)
	for {
		code, err := c.reinvite(ctx, body)
		switch {
		case err != nil:
			return fmt.Errorf("%v: %s: %w", c, kind, err)
		case code < 300:
			return nil
		case code != 491:
			return fmt.Errorf("%v: %s: refused with code %d", c, kind, code)
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return fmt.Errorf("%v: %s: %w", c, kind, context.Cause(ctx))
		}
	}
}

// reinvite sends one re-INVITE and returns the code of its final response.
func (c *Call) reinvite(ctx context.Context, body []byte) (int, error) {
	c.mu.Lock()
	if c.state != talking {
		c.mu.Unlock()
		return 0, ErrEnded
	}
	c.pending = true
	req := c.dialog.request(sip.INVITE)
	c.mu.Unlock()
	defer func() {
		c.mu.Lock()
		c.pending = false
		c.mu.Unlock()
	}()
	req.AppendHeader(c.line.contact(c.endpoint.name))
	req.AppendHeader(sip.NewHeader("Content-Type", "application/sdp"))
	req.SetBody(body)
	req, res, tx, err := c.transact(req, ctx.Done(), nil)
	if err != nil {
		return 0, err
	}
	if !res.IsSuccess() {
		return res.StatusCode, nil
	}
	seq := req.CSeq().SeqNo
	c.mu.Lock()
	c.dialog.seq = max(c.dialog.seq, seq) // a challenge counted on
	c.mu.Unlock()
	err = c.media.answered(res.Body())
	c.acknowledge(seq, tx)
	return res.StatusCode, err
}

// reinvited takes a re-INVITE of the far end: hold, resume, or a new address.
func (c *Call) reinvited(at time.Time, r *sip.Request, tx sip.ServerTransaction) {
	offer, err := parseSession(r.Body())
	c.mu.Lock()
	pending := c.pending || c.state != talking
	ack := c.ackOf(r.CSeq().SeqNo)
	c.mu.Unlock()
	switch {
	case pending:
		c.line.reply(tx, r, 491)
		return
	case err != nil:
		c.line.reply(tx, r, 488)
		return
	}
	c.farHold(at, offer.held())
	c.callerFrom(r)
	answer := c.media.accept(offer)
	respond := func() error {
		res := sip.NewResponseFromRequest(r, 200, reasonPhrase(200), nil)
		res.AppendHeader(c.line.contact(c.endpoint.name))
		res.AppendHeader(sip.NewHeader("Content-Type", "application/sdp"))
		res.SetBody(answer)
		return tx.Respond(res)
	}
	if respond() == nil {
		c.media.agree(offer)
		_ = c.repeatUntilAck(context.Background(), ack, respond)
	}
}

// farHold notes when the far end begins and ceases to hold us.
func (c *Call) farHold(at time.Time, held bool) {
	c.mu.Lock()
	changed := c.held != held
	c.held = held
	c.mu.Unlock()
	switch {
	case changed && held:
		c.history.add(at, HoldReceived, "")
	case changed:
		c.history.add(at, ResumeReceived, "")
	}
}
