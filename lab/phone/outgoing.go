package phone

import (
	"context"
	"fmt"
	"time"

	"github.com/emiago/sipgo"
	"github.com/emiago/sipgo/sip"
)

// Option changes one call that is about to be placed.
type Option func(*outgoing)

type outgoing struct {
	headers []sip.Header
	sound   *Sound
}

// WithHeader adds a header to the INVITE.
func WithHeader(name, value string) Option {
	return func(o *outgoing) { o.headers = append(o.headers, sip.NewHeader(name, value)) }
}

// WithSound sets what the call sends from the start.
func WithSound(s Sound) Option { return func(o *outgoing) { o.sound = &s } }

// call places a call. It returns when the INVITE has left.
func (e *endpoint) call(number string, from []sip.Header, options []Option) (*Call, error) {
	l, err := e.current()
	if err != nil {
		return nil, err
	}
	var o outgoing
	for _, option := range options {
		option(&o)
	}
	c := newCall(e, l)
	c.caller = Party{Number: number}
	c.media = newMedia(c, e.noRecord)
	if o.sound != nil {
		c.media.play(*o.sound)
	} else {
		c.media.play(e.sound())
	}
	offer, err := c.media.offer(l.addr.Addr())
	if err != nil {
		return nil, fmt.Errorf("phone %s: %w", e.name, err)
	}
	to := sip.Uri{Scheme: "sip", User: escapeUser(number), Host: e.exchange.Addr().String(), Port: int(e.exchange.Port())}
	req := sip.NewRequest(sip.INVITE, to)
	for _, h := range append(from, o.headers...) {
		req.AppendHeader(h)
	}
	req.AppendHeader(l.contact(e.name))
	l.abilities(req)
	req.AppendHeader(sip.NewHeader("Content-Type", "application/sdp"))
	req.SetBody(offer)
	if err := sipgo.ClientRequestBuild(l.client, req); err != nil {
		c.media.close()
		return nil, fmt.Errorf("phone %s: INVITE: %w", e.name, err)
	}
	c.dialog = callingDialog(req)
	e.add(c)
	c.note(InviteSent, number)
	go c.place(req)
	return c, nil
}

// place follows our INVITE to its end.
func (c *Call) place(req *sip.Request) {
	req, res, tx, err := c.transact(req, c.hungup, c.provisional)
	switch {
	case err != nil:
		c.finish(End{By: Near, Err: err})
	case !res.IsSuccess():
		c.note(RefusalReceived, fmt.Sprint(res.StatusCode))
		e := End{By: Far, Code: res.StatusCode, Reason: headerValue(res, "Reason")}
		if c.givenUp() {
			e.By = Near
		}
		c.finish(e)
	default:
		answered := time.Now()
		c.mu.Lock()
		c.dialog.establish(req, res)
		c.mu.Unlock()
		err := c.media.answered(res.Body())
		c.acknowledge(req.CSeq().SeqNo, tx)
		c.mu.Lock()
		unwanted := c.quitting || err != nil // the answer crossed our CANCEL, or has no audio for us
		if c.state == ringing {
			c.state = talking
		}
		c.mu.Unlock()
		c.history.add(answered, AnswerReceived, "")
		c.callerFrom(res)
		c.note(AckSent, "")
		if unwanted {
			_ = c.bye(context.Background())
		}
	}
}

// provisional takes 180 and 183, with or without early media.
func (c *Call) provisional(res *sip.Response) {
	if to := res.To(); to.Params.Has("tag") { // what a transfer to who rings still calls it by
		c.mu.Lock()
		c.dialog.remote = *sip.HeaderClone(to).(*sip.ToHeader)
		c.mu.Unlock()
	}
	switch res.StatusCode {
	case 180:
		c.note(RingingReceived, "")
	case 183:
		c.note(ProgressGot, "")
	}
	if len(res.Body()) > 0 {
		_ = c.media.answered(res.Body()) // early media that cannot be read is not heard
	}
}

