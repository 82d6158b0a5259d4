package state

import (
	"context"
	"fmt"
	"maps"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"kezek/queue"
	"kezek/queue/journal"
)

var ctx = context.Background()

func agent(id string) *queue.Agent {
	return &queue.Agent{ID: id, Status: queue.StatusOffline, Since: at.UTC(), Figures: queue.Figures{LastCall: at.UTC()}, Attendance: queue.Attendance{Reachable: true}}
}

func call(id string) *queue.Call {
	return &queue.Call{ID: id, Queue: "sales", Number: "+996555123456", Language: "ky", State: queue.CallWaiting,
		Since: at.UTC(), Arrived: at.UTC(), PlaceInLine: queue.PlaceInLine{Entered: at.UTC(), Place: at.UTC()}, Offering: queue.Offering{Offers: []queue.Offer{{Agent: "1012", Leg: id + "-l1", Since: at.UTC()}}}}
}

func caller(number string, until time.Time) *queue.Caller {
	return &queue.Caller{Number: number, Language: "ru", Seen: at.UTC(), Until: until}
}

func callback(id string) *queue.Callback {
	return &queue.Callback{ID: id, Number: "+996555123456", Queue: "sales", Language: "ky", Class: queue.ClassInformation, State: queue.CallbackOpen,
		Since: at.UTC(), Place: at.UTC(), Created: at.UTC(), From: at.UTC(), DueAt: at.Add(30 * time.Minute).UTC(),
		Trying: queue.Trying{Attempts: []queue.Attempt{{At: at.UTC(), Agent: "1012"}}}}
}

func line(name string) *queue.Line {
	return &queue.Line{Queue: name, Handle: 90 * time.Second, Day: "2026-03-05"}
}

func entry(n int) queue.Entry {
	return queue.Entry{At: at.UTC(), Kind: queue.EntryCallEntered, Call: "c" + strconv.Itoa(n), Wait: time.Second}
}

func list(e ...queue.Entity) []queue.Entity { return e }

func save(t testing.TB, st *Store, changed, gone []queue.Entity, journal ...queue.Entry) {
	t.Helper()
	if _, err := st.Save(ctx, changed, gone, journal); err != nil {
		t.Fatal(err)
	}
}

// trySave is a save that may fail.
func trySave(st *Store, changed, gone []queue.Entity, entries []queue.Entry) error {
	_, err := st.Save(ctx, changed, gone, entries)
	return err
}

