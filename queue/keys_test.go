package queue

import (
	"slices"
	"strings"
	"testing"
)

// A code that begins with another can never be keyed: the shorter one is done first.
func TestCodesCanBeKeyed(t *testing.T) {
	codes := append(InCallCodes(), resultKey)
	for i, code := range codes {
		if rest := strings.TrimPrefix(code, "*"); code != resultKey && (rest == "" || rest == code || strings.Trim(rest, "0123456789") != "") {
			t.Errorf("%s is not a star and digits: see keys.go, and Classes in rulescallback.go", code)
		}
		for _, other := range slices.Delete(slices.Clone(codes), i, i+1) {
			if strings.HasPrefix(code, other) {
				t.Errorf("%s cannot be keyed, for %s is done first: see keys.go, and Classes in rulescallback.go", code, other)
			}
		}
	}
}
