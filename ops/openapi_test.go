package ops

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"

	"kezek/queue"
)

// node is a part of the description.
type node = map[string]any

func description(t *testing.T) node {
	t.Helper()
	body, err := assets.ReadFile("openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var doc node
	if err := yaml.Unmarshal(body, &doc); err != nil {
		t.Fatal(err)
	}
	return doc
}

// at walks down by keys; a $ref on the way is followed.
func at(doc node, n any, keys ...string) any {
	for {
		if m, ok := n.(node); ok {
			if ref, ok := m["$ref"].(string); ok {
				n = at(doc, doc, strings.Split(strings.TrimPrefix(ref, "#/"), "/")...)
				continue
			}
		}
		if len(keys) == 0 {
			return n
		}
		m, ok := n.(node)
		if !ok {
			return nil
		}
		n, keys = m[keys[0]], keys[1:]
	}
}

// Every route is described, with the errors that it may answer, and nothing else is.
func TestDescriptionHasEveryRoute(t *testing.T) {
	doc := description(t)
	described := map[string]node{}
	for path, methods := range doc["paths"].(node) {
		for method, op := range methods.(node) {
			described[strings.ToUpper(method)+" "+path] = op.(node)
		}
	}
	s := newSite(t)
	var routes []string
	for _, r := range s.routes(NewMetrics("test")) {
		if r.asset {
			continue // the page for people
		}
		name := r.method + " " + r.path
		routes = append(routes, name)
		responses, _ := described[name]["responses"].(node)
		for status, may := range map[string]bool{
			"400": true, "421": true, "422": true, "429": r.role > anyone, "413": r.body,
			"401": r.role > anyone, "403": r.role > anyone || r.path == "/auth/callback", "404": strings.Contains(r.path, "{id}") || r.path == "/api/v1/alarms",
		} {
			if _, said := responses[status]; said != may {
				t.Errorf("%s: %s is described: %v, want %v", name, status, said, may)
			}
		}
		if _, body := described[name]["requestBody"]; body != r.body {
			t.Errorf("%s: a body is described: %v, want %v", name, body, r.body)
		}
		var once, often []string
		parameters, _ := described[name]["parameters"].([]any)
		for _, p := range parameters {
			switch p := at(doc, p).(node); {
			case p["in"] != "query":
			case at(doc, p, "schema", "type") == "array":
				often = append(often, p["name"].(string))
			default:
				once = append(once, p["name"].(string))
			}
		}
		if diff := cmp.Diff([][]string{r.query, r.often}, [][]string{once, often}); diff != "" {
			t.Errorf("%s, query (-server +described):\n%s", name, diff)
		}
		if _, open := described[name]["security"]; open != (r.role == anyone) {
			t.Errorf("%s: described as open: %v, want %v", name, open, r.role == anyone)
		}
	}
	slices.Sort(routes)
	if diff := cmp.Diff(routes, slices.Sorted(maps.Keys(described))); diff != "" {
		t.Errorf("routes (-server +described):\n%s", diff)
	}
}

// Every field of what goes over the wire is described with its type, and nothing else is.
func TestDescriptionHasEveryField(t *testing.T) {
	doc := description(t)
	schemas := at(doc, doc, "components", "schemas").(node)
	types := map[string]reflect.Type{}
	for _, v := range []any{Me{}, Target{}, Session{}, Agent{}, Call{}, Callback{}, queue.Attempt{}, queue.Refuser{}, Queue{}, ServiceLevel{}, Event{}, Hold{}, Holds{}, HoldEnded{}, Offered{}, Transfer{}, Monitor{}, Monitored{}, Recording{}, Recorded{}, Retention{}, Ratings{}, Talk{}, Visit{}, Talked{}, Number{}, Notice{}, NoticeOrder{}, Timesheet{}, Correction{}, CorrectionOrder{}, ReportInfo{}, ReportColumn{},
		Status{}, StatusOrder{}, LostEvents{}, NumberData{}, Remembered{}, Kept{}, KeptRows{}, ErasureOrder{}, Erasure{}, ErasedRows{}, RecordingLeft{}, Penalty{}, PenaltyOrder{}, Why{}, WhyAgent{}, WhyReason{}, queue.PenaltyChange{}, CallbackOrder{}, CancelOrder{}, MoveOrder{}, ListenOrder{}, Alarm{}, Acknowledged{}, CallbackMoveOrder{}, Readiness{}, Problem{}} {
		types[reflect.TypeOf(v).Name()] = reflect.TypeOf(v)
	}
	if diff := cmp.Diff(slices.Sorted(maps.Keys(types)), slices.Sorted(maps.Keys(schemas))); diff != "" {
		t.Errorf("schemas (-server +described):\n%s", diff)
	}
	for name, typ := range types {
		want, required := map[string]string{}, []string{}
		for i := range typ.NumField() {
			f := typ.Field(i)
			tag, omit, _ := strings.Cut(f.Tag.Get("json"), ",")
			want[tag] = jsonType(f.Type)
			if f.Type.Kind() == reflect.Pointer && strings.HasSuffix(name, "Order") {
				want[tag] = jsonType(f.Type.Elem()) // it is left out, never null
			}
			if omit == "" && !(name == "StatusOrder" && tag == "reason") {
				required = append(required, tag)
			}
		}
		schema := schemas[name].(node)
		got := map[string]string{}
		for field, s := range schema["properties"].(node) {
			got[field] = fmt.Sprint(at(doc, s).(node)["type"])
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-server +described):\n%s", name, diff)
		}
		said := []string{}
		for _, r := range schema["required"].([]any) {
			said = append(said, r.(string))
		}
		if diff := cmp.Diff(required, said); diff != "" {
			t.Errorf("%s, required (-server +described):\n%s", name, diff)
		}
	}
}

