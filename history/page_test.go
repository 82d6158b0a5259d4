package history

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
)

// rewrite: the columns in docs/reports.md are written anew; the flag is datadriven's.
func rewrite() bool { return flag.Lookup("rewrite").Value.String() == "true" }

// The page has each column of each report.
func TestReportsPage(t *testing.T) {
	const file, mark = "../docs/reports.md", "-->\n"
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	head, tail, found := strings.Cut(string(text), mark)
	if !found {
		t.Fatalf("%s has no mark", file)
	}
	var page strings.Builder
	for _, id := range slices.Sorted(maps.Keys(Every())) {
		r := Every()[id]
		filters := " Filters: `" + strings.Join(r.Asks, "`, `") + "`."
		if r.Asks == nil {
			filters = ""
		}
		fmt.Fprintf(&page, "\n## %s\n\n%s.%s\n\n| column | | |\n|---|---|---|\n", id, r.Title["en"], filters)
		for _, c := range r.Columns {
			fmt.Fprintf(&page, "| `%s` | %s · %s · %s | %s |\n", c.ID, c.Title["en"], c.Title["ru"], c.Title["ky"], c.Means)
		}
	}
	if rewrite() {
		if err := os.WriteFile(file, []byte(head+mark+page.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if tail != page.String() {
		t.Errorf("%s does not have the columns as they are: go test ./history -run TestReportsPage -rewrite", file)
	}
}

// Each report and each column has words in each language, and no two columns of a report have one id.
func TestReportsHaveWords(t *testing.T) {
	for id, r := range Every() {
		seen := map[string]bool{}
		for _, c := range r.Columns {
			if seen[c.ID] {
				t.Errorf("%s has two columns %s", id, c.ID)
			}
			seen[c.ID] = true
			for _, language := range []string{"en", "ru", "ky"} {
				if c.Title[language] == "" || r.Title[language] == "" {
					t.Errorf("%s, column %s: no words in %s", id, c.ID, language)
				}
			}
		}
	}
}
