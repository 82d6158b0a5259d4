package bench

import (
	"context"
	"fmt"
	"sync"

	"kezek/lab/phone"
)

// voices are callers who speak and listen. A caller who was served calls again.
type voices struct {
	mu    sync.Mutex
	calls map[string]*voice // by caller's number, the present one
}

// voice is one call of such a caller.
type voice struct {
	*phone.Call
	taken  chan struct{} // closed when an agent has them
	served chan struct{} // closed when the agent has hung up
}

// startVoices lets n of them call until ctx ends. The returned function waits
// until the last is off the line.
func (b *bench) startVoices(ctx context.Context, did string, n int) (v *voices, wait func()) {
	v = &voices{calls: map[string]*voice{}}
	var all sync.WaitGroup
	fail := b.fail // of this measurement, not of a later one
	for i := range n {
		number := fmt.Sprintf("+996700%06d", i)
		all.Go(func() {
			for ctx.Err() == nil {
				if err := v.call(ctx, b.carrier, number, did); err != nil && ctx.Err() == nil {
					fail(fmt.Errorf("caller %s: %w", number, err))
					return
				}
			}
		})
	}
	return v, all.Wait
}

// call is one call of a caller, up to their agent's end of it. They stay in line
// when ctx ends.
func (v *voices) call(ctx context.Context, carrier *phone.Carrier, number, did string) error {
	c, err := carrier.Call(ctx, phone.CallerID{Number: number}, did)
	if err != nil {
		return err
	}
	caller := &voice{c, make(chan struct{}), make(chan struct{})}
	v.mu.Lock()
	v.calls[number] = caller
	v.mu.Unlock()
	ended := make(chan struct{})
	go func() {
		_, _ = c.WaitEnd(context.Background())
		close(ended)
	}()
	select {
	case <-caller.taken:
	case <-ended:
		return fmt.Errorf("left without having been served: %v", c.Log())
	}
	<-caller.served
	_ = c.Hangup(context.WithoutCancel(ctx)) // the exchange may be first
	return nil
}

// take returns the call of the caller that an agent's phone shows, if they have a
// voice. The agent then tells the end of it by closing served.
func (v *voices) take(agent *phone.Call) (caller *voice, ok bool) {
	if v == nil {
		return nil, false
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	number := agent.Caller().Number
	if caller, ok = v.calls[number]; ok {
		delete(v.calls, number)
		close(caller.taken)
	}
	return caller, ok
}
