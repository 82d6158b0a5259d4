package ops

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"kezek/queue"
)

func arrive(channel, did, number string) queue.CallArrived {
	return queue.CallArrived{Channel: channel, DID: did, Number: number}
}

// busy is a site with one caller talking, one whose call rings, and two in line.
func busy(t *testing.T) *site {
	s := newSite(t)
	s.happen(
		queue.LogIn{Agent: "1001", Trusted: true},
		queue.LogIn{Agent: "1012", Trusted: true},
		arrive("c1", "+996312900800", "+996555000001"),
	)
	s.happen(queue.LegAnswered{Channel: s.legOf("1001")})
	s.happen(
		arrive("c2", "+996312900801", "+996555000002"),
		arrive("c3", "+996312900801", ""),
		arrive("c4", "+996312900800", "+996555000004"),
	)
	return s
}

func (s *site) legOf(agent string) string {
	for _, a := range s.state.Agents() {
		if a.ID == agent {
			return a.Leg
		}
	}
	return ""
}

func TestLists(t *testing.T) {
	s := busy(t)
	s.at = s.at.Add(30 * time.Second)

	at := func(seconds int) *time.Time { u := start.Add(time.Duration(seconds) * time.Second); return &u }
	wantAgents := []Agent{{
		ID: "1001", Name: "Оператор 1001", Status: queue.StatusOnCall, Since: at(5), Languages: []queue.Language{"ru"},
		Queues: []string{"sales"}, Penalties: []Penalty{{Queue: "sales"}}, Call: set("c1"), Owes: []string{}, LoggedIn: at(2), Endpoint: "PJSIP/1001", Reachable: true, Calls: 1,
	}, {
		ID: "1012", Name: "Оператор 1012", Status: queue.StatusRinging, Since: at(6), Languages: []queue.Language{"ru", "ky"},
		Queues: []string{"sales", "repair"}, Penalties: []Penalty{{Queue: "sales"}, {Queue: "repair"}}, Call: set("c2"), Owes: []string{}, LoggedIn: at(3), Endpoint: "PJSIP/1012", Reachable: true,
	}}
	if diff := cmp.Diff(wantAgents, get[items[Agent]](t, s, "/api/v1/agents").Items); diff != "" {
		t.Errorf("agents (-want +got):\n%s", diff)
	}

	wantCalls := []Call{{
		ID: "c1", Number: "+996555000001", Queue: "sales", Language: set(queue.Language("ru")), State: queue.CallTalking,
		Agent: set("1001"), Flags: []string{}, OfferedTo: []string{}, Since: at(5), Arrived: at(4), Waited: 1,
		Visits: []Visit{{"sales", "ru", *at(4), 1, 1, 0, "", queue.VisitEndAnswered, "1001", true}},
		Talks:  []Talked{{"1001", "sales", "ru", *at(5), 33, "", ""}},
	}, {
		ID: "c2", Number: "+996555000002", Queue: "repair", Language: set(queue.Language("ky")), State: queue.CallOffered,
		Flags: []string{}, OfferedTo: []string{"1012"}, Since: at(6), Arrived: at(6), Position: set(1), Waited: 32,
		Visits: []Visit{{"repair", "ky", *at(6), 32, 1, 0, "", "", "", false}}, Talks: []Talked{},
	}, {
		ID: "c3", Queue: "repair", Language: set(queue.Language("ky")), State: queue.CallWaiting,
		Flags: []string{}, OfferedTo: []string{}, Since: at(7), Arrived: at(7), Position: set(2), Waited: 31,
		Visits: []Visit{{"repair", "ky", *at(7), 31, 2, 0, "", "", "", false}}, Talks: []Talked{},
	}, {
		ID: "c4", Number: "+996555000004", Queue: "sales", Language: set(queue.Language("ru")), State: queue.CallWaiting,
		Flags: []string{}, OfferedTo: []string{}, Since: at(8), Arrived: at(8), Position: set(1), Waited: 30,
		Visits: []Visit{{"sales", "ru", *at(8), 30, 1, 0, "", "", "", false}}, Talks: []Talked{},
	}}
	calls := get[items[Call]](t, s, "/api/v1/calls").Items
	if diff := cmp.Diff(wantCalls, calls); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}

	within := ServiceLevel{Within: 20, Target: 80}
	percent := within
	percent.Percent, percent.Judged, percent.Recent, percent.RecentJudged = set(100.0), 1, set(100.0), 1
	wantQueues := []Queue{{
		Name: "repair", Title: "", DID: []string{"+996312900801"}, Waiting: map[queue.Language]int{"ky": 2, "ru": 0}, LongestWait: 32,
		Agents: map[queue.Status]int{queue.StatusRinging: 1}, ServiceLevel: within,
	}, {
		Name: "sales", Title: "Отдел продаж", DID: []string{"+996312900800"}, Waiting: map[queue.Language]int{"ky": 0, "ru": 1}, LongestWait: 30,
		Agents: map[queue.Status]int{queue.StatusOnCall: 1, queue.StatusRinging: 1}, AnsweredToday: 1, ServiceLevel: percent,
	}}
	if diff := cmp.Diff(wantQueues, get[items[Queue]](t, s, "/api/v1/queues").Items); diff != "" {
		t.Errorf("queues (-want +got):\n%s", diff)
	}

	if got := get[Agent](t, s, "/api/v1/agents/1012"); got.ID != "1012" {
		t.Errorf("agent by id: %+v", got)
	}
	if got := get[Call](t, s, "/api/v1/calls/c3"); got.ID != "c3" {
		t.Errorf("call by id: %+v", got)
	}
	if got := get[Queue](t, s, "/api/v1/queues/sales"); got.Name != "sales" {
		t.Errorf("queue by name: %+v", got)
	}
	if w := s.do("GET", "/api/v1/calls/c9", "seeing", ""); w.Code != http.StatusNotFound {
		t.Errorf("a call that is not there: %d %s", w.Code, w.Body)
	}
}