// transact sends an INVITE and waits for its final response, answering digest
// challenges. Closing cancel cancels it. It returns the INVITE that was
// answered, which is another one after a challenge.
func (c *Call) transact(req *sip.Request, cancel <-chan struct{}, provisional func(*sip.Response)) (*sip.Request, *sip.Response, sip.ClientTransaction, error) {
	ctx := context.Background()
	tx, err := c.line.client.TransactionRequest(ctx, req, c.line.prepare)
	if err != nil {
		return req, nil, nil, err
	}
	var (
		challenges  int
		reached     bool // a provisional response came: a CANCEL may go
		quit        bool
		cancelSent  bool
		afterCancel <-chan time.Time
	)
	for {
		if quit && reached && !cancelSent {
			cancelSent = true
			afterCancel = time.After(64 * sip.T1) // RFC 3261 §9.1
			c.note(CancelSent, "")
			go c.cancel(req)
		}
		select {
		case res := <-tx.Responses():
			switch {
			case res.IsProvisional():
				reached = true
				if provisional != nil {
					provisional(res)
				}
			case challenged(res) && challenges < 2 && c.endpoint.auth.Password != "" && !quit:
				challenges++
				reached = false
				tx.Terminate()
				req = req.Clone() // the old transaction may still read its own
				tx, err = c.line.client.TransactionDigestAuth(ctx, req, res, c.endpoint.auth)
				if err != nil {
					return req, nil, nil, err
				}
			default:
				return req, res, tx, nil
			}
		case <-cancel:
			quit, cancel = true, nil
		case <-afterCancel:
			tx.Terminate()
			return req, nil, nil, fmt.Errorf("no final response after CANCEL")
		case <-tx.Done():
			return req, nil, nil, fmt.Errorf("no answer to INVITE: %w", tx.Err())
		case <-c.line.closed:
			return req, nil, nil, fmt.Errorf("line closed")
		}
	}
}

// acknowledge sends the ACK of a 2xx, again whenever the 2xx is repeated.
func (c *Call) acknowledge(seq uint32, tx sip.ClientTransaction) {
	ack := func() {
		c.mu.Lock()
		req := c.dialog.ack(seq)
		c.mu.Unlock()
		_ = c.line.client.WriteRequest(req, c.line.prepare) // if it is lost the 2xx comes again
	}
	tx.OnRetransmission(func(*sip.Response) { ack() })
	ack()
}

// cancel sends the CANCEL of an INVITE: the same hop, From, To and number.
func (c *Call) cancel(invite *sip.Request) {
	r := sip.NewRequest(sip.CANCEL, *invite.Recipient.Clone())
	r.AppendHeader(sip.HeaderClone(invite.Via()))
	r.AppendHeader(sip.HeaderClone(invite.MaxForwards()))
	r.AppendHeader(sip.HeaderClone(invite.From()))
	r.AppendHeader(sip.HeaderClone(invite.To()))
	r.AppendHeader(sip.HeaderClone(invite.CallID()))
	r.AppendHeader(&sip.CSeqHeader{SeqNo: invite.CSeq().SeqNo, MethodName: sip.CANCEL})
	ctx, done := context.WithTimeout(context.Background(), requestTimeout)
	defer done()
	_, _ = c.line.send(ctx, r, sipgo.DigestAuth{}) // the INVITE's own response tells the outcome
}

// giveUp asks for a CANCEL of a call that is not answered yet.
func (c *Call) giveUp() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.quitting {
		c.quitting = true
		close(c.hungup)
	}
}

func (c *Call) givenUp() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.quitting
}

// WaitAnswer waits until a call that was placed is answered. If it is refused
// the error tells the code; the [End] of the call has it too.
func (c *Call) WaitAnswer(ctx context.Context) error {
	_, err := c.Wait(ctx, AnswerReceived)
	return err
}
