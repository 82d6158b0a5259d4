package ops

import (
	"encoding/json"
	"net/http"
	"reflect"
	"strings"
	"testing"
)

// Every body that an order may have.
func orders() []any {
	return []any{&StatusOrder{}, &PenaltyOrder{}, &CallbackOrder{}, &CancelOrder{}, &NoticeOrder{}}
}

func TestBodiesAreReadStrictly(t *testing.T) {
	for _, tt := range []struct{ body, says string }{
		{`null`, "the body: want an object, not null"},
		{`[]`, "the body: want an object, not a list"},
		{`"on"`, "the body: want an object, not a string"},
		{``, "the body is empty"},
		{` `, "the body is empty"},
		{`{"For":60}`, `"For": unknown field; allowed: for, phrase, queues, until`},
		{`{"FOR":60}`, `"FOR": unknown field`},
		{`{"ſor":60}`, `"ſor": unknown field`}, // which folds to s
		{`{"for":60,"for":3600}`, "for: is given twice"},
		{`{"for":60,"f\u006fr":3600}`, "for: is given twice"},
		{`{"queues":["sales"],"queues":[]}`, "queues: is given twice"},
		{`{"for":null}`, "for: want a number, not null"},
		{`{"until":null}`, "until: want a time, not null"},
		{`{"queues":null}`, "queues: want a list, not null"},
		{`{"queues":[null]}`, "queues[0]: want a string, not null"},
		{`{"queues":["sales",["repair"]]}`, "queues[1]: want a string, not a list"},
		{`{"queues":{"sales":true}}`, "queues: want a list, not an object"},
		{`{"phrase":5}`, "phrase: want a string, not a number"},
		{`{"for":true}`, "for: want a number, not true or false"},
		{`{"for":1e999}`, "for: 1e999 is not allowed: want a number"},
		{`{"until":5}`, "until: want a time, not a number"},
		{`{"for":0}`, "for: 0 is not allowed"},
		{`{"for":-0.0}`, "for: -0.0 is not allowed"},
		{`{"until":"0001-01-01T00:00:00Z"}`, `until: invalid time "0001-01-01T00:00:00Z"`},
		{`{"queues":[]}`, "queues: is empty: name one at least"},
		{`{"until":""}`, `until: invalid time ""`},
		{`{"until":"2026-03-02"}`, `until: invalid time "2026-03-02"`},
		{`{"for":60} {}`, "nothing after it"},
		{`{"for":60}x`, "nothing after it"},
		{`{"for":60`, "unexpected end"},
		{`{"for":60,}`, "the body is not JSON"},
		{"{\"phrase\":\"\xff\"}", "not UTF-8"},
		{`{"":1}`, `"": unknown field`},
	} {
		err := unmarshal([]byte(tt.body), &NoticeOrder{})
		if err == nil || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: %v, want %q", tt.body, err, tt.says)
		}
	}
	var order NoticeOrder
	if err := unmarshal([]byte(` {"queues":["sales"],"phrase":"x","until":"2026-03-02T18:00:00+06:00","for":1.5} `), &order); err != nil || order.For != 1.5 || order.Queues[0] != "sales" {
		t.Errorf("what is right: %+v, %v", order, err)
	}
	if err := unmarshal([]byte(`{}`), &order); err != nil {
		t.Errorf("nothing said: %v", err)
	}
}

