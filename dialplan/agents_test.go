package dialplan_test

import (
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"kezek/dialplan"
	"kezek/lab/phone"
	"kezek/queue"
)

func TestAgentsOnAsterisk(t *testing.T) {
	t.Parallel()
	p := startPBX(t)
	p.load(p.params(), "")
	t.Run("lamps", p.testLamps)
	t.Run("codes", p.testCodes)
	t.Run("forged", p.testForged)
	t.Run("the daemon is away", p.testCodesAway)
}

// testLamps holds that a supervisor's phone shows the state of an agent, in
// order, also after the dialplan is loaded anew.
func (p *pbx) testLamps(t *testing.T) {
	lamp, err := p.phone(t, "1020").Watch(p.ctx, queue.AgentLamp("1001"))
	if err != nil {
		t.Fatal(err)
	}
	want := []phone.LampState{lamp.State()}
	for _, step := range []struct {
		state string
		shown phone.LampState
	}{{"INUSE", phone.LampOn}, {"RINGING", phone.LampBlinks}, {"ONHOLD", phone.LampOn}, {"UNAVAILABLE", phone.LampOff}} {
		p.ari(t, http.MethodPut, "/deviceStates/Stasis:"+queue.AgentLamp("1001")+"?deviceState="+step.state)
		if _, err := lamp.Wait(p.ctx, step.shown); err != nil {
			t.Fatal(err)
		}
		want = append(want, step.shown)
	}
	p.cli("dialplan reload")
	p.ari(t, http.MethodPut, "/deviceStates/Stasis:"+queue.AgentLamp("1001")+"?deviceState=INUSE")
	if _, err := lamp.Wait(p.ctx, phone.LampOn); err != nil {
		t.Fatal(err)
	}
	want = append(want, phone.LampOn)
	var got []phone.LampState
	for _, n := range lamp.Log() {
		got = append(got, n.State)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the lamp showed (-want +got):\n%s", diff)
	}
}

func (p *pbx) testCodes(t *testing.T) {
	rules := p.params().Rules
	d := &desk{answer: func(ev queue.Event) (queue.Answer, error) {
		say := func(refused queue.Refusal, id string) (queue.Answer, error) {
			return queue.Answer{Refused: refused, Say: []queue.Phrase{{ID: id, Language: "ru"}}}, nil
		}
		switch ev := ev.(type) {
		case queue.LogIn:
			if a := rules.AgentByEndpoint(ev.Phone); a == nil || ev.PIN != a.PIN {
				return say(queue.RefusalWrongPIN, "wrong-pin")
			}
			return say("", "logged-in")
		case queue.LogOut:
			return say("", "logged-out")
		case queue.AskState:
			return say("", "my-wrapup")
		default:
			return say("", "status-set")
		}
	}}
	serve(t, d, func(o *dialplan.ServerOptions) {
		o.Listen, o.Rules = p.AGIAddr, func() *queue.Rules { return rules }
	})
	russian, kyrgyz := p.phone(t, "1001"), p.phone(t, "1006")
	before := len(p.logged())
	for _, test := range []struct {
		from   *phone.Phone
		code   string
		keys   []string
		heard  []string
		events []queue.Event
	}{
		{russian, "*10", []string{"1001#"}, []string{"ru/enter-pin", "ru/logged-in"}, []queue.Event{
			queue.LogIn{Phone: "PJSIP/1001", PIN: "1001"}}},
		{kyrgyz, "*10", []string{"1006#"}, []string{"ky/enter-pin", "ru/logged-in"}, []queue.Event{
			queue.LogIn{Phone: "PJSIP/1006", PIN: "1006"}}},
		{russian, "*10" + "1001", nil, []string{"ru/logged-in"}, []queue.Event{
			queue.LogIn{Phone: "PJSIP/1001", PIN: "1001"}}},
		{russian, "*10" + "1002", []string{"1*1#", "1001"}, // another number and PIN; the last one ends by the pause
			[]string{"ru/wrong-pin", "ru/logged-in"}, []queue.Event{
				queue.LogIn{Phone: "PJSIP/1001", PIN: "1002"},
				queue.LogIn{Phone: "PJSIP/1001", Agent: "1", PIN: "1"},
				queue.LogIn{Phone: "PJSIP/1001", PIN: "1001"}}},
		{russian, "*12", nil, []string{"ru/status-set"}, []queue.Event{
			queue.SetStatus{Phone: "PJSIP/1001", Status: queue.StatusReady}}},
		{russian, "*31", nil, []string{"ru/status-set"}, []queue.Event{
			queue.SetStatus{Phone: "PJSIP/1001", Status: "coffee"}}},
		{russian, queue.StatusLamp("1001", "coffee"), nil, []string{"ru/status-set"}, []queue.Event{
			queue.SetStatus{Phone: "PJSIP/1001", Status: "coffee", Key: "1001"}}},
		{russian, queue.StatusLamp("1006", "coffee"), nil, []string{"ru/status-set"}, []queue.Event{
			queue.SetStatus{Phone: "PJSIP/1001", Status: "coffee", Key: "1006"}}},
		{russian, "*13", nil, []string{"ru/my-wrapup"}, []queue.Event{queue.AskState{Phone: "PJSIP/1001"}}},
		{russian, "*11", nil, []string{"ru/logged-out"}, []queue.Event{queue.LogOut{Phone: "PJSIP/1001"}}},
	} {
		asked := len(d.events())
		if diff := cmp.Diff(test.heard, p.dial(t, test.from, test.code, test.keys...)); diff != "" {
			t.Errorf("%s: heard (-want +got):\n%s", test.code, diff)
		}
		if diff := cmp.Diff(test.events, d.events()[asked:]); diff != "" {
			t.Errorf("%s: asked (-want +got):\n%s", test.code, diff)
		}
	}
	if bad := complaints.FindAllString(p.logged()[before:], -1); bad != nil {
		t.Errorf("Asterisk complains:\n%s", strings.Join(bad, "\n"))
	}

	// An agent who hangs up at once is logged out all the same.
	asked := len(d.events())
	call, err := russian.Call(p.ctx, "*11")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := call.WaitSound(p.ctx, time.Time{}); err != nil {
		t.Fatal(err)
	}
	if err := call.Hangup(p.ctx); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]queue.Event{queue.LogOut{Phone: "PJSIP/1001"}}, d.events()[asked:]); diff != "" {
		t.Errorf("after a hang-up: asked (-want +got):\n%s", diff)
	}
	waitFor(t, p.ctx, "no channel is left", p.quiet)
}

