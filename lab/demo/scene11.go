package demo

import (
	"strings"
	"time"

	"kezek/queue"
)

// failAtAnswer: the phone of 1001 answers and hangs up at once, as one that is broken does. Vera is sent away by nobody: back at the
// head of the line, Vera goes to 1002, and supervisors see which phone does not work.
func failAtAnswer(d *day) {
	vera, a, other := d.vera, d.a1001, d.a1002
	code := other.dials("*12")
	code.hears("ru/status-waiting")
	code.isHungUp()
	told := d.follow(vera)
	vera.dials()
	a.isRungFor(vera)
	a.picksUp()
	d.tell("The phone of 1001 hangs up at once")
	a.putsDown()
	other.isRungFor(vera)
	shown := other.call.Caller().Name
	other.answers(vera)
	d.answeredAgain++
	d.show("agents")
	broken := d.agentRow(a).PhoneFault
	vera.goesOnTalking(time.Second)
	vera.hangsUp()
	other.isHungUp()
	goesHome(other)

	byVera, events := vera.report(), told()
	d.promise(!heard(byVera, "ru/closing") && byVera.total("tone of 1002") > 500*time.Millisecond && strings.HasSuffix(shown, " *") && happened(events, queue.EntryCallRequeued) == 1,
		"A phone that fails at its answer loses no caller: another agent has them", "ear of Vera, phone of 1002", "%s, then 1002 for %s", shown, ms(byVera.total("tone of 1002")))
	d.promise(broken != nil && *broken == queue.CauseBroken, "Supervisors see which phone does not work, and why", "kezek agents", "1001: %s", why(broken))
}

// why is what is wrong with a phone, in words.
func why(fault *queue.Cause) string {
	if fault == nil {
		return "works"
	}
	return fault.Words()
}
