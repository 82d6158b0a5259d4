package main

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kezek/config"
	"kezek/ops"
	"kezek/queue"
)

func TestTrunkEndpoint(t *testing.T) {
	for dial, want := range map[string]string{
		"PJSIP/{number}@carrier":        "PJSIP/carrier",
		"PJSIP/9{number}@beeline-trunk": "PJSIP/beeline-trunk",
		"Local/{number}@from-internal":  "",
		"DAHDI/{number}":                "",
		"":                              "",
	} {
		if got := trunkEndpoint(dial); got != want {
			t.Errorf("%s: %q, want %q", dial, got, want)
		}
	}
}

func TestCheckTrunk(t *testing.T) {
	asterisk := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, password, _ := r.BasicAuth()
		switch {
		case user != "kezek" || password != "secret":
			w.WriteHeader(http.StatusUnauthorized)
		case r.URL.Path == "/ari/endpoints/PJSIP/here":
			_, _ = w.Write([]byte(`{"technology":"PJSIP","resource":"here","state":"online","channel_ids":[]}`))
		case r.URL.Path == "/ari/endpoints/PJSIP/away":
			_, _ = w.Write([]byte(`{"technology":"PJSIP","resource":"away","state":"offline","channel_ids":[]}`))
		case r.URL.Path == "/ari/endpoints/PJSIP/silent":
			_, _ = w.Write([]byte(`{"technology":"PJSIP","resource":"silent","state":"unknown","channel_ids":[]}`))
		default:
			w.WriteHeader(http.StatusNotFound)
		}
	}))
	defer asterisk.Close()
	for dial, want := range map[string]string{
		"PJSIP/{number}@here":   "info clients are called back over PJSIP/here",
		"PJSIP/{number}@silent": "info clients are called back over PJSIP/silent", // not asked whether it is there
		"PJSIP/{number}@away":   "warning the trunk PJSIP/away cannot be reached",
		"PJSIP/{number}@none":   "error endpoint PJSIP/none of trunk.dial does not exist",
		"Local/{number}@x":      "",
		"":                      "",
	} {
		c := &config.Config{Asterisk: config.Asterisk{URL: asterisk.URL + "/ari", Username: "kezek", Password: "secret"}, Trunk: config.Trunk{Dial: dial}}
		var got string
		for _, f := range checkTrunk(t.Context(), c) {
			got += f.Severity + " " + f.Problem
		}
		if !strings.HasPrefix(got, want) || (got == "") != (want == "") {
			t.Errorf("%s: %q, want %q", dial, got, want)
		}
		c.Asterisk.Password = "wrong"
		if found := checkTrunk(t.Context(), c); found != nil {
			t.Errorf("%s: a wrong password is told elsewhere, not here: %v", dial, found)
		}
	}
}

func TestSpoolFault(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, []byte("[]"), 0o600); err != nil {
		t.Fatal(err)
	}
	closed := filepath.Join(dir, "closed")
	if err := os.Mkdir(closed, 0o500); err != nil {
		t.Fatal(err)
	}
	tests := map[string]string{
		file:                            "",
		filepath.Join(dir, "new.json"):  "",
		dir:                             "is no file",
		filepath.Join(file, "new.json"): "is no folder",
		filepath.Join(dir, "none", "x"): "no such file or directory",
	}
	if os.Getuid() != 0 { // who may write anywhere
		tests[filepath.Join(closed, "x")] = "cannot write into " + closed
	}
	for path, want := range tests {
		err := spoolFault(path)
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", path, err, want)
		}
	}
	if left, _ := os.ReadDir(dir); len(left) != 2 {
		t.Errorf("the check has left something: %v", left)
	}
}

// A trunk that was not there at the start is not there after a reload either:
// nothing may be promised that cannot be called.
func TestATrunkNeedsARestart(t *testing.T) {
	trunk := func(dial string) *config.Config {
		c, err := config.Parse("kezek.yaml", []byte(`
site: s
company: c
timezone: UTC
languages: [ru]
queues: {q: {did: ["+996312900800"]}}
trunk: {dial: "`+dial+`", caller_id: "+996312900800", allow: ["^\\+996[0-9]{9}$"]}
`))
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	for _, tt := range []struct {
		started, reloaded string
		want              bool
	}{
		{"PJSIP/{number}@a", "PJSIP/{number}@b", true},
		{"PJSIP/{number}@a", "", false},
		{"", "PJSIP/{number}@b", false},
	} {
		if o := ariOptions(trunk(tt.started)); o.Trunk != tt.started || o.TrunkCallerID != "+996312900800" {
			t.Errorf("%q: clients are called over %q as %q", tt.started, o.Trunk, o.TrunkCallerID)
		}
		d := &daemon{started: trunk(tt.started), metrics: ops.NewMetrics("test")}
		d.adopt(trunk(tt.reloaded))
		rules := d.rules.Load().Trunk
		if (rules.Allowed != nil) != tt.want {
			t.Errorf("%q, then %q: numbers may be called: %t", tt.started, tt.reloaded, !tt.want)
		}
		if got := rules.Normalize("0555 12-34-56"); got != "+996555123456" {
			t.Errorf("a number that is keyed in becomes %q", got)
		}
	}
}

// A command takes no mightier token than it needs.
func TestTokenFor(t *testing.T) {
	all := []config.Token{{Token: "a", Role: config.Admin}, {Token: "s", Role: config.Supervisor}, {Token: "v", Role: config.Viewer}}
	for _, tt := range []struct {
		tokens []config.Token
		need   config.Role
		want   string
	}{
		{all, config.Viewer, "v"}, {all, config.Supervisor, "s"}, {all, config.Admin, "a"},
		{all[:2], config.Viewer, "s"}, {all[:1], config.Supervisor, "a"}, {all[2:], config.Supervisor, ""}, {nil, config.Viewer, ""},
	} {
		if got := tokenFor(tt.tokens, tt.need); got != tt.want {
			t.Errorf("%v for %s: %q, want %q", tt.tokens, tt.need, got, tt.want)
		}
	}
}

// The minutes that callers hear are compared with those of every queue.
func TestCheckMinutes(t *testing.T) {
	rules := &queue.Rules{Queues: map[string]*queue.QueueRules{}}
	for name, due := range map[string]string{"a": "30m", "b": "20m"} {
		q := queue.DefaultQueue()
		if due == "20m" {
			q.Callback.Information /= 3
		}
		rules.Queues[name] = &q
	}
	found := checkMinutes(rules)
	if len(found) != 1 || found[0].Severity != isWarning || !strings.HasPrefix(found[0].Problem, "queues.b.callback.information is 10m, but callers") {
		t.Errorf("%+v", found)
	}
}
