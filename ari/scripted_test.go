package ari

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest"

	"kezek/queue"
)

// scripted stands in for an Asterisk with a fault that the real one cannot be
// made to show. Requests that no answer is set for are done at once.
type scripted struct {
	*httptest.Server
	t    *testing.T
	x    *Exchange
	told chan queue.Event

	mu      sync.Mutex
	answers map[string]http.HandlerFunc // by "METHOD path"
	asked   []string
	socket  *websocket.Conn
	closing bool // each event socket right after its handshake
}

func newScripted(t *testing.T) *scripted {
	s := scriptedServer(t, zaptest.NewLogger(t, zaptest.Level(zapcore.FatalLevel)))
	s.run()
	next[queue.Synced](s)
	return s
}

// scriptedServer has an exchange that does not run yet.
func scriptedServer(t *testing.T, log *zap.Logger) *scripted {
	s := &scripted{t: t, told: make(chan queue.Event, 100), answers: map[string]http.HandlerFunc{}}
	s.Server = httptest.NewServer(http.HandlerFunc(s.serve))
	t.Cleanup(s.Close)
	for path, empty := range map[string]string{
		"/asterisk/info": "{}", "/applications/kezek": "{}", "/channels": "[]", "/bridges": "[]", "/endpoints": "[]", "/deviceStates": "[]",
	} {
		s.answer("GET "+path, 200, empty)
	}
	s.x = New(Options{
		Name: "x", URL: s.URL, App: "kezek", Media: func(p queue.Phrase) string { return p.ID },
		Log: log,
	})
	return s
}

// run attaches until the end of the test.
func (s *scripted) run() {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- s.x.Run(ctx, func(_ time.Time, ev queue.Event) { s.told <- ev }) }()
	s.t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			s.t.Error(err)
		}
	})
}

func (s *scripted) serve(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/events" {
		s.mu.Lock() // the far end is answered before the socket is there to be written to
		defer s.mu.Unlock()
		c, err := websocket.Accept(w, r, nil)
		if err != nil {
			return
		}
		s.socket = c
		s.asked = append(s.asked, "GET /events")
		if s.closing {
			c.Close(websocket.StatusGoingAway, "") //nolint:errcheck // the other end may be gone
			return
		}
		c.CloseRead(context.Background())
		return
	}
	key := r.Method + " " + r.URL.Path
	s.mu.Lock()
	s.asked = append(s.asked, key)
	answer := s.answers[key]
	s.mu.Unlock()
	if answer == nil {
		w.WriteHeader(http.StatusNoContent)
		if mark, ok := strings.CutPrefix(r.URL.Path, "/events/user/"); ok {
			_ = s.write(map[string]any{"type": "ChannelUserevent", "eventname": mark}) // the socket may be cut
		}
		return
	}
	answer(w, r)
}

func (s *scripted) set(key string, h http.HandlerFunc) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answers[key] = h
}

func (s *scripted) answer(key string, status int, body string) {
	s.set(key, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		fmt.Fprint(w, body)
	})
}

// count is how often something was asked for.
func (s *scripted) count(key string) (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, k := range s.asked {
		if k == key {
			n++
		}
	}
	return n
}

func (s *scripted) send(event map[string]any) {
	if err := s.write(event); err != nil {
		s.t.Error(err)
	}
}

func (s *scripted) write(event map[string]any) error {
	raw, err := json.Marshal(event)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.socket.Write(s.t.Context(), websocket.MessageText, raw)
}

func (s *scripted) do(actions ...queue.Action) { s.x.Do(time.Now(), actions) }

// next is the next event that is told, which must be of type E.
func next[E queue.Event](s *scripted) E {
	s.t.Helper()
	select {
	case ev := <-s.told:
		e, ok := ev.(E)
		if !ok {
			s.t.Fatalf("told %T%+v, want %T", ev, ev, e)
		}
		return e
	case <-time.After(20 * time.Second):
		var e E
		s.t.Fatalf("nothing told, want %T", e)
		return e
	}
}

// toldNothing checks that no event was told so far.
func (s *scripted) toldNothing() {
	s.t.Helper()
	select {
	case ev := <-s.told:
		s.t.Errorf("told %T", ev)
	default:
	}
}

