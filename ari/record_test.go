package ari

import (
	"bytes"
	"os"
	"testing"
)

// recorded are the events of real calls, as Asterisk 22.10.1 sent them.
func recorded(t testing.TB) [][]byte { return linesOf(t, "testdata/events.jsonl") }

// rare are events of the kinds that those calls do not bring, from the same Asterisk.
func rare(t testing.TB) [][]byte { return linesOf(t, "testdata/rare.jsonl") }

func linesOf(t testing.TB, file string) [][]byte {
	t.Helper()
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return bytes.Split(bytes.TrimSpace(raw), []byte("\n"))
}