func jsonType(t reflect.Type) string {
	switch {
	case t == reflect.TypeFor[time.Time]():
		return "string"
	case t == reflect.TypeFor[*struct{}]():
		return "null"
	case t.Kind() == reflect.Pointer:
		return fmt.Sprintf("[%s null]", jsonType(t.Elem()))
	}
	return map[reflect.Kind]string{
		reflect.String: "string", reflect.Int: "integer", reflect.Float64: "number", reflect.Bool: "boolean",
		reflect.Slice: "array", reflect.Map: "object", reflect.Struct: "object",
	}[t.Kind()]
}

// What the server really answers is as described: status, content type and body.
func TestAnswersAreAsDescribed(t *testing.T) {
	doc := description(t)
	s := busy(t)
	check := func(method, path, place, token, body string) {
		t.Helper()
		w := s.do(method, path, token, body)
		response := at(doc, doc["paths"], place, strings.ToLower(method), "responses", fmt.Sprint(w.Code))
		if response == nil {
			t.Errorf("%s %s: answers %d, which is not described", method, path, w.Code)
			return
		}
		if w.Code == http.StatusNoContent && w.Body.Len() == 0 && at(doc, response, "content") == nil {
			return
		}
		contentType, _, _ := strings.Cut(w.Header().Get("Content-Type"), ";")
		media := at(doc, response, "content", contentType)
		if media == nil {
			t.Errorf("%s %s: %d as %q, which is not described", method, path, w.Code, contentType)
			return
		}
		if !strings.HasSuffix(contentType, "json") {
			return
		}
		var answer any
		if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil {
			t.Fatal(err)
		}
		if wrong := mismatch(doc, media.(node)["schema"], answer, "body"); wrong != "" {
			t.Errorf("%s %s: %s", method, path, wrong)
		}
	}
	for _, path := range []string{"/healthz", "/readyz", "/metrics", "/api/v1/me", "/api/v1/sessions", "/api/v1/agents", "/api/v1/calls", "/api/v1/queues", "/api/v1/statuses"} {
		check("GET", path, path, "seeing", "")
		check("GET", path, path, "", "")
	}
	check("GET", "/api/v1/openapi.yaml", "/api/v1/openapi.yaml", "", "")
	check("GET", "/api/v1/events", "/api/v1/events", "", "")
	for kind, id := range map[string]string{"agents": "1001", "calls": "c1", "queues": "sales"} {
		place := "/api/v1/" + kind + "/{id}"
		check("GET", "/api/v1/"+kind+"/"+id, place, "seeing", "")
		check("GET", "/api/v1/"+kind+"/nobody", place, "seeing", "")
		check("GET", "/api/v1/"+kind+"/nobody", place, "", "")
	}
	const why = "/api/v1/calls/{id}/why"
	check("GET", "/api/v1/calls/c1/why", why, "seeing", "")
	check("GET", "/api/v1/calls/c2/why?words=ru", why, "seeing", "")
	check("GET", "/api/v1/calls/c2/why?words=de", why, "seeing", "")
	check("GET", "/api/v1/calls/nobody/why", why, "seeing", "")
	const sheets = "/api/v1/timesheets"
	check("GET", sheets, sheets, "seeing", "")
	check("GET", sheets+"?agent=1001", sheets, "seeing", "")
	check("GET", sheets+"?day=yesterday", sheets, "seeing", "")
	check("GET", sheets, sheets, "", "")
	check("GET", sheets+"?dya=2026-03-02", sheets, "seeing", "")
	check("GET", sheets, sheets, "seeing", "{}")
	const file = "/api/v1/recordings/{day}/{queue}/{id}"
	s.record(t, "2026-03-02/sales/c0-r1", "RIFF")
	check("GET", "/api/v1/recordings/2026-03-02/sales/c0-r1-caller.wav", file, "steering", "")
	check("GET", "/api/v1/recordings/2026-03-02/sales/c0-r2-caller.wav", file, "steering", "")
	check("GET", "/api/v1/recordings/2026-03-02/sales/c0-r1-caller.wav", file, "seeing", "")
	check("GET", "/api/v1/recordings/2026-03-02/sales/c0-r1-caller.wav", file, "", "")
	const status = "/api/v1/agents/{id}/status"
	check("PUT", "/api/v1/agents/1001/status", status, "steering", `{"status":"coffee"}`)
	check("PUT", "/api/v1/agents/1001/status", status, "steering", `{"status":"dancing"}`)
	check("PUT", "/api/v1/agents/1001/status", status, "steering", `{`)
	check("PUT", "/api/v1/agents/1001/status", status, "steering", `{"status":"`+strings.Repeat("x", maxBody)+`"}`)
	check("PUT", "/api/v1/agents/1001/status", status, "seeing", `{"status":"coffee"}`)
	check("PUT", "/api/v1/agents/9999/status", status, "steering", `{"status":"coffee"}`)

	const all, each = "/api/v1/callbacks", "/api/v1/callbacks/{id}"
	order := `{"number":"+996555123456","queue":"sales","owner":"1001"}`
	check("POST", all, all, "steering", order)
	check("POST", all, all, "steering", order)
	check("GET", all, all, "seeing", "")
	check("GET", all, all, "", "")
	id := "/" + s.state.Callbacks()[0].ID
	check("GET", all+id, each, "seeing", "")
	check("GET", all+"/none", each, "seeing", "")
	check("GET", all+id, each, "", "")
	check("POST", all, all, "seeing", order)
	check("POST", all, all, "steering", `{`)
	check("POST", all, all, "steering", `{"number":"+996555123456"}`)
	check("POST", all, all, "steering", `{"number":"+79001234567","queue":"sales"}`)
	check("POST", all, all, "steering", `{"note":"`+strings.Repeat("x", maxBody)+`"}`)
	check("DELETE", all+id, each, "seeing", "")
	check("DELETE", all+id, each, "steering", "")
	check("DELETE", all+id, each, "steering", `{`)
	check("DELETE", all+id, each, "steering", `{"reason":"`+strings.Repeat("x", maxBody)+`"}`)
	check("DELETE", all+id+"?reason=done", each, "steering", "")
	check("DELETE", all+id+"?reason=done", each, "steering", "")
	s.unsafe = true
	check("POST", all, all, "steering", order)

	s.happen(queue.ChannelGone{Channel: "c1"}, queue.LogOut{Agent: "1001"}, queue.LogOut{Agent: "1012"})
	check("PUT", "/api/v1/agents/1001/status", status, "steering", `{"status":"coffee"}`)
	s.away, s.health = errAway, Health{}
	for _, path := range []string{"/readyz", "/api/v1/agents", "/api/v1/calls", "/api/v1/callbacks", "/api/v1/queues", "/api/v1/statuses", sheets} {
		check("GET", path, path, "seeing", "")
	}
	check("PUT", "/api/v1/agents/1001/status", status, "steering", `{"status":"coffee"}`)
	check("POST", all, all, "steering", order)
	check("DELETE", all+id+"?reason=done", each, "steering", "")
}