// A result is shown in the call, with the agent after it, and in the metrics.
func TestResult(t *testing.T) {
	s := busy(t)
	s.metrics.Expect(s.state.Rules())
	s.happen(queue.KeyPressed{Channel: s.legOf("1001"), Key: '#'}, queue.KeyPressed{Channel: s.legOf("1001"), Key: '1'})
	if got := get[Call](t, s, "/api/v1/calls/c1").Result; got == nil || *got != "contract" {
		t.Errorf("the call has the result %v", got)
	}
	s.happen(queue.ChannelGone{Channel: "c1", Cause: queue.CauseNormal})
	a := get[Agent](t, s, "/api/v1/agents/1001")
	want := &Talk{Call: "c1", Queue: "sales", Number: "+996555000001", Result: set("contract")}
	if diff := cmp.Diff(want, a.Last); diff != "" || a.WrapUpUntil == nil || !a.WrapUpUntil.Equal(s.at.Add(time.Minute)) {
		t.Errorf("after the call until %v (-want +got):\n%s", a.WrapUpUntil, diff)
	}
	metrics := s.do("GET", "/metrics", "seeing", "").Body.String()
	for _, line := range []string{`kezek_call_results_total{queue="sales",result="contract"} 1`, `kezek_call_results_total{queue="repair",result="repaired"} 0`} {
		if !strings.Contains(metrics, line+"\n") {
			t.Errorf("the metrics lack %s", line)
		}
	}
	if unwanted := `queue="sales",result="repaired"`; strings.Contains(metrics, unwanted) {
		t.Errorf("the metrics have %s", unwanted)
	}
}

