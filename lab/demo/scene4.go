package demo

import (
	"slices"
	"time"
)

// waitInLine: 1001 talks to Olga and 1006 to Aibek while others call. Each is
// told where they stand, in their language, and served when their turn comes. Vera, who
// was on hold, hears the last phrases meanwhile.
func waitInLine(d *day) {
	olga, pavel, irina, timur, sergei := d.olga, d.pavel, d.irina, d.timur, d.sergei
	aibek, gulnara := d.aibek, d.gulnara
	d.together(
		func() {
			pavel.dialsIn()
			irina.dialsIn()
			timur.dialsIn()
			pavel.hears("ru/position-1")
			irina.hears("ru/position-2")
			timur.hears("ru/position-3")
			timur.hangsUp()
			pavel.hears("ru/wait-under")
			irina.hears("ru/wait-under")
			pavel.hearsMusic()
		},
		func() {
			gulnara.dialsIn()
			gulnara.hears("ky/position-1")
			gulnara.hears("ky/wait-under")
		},
	)
	sergei.dialsIn()
	d.show("calls")

	var served []string
	next := func(a *Agent, c *Caller) {
		a.isRungAtOnceFor(c)
		a.answers(c)
		c.goesOnTalking(500 * time.Millisecond)
		served = append(served, c.name)
	}
	d.a1001.hangsUp()
	next(d.a1001, pavel)
	pavel.hangsUp()
	next(d.a1001, irina)
	irina.hangsUp()
	next(d.a1001, sergei)
	sergei.hangsUp()
	aibek.hangsUp()
	next(d.a1006, gulnara)
	gulnara.hangsUp()
	olga.isHungUp()

	byOlga, byAibek := olga.report(), aibek.report()
	d.promise(byOlga.say("ru/welcome", "ru/closing") && byAibek.say("ky/welcome"),
		"The language is remembered: no menu the next time", "ears of Olga, Aibek", "%s; %s",
		list(byOlga.prompts()), list(byAibek.prompts()))
	d.promise(slices.Equal(served, []string{"Pavel", "Irina", "Sergei", "Gulnara"}),
		"Callers are served in the order of their arrival", "the phones that ring", "%s", list(served))
	byPavel, byIrina, byGulnara := pavel.report(), irina.report(), gulnara.report()
	d.promise(byPavel.say("ru/all-busy", "ru/position-1", "ru/wait-under") &&
		byIrina.say("ru/all-busy", "ru/position-2", "ru/wait-under") &&
		byGulnara.say("ky/all-busy", "ky/position-1", "ky/wait-under"),
		"Waiting callers hear their place and the wait, in their language", "ears of Pavel, Irina, Gulnara",
		"%s", list(byGulnara.prompts()))
	bySergei := sergei.report()
	d.promise(bySergei.beginLike("ru/all-busy", "ru/position-3", "ru/wait-under") && bySergei.total(music) == 0 && bySergei.begin("tone of 1001") > 0,
		"An answer cuts an announcement short", "ear of Sergei", "after %s", ms(bySergei.begin("tone of 1001")-bySergei.begin("ru/all-busy")))
	timur.report()
	holdsHeard(d)
}