// mismatch says where an answer is not what a schema has; "" if it is.
func mismatch(doc node, schema, answer any, where string) string {
	s, _ := at(doc, schema).(node)
	var allowed []any
	switch types := s["type"].(type) {
	case []any:
		allowed = types
	default:
		allowed = []any{types}
	}
	if !slices.ContainsFunc(allowed, func(t any) bool { return isOf(t.(string), answer) }) {
		return fmt.Sprintf("%s is %v, want %v", where, answer, allowed)
	}
	if enum, ok := s["enum"].([]any); ok && !slices.Contains(enum, answer) {
		return fmt.Sprintf("%s is %v, want one of %v", where, answer, enum)
	}
	switch answer := answer.(type) {
	case []any:
		for i, item := range answer {
			if wrong := mismatch(doc, s["items"], item, fmt.Sprintf("%s[%d]", where, i)); wrong != "" {
				return wrong
			}
		}
	case node:
		properties, _ := s["properties"].(node)
		for field, value := range answer {
			of := properties[field]
			if of == nil {
				of = s["additionalProperties"]
			}
			if of == nil {
				return fmt.Sprintf("%s.%s is not described", where, field)
			}
			if wrong := mismatch(doc, of, value, where+"."+field); wrong != "" {
				return wrong
			}
		}
		required, _ := s["required"].([]any)
		for _, field := range required {
			if _, ok := answer[field.(string)]; !ok {
				return fmt.Sprintf("%s.%s is missing", where, field)
			}
		}
	}
	return ""
}

