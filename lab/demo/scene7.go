package demo

import (
	"time"

	"kezek/lab"
	"kezek/lab/phone"
	"kezek/ops"
)

const (
	backLimit  = 2 * time.Second        // from the kill until the daemon is in charge again
	lossLimit  = 100 * time.Millisecond // of what is said in a conversation
	quietLimit = time.Second            // in the music
)

// kill: Pavel talks to 1001 and Irina hears that all are busy when the daemon is killed. Timur
// calls at that very moment.
func kill(d *day) {
	pavel, irina, timur := d.pavel, d.irina, d.timur
	withPavel := d.a1001.line
	irina.hears("ru/all-busy")
	before := d.row(irina)
	d.before = d.waitCounted(patience / 2)

	d.tell("kill -9 %d, the daemon", d.lab.PID(lab.Daemon))
	killed := time.Now()
	d.lab.KillDaemon()
	timur.dials()
	d.await("the daemon is back", d.lab.WaitDaemon)
	back := time.Now()
	d.noteProcesses()
	d.tell("The daemon is back after %s", ms(back.Sub(killed)))

	pavel.hearEachOther(d.a1001, back)
	d.tell("Pavel and 1001 still talk")
	irina.hearsSound(music, back)
	d.tell("Irina hears music")
	after := d.row(irina)
	timur.hears("ru/welcome")
	d.show("calls")

	pavel.hangsUp()
	hungUp := pavel.call.At(phone.ByeSent)
	d.a1001.isRungAtOnceFor(irina)
	served := d.a1001.call.At(phone.InviteReceived)
	d.a1001.answers(irina)
	irina.goesOnTalking(500 * time.Millisecond)
	irina.hangsUp()
	d.a1001.isRungAtOnceFor(timur)
	d.a1001.answers(timur)
	timur.goesOnTalking(500 * time.Millisecond)
	timur.hangsUp()

	byPavel := pavel.report()
	d.promise(byPavel.beginLike("ru/welcome", "ru/all-busy", "ru/position-1", "ru/wait-under") && byPavel.begin("tone of 1001") > 0,
		"A decline costs the caller nothing, not even the place", "the phones that ring, ear of Pavel", "1002, then 1001; Irina waits on")
	took := back.Sub(killed)
	d.promise(took <= backLimit, "A daemon that was killed is back in charge", "kill -9 → /readyz", "%s, limit %s", ms(took), ms(backLimit))
	since := killed.Add(-500 * time.Millisecond)
	loss := max(
		missing(pavel.call.Recording(), since, hungUp, d.a1001.phone.Tone()),
		missing(withPavel.call.Recording(), since, hungUp, pavel.tone))
	d.promise(loss <= lossLimit, "Those who talk meanwhile miss nothing", "tones in both recordings",
		"%s of %.1f s not heard, limit %s", ms(loss), hungUp.Sub(since).Seconds(), ms(lossLimit))
	byIrina := irina.report()
	quiet := quietest(irina.call.Recording(), since, served)
	d.promise(place(before) == 1 && place(after) == 1 && quiet <= quietLimit, "Callers who wait meanwhile keep their place, and there is no silence", "kezek calls, ear of Irina",
		"place %d, then %d; silent for %s at most", place(before), place(after), ms(quiet))
	byTimur := timur.report()
	d.promise(byIrina.begin("tone of 1001") > 0 && byTimur.begin("tone of 1001") > 0, "A caller who calls just then is not lost, and is served in turn",
		"ears of Irina, Timur", "%s, then 1001", list(byTimur.prompts()))
}

// place is a caller's place in line; 0 if they have none.
func place(row ops.Call) int {
	if row.Position == nil {
		return 0
	}
	return *row.Position
}
