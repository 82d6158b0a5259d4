package preflight

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kezek/ari"
	"kezek/config"
	"kezek/dialplan"
	"kezek/lab"
	"kezek/lab/phone"
	"kezek/prompts"
	"kezek/queue"
	"kezek/state"
)

// exchange is a lab whose site is checked.
type exchange struct {
	*testing.T
	*lab.Lab
}

func newExchange(t *testing.T) exchange { return exchange{t, lab.ForTest(t, lab.Options{})} }

// site is the lab's, as cmd makes it of the config.
func (e exchange) site() *Site {
	e.T.Helper()
	path := filepath.Join(e.Dir, "kezek.yaml")
	c, err := config.Load(path)
	must(e.T, err)
	return &Site{
		Path: path, Config: c, AsteriskDir: filepath.Join(e.Dir, "asterisk", "etc"),
		ARI: ari.Options{
			Name: c.Asterisk.Name, URL: c.Asterisk.URL, App: c.Asterisk.App, Username: c.Asterisk.Username, Password: string(c.Asterisk.Password),
			Endpoints: c.Rules.Endpoints(), Trunk: c.Trunk.Dial, TrunkCallerID: c.Trunk.CallerID,
		},
		State: state.Options{Site: c.Site, URL: c.Redis.URL},
		Dialplan: dialplan.Params{App: c.Asterisk.App, AGI: c.AGI.Address, Rules: c.Rules, Sound: sound, Fallback: c.Dialplan.Fallback,
			FallbackAfter: c.Dialplan.FallbackAfter, LampsOff: !c.Dialplan.Lamps},
	}
}

func sound(p queue.Phrase) string {
	name, err := prompts.Name(p.ID, string(p.Language), p.N)
	if err != nil {
		return ""
	}
	return name
}

// cli gives Asterisk a command at its console.
func (e exchange) cli(command string) {
	e.T.Helper()
	ctx, cancel := context.WithTimeout(e.Context(), 10*time.Second)
	defer cancel()
	_, err := e.AsteriskCLI(ctx, command)
	must(e.T, err)
}

// add appends lines to one of Asterisk's files.
func (e exchange) add(file, lines, reload string) {
	e.T.Helper()
	f, err := os.OpenFile(filepath.Join(e.Dir, "asterisk", "etc", file), os.O_APPEND|os.O_WRONLY, 0)
	must(e.T, err)
	_, err = f.WriteString("\n" + lines + "\n")
	must(e.T, errors.Join(err, f.Close()))
	e.cli(reload)
}

// change replaces text in one of Asterisk's files.
func (e exchange) change(file, old, new, reload string) {
	e.T.Helper()
	path := filepath.Join(e.Dir, "asterisk", "etc", file)
	text, err := os.ReadFile(path)
	must(e.T, err)
	if !strings.Contains(string(text), old) {
		e.Fatalf("%s has no %q", file, old)
	}
	must(e.T, os.WriteFile(path, []byte(strings.Replace(string(text), old, new, 1)), 0o600))
	if reload != "" {
		e.cli(reload)
	}
}

// phones registers phones of agents.
func (e exchange) phones(numbers ...string) {
	e.T.Helper()
	for _, number := range numbers {
		p, err := phone.New(phone.Config{Extension: number, Password: "lab-" + number, Exchange: e.SIPAddr, Listen: e.Host + ":0"})
		must(e.T, err)
		e.Cleanup(p.Close)
		ctx, cancel := context.WithTimeout(e.Context(), 5*time.Second)
		defer cancel()
		must(e.T, p.Register(ctx))
	}
}

func TestAsterisk(t *testing.T) {
	t.Parallel()
	e := newExchange(t)
	e.add("ari.conf", "[reader]\ntype = user\npassword = lab\nread_only = yes", "module reload res_ari.so")
	e.phones("1001")
	closed, err := net.Listen("tcp", e.Host+":0")
	must(t, err)
	closed.Close()

	for _, test := range []struct {
		name    string
		prepare string // at the console
		change  func(*Site)
		find    []string // each: severity and a part of the text
	}{
		{name: "all is well", change: func(s *Site) { s.ARI.Endpoints = []string{"PJSIP/1001"} },
			find: []string{"info Asterisk 22.", " modules that are needed run", "info no program is attached", "info all 1 phones"}},
		{name: "phones", change: func(s *Site) { s.ARI.Endpoints = []string{"PJSIP/1001", "PJSIP/1002", "PJSIP/4711"} },
			find: []string{"error endpoint PJSIP/4711", "warning 1 of 3 phones cannot be reached: PJSIP/1002"}},
		{name: "another's name", change: func(s *Site) { s.ARI.Name = "bishkek" },
			find: []string{`has the name "` + e.Name + `", not "bishkek"`}},
		{name: "read only", change: func(s *Site) { s.ARI.Username = "reader" },
			find: []string{`error ARI user "reader" may only read`}},
		{name: "wrong password", change: func(s *Site) { s.ARI.Password = "x" },
			find: []string{`error ARI at ` + e.ARIURL + ` refuses user "kezek"`}},
		{name: "wrong path", change: func(s *Site) { s.ARI.URL = strings.TrimSuffix(s.ARI.URL, "ari") + "x" },
			find: []string{"error ARI at"}},
		{name: "nobody there", change: func(s *Site) { s.ARI.URL = "http://" + closed.Addr().String() + "/ari" },
			find: []string{"error ARI at"}},
		{name: "module", prepare: "module unload func_frame_drop.so", find: []string{"error module func_frame_drop is not running (hold"}},
		{name: "optional module", prepare: "module unload func_talkdetect.so", find: []string{"warning module func_talkdetect is not running (silent callers"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			if test.prepare != "" {
				e.cli(test.prepare)
			}
			s := e.site()
			if test.change != nil {
				test.change(s)
			}
			found := s.Run(t.Context(), []string{AreaAsterisk})
			for _, f := range found {
				if (f.Fix == "") != (f.Severity == Info) {
					t.Errorf("fix %q for %s", f.Fix, f.Severity)
				}
			}
			all := findings(found)
			for _, want := range test.find {
				if !strings.Contains(all, want) {
					t.Errorf("did not find %q in\n%s", want, all)
				}
			}
			if test.name == "all is well" && strings.Contains(all, "error") {
				t.Error(all)
			}
		})
	}

	e.attach()
	if all := findings(e.site().Run(t.Context(), []string{AreaAsterisk})); !strings.Contains(all, "a program is attached") {
		t.Errorf("did not see the attached program:\n%s", all)
	}
}

// attach attaches as the daemon does, until the test ends. It returns what it is told.
func (e exchange) attach() (heard chan queue.Event) {
	e.T.Helper()
	heard = make(chan queue.Event, 1000)
	x := ari.New(e.site().ARI)
	ctx, cancel := context.WithCancel(e.Context())
	ended, synced := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		_ = x.Run(ctx, func(_ time.Time, ev queue.Event) {
			heard <- ev
			if _, is := ev.(queue.Synced); is {
				close(synced)
			}
		})
	}()
	e.Cleanup(func() { cancel(); <-ended })
	select {
	case <-synced:
	case <-time.After(10 * time.Second):
		e.Fatal("not attached")
	}
	return heard
}
