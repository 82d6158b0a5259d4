package main

import (
	"testing"

	"kezek/config"
	"kezek/ops"
)

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
