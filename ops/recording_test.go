package ops

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"kezek/queue"
)

// record writes the two files of a recording.
func (s *site) record(t *testing.T, name, text string) {
	t.Helper()
	for _, side := range []string{"-caller.wav", "-agent.wav"} {
		file := filepath.Join(s.recordings, "kezek", filepath.FromSlash(name)+side)
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text+side), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// talk is a recorded one that goes on.
func (s *site) talk(t *testing.T) queue.Recording {
	t.Helper()
	s.change(func(r *queue.Rules) {
		r.Queues["sales"].WrapUp = 0
		r.Queues["sales"].Recording.On, r.Queues["sales"].Recording.Notice = true, false
	})
	s.happen(queue.LogIn{Agent: "1001", Trusted: true}, queue.CallArrived{Channel: "c1", DID: "+996312900800", Number: "+996555000001"})
	s.happen(queue.LegAnswered{Channel: s.state.Agents()[0].Leg})
	r := s.state.Calls()[0].Recording
	if r.Name == "" {
		t.Fatal("the talk is not recorded")
	}
	return r
}

// The call's record leads to the files, for supervisors, once the talk is over.
func TestRecordingIsFetched(t *testing.T) {
	s := newSite(t)
	running := s.talk(t)
	s.record(t, running.Name[len("kezek/"):], "RIFF of ")
	want := newRecorded(queue.Recorded{Name: running.Name}).Files
	for _, path := range want {
		if w := s.do(http.MethodGet, path, "steering", ""); w.Code != http.StatusConflict {
			t.Errorf("%s, while the talk goes on: %d %s", path, w.Code, w.Body)
		}
	}
	l := s.feed.Listen(10)
	s.happen(queue.ChannelGone{Channel: "c1"})
	var got []string
	for len(l.Lines) > 0 {
		for _, r := range newEvent((<-l.Lines).Entry).Recorded {
			got = append(got, r.Files...)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("files of the record (-want +got):\n%s", diff)
	}
	for i, side := range []string{"RIFF of -caller.wav", "RIFF of -agent.wav"} {
		w := s.do(http.MethodGet, got[i], "steering", "")
		if w.Code != http.StatusOK || w.Body.String() != side || w.Header().Get("Content-Type") != "audio/wav" {
			t.Errorf("%s: %d %q %v", got[i], w.Code, w.Body, w.Header())
		}
	}
	r := httptest.NewRequest(http.MethodGet, got[0], nil)
	r.Header.Set("Authorization", "Bearer steering")
	r.Header.Set("Range", "bytes=5-6")
	w := httptest.NewRecorder()
	s.Handler().ServeHTTP(w, r)
	if w.Code != http.StatusPartialContent || w.Body.String() != "of" {
		t.Errorf("a part: %d %q", w.Code, w.Body)
	}
	if w := s.do(http.MethodGet, got[0], "seeing", ""); w.Code != http.StatusForbidden {
		t.Errorf("a viewer: %d", w.Code)
	}
}

// A download ends with its token.
func TestADownloadEndsWithItsToken(t *testing.T) {
	s := newSite(t)
	s.record(t, "2026-03-02/sales/c0-r1", "RIFF")
	const size = 64 << 20 // far more than a connection holds
	if err := os.Truncate(filepath.Join(s.recordings, "kezek", "2026-03-02", "sales", "c0-r1-caller.wav"), size); err != nil {
		t.Fatal(err)
	}
	url := serve(t, s)
	r, _ := http.NewRequest(http.MethodGet, url+recordingsPath+"2026-03-02/sales/c0-r1-caller.wav", nil)
	r.Header.Set("Authorization", "Bearer steering")
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.ContentLength != size {
		t.Fatalf("%s, %d bytes", response.Status, response.ContentLength)
	}
	s.SetTokens([]Token{{Secret: "steering", Role: Viewer, Name: "aida"}}) // a lower role is another token
	if n, err := io.Copy(io.Discard, response.Body); err == nil {
		t.Errorf("all %d bytes were sent after the token was revoked", n)
	}
}

// No name leads to any other file.
func TestRecordingsOnly(t *testing.T) {
	s := newSite(t)
	s.record(t, "2026-03-02/sales/c0-r1", "RIFF")
	day := filepath.Join(s.recordings, "kezek", "2026-03-02", "sales")
	for _, file := range []string{filepath.Join(s.recordings, "monitor.wav"), filepath.Join(day, "notes.txt"), filepath.Join(t.TempDir(), "outside.wav")} {
		if err := os.WriteFile(file, []byte("secret"), 0o600); err != nil {
			t.Fatal(err)
		}
		if filepath.Base(file) == "outside.wav" {
			if err := os.Symlink(file, filepath.Join(day, "link.wav")); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := os.Link(filepath.Join(s.recordings, "monitor.wav"), filepath.Join(day, "second-name.wav")); err != nil {
		t.Fatal(err)
	}
	if w := s.do(http.MethodGet, recordingsPath+"2026-03-02/sales/second-name.wav", "steering", ""); w.Code != http.StatusNotFound || !strings.Contains(w.Body.String(), "hard link") {
		t.Errorf("a file with another name elsewhere: %d %s", w.Code, w.Body)
	}
	if err := os.Mkdir(filepath.Join(day, "folder.wav"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{
		"2026-03-02/sales/notes.txt", "2026-03-02/sales/link.wav", "2026-03-02/sales/folder.wav", "2026-03-02/sales/none.wav",
		"2026-03-02/sales/..%2F..%2F..%2Fmonitor.wav", "..%2F..%2Fx/y/monitor.wav", "%2e%2e/x/monitor.wav", "x/y/%2Fetc%2Fpasswd", "a/b/c%00.wav", "a/b/.wav",
	} {
		w := s.do(http.MethodGet, recordingsPath+path, "steering", "")
		if w.Code < 300 || w.Code == http.StatusInternalServerError {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
	}
	s.recordings = filepath.Join(s.recordings, "not there")
	if w := s.do(http.MethodGet, recordingsPath+"2026-03-02/sales/c0-r1-caller.wav", "steering", ""); w.Code != http.StatusNotFound {
		t.Errorf("without the folder: %d %s", w.Code, w.Body)
	}
}
