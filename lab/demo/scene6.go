package demo

import (
	"context"

	"kezek/queue"
)

// decline: 1002 comes to help, and declines Pavel, the first in line. Pavel stays
// the first: the next agent gets Pavel, and not Irina.
func decline(d *day) {
	pavel, aibek := d.pavel, d.aibek
	code := d.a1002.dials("*101002")
	code.hears("ru/logged-in")
	code.isHungUp()
	d.a1002.isRungFor(pavel)
	d.a1002.declines()
	d.awaitTrue("Pavel waits again", func(context.Context) (bool, error) {
		return d.row(pavel).State == queue.CallWaiting, nil
	})
	d.together(
		func() {
			code := d.a1002.dials("*11")
			code.hears("ru/logged-out")
			code.isHungUp()
		},
		func() {
			aibek.hangsUp()
			d.a1001.isRungAtOnceFor(pavel)
			d.a1001.answers(pavel)
		},
	)
	byAibek := aibek.report()
	told, voice := byAibek.end("ky/other-language"), byAibek.begin("tone of 1001")
	d.promise(byAibek.say("ky/other-language") && voice >= told,
		"Nobody there speaks it: the caller is told, then connected", "ear of Aibek", "%s, the voice %s later",
		list(byAibek.prompts()), ms(voice-told))
}
