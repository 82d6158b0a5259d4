package preflight

import (
	"net/netip"
	"testing"
	"time"

	"kezek/config"
)

// The time of Asterisk is cut to the second and asked for within a moment: neither counts.
func TestClock(t *testing.T) {
	at := time.Date(2026, 3, 2, 9, 0, 10, 700e6, time.UTC)
	for apart, want := range map[time.Duration]string{
		0: "", 2 * time.Second: "", -2 * time.Second: "",
		time.Minute:  "warning Asterisk's clock is 59s before ours: its log and the times of recordings do not fit Kezek's\n",
		-time.Minute: "warning Asterisk's clock is 1m0s behind ours: its log and the times of recordings do not fit Kezek's\n",
	} {
		if got := findings(clockFinding(at.Add(apart).Truncate(time.Second), at, at.Add(50*time.Millisecond))); got != want {
			t.Errorf("%v: %q, want %q", apart, got, want)
		}
	}
}

// An Asterisk on another machine must be able to reach the agents' codes.
func TestAGI(t *testing.T) {
	for _, c := range []struct{ ari, address, allow, want string }{
		{"http://127.0.0.1:8088/ari", "127.0.0.1:4573", "127.0.0.0/8", ""},
		{"http://localhost:8088/ari", "127.0.0.1:4573", "127.0.0.0/8", ""},
		{"https://203.0.113.5:8089/ari", "127.0.0.1:4573", "127.0.0.0/8",
			"error agi.address is 127.0.0.1:4573, which to the Asterisk at 203.0.113.5 is itself: agents' codes reach nothing\n"},
		{"https://pbx.example:8089/ari", "127.0.0.1:4573", "127.0.0.0/8",
			"error agi.address is 127.0.0.1:4573, which to the Asterisk at pbx.example is itself: agents' codes reach nothing\n"},
		{"https://203.0.113.5:8089/ari", "203.0.113.6:4573", "127.0.0.0/8", "error agi.allow does not have the Asterisk at 203.0.113.5: agents' codes are refused\n"},
		{"https://203.0.113.5:8089/ari", "203.0.113.6:4573", "203.0.113.0/24", ""},
		{"https://pbx.example:8089/ari", "203.0.113.6:4573", "127.0.0.0/8", ""},
	} {
		conf := &config.Config{Asterisk: config.Asterisk{URL: c.ari}, AGI: config.AGI{Address: c.address, Allow: []netip.Prefix{netip.MustParsePrefix(c.allow)}}}
		if got := findings(checkAGI(conf)); got != c.want {
			t.Errorf("%s to %s: %q, want %q", c.ari, c.address, got, c.want)
		}
	}
}
