package state_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"kezek/queue"
	"kezek/state"
)

func TestSpool(t *testing.T) {
	f := state.FileSpool{Path: filepath.Join(t.TempDir(), "spool.json")}
	if kept, err := f.Load(); err != nil || kept != nil {
		t.Fatalf("an empty spool: %v %v", kept, err)
	}
	want := []*queue.Callback{kept("cb-1")}
	for range 2 { // the second time over the first
		if err := f.Keep(want); err != nil {
			t.Fatal(err)
		}
		got, err := f.Load()
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(queue.Callback{})); diff != "" {
			t.Error(diff)
		}
	}
	if files, _ := os.ReadDir(filepath.Dir(f.Path)); len(files) != 1 {
		t.Errorf("files beside the spool: %v", files)
	}
	for range 2 {
		if err := f.Clear(); err != nil {
			t.Fatal(err)
		}
	}
	if kept, err := f.Load(); err != nil || kept != nil {
		t.Errorf("after Clear: %v %v", kept, err)
	}

	if err := (state.FileSpool{Path: "/nowhere/spool.json"}).Keep(want); err == nil {
		t.Error("kept where nothing can be")
	}
}

// kept is a callback as a daemon keeps it.
func kept(id string) *queue.Callback {
	at := time.Now().UTC().Truncate(time.Second)
	return &queue.Callback{
		ID: id, Number: "+996555000001", Queue: "sales", Language: "ru", Class: queue.ClassInformation, State: queue.CallbackOpen, Since: at, Created: at, Place: at,
		From: at, DueAt: at.Add(30 * time.Minute), Trying: queue.Trying{Attempts: []queue.Attempt{{Agent: "1001", Cause: queue.CauseBusy, At: at}}},
	}
}