// What passes is read as encoding/json reads it, each key that is there exactly is one of
// the struct, and no error speaks of Go.
func FuzzUnmarshal(f *testing.F) {
	for _, seed := range []string{
		`{"status":"waiting","reason":"x"}`, `{"queue":"sales","penalty":0}`, `{"number":"1","queue":"sales","note":"\u0000"}`, `{"queues":["a"],"until":"2026-03-02T18:00:00Z","for":1}`,
		`null`, `{"Reason":""}`, `{"reason":"a","reason":"b"}`, `{"for":1e999}`, `{"until":"0000-00-00T00:00:00Z"}`, `{"queues":[[[[`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, order := range orders() {
			err := unmarshal(data, order)
			if err != nil {
				for _, word := range []string{"json:", "strconv", "ops.", "Time.", "float64", "interface"} {
					if strings.Contains(strings.ReplaceAll(err.Error(), string(data), ""), word) && !strings.Contains(string(data), word) {
						t.Errorf("%q: the error has %q: %v", data, word, err)
					}
				}
				continue
			}
			var raw map[string]json.RawMessage
			if json.Unmarshal(data, &raw) != nil || raw == nil {
				t.Fatalf("%q is taken", data)
			}
			typ := reflect.TypeOf(order).Elem()
			for key, value := range raw {
				known := false
				for i := range typ.NumField() {
					name, _, _ := strings.Cut(typ.Field(i).Tag.Get("json"), ",")
					known = known || name == key
				}
				if !known || string(value) == "null" {
					t.Errorf("%q is taken with %s: %s", data, key, value)
				}
			}
			again := reflect.New(typ).Interface()
			if err := json.Unmarshal(data, again); err != nil || !reflect.DeepEqual(again, order) {
				t.Errorf("%q: %+v, encoding/json has %+v, %v", data, order, again, err)
			}
		}
	})
}

// No route takes a query that it does not know, one that is given twice, or a body that it
// has no use for. The routes and what they know are those of the description.
func TestWhatIsNotKnownIsRefusedEverywhere(t *testing.T) {
	doc := description(t)
	for path, methods := range doc["paths"].(node) {
		for method, op := range methods.(node) {
			s := newSite(t)
			at := strings.NewReplacer("{id}", "1001", "{day}", "2026-03-02", "{queue}", "sales").Replace(path)
			method = strings.ToUpper(method)
			ask := func(query, body string) (int, string) {
				w := s.do(method, at+query, "ruling", body)
				return w.Code, w.Body.String()
			}
			refused := func(query, body, says string) {
				t.Helper()
				if code, answer := ask(query, body); code != http.StatusUnprocessableEntity && code != http.StatusBadRequest || !strings.Contains(answer, says) {
					t.Errorf("%s %s%s %s: %d %.200s, want a refusal with %q", method, path, query, body, code, answer, says)
				}
			}
			refused("?bogus=1", "", "bogus")
			refused("?bogus", "", "bogus")
			refused("?a;b=1", "", "the query cannot be read")
			refused("?%zz", "", "the query cannot be read")
			parameters, _ := op.(node)["parameters"].([]any)
			for _, p := range parameters {
				p, _ := p.(node)
				name, _ := p["name"].(string)
				if p["in"] != "query" {
					continue
				}
				refused("?"+strings.ToUpper(name)+"=x", "", strings.ToUpper(name))
				refused("?"+name+"=", "", name+": ")
				if p["schema"].(node)["type"] != "array" {
					refused("?"+name+"=1&"+name+"=2", "", name+": is given 2 times")
				}
			}
			if op.(node)["requestBody"] == nil {
				refused("", "{}", "body is not allowed")
			} else {
				refused("", "null", "not null")
			}
		}
	}
	s := newSite(t)
	for _, path := range []string{"/", "/history", "/wall", "/web/live.js", "/web/style.css"} {
		if w := s.do("GET", path+"?bogus=1", "", ""); w.Code != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
	// A body of unknown length is a body.
	r, _ := http.NewRequest("DELETE", serve(t, s)+"/api/v1/notice", struct{ *strings.Reader }{strings.NewReader(`{"queues":["sales"]}`)})
	r.Header.Set("Authorization", "Bearer ruling")
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusBadRequest {
		t.Errorf("a body of unknown length, where it would mean all queues: %s", response.Status)
	}
}

// A reason stands in one place.
func TestOneReason(t *testing.T) {
	s := newSite(t)
	if w := s.do("DELETE", "/api/v1/callbacks/x?reason=a", "steering", `{"reason":"b"}`); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}
