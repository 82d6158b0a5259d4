package softphone

import "context"

// From is what the phone shows of who calls.
func (l *Line) From() string { return l.from }

// Answer takes a call that rings. Who talks on another line holds that one
// first, as the programs do by themselves.
func (l *Line) Answer(ctx context.Context) error {
	if err := l.do(ctx, answer, ""); err != nil {
		return err
	}
	return l.WaitAnswer(ctx)
}

// Decline refuses a call that rings.
func (l *Line) Decline(ctx context.Context) error { return l.end(ctx) }

// Hangup ends the call.
func (l *Line) Hangup(ctx context.Context) error { return l.end(ctx) }

func (l *Line) end(ctx context.Context) error {
	if err := l.do(ctx, hangUp, ""); err != nil {
		return err
	}
	return l.WaitEnd(ctx)
}

// Hold presses the phone's own hold key.
func (l *Line) Hold(ctx context.Context) error { return l.do(ctx, hold, "") }

// Resume ends a hold by the phone's own key.
func (l *Line) Resume(ctx context.Context) error { return l.do(ctx, resume, "") }

// Keys presses keys in a call.
func (l *Line) Keys(ctx context.Context, pressed string) error { return l.do(ctx, keys, pressed) }

// Transfer sends the other end to somebody by the phone's own key (REFER).
func (l *Line) Transfer(ctx context.Context, to string) error { return l.do(ctx, transfer, to) }

// Join connects the other ends of two lines (REFER with Replaces).
func (l *Line) Join(ctx context.Context, other *Line) error { return l.do(ctx, join, other.id) }

// WaitAnswer waits until the call is answered.
func (l *Line) WaitAnswer(ctx context.Context) error {
	return l.phone.await(ctx, "an answer", func() bool { return l.state == talking })
}

// WaitEnd waits until the call is over.
func (l *Line) WaitEnd(ctx context.Context) error {
	return l.phone.await(ctx, "the end of a call", func() bool { return l.state == over })
}

// Live tells whether the call is not over yet.
func (l *Line) Live() bool {
	l.phone.mu.Lock()
	defer l.phone.mu.Unlock()
	return l.state != over
}

func (l *Line) do(ctx context.Context, a act, with string) error {
	return l.phone.client.do(ctx, a, l, with)
}
