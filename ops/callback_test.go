package ops

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"kezek/queue"
)

// leg is the channel that an agent or a client of a callback is called on.
func (s *site) legs(id string) (agent, client, whisper, greeting string) {
	for _, cb := range s.state.Callbacks() {
		if cb.ID == id {
			return cb.Leg, cb.Client, cb.Whisper, cb.Greeting
		}
	}
	return "", "", "", ""
}

// book orders a callback and returns its id.
func (s *site) book(t *testing.T, body string) string {
	t.Helper()
	w := s.do("POST", "/api/v1/callbacks", "steering", body)
	if w.Code != http.StatusCreated {
		t.Fatalf("POST %s: %d %s", body, w.Code, w.Body)
	}
	return decoded[Callback](t, w.Body).ID
}

func TestCallbacks(t *testing.T) {
	s := newSite(t)
	s.happen(queue.LogIn{Agent: "1001", Trusted: true}, queue.LogIn{Agent: "1012", Trusted: true}) // 2 s, 3 s
	first := s.book(t, `{"number":"+996 555 000001","queue":"sales","class":"manager","owner":"1001","note":"про тариф"}`)
	second := s.book(t, `{"number":"+996555000002","queue":"repair"}`)

	// 1001 declines the one, the client of the other is busy.
	leg, _, _, _ := s.legs(first)
	s.happen(queue.ChannelGone{Channel: leg, Cause: queue.CauseDeclined}) // 4 s
	leg, _, _, _ = s.legs(second)
	s.happen(queue.LegAnswered{Channel: leg}) // 5 s
	leg, _, whisper, _ := s.legs(second)
	s.happen(queue.PlayEnded{Channel: leg, Playback: whisper}) // 6 s
	_, client, _, _ := s.legs(second)
	s.happen(queue.ChannelGone{Channel: client, Cause: queue.CauseBusy}) // 7 s

	at := func(d time.Duration) time.Time { return start.Add(d) }
	sec := func(n int) time.Duration { return time.Duration(n) * time.Second }
	want := []Callback{{
		ID: first, Number: "+996555000001", Queue: "sales", Language: "ru", Class: queue.ClassManager, State: queue.CallbackOpen, Since: set(at(sec(4))),
		DueAt: at(15*time.Minute + sec(3)), DueIn: 896, Tries: []queue.Attempt{}, Owner: set("1001"),
		Refusers: []queue.Refuser{{Agent: "1001", Times: 1}}, Created: at(sec(3)), Place: at(sec(3)), Origin: "supervisor", Note: "про тариф", By: set("aida"),
	}, {
		ID: second, Number: "+996555000002", Queue: "repair", Language: "ky", Class: queue.ClassInformation, State: queue.CallbackOpen, Since: set(at(sec(7))),
		DueAt: at(30*time.Minute + sec(3)), DueIn: 1796, Attempts: 1, Tries: []queue.Attempt{{At: at(sec(6)), Agent: "1012", Cause: queue.CauseBusy}},
		NextAt: set(at(5*time.Minute + sec(7))), Refusers: []queue.Refuser{}, Created: at(sec(3)), Place: at(sec(3)), Origin: "supervisor", By: set("aida"),
	}}
	got := get[items[Callback]](t, s, "/api/v1/callbacks").Items
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("callbacks (-want +got):\n%s", diff)
	}
	if one := get[Callback](t, s, "/api/v1/callbacks/"+second); !cmp.Equal(one, want[1]) {
		t.Errorf("by id: %+v", one)
	}
	if w := s.do("GET", "/api/v1/callbacks/none", "seeing", ""); w.Code != http.StatusNotFound {
		t.Errorf("one that is not there: %d %s", w.Code, w.Body)
	}

	// The agent who refused it owes it, until it is done; it is late now, and their phone rings.
	s.happen(queue.Tick{})
	s.at = s.at.Add(16 * time.Minute)
	s.happen(queue.Tick{})
	agent := get[Agent](t, s, "/api/v1/agents/1001")
	if !cmp.Equal(agent.Owes, []string{first}) || agent.Callback == nil || *agent.Callback != first || agent.Call != nil {
		t.Errorf("the agent who refused: %+v", agent)
	}
	late := get[Callback](t, s, "/api/v1/callbacks/"+first)
	if !late.Urgent || !late.Warned || !late.Escalated || !late.Breached || late.DueIn >= 0 || late.Agent == nil || *late.Agent != "1001" || late.State != queue.CallbackOffered {
		t.Errorf("after its deadline: %+v", late)
	}

	// They talk: the call tells which promise it keeps.
	leg, _, _, _ = s.legs(first)
	s.happen(queue.LegAnswered{Channel: leg})
	leg, _, whisper, _ = s.legs(first)
	s.happen(queue.PlayEnded{Channel: leg, Playback: whisper})
	_, client, _, _ = s.legs(first)
	s.happen(queue.LegAnswered{Channel: client})
	_, _, _, greeting := s.legs(first)
	s.happen(queue.PlayEnded{Channel: client, Playback: greeting})
	call := get[Call](t, s, "/api/v1/calls/"+client)
	if call.Callback == nil || *call.Callback != first || call.State != queue.CallTalking {
		t.Errorf("the call: %+v", call)
	}
	// A client who is being talked to is not cut off.
	w := s.do("DELETE", "/api/v1/callbacks/"+first+"?reason=x", "steering", "")
	if p := decoded[Problem](t, w.Body); w.Code != http.StatusConflict || p.Refusal != queue.RefusalInCall || !strings.Contains(p.Detail, "on the line") {
		t.Errorf("cancelled while they talk: %d %+v", w.Code, p)
	}
	s.happen(queue.ChannelGone{Channel: client, Cause: queue.CauseNormal})
	if w := s.do("GET", "/api/v1/callbacks/"+first, "seeing", ""); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), `"outcome":"completed"`) {
		t.Errorf("one that is over: %d %s", w.Code, w.Body)
	}
	if agent := get[Agent](t, s, "/api/v1/agents/1001"); len(agent.Owes) > 0 || agent.Callback != nil {
		t.Errorf("the agent afterwards: %+v", agent)
	}
}

