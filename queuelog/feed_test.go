package queuelog

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/zap"

	"kezek/queue"
	"kezek/queue/journal"
)

// memory is a journal, and the bookmarks beside it.
type memory struct {
	mu    sync.Mutex // of lines
	lines []journal.Line
	marks map[string]string
	// down: it cannot be read. lost: a bookmark is not stored, as if the daemon were killed just before.
	down, lost bool
}

func (m *memory) add(entries ...queue.Entry) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, e := range entries {
		n := int64(len(m.lines) + 1)
		m.lines = append(m.lines, journal.Line{Position: journal.Position{ID: fmt.Sprintf("%d-0", 1000+n), N: n}, Entry: e})
	}
}

var errDown = errors.New("redis is away")

func (m *memory) Journal(_ context.Context, after journal.Position, most int) (page []journal.Line, _ error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.down {
		return nil, errDown
	}
	for _, l := range m.lines {
		if l.N > after.N && len(page) < most && l.ID != "" {
			page = append(page, l)
		}
	}
	return page, nil
}

func (m *memory) Newest(context.Context) (journal.Position, error) {
	if m.down || len(m.lines) == 0 {
		return journal.Position{}, nil
	}
	return m.lines[len(m.lines)-1].Position, nil
}

func (m *memory) Bookmark(_ context.Context, reader string) (string, error) {
	return m.marks[reader], nil
}

func (m *memory) SetBookmark(_ context.Context, reader, mark string) error {
	if m.lost || m.down {
		return errDown
	}
	m.marks[reader] = mark
	return nil
}

func entered(call string, at int64) queue.Entry {
	return queue.Entry{Kind: queue.EntryCallEntered, At: time.Unix(at, 0), Call: call, Queue: "sales", Number: "+996555000001", JoinedAt: 1}
}

func feedOf(m *memory, w Writer) *Feed {
	words := wordsForTest()
	return &Feed{Journal: m, Bookmarks: m, Writer: w, Words: func() *Words { return words }, Owner: func() bool { return true }, Log: zap.NewNop()}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// calls are those of the rows in files, in order, each with the number of its row.
func calls(t *testing.T, paths ...string) (ids []string) {
	t.Helper()
	for _, path := range paths {
		text, err := os.ReadFile(path)
		must(t, err)
		for _, line := range strings.Split(strings.TrimSuffix(string(text), "\n"), "\n") {
			if parts := strings.Split(line, "|"); len(parts) > 4 && parts[4] == "ENTERQUEUE" && len(parts) == 8 {
				ids = append(ids, parts[1])
			} else if line != "" {
				ids = append(ids, "? "+line)
			}
		}
	}
	return ids
}

func want(t *testing.T, got []string, ids ...string) {
	t.Helper()
	if diff := cmp.Diff(ids, got); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
}

// TestFeedBeginsAtTheEnd: what was before belongs to whatever wrote queue_log then.
func TestFeedBeginsAtTheEnd(t *testing.T) {
	path := filepath.Join(t.TempDir(), "queue_log")
	m := &memory{marks: map[string]string{}}
	m.add(entered("old", 100))
	f := feedOf(m, &File{Path: path, Create: true})
	must(t, f.step(t.Context()))
	m.add(entered("a", 101), entered("b", 102))
	must(t, f.step(t.Context()))
	want(t, calls(t, path), "a", "b")
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("%v %v", info.Mode(), err)
	}
}

