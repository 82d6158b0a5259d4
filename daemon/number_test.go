package daemon

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/nyaruka/phonenumbers"
)

func TestNormalize(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"national", "0555123456", "+996555123456"},
		{"national without the zero", "555123456", "+996555123456"},
		{"country code without plus", "996555123456", "+996555123456"},
		{"E.164", "+996555123456", "+996555123456"},
		{"international prefix", "00996555123456", "+996555123456"},
		{"written for people", "+996 (555) 12-34-56", "+996555123456"},
		{"a range no table knows yet", "996000000000", "+996000000000"},
		{"abroad", "+77011234567", "+77011234567"},
		{"abroad without plus", "77011234567", "+77011234567"},
		{"inner extension", "1012", "1012"},
		{"city number", "900800", "900800"},

		{"withheld", "", ""},
		{"withheld in words", "anonymous", ""},
		{"blank", "  ", ""},
		{"one digit", "5", ""},
		{"letters among digits", "0700FLOWER", ""},
		{"quote", `0555"123456`, ""},
		{"newline within", "0555\n123456", ""},
		{"digits of another script", "٠٥٥٥١٢٣٤٥٦", ""},
		{"longer than any number", "+996999999999999999", ""},
		{"a thousand digits", strings.Repeat("5", 1000), ""},
		{"only a plus", "+", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := Normalize(tt.in); got != tt.want {
				t.Errorf("Normalize(%q) = %q, want %q", tt.in, got, tt.want)
			}
		})
	}
}

// A number at which the library panics is no number, and ends nothing.
func TestNumberThatPanics(t *testing.T) {
	for name, parse := range map[string]func(string, string) (*phonenumbers.PhoneNumber, error){
		"at once":      func(string, string) (*phonenumbers.PhoneNumber, error) { panic("no such number was ever thought of") },
		"a nil number": func(string, string) (*phonenumbers.PhoneNumber, error) { return nil, nil },
	} {
		if got := possibleAs(parse, "0555123456"); got != "" {
			t.Errorf("%s: %q", name, got)
		}
	}
}

// FuzzNormalize: whatever comes in, only digits and a leading plus come out.
func FuzzNormalize(f *testing.F) {
	for _, seed := range []string{"0555123456", "+996555123456", "anonymous", "1012", "\x00", "+7(701)"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, in string) {
		out := Normalize(in)
		if strings.Trim(strings.TrimPrefix(out, "+"), "0123456789") != "" || utf8.RuneCountInString(out) > 16 {
			t.Fatalf("Normalize(%q) = %q: not a number", in, out)
		}
	})
}
