package history

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"kezek/queue"
)

// told writes a story, a line for each thing that happened.
func storyOf(t *testing.T, db *DB, id, language string) string {
	t.Helper()
	table, err := db.Story(ctx, "bishkek", id, language, time.UTC)
	if err != nil || table == nil {
		t.Fatalf("story of %s: %v, %v", id, table, err)
	}
	var text strings.Builder
	for _, row := range table.Rows {
		if len(row) != len(table.Columns) {
			t.Fatalf("%d values in %d columns", len(row), len(table.Columns))
		}
		length := ""
		if ms, ok := row[4].(int64); ok {
			length = " " + clock(ms)
		}
		fmt.Fprintf(&text, "%s %s%s: %s\n", time.UnixMilli(row[0].(int64)).UTC().Format(time.TimeOnly), row[1], length, row[3])
	}
	return text.String()
}

// One call is told in the order of time, with what it left behind: its recording, its callback, its violations.
func TestACallIsTold(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		db, p := opened(t, url), &paper{}
		p.add(aCall("pbx-1.1")...)
		p.add(aCall("pbx-1.2")...) // another one, of which nothing is told
		about := func(s float64, kind queue.EntryKind, e queue.Entry) queue.Entry {
			e.At, e.Kind, e.Callback, e.Queue, e.Language, e.Number, e.Class = after(s), kind, "cb-1", "sales", "ky", "+996555000001", queue.ClassManager
			return e
		}
		p.add(
			about(80, queue.EntryCallbackBooked, queue.Entry{Call: "pbx-1.1", Agent: "1002", Details: &queue.Details{Due: after(980), Origin: "agent"}}),
			about(120, queue.EntryCallbackTaken, queue.Entry{Agent: "1003"}),
			about(127, queue.EntryViolation, queue.Entry{Agent: "1003", Details: &queue.Details{Violation: queue.ViolationDeclined}}),
			about(130, queue.EntryCallbackTaken, queue.Entry{Agent: "1001"}),
			about(150, queue.EntryCallbackAttempt, queue.Entry{Agent: "1001", Cause: queue.CauseBusy}),
			about(980, queue.EntryCallbackBreached, queue.Entry{}),
			about(990, queue.EntryCallbackMoved, queue.Entry{Agent: "1001", By: "aida", Details: &queue.Details{Reason: "ill"}}),
			about(1000, queue.EntryCallbackEnded, queue.Entry{By: "aida", CallbackOutcome: queue.CallbackCancelled, Details: &queue.Details{Reason: "came in person"}}),
		)
		fed(t, db, p)
		want := `06:00:00 call: The call comes in from +996555000001 to +996312900800
06:00:00 menu 0:00:05: Greeting and menu
06:00:05 visit 0:00:19: Waits in line of sales (ky), place 1: answered
06:00:05 offer 0:00:15: The phone of 1001 rings: no answer
06:00:20 offer 0:00:04: The phone of 1002 rings: answered
06:00:20 offer 0:00:04: The phone of 1003 rings: taken elsewhere, or given up
06:00:24 talk 0:01:06: Talks with 1002; result: sale
06:00:24 recording 0:01:06: Recorded: kezek/2026-03-05/sales/x
06:00:30 hold 0:00:10: On hold by 1002: back to the talk
06:00:40 listening 0:00:05: The supervisor aida: listens
06:00:50 transfer 0:00:08: 1002 consults 1004: taken back
06:01:20 callback: A callback to +996555000001 is booked: manager, due 2026-03-05 06:16:20
06:01:30 rating: The caller rates the call: 4
06:01:30 end: The call ends: the caller hung up after the talk
06:02:00 offer 0:00:07: The phone of 1003 rings for the callback: declined a callback
06:02:07 violation: Violation of 1003: declined a callback
06:02:10 offer: The phone of 1001 rings for the callback: answered
06:02:30 attempt: 1001 calls the client: busy
06:16:20 breach: The deadline of the callback is missed
06:16:30 act: aida orders: the callback is moved; ill
06:16:40 callback: The callback is over: cancelled: came in person
06:16:40 act: aida orders: the callback is cancelled; came in person
`
		if got := storyOf(t, db, "pbx-1.1", "en"); got != want {
			t.Errorf("told is\n%swant\n%s", got, want)
		}
		for language, line := range map[string]string{"ru": "06:00:05 visit 0:00:19: Ожидает в очереди sales (ky), место 1: отвечено\n", "ky": "06:00:05 visit 0:00:19: sales кезегинде күтөт (ky), орду 1: жооп берилди\n"} {
			if got := storyOf(t, db, "pbx-1.1", language); !strings.Contains(got, line) {
				t.Errorf("in %s it is\n%swant %s", language, got, line)
			}
		}
		// Who gave up, and was called back by a supervisor's order.
		gaveUp := aVisit("pbx-2.1", after(2000), "sales", "ky", 40*time.Second, 0, false)
		gaveUp.Number = "+996555000009"
		booked := queue.Entry{At: after(2100), Kind: queue.EntryCallbackBooked, Callback: "cb-2", Number: gaveUp.Number, By: "aida", Class: queue.ClassInformation, Details: &queue.Details{Due: after(3900), Origin: "supervisor"}}
		later := booked
		later.At, later.Callback = after(2100+24*3600), "cb-3"
		p.add(gaveUp, booked, later)
		fed(t, db, p)
		if got, want := storyOf(t, db, "pbx-2.1", "en"), `06:33:20 call: The call comes in from +996555000009 to ?
06:33:20 visit 0:00:40: Waits in line of sales (ky), place 1: gave up
06:34:00 end: The call ends: the caller gave up waiting
06:35:00 callback: A callback to +996555000009 is booked: information, due 2026-03-05 07:05:00
06:35:00 act: aida orders: a callback is booked
`; got != want {
			t.Errorf("told is\n%swant\n%s", got, want)
		}
		if table, err := db.Story(ctx, "bishkek", "pbx-9.9", "en", time.UTC); table != nil || err != nil {
			t.Errorf("a call that there was not: %v, %v", table, err)
		}
		if table, err := db.Story(ctx, "osh", "pbx-1.1", "en", time.UTC); table != nil || err != nil {
			t.Errorf("a call of another site: %v, %v", table, err)
		}
	})
}