// TestEachRowOnce: the daemon is killed right after it has written rows and before it has stored that, whatever then
// becomes of the file; the next one goes on behind them.
func TestEachRowOnce(t *testing.T) {
	for name, meanwhile := range map[string]func(t *testing.T, path string) (files []string){
		"nothing": func(_ *testing.T, path string) []string { return []string{path} },
		"the file is rotated": func(t *testing.T, path string) []string {
			must(t, os.Rename(path, path+".1"))
			must(t, os.WriteFile(path, nil, 0o640))
			return []string{path + ".1", path}
		},
		"it is renamed, and not made anew": func(t *testing.T, path string) []string {
			must(t, os.Rename(path, path+"-20260101"))
			return []string{path + "-20260101", path}
		},
		"Asterisk writes too": func(t *testing.T, path string) []string {
			appendTo(t, path, "105|1.2|other|NONE|ENTERQUEUE||1|1\n105|NONE|NONE|NONE|CONFIGRELOAD|\n")
			return []string{path}
		},
		"power is lost in the middle of a row": func(t *testing.T, path string) []string {
			text, err := os.ReadFile(path)
			must(t, err)
			must(t, os.WriteFile(path, text[:len(text)-9], 0o640))
			return []string{path}
		},
		"the rows never reached the disk": func(t *testing.T, path string) []string {
			text, err := os.ReadFile(path)
			must(t, err)
			must(t, os.WriteFile(path, text[:strings.Index(string(text), "\n")+1], 0o640))
			return []string{path}
		},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "queue_log")
			m := &memory{marks: map[string]string{}}
			f := feedOf(m, &File{Path: path, Create: true})
			must(t, f.step(t.Context()))
			m.add(entered("a", 101))
			must(t, f.step(t.Context()))
			m.add(entered("b", 102), entered("c", 103), entered("c", 103)) // two rows that are the same
			m.lost = true
			if err := f.step(t.Context()); !errors.Is(err, errDown) {
				t.Fatal(err)
			}
			must(t, f.Writer.Close())
			files := meanwhile(t, path)
			m.lost = false
			m.add(entered("d", 106))
			f = feedOf(m, &File{Path: path, Create: true})
			must(t, f.step(t.Context()))
			must(t, f.step(t.Context()))
			got := slices.DeleteFunc(calls(t, files...), func(id string) bool { return id == "1.2" || strings.Contains(id, "CONFIGRELOAD") })
			want(t, got, "a", "b", "c", "c", "d")
		})
	}
}

func appendTo(t *testing.T, path, text string) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	must(t, err)
	_, err = f.WriteString(text)
	must(t, errors.Join(err, f.Close()))
}

// TestRotation: the file is renamed while the daemon runs; Asterisk's is never made by Kezek.
func TestRotation(t *testing.T) {
	path := filepath.Join(t.TempDir(), "queue_log")
	m := &memory{marks: map[string]string{}}
	f := feedOf(m, &File{Path: path})
	if err := f.step(t.Context()); !errors.Is(err, os.ErrNotExist) {
		t.Fatalf("%v: Asterisk has no file yet", err)
	}
	must(t, os.WriteFile(path, []byte("100|QUEUESTART"), 0o660)) // and not even a whole line
	must(t, f.step(t.Context()))
	m.add(entered("a", 101))
	must(t, f.step(t.Context()))
	must(t, os.Rename(path, path+".0"))
	m.add(entered("b", 102))
	if err := f.step(t.Context()); !errors.Is(err, os.ErrNotExist) {
		t.Fatalf("%v: Asterisk has not made the new file yet", err)
	}
	must(t, os.WriteFile(path, []byte(strings.Repeat("101|NONE|NONE|NONE|CONFIGRELOAD|\n", 9)), 0o660)) // longer than the one before
	must(t, f.step(t.Context()))
	got := slices.DeleteFunc(calls(t, path+".0", path), func(id string) bool { return strings.Contains(id, "CONFIGRELOAD") })
	want(t, got, "? 100|QUEUESTART", "a", "b")

	must(t, os.Rename(path, path+".1")) // and made anew before Kezek looks
	must(t, os.WriteFile(path, []byte(strings.Repeat("102|NONE|NONE|NONE|CONFIGRELOAD|\n", 30)), 0o660))
	m.add(entered("B", 102))
	must(t, f.step(t.Context()))
	got = slices.DeleteFunc(calls(t, path), func(id string) bool { return strings.Contains(id, "CONFIGRELOAD") })
	want(t, got, "B")

	must(t, os.Truncate(path, 0)) // as copytruncate of logrotate does
	m.add(entered("c", 103))
	must(t, f.step(t.Context()))
	want(t, calls(t, path), "c")
}

