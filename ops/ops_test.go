package ops

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"kezek/queue"
)

var start = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// site is a server with real rules behind it, and a clock that the test moves.
type site struct {
	*Server
	metrics *Metrics
	health  Health
	shelf   shelf

	mu    sync.Mutex
	state *queue.State
	at    time.Time
	away  error
	// over are the callbacks that ended, the last one first; lost is why they cannot be read.
	over []*queue.Callback
	lost error
	// unsafe: promises cannot be stored.
	unsafe bool
	// stuck, while locked, is a loop that does not turn.
	stuck sync.RWMutex
}

func (s *site) Ask(_ context.Context, ev queue.Event) (queue.Answer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.away != nil {
		return queue.Answer{}, s.away
	}
	if book, ok := ev.(queue.BookCallback); ok {
		book.Number = strings.ReplaceAll(book.Number, " ", "") // as the engine brings numbers into one form
		ev = book
	}
	return s.step(ev), nil
}

func (s *site) View(ctx context.Context, look func(*queue.State)) error {
	if s.away != nil {
		return s.away
	}
	if !s.stuck.TryRLock() {
		<-ctx.Done()
		return ctx.Err()
	}
	defer s.stuck.RUnlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	look(s.state)
	return nil
}

// step is an event and, as the engine does it, what follows for each promise.
func (s *site) step(ev queue.Event) queue.Answer {
	fx := s.state.Step(s.at, ev)
	s.metrics.Happened(fx.Journal)
	s.shelf.tell(s.feed, fx.Journal...)
	for _, e := range fx.Changed {
		if cb, ok := e.(*queue.Callback); ok && cb.State == queue.CallbackOver {
			s.over = append([]*queue.Callback{cb}, s.over...)
		}
	}
	answer := fx.Answer
	for _, id := range fx.Promises {
		var ev queue.Event = queue.Promised{Callback: id}
		if s.unsafe {
			ev = queue.NotPromised{Callback: id}
		}
		answer = s.step(ev)
	}
	return answer
}

// CallbacksOver and CallbackOver are the site's history.
func (s *site) CallbacksOver(_ context.Context, limit int) ([]*queue.Callback, error) {
	return s.over[:min(limit, len(s.over))], s.lost
}

func (s *site) CallbackOver(_ context.Context, id string) (*queue.Callback, error) {
	for _, cb := range s.over {
		if cb.ID == id {
			return cb, s.lost
		}
	}
	return nil, s.lost
}

// Timesheets are those of the state.
func (s *site) Timesheets(_ context.Context, day, agent string) ([]*queue.Timesheet, error) {
	return slices.DeleteFunc(s.state.Timesheets(), func(t *queue.Timesheet) bool {
		return day != "" && t.Day != day || agent != "" && t.Agent != agent
	}), s.lost
}

// happen is one event after the other, a second apart.
func (s *site) happen(events ...queue.Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, ev := range events {
		s.at = s.at.Add(time.Second)
		s.step(ev)
	}
}

func testRules() *queue.Rules {
	sales := queue.DefaultQueue()
	sales.Name, sales.DID, sales.DefaultLanguage = "sales", []string{"+996312900800"}, "ru"
	sales.Title = map[queue.Language]string{"ru": "Отдел продаж", "ky": "Сатуу бөлүмү"}
	sales.DIDLanguage = map[string]queue.Language{"+996312900800": "ru"}
	repair := queue.DefaultQueue()
	repair.Name, repair.DID, repair.DefaultLanguage = "repair", []string{"+996312900801"}, "ky"
	repair.DIDLanguage = map[string]queue.Language{"+996312900801": "ky"}
	agent := func(id string, order int, queues []queue.Membership, languages ...queue.Language) *queue.AgentRules {
		return &queue.AgentRules{
			ID: id, Name: map[queue.Language]string{"ru": "Оператор " + id}, Endpoint: "PJSIP/" + id,
			Languages: languages, Queues: queues, PIN: id, Speech: "ru", Order: order,
		}
	}
	return &queue.Rules{
		Languages: []queue.Language{"ky", "ru"},
		Conduct:   queue.ConductRules{Flag: time.Hour},
		Notice:    queue.DefaultNotice(),
		Results:   map[string]*queue.ResultRules{"contract": {Name: "contract", Code: "1"}, "repaired": {Name: "repaired", Code: "2", Queues: []string{"repair"}}},
		Queues:    map[string]*queue.QueueRules{"sales": &sales, "repair": &repair},
		Agents: map[string]*queue.AgentRules{
			"1001": agent("1001", 0, []queue.Membership{{Queue: "sales"}}, "ru"),
			"1012": agent("1012", 1, []queue.Membership{{Queue: "sales"}, {Queue: "repair"}}, "ru", "ky"),
		},
		Statuses: map[string]*queue.StatusRules{"coffee": {Name: "coffee", Code: "31"}},
		Location: time.FixedZone("+06", 6*3600),
		Menu:     queue.DefaultMenu(),
		Trunk:    queue.TrunkRules{Allowed: func(number string) bool { return strings.HasPrefix(number, "+996") }},
	}
}

// change puts other rules into force.
func (s *site) change(change func(*queue.Rules)) {
	rules := testRules()
	change(rules)
	s.happen(queue.RulesChanged{Rules: rules})
}

// newSite is a site with Asterisk attached and nobody logged in.
func newSite(t *testing.T) *site {
	t.Helper()
	s := &site{
		metrics: NewMetrics("test"), at: start, state: queue.New(testRules(), nil),
		health: Health{Owner: true, Loaded: true, Exchange: true, Redis: true, Saved: true, Since: start},
	}
	s.Server = New(Options{
		Engine: s, History: s, Journal: &s.shelf, Health: func() Health { return s.health }, Metrics: s.metrics, Feed: NewFeed(), Version: "test", Location: func() *time.Location { return testRules().Location }, Recordings: t.TempDir(),
		Rules: func() *queue.Rules { s.mu.Lock(); defer s.mu.Unlock(); return s.state.Rules() }, Company: "Skynet",
		Tokens: []Token{{Secret: "seeing", Role: Viewer, Name: "board"}, {Secret: "steering", Role: Supervisor, Name: "aida"}, {Secret: "ruling", Role: Admin}},
	})
	s.now = func() time.Time { return s.at }
	s.happen(queue.Synced{Phones: []queue.PhoneChanged{
		{Endpoint: "PJSIP/1001", Reachable: true}, {Endpoint: "PJSIP/1012", Reachable: true},
	}})
	return s
}

// do sends one request from another machine.
func (s *site) do(method, path, token, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	w := httptest.NewRecorder()
	s.Handler().ServeHTTP(w, r)
	return w
}

// get decodes what a supervisor gets.
func get[T any](t *testing.T, s *site, path string) T {
	t.Helper()
	w := s.do(http.MethodGet, path, "steering", "")
	if w.Code != http.StatusOK {
		t.Fatalf("GET %s: %d %s", path, w.Code, w.Body)
	}
	return decoded[T](t, w.Body)
}

func decoded[T any](t *testing.T, body io.Reader) T {
	t.Helper()
	var v T
	d := json.NewDecoder(body)
	d.DisallowUnknownFields()
	if err := d.Decode(&v); err != nil {
		t.Fatal(err)
	}
	return v
}

var errAway = errors.New("not in charge")
