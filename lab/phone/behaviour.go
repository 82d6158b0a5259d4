package phone

import (
	"context"
	"time"
)

// Behaviour is what a phone does with a call that comes in. It runs in a
// goroutine of its own; errors show in the call's log, for a call that ended
// meanwhile is nothing wrong.
type Behaviour func(*Call)

// answerTimeout is how long a behaviour waits for the ACK of its answer.
const answerTimeout = 10 * time.Second

// Ring rings until the far end gives up or the test does something.
func Ring(c *Call) { _ = c.Ring() }

// Answer answers at once.
func Answer(c *Call) {
	ctx, cancel := context.WithTimeout(context.Background(), answerTimeout)
	defer cancel()
	_ = c.Answer(ctx)
}

// AnswerIfAsked answers at once if the INVITE asks for it (Call-Info:
// answer-after=0 and the like), else it rings.
func AnswerIfAsked(c *Call) {
	if c.AsksAutoAnswer() {
		Answer(c)
		return
	}
	Ring(c)
}

// AnswerAfter rings for d, then answers.
func AnswerAfter(d time.Duration) Behaviour { return after(d, Answer) }

// Refuse refuses at once with a code: 486 busy, 603 declined, 480 no answer.
func Refuse(code int) Behaviour {
	return func(c *Call) { _ = c.Decline(code) }
}

// RefuseAfter rings for d, then refuses.
func RefuseAfter(d time.Duration, code int) Behaviour { return after(d, Refuse(code)) }

// Ignore does not even ring: the far end hears of the phone no more than
// "100 Trying".
func Ignore(*Call) {}

func after(d time.Duration, then Behaviour) Behaviour {
	return func(c *Call) {
		_ = c.Ring()
		select {
		case <-time.After(d):
			then(c)
		case <-c.done:
		}
	}
}
