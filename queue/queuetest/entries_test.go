package queuetest

import (
	"reflect"
	"strings"
	"testing"

	"kezek/queue"
)

// Every kind of journal entry has a sentence, whose fields exist, empty or full.
func TestSentences(t *testing.T) {
	full := queue.Entry{Details: &queue.Details{
		Visits: make([]queue.Visit, 2), Talks: make([]queue.Talked, 2), Holds: make([]queue.Hold, 1),
		Transfers: make([]queue.Transfer, 1), Monitored: make([]queue.Monitored, 1), Recorded: make([]queue.Recorded, 1),
	}}
	for _, part := range []any{&full, full.Details} {
		for _, v := range reflect.ValueOf(part).Elem().Fields() {
			switch v.Kind() {
			case reflect.String:
				v.SetString("x")
			case reflect.Int, reflect.Int64:
				v.SetInt(1)
			case reflect.Bool:
				v.SetBool(true)
			}
		}
	}
	for _, kind := range queue.EntryKinds {
		full.Kind = kind
		line, err := entryLine(full)
		if err != nil || !strings.HasSuffix(line, " (by x)") {
			t.Errorf("%s is told as %q: %v", kind, line, err)
			continue
		}
		if _, err := entryLine(queue.Entry{Kind: kind}); err != nil {
			t.Errorf("%s: %v", kind, err)
		}
	}
}
