package dialplan_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/google/go-cmp/cmp"

	"kezek/dialplan"
	"kezek/lab"
	"kezek/lab/ear"
	"kezek/lab/phone"
	"kezek/queue"
)

// pbx is a real Asterisk with a generated dialplan.
type pbx struct {
	*lab.Lab
	t   *testing.T
	ctx context.Context
	ear *ear.Library
}

func startPBX(t *testing.T) *pbx {
	l := lab.ForTest(t, lab.Options{})
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	t.Cleanup(cancel)
	library, err := ear.Load("../prompts/audio")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, l := range []string{"ru/", "ky/"} {
		for _, id := range []string{
			"enter-pin", "wrong-pin", "logged-in", "logged-out", "status-set", "my-wrapup", "service-unavailable", "please-wait",
		} {
			names = append(names, l+id)
		}
	}
	if library, err = library.Only(names...); err != nil {
		t.Fatal(err)
	}
	return &pbx{Lab: l, t: t, ctx: ctx, ear: library}
}

// params are those of the lab's site: agent 1001 speaks Russian, 1006 Kyrgyz.
func (p *pbx) params() dialplan.Params {
	sales := queue.DefaultQueue()
	sales.Name, sales.DID, sales.DefaultLanguage = "sales", []string{lab.DID}, "ru"
	agents := map[string]*queue.AgentRules{}
	for _, a := range lab.Agents() {
		agents[a.Number] = &queue.AgentRules{ID: a.Number, Endpoint: "PJSIP/" + a.Number, PIN: a.PIN, Speech: "ru"}
	}
	agents["1006"].Speech = "ky"
	return dialplan.Params{
		Version: "test", App: lab.App, AGI: p.AGIAddr, Sound: soundFile,
		Rules: &queue.Rules{
			Languages: []queue.Language{"ky", "ru"},
			Queues:    map[string]*queue.QueueRules{"sales": &sales},
			Agents:    agents,
			Statuses:  map[string]*queue.StatusRules{"coffee": {Name: "coffee", Code: "21"}},
		},
	}
}

// load puts a dialplan into force and fails on any complaint of Asterisk's.
// More is dialplan of the site's own.
func (p *pbx) load(params dialplan.Params, more string) {
	p.t.Helper()
	var b bytes.Buffer
	if err := dialplan.Write(&b, params); err != nil {
		p.t.Fatal(err)
	}
	b.WriteString("\n" + more)
	if err := os.WriteFile(filepath.Join(p.Dir, "asterisk/etc", dialplan.FileName), b.Bytes(), 0o644); err != nil {
		p.t.Fatal(err)
	}
	before := len(p.logged())
	p.cli("dialplan reload")
	if bad := loading.FindAllString(p.logged()[before:], -1); bad != nil {
		p.t.Errorf("Asterisk does not like the dialplan:\n%s", strings.Join(bad, "\n"))
	}
}

// What Asterisk complains of at all, and what of while it loads a dialplan.
var (
	complaints = regexp.MustCompile(`(?m)^.*(WARNING|ERROR|NOTICE)\[.*$`)
	loading    = regexp.MustCompile(`(?m)^.*(WARNING|ERROR|NOTICE)\[\d+\]\S* (pbx|config|extconf).*$`)
)

func (p *pbx) cli(command string) string {
	p.t.Helper()
	out, err := p.AsteriskCLI(p.ctx, command)
	if err != nil {
		p.t.Fatal(err)
	}
	return out
}

// logged is all that Asterisk has written to its log.
func (p *pbx) logged() string {
	text, err := os.ReadFile(filepath.Join(p.Dir, "asterisk/log/full"))
	if err != nil {
		p.t.Fatal(err)
	}
	return string(text)
}

