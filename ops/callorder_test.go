package ops

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"kezek/queue"
)

// sends sends an order and gives status and detail.
func (s *site) sends(t *testing.T, method, path, token, body string) (int, string) {
	t.Helper()
	w := s.do(method, path, token, body)
	if w.Code >= 400 {
		return w.Code, decoded[Problem](t, w.Body).Detail
	}
	return w.Code, w.Body.String()
}

// told are the entries of a kind that were told, as the API shows them.
func (s *site) told(kind queue.EntryKind) (all []Event) {
	for _, l := range s.shelf.lines {
		if l.Entry.Kind == kind {
			all = append(all, newEvent(l.Entry))
		}
	}
	return all
}

// A supervisor moves a caller who waits, and ends calls; both are recorded with the name and the reason. A viewer may not.
func TestOrdersAboutCalls(t *testing.T) {
	s := busy(t) // c1 talks to 1001, c2 rings at 1012, c3 waits in repair, c4 in sales
	for _, tt := range []struct {
		method, path, token, body string
		status                    int
		says                      string
	}{
		{"DELETE", "/api/v1/calls/c1", "seeing", `{"reason":"x"}`, 403, "needs the role supervisor"},
		{"DELETE", "/api/v1/calls/c1", "steering", "", 422, "a reason is required"},
		{"DELETE", "/api/v1/calls/none?reason=x", "steering", "", 404, `call: "none" is not on the line`},
		{"PUT", "/api/v1/calls/c1/queue", "steering", `{"queue":"repair","reason":"x"}`, 409, "who talks, is on hold"},
		{"PUT", "/api/v1/calls/c4/queue", "steering", `{"queue":"nowhere","reason":"x"}`, 422, `queue: "nowhere" is not allowed: want one of repair, sales`},
		{"PUT", "/api/v1/calls/c4/queue", "steering", `{"queue":"sales","reason":"x"}`, 409, "waits in that queue already"},
		{"PUT", "/api/v1/calls/c4/queue", "seeing", `{"queue":"repair","reason":"x"}`, 403, "needs the role supervisor"},
		{"PUT", "/api/v1/calls/c4/queue", "steering", `{"queue":"repair","reason":"mistaken"}`, 200, `"queue":"repair"`},
		{"DELETE", "/api/v1/calls/c1?reason=prank", "steering", "", 204, ""},
	} {
		if status, says := s.sends(t, tt.method, tt.path, tt.token, tt.body); status != tt.status || !strings.Contains(says, tt.says) {
			t.Errorf("%s %s %s: %d %s, want %d %s", tt.method, tt.path, tt.body, status, says, tt.status, tt.says)
		}
	}
	orders := s.told(queue.EntryCallOrder)
	if len(orders) != 2 || orders[0].Call != "c4" || orders[0].Order != queue.CallOrderMove || orders[0].To != "repair" || orders[0].Reason != "mistaken" || orders[0].By != "aida" ||
		orders[1].Call != "c1" || orders[1].Order != queue.CallOrderEnd || orders[1].Reason != "prank" || orders[1].By != "aida" {
		t.Errorf("orders: %+v", orders)
	}
	if c := get[Call](t, s, "/api/v1/calls/c1"); c.State != queue.CallEnding {
		t.Errorf("the call is %s", c.State)
	}
}

// A callback is given to another agent or due earlier, never later.
func TestMoveCallback(t *testing.T) {
	s := busy(t)
	s.do("POST", "/api/v1/callbacks", "steering", `{"number":"+996555123456","queue":"sales"}`)
	cb := get[items[Callback]](t, s, "/api/v1/callbacks").Items[0]
	path := "/api/v1/callbacks/" + cb.ID
	due := func(d time.Duration) string { return cb.DueAt.Add(d).Format(time.RFC3339) }
	for _, tt := range []struct {
		body   string
		status int
		says   string
	}{
		{`{"reason":"x"}`, 422, "due, agent: missing"},
		{`{"agent":"9999","reason":"x"}`, 422, `agent: "9999" is no agent of the config`},
		{`{"agent":"1012"}`, 422, "a reason is required"},
		{`{"due":"` + due(time.Minute) + `","reason":"x"}`, 409, "later than was promised"},
		{`{"due":"` + due(-time.Hour) + `","reason":"x"}`, 422, "later than now"},
		{`{"due":"` + due(-5*time.Minute) + `","agent":"1012","reason":"leaves early"}`, 200, `"owner":"1012"`},
	} {
		if status, says := s.sends(t, http.MethodPut, path, "steering", tt.body); status != tt.status || !strings.Contains(says, tt.says) {
			t.Errorf("%s: %d %s, want %d %s", tt.body, status, says, tt.status, tt.says)
		}
	}
	if is := get[Callback](t, s, path); !is.DueAt.Equal(cb.DueAt.Add(-5 * time.Minute).Truncate(time.Second)) {
		t.Errorf("due at %v, was %v", is.DueAt, cb.DueAt)
	}
	moved := s.told(queue.EntryCallbackMoved)
	if len(moved) != 1 || moved[0].By != "aida" || moved[0].To != "1012" || moved[0].Reason != "leaves early" {
		t.Errorf("moved: %+v", moved)
	}
}

// A supervisor's phone is rung to listen. What is refused is said.
func TestListenByOrder(t *testing.T) {
	s := busy(t)
	s.change(func(r *queue.Rules) {
		r.Agents["1020"] = &queue.AgentRules{ID: "1020", Endpoint: "PJSIP/1020", Languages: []queue.Language{"ru"}, Supervisor: true, Speech: "ru"}
	})
	s.happen(queue.PhoneChanged{Endpoint: "PJSIP/1020", Reachable: true})
	const path = "/api/v1/calls/c1/listeners"
	for _, tt := range []struct {
		path, body string
		status     int
		says       string
	}{
		{path, `{"mode":"shout","phone":"1020"}`, 422, `mode: "shout" is not allowed: want one of listen, whisper, join`},
		{path, `{"mode":"listen","phone":"1012"}`, 409, "may not listen"},
		{path, `{"mode":"listen","phone":"7777"}`, 409, "no phone of the config"},
		{"/api/v1/calls/c2/listeners", `{"mode":"listen","phone":"1020"}`, 409, "no talk to listen to"},
		{path, `{"mode":"whisper","phone":"1020"}`, 204, ""},
	} {
		if status, says := s.sends(t, http.MethodPost, tt.path, "steering", tt.body); status != tt.status || !strings.Contains(says, tt.says) {
			t.Errorf("%s: %d %s, want %d %s", tt.body, status, says, tt.status, tt.says)
		}
	}
	var leg string
	for _, a := range s.state.Agents() {
		if a.ID == "1020" {
			leg = a.Monitor.Channel
		}
	}
	s.happen(queue.LegAnswered{Channel: leg})
	if m := get[Agent](t, s, "/api/v1/agents/1020").Monitors; m == nil || m.Call != "c1" || m.Mode != queue.MonitorWhisper || m.Agent != "1001" {
		t.Errorf("listens: %+v", m)
	}
	if orders := s.told(queue.EntryCallOrder); len(orders) != 1 || orders[0].By != "aida" || orders[0].To != "1020" {
		t.Errorf("orders: %+v", orders)
	}
}