// wait waits until something was asked for so many times.
func (s *scripted) wait(key string, n int) {
	s.t.Helper()
	for range 1000 {
		if s.count(key) >= n {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	s.t.Fatalf("%s was asked for %d times, want %d", key, s.count(key), n)
}

// until lets a request wait for something, and complains when it is given up before.
func (s *scripted) until(done <-chan struct{}, r *http.Request, complaint string) {
	select {
	case <-done:
	case <-r.Context().Done():
		s.t.Error(complaint)
	}
}

// hang answers nothing until the request is given up.
func hang(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }

// cut closes the connection instead of an answer.
func cut(w http.ResponseWriter, _ *http.Request) {
	c, _, err := w.(http.Hijacker).Hijack()
	if err == nil {
		c.Close()
	}
}

// A request that hangs is given up, what waits for it goes on, and the truth is read.
func TestRequestHangs(t *testing.T) {
	t.Parallel()
	s := newScripted(t)
	s.set("POST /bridges/b/addChannel", hang)
	began := time.Now()
	s.do(queue.Connect{Bridge: "b", Caller: "c", Agent: "a"}, queue.Music{Channel: "c", Class: "m"}, queue.AnswerCall{Channel: "other"})
	s.wait("POST /channels/other/answer", 1)
	if took := time.Since(began); took > time.Second {
		t.Errorf("another channel waited %v", took)
	}
	next[queue.Synced](s)
	s.wait("POST /channels/c/moh", 1)
	if took := time.Since(began); took < requestWithin || took > requestWithin+3*time.Second {
		t.Errorf("given up after %v", took)
	}
}

func TestRequestFails(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]http.HandlerFunc{
		"500":     func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) },
		"cut":     cut,
		"garbage": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(503); fmt.Fprint(w, "<html>") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newScripted(t)
			s.set("POST /channels/c/answer", fault)
			s.set("POST /channels/c/play/p", fault)
			s.do(queue.AnswerCall{Channel: "c"}, queue.Play{Channel: "c", ID: "p", Phrases: []queue.Phrase{{ID: "x"}}})
			if got := next[queue.PlayEnded](s); got != (queue.PlayEnded{Channel: "c", Playback: "p"}) {
				t.Error(got)
			}
			next[queue.Synced](s)
			if n := s.count("POST /channels/c/answer"); n != 1 {
				t.Errorf("asked %d times; what may have been done must not be done again", n)
			}
		})
	}
}

// All connections are cut, as by a network or a restart of Asterisk: however
// many there were, the first try to attach again succeeds.
func TestConnectionsCut(t *testing.T) {
	t.Parallel()
	s := newScripted(t)
	const many = 10
	var meet sync.WaitGroup // all of them at the same time
	meet.Add(many)
	for i := range many {
		channel := strconv.Itoa(i)
		s.set("POST /channels/"+channel+"/answer", func(http.ResponseWriter, *http.Request) { meet.Done(); meet.Wait() })
		s.do(queue.AnswerCall{Channel: channel})
	}
	s.x.scheduler.wait()
	s.mu.Lock()
	socket := s.socket // the next one takes its place
	s.mu.Unlock()
	s.CloseClientConnections()
	if err := socket.CloseNow(); err != nil {
		t.Error(err)
	}
	next[queue.ExchangeDown](s)
	next[queue.Synced](s)
	if n := s.count("GET /events"); n != 2 {
		t.Errorf("attached %d times, want 2", n)
	}
}

// A failed reading is a lost connection, not half a truth.
func TestReadingFails(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]http.HandlerFunc{
		"500":     func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) },
		"cut":     cut,
		"garbage": func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "[{]") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newScripted(t)
			s.set("GET /bridges", fault)
			s.do(queue.Resync{Exchange: "x"})
			next[queue.ExchangeDown](s)
			s.answer("GET /bridges", 200, "[]")
			next[queue.Synced](s)
		})
	}
}