func TestBookCallback(t *testing.T) {
	s := newSite(t)
	s.happen(queue.LogIn{Agent: "1001", Trusted: true}, queue.SetStatus{Agent: "1001", Status: "coffee"})
	w := s.do("POST", "/api/v1/callbacks", "steering", `{"number":"+996555000001","queue":"sales","language":"ru","class":"complaint","note":"x"}`)
	cb := decoded[Callback](t, w.Body)
	if w.Code != http.StatusCreated || w.Header().Get("Location") != "/api/v1/callbacks/"+cb.ID || cb.Class != queue.ClassComplaint || cb.State != queue.CallbackOpen || cb.Note != "x" {
		t.Fatalf("%d, location %q, %+v", w.Code, w.Header().Get("Location"), cb)
	}
	// The same number has one callback; the stricter deadline wins.
	s.at = s.at.Add(time.Second)
	w = s.do("POST", "/api/v1/callbacks", "steering", `{"number":"+996555000001","queue":"sales"}`)
	again := decoded[Callback](t, w.Body)
	if w.Code != http.StatusOK || w.Header().Get("Location") != "/api/v1/callbacks/"+cb.ID || again.ID != cb.ID || again.Class != queue.ClassInformation || !again.DueAt.Before(cb.DueAt) {
		t.Errorf("again: %d, %+v", w.Code, again)
	}
	if n := len(get[items[Callback]](t, s, "/api/v1/callbacks").Items); n != 1 {
		t.Errorf("%d callbacks, want 1", n)
	}
}

