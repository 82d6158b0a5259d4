package e2e

import (
	"testing"
	"time"

	"kezek/queue"
)

const didKeys = "+996312900895"

const keysConfig = openTrunk + `menu: {wait: 2s, rounds: 1}
queues:
  keys: {did: ["` + didKeys + `"], default_language: ru, wrapup: 0s}
agents:
  "1011": {queues: [keys], languages: [ru, ky], speech: ru}
`

// TestKeysAfterTheMenu: the key for Kyrgyz comes a second after the menu gave up, and twice. It is the
// menu's, and books nothing. Later the same key is for the callback, and books once its offer has been spoken.
func TestKeysAfterTheMenu(t *testing.T) {
	t.Parallel()
	s := open(t, keysConfig)
	s.agent(t, "1011").isBusy(didKeys)

	late := s.call(t, didKeys)
	gaveUp := late.hears("ru/all-busy")
	time.Sleep(time.Until(gaveUp.Add(1070 * time.Millisecond)))
	late.press("1")
	late.hears("ky/language-set")
	twice := s.call(t, didKeys)
	twice.hears("ru/menu-2")
	twice.press("111")
	twice.hears("ky/all-busy")
	if list := s.callbacks(t); len(list) != 0 || !late.Live() || !twice.Live() {
		t.Fatalf("a key for the menu has booked a callback: %+v", list)
	}

	time.Sleep(time.Until(gaveUp.Add(5 * time.Second)))
	late.press("1")
	late.accepts("ky/callback-offer")
	late.ended()
	late.outcome(queue.OutcomeCallback)
	late.heardLast("ky/callback-confirmed")
	if list := s.callbacks(t); len(list) != 1 || list[0].Number != late.number || list[0].Language != "ky" {
		t.Errorf("callbacks: %+v", list)
	}
	twice.hangUp(queue.OutcomeAbandoned)
}
