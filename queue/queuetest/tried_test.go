package queuetest

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/cockroachdb/datadriven"

	"kezek/queue"
)

// TestRefusedTransferTellsTheNumber: the journal and the call's record have what was tried, whatever a phone sends.
func TestRefusedTransferTellsTheNumber(t *testing.T) {
	for sent, want := range map[string]string{
		"9999":                                  "9999",
		"":                                      "",
		"\x1b[2J\n\x00sip:x@y":                  "?[2J??sip:x@y",
		"\xff\xfe1":                             "?1",
		"\u202e123":                             "?123",
		strings.Repeat("9", 10_000):             strings.Repeat("9", 39) + "…",
		strings.Repeat("é", 41):                 strings.Repeat("é", 39) + "…",
		strings.Repeat("1", 40):                 strings.Repeat("1", 40),
		"${SHELL(id)},,1&Local/x@from-internal": "${SHELL(id)},,1&Local/x@from-internal",
	} {
		s := NewScenario()
		run := func(cmd, input string) string {
			out, err := s.Run(&datadriven.TestData{Cmd: cmd, Input: input})
			if err != nil {
				t.Fatal(err, out)
			}
			return out
		}
		run("site", "languages ru\nqueue sales did=100\nagent 1001 ru sales")
		run("do", "login 1001\ncall A\nanswer 1001\nheard A")
		leg := s.state.Agents()[0].Leg
		journal := s.step(queue.TransferPressed{Channel: leg, To: sent}).Journal
		journal = append(journal, s.step(queue.ChannelGone{Channel: "A"}).Journal...)
		var refused, record string
		for _, e := range journal {
			switch {
			case e.Kind == queue.EntryRefused:
				refused = e.To
			case e.Kind == queue.EntryCallEnded && len(e.More().Transfers) == 1 && e.More().Transfers[0].End == queue.TransferEnd(queue.RefusalUnknownExtension):
				record = e.More().Transfers[0].To
			}
		}
		if refused != want || record != want {
			t.Errorf("%.40q: the journal has %q, the record %q, want %q", sent, refused, record, want)
		}
		if !utf8.ValidString(refused) || strings.ContainsFunc(refused, unicode.IsControl) || utf8.RuneCountInString(refused) > 40 {
			t.Errorf("%q is written down", refused)
		}
	}
}
