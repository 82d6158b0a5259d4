package main

import (
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
	classes := texts(queue.CallbackClasses)
	for file, words := range map[string][]string{
		"configure.md": slices.Concat(classes, texts(queue.Strategies), texts(queue.Escapes), texts(queue.HoldThens), texts(queue.HoldAudios), texts(queue.HoldHangups)),
		"rules.md":     slices.Concat(codes, texts(queue.Outcomes)),
		"glossary.md":  classes,
		"operate.md": slices.Concat(texts(queue.Outcomes), texts(queue.CallbackOutcomes), texts(queue.ViolationKinds), texts(queue.MonitorModes),
			texts(queue.Ways), texts(queue.TransferEnds)),
		"hold.md": slices.Concat(texts(queue.HoldEnds), texts(queue.HoldThens)),
		// A card has a half for each language.
		"callback-card.md ## Русский":  codes,
		"callback-card.md ## Кыргызча": codes,
	} {
		file, half, _ := strings.Cut(file, " ")
		text := page(t, "docs/"+file)
		if half != "" {
			_, text, _ = strings.Cut(text, half+"\n")
			text, _, _ = strings.Cut(text, "\n## ")
		}
		for _, word := range words {
			if !strings.Contains(text, "`"+word+"`") {
				t.Errorf("docs/%s does not tell of `%s`", strings.TrimSpace(file+" "+half), word)
			}
		}
	}
}
