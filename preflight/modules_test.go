package preflight

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// The modules that docs/asterisk.md asks for are looked for, each once.
func TestModulesOfTheDocs(t *testing.T) {
	text, err := os.ReadFile("../docs/asterisk.md")
	must(t, err)
	_, list, found := strings.Cut(string(text), "The modules that this needs are all in a usual Asterisk:")
	list, _, _ = strings.Cut(list, "\n\n")
	named := regexp.MustCompile("`([a-z_]+)`").FindAllStringSubmatch(list, -1)
	if !found || len(named) < 5 {
		t.Fatalf("docs/asterisk.md names %d modules", len(named))
	}
	known := map[string]bool{}
	for _, m := range slices.Concat(modules, optional) {
		if known[m.name] {
			t.Errorf("%s is there twice", m.name)
		}
		known[m.name] = true
	}
	for _, m := range named {
		if !known[m[1]] {
			t.Errorf("nobody looks for %s", m[1])
		}
	}
}
