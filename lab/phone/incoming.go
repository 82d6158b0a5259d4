package phone

import (
	"context"
	"fmt"
	"regexp"
	"time"

	"github.com/emiago/sipgo/sip"
	"github.com/google/uuid"
)

// onInvite takes a new call, or a re-INVITE of one that is up.
func (e *endpoint) onInvite(l *line, r *sip.Request, tx sip.ServerTransaction) {
	now := time.Now()
	if r.From() == nil || r.To() == nil || r.CallID() == nil || r.Contact() == nil {
		l.reply(tx, r, 400)
		return
	}
	if r.To().Params.Has("tag") {
		if c := e.find(r); c != nil {
			c.reinvited(now, r, tx)
		} else {
			l.reply(tx, r, 481)
		}
		return
	}
	offer, err := parseSession(r.Body())
	if err != nil {
		l.reply(tx, r, 488)
		return
	}
	var place *Call // that this one takes
	if header := headerValue(r, "Replaces"); header != "" {
		var code int
		if place, code = e.replaced(header); place == nil {
			l.reply(tx, r, code)
			return
		}
	}
	c := newCall(e, l)
	c.invite, c.server, c.offer = r.Clone(), tx, offer // a clone: the transaction reads its own
	c.invite.To().Params.Add("tag", uuid.NewString())
	c.dialog = calledDialog(c.invite, c.invite.To())
	c.caller, _ = party(r)
	c.media = newMedia(c, e.noRecord)
	c.media.play(e.sound())
	c.history.add(now, InviteReceived, c.caller.String())
	behave := e.arrived(c)
	if place != nil {
		behave = takePlace(place)
	}
	if !tx.OnCancel(c.cancelled) {
		c.cancelled(nil) // came before we could listen
	}
	go behave(c)

	// The transaction lives as long as this handler until a final response.
	select {
	case <-c.final:
	case <-c.done:
	}
}

// cancelled takes the far end's CANCEL. The transaction layer sends the 487,
// and holds its lock while we are here: no responses from this function.
func (c *Call) cancelled(r *sip.Request) {
	reason := ""
	if r != nil {
		reason = headerValue(r, "Reason")
	}
	c.note(CancelReceived, reason)
	c.finish(End{By: Far, Reason: reason})
}

// respond sends a response to the INVITE.
func (c *Call) respond(code int, body []byte) error {
	res := sip.NewResponseFromRequest(c.invite, code, reasonPhrase(code), nil)
	res.AppendHeader(c.line.contact(c.endpoint.name))
	c.line.abilities(res)
	if body != nil {
		res.AppendHeader(sip.NewHeader("Content-Type", "application/sdp"))
		res.SetBody(body)
	}
	return c.server.Respond(res)
}

// Ring sends 180 Ringing for a call that came in.
func (c *Call) Ring() error {
	c.responding.Lock()
	defer c.responding.Unlock()
	if !c.rings() {
		return fmt.Errorf("%v: cannot ring: %w", c, ErrEnded)
	}
	c.note(RingingSent, "")
	return c.respond(180, nil)
}

// Decline refuses a call that came in: 486 busy, 603 declined, 480 no answer,
// or any other code from 300 to 699.
func (c *Call) Decline(code int) error {
	if code < 300 || code > 699 {
		return fmt.Errorf("%v: decline with code %d: allowed are 300 to 699", c, code)
	}
	c.responding.Lock()
	defer c.responding.Unlock()
	if !c.rings() {
		return fmt.Errorf("%v: cannot decline: %w", c, ErrEnded)
	}
	c.note(RefusalSent, fmt.Sprint(code))
	err := c.respond(code, nil)
	c.finish(End{By: Near, Code: code})
	return err
}

// Answer answers a call that came in, starts to send audio, and returns when
// the far end has acknowledged.
func (c *Call) Answer(ctx context.Context) error { return c.AnswerWith(ctx, OwnSession) }

// Session is what a phone's answer says of the audio, made of what it would say properly.
type Session func(own []byte) []byte

// OwnSession is the proper answer.
func OwnSession(own []byte) []byte { return own }

// NoSession is an answer without a session description, as of a phone whose settings are broken.
func NoSession([]byte) []byte { return nil }

// ForeignCodec is an answer with G.729 alone, which nobody has offered.
func ForeignCodec(own []byte) []byte {
	line := regexp.MustCompile(`(m=audio \d+ RTP/AVP) \d+`)
	return append(line.ReplaceAll(own, []byte("$1 18")), "a=rtpmap:18 G729/8000\r\n"...)
}

// AnswerWith is [Call.Answer] with another session in it.
func (c *Call) AnswerWith(ctx context.Context, session Session) error {
	answer, ack, err := c.accept(session)
	if err == nil {
		err = c.repeatUntilAck(ctx, ack, func() error { return c.respond(200, answer) })
	}
	if err != nil {
		return fmt.Errorf("%v: answer: %w", c, err)
	}
	return nil
}

// accept sends the first 200, with our session, and returns it and the
// channel that closes with its ACK.
func (c *Call) accept(session Session) (answer []byte, ack <-chan struct{}, err error) {
	c.responding.Lock()
	defer c.responding.Unlock()
	c.mu.Lock()
	if c.invite == nil || c.state != ringing {
		c.mu.Unlock()
		return nil, nil, ErrEnded
	}
	c.state = answering
	ack = c.ackOf(c.invite.CSeq().SeqNo)
	c.mu.Unlock()

	if err := c.media.open(c.line.addr.Addr()); err != nil {
		_ = c.respond(500, nil)
		c.finish(End{By: Near, Code: 500, Err: err})
		return nil, nil, err
	}
	answer = session(c.media.accept(c.offer))
	c.note(AnswerSent, "")
	if err := c.respond(200, answer); err != nil {
		return nil, nil, err
	}
	close(c.final)
	c.media.agree(c.offer)
	return answer, ack, nil
}

// rings tells that the call came in and waits for our final response.
func (c *Call) rings() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.invite != nil && c.state == ringing
}

// repeatUntilAck repeats a 2xx until its ACK comes (RFC 3261 §13.3.1.4).
func (c *Call) repeatUntilAck(ctx context.Context, ack <-chan struct{}, respond func() error) error {
	wait := sip.T1
	for {
		select {
		case <-ack:
			return nil
		case <-c.done:
			select {
			case <-ack: // hung up right after the ACK
				return nil
			default:
				return ErrEnded
			}
		case <-ctx.Done():
			return fmt.Errorf("no ACK: %w", context.Cause(ctx))
		case <-time.After(wait):
			wait = min(2*wait, sip.T2)
			if err := respond(); err != nil {
				return err
			}
		}
	}
}

// ackOf is the channel that closes with the ACK of an INVITE. Needs c.mu.
func (c *Call) ackOf(seq uint32) chan struct{} {
	ch, ok := c.acks[seq]
	if !ok {
		ch = make(chan struct{})
		c.acks[seq] = ch
	}
	return ch
}

// acknowledged takes an ACK; repeated ones change nothing.
func (c *Call) acknowledged(seq uint32) {
	c.mu.Lock()
	ch, known := c.acks[seq]
	first := false
	if known {
		select {
		case <-ch:
		default:
			first = true
		}
	}
	begins := first && c.state == answering
	if begins {
		c.state = talking
	}
	c.mu.Unlock()
	if begins {
		c.note(AckReceived, "")
	}
	if first {
		close(ch)
	}
}
