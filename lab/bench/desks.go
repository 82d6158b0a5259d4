package bench

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"kezek/lab"
	"kezek/lab/phone"
)

// A desk is an agent's phone.
type desk struct {
	phone *phone.Phone
	agent lab.Agent
}

// settle gives n agents who speak both languages a phone.
func (b *bench) settle(ctx context.Context, n int) error {
	agents := lab.Agents()
	if n > 10 {
		return fmt.Errorf("%d agents: at most 10 speak both languages", n)
	}
	for _, a := range agents[len(agents)-n:] {
		p, err := phone.New(phone.Config{Extension: a.Number, Password: a.Password, Exchange: b.lab.SIPAddr})
		if err != nil {
			return err
		}
		b.desks = append(b.desks, &desk{p, a})
		if err := p.Register(ctx); err != nil {
			return err
		}
	}
	return nil
}

// logIn dials the agents' log-in code, all at once.
func (b *bench) logIn(ctx context.Context) error {
	errs := make(chan error, len(b.desks))
	for _, d := range b.desks {
		go func() {
			call, err := d.phone.Call(ctx, "*10"+d.agent.PIN, phone.WithSound(phone.Silence()))
			if err == nil {
				_, err = call.WaitEnd(ctx)
			}
			errs <- err
		}()
	}
	var all error
	for range b.desks {
		all = errors.Join(all, <-errs)
	}
	return all
}

// A shift is agents at work: each answers at once, talks for a while, and
// hangs up.
type shift struct {
	talk   time.Duration
	voices *voices // may be nil

	mu    sync.Mutex
	freed []gap // from an agent's hang-up to the next INVITE at their phone
	heard []gap // from an answer until both heard each other
	deaf  int   // answers after which they did not, within deafAfter
	calls int
}

// gap is how long it took from one moment to another.
type gap struct {
	from time.Time
	took time.Duration
}

// deafAfter is when agent and caller who do not hear each other give up.
const deafAfter = 3 * time.Second

// startShift lets all agents work until ctx ends. The returned function waits
// until the last call is over.
func (b *bench) startShift(ctx context.Context, s *shift) (wait func()) {
	var all sync.WaitGroup
	fail := b.fail // of this measurement, not of a later one
	for _, d := range b.desks {
		all.Go(func() {
			if err := s.work(ctx, d); err != nil {
				fail(fmt.Errorf("agent %s: %w", d.agent.Number, err))
			}
		})
	}
	return all.Wait
}

func (s *shift) work(ctx context.Context, d *desk) error {
	var freed time.Time
	for {
		call, err := d.phone.Expect(ctx)
		if err != nil {
			return nil // the end of the shift
		}
		if !freed.IsZero() {
			s.mu.Lock()
			s.freed = append(s.freed, gap{freed, call.At(phone.InviteReceived).Sub(freed)})
			s.mu.Unlock()
		}
		if err := s.serve(context.WithoutCancel(ctx), call); err != nil {
			return err
		}
		freed = call.At(phone.ByeSent)
	}
}

// serve is one call, from its ring to its end.
func (s *shift) serve(ctx context.Context, call *phone.Call) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	if err := call.Answer(ctx); err != nil {
		return err
	}
	// No two talks are alike: agents who hang up all together would measure how
	// long ten calls take, not one.
	over := time.NewTimer(s.talk*3/4 + rand.N(s.talk/2))
	defer over.Stop()
	if caller, ok := s.voices.take(call); ok {
		defer close(caller.served)
		s.hear(ctx, call, caller)
	}
	<-over.C
	if !call.Live() {
		return fmt.Errorf("the call ended by itself: %v", call.Log())
	}
	s.mu.Lock()
	s.calls++
	s.mu.Unlock()
	return call.Hangup(ctx)
}

// hear waits until agent and caller hear each other's tone.
func (s *shift) hear(ctx context.Context, agent *phone.Call, caller *voice) {
	ctx, cancel := context.WithTimeout(ctx, deafAfter)
	defer cancel()
	answered := agent.At(phone.AnswerSent)
	type result struct {
		at  time.Time
		err error
	}
	back := make(chan result, 1)
	go func() {
		at, err := caller.WaitTone(ctx, agent.Tone(), answered)
		back <- result{at, err}
	}()
	at, err := agent.WaitTone(ctx, caller.Tone(), answered)
	far := <-back
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil || far.err != nil {
		s.deaf++
		return
	}
	if far.at.After(at) {
		at = far.at
	}
	s.heard = append(s.heard, gap{answered, at.Sub(answered)})
}