// A leg whose creation got no answer is ended, and told as failed once; if it
// comes to life after all, it is hung up.
func TestLegOfUnknownFate(t *testing.T) {
	t.Parallel()
	s := newScripted(t)
	s.set("POST /channels/create", cut)
	s.answer("DELETE /channels/l", 404, `{"message":"Channel not found"}`)
	s.do(queue.Dial{Channel: "l", Endpoint: "Local/1"})
	if got := next[queue.ChannelGone](s); got != (queue.ChannelGone{Channel: "l", Cause: queue.CauseFailed}) {
		t.Error(got)
	}
	next[queue.Synced](s)
	s.send(map[string]any{"type": "StasisStart", "args": []string{"leg"}, "channel": map[string]any{"id": "l"}})
	s.wait("DELETE /channels/l", 2)
	if n := s.count("POST /channels/l/dial"); n != 0 {
		t.Error("dialled")
	}
}

// The same, but the leg was made: its end is told once, whether by its event or by us.
func TestLegNotDialled(t *testing.T) {
	t.Parallel()
	for _, status := range []int{204, 404} {
		t.Run(strconv.Itoa(status), func(t *testing.T) {
			t.Parallel()
			s := newScripted(t)
			s.answer("POST /channels/l/dial", 500, "{}")
			s.set("DELETE /channels/l", func(w http.ResponseWriter, _ *http.Request) {
				s.send(map[string]any{"type": "ChannelDestroyed", "cause": 16, "channel": map[string]any{"id": "l", "state": "Down"}})
				w.WriteHeader(status)
			})
			s.do(queue.Dial{Channel: "l", Endpoint: "Local/1"})
			if got := next[queue.ChannelGone](s); got != (queue.ChannelGone{Channel: "l", Cause: queue.CauseFailed}) {
				t.Error(got)
			}
			next[queue.Synced](s)
		})
	}
}

// A leg is not in the app at once when its creation is answered.
func TestLegEntersLate(t *testing.T) {
	t.Parallel()
	s := newScripted(t)
	var times int
	s.set("POST /channels/l/dial", func(w http.ResponseWriter, _ *http.Request) {
		if times++; times == 1 {
			w.WriteHeader(409)
			fmt.Fprint(w, `{"message":"Channel not in Stasis application"}`)
			return
		}
		w.WriteHeader(204)
	})
	s.do(queue.Dial{Channel: "l", Endpoint: "Local/1"})
	s.wait("POST /channels/l/dial", 1)
	time.Sleep(100 * time.Millisecond)
	if n := s.count("POST /channels/l/dial"); n != 1 {
		t.Fatalf("dialled %d times before it entered", n)
	}
	s.send(map[string]any{"type": "StasisStart", "args": []string{"leg"}, "channel": map[string]any{"id": "l"}})
	s.wait("POST /channels/l/dial", 2)
}

// A repeated order is not an error: 409 says that it was done.
func TestDoneBefore(t *testing.T) {
	t.Parallel()
	s := newScripted(t)
	exists := `{"message":"Channel with given unique ID already exists"}`
	s.answer("POST /channels/create", 409, exists)
	s.answer("POST /bridges", 409, exists)
	s.answer("POST /channels/l/dial", 409, `{"message":"Channel cannot be dialed"}`)
	s.do(queue.Dial{Channel: "l", Endpoint: "Local/1"}, queue.Connect{Bridge: "b", Caller: "c", Agent: "l"})
	s.wait("POST /bridges/b/addChannel", 1)
	s.x.scheduler.wait()
	if s.count("POST /channels/l/dial") != 1 || s.count("DELETE /channels/l") != 0 {
		t.Error(s.asked)
	}
	s.toldNothing()
}

// The bridge is made while the caller's music is being ended; caller and agent
// come into it when both are done.
func TestConnect(t *testing.T) {
	t.Parallel()
	s := newScripted(t)
	made := make(chan struct{})
	s.set("POST /bridges", func(http.ResponseWriter, *http.Request) { close(made) })
	s.set("DELETE /channels/c/moh", func(_ http.ResponseWriter, r *http.Request) {
		s.until(made, r, "the bridge was not made meanwhile")
		if s.count("POST /bridges/b/addChannel") > 0 {
			t.Error("the caller is connected with the music still playing")
		}
	})
	s.do(queue.StopMusic{Channel: "c"}, queue.Connect{Bridge: "b", Caller: "c", Agent: "l"})
	s.wait("POST /bridges/b/addChannel", 1)
	s.x.scheduler.wait()
	s.toldNothing()
}

