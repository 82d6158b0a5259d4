package main

import (
	"bytes"
	"flag"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"kezek/config"
	"kezek/daemon"
	"kezek/dialplan"
	"kezek/queue"
)

var update = flag.Bool("update", false, "write the agents' cards in docs anew")

// The agents' cards in docs are those of the example config, and each code that
// can be keyed in a call or dialled out of one has its line there.
func TestCards(t *testing.T) {
	c, err := config.Parse("kezek.example.yaml", config.Example)
	if err != nil {
		t.Fatal(err)
	}
	dialled := dialledCodes(t, c)
	for _, lang := range dialplan.CardLanguages {
		var b bytes.Buffer
		if err := writeCard(&b, dialplan.Card{Language: lang}, c.Rules); err != nil {
			t.Fatal(err)
		}
		_, sections, _ := strings.Cut(b.String(), "\n## ")
		inCall, outOfCall, _ := strings.Cut(sections, "\n## ")
		for section, codes := range map[string][]string{inCall: queue.InCallCodes(), outOfCall: dialled} {
			for _, code := range codes {
				if !strings.Contains(section, "`"+code+"`") {
					t.Errorf("%s: the card has no line for %s: give it one in dialplan/templates", lang, code)
				}
			}
		}
		file := "../../docs/agents." + string(lang) + ".md"
		if *update {
			if err := os.WriteFile(file, b.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), b.String()); diff != "" {
			t.Errorf("%s is stale: run go test ./cmd/kezek -run TestCards -update (-is +should be):\n%s", file, diff)
		}
	}
}

var extension = regexp.MustCompile(`(?m)^exten => _?(\*[0-9]*)(?:\[([0-9]+)\])?(?:X\.|Z)?,1,`)

// dialledCodes are those of the dialplan, but for statuses forbidden to the queue of the card.
func dialledCodes(t *testing.T, c *config.Config) []string {
	t.Helper()
	p := daemon.DialplanParams(c, version())
	var b bytes.Buffer
	if err := dialplan.Write(&b, p); err != nil {
		t.Fatal(err)
	}
	forbidden := map[string]bool{}
	for _, s := range c.Rules.Statuses {
		forbidden["*"+s.Code] = len(s.ForbiddenTo) > 0
	}
	var codes []string
	for _, m := range extension.FindAllStringSubmatch(b.String(), -1) {
		if m[2] == "" {
			codes = append(codes, m[1])
		}
		for _, digit := range m[2] {
			codes = append(codes, m[1]+string(digit))
		}
	}
	codes = slices.DeleteFunc(codes, func(code string) bool { return forbidden[code] })
	if len(codes) < 15 {
		t.Fatalf("the dialplan has the codes %v alone", codes)
	}
	return codes
}

// The error for a card that does not exist names those that do.
func TestCardThatIsNot(t *testing.T) {
	c, err := config.Parse("kezek.example.yaml", config.Example)
	if err != nil {
		t.Fatal(err)
	}
	for card, want := range map[dialplan.Card]string{
		{Language: "en"}:                  `no card in "en"; there are cards in [ru ky]`,
		{Language: "ru", Queue: "repair"}: `no card of queue "repair"; the config has sales`,
	} {
		var b bytes.Buffer
		if err := writeCard(&b, card, c.Rules); err == nil || err.Error() != want || b.Len() > 0 {
			t.Errorf("%+v: %v, want %s", card, err, want)
		}
	}
}

// The card tells how the return goes, and what Kezek does by itself, by the config.
func TestCardTellsTheQueue(t *testing.T) {
	c, err := config.Parse("kezek.example.yaml", config.Example)
	if err != nil {
		t.Fatal(err)
	}
	sales := c.Rules.Queues["sales"]
	for _, test := range []struct {
		audio   queue.HoldAudio
		silence time.Duration
		want    map[queue.Language][]string
	}{
		{queue.HoldAudioPhraseFirst, 0, map[queue.Language][]string{"ru": {"вас он слышит после этих слов"}, "ky": {"сизди ошол сөздөрдөн кийин угат"}}},
		{queue.HoldAudioOverPhrase, 10 * time.Second, map[queue.Language][]string{
			"ru": {"вас он слышит сразу, поверх фразы", "молчит с начала разговора 10 с"}, "ky": {"сизди дароо угат, фразанын үстүнөн", "башынан 10 сек унчукпаса"},
		}},
	} {
		sales.Hold.Return, sales.NotHeardAfter = test.audio, test.silence
		for _, lang := range dialplan.CardLanguages {
			var b strings.Builder
			if err := writeCard(&b, dialplan.Card{Language: lang}, c.Rules); err != nil {
				t.Fatal(err)
			}
			for _, want := range test.want[lang] {
				if !strings.Contains(b.String(), want) {
					t.Errorf("%s, %s: the card does not say %q", lang, test.audio, want)
				}
			}
			if test.silence == 0 && (strings.Contains(b.String(), "молчит") || strings.Contains(b.String(), "унчукпаса")) {
				t.Errorf("%s: the card tells of a silence that nobody notices", lang)
			}
		}
	}
}
