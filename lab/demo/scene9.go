package demo

import (
	"context"
	"fmt"
	"strings"
	"time"

	"kezek/lab/ear"
	"kezek/lab/phone"
	"kezek/queue"
)

// deskMinute: 1001 goes for a coffee by a key with a lamp, comes back to Olga, is listened to by a supervisor, passes
// Olga on to 1002 and writes down the result. Then Pavel is rude to 1001.
func deskMinute(d *day) {
	olga, a, supervisor := d.olga, d.a1001, d.a1020
	cup := queue.StatusLamp(a.number, "coffee")
	coffee, waiting := supervisor.watches(cup), supervisor.watches(queue.QueueLamp("sales"))
	forbidden := a.dials("*37")
	forbidden.hears("ru/status-refused-not-allowed")
	forbidden.isHungUp()
	pressed := time.Now()
	key := a.dials(cup)
	key.hears("ru/status-set-coffee")
	lit := supervisor.sees(coffee, phone.LampOn).Sub(pressed)
	key.isHungUp()
	olga.dials()
	olga.hears("ru/all-busy")
	supervisor.sees(waiting, phone.LampOn)
	key = a.dials(cup)
	key.hears("ru/status-waiting")
	a.isRungFor(olga)
	supervisor.sees(coffee, phone.LampOff)
	supervisor.sees(waiting, phone.LampOff)
	key.isHungUp()
	a.answers(olga)

	tap := supervisor.listensTo(a)
	quiet := time.Now()
	tap.presses("5")
	tap.hears("ky/monitor-whisper")
	tap.call.Send(phone.Tone(supervisor.phone.Tone()))
	whispered := a.hearsUnder(supervisor)
	overheard := share(olga.line, quiet, supervisor)

	passOn(d)
	tap.hears("ky/monitor-over")
	tap.isHungUp()
	result := a.dials("*41")
	result.hears("ru/result-set-contract")
	result.isHungUp()
	olga.tell("Olga hangs up")
	olga.putsDown()
	olga.ended(olga, queue.OutcomeTransferred)
	endRude(d)
	d.show("timesheet")

	byForbidden, byOlga, byResult := forbidden.report(), olga.report(), result.report()
	d.promise(lit < 2*time.Second, "A key with a lamp sets the status, and the supervisor's lamp shows it", "BLF of 1020", "%s after the key", ms(lit))
	d.promise(heard(byForbidden, "ru/status-refused-not-allowed"), "The table of statuses rules: what is another department's is refused", "ear of 1001",
		"%s", words("ru/status-refused-not-allowed"))
	d.promise(whispered > underneath && overheard < underneath/10, "A supervisor listens and whispers; the caller hears nothing of it", "ears of 1001, Olga",
		"%.0f %% of the sound, %.0f %%", 100*whispered, 100*overheard)
	d.promise(heard(byOlga, "ru/transfer") && byOlga.total("tone of 1002") > 300*time.Millisecond,
		"A caller is passed on by *3, and hears so", "ear of Olga", "%s", list(byOlga.prompts()))
	d.promise(heard(byResult, "ru/result-set-contract"), "The result is written down by a code after the call", "ear of 1001", "%s", words("ru/result-set-contract"))
}

// passOn passes Olga on to 1002, who is at the desk and not logged in. 1001 is free at once.
func passOn(d *day) {
	olga, a, other := d.olga, d.a1001, d.a1002
	other.phone.Behave(phone.AnswerAfter(2 * time.Second)) // as people do
	a.presses("*31002#")
	olga.hears("ru/transfer")
	other.isRungFor(olga)
	other.await("1002 answers", func(ctx context.Context) error {
		_, err := other.call.Wait(ctx, phone.AnswerSent)
		return err
	})
	other.tell("1002 answers")
	olga.hearsTone(other.phone.Tone(), "1002", other.call.At(phone.AnswerSent))
	other.hearsTone(olga.tone, "Olga", other.call.At(phone.AnswerSent))
	olga.tell("Olga and 1002 hear each other")
	a.isHungUp()
	a.isFree(time.Now())
}

// endRude: Pavel is warned, and the next time it is the end. When Pavel calls again, the phone shows the flag.
func endRude(d *day) {
	pavel, a := d.pavel, d.a1001
	pavel.dials()
	a.isRungFor(pavel)
	a.answers(pavel)
	a.presses("*5")
	pavel.hears("ru/tone-warn")
	pavel.goesOnTalking(4 * time.Second)
	a.pressesTheLast("*5")
	pavel.hears("ru/tone-end")
	pavel.isHungUp()
	a.isHungUp()
	a.isFree(time.Now())
	pavel.ended(pavel, queue.OutcomeRude)
	byPavel := pavel.report()
	pavel.dials()
	a.isRungFor(pavel)
	shown := a.call.Caller().Name
	pavel.hangsUp()
	d.promise(heard(byPavel, "ru/tone-warn") && heard(byPavel, "ru/tone-end") && strings.HasSuffix(shown, "!"),
		"Who is rude is warned, then the talk ends; the next time the phone shows it", "ear of Pavel, phone of 1001", "%s", shown)
}

// watches puts a lamp on a key of their phone.
func (a *Agent) watches(extension string) (l *phone.Lamp) {
	a.await(a.number+" watches "+extension, func(ctx context.Context) (err error) {
		l, err = a.phone.Watch(ctx, extension)
		return err
	})
	return l
}

// sees waits until a lamp shows a state, and returns when it did.
func (a *Agent) sees(l *phone.Lamp, state phone.LampState) (at time.Time) {
	a.await(fmt.Sprintf("%v is %s", l, state), func(ctx context.Context) error {
		notice, err := l.Wait(ctx, state)
		at = notice.At
		return err
	})
	a.tell("%v is %s", l, state)
	return at
}

// listensTo dials the code for it, and says who they are.
func (a *Agent) listensTo(other *Agent) *line {
	tap := a.dials("*81" + other.number)
	tap.hears("ky/enter-pin")
	tap.presses(a.number + "#")
	tap.hears("ky/monitor-listen")
	tap.hearsUnder(other)
	return tap
}

// pressesTheLast presses keys that end the call, even before the last one is let go.
func (a *Agent) pressesTheLast(keys string) {
	a.tell("%s presses %s", a.number, keys)
	a.await(a.number+" presses "+keys, func(ctx context.Context) error {
		if err := a.call.Keys(ctx, keys); err != nil && a.call.Live() {
			return err
		}
		return nil
	})
}

// underneath is the least share of a voice in a sound that somebody hears under another voice.
const underneath = 0.15

// hearsUnder waits until an agent is heard, be it under another voice, and returns the share of the agent's voice.
func (l *line) hearsUnder(a *Agent) (part float64) {
	began := time.Now()
	l.awaitTrue(l.who+" hears "+a.number, func(context.Context) (bool, error) {
		part = share(l, began, a)
		return part > underneath, nil
	})
	l.tell("%s hears %s", l.who, a.number)
	return part
}

// share is the greatest part of an agent's voice in any tenth of a second that was heard on a line since a time.
func share(l *line, since time.Time, of *Agent) (most float64) {
	pcm := l.call.Recording().Since(since).PCM
	for ; len(pcm) >= ear.Rate/10; pcm = pcm[ear.Rate/10:] {
		most = max(most, ear.ToneShare(pcm[:ear.Rate/10], float64(of.phone.Tone())))
	}
	return most
}