// TestTimeGoesOn: the clock was set back; rows do not go back, also in the next daemon.
func TestTimeGoesOn(t *testing.T) {
	path := filepath.Join(t.TempDir(), "queue_log")
	m := &memory{marks: map[string]string{}}
	f := feedOf(m, &File{Path: path, Create: true})
	must(t, f.step(t.Context()))
	m.add(entered("a", 5000), entered("b", 1400))
	must(t, f.step(t.Context()))
	f = feedOf(m, &File{Path: path, Create: true})
	m.add(entered("c", 1401), entered("d", 5001))
	must(t, f.step(t.Context()))
	text, err := os.ReadFile(path)
	must(t, err)
	var times []string
	for _, line := range strings.Split(strings.TrimSpace(string(text)), "\n") {
		at, _, _ := strings.Cut(line, "|")
		times = append(times, at)
	}
	want(t, times, "5000", "5000", "5000", "5001")
}

// TestGapsAreCounted: the journal was trimmed before it was read; Redis away is said, and nothing is lost.
func TestGapsAreCounted(t *testing.T) {
	path := filepath.Join(t.TempDir(), "queue_log")
	m := &memory{marks: map[string]string{}}
	m.add(entered("0", 100))
	f := feedOf(m, &File{Path: path, Create: true})
	must(t, f.step(t.Context()))
	m.down = true
	if err := f.step(t.Context()); !errors.Is(err, errDown) {
		t.Fatal(err)
	}
	m.add(entered("a", 101), entered("b", 102), entered("c", 103))
	m.lines[1].ID, m.lines[2].ID = "", "" // trimmed
	m.down = false
	must(t, f.step(t.Context()))
	want(t, calls(t, path), "c")
	if f.totals.Lost != 2 || f.totals.Gaps != 1 || f.totals.Rows != 1 {
		t.Errorf("%+v", f.totals)
	}
}

// TestOnlyTheOwnerWrites, and goes on where the one before has stopped.
func TestOnlyTheOwnerWrites(t *testing.T) {
	path := filepath.Join(t.TempDir(), "queue_log")
	m := &memory{marks: map[string]string{}}
	owner := 1
	one, two := feedOf(m, &File{Path: path, Create: true}), feedOf(m, &File{Path: path, Create: true})
	one.Owner, two.Owner = func() bool { return owner == 1 }, func() bool { return owner == 2 }
	for i, id := range []string{"a", "b", "c", "d"} {
		must(t, errors.Join(one.step(t.Context()), two.step(t.Context())))
		m.add(entered(id, int64(100+i)))
		must(t, errors.Join(one.step(t.Context()), two.step(t.Context())))
		owner = 3 - owner
	}
	want(t, calls(t, path), "a", "b", "c", "d")
}

// TestPrompt: a row is there within a second of its entry.
func TestPrompt(t *testing.T) {
	path := filepath.Join(t.TempDir(), "queue_log")
	told := make(chan Standing)
	m := &memory{marks: map[string]string{}}
	f := feedOf(m, &File{Path: path, Create: true})
	ctx, cancel := context.WithCancel(t.Context())
	f.Told = func(s Standing) {
		select {
		case told <- s:
		case <-ctx.Done():
		}
	}
	done := make(chan struct{})
	go func() { f.Run(ctx); close(done) }()
	<-told
	m.add(entered("a", 101)) // Run waits for its turn to tell
	began := time.Now()
	for s := range told {
		if s.Rows == 1 {
			break
		}
	}
	if took := time.Since(began); took > time.Second {
		t.Errorf("it took %v", took)
	}
	cancel()
	<-done
}
