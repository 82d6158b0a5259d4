package dialplan_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"kezek/lab"
	"kezek/lab/ear"
	"kezek/lab/phone"
	"kezek/queue"
)

func TestCallersOnAsterisk(t *testing.T) {
	t.Parallel()
	p := startPBX(t)
	p.load(p.params(), "")
	t.Run("loaded", p.testLoaded)
	t.Run("calls", p.testCallers)
	t.Run("the daemon is away", p.testCallersAway)
	t.Run("fallback", p.testFallback)
}

func (p *pbx) testLoaded(t *testing.T) {
	for _, want := range []string{"'" + lab.DID + "'", "'" + strings.TrimPrefix(lab.DID, "+") + "'"} {
		if got := p.cli("dialplan show kezek-inbound"); !strings.Contains(got, want) {
			t.Errorf("kezek-inbound has no %s:\n%s", want, got)
		}
	}
}

// testCallers holds that a call goes to the daemon untouched, and ends when the daemon ends it.
func (p *pbx) testCallers(t *testing.T) {
	open := p.params()
	open.AnyNumber = true
	p.load(open, "[vip]\nexten => vip,1,Set(KEZEK_PRIORITY=5)\n same => n,Set(KEZEK_POSITION=1)\n same => n,Set(CALLERID(num-pres)=prohib)\n"+
		" same => n,Goto(kezek-inbound,"+lab.DID+",1)\n[kezek-inbound](+)\ninclude => vip\n")
	defer p.load(p.params(), "")
	events, _ := p.stasis(t)
	carrier := p.carrier(t)
	for _, test := range []struct {
		from           phone.CallerID
		dialled, exten string
		args           []any
	}{
		{phone.CallerID{Number: "+996700123456"}, lab.DID, lab.DID, []any{"priority=", "position=", "pres=allowed_not_screened"}},
		{phone.CallerID{Number: "+996700123456"}, strings.TrimPrefix(lab.DID, "+"), lab.DID,
			[]any{"priority=", "position=", "pres=allowed_not_screened"}},
		{phone.CallerID{Number: "${SHELL(id)},a;b"}, "vip", lab.DID, []any{"priority=5", "position=1", "pres=prohib"}},
		{phone.CallerID{Name: "a\"b, c"}, "+996555000111", "+996555000111", []any{"priority=", "position=", "pres=allowed_not_screened"}},
		{phone.CallerID{}, "0312,${EPOCH}", "0312", []any{"priority=", "position=", "pres=allowed_not_screened"}},
	} {
		call, err := carrier.Call(p.ctx, test.from, test.dialled)
		if err != nil {
			t.Fatal(err)
		}
		start := p.next(t, events, "StasisStart")
		if diff := cmp.Diff(test.args, start["args"]); diff != "" {
			t.Errorf("%s: arguments (-want +got):\n%s", test.dialled, diff)
		}
		channel := channelOf(start)
		if channel["state"] != "Ring" {
			t.Errorf("%s: the channel is %s; the daemon decides when to answer", test.dialled, channel["state"])
		}
		if exten := channel["dialplan"].(map[string]any)["exten"]; exten != test.exten {
			t.Errorf("%s: the channel's extension is %s, want %s", test.dialled, exten, test.exten)
		}
		p.ari(t, http.MethodPost, "/channels/"+channel["id"].(string)+"/answer")
		if err := call.WaitAnswer(p.ctx); err != nil {
			t.Fatal(err)
		}
		p.ari(t, http.MethodDelete, "/channels/"+channel["id"].(string))
		if end, err := call.WaitEnd(p.ctx); err != nil || end.By != phone.Far {
			t.Errorf("end: %v %v", end, err)
		}
		p.next(t, events, "StasisEnd")
		waitFor(t, p.ctx, "no channel is left", p.quiet)
	}
	select {
	case ev := <-events:
		if ev["type"] == "StasisStart" {
			t.Error("a call that the daemon ended came again")
		}
	default:
	}
}

