package queuetest

import (
	"testing"

	"github.com/cockroachdb/datadriven"
)

// Every scenario of queue/testdata. After a wanted change: go test ./queue/queuetest -rewrite
func TestScenarios(t *testing.T) {
	datadriven.Walk(t, "../testdata", func(t *testing.T, path string) {
		s := NewScenario()
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			out, err := s.Run(d)
			if err != nil {
				d.Fatalf(t, "%v", err)
			}
			return out
		})
	})
}
