package phone

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/emiago/sipgo/sip"
	"github.com/google/uuid"
)

// retryRegister is how soon a phone tries again when the exchange did not
// take its registration.
const retryRegister = time.Second

// registration is a phone's standing with the exchange.
type registration struct {
	mu     sync.Mutex
	callID sip.CallIDHeader
	tag    string
	seq    uint32
	live   bool
	timer  *time.Timer // renews; nil while not registered
}

// Register registers the phone and keeps it registered until Unregister,
// Vanish or Close.
func (p *Phone) Register(ctx context.Context) error {
	if err := p.register(ctx, p.expires); err != nil {
		return err
	}
	p.reg.start(p.renew, p.expires/2)
	return nil
}

// Unregister takes the phone's registration back.
func (p *Phone) Unregister(ctx context.Context) error {
	if !p.reg.stop() {
		return nil
	}
	return p.register(ctx, 0)
}

// Registered tells whether the last registration was taken and not taken back.
func (p *Phone) Registered() bool {
	p.reg.mu.Lock()
	defer p.reg.mu.Unlock()
	return p.reg.live
}

// renew registers again; an exchange that is away is asked each second.
func (p *Phone) renew() {
	next := p.expires / 2
	if err := p.register(context.Background(), p.expires); err != nil {
		next = min(next, retryRegister)
	}
	p.reg.again(next)
}

// register sends one REGISTER.
func (p *Phone) register(ctx context.Context, expires time.Duration) error {
	l, err := p.current()
	if err != nil {
		return err
	}
	req := p.reg.request(l, p.name, sip.Uri{Scheme: "sip", Host: p.exchange.Addr().String(), Port: int(p.exchange.Port())}, expires)
	res, err := l.send(ctx, req, p.auth)
	if err != nil {
		return fmt.Errorf("phone %s: %w", p.name, err)
	}
	p.reg.mu.Lock()
	p.reg.live = res.IsSuccess() && expires > 0
	p.reg.seq += 2 // the answers to challenges counted on
	p.reg.mu.Unlock()
	if !res.IsSuccess() {
		return fmt.Errorf("phone %s: REGISTER refused with code %d %s", p.name, res.StatusCode, res.Reason)
	}
	return nil
}

// request builds the next REGISTER; all of a phone share Call-ID and numbering
// (RFC 3261 §10.2).
func (r *registration) request(l *line, user string, registrar sip.Uri, expires time.Duration) *sip.Request {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.callID == "" {
		r.callID, r.tag = sip.CallIDHeader(uuid.NewString()), uuid.NewString()
	}
	r.seq++
	req := sip.NewRequest(sip.REGISTER, registrar)
	aor := sip.Uri{Scheme: "sip", User: escapeUser(user), Host: registrar.Host}
	from := &sip.FromHeader{Address: aor}
	from.Params.Add("tag", r.tag)
	id, hops, seconds := r.callID, sip.MaxForwardsHeader(70), sip.ExpiresHeader(expires/time.Second)
	req.AppendHeader(&hops)
	req.AppendHeader(from)
	req.AppendHeader(&sip.ToHeader{Address: aor})
	req.AppendHeader(&id)
	req.AppendHeader(&sip.CSeqHeader{SeqNo: r.seq, MethodName: sip.REGISTER})
	req.AppendHeader(l.contact(user))
	req.AppendHeader(&seconds)
	return req
}

func (r *registration) start(renew func(), after time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.timer != nil {
		r.timer.Stop()
	}
	r.timer = time.AfterFunc(after, renew)
}

// again sets the timer for the next time, unless the phone stopped meanwhile.
func (r *registration) again(after time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.timer != nil {
		r.timer.Reset(after)
	}
}

// stop ends the renewing. It tells whether there was any.
func (r *registration) stop() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	was := r.timer != nil
	if was {
		r.timer.Stop()
		r.timer = nil
	}
	r.live = false
	return was
}