// Every refusal of the rules is told in words, by a status and by its own word.
func TestBookingsRefused(t *testing.T) {
	s := newSite(t)
	s.change(func(r *queue.Rules) {
		r.Queues["sales"].Callback.MaxOpen = 2
		r.Trunk.PerNumber = 1
		hours, err := queue.ParseHours("Mo-Su 08:00-15:20") // it is 15:00
		if err != nil {
			t.Fatal(err)
		}
		evening := *r.Queues["sales"]
		evening.Name, evening.DID, evening.Hours = "evening", nil, hours
		r.Queues["evening"] = &evening
		r.Agents["1001"].Queues = append(r.Agents["1001"].Queues, queue.Membership{Queue: "evening"})
	})
	s.happen(queue.LogIn{Agent: "1001", Trusted: true})
	dialled := s.book(t, `{"number":"+996555000009","queue":"sales"}`)
	leg, _, _, _ := s.legs(dialled)
	s.happen(queue.LegAnswered{Channel: leg})
	leg, _, whisper, _ := s.legs(dialled)
	s.happen(queue.PlayEnded{Channel: leg, Playback: whisper})
	if w := s.do("DELETE", "/api/v1/callbacks/"+dialled, "steering", `{"reason":"wrong number"}`); w.Code != http.StatusNoContent {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	s.happen(queue.SetStatus{Agent: "1001", Status: "coffee"})

	check := func(name, body string, status int, refusal queue.Refusal, words string) {
		t.Helper()
		w := s.do("POST", "/api/v1/callbacks", "steering", body)
		p := decoded[Problem](t, w.Body)
		if w.Code != status || p.Refusal != refusal || !strings.Contains(p.Detail, words) {
			t.Errorf("%s: %d %+v, want %d %q with %q", name, w.Code, p, status, refusal, words)
		}
		if w.Header().Get("Location") != "" || w.Header().Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s: headers %v", name, w.Header())
		}
		if retry := w.Header().Get("Retry-After"); (retry != "") != (status == 503) {
			t.Errorf("%s: Retry-After %q", name, retry)
		}
	}
	const good = `{"number":"+996555000001","queue":"sales"}`
	with := func(field string) string { return strings.Replace(good, "}", ","+field+"}", 1) }
	check("not JSON", `number=1`, 400, "", "openapi.yaml")
	check("unknown field", with(`"when":"now"`), 400, "", "when")
	check("a number that is none", `{"number":5}`, 400, "", "number: want a string, not a number")
	check("a list", `[]`, 400, "", "the body: want an object, not a list")
	check("a large body", with(`"note":"`+strings.Repeat("x", maxBody)+`"`), 413, "", "larger")
	check("no number", `{"queue":"sales"}`, 422, "", "number: missing")
	check("no queue", `{"number":"+996555000001"}`, 422, "", `queue: "" is not allowed: want one of evening, repair, sales`)
	check("another queue", `{"number":"+996555000001","queue":"moon"}`, 422, "", `"moon"`)
	check("another language", with(`"language":"en"`), 422, "", `language: "en" is not allowed: want one of ky, ru`)
	check("another class", with(`"class":"urgent"`), 422, "", `class: "urgent" is not allowed: want one of information, manager, complaint`)
	check("an empty class", with(`"class":""`), 422, "", "class")
	check("another owner", with(`"owner":"9999"`), 422, "", `owner: "9999" is no agent`)
	check("a long note", with(`"note":"`+strings.Repeat("ж", 201)+`"`), 422, "", "note: want one line")
	check("a note of two lines", with(`"note":"a\nb"`), 422, "", "note: want one line")

	check("a number of another land", `{"number":"+79001234567","queue":"sales"}`, 409, queue.RefusalNumberNotAllowed, "trunk.allow")
	check("called enough", `{"number":"+996555000009","queue":"sales"}`, 409, queue.RefusalNumberLimit, "within an hour")
	check("too near to closing", `{"number":"+996555000001","queue":"evening"}`, 409, queue.RefusalTooNearClosing, "closes")
	check("nobody on shift", `{"number":"+996555000001","queue":"repair"}`, 409, queue.RefusalNobodyOnShift, "logged in")
	s.unsafe = true
	check("not safe", good, 503, queue.RefusalNotSafe, "neither Redis nor the spool")
	s.unsafe = false
	s.book(t, good)
	s.book(t, `{"number":"+996555000002","queue":"sales"}`)
	check("too many", `{"number":"+996555000003","queue":"sales"}`, 409, queue.RefusalTooManyOpen, "too many")
	s.away, s.health.Exchange = errAway, false
	check("not in charge", good, 503, "", "Asterisk is not connected")
}

