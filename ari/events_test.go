package ari

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	asterisk "github.com/CyCoreSystems/ari/v6"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"kezek/queue"
)

// neverSeen is an event that Asterisk 22 has not been made to send: it calls recordings that broke finished.
var neverSeen = []string{asterisk.Events.RecordingFailed}

// Every event that is handled was recorded from a real Asterisk, and every one that was
// recorded is handled.
func TestEventsAreRecorded(t *testing.T) {
	seen := map[string]bool{}
	for _, raw := range slices.Concat(recorded(t), rare(t)) {
		ev, err := decode(raw)
		if err != nil {
			t.Fatal(err)
		}
		seen[ev.Type] = true
	}
	for _, name := range neverSeen {
		if seen[name] {
			t.Errorf("%s has been seen", name)
		}
		seen[name] = true
	}
	for name := range events {
		if !seen[name] {
			t.Errorf("%s is handled and not recorded: add a line of it, from a real Asterisk, to testdata/rare.jsonl (CONTRIBUTING.md says how)", name)
		}
	}
	for name := range seen {
		if events[name] == nil {
			t.Errorf("%s is recorded and not handled: handle it in events.go, or take it out of testdata", name)
		}
	}
}

// The filter that Asterisk is given has the events that are handled.
func TestEventFilter(t *testing.T) {
	t.Parallel()
	s := newScripted(t)
	var filter struct{ Allowed []struct{ Type string } }
	s.set("PUT /applications/kezek/eventFilter", func(w http.ResponseWriter, r *http.Request) {
		if err := json.NewDecoder(r.Body).Decode(&filter); err != nil {
			t.Error(err)
		}
		w.WriteHeader(http.StatusNoContent)
	})
	if err := s.x.client.allowEvents(t.Context(), "kezek"); err != nil {
		t.Fatal(err)
	}
	if len(filter.Allowed) != len(events) {
		t.Errorf("%d events are allowed, %d handled", len(filter.Allowed), len(events))
	}
	for _, allowed := range filter.Allowed {
		if events[allowed.Type] == nil {
			t.Errorf("%s is allowed and not handled", allowed.Type)
		}
	}
}

// What is read of an event is what CyCoreSystems/ari reads of it.
func TestDecodeAsTheLibrary(t *testing.T) {
	for _, raw := range slices.Concat(recorded(t), rare(t)) {
		got, err := decode(raw)
		if err != nil {
			t.Fatal(err)
		}
		theirs, err := asterisk.DecodeEvent(raw)
		if err != nil {
			if got.Type != channelTransfer {
				t.Errorf("%s: %v", got.Type, err)
			}
			continue
		}
		if got.Type == channelTransfer {
			t.Error("the library knows ChannelTransfer now: read it with its type")
		}
		want, at := fromLibrary(theirs)
		want.raw, want.Timestamp = raw, got.Timestamp
		want.SIP = got.SIP // the library does not read tech_cause
		if (got.SIP != 0) != bytes.Contains(raw, []byte(`"tech_cause"`)) {
			t.Errorf("SIP code %d of %s", got.SIP, raw)
		}
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(event{}), cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("%s: read the field in event, or of a channel in channelData (both in wire.go), and in fromLibrary of this test (-library +ours):\n%s\n%s", got.Type, diff, raw)
		}
		if !got.time().Equal(at) || at.IsZero() {
			t.Errorf("%s: at %v, want %v", raw, got.time(), at)
		}
	}
}

