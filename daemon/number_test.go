package daemon

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/nyaruka/phonenumbers"

	"kezek/config"
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

// What a carrier delivers in place of a number is withheld, in whatever form; what merely looks like it is a number.
func TestPlaceholders(t *testing.T) {
	c, err := config.Parse("kezek.yaml", []byte("site: s\ncompany: c\ntimezone: UTC\nasterisk: {password: x}\nlanguages: [ru]\nqueues: {sales: {}}\n"+
		`trunk: {dial: "PJSIP/{number}@x", allow: ['^\+.*$']}`))
	if err != nil {
		t.Fatal(err)
	}
	read := reader(c.Trunk)
	for _, number := range []string{
		"0", "00", "0000", "0000000000", "+0000000000", "000-000-0000", "996000000000", "+996000000000", "00996000000000", "0000000000000000",
		"1111111111", "111111111", "9999999999", "999999999", "+9999999999", "7777777777", "77777777777",
		"1234567890", "0123456789", "123456789", "12345678",
		"+0700123456", "+0", "5", "anonymous", "Anonymous", "unknown", "restricted", "unavailable", "private", "asterisk", "SKYNET", "*31#0700123456", "",
	} {
		if got := read(number); got != "" {
			t.Errorf("%q is read as %q", number, got)
		}
	}
	for _, number := range []string{"+996000000000", "+77777777777"} {
		if c.Rules.Trunk.Allowed(number) {
			t.Errorf("%s of a state of earlier may be called", number)
		}
	}
	for number, want := range map[string]string{
		"0555555555": "+996555555555", "996777777777": "+996777777777", "+996700000000": "+996700000000", "0700000000": "+996700000000",
		"+996700000001": "+996700000001", "0312900800": "+996312900800", "1111": "1111", "222222": "222222", "1012": "1012", "+77011234567": "+77011234567",
	} {
		if got := read(number); got != want {
			t.Errorf("%q is read as %q, want %q", number, got, want)
		}
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
