package daemon

import (
	"strings"

	"github.com/nyaruka/phonenumbers"

	"kezek/config"
)

// homeRegion is where numbers without a country code are read.
const homeRegion = "KG"

// Lengths: of inner extensions and city numbers, and of public numbers.
const (
	shortestLocal = 2
	longestLocal  = 6
	longestE164   = 16 // with the plus
	longestNumber = 32 // as written: with separators and an international prefix
)

// reader reads numbers from outside as a config says: [Normalize], but what its carriers deliver in place of a
// number is none either.
func reader(trunk config.Trunk) func(number string) string {
	return func(number string) string {
		e164 := Normalize(number)
		if e164 == "" || trunk.IsPlaceholder(bare(number)) || trunk.IsPlaceholder(e164) {
			return ""
		}
		return e164
	}
}

// bare is a number without what only separates its digits.
func bare(number string) string {
	return strings.Map(func(r rune) rune {
		if r == '+' || r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, number)
}

// Normalize makes a caller's number comparable: E.164 for a public number, the
// bare digits for an inner extension or city number, "" for one that is
// withheld or is no number at all. What a carrier delivers is not trusted.
func Normalize(number string) string {
	number = strings.TrimSpace(number)
	if len(number) > longestNumber {
		return ""
	}
	digits := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, number)
	if strings.Trim(number, "+0123456789-. ()") != "" {
		return ""
	}
	if parsed := possible(number); parsed != "" {
		return parsed
	}
	// Many carriers leave out the plus of an international number.
	if !strings.HasPrefix(number, "+") {
		if parsed := possible("+" + digits); parsed != "" {
			return parsed
		}
		if len(digits) >= shortestLocal && len(digits) <= longestLocal {
			return digits
		}
	}
	return ""
}

// possible is the number in E.164 if it has the length of its country's
// numbers. Whether the range is in use is not asked: new ones are opened
// faster than any table learns of them.
func possible(number string) string { return possibleAs(phonenumbers.Parse, number) }

// possibleAs lets a library parse the number. One at which the library panics is no
// number: callers' numbers come from outside, and pass here on the way of each call.
func possibleAs(parse func(number, region string) (*phonenumbers.PhoneNumber, error), number string) (e164 string) {
	defer func() {
		if recover() != nil {
			e164 = ""
		}
	}()
	parsed, err := parse(number, homeRegion)
	if err != nil || phonenumbers.IsPossibleNumberWithReason(parsed) != phonenumbers.IS_POSSIBLE {
		return ""
	}
	if e164 := phonenumbers.Format(parsed, phonenumbers.E164); len(e164) <= longestE164 {
		return e164
	}
	return ""
}
