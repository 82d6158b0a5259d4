package state

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"kezek/queue"
	"kezek/queue/journal"
)

// What happened is read in pages, each entry once, as it was written; what was trimmed before it was read is counted.
func TestJournalIsRead(t *testing.T) {
	t.Parallel()
	srv := startServer(t)
	st := srv.owner()
	var want []queue.Entry
	for i := range 7 {
		want = append(want, entry(i))
	}
	want = append(want, queue.Entry{At: at.UTC(), Kind: queue.EntryCallEnded, Call: "c7", Talk: time.Minute, Details: &queue.Details{
		Rating: 5, Visits: []queue.Visit{{Queue: "sales", Language: "ky", Start: at.UTC(), Length: time.Second, End: queue.VisitEndAnswered, Agent: "1001"}},
	}})
	save(t, st, nil, nil, want[:4]...)
	save(t, st, nil, nil, want[4:]...)
	var got []queue.Entry
	var place journal.Position
	for {
		page, err := st.Journal(ctx, place, 3)
		if err != nil {
			t.Fatal(err)
		}
		if len(page) == 0 {
			break
		}
		for _, l := range page {
			if lost, known := place.Lost(l.Position); lost != 0 || !known || l.Err != nil {
				t.Errorf("%v after %v: %d lost (%v), %v", l.Position, place, lost, known, l.Err)
			}
			place = l.Position
			got = append(got, l.Entry)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("read (-want +got):\n%s", diff)
	}
	if newest, err := st.Newest(ctx); err != nil || newest != place || place.N != 8 {
		t.Errorf("the newest is %v, %v; %v was read last", newest, err, place)
	}

	read, err := st.Journal(ctx, journal.Position{}, 2)
	if err != nil {
		t.Fatal(err)
	}
	srv.do("XTRIM", st.keys.events(), "MAXLEN", "1")
	save(t, st, nil, nil, entry(8))
	left, err := st.Journal(ctx, read[1].Position, 10)
	if err != nil || len(left) != 2 {
		t.Fatalf("%v, %v", left, err)
	}
	if lost, known := read[1].Lost(left[0].Position); lost != 5 || !known {
		t.Errorf("%d lost (%v), want 5", lost, known)
	}

	// The owner's hash is lost, and the numbers go on; Redis is emptied, and they begin anew.
	srv.do("HDEL", st.keys.owner(), "entries")
	save(t, st, nil, nil, entry(9))
	if newest, err := st.Newest(ctx); err != nil || newest.N != 10 {
		t.Errorf("the newest is %v, %v; want number 10", newest, err)
	}
	last := left[1].Position
	srv.do("FLUSHALL")
	replace(t, st, &queue.Snapshot{})
	save(t, st, nil, nil, entry(10))
	anew, err := st.Journal(ctx, last, 10)
	if err != nil || len(anew) != 1 {
		t.Fatalf("%v, %v", anew, err)
	}
	if _, known := last.Lost(anew[0].Position); known {
		t.Errorf("from %v to %v: known", last, anew[0].Position)
	}
}

// Entries are kept for a time, and no longer.
func TestEventsAreKeptForATime(t *testing.T) {
	t.Parallel()
	srv := startServer(t, "--stream-node-max-entries", "1")
	st := srv.owner(func(o *Options) { o.Events.Keep = 200 * time.Millisecond })
	save(t, st, nil, nil, entry(1))
	srv.eventually("the first entry is gone", func() bool {
		save(t, st, nil, nil, entry(2))
		lines, err := st.Journal(ctx, journal.Position{}, 1)
		return err == nil && len(lines) == 1 && lines[0].N > 1
	})
}

// An entry that cannot be read, or has no number, is told as such and keeps nobody from the next one.
func TestOddEntriesAreRead(t *testing.T) {
	t.Parallel()
	srv := startServer(t)
	st := srv.owner()
	srv.do("XADD", st.keys.events(), "*", "at", "2026-03-05T08:07:09Z", "kind", "call.entered", "call", "old", "new_field", "x")
	srv.do("XADD", st.keys.events(), "*", "n", "-7", "at", "yesterday", "kind", "call.entered", "call", "odd")
	save(t, st, nil, nil, entry(1))
	lines, err := st.Journal(ctx, journal.Position{}, 10)
	if err != nil || len(lines) != 3 {
		t.Fatalf("%v, %v", lines, err)
	}
	for i, call := range []string{"old", "odd", "c1"} {
		if l := lines[i]; l.Entry.Call != call || (l.Err != nil) != (i == 1) || l.N != int64(i/2) {
			t.Errorf("line %d is %+v", i, l)
		}
	}
	if _, known := lines[0].Lost(lines[2].Position); known {
		t.Error("what was lost behind an entry without a number is known")
	}
}

// Each kind of entry, with each of its fields, comes back from the store as it was.
func FuzzEntriesComeBack(f *testing.F) {
	f.Add(int64(time.Minute), int64(time.Second), "reason", 3)
	f.Fuzz(func(t *testing.T, talk, length int64, text string, n int) {
		for _, kind := range []queue.EntryKind{queue.EntryCallEnded, queue.EntryAgentLogOut, queue.EntryMonitorEnded} {
			e := queue.Entry{At: at.UTC(), Kind: kind, Call: text, Position: n}
			if kind == queue.EntryCallEnded {
				e.Talk, e.Wait = time.Duration(talk), time.Duration(length)
			} else if length != 0 || n != 0 {
				e.Details = &queue.Details{Length: time.Duration(length), Early: time.Duration(talk), Times: n}
				if e.Details.Length == 0 && e.Details.Early == 0 && n == 0 {
					e.Details = nil
				}
			}
			w := e.Wire()
			list, err := encode(nil, &w)
			if err != nil {
				t.Fatal(err)
			}
			var back queue.WireEntry
			hash := map[string]string{}
			for pair := range slices.Chunk(list, 2) {
				hash[pair[0]] = pair[1]
			}
			if err := decode(hash, &back); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(e, back.Read()); diff != "" {
				t.Fatalf("(-want +got):\n%s", diff)
			}
		}
	})
}
