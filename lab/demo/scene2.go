package demo

import "time"

// chooseLanguage: both languages are offered, a key cuts the menu short, and
// the call goes to an agent who speaks the language. Olga is left by the agent,
// Aibek leaves.
func chooseLanguage(d *day) {
	olga, aibek := d.olga, d.aibek
	var pressed time.Time
	d.together(
		func() { holds(d) },
		func() {
			olga.dials()
			olga.hears("ky/welcome")
			olga.hears("ru/welcome")
			olga.hears("ky/menu-1")
			olga.hears("ru/menu-2")
			pressed = olga.presses("2")
			olga.hearsMusic()
			d.a1001.isRungFor(olga)
			d.a1001.answers(olga)
			olga.goesOnTalking(time.Second)
			d.a1001.hangsUp()
			olga.hears("ru/closing")
			olga.isHungUp()
		},
		func() {
			aibek.dials()
			aibek.hears("ky/menu-1")
			aibek.presses("1")
			aibek.hearsMusic()
			d.a1006.isRungFor(aibek)
			d.a1006.answers(aibek)
			aibek.goesOnTalking(time.Second)
			aibek.hangsUp()
			d.a1006.isHungUp()
		},
	)
	byOlga, byAibek := olga.report(), aibek.report()
	at1001, at1006 := d.a1001.report(), d.a1006.report()

	cut := olga.call.Recording().Time(byOlga.end("ru/menu-2")).Sub(pressed)
	d.promise(byOlga.say("ky/welcome", "ru/welcome", "ky/menu-1", "ru/menu-2", "ru/closing") && cut < time.Second,
		"Welcome and menu in both languages; a key cuts them short", "ear of Olga", "%s after the key", ms(max(cut, 0)))
	d.promise(byAibek.say("ky/welcome", "ru/welcome", "ky/menu-1") && d.a1001.shows("ru") && d.a1006.shows("ky"),
		"The agent's phone shows language, queue and wait", "displays", "%s; %s",
		d.a1001.call.Caller().Name, d.a1006.call.Caller().Name)
	least := min(byOlga.total("tone of 1001"), at1001.total("tone of Olga"), byAibek.total("tone of 1006"), at1006.total("tone of Aibek"))
	d.promise(least > 500*time.Millisecond, "Caller and agent hear each other", "recordings at all four ends",
		"for %s or more", ms(least))
	closing := olga.call.Recording().Duration() - byOlga.begin("ru/closing")
	d.promise(byOlga.total("ru/closing") > time.Second && closing > 2*time.Second,
		"If the agent hangs up first, the closing phrase follows", "ear of Olga", "%s", words("ru/closing"))
}