// entry is one of a spool file.
func spooledEntry(t *testing.T, cb *queue.Callback, change func(map[string]any)) string {
	t.Helper()
	raw, err := json.Marshal(cb)
	if err != nil {
		t.Fatal(err)
	}
	fields := map[string]any{}
	if err := json.Unmarshal(raw, &fields); err != nil {
		t.Fatal(err)
	}
	if change != nil {
		change(fields)
	}
	if raw, err = json.Marshal(fields); err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// Whatever stands in a spool, what is good of it is kept on, and nothing of the rest is lost.
func TestBrokenSpool(t *testing.T) {
	good := spooledEntry(t, kept("cb-1"), nil)
	with := func(field string, value any) string {
		return spooledEntry(t, kept("cb-2"), func(fields map[string]any) { fields[field] = value })
	}
	for name, c := range map[string]struct {
		text string
		good int
		says string
	}{
		"null entry":             {"[null]", 0, "entry 1: it is null"},
		"null":                   {"null", 0, "not a list"},
		"no file of ours":        {"hello", 0, "not a list"},
		"an object":              {`{"callbacks":[]}`, 0, "not a list"},
		"zero length":            {"", 0, "it is empty"},
		"zeroes":                 {strings.Repeat("\x00", 4096), 0, "not a list"},
		"cut off":                {"[" + good + "," + good[:len(good)/2], 1, "entry 2 and what follows"},
		"cut off after an entry": {"[" + good, 1, "the end"},
		"something follows":      {"[" + good + "]]", 1, "there is text after"},
		"unknown state":          {"[" + good + "," + with("state", "flying") + "]", 1, `entry 2: callback "cb-2": field "state"`},
		"unknown class":          {"[" + with("class", "vip") + "," + good + "]", 1, `entry 1: callback "cb-2": field "class"`},
		"over without outcome":   {"[" + with("state", "over") + "]", 0, `field "outcome"`},
		"due in the year 9999":   {"[" + with("due_at", "9999-01-01T00:00:00Z") + "]", 0, `field "due_at"`},
		"not due":                {"[" + with("due_at", nil) + "]", 0, `field "due_at"`},
		"no id":                  {"[" + with("id", "") + "]", 0, `field "id"`},
		"an id with a break":     {"[" + with("id", "a\r\nb") + "]", 0, `field "id"`},
		"an id that is a number": {"[" + with("id", 7) + "]", 0, "cannot unmarshal number"},
		"the same id twice":      {"[" + good + "," + good + "]", 1, `entry 2: duplicate callback "cb-1"`},
		"a list in a list":       {"[" + strings.Repeat("[", 20000), 0, "entry 1 and what follows"},
		"huge":                   {"[" + good + "]" + strings.Repeat(" ", 65<<20), 0, "larger than 64 MiB"},
	} {
		t.Run(name, func(t *testing.T) {
			f := state.FileSpool{Path: filepath.Join(t.TempDir(), "lab.spool.json")}
			if err := os.WriteFile(f.Path, []byte(c.text), 0o600); err != nil {
				t.Fatal(err)
			}
			got, err := f.Load()
			if len(got) != c.good || err == nil || !strings.Contains(err.Error(), c.says) {
				t.Fatalf("%d good ones, %v", len(got), err)
			}
			broken := f.Broken()
			if len(broken) != 1 {
				t.Fatalf("moved aside: %v", broken)
			}
			if text, err := os.ReadFile(broken[0]); err != nil || string(text) != c.text {
				t.Errorf("what was moved aside is changed: %v", err)
			}
			// The next start finds what is good, and promises later do not touch what was moved aside.
			if again, err := f.Load(); err != nil || len(again) != c.good {
				t.Errorf("at the next start %d, %v", len(again), err)
			}
			if err := errors.Join(f.Keep(got), f.Clear()); err != nil {
				t.Error(err)
			}
			if after := f.Broken(); !slices.Equal(after, broken) {
				t.Errorf("%v, was %v", after, broken)
			}
			// A second one in the same second has a name of its own.
			if err := os.WriteFile(f.Path, []byte("x"), 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := f.Load(); err == nil || len(f.Broken()) != 2 {
				t.Errorf("%v, %v", f.Broken(), err)
			}
		})
	}
}

// What stands in the place of the spool and is no file that may be read is moved aside as well.
func TestSpoolThatIsNoFile(t *testing.T) {
	f := state.FileSpool{Path: filepath.Join(t.TempDir(), "spool.json")}
	if err := os.MkdirAll(filepath.Join(f.Path, "inside"), 0o700); err != nil {
		t.Fatal(err)
	}
	if got, err := f.Load(); got != nil || err == nil || len(f.Broken()) != 1 {
		t.Errorf("a folder: %v %v %v", got, err, f.Broken())
	}
	if err := os.Symlink(f.Path, f.Path); err != nil { // leads to itself
		t.Fatal(err)
	}
	if got, err := f.Load(); got != nil || err == nil || len(f.Broken()) != 2 {
		t.Errorf("a link: %v %v %v", got, err, f.Broken())
	}
	if err := syscall.Mkfifo(f.Path, 0o600); err != nil { // nobody writes into it
		t.Fatal(err)
	}
	if got, err := f.Load(); got != nil || err == nil || len(f.Broken()) != 3 {
		t.Errorf("a pipe: %v %v %v", got, err, f.Broken())
	}
	if err := f.Keep([]*queue.Callback{kept("cb-1")}); err != nil {
		t.Error(err)
	}
	if got, err := f.Load(); err != nil || len(got) != 1 {
		t.Errorf("%v %v", got, err)
	}
}

// FuzzSpool: whatever a file holds, it is read without a panic, and what is good stays good.
func FuzzSpool(f *testing.F) {
	raw, err := json.Marshal([]*queue.Callback{kept("cb-1"), kept("cb-2")})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(raw)
	f.Add([]byte("[null]"))
	f.Add(raw[:len(raw)-10])
	f.Fuzz(func(t *testing.T, text []byte) {
		spool := state.FileSpool{Path: filepath.Join(t.TempDir(), "spool.json")}
		if err := os.WriteFile(spool.Path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := spool.Load()
		if slices.Contains(got, nil) || (err != nil) != (len(spool.Broken()) == 1) {
			t.Fatalf("%v %v %v", got, err, spool.Broken())
		}
		again, err := spool.Load()
		if err != nil || len(again) != len(got) {
			t.Fatalf("at the next start %d of %d: %v", len(again), len(got), err)
		}
	})
}

// The error of a write names the file that was wanted, not the one beside it.
func TestSpoolNamesTheFile(t *testing.T) {
	dir := t.TempDir()
	for _, path := range []string{filepath.Join(dir, "gone", "spool.json"), dir} {
		err := state.FileSpool{Path: path}.Keep(nil)
		if err == nil || !strings.HasPrefix(err.Error(), "spool: "+path+": ") || strings.Contains(err.Error(), "spool.json.") {
			t.Errorf("the error for %s is %v", path, err)
		}
	}
}

// What the spool holds is from no later than its file: a clock that was set back since refuses nothing.
func TestSpoolOfAClockThatWasRight(t *testing.T) {
	f := state.FileSpool{Path: filepath.Join(t.TempDir(), "spool.json")}
	ahead := time.Now().AddDate(1, 0, 0).UTC().Truncate(time.Second)
	cb := &queue.Callback{
		ID: "cb-1", Number: "+996700000001", Queue: "sales", Class: queue.ClassManager, State: queue.CallbackOpen,
		Since: ahead, Created: ahead, Place: ahead, From: ahead, DueAt: ahead.Add(15 * time.Minute),
	}
	if err := f.Keep([]*queue.Callback{cb}); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(f.Path, ahead, ahead); err != nil {
		t.Fatal(err)
	}
	kept, err := f.Load()
	if err != nil || len(kept) != 1 || !kept[0].DueAt.Equal(cb.DueAt) {
		t.Errorf("%+v, %v", kept, err)
	}
}

// Two sites that share a file by mistake, or a file copied from another machine: no promise of
// another site is taken for one's own, and it stays where somebody can see it.
func TestSpoolOfAnotherSite(t *testing.T) {
	path := filepath.Join(t.TempDir(), "spool.json")
	osh, bishkek := state.FileSpool{Path: path, Site: "osh"}, state.FileSpool{Path: path, Site: "bishkek"}
	if err := osh.Keep([]*queue.Callback{kept("cb-1")}); err != nil {
		t.Fatal(err)
	}
	if got, err := osh.Load(); err != nil || len(got) != 1 {
		t.Errorf("its own: %v, %v", got, err)
	}
	got, err := bishkek.Load()
	if len(got) != 0 || err == nil || !strings.Contains(err.Error(), `callback "cb-1": it is of site "osh", not of bishkek`) || len(bishkek.Broken()) != 1 {
		t.Errorf("another's: %v, %v, moved aside %v", got, err, bishkek.Broken())
	}
	// A file of before sites were named.
	if err := (state.FileSpool{Path: path}).Keep([]*queue.Callback{kept("cb-1")}); err != nil {
		t.Fatal(err)
	}
	if got, err := bishkek.Load(); err != nil || len(got) != 1 {
		t.Errorf("an older file: %v, %v", got, err)
	}
}
