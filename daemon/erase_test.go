package daemon

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kezek/history"
	"kezek/ops"
	"kezek/queue"
	"kezek/queue/journal"
	"kezek/state"
)

// adminAsks sends a request as an admin.
func adminAsks(t *testing.T, d *Daemon, method, path string, body any) (status int, answer []byte) {
	t.Helper()
	var sent io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		must(t, err)
		sent = bytes.NewReader(text)
	}
	r, err := http.NewRequestWithContext(t.Context(), method, "http://"+d.http.Addr().String()+path, sent)
	must(t, err)
	r.Header.Set("Authorization", "Bearer fedcba9876543210")
	response, err := http.DefaultClient.Do(r)
	must(t, err)
	defer response.Body.Close()
	answer, err = io.ReadAll(response.Body)
	must(t, err)
	return response.StatusCode, answer
}

// With a real Redis and SQLite: what is known of a number is shown, then erased wherever it was. A recording that cannot be deleted is
// told, and tried again by the pseudonym. A history that is fed anew from the journal does not bring the number back.
func TestANumberIsErased(t *testing.T) {
	const number = "+996555000001"
	path := writeConfig(t, startRedis(t))
	dir := filepath.Dir(path)
	replace(t, path, "agi:", "history: {url: \"sqlite:"+filepath.Join(dir, "history.db")+"\"}\nspool: spool.json\nagi:")
	tokens := filepath.Join(dir, "tokens.yaml")
	replace(t, tokens, "tokens:\n", "tokens:\n  - {name: aida, token: fedcba9876543210, role: admin}\n")
	d, _ := boot(t, path)

	// A day of the site, as a daemon before this one has left it.
	before, err := state.New(StoreOptions(d.started, d.log))
	must(t, err)
	for end := time.Now().Add(10 * time.Second); !before.Up() && time.Now().Before(end); {
		_, _, _ = before.Owned(t.Context())
	}
	_, err = before.Acquire(t.Context())
	must(t, err)
	now := time.Now().UTC().Truncate(time.Millisecond)
	_, err = before.Save(t.Context(), []queue.Entity{
		&queue.Caller{Number: number, Language: "ky", Seen: now, RudeUntil: now.Add(time.Hour), RudeAt: now, RudeBy: "1001", Until: now.Add(24 * time.Hour)},
		&queue.Callback{ID: "cb-1", Number: number, Queue: "sales", Language: "ky", Class: queue.ClassInformation, State: queue.CallbackOver, Created: now, Place: now, From: now,
			Since: now, DueAt: now.Add(time.Hour), Fulfilment: queue.Fulfilment{Outcome: queue.CallbackCompleted, Ended: now, Until: now.Add(24 * time.Hour)}},
	}, nil, []queue.Entry{
		{At: now, Kind: queue.EntryCallEntered, Call: "c1", Queue: "sales", Language: "ky", Number: number, Name: "Aida"},
		{At: now.Add(time.Second), Kind: queue.EntryCallEnded, Call: "c1", Queue: "sales", Language: "ky", Number: number, Outcome: queue.OutcomeCompletedByCaller, Details: &queue.Details{
			Arrived: now, Recorded: []queue.Recorded{{Name: "kezek/2026-03-02/sales/c1-r1", Agent: "1001", Start: now, Length: time.Second}},
		}},
		{At: now.Add(time.Second), Kind: queue.EntryCallEntered, Call: "c2", Queue: "sales", Language: "ky", Number: "+996555000002"},
	})
	must(t, err)
	must(t, before.Release(t.Context()))
	must(t, before.Close())

	d.Start()
	readyz(t, d, "in charge", func(r ops.Readiness) bool { return r.Owner && r.Loaded && r.Redis })
	var shown ops.NumberData
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		status, answer := adminAsks(t, d, "GET", "/api/v1/numbers/0555%20000001", nil) // as people write it
		if status != http.StatusOK {
			t.Fatalf("%d %s", status, answer)
		}
		shown = ops.NumberData{}
		must(t, json.Unmarshal(answer, &shown))
		if len(shown.Kept.History) > 0 {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("the history does not have it: %s", answer)
		}
	}
	k := shown.Kept
	if r := shown.Remembered; shown.Number != number || r == nil || *r.Language != "ky" || r.FlaggedUntil == nil || k.History[0].Table != "calls" || k.History[0].Rows != 1 ||
		len(k.Recordings) != 1 || k.CallbacksOver != 1 || k.Events != 2 || len(shown.Elsewhere) == 0 {
		t.Errorf("shown %+v", shown)
	}

	if status, answer := adminAsks(t, d, "POST", "/api/v1/erasures", ops.ErasureOrder{Number: "me", Reason: "x"}); status != http.StatusUnprocessableEntity {
		t.Errorf("no number: %d %s", status, answer)
	}
	if status, answer := adminAsks(t, d, "POST", "/api/v1/erasures", map[string]string{"number": number}); status != http.StatusUnprocessableEntity && status != http.StatusBadRequest {
		t.Errorf("no reason: %d %s", status, answer)
	}
	// The history is behind: another program has its file. The erasure waits until all is read.
	other, err := sql.Open("sqlite", "file:"+filepath.Join(dir, "history.db")+"?_txlock=immediate")
	must(t, err)
	defer other.Close()
	busy, err := other.Begin()
	must(t, err)
	time.AfterFunc(500*time.Millisecond, func() { _ = busy.Rollback() })
	status, answer := adminAsks(t, d, "POST", "/api/v1/erasures", ops.ErasureOrder{Number: number, Reason: "they asked for it"})
	if _, acts := adminAsks(t, d, "GET", "/api/v1/history/acts", nil); !strings.Contains(string(acts), "number.erased") {
		t.Errorf("the act is not in the history: %s", acts)
	}
	var done ops.Erasure
	if status != http.StatusOK {
		t.Fatalf("%d %s", status, answer)
	}
	must(t, json.Unmarshal(answer, &done))
	if !strings.HasPrefix(done.Pseudonym, "erased-") || len(done.History) != 1 || done.CallbacksOver != 1 || done.Events != 2 || done.RecordingsDeleted != 0 ||
		len(done.RecordingsLeft) != 1 || done.RecordingsLeft[0].Name != "kezek/2026-03-02/sales/c1-r1" { // there is no Asterisk
		t.Errorf("done %+v", done)
	}
	// By the pseudonym the recordings that were left are tried again, and nothing else.
	status, answer = adminAsks(t, d, "POST", "/api/v1/erasures", ops.ErasureOrder{Number: done.Pseudonym, Reason: "again"})
	again := ops.Erasure{}
	must(t, json.Unmarshal(answer, &again))
	if status != http.StatusOK || len(again.RecordingsLeft) != 1 || again.Pseudonym != done.Pseudonym {
		t.Errorf("again: %d %s", status, answer)
	}

	_, answer = adminAsks(t, d, "GET", "/api/v1/numbers/"+number, nil)
	shown = ops.NumberData{}
	must(t, json.Unmarshal(answer, &shown))
	if k := shown.Kept; shown.Remembered != nil || len(k.History)+len(k.Recordings)+k.CallbacksOver+k.Events+k.Aside > 0 {
		t.Errorf("left: %s", answer)
	}
	if status, answer := adminAsks(t, d, "GET", "/api/v1/history/acts", nil); status != http.StatusOK || strings.Contains(string(answer), number) {
		t.Errorf("%d %s", status, answer)
	}
	if _, answer := adminAsks(t, d, "GET", "/api/v1/callbacks?state=over", nil); strings.Contains(string(answer), number) || !strings.Contains(string(answer), done.Pseudonym) {
		t.Errorf("callbacks: %s", answer)
	}

	// A history that begins anew.
	db, err := history.Open(t.Context(), "sqlite:"+filepath.Join(dir, "another.db"), "")
	must(t, err)
	defer db.Close()
	var lost int64
	last, ended := journal.Position{}, make(chan struct{})
	fed := &history.Feed{DB: db, Site: d.started.Site, Journal: d.store, Log: d.log, Told: func(at history.Standing) {
		lost = at.Lost + at.Gaps
		if last, _ = journal.Parse(at.Position); !at.Behind && at.Position != "" {
			select {
			case <-ended:
			default:
				close(ended)
			}
		}
	}}
	ctx, cancel := context.WithCancel(t.Context())
	running := make(chan struct{})
	go func() { defer close(running); fed.Run(ctx) }()
	<-ended
	cancel()
	<-running
	if known, _, err := db.Number(t.Context(), d.started.Site, number); err != nil || len(known) > 0 || lost > 0 || last.N < 4 {
		t.Errorf("fed anew: %v, %v, %d lost, read up to %v", known, err, lost, last)
	}
	must(t, d.Stop())
	if left, err := os.ReadFile(filepath.Join(dir, "history.db")); err == nil && bytes.Contains(left, []byte(number)) {
		t.Error("the file of the history still has the number")
	}
}