// What a refusal means is told by its status.
func TestStatusesOfRefusals(t *testing.T) {
	for why, want := range map[queue.Refusal]int{queue.RefusalNumberUnknown: 422, queue.RefusalUnknownQueue: 422, queue.RefusalReasonMissing: 422, queue.RefusalNotSafe: 503, queue.RefusalCallbackOwed: 409} {
		if got := statuses[why.Sort()]; got != want {
			t.Errorf("%s is %d, want %d", why, got, want)
		}
	}
}

// Too little time is said where it is the reason, however few callbacks are open.
func TestTooLittleTime(t *testing.T) {
	s := newSite(t)
	s.change(func(r *queue.Rules) {
		r.Queues["sales"].Callback.Handle, r.Queues["sales"].Callback.Information = 10*time.Minute, 5*time.Minute
	})
	s.happen(queue.LogIn{Agent: "1001", Trusted: true})
	w := s.do("POST", "/api/v1/callbacks", "steering", `{"number":"+996555000001","queue":"sales"}`)
	if p := decoded[Problem](t, w.Body); w.Code != http.StatusConflict || p.Refusal != queue.RefusalTooLittleTime || !strings.Contains(p.Detail, "too little time") {
		t.Errorf("%d %+v", w.Code, p)
	}
}

func TestCancelCallback(t *testing.T) {
	s := newSite(t)
	s.happen(queue.LogIn{Agent: "1001", Trusted: true}, queue.SetStatus{Agent: "1001", Status: "coffee"})
	var id string
	again := func() {
		id = "/api/v1/callbacks/" + s.book(t, fmt.Sprintf(`{"number":"+99655500%04d","queue":"sales"}`, s.at.Unix()%10000))
		s.at = s.at.Add(time.Second)
	}
	l := s.feed.Listen(10)
	reason := func() string {
		for line := range l.Lines {
			if line.Entry.Kind == queue.EntryCallbackEnded {
				return string(line.Entry.CallbackOutcome) + " by " + line.Entry.By + ": " + line.Entry.More().Reason
			}
		}
		return ""
	}
	again()
	for _, tt := range []struct {
		path, body string
		status     int
		words      string
	}{
		{id, "", 422, "reason: missing"},
		{id + "?reason=%20", "", 422, "reason: missing"},
		{id, `{"reason":""}`, 422, "reason: missing"},
		{id, `{"reason":"` + strings.Repeat("x", 201) + `"}`, 422, "one line"},
		{id + "?reason=a%0Ab", "", 422, "one line"},
		{id, `reason`, 400, "openapi.yaml"},
		{id, `{"why":"x"}`, 400, "why"},
		{"/api/v1/callbacks/none?reason=x", "", 404, `callback: "none" is not open`},
		{"/api/v1/callbacks/none", "", 404, `callback: "none" is not open`},
	} {
		w := s.do("DELETE", tt.path, "steering", tt.body)
		if p := decoded[Problem](t, w.Body); w.Code != tt.status || !strings.Contains(p.Detail, tt.words) {
			t.Errorf("%s %s: %d %+v, want %d %q", tt.path, tt.body, w.Code, p, tt.status, tt.words)
		}
	}
	if w := s.do("DELETE", id, "steering", `{"reason":"дозвонился сам"}`); w.Code != http.StatusNoContent || w.Body.Len() > 0 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if got := reason(); got != "cancelled by aida: дозвонился сам" {
		t.Errorf("recorded as %q", got)
	}
	again()
	if w := s.do("DELETE", id+"?reason=by%20mistake", "ruling", ""); w.Code != http.StatusNoContent {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if got := reason(); got != "cancelled by admin: by mistake" {
		t.Errorf("recorded as %q", got)
	}
	again()
	if w := s.do("DELETE", id+"?reason=x", "seeing", ""); w.Code != http.StatusForbidden {
		t.Errorf("by a viewer: %d", w.Code)
	}
	s.away = errAway
	if w := s.do("DELETE", id+"?reason=x", "steering", ""); w.Code != http.StatusServiceUnavailable {
		t.Errorf("not in charge: %d", w.Code)
	}
}

// A supervisor may send an agent away who owes a callback, for a reason; who and why is told.
func TestSendAwayWhoOwes(t *testing.T) {
	s := newSite(t)
	s.happen(queue.LogIn{Agent: "1001", Trusted: true})
	id := s.book(t, `{"number":"+996555000001","queue":"sales"}`)
	leg, _, _, _ := s.legs(id)
	s.happen(queue.ChannelGone{Channel: leg, Cause: queue.CauseDeclined})
	l := s.feed.Listen(10)
	const path = "/api/v1/agents/1001/status"
	if w := s.do("PUT", path, "steering", `{"status":"coffee"}`); w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), "reason: missing") {
		t.Errorf("without a reason: %d %s", w.Code, w.Body)
	}
	if w := s.do("PUT", path, "steering", `{"status":"coffee","reason":"unwell"}`); w.Code != http.StatusOK {
		t.Errorf("with a reason: %d %s", w.Code, w.Body)
	}
	if cb := get[Callback](t, s, "/api/v1/callbacks/"+id); cb.State != queue.CallbackOpen || cb.Owner != nil {
		t.Errorf("the callback is %s, owner %v", cb.State, cb.Owner)
	}
	if w := s.do("PUT", path, "steering", `{"status":"offline"}`); w.Code != http.StatusOK {
		t.Errorf("who owes nothing needs no reason: %d %s", w.Code, w.Body)
	}
	for _, kind := range []queue.EntryKind{queue.EntryRefused, queue.EntryAgentOrder, queue.EntryCallbackMoved, queue.EntryAgentStatus, queue.EntryAgentOrder} {
		e := (<-l.Lines).Entry
		if e.Kind != kind || e.By != "aida" {
			t.Errorf("told %+v, want %s by aida", e, kind)
		}
	}
}

