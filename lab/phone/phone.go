package phone

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"github.com/emiago/sipgo"
	"github.com/emiago/sipgo/sip"
	"github.com/google/uuid"
)

// Config describes a phone. Extension is required, the rest has defaults.
type Config struct {
	Extension string        // user name, "1012"
	Password  string        // for digest; "" answers no challenges
	Exchange  string        // ip:port of the exchange; 127.0.0.1:5060
	Listen    string        // ip:port of the phone; any port of the exchange's own address
	Expires   time.Duration // of a registration and of lamps; 5 min. They are renewed at half time.
	Sound     *Sound        // what it sends in calls; Tone(ToneOf(Extension))
	NoRecord  bool          // keep nothing of what is heard, for loads
	NoUpdate  bool          // knows no UPDATE, as older phones
}

// Phone is an ordinary SIP phone on somebody's desk.
type Phone struct {
	endpoint
	expires time.Duration
	reg     registration
}

// New makes a phone that is plugged in but not registered.
func New(c Config) (*Phone, error) {
	if c.Extension == "" {
		return nil, fmt.Errorf("phone: Extension is empty")
	}
	p := &Phone{expires: c.Expires}
	p.name, p.noRecord, p.noUpdate = c.Extension, c.NoRecord, c.NoUpdate
	p.auth = sipgo.DigestAuth{Username: c.Extension, Password: c.Password}
	if p.expires == 0 {
		p.expires = 5 * time.Minute
	}
	sound := c.Sound
	if sound == nil {
		t := Tone(ToneOf(c.Extension))
		sound = &t
	}
	p.sound = func() Sound { return *sound }
	if err := p.setup(c.Exchange, c.Listen); err != nil {
		return nil, err
	}
	return p, nil
}

// setup reads the addresses of an endpoint and opens its line.
func (e *endpoint) setup(exchange, listen string) (err error) {
	if exchange == "" {
		exchange = "127.0.0.1:5060"
	}
	if e.exchange, err = netip.ParseAddrPort(exchange); err != nil {
		return fmt.Errorf("phone %s: exchange %q: want ip:port: %w", e.name, exchange, err)
	}
	if listen == "" {
		listen = netip.AddrPortFrom(e.exchange.Addr(), 0).String()
	}
	if e.addr, err = netip.ParseAddrPort(listen); err != nil {
		return fmt.Errorf("phone %s: listen %q: want ip:port: %w", e.name, listen, err)
	}
	e.calls, e.refers = make(map[string]*Call), make(map[string]*Call)
	return e.open()
}

// Tone is the frequency in Hz that the phone sends in calls, 0 for none.
func (p *Phone) Tone() int { return p.sound().hz }

// Call dials a number: a colleague's extension, a code such as "*10". It
// returns when the INVITE has left; see [Call.WaitAnswer].
func (p *Phone) Call(ctx context.Context, number string, options ...Option) (*Call, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	from := &sip.FromHeader{Address: sip.Uri{Scheme: "sip", User: escapeUser(p.name), Host: p.exchange.Addr().String()}}
	from.Params.Add("tag", uuid.NewString())
	return p.call(number, []sip.Header{from}, options)
}

// Vanish is a phone that loses power or network: it answers nothing more, its
// calls are over for it, and nobody is told. Return brings it back.
func (p *Phone) Vanish() {
	p.reg.stop()
	p.vanish()
}

// Return plugs a phone in again that had vanished, at the same address, and
// registers it.
func (p *Phone) Return(ctx context.Context) error {
	if err := p.open(); err != nil {
		return err
	}
	return p.Register(ctx)
}

// Close hangs up all calls, takes off the lamps, unregisters, and vanishes. What the far ends do
// not answer within a second is left.
func (p *Phone) Close() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	p.hangupAll(ctx)
	p.mu.Lock()
	lamps := slices.Clone(p.lamps)
	p.mu.Unlock()
	for _, w := range lamps {
		_ = w.Close(ctx)
	}
	_ = p.Unregister(ctx)
	p.Vanish()
}

// hangupAll ends all calls at once.
func (e *endpoint) hangupAll(ctx context.Context) {
	e.mu.Lock()
	calls := make([]*Call, 0, len(e.calls))
	for _, c := range e.calls {
		calls = append(calls, c)
	}
	e.mu.Unlock()
	done := make(chan struct{}, len(calls))
	for _, c := range calls {
		go func() {
			_ = c.Hangup(ctx) // closing: nothing to do about it
			done <- struct{}{}
		}()
	}
	for range calls {
		<-done
	}
}
