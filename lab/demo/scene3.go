package demo

// callAgain: a caller who has chosen once is greeted in that language and not asked
// again. Both talk on into the next scene.
func callAgain(d *day) {
	again := func(c *Caller, a *Agent) func() {
		return func() {
			c.dials()
			c.hears(c.language + "/welcome")
			a.isRungFor(c)
			a.answers(c)
		}
	}
	d.together(again(d.olga, d.a1001), again(d.aibek, d.a1006))
}
