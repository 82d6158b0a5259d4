package ari

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Only what is ours and old is deleted, as its queue keeps it, and not too much at once.
func TestPrune(t *testing.T) {
	var deleted []string
	x := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodDelete {
			deleted = append(deleted, r.URL.Path)
			w.WriteHeader(http.StatusNoContent)
			return
		}
		w.Write([]byte(`[{"name": "kezek/2026-03-01/sales/pbx-1.1-r5-caller"}, {"name": "kezek/2026-03-01/sales/pbx-1.1-r5-agent"},
			{"name": "kezek/2026-03-01/support/pbx-1.2-r5-agent"}, {"name": "kezek/2026-03-01/gone/pbx-1.3-r5-agent"},
			{"name": "kezek/2026-03-09/sales/pbx-1.4-r5-agent"}, {"name": "kezek/2026-02-30/sales/pbx-1.5-r5-agent"},
			{"name": "kezek/2026-02-01/sales/pbx-1.6-r5-caller"}, {"name": "kezek/2026-01-01/../../x-agent"}, {"name": "monitor/2020-01-01"}]`))
	}))
	defer x.Close()
	e := New(Options{URL: x.URL, App: "kezek"})
	defer e.client.Close()
	keep := func(queue string) time.Duration {
		return map[string]time.Duration{"sales": 7 * 24 * time.Hour, "support": 30 * 24 * time.Hour}[queue]
	}
	now := time.Date(2026, 3, 9, 0, 0, 1, 0, time.FixedZone("KGT", 6*3600))
	want := []string{"/recordings/stored/kezek/2026-03-01/sales/pbx-1.1-r5-caller", "/recordings/stored/kezek/2026-03-01/sales/pbx-1.1-r5-agent"}
	if p, err := e.Prune(t.Context(), now, Retention{Keep: keep, Most: 2}); err != nil || p.Left != 5 || p.Deleted != 2 || !slices.Equal(deleted, want) {
		t.Errorf("%+v, %v: %v, want %v", p, err, deleted, want)
	}
	deleted = nil
	if p, err := e.Prune(t.Context(), now.Add(-2*time.Second), Retention{Keep: keep, Most: 100}); err != nil || p.Deleted != 1 {
		t.Errorf("a second before midnight: %+v, %v, %v", p, deleted, err)
	}
}

// spool is a folder of recordings with good ones, and an Asterisk that deletes those which it finds.
type spool struct {
	dir     string
	e       *Exchange
	deleted []string
	broken  map[string]int // status of the answer about a name
}

func newSpool(t *testing.T) *spool {
	s := &spool{dir: t.TempDir(), broken: map[string]int{}}
	x := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := strings.TrimPrefix(r.URL.Path, "/recordings/stored/")
		if r.Method != http.MethodDelete {
			t.Errorf("asked for %s", r.URL)
		}
		if code := s.broken[name]; code != 0 {
			w.WriteHeader(code)
			return
		}
		if err := os.Remove(filepath.Join(s.dir, name+".wav")); err != nil {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		s.deleted = append(s.deleted, name)
		w.WriteHeader(http.StatusNoContent)
	}))
	t.Cleanup(x.Close)
	s.e = New(Options{URL: x.URL, App: "kezek"})
	t.Cleanup(func() { s.e.client.Close() })
	for _, name := range []string{"2026-03-01/sales/a-caller", "2026-03-01/sales/z-caller", "2026-03-02/sales/b-agent", "2026-03-20/sales/new-agent"} {
		s.put(t, "kezek/"+name+".wav")
	}
	return s
}

func (s *spool) put(t *testing.T, name string) {
	t.Helper()
	file := filepath.Join(s.dir, name)
	if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, []byte("RIFF"), 0o644)); err != nil {
		t.Fatal(err)
	}
}

func (s *spool) link(t *testing.T, to, at string) {
	t.Helper()
	if err := os.Symlink(to, filepath.Join(s.dir, at)); err != nil {
		t.Fatal(err)
	}
}

