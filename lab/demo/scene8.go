package demo

import (
	"context"
	"fmt"
	"strings"
	"time"

	"kezek/lab"
	"kezek/lab/phone"
	"kezek/ops"
	"kezek/queue"
)

// callBack: Sergei does not want to wait and is promised a callback. Sergei calls
// once more, the daemon is killed, 1001 declines and wants to go home: 1001 is
// called back all the same, and once.
func callBack(d *day) {
	olga, sergei := d.olga, d.sergei
	d.carrier.Behave(phone.AnswerAfter(time.Second)) // as people do
	olga.dials()
	d.a1001.isRungFor(olga)
	d.a1001.answers(olga)

	first := sergei.asksForCallback()
	again := sergei.asksForCallback()
	first.isHungUp()
	again.isHungUp()
	d.show("callbacks")
	promised := table[ops.Callback](d, "callbacks")
	d.before = d.waitCounted(patience / 2)

	d.tell("kill -9 %d, the daemon", d.lab.PID(lab.Daemon))
	d.lab.KillDaemon()
	d.await("the daemon is back", d.lab.WaitDaemon)
	d.noteProcesses()
	kept := table[ops.Callback](d, "callbacks")

	olga.hangsUp()
	d.a1001.isRungAtOnceFor(sergei)
	d.a1001.declines()
	code := d.a1001.dials("*11")
	code.hears("ru/status-refused-callback-due")
	code.isHungUp()
	d.a1001.isRungFor(sergei)
	shown := d.a1001.call.Caller().Name
	d.a1001.picksUp()
	d.a1001.hears("ru/callback-whisper")
	sergei.isCalledBackBy(d.a1001)
	sergei.hangsUp()
	d.a1001.isHungUp()
	d.awaitTrue("the callback is over", func(context.Context) (bool, error) {
		return len(table[ops.Callback](d, "callbacks")) == 0, nil
	})
	dialled := 0
	for _, call := range d.carrier.Incoming() {
		if call.Dialled() == sergei.number {
			dialled++
		}
	}

	byFirst, byAgain, bySergei, at1001, byCode := first.report(), again.report(), sergei.report(), d.a1001.report(), code.report()
	olga.report()
	d.promise(heard(byFirst, "ru/callback-confirmed") && len(promised) == 1 && promised[0].Number == sergei.number,
		"Who does not want to wait is promised a callback", "ear of Sergei, kezek callbacks", "%s", words("ru/callback-confirmed"))
	d.promise(heard(byAgain, "ru/callback-confirmed") && len(promised) == 1,
		"The same number again changes nothing", "kezek callbacks", "%d callback", len(promised))
	d.promise(len(kept) == 1 && len(promised) == 1 && kept[0].ID == promised[0].ID && kept[0].DueAt.Equal(promised[0].DueAt),
		"A promise outlives the daemon", "kezek callbacks after kill -9", "%s", due(kept))
	d.promise(heard(byCode, "ru/status-refused-callback-due") && strings.HasPrefix(shown, "CALLBACK RU sales"),
		"A callback cannot be declined away: it rings again, and until then nobody leaves", "phone and ear of 1001", "%s", shown)
	least := min(bySergei.total("tone of 1001"), at1001.total("tone of Sergei"))
	d.promise(dialled == 1 && heard(bySergei, "ru/callback-greeting") && least > 300*time.Millisecond,
		"The client is called once, hears who calls, and they talk", "recordings at both ends", "%d call, talk of %s or more", dialled, ms(least))
}

// heard tells whether a prompt was among those that were said.
func heard(s sounds, prompt string) bool { return s.total(prompt) > word }

// due is what is left of the time of the first callback.
func due(all []ops.Callback) string {
	if len(all) == 0 {
		return "none"
	}
	return fmt.Sprintf("%s, due in %.0f min", all[0].State, all[0].DueIn/60)
}

// asksForCallback calls, presses 1 at the first word, hears what that is for, presses it again, and hears the promise.
func (c *Caller) asksForCallback() *line {
	c.dials()
	c.hears(c.language + "/welcome")
	c.presses("1")
	c.hears(c.language + "/callback-offer")
	time.Sleep(time.Until(c.heard.Add(1500 * time.Millisecond))) // until the key is named
	c.presses("1")
	c.hears(c.language + "/callback-confirmed")
	c.ended(c, queue.OutcomeCallback)
	return c.line
}

// isCalledBackBy is called by us, hears who it is, and talks to the agent.
func (c *Caller) isCalledBackBy(a *Agent) {
	c.line = c.pickUp(c.name, "is called back", c.carrier.Expect)
	if got := c.call.Dialled(); got != c.number {
		c.stop(fmt.Errorf("%s is called, not %s", got, c.name))
	}
	c.call.Send(phone.Tone(c.tone))
	c.tell("%s is called by %s and answers", c.name, c.call.Caller().Number)
	c.hears(c.language + "/callback-greeting")
	c.hearEachOther(a, a.call.At(phone.AnswerSent))
	c.agent, a.customer = a, c
	c.tell("%s and %s hear each other", c.name, a.number)
	c.hearEachOther(a, time.Now().Add(500*time.Millisecond))
	c.calledBack++
}