func (p *pbx) testCallersAway(t *testing.T) {
	carrier := p.carrier(t)
	call := func() *phone.Call {
		c, err := carrier.Call(p.ctx, phone.CallerID{Number: "+996700123456"}, lab.DID)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	t.Run("for a second", func(t *testing.T) {
		c := call()
		if _, err := c.Wait(p.ctx, phone.RingingReceived); err != nil {
			t.Fatal(err)
		}
		events, _ := p.stasis(t)
		start := p.next(t, events, "StasisStart")
		if state := channelOf(start)["state"]; state != "Ring" || !c.At(phone.AnswerReceived).IsZero() {
			t.Errorf("the channel is %s; a short absence should just go on ringing", state)
		}
		if err := c.Hangup(p.ctx); err != nil {
			t.Fatal(err)
		}
	})
	t.Run("for long", func(t *testing.T) {
		c := call()
		if err := c.WaitAnswer(p.ctx); err != nil {
			t.Fatal(err)
		}
		if rang := c.At(phone.AnswerReceived).Sub(c.At(phone.InviteSent)); rang < 2*time.Second || rang > 5*time.Second {
			t.Errorf("rang for %s before it was answered, want about 3 s", rang)
		}
		time.Sleep(12 * time.Second) // what is heard meanwhile is the test
		events, leave := p.stasis(t)
		start := p.next(t, events, "StasisStart")
		if back := channelOf(start)["state"]; back != "Up" {
			t.Errorf("the channel is %s", back)
		}
		heard := p.ear.Listen(c.Recording().PCM)
		t.Log(heard)
		if diff := cmp.Diff([]string{"ru/please-wait", "ky/please-wait"}, slices.Compact(heard.Prompts())); diff != "" {
			t.Errorf("heard (-want +got):\n%s", diff)
		}
		if music := heard.Total(ear.Music); music < 6*time.Second {
			t.Errorf("%s of music, want nearly all of the time", music)
		}
		// A caller that the daemon had stays in Stasis when it dies, and is there when it is back.
		leave()
		p.stasis(t)
		p.ari(t, http.MethodDelete, "/channels/"+channelOf(start)["id"].(string))
		if end, err := c.WaitEnd(p.ctx); err != nil || end.By != phone.Far {
			t.Errorf("end: %v %v", end, err)
		}
	})
	t.Run("without music or words", func(t *testing.T) {
		params := p.params()
		params.Rules.Queues["sales"].Music = "none-such"
		params.Sound = func(q queue.Phrase) string { return "none/" + q.ID }
		p.load(params, "")
		defer p.load(p.params(), "")
		before := len(p.logged())
		c := call()
		if err := c.WaitAnswer(p.ctx); err != nil {
			t.Fatal(err)
		}
		time.Sleep(8 * time.Second)
		if !c.Live() {
			t.Error("the caller was hung up on")
		}
		tries := strings.Count(p.logged()[before:], "Executing [") // of priorities
		if err := c.Hangup(p.ctx); err != nil {
			t.Fatal(err)
		}
		if tries > 60 {
			t.Errorf("%d steps of dialplan in 11 s: it turns fast", tries)
		}
		waitFor(t, p.ctx, "no channel is left", p.quiet)
	})
}

func (p *pbx) testFallback(t *testing.T) {
	const there = "[reception]\nexten => 100,1,Answer()\n same => n,Playback(kezek/ru/logged-out)\n same => n,Hangup()\n"
	params := p.params()
	params.Fallback, params.FallbackAfter = "reception,100,1", 5*time.Second
	carrier := p.carrier(t)
	defer p.load(p.params(), "")
	t.Run("taken", func(t *testing.T) {
		p.load(params, there)
		c, err := carrier.Call(p.ctx, phone.CallerID{}, lab.DID)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.WaitEnd(p.ctx); err != nil {
			t.Fatal(err)
		}
		heard := p.ear.Listen(c.Recording().PCM)
		if got := heard.Prompts(); len(got) == 0 || got[len(got)-1] != "ru/logged-out" {
			t.Errorf("did not reach the fallback: %s", heard)
		}
	})
	t.Run("missing", func(t *testing.T) {
		p.load(params, "")
		before := len(p.logged())
		c, err := carrier.Call(p.ctx, phone.CallerID{}, lab.DID)
		if err != nil {
			t.Fatal(err)
		}
		waitFor(t, p.ctx, "Asterisk tells that the fallback is missing", func() bool {
			return strings.Contains(p.logged()[before:], "there is no reception,100,1 in the dialplan")
		})
		events, _ := p.stasis(t)
		p.next(t, events, "StasisStart") // the caller is still there
		if err := c.Hangup(p.ctx); err != nil {
			t.Error(err)
		}
	})
}