// What is over is listed, the last one first, and found by its id with every attempt.
func TestCallbacksThatAreOver(t *testing.T) {
	s := newSite(t)
	s.happen(queue.LogIn{Agent: "1001", Trusted: true})
	first := s.book(t, `{"number":"+996555000001","queue":"sales"}`)
	leg, _, _, _ := s.legs(first)
	s.happen(queue.LegAnswered{Channel: leg})
	leg, _, whisper, _ := s.legs(first)
	s.happen(queue.PlayEnded{Channel: leg, Playback: whisper})
	_, client, _, _ := s.legs(first)
	s.happen(queue.ChannelGone{Channel: client, Cause: queue.CauseBusy})
	s.do("DELETE", "/api/v1/callbacks/"+first+"?reason=settled", "steering", "")
	s.happen(queue.Tick{})
	second := s.book(t, `{"number":"+996555000002","queue":"sales"}`)
	s.do("DELETE", "/api/v1/callbacks/"+second+"?reason=wrong", "ruling", "")
	open := s.book(t, `{"number":"+996555000003","queue":"sales"}`)

	ids := func(path string) (ids []string) {
		for _, cb := range get[items[Callback]](t, s, path).Items {
			ids = append(ids, cb.ID)
		}
		return ids
	}
	for path, want := range map[string][]string{
		"": {open}, "?state=open": {open}, "?state=open&limit=1": {open},
		"?state=over": {second, first}, "?state=over&limit=1": {second},
	} {
		if got := ids("/api/v1/callbacks" + path); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", path, got, want)
		}
	}
	cb := get[Callback](t, s, "/api/v1/callbacks/"+first)
	if cb.State != queue.CallbackOver || *cb.Outcome != queue.CallbackCancelled || *cb.EndedBy != "aida" || cb.Reason != "settled" || cb.Ended == nil ||
		len(cb.Tries) != 1 || cb.Tries[0].Cause != queue.CauseBusy || cb.DueIn != cb.DueAt.Sub(*cb.Ended).Seconds() {
		t.Errorf("over: %+v", cb)
	}
	for path, words := range map[string]string{
		"?state=done": `state: "done" is not allowed: want one of open, over`, "?state=over&limit=0": `limit: "0" is not allowed: want 1 to 1000`,
		"?limit=1001": "limit", "?limit=x": "limit", "?stat=over": `the query: "stat" is not allowed: want one of state, limit`,
	} {
		if w := s.do("GET", "/api/v1/callbacks"+path, "seeing", ""); w.Code != http.StatusUnprocessableEntity || !strings.Contains(decoded[Problem](t, w.Body).Detail, words) {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
	}
	if w := s.do("DELETE", "/api/v1/callbacks/"+first+"?reason=x", "steering", ""); w.Code != http.StatusNotFound {
		t.Errorf("cancelled again: %d %s", w.Code, w.Body)
	}
	s.lost = errors.New("redis is away")
	for _, path := range []string{"?state=over", "/" + first} {
		if w := s.do("GET", "/api/v1/callbacks"+path, "seeing", ""); w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") == "" {
			t.Errorf("%s without Redis: %d %s", path, w.Code, w.Body)
		}
	}
	if got := ids("/api/v1/callbacks"); !slices.Equal(got, []string{open}) {
		t.Errorf("open ones need no Redis: %v", got)
	}
}

