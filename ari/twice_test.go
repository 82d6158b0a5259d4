package ari

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	asterisk "github.com/CyCoreSystems/ari/v6"

	"kezek/queue"
)

// twiceDoesNoHarm are events that come to something each time that they are told, and why that is no fault.
var twiceDoesNoHarm = map[string]string{
	asterisk.Events.ApplicationReplaced:   "the session ends with the first",
	asterisk.Events.ChannelTalkingStarted: "the rules wait for the first word alone",
	asterisk.Events.ChannelUserevent:      "it is the same mark",
	asterisk.Events.PlaybackFinished:      "a playback has its own id, which the rules forget with the first",
	asterisk.Events.RecordingFailed:       "its channel has an id of its own, which the rules forget with the first",
	asterisk.Events.RecordingFinished:     "as RecordingFailed",
}

// toldLater are events that tell the rules nothing: they are noted for the event that follows, or for the next look at a talk, or
// concern what a phone shows.
var toldLater = []string{asterisk.Events.ChannelConnectedLine, asterisk.Events.ChannelHangupRequest, asterisk.Events.ContactStatusChange}

// Asterisk tells many events twice, of the channel and of the phone. Told once more, an event comes to nothing.
func TestToldTwice(t *testing.T) {
	all := slices.Concat(recorded(t), rare(t))
	for _, raw := range all {
		if bytes.Contains(raw, []byte(`"RecordingFinished"`)) { // of the other there is no record, see neverSeen
			all = append(all, bytes.Replace(raw, []byte("RecordingFinished"), []byte("RecordingFailed"), 1))
		}
	}
	once, twice := map[string]bool{}, map[string]string{}
	for _, raw := range all {
		ev, err := decode(raw)
		if err != nil {
			t.Fatal(err)
		}
		for _, known := range []*channel{nil, {}, newLeg(), {replaces: "x"}} { // its channel is new, a caller's, a leg, in the place of another
			x := newTracker()
			if known != nil {
				for _, id := range channelsIn(t, raw) {
					c := *known
					x.channels[id] = &c
				}
			}
			x.phones[endpointName(&ev.Endpoint)] = queue.PhoneChanged{}
			if comesTo(x.translate(ev)) != "" {
				once[ev.Type] = true
			}
			if again := comesTo(x.translate(ev)); again != "" {
				twice[ev.Type] = again
			}
		}
	}
	for name := range events {
		again, listed := twice[name], twiceDoesNoHarm[name] != ""
		switch {
		case again != "" && !listed:
			t.Errorf("%s told twice comes to %s twice: its handler in events.go must see that it is the same one, as held does; if twice does no harm, list it in twice_test.go with the reason", name, again)
		case again == "" && listed:
			t.Errorf("%s told twice comes to one: take it out of twiceDoesNoHarm", name)
		case once[name] == slices.Contains(toldLater, name):
			t.Errorf("%s of testdata comes to something: %v; toldLater in twice_test.go lists those that do not", name, once[name])
		}
	}
}

// comesTo is what an event has come to, "" if nothing. An orphan is hung up again, which does no harm.
func comesTo(n news) string {
	switch {
	case n.told != nil:
		return fmt.Sprintf("%T", n.told)
	case n.err != nil:
		return n.err.Error()
	}
	return n.mark
}

// channelsIn are the channels that an event names.
func channelsIn(t *testing.T, raw []byte) (ids []string) {
	var in func(key string, v any)
	in = func(key string, v any) {
		switch v := v.(type) {
		case map[string]any:
			for key, v := range v {
				in(key, v)
			}
		case string:
			if key == "id" {
				ids = append(ids, v)
			}
			if id, ok := strings.CutPrefix(v, "channel:"); ok && key == "target_uri" {
				ids = append(ids, id)
			}
		}
	}
	var ev any
	if err := json.Unmarshal(raw, &ev); err != nil {
		t.Fatal(err)
	}
	in("", ev)
	return ids
}