// A caller who is out of the bridge already is where they should be. What is played
// waits until they are out. The talk is asked for while what is played is
// being ended: Asterisk lets it wait.
func TestHoldAndReturn(t *testing.T) {
	t.Parallel()
	s := newScripted(t)
	s.answer("POST /bridges/b/removeChannel", 422, `{"message":"Channel not in this bridge"}`)
	joined := make(chan struct{})
	s.set("POST /bridges/b/addChannel", func(http.ResponseWriter, *http.Request) { close(joined) })
	s.set("DELETE /playbacks/p1", func(_ http.ResponseWriter, r *http.Request) {
		s.until(joined, r, "the talk waited for it")
	})
	phrase := []queue.Phrase{{ID: "x"}}
	s.do(queue.Part{Bridge: "b", Caller: "c"}, queue.Play{Channel: "c", ID: "p1", Phrases: phrase},
		queue.StopPlay{Channel: "c", ID: "p1"}, queue.Join{Bridge: "b", Caller: "c"},
		queue.Announce{Bridge: "b", Caller: "c", ID: "p2", Phrases: phrase})
	s.wait("POST /bridges/b/play/p2", 1)
	s.x.scheduler.wait()
	stop := slices.Index(s.asked, "DELETE /playbacks/p1")
	if stop < slices.Index(s.asked, "POST /channels/c/play/p1") {
		t.Errorf("asked to end what had not begun: %v", s.asked)
	}
	want := []string{
		"POST /bridges/b/removeChannel", "POST /channels/c/play/p1", "POST /bridges/b/addChannel", "POST /bridges/b/play/p2",
	}
	others := slices.Delete(s.asked, stop, stop+1)
	if got := others[len(others)-len(want):]; !slices.Equal(got, want) {
		t.Errorf("asked for %v, want %v", got, want)
	}
	s.toldNothing()
}

// The bridge is gone when its caller should be in it again: what lives is read.
func TestReturnTooLate(t *testing.T) {
	t.Parallel()
	s := newScripted(t)
	s.answer("POST /bridges/b/addChannel", 500, "{}")
	s.do(queue.Join{Bridge: "b", Caller: "c"})
	next[queue.Synced](s)
}

// While the exchange is read a leg is being made: it is told as living, and
// no end is told that did not happen.
func TestReadingAmongActions(t *testing.T) {
	t.Parallel()
	s := newScripted(t)
	made := make(chan struct{})
	s.set("POST /channels/create", func(_ http.ResponseWriter, r *http.Request) {
		s.until(made, r, "the leg was given up")
	})
	s.do(queue.Dial{Channel: "l", Endpoint: "Local/1"})
	s.wait("POST /channels/create", 1)
	s.do(queue.Resync{})
	synced := next[queue.Synced](s)
	if !slices.Equal(synced.Channels, []queue.LiveChannel{{ID: "l"}}) {
		t.Errorf("%+v", synced.Channels)
	}
	close(made)
	s.send(map[string]any{"type": "ChannelStateChange", "channel": map[string]any{"id": "l", "state": "Up"}})
	next[queue.LegAnswered](s)
}

// Events that came while the exchange was read are told before it, once: what
// was read may be older than they are.
func TestEventsWhileReading(t *testing.T) {
	t.Parallel()
	s := newScripted(t)
	channel := map[string]any{"id": "c", "state": "Ring", "dialplan": map[string]any{"exten": "100", "app_name": "Stasis", "app_data": "kezek"}}
	s.set("GET /endpoints", func(w http.ResponseWriter, _ *http.Request) {
		s.send(map[string]any{"type": "StasisStart", "channel": channel})
		s.send(map[string]any{"type": "ChannelDtmfReceived", "digit": "1", "channel": channel, "timestamp": "2026-11-21T23:04:27.077+0000"})
		fmt.Fprint(w, "[]")
	})
	s.answer("GET /applications/kezek", 200, `{"channel_ids":["c"]}`)
	raw, err := json.Marshal([]any{channel})
	if err != nil {
		t.Fatal(err)
	}
	s.answer("GET /channels", 200, string(raw))
	s.do(queue.Resync{})
	if call := next[queue.CallArrived](s); call.Channel != "c" {
		t.Error(call)
	}
	if key := next[queue.KeyPressed](s); key.Channel != "c" {
		t.Error(key)
	}
	if synced := next[queue.Synced](s); len(synced.Channels) != 1 || synced.Channels[0].Inbound == nil {
		t.Errorf("%+v", synced.Channels)
	}
}

