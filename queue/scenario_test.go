package queue_test

import (
	"path/filepath"
	"testing"

	"github.com/cockroachdb/datadriven"

	"kezek/queue/queuetest"
)

// Every scenario of testdata. After a wanted change: go test ./queue -rewrite
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
					d.Fatalf(t, "%v", err)
				}
				return out
			})
		})
	}
}
