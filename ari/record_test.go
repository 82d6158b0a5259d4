package ari

import (
	"bytes"
	"os"
	"testing"
)

// recorded are the events of real calls, as Asterisk 22.10.1 sent them.
func recorded(t testing.TB) [][]byte {
	t.Helper()
	raw, err := os.ReadFile("testdata/events.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	return bytes.Split(bytes.TrimSpace(raw), []byte("\n"))
}