// testForged holds that nothing a phone can write makes it another phone.
func (p *pbx) testForged(t *testing.T) {
	d := reception()
	serve(t, d, func(o *dialplan.ServerOptions) {
		o.Listen, o.Rules = p.AGIAddr, func() *queue.Rules { return p.params().Rules }
	})
	const lines = "\nagi_network_script: 11\nagi_arg_1: PJSIP/1006\n\n"
	rogue := p.phone(t, "1001")
	for _, dialled := range []string{"*104821" + lines, "*10" + lines, "*104821,PJSIP/1006", "*104821\r\n\r\n", "*104821)"} {
		for _, header := range []phone.Option{
			phone.WithHeader("Diversion", "<sip:1%0A%0Aagi_arg_1%3A%20PJSIP%2F1006@x>;reason=unconditional"),
			phone.WithHeader("P-Asserted-Identity", `"x`+lines+`" <sip:1%0A%0Aagi_arg_1%3A%20PJSIP%2F1006@x>`),
		} {
			call, err := rogue.Call(p.ctx, dialled, header)
			if err != nil {
				t.Fatal(err)
			}
			if call.WaitAnswer(p.ctx) != nil {
				continue // no such code
			}
			if _, err := call.WaitSound(p.ctx, time.Time{}); err != nil {
				t.Fatal(err)
			}
			if err := call.Hangup(p.ctx); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, ev := range d.events() {
		if in, ok := ev.(queue.LogIn); !ok || in.Phone != "PJSIP/1001" {
			t.Errorf("a phone forged %#v", ev)
		}
	}
	if len(d.events()) == 0 {
		t.Error("no code reached the desk; the test shows nothing")
	}
}

func (p *pbx) testCodesAway(t *testing.T) {
	agent := p.phone(t, "1001")
	hear := func(t *testing.T) {
		t.Helper()
		call, err := agent.Call(p.ctx, "*11")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := call.WaitSound(p.ctx, time.Time{}); err != nil {
			t.Fatal(err)
		}
		// The agent hears it in both languages.
		if _, _, err := call.WaitPrompt(p.ctx, p.ear, "ru/service-unavailable", time.Time{}); err != nil {
			t.Fatal(err)
		}
		if err := call.Hangup(p.ctx); err != nil {
			t.Fatal(err)
		}
		heard := p.ear.Listen(call.Recording().PCM)
		if diff := cmp.Diff([]string{"ky/service-unavailable", "ru/service-unavailable"}, slices.Compact(heard.Prompts())); diff != "" {
			t.Errorf("heard %s (-want +got):\n%s", heard, diff)
		}
	}
	t.Run("nobody listens", hear)
	t.Run("it hangs", func(t *testing.T) {
		l := listening(t, func() (net.Listener, error) { return net.Listen("tcp", p.AGIAddr) })
		defer l.Close()
		hear(t)
		waitFor(t, p.ctx, "no channel is left", p.quiet)
	})
}
