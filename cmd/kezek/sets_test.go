package main

import (
	"os"
	"slices"
	"strings"
	"testing"

	"kezek/queue"
)

// The docs name every value of the closed sets that they explain.
func TestDocsHaveEverySet(t *testing.T) {
	var codes []string
	for _, class := range queue.Classes {
		codes = append(codes, class.Code)
	}
	for page, words := range map[string][]string{
		"configure.md": slices.Concat(texts(queue.CallbackClasses), texts(queue.Strategies), texts(queue.Escapes), texts(queue.HoldThens), texts(queue.HoldAudios), texts(queue.HoldHangups)),
		"rules.md":     slices.Concat(codes, texts(queue.Outcomes)), "callback-card.md": codes,
		"operate.md": slices.Concat(texts(queue.Outcomes), texts(queue.CallbackOutcomes), texts(queue.ViolationKinds), texts(queue.MonitorModes),
			texts(queue.Ways), texts(queue.TransferEnds)),
		"hold.md": slices.Concat(texts(queue.HoldEnds), texts(queue.HoldThens)),
	} {
		text, err := os.ReadFile("../../docs/" + page)
		if err != nil {
			t.Fatal(err)
		}
		for _, word := range words {
			if !strings.Contains(string(text), "`"+word+"`") {
				t.Errorf("docs/%s does not tell of `%s`", page, word)
			}
		}
	}
}