// One bad file or folder is skipped and named; the rest is deleted all the same.
func TestPruneGoesOn(t *testing.T) {
	const all = "kezek/2026-03-01/sales/a-caller kezek/2026-03-01/sales/z-caller kezek/2026-03-02/sales/b-agent"
	for name, test := range map[string]struct {
		spoil func(*testing.T, *spool)
		want  string // deleted
		left  int
		skips []string // how each begins
	}{
		"nothing is wrong": {func(*testing.T, *spool) {}, all, 1, nil},
		"a link that leads nowhere": {func(t *testing.T, s *spool) {
			s.link(t, "/gone", "kezek/2026-03-01/sales/m-caller.wav")
		}, all, 1, []string{`"kezek/2026-03-01/sales/m-caller.wav": it is a link`}},
		"a link to a file elsewhere": {func(t *testing.T, s *spool) {
			s.link(t, "/etc/passwd", "kezek/2026-03-01/sales/m-caller.wav")
		}, all, 1, []string{`"kezek/2026-03-01/sales/m-caller.wav": it is a link`}},
		"a link that leads back": {func(t *testing.T, s *spool) {
			s.link(t, "..", "kezek/2026-03-01/loop")
			s.link(t, ".", "kezek/2026-03-03")
		}, all, 1, []string{`"kezek/2026-03-01/loop": it is a link`, `"kezek/2026-03-03": it is a link`}},
		"another name of a file elsewhere": {func(t *testing.T, s *spool) {
			s.put(t, "secret.wav")
			at := filepath.Join(s.dir, "kezek/2026-03-01/sales/m-caller.wav")
			if err := os.Link(filepath.Join(s.dir, "secret.wav"), at); err != nil {
				t.Fatal(err)
			}
		}, all, 1, []string{`"kezek/2026-03-01/sales/m-caller.wav": it has another name elsewhere`}},
		"odd names": {func(t *testing.T, s *spool) {
			for _, name := range []string{"x", "2026-13-01/sales/x-caller.wav", "2026-03-01/sales/notes.txt", "2026-03-01/sales/\x1b[2J.wav",
				"2026-03-01/a b/x-caller.wav", "2026-03-01/sales/.x-caller.wav.swp", "old/x.wav"} {
				s.put(t, "kezek/"+name)
			}
			s.put(t, "monitor/2020.wav")
		}, all, 2, nil},
		"a folder and a pipe in the place of files": {func(t *testing.T, s *spool) {
			s.put(t, "kezek/2026-03-01/sales/m-caller.wav/x")
			if err := syscall.Mkfifo(filepath.Join(s.dir, "kezek/2026-03-01/sales/n-caller.wav"), 0o644); err != nil {
				t.Fatal(err)
			}
		}, all, 1, []string{`"kezek/2026-03-01/sales/m-caller.wav": it is not a regular file`, `"kezek/2026-03-01/sales/n-caller.wav": it is not a regular file`}},
		"Asterisk cannot delete one": {func(t *testing.T, s *spool) {
			s.broken["kezek/2026-03-01/sales/a-caller"] = http.StatusInternalServerError
		}, "kezek/2026-03-01/sales/z-caller kezek/2026-03-02/sales/b-agent", 2, []string{`"kezek/2026-03-01/sales/a-caller": `}},
		"Asterisk does not find them": {func(t *testing.T, s *spool) { // we may delete them ourselves
			for name := range strings.FieldsSeq(all) {
				s.broken[name] = http.StatusNotFound
			}
		}, "", 1, nil},
		"files vanish meanwhile": {func(t *testing.T, s *spool) {
			s.broken["kezek/2026-03-01/sales/a-caller"] = http.StatusNotFound
			if err := os.Remove(filepath.Join(s.dir, "kezek/2026-03-01/sales/a-caller.wav")); err != nil {
				t.Fatal(err)
			}
		}, "kezek/2026-03-01/sales/z-caller kezek/2026-03-02/sales/b-agent", 1, nil},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSpool(t)
			test.spoil(t, s)
			keep := func(string) time.Duration { return 7 * 24 * time.Hour }
			p, err := s.e.Prune(t.Context(), time.Date(2026, 3, 20, 12, 0, 0, 0, time.UTC), Retention{Dir: s.dir, Keep: keep, Most: 1000})
			if err != nil || strings.Join(s.deleted, " ") != test.want || p.Left != test.left {
				t.Errorf("%v, deleted %q, %+v; want %q, %d left", err, s.deleted, p, test.want, test.left)
			}
			if len(p.Skipped) != len(test.skips) {
				t.Fatalf("skipped %q, want %q", p.Skipped, test.skips)
			}
			for i, want := range test.skips {
				if !strings.HasPrefix(p.Skipped[i], want) {
					t.Errorf("skipped %q, want %q", p.Skipped[i], want)
				}
			}
		})
	}
}

// A folder that cannot be read, by one that is not root, is skipped too.
func TestPruneUnreadableFolder(t *testing.T) {
	s := newSpool(t)
	closed := filepath.Join(s.dir, "kezek/2026-03-01/sales")
	if err := os.Chmod(closed, 0); err != nil {
		t.Fatal(err)
	}
	defer os.Chmod(closed, 0o755)
	if _, err := os.ReadDir(closed); err == nil {
		t.Skip("root reads it all the same")
	}
	p, err := s.e.Prune(t.Context(), time.Date(2026, 3, 20, 12, 0, 0, 0, time.UTC),
		Retention{Dir: s.dir, Keep: func(string) time.Duration { return time.Hour }, Most: 1000})
	if err != nil || p.Deleted != 1 || len(p.Skipped) != 1 {
		t.Errorf("%+v, %v", p, err)
	}
}

// An Asterisk that does not answer ends it, after a few tries.
func TestPruneEndsWithoutAsterisk(t *testing.T) {
	s := newSpool(t)
	s.e = New(Options{URL: "http://127.0.0.1:1", App: "kezek"})
	defer s.e.client.Close()
	p, err := s.e.Prune(t.Context(), time.Date(2026, 3, 20, 12, 0, 0, 0, time.UTC),
		Retention{Dir: s.dir, Keep: func(string) time.Duration { return time.Hour }, Most: 1000})
	if err == nil || p.Deleted != 0 {
		t.Errorf("%+v, %v", p, err)
	}
}