// A rating is in the call's record, with its agent, and in the metrics.
func TestRating(t *testing.T) {
	s := newSite(t)
	s.state.Rules().Queues["sales"].Rating.Ask = true
	s.metrics.Expect(s.state.Rules())
	s.happen(queue.LogIn{Agent: "1001", Trusted: true})
	for i, rated := range []byte("542") {
		id := "c" + string(rated)
		s.happen(arrive(id, "+996312900800", "+996555000001"))
		s.happen(queue.LegAnswered{Channel: s.legOf("1001")}, queue.ChannelGone{Channel: s.legOf("1001"), Cause: queue.CauseNormal})
		for range 2 { // the closing phrase and the question
			s.happen(queue.PlayEnded{Channel: id, Playback: s.state.Calls()[0].Playing})
		}
		s.happen(queue.KeyPressed{Channel: id, Key: rated})
		if got := get[Call](t, s, "/api/v1/calls/"+id).Rating; got == nil || *got != int(rated-'0') {
			t.Errorf("the call has the rating %v", got)
		}
		s.happen(queue.ChannelGone{Channel: id, Cause: queue.CauseNormal}, queue.SetStatus{Agent: "1001", Status: queue.StatusReady})
		if got := get[Agent](t, s, "/api/v1/agents/1001").Ratings; got.Count != i+1 || got.Mean == nil || *got.Mean != []float64{5, 4.5, 3.67}[i] {
			t.Errorf("after %c the agent has %+v", rated, got)
		}
	}
	metrics := s.do("GET", "/metrics", "seeing", "").Body.String()
	for _, line := range []string{
		`kezek_ratings_total{queue="sales",rating="4"} 1`, `kezek_ratings_total{queue="sales",rating="1"} 0`, `kezek_agent_rating{agent="1001"} 3.6666666666666665`,
	} {
		if !strings.Contains(metrics, line+"\n") {
			t.Errorf("the metrics lack %s", line)
		}
	}
}

// A parked caller is shown with the slot, who has parked them, and since when.
func TestParked(t *testing.T) {
	s := busy(t)
	s.change(func(r *queue.Rules) { r.Parking = queue.DefaultParking() })
	leg := s.legOf("1001")
	s.happen(queue.KeyPressed{Channel: leg, Key: '*'}, queue.KeyPressed{Channel: leg, Key: '2'}, queue.KeyPressed{Channel: leg, Key: '4'})
	since := s.at
	s.at = s.at.Add(30 * time.Second)
	got := get[Call](t, s, "/api/v1/calls/c1")
	want := &Hold{Since: since, By: queue.HeldByParking, Agent: "1001", Length: 30, ActAt: since.Add(90 * time.Second), Slot: set(1)}
	if diff := cmp.Diff(want, got.Hold); diff != "" || got.State != queue.CallParked || got.Agent != nil {
		t.Errorf("the caller is %s with agent %v (-want +got):\n%s", got.State, got.Agent, diff)
	}
}

// Flags of numbers are listed, and taken off by a supervisor for a reason.
func TestNumbers(t *testing.T) {
	s := busy(t)
	if got := get[items[Number]](t, s, "/api/v1/numbers").Items; got == nil || len(got) > 0 {
		t.Errorf("flagged from the start: %v", got)
	}
	s.happen(queue.KeyPressed{Channel: s.legOf("1001"), Key: '*'}, queue.KeyPressed{Channel: s.legOf("1001"), Key: '5'})
	want := []Number{{Number: "+996555000001", Flag: "rude", Agent: "1001", At: s.at, Until: s.at.Add(time.Hour)}}
	if diff := cmp.Diff(want, get[items[Number]](t, s, "/api/v1/numbers").Items); diff != "" {
		t.Errorf("flagged (-want +got):\n%s", diff)
	}
	if got := get[Call](t, s, "/api/v1/calls/c1").Flags; len(got) != 1 {
		t.Errorf("the call has the flags %v", got)
	}
	const path = "/api/v1/numbers/+996555000001"
	for _, tt := range []struct {
		path, token, body string
		status            int
		refusal           queue.Refusal
	}{
		{path, "seeing", `{"reason":"x"}`, 403, ""},
		{path, "steering", ``, 422, queue.RefusalReasonMissing},
		{path, "steering", `{"reason":"a\nb"}`, 422, ""},
		{"/api/v1/numbers/+996555000002", "steering", `{"reason":"x"}`, 404, queue.RefusalNotFlagged},
		{path, "steering", `{"reason":"apologized"}`, 204, ""},
		{path + "?reason=again", "steering", ``, 404, queue.RefusalNotFlagged},
	} {
		w := s.do("DELETE", tt.path, tt.token, tt.body)
		if w.Code != tt.status || tt.refusal != "" && decoded[Problem](t, w.Body).Refusal != tt.refusal {
			t.Errorf("%s %s: %d %s, want %d %s", tt.path, tt.body, w.Code, w.Body, tt.status, tt.refusal)
		}
	}
	if got := get[Call](t, s, "/api/v1/calls/c1").Flags; len(got) > 0 {
		t.Errorf("the call still has the flags %v", got)
	}
}

