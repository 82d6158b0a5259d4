package dialplan_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

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
			Statuses:  map[string]*queue.StatusRules{"coffee": {Name: "coffee", Code: "31"}},
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
		time.Sleep(time.Second) // the agent listens first, then cuts the voice short
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

// quiet tells that no channel is left.
func (p *pbx) quiet() bool {
	return strings.Contains(p.cli("core show channels count"), "0 active channels")
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