func isOf(t string, answer any) bool {
	switch answer := answer.(type) {
	case nil:
		return t == "null"
	case string:
		return t == "string"
	case bool:
		return t == "boolean"
	case float64:
		return t == "number" || t == "integer" && answer == float64(int64(answer))
	case []any:
		return t == "array"
	}
	return t == "object"
}

// The page never makes markup of what it shows, and needs nothing from elsewhere.
func TestPageIsPlain(t *testing.T) {
	s := newSite(t)
	for _, path := range []string{"/", "/history", "/wall", "/web/live.js", "/web/style.css"} {
		w := s.do(http.MethodGet, path, "", "")
		body := w.Body.String()
		if w.Code != 200 || len(body) < 100 {
			t.Errorf("%s: %d, %d bytes", path, w.Code, len(body))
		}
		for _, word := range []string{"innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "http://", "https://", "<style", "style=", "onclick"} {
			if strings.Contains(body, word) {
				t.Errorf("%s has %q", path, word)
			}
		}
	}
}

// Each closed set of the rules is described whole where the API shows it.
func TestDescriptionHasEverySet(t *testing.T) {
	doc := description(t)
	for place, want := range map[string][]string{
		"Call state": texts(queue.CallStates), "Hold by": texts(queue.HeldBys), "HoldEnded by": texts(queue.HeldBys), "HoldEnded end": texts(queue.HoldEnds),
		"Monitor mode": texts(queue.MonitorModes), "Monitored mode": texts(queue.MonitorModes), "Transfer way": texts(queue.Ways),
		// A cause if the third party was not reached, a refusal if it may not be called.
		"Transfer end":   slices.Concat(texts(queue.TransferEnds), texts(queue.Causes), texts(queue.Refusals)),
		"Callback class": texts(queue.CallbackClasses), "CallbackOrder class": texts(queue.CallbackClasses), "Callback state": texts(queue.CallbackStates),
		"Callback outcome": texts(queue.CallbackOutcomes), "Attempt cause": texts(queue.Causes), "Problem refusal": texts(queue.Refusals),
		"Why summary": texts(queue.ReasonCodes), "WhyReason code": texts(queue.ReasonCodes), "Why state": texts(queue.CallStates), "WhyReason cause": texts(queue.Causes),
		"Visit end": texts(queue.VisitEnds), "Visit back": texts(queue.Causes),
		"Event kind": texts(queue.EntryKinds), "Event class": texts(queue.CallbackClasses), "Event outcome": texts(queue.Outcomes),
		"Event callback_outcome": texts(queue.CallbackOutcomes), "Event cause": texts(queue.Causes),
		"Event visit_end": texts(queue.VisitEnds), "Event talk_end": texts(queue.TalkEnds), "Event held_by": texts(queue.HeldBys), "Event hold_end": texts(queue.HoldEnds), "Event then": texts(queue.HoldThens), "Event holding": texts(queue.HoldTurns),
		"Event mode": texts(queue.MonitorModes), "Event order": texts(queue.CallOrders), "ListenOrder mode": texts(queue.MonitorModes), "Alarm severity": texts(queue.Severities), "Alarm kind": texts(queue.EntryKinds), "Event shift_end": texts(queue.ShiftEnds), "Event phone_change": texts(queue.PhoneChanges),
		"Event violation": texts(queue.ViolationKinds), "Event refusal": texts(queue.Refusals),
	} {
		schema, field, _ := strings.Cut(place, " ")
		said, _ := at(doc, doc, "components", "schemas", schema, "properties", field, "enum").([]any)
		var got []string
		for _, value := range said {
			if value != nil { // not set
				got = append(got, value.(string))
			}
		}
		slices.Sort(got)
		slices.Sort(want)
		want = slices.Compact(want) // a third party's end may be in several sets
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-rules +described):\n%s", place, diff)
		}
	}
}

