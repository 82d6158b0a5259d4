package e2e

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"kezek/queue"
)

// journal is what the daemon tells other programs: the stream of events in
// Redis, through restarts of all of them.
type journal struct {
	mu      sync.Mutex
	entries []entry
	bell    chan struct{} // closed at the next entry
}

// entry is a line of the journal in its plain fields.
type entry map[string]string

func (e entry) kind() queue.EntryKind { return queue.EntryKind(e["kind"]) }

func (e entry) at(t testing.TB) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339Nano, e["at"])
	must(t, err)
	return at
}

// read follows the journal until t ends.
func read(t testing.TB, client *redis.Client) *journal {
	j := &journal{bell: make(chan struct{})}
	ctx, stop := context.WithCancel(context.Background())
	var reading sync.WaitGroup
	reading.Go(func() { j.follow(ctx, client) })
	t.Cleanup(func() {
		stop()
		reading.Wait()
		if t.Failed() {
			t.Log("journal:\n" + j.tail(200))
		}
	})
	return j
}

func (j *journal) follow(ctx context.Context, client *redis.Client) {
	last := "0"
	for ctx.Err() == nil {
		streams, err := client.XRead(ctx, &redis.XReadArgs{
			Streams: []string{"kezek:{bishkek}:events"}, ID: last, Block: 200 * time.Millisecond,
		}).Result()
		if err != nil && err != redis.Nil { // Redis may be away
			select {
			case <-time.After(50 * time.Millisecond):
			case <-ctx.Done():
			}
			continue
		}
		for _, stream := range streams {
			for _, m := range stream.Messages {
				last = m.ID
				e := entry{}
				for k, v := range m.Values {
					e[k] = fmt.Sprint(v)
				}
				j.add(e)
			}
		}
	}
}

func (j *journal) add(e entry) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.entries = append(j.entries, e)
	close(j.bell)
	j.bell = make(chan struct{})
}

// mark is a place in the journal: its end.
func (j *journal) mark() int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return len(j.entries)
}

// since are the entries from a mark on.
func (j *journal) since(mark int) []entry {
	j.mu.Lock()
	defer j.mu.Unlock()
	return append([]entry(nil), j.entries[mark:]...)
}

// await waits for an entry at or after mark.
func (j *journal) await(t testing.TB, mark int, what string, match func(entry) bool) entry {
	t.Helper()
	limit := time.After(patience)
	for {
		j.mu.Lock()
		for ; mark < len(j.entries); mark++ {
			if e := j.entries[mark]; match(e) {
				j.mu.Unlock()
				return e
			}
		}
		bell := j.bell
		j.mu.Unlock()
		select {
		case <-bell:
		case <-limit:
			t.Fatalf("the journal does not tell: %s", what)
		}
	}
}

// check: whoever came into line has one record, and only one.
func (j *journal) check(t testing.TB) {
	t.Helper()
	entered, ended := map[string]bool{}, map[string]int{}
	for _, e := range j.since(0) {
		switch e.kind() {
		case queue.EntryCallEntered:
			entered[e["call"]] = true
		case queue.EntryCallEnded:
			ended[e["call"]]++
		}
	}
	for call := range entered {
		if ended[call] == 0 {
			t.Errorf("call %s has no record", call)
		}
	}
	for call, n := range ended {
		if n > 1 {
			t.Errorf("call %s has %d records", call, n)
		}
	}
}

// tail is the last n entries, as text.
func (j *journal) tail(n int) string {
	var b strings.Builder
	all := j.since(0)
	if left := len(all) - n; left > 0 {
		fmt.Fprintf(&b, "(%d before)\n", left)
		all = all[left:]
	}
	for _, e := range all {
		at, _ := time.Parse(time.RFC3339Nano, e["at"])
		fmt.Fprintf(&b, "%s %s", at.Local().Format("15:04:05.000"), e["kind"])
		for _, name := range []string{"call", "number", "queue", "language", "agent", "status", "outcome", "cause", "position", "joined_at", "detail"} {
			if e[name] != "" {
				fmt.Fprintf(&b, " %s=%s", name, e[name])
			}
		}
		b.WriteByte('\n')
	}
	return b.String()
}
