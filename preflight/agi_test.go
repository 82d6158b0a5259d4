package preflight

import (
	"net/netip"
	"testing"

	"kezek/config"
)

// Asterisk must be able to reach the agents' codes, here or from another machine.
func TestAGI(t *testing.T) {
	const nothing = ": agents' codes reach nothing\n"
	for _, c := range []struct{ ari, listen, address, allow, want string }{
		{"http://127.0.0.1:8088/ari", "127.0.0.1:4573", "127.0.0.1:4573", "127.0.0.0/8", ""},
		{"http://127.0.0.1:8088/ari", ":4573", "127.0.0.1:4573", "127.0.0.0/8", ""},
		{"http://127.0.0.1:8088/ari", "localhost:4573", "localhost:4573", "127.0.0.0/8", ""},
		// Nobody listens at port 1: a program there would pass the codes on.
		{"http://localhost:8088/ari", "127.0.0.1:4573", "127.0.0.1:1", "127.0.0.0/8",
			"error agi.address is 127.0.0.1:1, and the daemon listens at 127.0.0.1:4573 (agi.listen)" + nothing},
		{"http://localhost:8088/ari", "127.0.0.2:1", "127.0.0.1:1", "127.0.0.0/8",
			"error agi.address is 127.0.0.1:1, and the daemon listens at 127.0.0.2:1 (agi.listen)" + nothing},
		{"http://localhost:8088/ari", "127.0.0.1:4573", "127.0.0.1:4573", "203.0.113.0/24",
			"error agi.allow does not have this machine, where Asterisk is: agents' codes are refused\n"},
		{"https://203.0.113.5:8089/ari", ":4573", "127.0.0.1:4573", "127.0.0.0/8",
			"error agi.address is 127.0.0.1:4573, which to the Asterisk at 203.0.113.5 is itself" + nothing},
		{"https://pbx.example:8089/ari", ":4573", "127.0.0.1:4573", "127.0.0.0/8",
			"error agi.address is 127.0.0.1:4573, which to the Asterisk at pbx.example is itself" + nothing},
		{"https://203.0.113.5:8089/ari", ":4573", "203.0.113.6:4573", "127.0.0.0/8", "error agi.allow does not have the Asterisk at 203.0.113.5: agents' codes are refused\n"},
		{"https://203.0.113.5:8089/ari", ":4573", "203.0.113.6:4573", "203.0.113.0/24", ""},
		{"https://pbx.example:8089/ari", ":4573", "203.0.113.6:4573", "127.0.0.0/8", ""},
	} {
		conf := &config.Config{Asterisk: config.Asterisk{URL: c.ari},
			AGI: config.AGI{Listen: c.listen, Address: c.address, Allow: []netip.Prefix{netip.MustParsePrefix(c.allow)}}}
		if got := findings(checkAGI(conf)); got != c.want {
			t.Errorf("%s at %s to %s: %q, want %q", c.ari, c.listen, c.address, got, c.want)
		}
	}
}