// replace tries until it is done, as the engine does.
func replace(t testing.TB, st *Store, all *queue.Snapshot) {
	t.Helper()
	var err error
	for range 2000 {
		if err = st.Replace(ctx, all); err == nil {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Fatal(err)
}

func TestSaveWritesWholeEntities(t *testing.T) {
	srv := startServer(t)
	st := srv.owner()
	until := time.Now().Add(time.Hour).UTC().Truncate(time.Millisecond)
	all := &queue.Snapshot{
		Agents:  []*queue.Agent{agent("1001"), agent("1002")},
		Calls:   []*queue.Call{call("pbx1-1.1"), call("odd }{ *")},
		Callers: []*queue.Caller{caller("+996555123456", until)},
		Lines:   []*queue.Line{line("sales")},

		Callbacks: []*queue.Callback{callback("cb1"), callback("cb2")},
	}
	var changed []queue.Entity
	for _, k := range kinds {
		changed = append(changed, k.all(all)...)
	}
	save(t, st, changed, nil, entry(1), entry(2))
	same(t, "all", srv.dump(), ofState(t, all, entry(1), entry(2)))
	same(t, "loaded", load(t, st), all)

	// Fields that became zero are gone, and so are entities that are.
	all.Calls[0].Offers = nil
	all.Agents[0].LoggedIn = time.Time{}
	all.Agents[0].Endpoint = ""
	save(t, st, list(all.Calls[0], all.Agents[0]), list(all.Calls[1], all.Agents[1], all.Callbacks[1]), entry(3))
	all.Calls, all.Agents, all.Callbacks = all.Calls[:1], all.Agents[:1], all.Callbacks[:1]
	same(t, "changed", srv.dump(), ofState(t, all, entry(1), entry(2), entry(3)))

	if got := srv.rdb.PExpireTime(ctx, "kezek:{lab}:caller:+996555123456").Val(); got != time.Duration(until.UnixMilli())*time.Millisecond {
		t.Errorf("the caller is forgotten at %v, want %v", got, until)
	}
	if got := srv.rdb.TTL(ctx, "kezek:{lab}:agent:1001").Val(); got != -1 {
		t.Errorf("the agent is forgotten in %v", got)
	}
}

func TestExpiredCallersLeaveTheIndex(t *testing.T) {
	srv := startServer(t)
	st := srv.owner()
	later := time.Now().Add(time.Hour).UTC().Truncate(time.Millisecond)
	soon := time.Now().Add(30 * time.Millisecond).UTC().Truncate(time.Millisecond)
	save(t, st, list(caller("1", soon), caller("2", later), caller("3", soon), caller("4", time.Unix(1, 0).UTC())), nil)
	srv.eventually("expiry", func() bool { return srv.rdb.DBSize(ctx).Val() == 3 }) // owner, 2, index
	want := &queue.Snapshot{Callers: []*queue.Caller{caller("2", later)}}
	same(t, "loaded", load(t, st), want)
	same(t, "pruned by the load", srv.dump(), ofState(t, want))

	save(t, st, list(caller("1", time.Now().Add(20*time.Millisecond))), nil)
	srv.eventually("expiry", func() bool { return srv.rdb.DBSize(ctx).Val() == 4 }) // and the format
	save(t, st, list(caller("2", later)), nil)
	same(t, "pruned by the next save", srv.dump(), ofState(t, want))
}

func TestEventsAreBounded(t *testing.T) {
	srv := startServer(t)
	st := srv.owner(func(o *Options) { o.Events.Most = 500 })
	for i := range 30 {
		var journal []queue.Entry
		for j := range 100 {
			journal = append(journal, entry(i*100+j))
		}
		save(t, st, nil, nil, journal...)
	}
	if n := srv.rdb.XLen(ctx, "kezek:{lab}:events").Val(); n < 500 || n > 700 {
		t.Errorf("the stream has %d entries, want about 500", n)
	}
}

func TestSaveSurvivesScriptFlush(t *testing.T) {
	srv := startServer(t)
	st := srv.owner()
	save(t, st, list(agent("1001")), nil)
	srv.do("SCRIPT", "FLUSH")
	save(t, st, list(agent("1002")), nil)
	same(t, "agents", srv.dump(), ofState(t, &queue.Snapshot{Agents: []*queue.Agent{agent("1001"), agent("1002")}}))
}

func TestSaveRefusesUnknownKind(t *testing.T) {
	st := startServer(t).owner()
	if _, err := st.Save(ctx, list(stranger{}), nil, nil); err == nil || err.Error() != `no kind of entity is named "stranger"` {
		t.Fatal(err)
	}
}

type stranger struct{ *queue.Line }

func (stranger) Kind() string { return "stranger" }
func (stranger) Key() string  { return "1" }

func TestReplaceDeletesWhatIsNotInIt(t *testing.T) {
	srv := startServer(t)
	st := srv.owner()
	old := &queue.Snapshot{Lines: []*queue.Line{line("old")}}
	now := &queue.Snapshot{Lines: []*queue.Line{line("new")}}
	for i := range 3 * chunk / 2 { // more than one request of each
		old.Calls = append(old.Calls, call("old"+strconv.Itoa(i)))
		now.Calls = append(now.Calls, call("new"+strconv.Itoa(i)))
	}
	replace(t, st, old)
	same(t, "old", srv.dump(), ofState(t, old))
	replace(t, st, now)
	same(t, "new", srv.dump(), ofState(t, now))
	save(t, st, list(line("new")), nil)
	replace(t, st, &queue.Snapshot{})
	same(t, "empty", srv.dump(), map[string]any{})
}

// Callers are not written again when Redis has them, but when they changed.
func TestReplaceWritesChangedCallers(t *testing.T) {
	srv := startServer(t)
	st := srv.owner()
	until := time.Now().Add(time.Hour).UTC().Truncate(time.Millisecond)
	all := &queue.Snapshot{Callers: []*queue.Caller{caller("1", until), caller("2", until), caller("3", until), caller("4", time.Time{})}}
	replace(t, st, all)
	all.Callers = all.Callers[1:]
	all.Callers[0].Language, all.Callers[0].Until = "ky", until.Add(time.Minute)
	all.Callers[2].Language = "ky"
	replace(t, st, all)
	same(t, "state", srv.dump(), ofState(t, all))
	same(t, "loaded", load(t, st), all)
}

// A crash on the way leaves all of the new state that was written, and all of the old.
func TestReplaceLosesNothingHalfWay(t *testing.T) {
	srv := startServer(t)
	wire := new(network)
	st := wire.through(srv)
	old := &queue.Snapshot{Calls: []*queue.Call{call("both"), call("old")}, Agents: []*queue.Agent{agent("1001")}}
	now := &queue.Snapshot{Calls: []*queue.Call{call("both"), call("new")}, Agents: []*queue.Agent{agent("1001")}}
	now.Calls[0].Misses = 1
	// Its writes: the empty one, agents, calls, what is gone.
	for n := range 4 {
		replace(t, st, old)
		wire.fail(append(make([]fault, n), unanswered)...)
		if err := st.Replace(ctx, now); err == nil {
			t.Fatalf("write %d did not fail", n)
		}
		got := map[string]bool{}
		for _, c := range load(t, srv.owner()).Calls {
			got[c.ID] = true
		}
		want := map[string]bool{"both": true, "old": n < 3, "new": n >= 2}
		maps.DeleteFunc(want, func(_ string, is bool) bool { return !is })
		if !maps.Equal(got, want) {
			t.Errorf("after write %d: %v, want %v", n, got, want)
		}
		st = wire.through(srv)
	}
}

// What a giver has forgotten can be seen in the numbers of what follows: each reader takes it for lost, once.
func TestForgottenEntriesLeaveAGap(t *testing.T) {
	e := make([]queue.Entry, 9)
	for i := range e {
		e[i] = entry(i)
	}
	for name, c := range map[string]struct {
		forgotten   int // of e, after the first write of it was not answered
		given, want string
	}{
		"none":                     {0, "0 1 2 3", "1 2 3 4"},
		"some that were stored":    {1, "1 2 3", "2 3 4"},
		"all that were stored":     {2, "2 3", "3 4"},
		"also some that were not":  {5, "5 6", "6 7"},
		"and the next are as ever": {3, "3", "4"},
	} {
		t.Run(name, func(t *testing.T) {
			srv := startServer(t)
			wire := new(network)
			st := wire.through(srv)
			wire.fail(unanswered)
			if err := trySave(st, nil, nil, e[:2]); err == nil {
				t.Fatal("it was answered")
			}
			st.Forgot(c.forgotten)
			replace(t, st, &queue.Snapshot{})
			var given []queue.Entry
			for _, i := range strings.Fields(c.given) {
				n, _ := strconv.Atoi(i)
				given = append(given, e[n])
			}
			places, err := st.Save(ctx, nil, nil, given)
			if err != nil {
				t.Fatal(err)
			}
			same(t, "numbers", numbers(places), c.want)
			places, err = st.Save(ctx, nil, nil, e[8:])
			if err != nil {
				t.Fatal(err)
			}
			last := strings.Fields(c.want)
			n, _ := strconv.Atoi(last[len(last)-1])
			same(t, "number of the next", numbers(places), strconv.Itoa(n+1))
		})
	}
}

// The write that leaves the gap may be in doubt itself.
func TestTheGapIsLeftOnce(t *testing.T) {
	srv := startServer(t)
	wire := new(network)
	st := wire.through(srv)
	save(t, st, nil, nil, entry(0))
	st.Forgot(4)
	wire.fail(unanswered)
	if err := trySave(st, nil, nil, []queue.Entry{entry(5)}); err == nil {
		t.Fatal("it was answered")
	}
	replace(t, st, &queue.Snapshot{})
	places, err := st.Save(ctx, nil, nil, []queue.Entry{entry(5), entry(6)})
	if err != nil {
		t.Fatal(err)
	}
	same(t, "numbers", numbers(places), "6 7")
}

func numbers(places []journal.Position) string {
	var all []string
	for _, p := range places {
		all = append(all, strconv.FormatInt(p.N, 10))
	}
	return strings.Join(all, " ")
}

// The giver may have forgotten the oldest of the journal, or not give it again.
func TestJournalGivenAgain(t *testing.T) {
	e := make([]queue.Entry, 9)
	for i := range e {
		e[i] = entry(i)
	}
	for _, c := range []struct{ stored, given, want []queue.Entry }{
		{nil, e[:2], e[:2]},
		{e[:2], e[:2], nil},
		{e[:2], e[:5], e[2:5]},
		{e[:4], e[2:6], e[4:6]},
		{e[:4], e[3:4], nil},
		{e[:4], e[4:6], e[4:6]},
		{e[:4], e[:2], e[:2]}, // not the same
		{e[:4], nil, nil},
	} {
		st := &Store{stored: c.stored, storedAt: make([]journal.Position, len(c.stored))}
		for i := range c.stored {
			st.storedAt[i].N = int64(i + 1)
		}
		before := st.storedOf(c.given)
		same(t, "journal", c.given[len(before):], c.want)
		for i, place := range before {
			same(t, "entry at that place", c.given[i], c.stored[place.N-1])
		}
	}
}

// load loads, and fails the test if that fails.
func load(t testing.TB, st *Store) *queue.Snapshot {
	t.Helper()
	all, err := st.Load(ctx)
	if err != nil {
		t.Fatal(fmt.Errorf("load: %w", err))
	}
	return all
}

// What other programs read has the words of the entry's fields in detail, too.
func TestJournalIsWrittenForPrograms(t *testing.T) {
	srv := startServer(t)
	st := srv.owner(func(*Options) {})
	save(t, st, nil, nil, queue.Entry{At: at.UTC(), Kind: queue.EntryMonitorEnded, Details: &queue.Details{Mode: queue.MonitorWhisper, Length: time.Minute}})
	all, err := srv.rdb.XRange(ctx, st.keys.events(), "-", "+").Result()
	if err != nil || len(all) != 1 {
		t.Fatalf("%v, %v", all, err)
	}
	want := map[string]any{"n": "1", "at": at.UTC().Format(time.RFC3339Nano), "kind": "monitor.ended", "mode": "whisper", "length": "1m0s", "talk": "1m0s", "detail": "whisper"}
	if diff := cmp.Diff(want, all[0].Values); diff != "" {
		t.Errorf("entry (-want +got):\n%s", diff)
	}
}