// phone is the registered phone of an agent.
func (p *pbx) phone(t *testing.T, number string) *phone.Phone {
	t.Helper()
	ph, err := phone.New(phone.Config{Extension: number, Password: "lab-" + number, Exchange: p.SIPAddr, Listen: p.Host + ":0"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(ph.Close)
	if err := ph.Register(p.ctx); err != nil {
		t.Fatal(err)
	}
	return ph
}

func (p *pbx) carrier(t *testing.T) *phone.Carrier {
	t.Helper()
	c, err := phone.NewCarrier(phone.CarrierConfig{Exchange: p.SIPAddr, Listen: p.CarrierAddr})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// dial dials a code, presses keys once the voice is heard, and tells which
// prompts were heard until Asterisk hung up.
func (p *pbx) dial(t *testing.T, from *phone.Phone, code string, keys ...string) []string {
	t.Helper()
	call, err := from.Call(p.ctx, code)
	if err != nil {
		t.Fatal(err)
	}
	if err := call.WaitAnswer(p.ctx); err != nil {
		t.Fatal(err)
	}
	since := time.Time{}
	for _, k := range keys {
		if _, err = call.WaitSound(p.ctx, since); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second) // he listens first, and cuts the voice short then
		if err := call.Keys(p.ctx, k); err != nil {
			t.Fatal(err)
		}
		since = time.Now()
	}
	end, err := call.WaitEnd(p.ctx)
	if err != nil {
		t.Fatal(err)
	}
	if end.By != phone.Far {
		t.Errorf("the call ended by %s: %s", end.By, end)
	}
	timeline := p.ear.Listen(call.Recording().PCM)
	t.Logf("%s dials %s %v: %s", from.Addr(), code, keys, timeline)
	return slices.Compact(timeline.Prompts()) // a gap in the audio makes two prompts of one
}

// stasis attaches to Asterisk as the daemon would and hands out its events.
// It is away again when the returned function is called.
func (p *pbx) stasis(t *testing.T) (<-chan map[string]any, func()) {
	t.Helper()
	url := strings.Replace(p.ARIURL, "http", "ws", 1) + "/events?app=" + lab.App + "&api_key=" + lab.ARIUser + ":" + lab.ARIPassword
	conn, _, err := websocket.Dial(p.ctx, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	events := make(chan map[string]any, 100)
	go func() {
		defer close(events)
		for {
			_, text, err := conn.Read(p.ctx)
			if err != nil {
				return
			}
			var ev map[string]any
			if json.Unmarshal(text, &ev) == nil {
				events <- ev
			}
		}
	}()
	leave := func() { conn.CloseNow() }
	t.Cleanup(leave)
	return events, leave
}

// next waits for an event of a type.
func (p *pbx) next(t *testing.T, events <-chan map[string]any, kind string) map[string]any {
	t.Helper()
	for {
		select {
		case ev, open := <-events:
			if !open {
				t.Fatalf("the socket ended before %s", kind)
			}
			if ev["type"] == kind {
				return ev
			}
		case <-p.ctx.Done():
			t.Fatalf("no %s came", kind)
		}
	}
}

func channelOf(ev map[string]any) map[string]any { return ev["channel"].(map[string]any) }

// ari makes a request of the daemon's.
func (p *pbx) ari(t *testing.T, method, path string) {
	t.Helper()
	req, err := http.NewRequestWithContext(p.ctx, method, p.ARIURL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.SetBasicAuth(lab.ARIUser, lab.ARIPassword)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode >= 300 {
		text, _ := io.ReadAll(resp.Body)
		t.Fatalf("%s %s: %s %s", method, path, resp.Status, text)
	}
}

func TestAgentsOnAsterisk(t *testing.T) {
	t.Parallel()
	p := startPBX(t)
	p.load(p.params(), "")
	t.Run("lamps", p.testLamps)
	t.Run("codes", p.testCodes)
	t.Run("forged", p.testForged)
	t.Run("the daemon is away", p.testCodesAway)
}

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

func (p *pbx) testLamps(t *testing.T) {
	for state, shown := range map[string]string{"INUSE": "InUse", "RINGING": "Ringing", "NOT_INUSE": "Idle"} {
		p.ari(t, http.MethodPut, "/deviceStates/Stasis:"+queue.AgentLamp("1001")+"?deviceState="+state)
		waitFor(t, p.ctx, "lamp shows "+shown, func() bool {
			return strings.Contains(p.cli("core show hint "+queue.AgentLamp("1001")), "State:"+shown)
		})
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
				return say(queue.WrongPIN, "wrong-pin")
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
		{russian, "*10" + "1002", []string{"1*1#", "1001"}, // the last one ends by the pause
			[]string{"ru/wrong-pin", "ru/logged-in"}, []queue.Event{
				queue.LogIn{Phone: "PJSIP/1001", PIN: "1002"},
				queue.LogIn{Phone: "PJSIP/1001", PIN: "1*1"},
				queue.LogIn{Phone: "PJSIP/1001", PIN: "1001"}}},
		{russian, "*12", nil, []string{"ru/status-set"}, []queue.Event{
			queue.SetStatus{Phone: "PJSIP/1001", Status: queue.Ready}}},
		{russian, "*21", nil, []string{"ru/status-set"}, []queue.Event{
			queue.SetStatus{Phone: "PJSIP/1001", Status: "coffee"}}},
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
		time.Sleep(5 * time.Second) // so that he hears it in both languages
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
		l, err := net.Listen("tcp", p.AGIAddr)
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		hear(t)
		waitFor(t, p.ctx, "no channel is left", p.quiet)
	})
	t.Run("it is full", func(t *testing.T) {
		serve(t, reception(), func(o *dialplan.ServerOptions) { o.Listen, o.MaxConns = p.AGIAddr, 1 })
		connect(t, p.AGIAddr)
		hear(t)
	})
}

// quiet tells that no channel is left.
func (p *pbx) quiet() bool {
	return strings.Contains(p.cli("core show channels count"), "0 active channels")
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
		// A caller whom the daemon had stays in Stasis when it dies, and is there when it is back.
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

// waitFor asks again until it is so.
func waitFor(t *testing.T, ctx context.Context, what string, so func() bool) {
	t.Helper()
	for !so() {
		select {
		case <-ctx.Done():
			t.Fatal("not so: " + what)
		case <-time.After(50 * time.Millisecond):
		}
	}
}
