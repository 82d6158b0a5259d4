package e2e

import (
	"testing"
	"time"

	"kezek/lab/phone"
)

// What the tests of a site have in common: a queue, the trunk, an agent who has a call, and the tests side by side.

// openTrunk lets the site call every number of the country, over the lab's carrier.
const openTrunk = `
trunk: {dial: "PJSIP/{number}@carrier", caller_id: "+996312900800", allow: ["^\\+996[0-9]{9}$"]}
`

// deskQueue is a queue for callers who speak Russian and hear no menu, whose agents are free again at once. More are lines of its config.
func deskQueue(name, did, more string) string {
	return `
  ` + name + `:
    did: ["` + did + `"]
    did_language: {"` + did + `": ru}
    default_language: ru
    wrapup: 0s` + more
}

// sideBySide runs tests on one site, each with agents and a queue of its own. Afterwards nothing is left of their calls.
func (s *site) sideBySide(t *testing.T, tests map[string]func(*testing.T, *site)) {
	t.Helper()
	t.Run("all", func(t *testing.T) {
		for name, test := range tests {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				test(t, s)
			})
		}
	})
	s.nothingLeft(t)
}

// holdsByCode holds the caller by the agent's code, and comes back: they hear both phrases, and then each other.
func (s *site) holdsByCode(t *testing.T, leg *phone.Call, c *caller) {
	t.Helper()
	begun := time.Now()
	must(t, leg.Keys(within(t, patience), "*1"))
	hears(t, s, c.Call, "ru/hold", begun)
	must(t, leg.Keys(within(t, patience), "*1"))
	talk(t, leg, c, hears(t, s, c.Call, "ru/return", begun))
}

// isBusy gives the agent a caller who chose Russian in the menu: the next callers wait.
func (a *agent) isBusy(did string) *caller {
	a.t.Helper()
	c := a.s.call(a.t, did)
	c.press("2")
	a.answers(c)
	return c
}
