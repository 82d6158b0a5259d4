package queue_test

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/cockroachdb/datadriven"

	"kezek/queue/queuetest"
)

// Every scenario of testdata, and the page about them. After a wanted change: go test ./queue -rewrite
func TestScenarios(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal(len(files), err)
	}
	for _, path := range files {
		t.Run(filepath.Base(path), func(t *testing.T) {
			t.Parallel()
			s := queuetest.NewScenario()
			datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
				out, err := s.Run(d)
				if err != nil {
					t.Fatalf("%v, after\n%s", err, out) // also with -rewrite: then the file stays as it is
				}
				return out
			})
		})
	}
	const page = "testdata/README.md"
	if flag.Lookup("rewrite").Value.String() == "true" {
		if err := os.WriteFile(page, []byte(queuetest.Page()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := os.ReadFile(page); err != nil || string(got) != queuetest.Page() {
		t.Errorf("%s is not what the tables of commands say (%v): go test ./queue -rewrite", page, err)
	}
}
