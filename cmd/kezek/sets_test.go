package main

import (
	"os"
	"path/filepath"
	"regexp"
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

// Each event of the rules is sent by an adapter or the engine: one without a source never comes.
func TestEachEventHasASource(t *testing.T) {
	source := func(dirs ...string) (all string) {
		for _, dir := range dirs {
			files, err := filepath.Glob("../../" + dir + "/*.go")
			if err != nil {
				t.Fatal(err)
			}
			for _, file := range files {
				if strings.HasSuffix(file, "_test.go") {
					continue
				}
				text, err := os.ReadFile(file)
				if err != nil {
					t.Fatal(err)
				}
				all += string(text)
			}
		}
		return all
	}
	events := regexp.MustCompile(`(?m)^func \((?:\w+ )?(\w+)\) happen\(`).FindAllStringSubmatch(source("queue"), -1)
	if len(events) < 10 {
		t.Fatalf("the events of the rules were not found: %v", events)
	}
	senders := source("ari", "dialplan", "ops", "engine", "daemon")
	for _, event := range events {
		if !regexp.MustCompile(`\bqueue\.` + event[1] + `\b`).MatchString(senders) {
			t.Errorf("nothing sends queue.%s: send it from ari, dialplan, ops or engine", event[1])
		}
	}
}
