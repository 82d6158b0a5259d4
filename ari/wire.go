package ari

import (
	"fmt"
	"strings"
	"time"

	asterisk "github.com/CyCoreSystems/ari/v6"
	json "github.com/goccy/go-json" // a quarter of encoding/json's time for an event
)

// The events that come with every call, as much of them as is read here. A call brings
// some twenty-five; types that hold everything cost three times the time to decode. What
// comes seldom is read into the types of CyCoreSystems/ari, see [full].

// event is any event: which fields it has depends on its type.
type event struct {
	raw       []byte
	Type      string                `json:"type"`
	Timestamp string                `json:"timestamp"`
	Args      []string              `json:"args"`
	Channel   channelData           `json:"channel"`
	Endpoint  asterisk.EndpointData `json:"endpoint"`
	Playback  struct {
		ID     string `json:"id"`
		Target string `json:"target_uri"`
	} `json:"playback"`
	Digit string `json:"digit"`
	// Duration is how long the key was pressed, in milliseconds.
	Duration int `json:"duration_ms"`
	// Replaced is the channel whose place a channel has taken in our app.
	Replaced *channelData `json:"replace_channel"`
	// ReferTo and ReferredBy are of the transfer key of a phone. Progress is set when it is not pressed now.
	Progress string `json:"state"`
	// Other is that call of the phone which is to be joined, Connected its far end.
	ReferTo struct {
		Destination struct {
			Number string `json:"destination"`
			// Dialog is that of the other call of the phone, if it joins two.
			Dialog string `json:"protocol_id"`
		} `json:"requested_destination"`
		Other     channelData `json:"destination_channel"`
		Connected channelData `json:"connected_channel"`
	} `json:"refer_to"`
	ReferredBy struct {
		Source channelData `json:"source_channel"`
	} `json:"referred_by"`
	// Cause is a Q.850 code. Soft: it was not the far end that asked for the hang-up.
	// SIP is the code that a phone or Asterisk has ended it with.
	Cause int  `json:"cause"`
	Soft  bool `json:"soft"`
	SIP   int  `json:"tech_cause"`
}

// time is when it happened, by Asterisk's clock; zero if it does not say so readably.
func (ev *event) time() time.Time {
	at, _ := time.Parse(asterisk.DateFormat, ev.Timestamp)
	return at
}

func decode(raw []byte) (*event, error) {
	ev := &event{raw: raw}
	if err := unmarshal(raw, ev); err != nil {
		return nil, fmt.Errorf("event: %w", err)
	}
	return ev, nil
}

// unmarshal decodes what Asterisk sent. The decoder is quick because it goes past
// Go's own checks, and some of its releases panic on malformed input: that is an
// error like any other.
func unmarshal(raw []byte, into any) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the JSON decoder panicked: %v", p)
		}
	}()
	return json.Unmarshal(raw, into)
}

// full is a handler of events that come seldom: each is decoded once more, into the type
// that CyCoreSystems/ari has for all of it.
func full[E any](handle func(*tracker, *E) news) func(*tracker, *event) news {
	return func(t *tracker, ev *event) news {
		all := new(E)
		if err := unmarshal(ev.raw, all); err != nil {
			return news{err: fmt.Errorf("event %s: %w", ev.Type, err)}
		}
		return handle(t, all)
	}
}

// channelData is a channel in an event, or one that was read: then Created is known.
type channelData struct {
	ID      string    `json:"id"`
	Name    string    `json:"name"`
	State   string    `json:"state"`
	Created time.Time `json:"-"`
	Caller  struct {
		Name   string `json:"name"`
		Number string `json:"number"`
	} `json:"caller"`
	Connected struct {
		Name   string `json:"name"`
		Number string `json:"number"`
	} `json:"connected"`
	Dialplan struct {
		Context string `json:"context"`
		Exten   string `json:"exten"`
		AppName string `json:"app_name"`
		AppData string `json:"app_data"`
	} `json:"dialplan"`
}

// readChannel is a channel as it is read.
type readChannel struct {
	channelData
	Made asterisk.DateTime `json:"creationtime"`
}

// isSnoop reports whether it was made to hear another. Its arguments are not in the dialplan's data.
func (ch *channelData) isSnoop() bool { return strings.HasPrefix(ch.Name, "Snoop/") }

// hasLeft: it went back to the dialplan. Asterisk tells us of it all the same, if a
// phone rang for it.
func (ch *channelData) hasLeft() bool { return ch.Dialplan.AppName != "Stasis" && !ch.isSnoop() }

// endpointName is an endpoint as Asterisk's dial strings name it.
func endpointName(ep *asterisk.EndpointData) string { return ep.Technology + "/" + ep.Resource }