// Each code that a row may have has words, and each text has them in each language, with the same places.
func TestStoriesHaveWords(t *testing.T) {
	all := map[string]Words{}
	for set, codes := range map[string][]string{
		"call": texts(queue.Outcomes), "visit": texts(queue.VisitEnds), "hold": texts(queue.HoldEnds), "third": texts(queue.TransferEnds), "callback": texts(queue.CallbackOutcomes),
		"class": texts(queue.CallbackClasses), "mode": texts(queue.MonitorModes), "violation": texts(queue.ViolationKinds), "ring": {"answered", "cancelled", "talked", "missed"},
	} {
		for _, c := range codes {
			if codeWords[set+" "+c] == nil {
				t.Errorf("no words for %s %s", set, c)
			}
		}
	}
	for id, w := range codeWords {
		all[id] = w
	}
	for id, w := range sentences {
		all["the sentence "+id] = w
	}
	places := func(text string) (found []string) {
		for _, part := range strings.Split(text, "{")[1:] {
			name, _, _ := strings.Cut(part, "}")
			found = append(found, name)
		}
		slices.Sort(found)
		return found
	}
	for id, w := range all {
		for _, language := range Languages {
			if w[language] == "" || !slices.Equal(places(w[language]), places(w["en"])) {
				t.Errorf("%s in %s is %q", id, language, w[language])
			}
		}
	}
}

func texts[T ~string](all []T) (found []string) {
	for _, one := range all {
		found = append(found, string(one))
	}
	return found
}
