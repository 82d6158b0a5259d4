package e2e

import (
	"testing"

	"kezek/queue"
)

const didExtension = "+996312900877"

const extensionConfig = `
menu: {wait: 2s, rounds: 1}
queues:
  known: {did: ["` + didExtension + `"], default_language: ru, strategy: linear, wrapup: 0s, same_agent: {extension: 60s}}
agents:
  "1011": {queues: [known], languages: [ru, ky], speech: ru}
  "1012": {queues: [known], languages: [ru, ky], speech: ru}
`

// TestExtensionIsKeyed: a caller keys an agent's extension in the menu, another one in line, and each gets that agent. A single
// key is what it was. An extension that is none keeps nobody.
func TestExtensionIsKeyed(t *testing.T) {
	t.Parallel()
	s := open(t, extensionConfig)
	first, second := s.agent(t, "1011"), s.agent(t, "1012")

	inMenu := s.call(t, didExtension)
	inMenu.hears("ru/menu-2")
	inMenu.press("1012")
	second.answers(inMenu)

	single := s.call(t, didExtension)
	single.hears("ru/menu-2")
	single.press("1") // without a key it would be Russian
	r := first.rings()
	shows(t, r, "ky", "known")
	first.take(r, single)

	inLine := s.call(t, didExtension)
	inLine.hears("ru/menu-2")
	inLine.press("2")
	inLine.hears("ru/all-busy")
	inLine.press("1999")
	inLine.hears("ru/please-wait")
	inLine.press("1012")
	if kept := inLine.told(queue.EntryCallKept); kept["agent"] != "1012" || kept["to"] != "1012" {
		t.Errorf("kept: %v", kept)
	}
	single.hangUp(queue.OutcomeCompletedByCaller) // 1011 is free, and the call is not theirs
	first.free()
	inMenu.hangUp(queue.OutcomeCompletedByCaller)
	second.answers(inLine)
	inLine.hangUp(queue.OutcomeCompletedByCaller)
}
