package ari

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"kezek/queue"
)

// A recording that ends though nobody ended it is told; Asterisk 22 calls one whose file cannot be opened "done", after 0 s.
func TestRecordingBroke(t *testing.T) {
	for name, test := range map[string]struct{ raw, want string }{
		"the file cannot be opened": {
			`{"type":"RecordingFinished","recording":{"name":"kezek/x-caller","format":"wav","state":"done","target_uri":"channel:c-r1","duration":0}}`,
			"{c-r1 false Asterisk cannot write its file: check its folder of recordings, and Asterisk's log}"},
		"the disk is full": {
			`{"type":"RecordingFinished","recording":{"state":"done","target_uri":"channel:c-r2","duration":7}}`,
			"{c-r2 true it was interrupted: is the disk full?}"},
		"Asterisk says so": {
			`{"type":"RecordingFailed","recording":{"state":"failed","target_uri":"channel:c-r1","cause":"Cannot record\n channel while in bridge"}}`,
			"{c-r1 false Cannot record channel while in bridge}"},
		"somebody else's":     {`{"type":"RecordingFailed","recording":{"target_uri":"channel:other"}}`, "<nil>"},
		"a bridge's":          {`{"type":"RecordingFailed","recording":{"target_uri":"bridge:c-r1"}}`, "<nil>"},
		"one that we end":     {`{"type":"RecordingFinished","recording":{"target_uri":"channel:c-r3","duration":7}}`, "<nil>"},
		"a caller's own":      {`{"type":"RecordingFinished","recording":{"target_uri":"channel:c","duration":7}}`, "<nil>"},
		"nothing is said":     {`{"type":"RecordingFailed"}`, "<nil>"},
		"a length of another": {`{"type":"RecordingFailed","recording":{"target_uri":"channel:c-r1","duration":-1,"cause":""}}`, "{c-r1 false }"},
	} {
		t.Run(name, func(t *testing.T) {
			x := newTracker()
			x.channels["c"] = &channel{}
			x.expect(queue.Record{Channel: "c", In: "c-r1", Out: "c-r2"})
			x.expect(queue.Record{Channel: "c", In: "c-r3", Out: "c-r4"})
			x.expect(queue.Hangup{Channel: "c-r3"})
			ev, err := decode([]byte(test.raw))
			if err != nil {
				t.Fatal(err)
			}
			told := x.translate(ev).told
			if got := fmt.Sprint(told); got != test.want {
				t.Errorf("told %s, want %s", got, test.want)
			}
		})
	}
}

// What Asterisk refuses is told to the rules, and leaves no channel behind; a talk that is over by then is not.
func TestRecordIsRefused(t *testing.T) {
	for name, test := range map[string]struct {
		record, live int // status of the answers
		body         string
		told         bool
	}{
		"no folder":                        {http.StatusInternalServerError, 404, `{"message":"Internal Server Error"}`, true},
		"a file in the way":                {http.StatusConflict, 404, `{"message":"Recording already exists"}`, true},
		"begun by a try that was not seen": {http.StatusConflict, 200, `{"message":"Recording in progress"}`, false},
		"the caller is gone":               {http.StatusNotFound, 404, `{"message":"Channel not found"}`, false},
		"all is well":                      {http.StatusCreated, 404, "", false},
	} {
		t.Run(name, func(t *testing.T) {
			deleted := 0
			x := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				switch {
				case r.Method == http.MethodDelete:
					deleted++
				case strings.HasSuffix(r.URL.Path, "/record"):
					w.WriteHeader(test.record)
					fmt.Fprint(w, test.body)
				case strings.HasPrefix(r.URL.Path, "/recordings/live/"):
					w.WriteHeader(test.live)
					fmt.Fprint(w, "{}")
				}
			}))
			defer x.Close()
			e := New(Options{URL: x.URL, App: "kezek"})
			defer e.client.Close()
			a := queue.Record{Channel: "c", In: "c-r1", Out: "c-r2", Name: "kezek/x"}
			e.tracker.expect(a)
			for _, id := range []string{a.In, a.Out} {
				e.tracker.channels[id].enter()
			}
			err := e.record(t.Context(), a)
			if gone := test.record == http.StatusNotFound; (err != nil) != gone {
				t.Errorf("%v", err)
			}
			it, _ := e.inbox.pop()
			if broke, _ := it.told.(queue.RecordingBroke); (broke.Channel == a.In && broke.Why != "" && !broke.Kept) != test.told {
				t.Errorf("told %+v", it.told)
			}
			if test.told && deleted != 2 {
				t.Errorf("%d of both channels deleted", deleted)
			}
		})
	}
}