// What was counted yesterday says nothing about today.
func TestServiceLevelIsOfToday(t *testing.T) {
	s := busy(t)
	s.at = s.at.Add(24 * time.Hour)
	if got := get[Queue](t, s, "/api/v1/queues/sales"); got.AnsweredToday != 0 || got.ServiceLevel.Percent != nil {
		t.Errorf("a day later: %+v", got)
	}
}

func TestPercentInTime(t *testing.T) {
	for _, tt := range []struct {
		line queue.Line
		want *float64
	}{
		{queue.Line{}, nil},
		{queue.Line{Abandoned: 2, AbandonedInTime: 2}, nil},
		{queue.Line{Answered: 3, AnsweredInTime: 2}, set(66.7)},
		{queue.Line{Answered: 2, AnsweredInTime: 2, Abandoned: 3, AbandonedInTime: 1}, set(50.0)},
	} {
		if diff := cmp.Diff(tt.want, percentInTime(&tt.line)); diff != "" {
			t.Errorf("%+v (-want +got):\n%s", tt.line, diff)
		}
	}
}

func TestSetStatus(t *testing.T) {
	s := newSite(t)
	s.happen(queue.LogIn{Agent: "1001", Trusted: true})
	const path = "/api/v1/agents/1001/status"

	w := s.do("PUT", path, "steering", `{"status":"coffee","reason":"перерыв"}`)
	if got := decoded[Agent](t, w.Body); w.Code != http.StatusOK || got.Status != "coffee" {
		t.Fatalf("%d %+v", w.Code, got)
	}
	w = s.do("PUT", path, "ruling", `{"status":"offline"}`)
	if got := decoded[Agent](t, w.Body); w.Code != http.StatusOK || got.Status != queue.StatusOffline || got.LoggedIn != nil {
		t.Fatalf("%d %+v", w.Code, got)
	}
	for _, tt := range []struct {
		name, path, body string
		status           int
		refusal          queue.Refusal
	}{
		{"not logged in", path, `{"status":"coffee"}`, 409, queue.RefusalNotLoggedIn},
		{"log-out of somebody not logged in", path, `{"status":"offline"}`, 409, queue.RefusalNotLoggedIn},
		{"unknown agent", "/api/v1/agents/9999/status", `{"status":"coffee"}`, 404, queue.RefusalUnknownAgent},
		{"no status", path, `{}`, 422, ""},
		{"not JSON", path, `status=coffee`, 400, ""},
		{"nothing", path, ``, 400, ""},
		{"unknown field", path, `{"status":"coffee","why":"x"}`, 400, ""},
		{"two objects", path, `{"status":"coffee"}{"status":"waiting"}`, 400, ""},
		{"a long reason", path, `{"status":"coffee","reason":"` + strings.Repeat("ж", 201) + `"}`, 422, ""},
		{"a reason of two lines", path, `{"status":"coffee","reason":"a\nb"}`, 422, ""},
		{"a large body", path, `{"status":"` + strings.Repeat("x", maxBody) + `"}`, 413, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := s.do("PUT", tt.path, "steering", tt.body)
			p := decoded[Problem](t, w.Body)
			if w.Code != tt.status || p.Status != tt.status || p.Refusal != tt.refusal || p.Detail == "" {
				t.Errorf("%d %+v, want %d %q", w.Code, p, tt.status, tt.refusal)
			}
			if got := w.Header().Get("Content-Type"); got != "application/problem+json" {
				t.Errorf("content type %q", got)
			}
		})
	}

	w = s.do("PUT", path, "steering", `{"status":"dancing"}`)
	if p := decoded[Problem](t, w.Body); w.Code != 422 || p.Detail != `status: "dancing" is not allowed: want one of waiting, offline, coffee` {
		t.Errorf("unknown status: %d %+v", w.Code, p)
	}

	s.away = errAway
	s.health.Exchange = false
	w = s.do("PUT", path, "steering", `{"status":"waiting"}`)
	if p := decoded[Problem](t, w.Body); w.Code != 503 || !strings.Contains(p.Detail, "Asterisk is not connected") {
		t.Errorf("not in charge: %d %+v", w.Code, p)
	}
	if w = s.do("GET", "/api/v1/agents", "seeing", ""); w.Code != 503 || w.Header().Get("Retry-After") == "" {
		t.Errorf("not in charge: %d %s", w.Code, w.Body)
	}
}

