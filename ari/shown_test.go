package ari

import (
	"testing"
	"time"

	asterisk "github.com/CyCoreSystems/ari/v6"

	"kezek/queue"
)

// A phone that Asterisk has told something else is told again what it is to show: once, and not if it shows it.
func TestShowsOther(t *testing.T) {
	x := newTracker()
	x.channels["leg"] = &channel{leg: true, up: true}
	says := func(name, number string) *queue.Show {
		ev := &event{Type: asterisk.Events.ChannelConnectedLine}
		ev.Channel.ID, ev.Channel.Connected.Name, ev.Channel.Connected.Number = "leg", name, number
		return x.translate(ev).show
	}
	if again := says("", "+996700000001"); again != nil {
		t.Errorf("told %v, though it was never told what to show", again)
	}
	want := queue.Show{Channel: "leg", CallerName: "RU sales 0:06", CallerNumber: "+996700000001"}
	x.shows(want)
	if again := says("", want.CallerNumber); again != nil {
		t.Errorf("told %v right after it was told", again)
	}
	x.channels["leg"].shownAt = time.Now().Add(-showAgainAfter)
	if again := says(want.CallerName, want.CallerNumber); again != nil {
		t.Errorf("told %v, which it shows", again)
	}
	for _, other := range [][2]string{{"", want.CallerNumber}, {want.CallerName, ""}} {
		if again := says(other[0], other[1]); again == nil || *again != want {
			t.Errorf("it shows %q and is told %v", other, again)
		}
	}
	if wait := x.shows(want); wait <= 0 || wait > showPause {
		t.Errorf("it is told after %v", wait)
	}
}
