package ari

import (
	"fmt"
	"strings"
	"time"

	json "github.com/goccy/go-json" // a quarter of encoding/json's time for an event
)

// What Asterisk sends, as much of it as is read here. A call brings some
// twenty-five events; types that hold everything cost three times the time to decode.

// event is any event: which fields it has depends on its type.
type event struct {
	Type      string       `json:"type"`
	Timestamp string       `json:"timestamp"`
	Args      []string     `json:"args"`
	Channel   channelData  `json:"channel"`
	Endpoint  endpointData `json:"endpoint"`
	Playback  struct {
		ID     string `json:"id"`
		Target string `json:"target_uri"`
	} `json:"playback"`
	// Recording is one that has ended; Duration is in whole seconds, Cause in words.
	Recording struct {
		Target   string `json:"target_uri"`
		Duration int    `json:"duration"`
		Cause    string `json:"cause"`
	} `json:"recording"`
	Digit string `json:"digit"`
	// Duration is how long the key was pressed, in milliseconds.
	Duration int `json:"duration_ms"`
	// Name is that of an event of our own.
	Name string `json:"eventname"`
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
	Cause int  `json:"cause"`
	Soft  bool `json:"soft"`
}

// time is when it happened, by Asterisk's clock; zero if it does not say so readably.
func (ev *event) time() time.Time {
	var at timestamp
	_ = at.UnmarshalText([]byte(ev.Timestamp))
	return time.Time(at)
}

func decode(raw []byte) (*event, error) {
	ev := &event{}
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

type channelData struct {
	ID      string    `json:"id"`
	Name    string    `json:"name"`
	State   string    `json:"state"`
	Created timestamp `json:"creationtime"`
	Caller  struct {
		Name   string `json:"name"`
		Number string `json:"number"`
	} `json:"caller"`
	Dialplan struct {
		Exten   string `json:"exten"`
		AppName string `json:"app_name"`
		AppData string `json:"app_data"`
	} `json:"dialplan"`
}

// isSnoop reports whether it was made to hear another. Its arguments are not in the dialplan's data.
func (ch *channelData) isSnoop() bool { return strings.HasPrefix(ch.Name, "Snoop/") }

// hasLeft: it went back to the dialplan. Asterisk tells us of it all the same, if a
// phone rang for it.
func (ch *channelData) hasLeft() bool { return ch.Dialplan.AppName != "Stasis" && !ch.isSnoop() }

type bridgeData struct {
	ID         string   `json:"id"`
	Name       string   `json:"name"`
	ChannelIDs []string `json:"channels"`
}

type endpointData struct {
	Technology string   `json:"technology"`
	Resource   string   `json:"resource"`
	State      string   `json:"state"`
	ChannelIDs []string `json:"channel_ids"`
}

// name is the endpoint as Asterisk's dial strings name it.
func (ep *endpointData) name() string { return ep.Technology + "/" + ep.Resource }

type deviceStateData struct {
	Name  string `json:"name"`
	State string `json:"state"`
}

type applicationData struct {
	ChannelIDs []string `json:"channel_ids"`
}

// asteriskStatus is when Asterisk was started.
type asteriskStatus struct {
	Status struct {
		Started timestamp `json:"startup_time"`
	} `json:"status"`
}

// timestamp is a time as Asterisk writes it: 2026-11-22T10:00:00.123+0000.
type timestamp time.Time

func (t *timestamp) UnmarshalText(text []byte) error {
	at, err := time.Parse("2006-01-02T15:04:05.000-0700", string(text))
	*t = timestamp(at)
	return err
}
