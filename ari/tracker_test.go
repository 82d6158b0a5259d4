package ari

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	asterisk "github.com/CyCoreSystems/ari/v6"

	"kezek/queue"
)

// expect notes an action as [Exchange.Do] does.
func (t *tracker) expect(a queue.Action) { handlerOf(a).note(t, a, true) }

// The events of a real call and of phones that refuse, and what the rules hear of them.
func TestTranslate(t *testing.T) {
	const id = "lab-1795302406.15"
	x := newTracker()
	x.phones["PJSIP/1001"] = queue.PhoneChanged{Endpoint: "PJSIP/1001", Reachable: true}
	x.phones["PJSIP/1007"] = queue.PhoneChanged{Endpoint: "PJSIP/1007"}
	for _, leg := range []string{"-l1", "-l1002", "-l1003", "-l1004"} {
		x.expect(queue.Dial{Channel: id + leg})
	}
	var got []string
	for _, raw := range recorded(t) {
		ev, err := decode(raw)
		if err != nil {
			t.Fatal(err)
		}
		n := x.translate(ev)
		if n.orphan != "" {
			t.Errorf("orphan %s", n.orphan)
		}
		if n.told != nil {
			got = append(got, strings.ReplaceAll(fmt.Sprintf("%T%+v", n.told, n.told), id, "CH"))
		}
	}
	want := []string{
		"queue.CallArrived{Channel:CH DID:+996312900800 Number: Name: Priority:5 Position:0}",
		"queue.PlayEnded{Channel:CH Playback:CH-p1}",
		"queue.LegAnswered{Channel:CH-l1 Rang:0s}",
		"queue.KeyPressed{Channel:CH-l1 Key:42}",
		"queue.KeyPressed{Channel:CH-l1 Key:49}",
		"queue.ChannelGone{Channel:CH-l1 Cause:normal}",
		"queue.ChannelGone{Channel:CH Cause:normal}",
		"queue.ChannelGone{Channel:CH-l1002 Cause:busy}",
		"queue.ChannelGone{Channel:CH-l1003 Cause:declined}",
		"queue.ChannelGone{Channel:CH-l1004 Cause:no_answer}",
		"queue.PhoneChanged{Endpoint:PJSIP/1007 Reachable:true InUse:false Talks:false}",
		"queue.PhoneChanged{Endpoint:PJSIP/1007 Reachable:false InUse:false Talks:false}",
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if len(x.channels) != 0 {
		t.Errorf("remembers %v", x.channels)
	}
}

// A key is told once for each press, though Asterisk tells it twice at least, and
// again when it took it up too late: as it did when it was stopped among keys.
func TestKeys(t *testing.T) {
	x := newTracker()
	x.expect(queue.Dial{Channel: "leg"})
	var got []byte
	at := time.Date(2026, 11, 22, 9, 54, 0, 0, time.UTC)
	for _, key := range []struct {
		digit string
		after int // ms
	}{{"1", 0}, {"2", 131}, {"2", 13}, {"3", 286}, {"4", 0}, {"4", 144}, {"4", 200}, {"5", 200}, {"4", 60}, {"4", -60_000}} {
		at = at.Add(time.Duration(key.after) * time.Millisecond)
		for range 2 { // as the channel's and as the phone's
			told := x.translate(&event{
				Type: "ChannelDtmfReceived", Channel: channelData{ID: "leg"},
				Digit: key.digit, Duration: 100, Timestamp: at.Format("2006-01-02T15:04:05.000-0700"),
			}).told
			if told != nil {
				got = append(got, told.(queue.KeyPressed).Key)
			}
		}
	}
	if string(got) != "12344544" {
		t.Errorf("told %s", got)
	}
}

// The hold key is told once for each press, though Asterisk tells it twice. Before the answer it is none.
func TestHoldKey(t *testing.T) {
	x := newTracker()
	x.expect(queue.Dial{Channel: "leg"})
	for _, kind := range []string{"ChannelHold", "ChannelUnhold"} {
		if n := x.translate(&event{Type: kind, Timestamp: "0", Channel: channelData{ID: "leg"}}); n != (news{}) {
			t.Errorf("%s before the answer: %+v", kind, n)
		}
	}
	x.translate(&event{Type: "ChannelStateChange", Channel: channelData{ID: "leg", State: "Up"}})
	var got []queue.Event
	for _, ev := range []struct{ kind, channel, at string }{
		{"ChannelHold", "leg", "1"}, {"ChannelHold", "leg", "1"}, {"ChannelHold", "stranger", "1"},
		{"ChannelUnhold", "leg", "2"}, {"ChannelUnhold", "leg", "2"}, {"ChannelHold", "leg", "3"}, {"ChannelUnhold", "leg", "3"}, // in the same millisecond
	} {
		if told := x.translate(&event{Type: ev.kind, Timestamp: ev.at, Channel: channelData{ID: ev.channel}}).told; told != nil {
			got = append(got, told)
		}
	}
	want := []queue.Event{
		queue.HoldPressed{Channel: "leg"}, queue.HoldReleased{Channel: "leg"}, queue.HoldPressed{Channel: "leg"}, queue.HoldReleased{Channel: "leg"},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("told %v, want %v", got, want)
	}
}

// The transfer key is told once for each press, not its progress, which is told in the same way.
func TestTransferKey(t *testing.T) {
	x := newTracker()
	x.expect(queue.Dial{Channel: "leg"})
	var got []queue.Event
	for _, ev := range []struct{ channel, at, progress, to string }{
		{"leg", "1", "", "2001"}, {"leg", "1", "", "2001"}, {"leg", "2", "channel_declined", "2001"}, {"stranger", "3", "", "2001"}, {"leg", "4", "", ""},
	} {
		e := &event{Type: "ChannelTransfer", Timestamp: ev.at, Progress: ev.progress}
		e.ReferredBy.Source.ID, e.ReferTo.Destination.Number = ev.channel, ev.to
		if told := x.translate(e).told; told != nil {
			got = append(got, told)
		}
	}
	if left := x.referWaits("leg", time.Minute); left < 50*time.Second || x.referWaits("other", time.Minute) != 0 {
		t.Errorf("a REFER of this moment is to be left alone for %v", left)
	}
	// A phone that hangs up before it is told what became of it: Asterisk tells the REFER again.
	x.translate(&event{Type: "ChannelHangupRequest", Channel: channelData{ID: "leg"}, Cause: normalClearing})
	again := &event{Type: "ChannelTransfer", Timestamp: "9"}
	again.ReferredBy.Source.ID = "leg"
	if told := x.translate(again).told; told != nil {
		t.Errorf("after the hang-up: told %v", told)
	}
	want := []queue.Event{queue.TransferPressed{Channel: "leg", To: "2001"}, queue.TransferPressed{Channel: "leg"}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("told %v, want %v", got, want)
	}
}

// Two calls of a phone are joined when the far end of the other one is known, has
// a name that is only a name, and is none of ours. What becomes of two calls of ours, the rules decide.
func TestTransferKeyJoins(t *testing.T) {
	for _, test := range []struct {
		other, far, name, number, exten string
		want                            queue.TransferPressed
	}{
		{"o", "f", "PJSIP/2002-0000001f", "2002", "2", queue.TransferPressed{To: "2002", Party: "PJSIP/2002-0000001f"}},
		{"o", "f", "Local/2002@office-0000001f;1", "", "2002", queue.TransferPressed{To: "2002", Party: "Local/2002@office-0000001f;1"}},
		{"o", "f", "PJSIP/x-1,F(evil)", "2002", "", queue.TransferPressed{}},
		{"o", "f", "PJSIP/${SHELL(id)}", "2002", "", queue.TransferPressed{}},
		{"o", "f", "PJSIP/", "2002", "", queue.TransferPressed{}},
		{"o", "f", "PJSIP/2002\n-1", "2002", "", queue.TransferPressed{}},
		{"o", "", "", "", "2002", queue.TransferPressed{To: "2002", Rings: "o"}}, // a conference
		{"", "", "", "", "2002", queue.TransferPressed{To: "2002"}},              // the phone has ended that call
		{"o", "caller", "PJSIP/2002-1", "2002", "", queue.TransferPressed{}},
		{"leg", "f", "PJSIP/2002-1", "2002", "", queue.TransferPressed{Other: "leg"}},
		{"caller", "", "", "", "2002", queue.TransferPressed{Other: "caller"}}, // who waits in a queue
		{"Ring", "", "", "", "2002", queue.TransferPressed{To: "2002", Rings: "Ring"}},
		{"Ring", "", "", "", "s", queue.TransferPressed{Rings: "Ring"}},
		{"Ring", "f", "PJSIP/${x}", "2002", "2002", queue.TransferPressed{}},
	} {
		x := newTracker()
		x.expect(queue.Dial{Channel: "leg"})
		x.started(&event{Channel: channelData{ID: "caller"}})
		ev := &event{Type: "ChannelTransfer", Timestamp: "1"}
		ev.ReferredBy.Source.ID = "leg"
		ev.ReferTo.Destination.Dialog = "call-id"
		ev.ReferTo.Other.State = test.other
		ev.ReferTo.Other.ID, ev.ReferTo.Other.Dialplan.Exten = test.other, test.exten
		ev.ReferTo.Connected = channelData{ID: test.far, Name: test.name}
		ev.ReferTo.Connected.Caller.Number = test.number
		test.want.Channel = "leg"
		if told := x.translate(ev).told; told != test.want {
			t.Errorf("%+v: told %+v", test, told)
		}
	}
}

// What comes in the place of a channel is told with who is there, and is no new caller. Its end is told once, and that the
// place is empty, if nobody else is there.
func TestReplaced(t *testing.T) {
	const unknown = ""
	for _, was := range []string{"caller", "leg", "sent", "left", unknown} {
		for _, end := range []string{"StasisEnd", "ChannelDestroyed"} {
			x := newTracker()
			x.started(&event{Channel: channelData{ID: "caller"}})
			x.started(&event{Channel: channelData{ID: "sent"}})
			x.expect(queue.Dial{Channel: "leg"})
			x.translate(&event{Type: "ChannelStateChange", Channel: channelData{ID: "leg", State: "Up"}})
			ev := &event{Type: "StasisStart", Channel: channelData{ID: "by", Name: "PJSIP/carrier-1"}, Replaced: &channelData{ID: was}}
			if was == "sent" || was == "left" { // by our own dialplan, also if the caller has hung up meanwhile
				ev.Replaced, ev.Args = nil, []string{"replaces=" + was}
			}
			ev.Channel.Caller.Number = "+996 700 000009"
			want := news{told: queue.Replaced{Channel: was, By: "by", Phone: "PJSIP/carrier", Number: "+996700000009"}}
			if was == unknown {
				want = news{orphan: "by"}
			}
			if got := x.translate(ev); got != want {
				t.Errorf("%s: %+v", was, got)
			}
			if live := x.adopt(&snapshot{app: "kezek", channels: []channelData{{ID: "by", State: "Up"}}}, nil, nil, true).Channels; (live[0].Inbound == nil) != (was == "leg" || was == unknown) {
				t.Errorf("%s is read as %+v", was, live[0])
			}
			is := &event{Type: "ChannelCallerId", Channel: ev.Channel}
			if got := x.translate(is); got != (news{}) {
				t.Errorf("%s: the same number is told again: %+v", was, got)
			}
			is.Channel.Caller.Number = "+996700000008"
			if got, want := x.translate(is).told, (queue.Identified{Channel: "by", Number: "+996700000008"}); was != unknown && got != want {
				t.Errorf("%s: %+v", was, got)
			}
			for i, want := range []news{{told: queue.ChannelGone{Channel: "by", Cause: queue.CauseNormal}, then: queue.LegPushedOut{Channel: was}}, {}} {
				got := x.translate(&event{Type: end, Channel: channelData{ID: "by"}, Cause: normalClearing})
				if was == unknown {
					want.then = nil
				}
				if got != want {
					t.Errorf("%s %s %d: %+v", was, end, i, got)
				}
			}
		}
	}
}

// Why a leg was not picked up, as far as any event says it.
func TestCauseNotPickedUp(t *testing.T) {
	for _, c := range []struct {
		name             string
		asked, destroyed int // causes; 0: no hangup was asked for, or none is told
		soft             bool
		want             queue.Cause
	}{
		{"told both times", temporaryFailure, temporaryFailure, false, queue.CauseFailed},
		{"forgotten by Asterisk", temporaryFailure, normalClearing, false, queue.CauseFailed},
		{"forgotten, and no other put in its place", userBusy, 0, false, queue.CauseBusy},
		{"known better in the end", normalClearing, callRejected, false, queue.CauseDeclined},
		{"not a cause but who asked", softExplicit, normalClearing, true, queue.CauseNoAnswer},
		{"never known", 0, normalClearing, false, queue.CauseNoAnswer},
	} {
		x := newTracker()
		x.expect(queue.Take{Channel: "leg"})
		if c.asked != 0 {
			x.translate(&event{Type: "ChannelHangupRequest", Channel: channelData{ID: "leg"}, Cause: c.asked, Soft: c.soft})
		}
		told := x.translate(&event{Type: "ChannelDestroyed", Channel: channelData{ID: "leg"}, Cause: c.destroyed}).told
		if want := (queue.ChannelGone{Channel: "leg", Cause: c.want}); told != want {
			t.Errorf("%s: told %v, want %v", c.name, told, want)
		}
	}
}

func TestOrphan(t *testing.T) {
	x := newTracker()
	ev := &event{Type: "StasisStart", Args: []string{legArg}, Channel: channelData{ID: "lost"}}
	if got := x.translate(ev); got != (news{orphan: "lost"}) {
		t.Error(got)
	}
	if len(x.channels) != 0 {
		t.Error("remembers an orphan")
	}
}

func TestArrivalArgs(t *testing.T) {
	ch := &channelData{ID: "c"}
	ch.Caller.Number, ch.Caller.Name = "0700123456", "Bakyt"
	for args, want := range map[string]queue.CallArrived{
		"":                               {Number: "0700123456", Name: "Bakyt"},
		"priority=3,position=1":          {Number: "0700123456", Name: "Bakyt", Priority: 3, Position: 1},
		"priority=,position=x":           {Number: "0700123456", Name: "Bakyt"},
		"priority=99999999999999999999":  {Number: "0700123456", Name: "Bakyt"},
		"priority=-2,other,=":            {Number: "0700123456", Name: "Bakyt", Priority: -2},
		"pres=allowed_not_screened":      {Number: "0700123456", Name: "Bakyt"},
		"pres=prohib_passed_screen":      {},
		"pres=unavailable,priority=1,,=": {Priority: 1},
	} {
		want.Channel = "c"
		if got := arrival(ch, strings.Split(args, ",")); got != want {
			t.Errorf("%q: %+v, want %+v", args, got, want)
		}
	}
}

// What was asked for while the exchange was read counts as done, or as not
// begun, in the way that misleads nobody.
func TestAdopt(t *testing.T) {
	channel := func(id, state, data string) channelData {
		ch := channelData{ID: id, State: state}
		ch.Dialplan.Exten, ch.Dialplan.AppData = "100", data
		return ch
	}
	x := newTracker()
	for _, a := range []queue.Action{
		queue.Dial{Channel: "pending"}, queue.Dial{Channel: "created"}, queue.Dial{Channel: "cancelled"},
		queue.Dial{Channel: "lost"},
	} {
		x.expect(a)
	}
	x.translate(&event{Type: "StasisStart", Channel: channel("dying", "Up", "kezek")})
	x.expect(queue.Hangup{Channel: "dying"}) // done, but the channel still shows
	x.expect(queue.Hangup{Channel: "cancelled"})
	snap := &snapshot{
		app: "kezek",
		channels: []channelData{
			channel("caller", "Up", "kezek,priority=2"),
			channel("answering", "Ring", "kezek"),
			channel("leaving", "Up", "kezek"),
			channel("dying", "Up", "kezek"),
			channel("created", "Ringing", "kezek,leg"),
			channel("talking", "Up", "kezek,leg"),
		},
		bridges: []asterisk.BridgeData{{ID: "held", ChannelIDs: []string{"onhold", "holder"}}, {ID: "back", ChannelIDs: []string{"holder2"}}, {ID: "old", ChannelIDs: []string{"caller", "talking"}}, {ID: "going"}},
		endpoints: []asterisk.EndpointData{
			{Technology: "PJSIP", Resource: "1", State: "online", ChannelIDs: []string{"created"}},
			{Technology: "PJSIP", Resource: "2", State: "online", ChannelIDs: []string{"another", "talking"}},
			{Technology: "PJSIP", Resource: "3", State: "offline"},
			{Technology: "PJSIP", Resource: "9", State: "online"},
		},
	}
	got := x.adopt(snap, []string{"PJSIP/1", "PJSIP/2", "PJSIP/3", "PJSIP/4"}, []queue.Action{
		queue.Dial{Channel: "pending"}, queue.Dial{Channel: "created"}, queue.Dial{Channel: "cancelled"},
		queue.Hangup{Channel: "cancelled"},
		queue.AnswerCall{Channel: "answering"}, queue.AnswerCall{Channel: "nobody"},
		queue.Leave{Channel: "leaving"},
		queue.Connect{Bridge: "new", Caller: "answering", Agent: "created"},
		queue.Disconnect{Bridge: "going"},
		queue.Part{Bridge: "held", Caller: "onhold"}, queue.Part{Bridge: "nowhere", Caller: "onhold"},
		queue.Join{Bridge: "back", Caller: "back"}, queue.Join{Bridge: "nowhere", Caller: "back"}, queue.Join{Bridge: "old", Caller: "caller"},
	}, false)
	want := queue.Synced{
		Channels: []queue.LiveChannel{
			{ID: "answering", Up: true, Inbound: &queue.CallArrived{Channel: "answering", DID: "100"}},
			{ID: "caller", Up: true, Inbound: &queue.CallArrived{Channel: "caller", DID: "100", Priority: 2}},
			{ID: "created"},
			{ID: "pending"},
			{ID: "talking", Up: true},
		},
		Bridges: []queue.LiveBridge{
			{ID: "back", Channels: []string{"holder2", "back"}},
			{ID: "held", Channels: []string{"holder"}},
			{ID: "new", Channels: []string{"answering", "created"}},
			{ID: "old", Channels: []string{"caller", "talking"}},
		},
		Phones: []queue.PhoneChanged{
			{Endpoint: "PJSIP/1", Reachable: true},
			{Endpoint: "PJSIP/2", Reachable: true, InUse: true},
			{Endpoint: "PJSIP/3"},
			{Endpoint: "PJSIP/4"},
		},
	}
	if g, w := dump(got), dump(want); g != w {
		t.Errorf("got\n%s\nwant\n%s", g, w)
	}
	// What was told is not told again by events that waited.
	for _, ev := range []*event{
		&event{Type: "StasisStart", Channel: channel("caller", "Ring", "")},
		&event{Type: "StasisStart", Channel: channel("created", "Down", ""), Args: []string{legArg}},
		&event{Type: "ChannelStateChange", Channel: channel("talking", "Up", "")},
		&event{Type: "ChannelDestroyed", Channel: channel("lost", "Down", "")},
		&event{Type: "EndpointStateChange", Endpoint: snap.endpoints[1]},
	} {
		if got := x.translate(ev); got != (news{}) {
			t.Errorf("%s: %+v", ev.Type, got)
		}
	}
	if told := x.translate(&event{Type: "ChannelStateChange", Channel: channel("created", "Up", "")}).told; told != (queue.LegAnswered{Channel: "created"}) {
		t.Errorf("answer of a known leg: %v", told)
	}
}

// How long a phone rang is told by Asterisk's clock: events may come late, and all at once.
func TestRang(t *testing.T) {
	const dialled, later = "2026-11-22T10:00:01.900+0000", "2026-11-22T10:00:02.150+0000"
	for _, c := range []struct {
		rings, up string
		rang      time.Duration
	}{
		{"", later, 0},
		{dialled, later, 250 * time.Millisecond},
		{later, later, time.Millisecond},
		{later, dialled, 0}, // Asterisk's clock was set back
	} {
		x := newTracker()
		x.channels["l"] = newLeg()
		if c.rings != "" {
			x.translate(&event{Type: "ChannelStateChange", Timestamp: c.rings, Channel: channelData{ID: "l", State: "Ringing"}})
		}
		told := x.translate(&event{Type: "ChannelStateChange", Timestamp: c.up, Channel: channelData{ID: "l", State: "Up"}}).told
		if told != (queue.LegAnswered{Channel: "l", Rang: c.rang}) {
			t.Errorf("%+v: told %+v", c, told)
		}
	}
}

// A channel that ends while the exchange is read is not in what was read, and
// the event of its end waits.
func TestAdoptAgain(t *testing.T) {
	x := newTracker()
	x.translate(&event{Type: "StasisStart", Channel: channelData{ID: "caller"}})
	x.expect(queue.Dial{Channel: "leg"})
	got := x.adopt(&snapshot{app: "kezek"}, nil, nil, true)
	if len(got.Channels) != 0 {
		t.Errorf("live: %+v", got.Channels)
	}
	for _, id := range []string{"caller", "leg"} {
		told := x.translate(&event{Type: "ChannelDestroyed", Channel: channelData{ID: id}}).told
		if gone, ok := told.(queue.ChannelGone); !ok || gone.Channel != id {
			t.Errorf("the end of the %s: told %v", id, told)
		}
	}
	if len(x.channels) != 0 {
		t.Errorf("kept: %v", x.channels)
	}
}

func dump(v any) string {
	b, _ := json.MarshalIndent(v, "", " ")
	return string(b)
}

func TestClean(t *testing.T) {
	for in, want := range map[string]string{
		"+996700123456": "+996700123456", "0 (700) 12-34.56": "0700123456", "*10#": "*10#", "1+2": "", "anonymous": "",
		"": "", "+": "+", "12a4": "", "12\n34": "", "१२३": "", "700;ext=5": "700",
		strings.Repeat("1", 32): strings.Repeat("1", 32), strings.Repeat("1", 33): "",
	} {
		if got := cleanNumber(in); got != want {
			t.Errorf("number %q: %q, want %q", in, got, want)
		}
	}
	for in, want := range map[string]string{
		"Айгүл": "Айгүл", " a \r\n\t b ": "a b", "a\x00\x1b[31mb": "a[31mb", "a\xffb\ufffd": "ab", "a\u202eb\u200b": "ab",
		`a\"b\\c`: `a"b\c`, strings.Repeat("ы", 63) + " x": strings.Repeat("ы", 63),
	} {
		if got := cleanName(in); got != want {
			t.Errorf("name %q: %q, want %q", in, got, want)
		}
	}
}

// FuzzTranslate: whatever comes over the socket, nothing breaks, and what the
// rules hear is clean.
func FuzzTranslate(f *testing.F) {
	for _, raw := range recorded(f) {
		f.Add(raw)
	}
	f.Add([]byte(`{"type":"StasisStart","args":null,"channel":null}`))
	f.Add([]byte(`{"type":"EndpointStateChange","endpoint":{}}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		ev, err := decode(raw)
		if err != nil {
			return
		}
		x := newTracker()
		x.expect(queue.Dial{Channel: "lab-1795302406.15-l1"})
		x.phones["PJSIP/1007"] = queue.PhoneChanged{}
		for range 2 {
			switch told := x.translate(ev).told; told := told.(type) {
			case queue.CallArrived:
				if told.Channel == "" || len(told.Number) > longestNumber || strings.Trim(told.Number, "+*#0123456789") != "" {
					t.Errorf("%+v", told)
				}
				for _, s := range []string{told.Name, told.DID} {
					if !utf8.ValidString(s) || utf8.RuneCountInString(s) > longestName || strings.ContainsFunc(s, unicode.IsControl) {
						t.Errorf("%q", s)
					}
				}
			case queue.KeyPressed:
				if !strings.ContainsRune("0123456789*#ABCD", rune(told.Key)) {
					t.Errorf("key %q", told.Key)
				}
			}
		}
	})
}

// A supervisor's channel is no caller, and the channel that listens for them is a leg, also for a daemon that has just started.
func TestSupervisor(t *testing.T) {
	x := newTracker()
	x.expect(queue.Tap{Supervisor: "s", Snoop: "s-m1", Leg: "c-a1"})
	for _, test := range []struct {
		id   string
		args []string
		want queue.Event
	}{
		{"s", []string{"supervisor"}, queue.SupervisorArrived{Channel: "s"}},
		{"s", []string{"supervisor"}, nil},
		{"s-m1", []string{"leg"}, nil},
		{"k", []string{"slot=3"}, queue.SlotDialled{Channel: "k", Phone: "PJSIP/1012", Slot: 3}},
		{"k", []string{"slot=3"}, nil},
	} {
		if got := x.started(&event{Channel: channelData{ID: test.id, Name: "PJSIP/1012-00000001"}, Args: test.args}); got != (news{told: test.want}) {
			t.Errorf("%s: %+v", test.id, got)
		}
	}
	channels := []channelData{{ID: "s", Name: "PJSIP/1011-1", State: "Up"}, {ID: "s-m1", Name: "Snoop/c-a1-1", State: "Up"}}
	channels[0].Dialplan.AppData = "kezek,supervisor"
	for _, live := range newTracker().adopt(&snapshot{app: "kezek", channels: channels}, nil, nil, false).Channels {
		if live.Inbound != nil {
			t.Errorf("%s is taken for a caller", live.ID)
		}
	}
	tap := queue.Tap{Supervisor: "s", Snoop: "s-m2", Bridge: "s-b2"}
	x.expect(tap)
	synced := x.adopt(&snapshot{app: "kezek", channels: channels[:1]}, nil, []queue.Action{tap}, true)
	if len(synced.Channels) != 2 || len(synced.Bridges) != 1 || synced.Channels[1].ID != "s-m2" {
		t.Errorf("under way: %v %v", synced.Channels, synced.Bridges)
	}
}
