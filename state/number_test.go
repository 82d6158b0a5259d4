package state

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"kezek/queue"
	"kezek/queue/journal"
)

// A number is taken out of all that Redis keeps of the past, and of nothing else; readers of the journal lose nothing else by it.
func TestErase(t *testing.T) {
	t.Parallel()
	srv := startServer(t)
	st := srv.owner()
	const number, other = "+996555123456", "+996555000002"
	over := callback("cb-1")
	over.State, over.Outcome, over.Until = queue.CallbackOver, queue.CallbackCompleted, time.Now().Add(time.Hour).UTC().Truncate(time.Millisecond)
	open := callback("cb-2")
	open.Number = other
	at := func(n int, e queue.Entry) queue.Entry {
		e.At, e.Kind, e.Call = entry(n).At, entry(n).Kind, fmt.Sprint("c", n)
		return e
	}
	save(t, st, list(over, open), nil,
		at(0, queue.Entry{Number: other}),
		at(1, queue.Entry{Number: number}),
		at(2, queue.Entry{Number: other, Details: &queue.Details{Transfers: []queue.Transfer{{To: number}}}}),
		at(3, queue.Entry{Number: other, Position: 996}),
		at(4, queue.Entry{To: number}))
	srv.do("HSET", st.keys.broken(), "caller:"+number+"/1", "untrue")
	srv.do("HSET", st.keys.aside("caller:"+number+"/1"), "number", number)
	srv.do("HSET", st.keys.broken(), "call:x/2", "untrue")
	srv.do("SET", st.keys.aside("call:x/2"), "not a hash")
	newest, err := st.Newest(ctx)
	if err != nil {
		t.Fatal(err)
	}
	save(t, st, nil, nil, at(5, queue.Entry{Number: number})) // they call again

	if found, err := st.Traces(ctx, number); err != nil || found != (Traces{4, 1, 1}) {
		t.Errorf("found %+v, %v", found, err)
	}
	done, err := st.Erase(ctx, number, "erased-x", newest)
	if err != nil || done != (Traces{3, 1, 1}) {
		t.Errorf("erased %+v, %v", done, err)
	}
	if again, err := st.Erase(ctx, number, "erased-y", newest); err != nil || again != (Traces{}) {
		t.Errorf("and again %+v, %v", again, err)
	}
	if found, err := st.Traces(ctx, number); err != nil || found != (Traces{Events: 1}) {
		t.Errorf("left %+v, %v", found, err)
	}
	if cb, err := st.CallbackOver(ctx, "cb-1"); err != nil || cb == nil || cb.Number != "erased-x" {
		t.Errorf("the callback is %+v, %v", cb, err)
	}
	for _, most := range []int{1, 2, 3, 100} {
		var got []string
		var place journal.Position
		for {
			page, err := st.Journal(ctx, place, most)
			if err != nil {
				t.Fatal(err)
			}
			if len(page) == 0 {
				break
			}
			for _, l := range page {
				if lost, known := place.Lost(l.Position); lost != 0 || !known {
					t.Errorf("pages of %d: %d lost before %v", most, lost, l.Position)
				}
				place = l.Position
				got = append(got, strings.TrimPrefix(string(l.Entry.Kind), "call.")+l.Entry.Call)
			}
		}
		if want := "enteredc0 erased erased enteredc3 erased enteredc5"; strings.Join(got, " ") != want {
			t.Errorf("pages of %d: read %v, want %s", most, got, want)
		}
	}
}
