package e2e

import (
	"strings"
	"testing"

	"kezek/lab/phone"
	"kezek/queue"
)

const didNumbers = "+996312900896"

const numbersConfig = openTrunk + `menu: {late: 0s}
queues:
  numbers: {did: ["` + didNumbers + `"], default_language: ru, wrapup: 0s}
agents:
  "1011": {queues: [numbers], languages: [ru, ky], speech: ru}
`

// TestNumbersThatAreNone: what a carrier delivers in place of a number, and the site's own numbers, are nobody's. Two
// strangers with the same one have nothing in common, and neither is ever called.
func TestNumbersThatAreNone(t *testing.T) {
	t.Parallel()
	s := open(t, numbersConfig)
	s.agent(t, "1011").isBusy(didNumbers)

	for _, number := range []string{"0000000000", "+996000000000", "1111111111", "Unavailable", "+996312900800", didNumbers} {
		t.Run(number, func(t *testing.T) {
			t.Parallel()
			stranger := func(key, hears string) *caller {
				mark := s.journal.mark()
				c := s.dial(t, phone.CallerID{Number: number}, didNumbers)
				must(t, c.WaitAnswer(within(t, patience)))
				c.hears("ru/menu-2") // nobody's language is known
				c.press(key)
				c.hears(hears)
				s.journal.await(t, mark, "a caller without a number", func(e entry) bool {
					return e.kind() == queue.EntryCallEntered && e["number"] == "" && e["queue"] == "numbers"
				})
				return c
			}
			_ = stranger("1", "ky/all-busy").Hangup(within(t, patience))
			_ = stranger("2", "ru/all-busy").Hangup(within(t, patience))
			if _, errs, code := s.kezek(t, "callback", "add", number, "--queue", "numbers"); code == 0 {
				t.Errorf("a callback is booked: %s", errs)
			}
		})
	}
	t.Run("keyed in", func(t *testing.T) {
		t.Parallel()
		c := s.dial(t, phone.CallerID{Number: "0000000000"}, didNumbers)
		must(t, c.WaitAnswer(within(t, patience)))
		c.hears("ru/menu-2")
		c.press("2")
		c.hears("ru/all-busy")
		c.asksCallback()
		c.hears("ru/enter-number")
		for _, own := range []string{"0312900800#", "0312900896#"} {
			mark := s.journal.mark()
			c.press(own)
			s.journal.await(t, mark, "refusal of "+own, func(e entry) bool {
				return e.kind() == queue.EntryRefused && e["number"] == "+996"+strings.TrimSuffix(own[1:], "#")
			})
		}
		must(t, c.Hangup(within(t, patience)))
	})
	t.Cleanup(func() {
		for _, call := range s.carrier.Incoming() {
			t.Errorf("%s is called", call.Dialled())
		}
	})
}
