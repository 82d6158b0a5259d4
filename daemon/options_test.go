package daemon

import (
	"fmt"
	"strings"
	"testing"

	"go.uber.org/zap"

	"kezek/config"
	"kezek/ops"
	"kezek/state"
)

func TestRedisURL(t *testing.T) {
	c, err := config.Load(writeConfig(t, "kezek:p%40ss@127.0.0.1:1"))
	must(t, err)
	if got := redisURL(c.Redis); got != "redis://kezek:p%40ss@127.0.0.1:1/0" {
		t.Errorf("got %s", got)
	}
	if _, err := state.New(StoreOptions(c, zap.NewNop())); err != nil {
		t.Error(err)
	}
}

// Beside those of loopback the server has the address that it listens on, and what the config adds.
func TestHosts(t *testing.T) {
	for listen, want := range map[string]string{
		"127.0.0.1:8086": "[pbx]", "[::1]:8086": "[pbx]", ":8086": "[pbx]", "0.0.0.0:8086": "[pbx]", "[::]:8086": "[pbx]",
		"192.0.2.1:8086": "[192.0.2.1 pbx]", "[2001:db8::1]:8086": "[2001:db8::1 pbx]",
	} {
		if got := fmt.Sprint(hosts(config.Ops{Listen: listen, Hosts: []string{"pbx"}})); got != want {
			t.Errorf("%s: %s, want %s", listen, got, want)
		}
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
		if o := ARIOptions(trunk(tt.started)); o.Trunk != tt.started || o.TrunkCallerID != "+996312900800" {
			t.Errorf("%q: clients are called over %q as %q", tt.started, o.Trunk, o.TrunkCallerID)
		}
		d := &Daemon{started: trunk(tt.started), metrics: ops.NewMetrics("test")}
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

// A spool that cannot be written is told at the start; one whose folder is made later is used all the same.
func TestABadSpoolIsTold(t *testing.T) {
	path := writeConfig(t, "127.0.0.1:1")
	replace(t, path, "company: Skynet", "company: Skynet\nspool: none/spool.json\ntrunk: {dial: \"PJSIP/{number}@x\", allow: ['^\\+996[0-9]{9}$']}")
	d, log := boot(t, path)
	if !strings.Contains(log.String(), "no callback can be promised while Redis is away") || !strings.Contains(log.String(), "none: no such file") {
		t.Errorf("it does not say so:\n%s", log)
	}
	if spool(d.started, zap.NewNop()) == nil {
		t.Error("it is not used")
	}
}
