package ops

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"kezek/queue"
)

// shared is a site with calls, callbacks and agents of two queues, and people who have a role in one of them.
func shared(t *testing.T) *site {
	t.Helper()
	s := newSite(t)
	s.change(func(r *queue.Rules) {
		other := *r.Agents["1012"]
		other.ID, other.Endpoint, other.Queues, other.Order = "1020", "PJSIP/1020", []queue.Membership{{Queue: "repair"}}, 2
		r.Agents["1020"] = &other
		r.Agents["1012"].Queues = []queue.Membership{{Queue: "sales"}}
	})
	s.happen(
		queue.PhoneChanged{Endpoint: "PJSIP/1020", Reachable: true},
		queue.LogIn{Agent: "1001", Trusted: true},
		queue.LogIn{Agent: "1020", Trusted: true},
		arrive("c1", "+996312900800", "+996555000001"),
		arrive("c2", "+996312900801", "+996555000002"),
	)
	s.SetTokens([]Token{
		{Secret: "seeing", Role: Viewer, Name: "board"}, {Secret: "steering", Role: Supervisor, Name: "aida"}, {Secret: "ruling", Role: Admin},
		{Secret: "selling", Role: Supervisor, Name: "dina", Queues: []string{"sales"}},
		{Secret: "looking", Role: Viewer, Name: "nurlan", Queues: []string{"sales"}},
		{Secret: "hanging", Role: Wall, Name: "tv", Queues: []string{"sales"}},
		{Secret: "hanging everywhere", Role: Wall, Name: "hall"},
	})
	s.Server.reports, s.data = &books{alarms: []Alarm{
		{ID: "1000-1", At: start, Kind: queue.EntryCallbackBreached, Queue: "sales"}, {ID: "1000-2", At: start, Kind: queue.EntryCallbackBreached, Queue: "repair"},
		{ID: "1000-3", At: start, Kind: queue.EntryTrunkDown}, {ID: "1000-4", At: start, Kind: queue.EntryAgentUnwell, Agent: "1020"},
	}}, cabinet{}
	for _, q := range []string{"sales", "repair"} {
		number := map[string]string{"sales": "+996555000101", "repair": "+996555000102"}[q]
		if w := s.do("POST", "/api/v1/callbacks", "steering", `{"number":"`+number+`","queue":"`+q+`"}`); w.Code != http.StatusCreated {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
	}
	return s
}

// callbackOf is the open callback of a queue.
func (s *site) callbackOf(queue string) string {
	for _, cb := range s.state.Callbacks() {
		if cb.Queue == queue {
			return cb.ID
		}
	}
	return ""
}

// Whoever has a role in one queue sees and steers what belongs to it, and is told why the rest is refused.
func TestRolesGoByQueue(t *testing.T) {
	s := shared(t)
	today := s.at.In(testRules().Location).Format(time.DateOnly)
	ours, theirs := "/api/v1/callbacks/"+s.callbackOf("sales"), "/api/v1/callbacks/"+s.callbackOf("repair")
	s.record(t, "2026-03-02/sales/x-r1", "RIFF")
	s.record(t, "2026-03-02/repair/x-r1", "RIFF")
	for _, tt := range []struct {
		method, path, token, body string
		want                      int
		words                     string
	}{
		{"GET", "/api/v1/agents/1001", "looking", "", 200, ""},
		{"GET", "/api/v1/agents/1020", "looking", "", 403, "sales"},
		{"GET", "/api/v1/agents/9999", "looking", "", 404, ""},
		{"GET", "/api/v1/calls/c1", "looking", "", 200, ""},
		{"GET", "/api/v1/calls/c2", "looking", "", 403, "sales"},
		{"GET", "/api/v1/queues/sales", "looking", "", 200, ""},
		{"GET", "/api/v1/queues/repair", "looking", "", 403, "sales"},
		{"GET", ours, "looking", "", 200, ""},
		{"GET", theirs, "looking", "", 403, "repair"},
		{"GET", "/api/v1/timesheets?agent=1001", "looking", "", 200, ""},
		{"GET", "/api/v1/timesheets?agent=1020", "looking", "", 403, "repair"},
		{"GET", "/metrics", "looking", "", 403, "all queues"},
		{"GET", "/readyz", "looking", "", 200, ""},

		{"PUT", "/api/v1/agents/1001/status", "looking", `{"status":"coffee"}`, 403, "needs the role supervisor"},
		{"PUT", "/api/v1/agents/1001/status", "selling", `{"status":"coffee"}`, 200, ""},
		{"PUT", "/api/v1/agents/1020/status", "selling", `{"status":"coffee"}`, 403, `the agent "1020" belongs to repair; the token has the role supervisor only in sales`},
		{"PUT", "/api/v1/agents/9999/status", "selling", `{"status":"coffee"}`, 403, "no queue of yours"},
		{"PUT", "/api/v1/agents/1001/penalty", "selling", `{"queue":"sales","penalty":3}`, 200, ""},
		{"PUT", "/api/v1/agents/1020/penalty", "selling", `{"queue":"repair","penalty":3}`, 403, "repair"},
		{"POST", "/api/v1/callbacks", "selling", `{"number":"+996555000103","queue":"sales"}`, 201, ""},
		{"POST", "/api/v1/callbacks", "selling", `{"number":"+996555000103","queue":"repair"}`, 403, "repair"},
		{"POST", "/api/v1/callbacks", "selling", `{"number":"+996555000102","queue":"sales"}`, 403, "has a callback already"},
		{"DELETE", theirs + "?reason=x", "selling", "", 403, "repair"},
		{"DELETE", ours + "?reason=x", "selling", "", 204, ""},
		{"PUT", "/api/v1/timesheets/1020/" + today, "selling", `{"paid":28800,"reason":"x"}`, 403, "repair"},
		{"PUT", "/api/v1/timesheets/1001/" + today, "selling", `{"paid":28800,"reason":"x"}`, 200, ""},
		{"DELETE", "/api/v1/timesheets/1020/" + today + "?reason=x", "selling", "", 403, "repair"},
		{"PUT", "/api/v1/notice", "selling", `{"queues":["sales","repair"],"for":60}`, 403, "repair"},
		{"DELETE", "/api/v1/notice?queue=repair", "selling", "", 403, "repair"},
		{"DELETE", "/api/v1/numbers/+996555000002?reason=x", "selling", "", 403, "no queue of yours"},
		{"GET", "/api/v1/numbers/+996555000001", "selling", "", 403, "all queues"},
		{"POST", "/api/v1/erasures", "selling", `{"number":"+996555000001","reason":"x"}`, 403, "admin"},
		{"GET", "/api/v1/recordings/2026-03-02/sales/x-r1-caller.wav", "selling", "", 200, ""},
		{"GET", "/api/v1/recordings/2026-03-02/repair/x-r1-caller.wav", "selling", "", 403, "repair"},
		{"GET", "/api/v1/calls/c1/why", "looking", "", 200, ""},
		{"GET", "/api/v1/calls/c2/why", "looking", "", 403, "repair"},
		{"DELETE", "/api/v1/calls/c2?reason=x", "selling", "", 403, "repair"},
		{"PUT", "/api/v1/calls/c2/queue", "selling", `{"queue":"sales","reason":"x"}`, 403, "repair"},
		{"PUT", "/api/v1/calls/c1/queue", "selling", `{"queue":"repair","reason":"x"}`, 403, "repair"},
		{"POST", "/api/v1/calls/c2/listeners", "selling", `{"mode":"listen","phone":"1001"}`, 403, "repair"},
		{"PUT", theirs, "selling", `{"agent":"1001","reason":"x"}`, 403, "repair"},
		{"PUT", "/api/v1/alarms/1000-2", "selling", "{}", 403, "repair"},
		{"PUT", "/api/v1/alarms/1000-4", "selling", "{}", 403, "no queue of yours"},
		{"PUT", "/api/v1/alarms/1000-1", "selling", "{}", 200, "dina"},
		{"GET", "/api/v1/history/calls/lab-1", "selling", "", 200, ""},
		{"GET", "/api/v1/history/calls/lab-2", "selling", "", 403, "repair"},
		{"GET", "/api/v1/history/calls/lab-2", "looking", "", 403, "supervisor"},

		{"GET", "/api/v1/numbers", "hanging", "", 403, "viewer"},
		{"GET", "/api/v1/timesheets", "hanging", "", 403, "viewer"},
		{"GET", "/api/v1/history", "hanging", "", 403, "viewer"},
		{"GET", "/metrics", "hanging everywhere", "", 403, "viewer"},
		{"GET", "/api/v1/calls/c1", "hanging", "", 200, ""},
	} {
		w := s.do(tt.method, tt.path, tt.token, tt.body)
		if w.Code != tt.want || !strings.Contains(w.Body.String(), strings.ReplaceAll(tt.words, `"`, `\"`)) {
			t.Errorf("%s %s by %s: %d %s, want %d %q", tt.method, tt.path, tt.token, w.Code, w.Body, tt.want, tt.words)
		}
	}
}

// Lists have what belongs to the queues of the one who asks.
func TestListsGoByQueue(t *testing.T) {
	s := shared(t)
	for _, token := range []string{"looking", "selling"} {
		var got []string
		for _, a := range decoded[items[Alarm]](t, s.do("GET", "/api/v1/alarms", token, "").Body).Items {
			got = append(got, a.ID)
		}
		if !slices.Equal(got, []string{"1000-1", "1000-3"}) {
			t.Errorf("alarms of %s: %v", token, got)
		}
	}
	for _, token := range []string{"looking", "selling", "hanging"} {
		for path, want := range map[string][]string{
			"agents": {"1001", "1012"}, "calls": {"c1"}, "queues": {"sales"}, "callbacks": {s.callbackOf("sales")}, "callbacks?limit=1": {s.callbackOf("sales")},
		} {
			w := s.do("GET", "/api/v1/"+path, token, "")
			var got []string
			for _, item := range decoded[items[node]](t, w.Body).Items {
				id, _ := item["id"].(string)
				if path == "queues" {
					id = item["name"].(string)
				}
				got = append(got, id)
			}
			if !slices.Equal(got, want) {
				t.Errorf("%s of %s: %v, want %v", path, token, got, want)
			}
		}
	}
	for _, q := range []string{"sales", "repair"} {
		s.do("DELETE", "/api/v1/callbacks/"+s.callbackOf(q)+"?reason=x", "steering", "")
	}
	over := decoded[items[Callback]](t, s.do("GET", "/api/v1/callbacks?state=over&limit=1", "looking", "").Body).Items
	if len(over) != 1 || over[0].Queue != "sales" {
		t.Errorf("callbacks over: %+v", over)
	}
	if w := s.do("PUT", "/api/v1/notice", "selling", `{"for":60}`); w.Code != http.StatusNoContent {
		t.Errorf("the notice: %d %s", w.Code, w.Body)
	}
	for _, q := range get[items[Queue]](t, s, "/api/v1/queues").Items {
		if (q.Notice != nil) != (q.Name == "sales") {
			t.Errorf("a supervisor of sales has the notice on in all their queues: %s has %+v", q.Name, q.Notice)
		}
	}
}

// Me tells a page what it may show.
func TestMe(t *testing.T) {
	s := shared(t)
	s.SetTokens([]Token{{Secret: "selling", Role: Supervisor, Name: "dina", Queues: []string{"sales"}, Until: start.AddDate(1, 0, 0)}, {Secret: "hanging", Role: Wall}})
	me := decoded[Me](t, s.do("GET", "/api/v1/me", "selling", "").Body)
	if me.Name != "dina" || me.Role != "supervisor" || me.Queues == nil || !slices.Equal(*me.Queues, []string{"sales"}) || !me.Numbers || me.How != "token" ||
		me.Expires == nil || !me.Expires.Equal(start.AddDate(1, 0, 0)) || len(me.Targets) != 1 || me.Targets["sales"].Target != 80 || me.Zone != "+06" || me.Company != "Skynet" {
		t.Errorf("%+v", me)
	}
	me = decoded[Me](t, s.do("GET", "/api/v1/me", "hanging", "").Body)
	if me.Name != "wall" || me.Role != "wall" || me.Queues != nil || me.Numbers || me.Expires != nil || len(me.Roles) != 2 {
		t.Errorf("%+v", me)
	}
}

// A token ends at its time: what comes with it is refused in words, and what it has opened is cut.
func TestTokensEnd(t *testing.T) {
	s := newSite(t)
	s.SetTokens([]Token{{Secret: "guest", Role: Viewer, Name: "guest", Until: start.Add(time.Hour)}})
	s.at = start.Add(time.Hour - time.Second)
	if w := s.do("GET", "/api/v1/queues", "guest", ""); w.Code != http.StatusOK {
		t.Errorf("before its end: %d %s", w.Code, w.Body)
	}
	s.at = start.Add(time.Hour)
	if w := s.do("GET", "/api/v1/queues", "guest", ""); w.Code != http.StatusUnauthorized || !strings.Contains(w.Body.String(), "was valid until 2026-03-02T16:00:00+06:00") {
		t.Errorf("at its end: %d %s", w.Code, w.Body)
	}
	s.at = start
	s.SetTokens([]Token{{Secret: "steering", Role: Viewer, Until: time.Now().Add(300 * time.Millisecond)}})
	events, stop, stopped := listen(t, s)
	if got := events.next(t); got != "event: end\n"+`data: {"reason":"the token has expired"}` {
		t.Errorf("got %s", got)
	}
	stop()
	if err := <-stopped; err != nil {
		t.Error(err)
	}
}

// The event stream tells what belongs to the queues of the one who listens.
func TestEventsGoByQueue(t *testing.T) {
	s := shared(t)
	s.SetTokens([]Token{{Secret: "steering", Role: Viewer, Name: "nurlan", Queues: []string{"sales"}}})
	events, stop, stopped := listen(t, s)
	s.shelf.tell(s.feed,
		queue.Entry{Kind: queue.EntryCallEntered, Queue: "repair", Call: "c7", Number: "+996555000007"},
		queue.Entry{Kind: queue.EntryAgentStatus, Agent: "1020", Status: "coffee"},
		queue.Entry{Kind: queue.EntryCallEntered, Call: "c8", Number: "+996555000008"},
		queue.Entry{Kind: queue.EntryAgentStatus, Agent: "1001", Status: "coffee"},
		queue.Entry{Kind: queue.EntryCallEntered, Queue: "sales", Call: "c9", Number: "+996555000009"},
	)
	for _, want := range []string{`"agent":"1001"`, `"number":"•••009"`} {
		if got := events.next(t); !strings.Contains(got, want) {
			t.Errorf("%s, want %s", got, want)
		}
	}
	stop()
	if err := <-stopped; err != nil {
		t.Error(err)
	}
}