func texts[T ~string](set []T) (all []string) {
	for _, value := range set {
		all = append(all, string(value))
	}
	return all
}

// An event tells each field of the journal's entry, by the same name.
func TestEventHasEveryFieldOfAnEntry(t *testing.T) {
	details := queue.Details{Arrived: start, Due: start, Until: start, Begin: start, Queues: make([]string, 1), Languages: make([]queue.Language, 1), Penalty: queue.PenaltyChange{Is: 1}, Visits: make([]queue.Visit, 1), Talks: make([]queue.Talked, 1), Holds: make([]queue.Hold, 1), Recorded: make([]queue.Recorded, 1), Monitored: make([]queue.Monitored, 1), Transfers: make([]queue.Transfer, 1), Offers: make([]queue.Offered, 1)}
	e := queue.Entry{
		At:      start,
		Details: &details,
	}
	want := []string{"detail"}
	for _, part := range []any{&e, &details} {
		for f, v := range reflect.ValueOf(part).Elem().Fields() {
			switch v.Kind() {
			case reflect.String:
				v.SetString("x")
			case reflect.Int, reflect.Int64:
				v.SetInt(int64(time.Second))
			case reflect.Bool:
				v.SetBool(true)
			}
			if tag, _, _ := strings.Cut(f.Tag.Get("json"), ","); tag != "-" {
				want = append(want, tag)
			}
		}
	}
	body, err := json.Marshal(newEvent(e))
	if err != nil {
		t.Fatal(err)
	}
	var event node
	if err := json.Unmarshal(body, &event); err != nil {
		t.Fatal(err)
	}
	slices.Sort(want)
	if diff := cmp.Diff(want, slices.Sorted(maps.Keys(event))); diff != "" {
		t.Errorf("fields (-entry +event):\n%s", diff)
	}
}