// A busy Asterisk answers requests while its events wait: a leg that was
// declined is declined, not lost, and a caller who went is not there any more.
func TestEventsComeLate(t *testing.T) {
	t.Parallel()
	s := newScripted(t)
	caller := map[string]any{"id": "c", "state": "Up", "dialplan": map[string]any{"exten": "100", "app_name": "Stasis", "app_data": "kezek"}}
	s.send(map[string]any{"type": "StasisStart", "channel": caller})
	next[queue.CallArrived](s)
	s.do(queue.Dial{Channel: "l", Endpoint: "Local/1"})
	s.wait("POST /channels/l/dial", 1)
	raw, err := json.Marshal([]any{caller})
	if err != nil {
		t.Fatal(err)
	}
	s.answer("GET /applications/kezek", 200, `{"channel_ids":["c"]}`) // it goes after this, the leg went before
	s.answer("GET /channels", 200, string(raw))
	s.set("POST /events/user/kezek-read-1", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	s.do(queue.Resync{})
	s.wait("POST /events/user/kezek-read-1", 1)
	s.send(map[string]any{"type": "ChannelDestroyed", "cause": 21, "channel": map[string]any{"id": "l", "state": "Down"}})
	s.send(map[string]any{"type": "StasisEnd", "channel": caller})
	s.send(map[string]any{"type": "ChannelUserevent", "eventname": "kezek-read-1"})
	if got := next[queue.ChannelGone](s); got != (queue.ChannelGone{Channel: "l", Cause: queue.CauseDeclined}) {
		t.Error(got)
	}
	if got := next[queue.ChannelGone](s); got.Channel != "c" {
		t.Error(got)
	}
	if synced := next[queue.Synced](s); len(synced.Channels) != 0 {
		t.Errorf("%+v", synced.Channels)
	}
}

// A phone that a reload of the config brought changes while it is read: what is told of it last counts.
func TestNewPhoneWhileReading(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ read, told string }{{"offline", "online"}, {"online", "offline"}} {
		t.Run(c.told, func(t *testing.T) {
			t.Parallel()
			s := newScripted(t)
			s.set("GET /endpoints", func(w http.ResponseWriter, _ *http.Request) {
				fmt.Fprintf(w, `[{"technology":"PJSIP","resource":"1","state":%q}]`, c.read)
				s.send(map[string]any{"type": "EndpointStateChange", "endpoint": map[string]any{"technology": "PJSIP", "resource": "1", "state": c.told}})
			})
			s.x.Watch([]string{"PJSIP/1"})
			want := queue.PhoneChanged{Endpoint: "PJSIP/1", Reachable: c.told == "online"}
			if want.Reachable { // until it is known it counts as one that cannot be reached
				if got := next[queue.PhoneChanged](s); got != want {
					t.Error(got)
				}
			}
			if synced := next[queue.Synced](s); !slices.Equal(synced.Phones, []queue.PhoneChanged{want}) {
				t.Errorf("%+v, want %+v", synced.Phones, want)
			}
		})
	}
}

// What is no event harms nothing.
func TestGarbageOnTheSocket(t *testing.T) {
	t.Parallel()
	s := newScripted(t)
	s.send(nil)
	s.send(map[string]any{"type": 5})
	s.send(map[string]any{"type": "Unheard"})
	s.send(map[string]any{"type": "StasisStart", "channel": "c"})
	s.send(map[string]any{"type": "StasisStart", "channel": map[string]any{"id": "c"}})
	next[queue.CallArrived](s)
}

// A socket with more than any event is closed, not read into memory.
func TestHugeEvent(t *testing.T) {
	t.Parallel()
	s := newScripted(t)
	_ = s.write(map[string]any{"type": strings.Repeat("x", largestEvent)}) // it may be closed in the middle
	next[queue.ExchangeDown](s)
	next[queue.Synced](s)
}