// During a call a status waits for its end, and the API says so.
func TestStatusAfterTheCall(t *testing.T) {
	s := busy(t)
	w := s.do("PUT", "/api/v1/agents/1001/status", "steering", `{"status":"coffee"}`)
	if got := decoded[Agent](t, w.Body); w.Code != 200 || got.Status != queue.StatusOnCall || got.After == nil || *got.After != "coffee" {
		t.Errorf("%d %+v", w.Code, got)
	}
}

// The notice is switched by supervisors, and shown with its queue.
func TestNotice(t *testing.T) {
	s := busy(t)
	const path = "/api/v1/notice"
	notice := func() *Notice { return get[Queue](t, s, "/api/v1/queues/sales").Notice }
	for _, tt := range []struct {
		method, path, token, body string
		status                    int
		refusal                   queue.Refusal
	}{
		{"PUT", path, "seeing", `{}`, 403, ""},
		{"PUT", path, "steering", `{"queues":["sales","none"]}`, 422, ""},
		{"DELETE", path + "?queue=none", "steering", ``, 422, ""},
		{"PUT", path, "steering", `{"phrase":"welcome"}`, 422, ""},
		{"PUT", path, "steering", `{"for":"ten"}`, 400, ""},
		{"PUT", path, "steering", `{"until":"tonight"}`, 400, ""},
		{"PUT", path, "steering", `{"for":-1}`, 422, queue.RefusalWrongTime},
		{"PUT", path, "steering", `{"for":1e-300}`, 422, queue.RefusalWrongTime},
		{"PUT", path, "steering", `{"for":1e300}`, 422, queue.RefusalWrongTime},
		{"PUT", path, "steering", `{"until":"2020-01-01T00:00:00Z"}`, 422, queue.RefusalWrongTime},
		{"PUT", path, "steering", `{"until":"2020-01-01T00:00:00Z","for":1}`, 422, ""},
		{"DELETE", path, "steering", ``, 409, queue.RefusalNoNotice},
		{"PUT", path, "steering", `{"queues":["sales"],"for":600}`, 204, ""},
		{"DELETE", path + "?queues=repair", "steering", ``, 422, ""}, // which would be all
		{"DELETE", path + "?queue=%zz", "steering", ``, 422, ""},
		{"DELETE", path + "?queue=repair", "steering", ``, 409, queue.RefusalNoNotice},
	} {
		w := s.do(tt.method, tt.path, tt.token, tt.body)
		if w.Code != tt.status || tt.refusal != "" && decoded[Problem](t, w.Body).Refusal != tt.refusal {
			t.Errorf("%s %s %s: %d %s, want %d %s", tt.method, tt.path, tt.body, w.Code, w.Body, tt.status, tt.refusal)
		}
	}
	for body, says := range map[string]string{
		`{"for":"ten"}`:       "for: want a number, not a string",
		`{"until":"tonight"}`: `until: invalid time "tonight": want RFC 3339, such as`,
	} {
		if p := decoded[Problem](t, s.do("PUT", path, "steering", body).Body); !strings.Contains(p.Detail, says) {
			t.Errorf("%s: %q, want %q", body, p.Detail, says)
		}
	}
	want := &Notice{Phrase: "maintenance", Since: s.at, Until: s.at.Add(10 * time.Minute), By: "aida"}
	if diff := cmp.Diff(want, notice()); diff != "" {
		t.Errorf("notice (-want +got):\n%s", diff)
	}
	if w := s.do("DELETE", path+"?queue=sales", "steering", ""); w.Code != 204 || notice() != nil {
		t.Errorf("%d, and it is %+v", w.Code, notice())
	}
}

