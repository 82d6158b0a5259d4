package ops

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"kezek/queue"
)

func TestMasks(t *testing.T) {
	for text, want := range map[string]string{
		"": "", "+996555123456": "•••456", "0555123456": "•••456", "1012": "•••", "12345": "•••", "erased-7f3a": "erased-7f3a", "anonymous": "•••",
	} {
		if got := maskNumber(text); got != want {
			t.Errorf("number %q: %q, want %q", text, got, want)
		}
	}
	for text, want := range map[string]string{
		"": "", "call 0 (555) 12-34-56 back": "call •••456 back", "+996 555 123 456": "•••456", "from 2026-03-02 to 2026-03-05": "from 2026-03-02 to 2026-03-05",
		"at 18:00, contract 12345": "at 18:00, contract 12345", "позвоните 0555.12.34.56!": "позвоните •••456!", "1012": "1012", "٠٥٥٥١٢٣٤٥٦": "•••٤٥٦",
	} {
		if got := maskWords(text); got != want {
			t.Errorf("words %q: %q, want %q", text, got, want)
		}
	}
}

// A client's number is nowhere in what a viewer gets or a screen on the wall, whatever they ask, and in what a supervisor of
// another queue gets. It is written into all that can hold one: see the supervisor's own answers.
func TestNumbersAreMasked(t *testing.T) {
	const number, digits, end = "+996555777123", "555777123", "123"
	s := shared(t)
	s.happen(queue.LogIn{Agent: "1012", Trusted: true})
	for _, tt := range []queue.Event{
		queue.CallArrived{Channel: "c5", DID: "+996312900800", Number: number, Name: "Asan " + number},
		queue.LegAnswered{Channel: s.legOf("1001")},
	} {
		s.happen(tt)
	}
	s.do("POST", "/api/v1/callbacks", "steering", `{"number":"+996555777124","queue":"sales","note":"or 0 555 777 123 in the evening"}`)
	s.do("POST", "/api/v1/callbacks", "steering", `{"number":"`+number+`","queue":"sales"}`)
	s.do("DELETE", "/api/v1/callbacks/"+s.callbackOf("sales")+"?reason=asked+by+"+digits, "steering", "")
	var ids []string
	for _, cb := range s.state.Callbacks() {
		ids = append(ids, "/api/v1/callbacks/"+cb.ID)
	}
	events := func(token string) string {
		r := httptest.NewRequest("GET", "/api/v1/events?after=0-0/0", http.NoBody)
		ctx, cancel := context.WithTimeout(r.Context(), 200*time.Millisecond)
		defer cancel()
		r.Header.Set("Authorization", "Bearer "+token)
		w := httptest.NewRecorder()
		s.Handler().ServeHTTP(w, r.WithContext(ctx))
		return w.Body.String()
	}
	ask := func(token string) map[string]string {
		got := map[string]string{"events": events(token)}
		for _, r := range s.routes(NewMetrics("test")) {
			if r.method != http.MethodGet || r.path == "/api/v1/events" {
				continue
			}
			paths := []string{r.path}
			if strings.Contains(r.path, "{") {
				paths = append([]string{strings.NewReplacer("{id}", "c5", "{day}", "2026-03-02", "{queue}", "sales").Replace(r.path)}, ids...)
				paths = append(paths, strings.ReplaceAll(r.path, "{id}", number), strings.ReplaceAll(r.path, "{id}", "1001"))
			}
			paths = append(paths, "/api/v1/callbacks?state=over")
			for _, path := range paths {
				if w := s.do(r.method, path, token, ""); !strings.Contains(path, number) { // else it says again what it was asked
					got[path] = w.Body.String()
				}
			}
		}
		return got
	}
	leaks := func(body string) bool {
		return strings.Contains(strings.NewReplacer(" ", "", "-", "").Replace(body), digits)
	}
	s.do("PUT", "/api/v1/agents/1001/status", "steering", `{"status":"coffee","reason":"call `+number+`"}`)
	found := 0
	for _, body := range ask("steering") {
		if leaks(body) {
			found++
		}
	}
	if found < 4 {
		t.Fatalf("a supervisor sees the number in %d answers: the test looks for nothing", found)
	}
	for token, shown := range map[string]bool{"seeing": true, "looking": true, "hanging": false, "hanging everywhere": false} {
		masked := false
		for path, body := range ask(token) {
			if leaks(body) {
				t.Errorf("%s of %s: %s", path, token, body)
			}
			masked = masked || strings.Contains(body, hidden+end)
		}
		if masked != shown {
			t.Errorf("%s sees the end of the number: %v, want %v", token, masked, shown)
		}
	}
	s.SetTokens([]Token{{Secret: "repairing", Role: Supervisor, Name: "x", Queues: []string{"repair"}}})
	for path, body := range ask("repairing") {
		if leaks(body) || strings.Contains(body, hidden+end) {
			t.Errorf("%s of a supervisor of another queue: %s", path, body)
		}
	}
}

// cabinet is what is kept of any number: nothing.
type cabinet struct{}

func (cabinet) Show(context.Context, string) (Kept, error)     { return Kept{}, nil }
func (cabinet) Erase(context.Context, string) (Erasure, error) { return Erasure{}, nil }
func (cabinet) Ready(context.Context) error                    { return nil }
func (cabinet) Read(number string) string                      { return number }
