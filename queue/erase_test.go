package queue

import (
	"strings"
	"testing"
)

// Who writes the number into the reason does so as people write numbers.
func TestReasonWithoutTheNumber(t *testing.T) {
	digits := strings.NewReplacer(" ", "", "(", "", ")", "", "-", "", ".", "", "/", "")
	s := &State{rules: &Rules{Trunk: TrunkRules{Normalize: func(number string) string {
		return "+996" + strings.TrimPrefix(strings.TrimPrefix(strings.TrimPrefix(digits.Replace(number), "00996"), "+996"), "0")
	}}}}
	for written, want := range map[string]string{
		"erase +996700123405, please":     "erase …, please",
		"0700123405 asked":                "… asked",
		"0700 12-34-05 asked":             "… asked",
		"(00996 700 123405)":              "(…)",
		"0700123406 asked for 0700123405": "0700123406 asked for …",
		"request 2026-17 of 5.3.2026":     "request 2026-17 of 5.3.2026",
		"":                                "",
	} {
		if got := (EraseNumber{Number: "+996700123405", Reason: written}).without(s); got != want {
			t.Errorf("%q: %q, want %q", written, got, want)
		}
	}
}