// A supervisor sets an agent's penalty in a queue, or takes it back; it is shown with who set it.
func TestSetPenalty(t *testing.T) {
	s := newSite(t)
	const path = "/api/v1/agents/1001/penalty"
	w := s.do("PUT", path, "steering", `{"queue":"sales","penalty":5,"reason":"учится"}`)
	got := decoded[Agent](t, w.Body)
	if w.Code != http.StatusOK || len(got.Penalties) == 0 {
		t.Fatalf("%d %+v", w.Code, got)
	}
	if p := got.Penalties[0]; p.Queue != "sales" || p.Penalty != 5 || p.Config != 0 || p.By == nil || p.Since == nil {
		t.Errorf("set: %+v", p)
	}
	w = s.do("PUT", path, "steering", `{"queue":"sales"}`)
	if p := decoded[Agent](t, w.Body).Penalties[0]; w.Code != http.StatusOK || p != (Penalty{Queue: "sales"}) {
		t.Errorf("taken back: %d %+v", w.Code, p)
	}
	for _, tt := range []struct {
		path, body string
		status     int
		refusal    queue.Refusal
	}{
		{"/api/v1/agents/9999/penalty", `{"queue":"sales","penalty":5}`, 404, queue.RefusalUnknownAgent},
		{path, `{"queue":"nowhere","penalty":5}`, 422, queue.RefusalUnknownQueue},
		{path, `{"queue":"sales","penalty":-1}`, 422, queue.RefusalWrongPenalty},
		{path, `{"queue":"sales","penalty":100000}`, 422, queue.RefusalWrongPenalty},
		{path, `{"queue":"sales","penalty":1e99}`, 400, ""},
		{path, `{"queue":"sales","penalty":0.5}`, 400, ""},
		{path, `{"queue":"sales","penalty":null}`, 400, ""},
		{path, `{"queue":"sales","penalty":"5"}`, 400, ""},
		{path, `{"queue":"sales","penalty":5,"reason":"a\nb"}`, 422, ""},
		{path, `{}`, 422, queue.RefusalUnknownQueue},
	} {
		w := s.do("PUT", tt.path, "steering", tt.body)
		if p := decoded[Problem](t, w.Body); w.Code != tt.status || p.Refusal != tt.refusal {
			t.Errorf("%s: %d %+v, want %d %q", tt.body, w.Code, p, tt.status, tt.refusal)
		}
	}
	if w := s.do("PUT", path, "seeing", `{"queue":"sales","penalty":5}`); w.Code != http.StatusForbidden {
		t.Errorf("a viewer: %d", w.Code)
	}
}