// fromLibrary is an event of the library's in our form, and when it happened.
func fromLibrary(theirs asterisk.Event) (*event, time.Time) {
	field := func(name string) any {
		if f := reflect.ValueOf(theirs).Elem().FieldByName(name); f.IsValid() {
			return f.Interface()
		}
		return nil
	}
	channel := func(name string) *channelData {
		ch, _ := field(name).(asterisk.ChannelData)
		ours := &channelData{ID: ch.ID, Name: ch.Name, State: ch.State}
		if ch.Caller != nil {
			ours.Caller.Name, ours.Caller.Number = ch.Caller.Name, ch.Caller.Number
		}
		if ch.Connected != nil {
			ours.Connected.Name, ours.Connected.Number = ch.Connected.Name, ch.Connected.Number
		}
		if ch.Dialplan != nil {
			ours.Dialplan.Context, ours.Dialplan.Exten = ch.Dialplan.Context, ch.Dialplan.Exten
			ours.Dialplan.AppName, ours.Dialplan.AppData = ch.Dialplan.AppName, ch.Dialplan.AppData
		}
		return ours
	}
	ours := &event{Type: theirs.GetType(), Channel: *channel("Channel")}
	if replaced := channel("ReplaceChannel"); replaced.ID != "" {
		ours.Replaced = replaced
	}
	ours.Args, _ = field("Args").([]string)
	ours.Endpoint, _ = field("Endpoint").(asterisk.EndpointData)
	ours.Digit, _ = field("Digit").(string)
	ours.Duration, _ = field("DurationMs").(int)
	ours.Cause, _ = field("Cause").(int)
	ours.Soft, _ = field("Soft").(bool)
	playback, _ := field("Playback").(asterisk.PlaybackData)
	ours.Playback.ID, ours.Playback.Target = playback.ID, playback.TargetURI
	return ours, time.Time(field("EventData").(asterisk.EventData).Timestamp)
}

// What the rules hear of the events that come seldom.
func TestTranslateRare(t *testing.T) {
	x := newTracker()
	var got []string
	for _, raw := range rare(t) {
		ev, err := decode(raw)
		if err != nil {
			t.Fatal(err)
		}
		var of struct {
			Channel, Recording struct {
				ID     string
				Target string `json:"target_uri"`
			}
		}
		if err := json.Unmarshal(raw, &of); err != nil {
			t.Fatal(err)
		}
		for _, id := range []string{ev.Channel.ID, ev.ReferredBy.Source.ID, strings.TrimPrefix(of.Recording.Target, "channel:")} {
			x.channels[id] = newLeg()
			x.channels[id].up, x.channels[id].replaces = true, "was"
		}
		n := x.translate(ev)
		got = append(got, strings.TrimPrefix(fmt.Sprintf("%T%+v %s", n.told, n.told, n.mark), "queue."))
	}
	want := []string{
		"<nil><nil> ",
		"<nil><nil> ",
		"HoldPressed{Channel:lab2-1796008207.1-l1} ",
		"HoldReleased{Channel:lab2-1796008207.1-l1} ",
		"CallerSpeaks{Channel:lab2-1796008237.48} ",
		"TransferPressed{Channel:lab1-1796009114.1-a1 To:1006 Party:PJSIP/1006-00000004 Rings: Other:} ",
		"<nil><nil> ",
		"RecordingBroke{Channel:lab2-1796008258.3-r1 Kept:false Why:Asterisk cannot write its file: check its folder of recordings, and Asterisk's log} ",
		"RecordingBroke{Channel:lab2-1796008256.0-r1 Kept:true Why:it was interrupted: is the disk full?} ",
		"<nil><nil> kezek-read-1",
		"<nil><nil> ",
		"<nil><nil> ",
		"Identified{Channel:lab1-1796045292.8 Number:+996700000001 Name:} ",
		"<nil><nil> ",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// An event that cannot be read into the library's type is counted, and changes nothing.
func TestRareNotUnderstood(t *testing.T) {
	x := newTracker()
	for _, raw := range []string{
		`{"type":"RecordingFinished","recording":"x"}`, `{"type":"RecordingFailed","timestamp":"yesterday"}`, `{"type":"ChannelUserevent","eventname":7}`,
	} {
		ev, err := decode([]byte(raw))
		if err != nil {
			t.Fatal(err)
		}
		if n := x.translate(ev); n.err == nil || n.told != nil || n.mark != "" {
			t.Errorf("%s: %+v", raw, n)
		}
	}
	var told []queue.Event
	misread := 0
	e := New(Options{App: "kezek", Metrics: Metrics{Misread: func() { misread++ }}})
	s := &session{Exchange: e, sink: func(_ time.Time, ev queue.Event) { told = append(told, ev) }}
	if err := s.handle(item{raw: []byte(`{"type":"RecordingFinished","recording":"x"}`)}); err != nil || misread != 1 || told != nil {
		t.Errorf("error %v, misread %d, told %v", err, misread, told)
	}
}
