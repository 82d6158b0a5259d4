package demo

import (
	"context"
	"fmt"
	"time"

	"kezek/lab/ear"
	"kezek/lab/phone"
)

// A line is one call as the one at the handset lives it.
type line struct {
	*day
	who  string
	call *phone.Call
	// What is awaited comes in its order: heard is when the last sound of it
	// began, and awaited is all of it.
	heard   time.Time
	awaited []string
	over    chan struct{} // closed once all that was heard is told
	all     ear.Timeline
}

// pickUp waits for a call that is being placed or comes in.
func (d *day) pickUp(who, what string, get func(context.Context) (*phone.Call, error)) *line {
	l := &line{day: d, who: who, over: make(chan struct{})}
	d.await(who+" "+what, func(ctx context.Context) (err error) {
		l.call, err = get(ctx)
		return err
	})
	d.unheard.Go(func() {
		defer close(l.over)
		_, _ = l.call.WaitEnd(context.Background()) // it ends with the phone at the latest
		d.hearing.Lock()
		defer d.hearing.Unlock()
		l.all = d.ears.Listen(l.call.Recording().PCM)
	})
	return l
}

// hears waits until a prompt begins.
func (l *line) hears(prompt string) {
	l.hearsSound(prompt, l.heard)
	l.tell("%s hears %s", l.who, words(prompt))
}

// hearsMusic waits until the music on hold plays.
func (l *line) hearsMusic() {
	l.hearsSound(music, l.heard)
	l.tell("%s hears music", l.who)
}

// music is the piece that comes first for everybody.
const music = "music/macroform-cold_day"

// hearsSound waits until a sound of the library is heard since a time.
func (l *line) hearsSound(name string, since time.Time) {
	l.await(l.who+" hears "+name, func(ctx context.Context) (err error) {
		_, l.heard, err = l.call.WaitPrompt(ctx, l.ears, name, since)
		return err
	})
	l.awaited = append(l.awaited, name)
}

// hearsTone waits for somebody's voice, and returns when it came.
func (l *line) hearsTone(hz int, whose string, since time.Time) (at time.Time) {
	l.await(l.who+" hears "+whose, func(ctx context.Context) (err error) {
		at, err = l.call.WaitTone(ctx, hz, since)
		return err
	})
	return at
}

// presses presses keys, and returns when it began to.
func (l *line) presses(keys string) time.Time {
	l.tell("%s presses %s", l.who, keys)
	began := time.Now()
	l.await(l.who+" presses "+keys, func(ctx context.Context) error { return l.call.Keys(ctx, keys) })
	return began
}

// putsDown ends the call.
func (l *line) putsDown() { l.await(l.who+" hangs up", l.call.Hangup) }

// isHungUp waits until the exchange ends the call.
func (l *line) isHungUp() {
	l.await("the call of "+l.who+" is ended by the exchange", func(ctx context.Context) error {
		end, err := l.call.WaitEnd(ctx)
		if err == nil && end.By != phone.Far {
			err = fmt.Errorf("it was %v", end)
		}
		return err
	})
}

// report tells what was heard in a call that is over, and returns it.
func (l *line) report() sounds {
	l.await("what "+l.who+" heard is told", func(ctx context.Context) error {
		select {
		case <-l.over:
			return nil
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	})
	heard := sounds{l.all, l.awaited}
	l.tell("%s heard: %v", l.who, heard)
	return heard
}