// The stream tells what becomes of a callback, and who did not take it.
func TestEventsOfCallbacks(t *testing.T) {
	s := newSite(t)
	s.happen(queue.LogIn{Agent: "1001", Trusted: true})
	events, _, _ := listen(t, s)
	id := s.book(t, `{"number":"+996555000001","queue":"sales"}`)
	leg, _, _, _ := s.legs(id)
	s.happen(queue.ChannelGone{Channel: leg, Cause: queue.CauseDeclined})
	s.do("DELETE", "/api/v1/callbacks/"+id+"?reason=x", "steering", "")
	about := `"queue":"sales","language":"ru","number":"+996555000001",`
	of := `"callback":"` + id + `","class":"information"`
	want := []string{
		"callback.booked " + `{"at":"2026-03-02T09:00:02Z","kind":"callback.booked",` + about + of + `,"due":"2026-03-02T09:30:02Z","origin":"supervisor","by":"aida"}`,
		"callback.taken " + `{"at":"2026-03-02T09:00:02Z","kind":"callback.taken",` + about + `"agent":"1001","leg":"` + leg + `","phone":"PJSIP/1001",` + of + "}",
		"violation " + `{"at":"2026-03-02T09:00:03Z","kind":"violation",` + about + `"agent":"1001",` + of + `,"violation":"callback_declined","detail":"callback_declined"}`,
		"callback.ended " + `{"at":"2026-03-02T09:00:03Z","kind":"callback.ended",` + about + of + `,"callback_outcome":"cancelled","by":"aida","reason":"x","detail":"x"}`,
	}
	for len(want) > 0 {
		lines := strings.Split(events.next(t), "\n")
		kind := strings.TrimPrefix(lines[1], "event: ")
		if !strings.HasPrefix(kind, "callback.") && kind != "violation" {
			continue
		}
		if got := kind + " " + strings.TrimPrefix(lines[2], "data: "); got != want[0] {
			t.Errorf("got  %s\nwant %s", got, want[0])
		}
		want = want[1:]
	}
}
