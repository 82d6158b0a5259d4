package demo

import "time"

// overflow: the last agent who speaks Kyrgyz logs out; the next caller in
// Kyrgyz is told that an agent of the other language will answer. Pavel and
// Irina come into line meanwhile.
func overflow(d *day) {
	aibek := d.aibek
	code := d.a1006.dials("*11")
	code.hears("ky/logged-out")
	code.isHungUp()

	aibek.dials()
	aibek.hears("ky/other-language")
	d.a1001.isRungFor(aibek)
	d.a1001.picksUp()
	d.together(
		func() {
			aibek.talksTo(d.a1001)
			aibek.goesOnTalking(time.Second)
		},
		func() {
			d.pavel.dials()
			d.pavel.hears("ru/welcome")
			d.irina.dials()
			d.irina.hears("ru/welcome")
		},
	)
}
