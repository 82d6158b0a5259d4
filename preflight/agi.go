package preflight

import (
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"kezek/config"
)

// checkAGI looks whether Asterisk can reach the agents' codes.
func checkAGI(c *config.Config) []Finding {
	u, err := url.Parse(c.Asterisk.URL)
	host, port, err2 := net.SplitHostPort(c.AGI.Address)
	if err != nil || err2 != nil {
		return nil
	}
	addr, err := hostAddr(u.Hostname())
	if err == nil && ours(addr) {
		return checkAGIHere(c)
	}
	if loopback(host) {
		return []Finding{fault("agi: {listen: \":"+port+"\", address: \"ADDRESS OF THIS MACHINE:"+port+"\", allow: [ADDRESS OF ASTERISK]}, then write the dialplan again",
			"agi.address is %s, which to the Asterisk at %s is itself: agents' codes reach nothing", c.AGI.Address, u.Hostname())}
	}
	if err != nil || allows(c, addr) {
		return nil // a name may be any address
	}
	return []Finding{fault("add "+addr.String()+" to agi.allow", "agi.allow does not have the Asterisk at %s: agents' codes are refused", addr)}
}

// allows reports whether a program at an address may give codes.
func allows(c *config.Config, addr netip.Addr) bool {
	return slices.ContainsFunc(c.AGI.Allow, func(p netip.Prefix) bool { return p.Contains(addr.Unmap()) })
}

// checkAGIHere is checkAGI for an Asterisk on this machine.
func checkAGIHere(c *config.Config) []Finding {
	at, err := netip.ParseAddrPort(strings.Replace(c.AGI.Address, "localhost:", "127.0.0.1:", 1))
	host, port, err2 := net.SplitHostPort(c.AGI.Listen)
	if err != nil || err2 != nil || !ours(at.Addr()) {
		return nil // a name, or another machine that passes it on
	}
	bound, err := hostAddr(host)
	everywhere := host == "" || err == nil && bound.IsUnspecified()
	if port != strconv.Itoa(int(at.Port())) || !everywhere && err == nil && bound != at.Addr() {
		if _, taken := listens(at); taken { // a program between the two
			return nil
		}
		return []Finding{fault("take agi.address out of the config, or have it lead to agi.listen; then write the dialplan again",
			"agi.address is %s, and the daemon listens at %s (agi.listen): agents' codes reach nothing", c.AGI.Address, c.AGI.Listen)}
	}
	if allows(c, at.Addr()) { // from which Asterisk comes then
		return nil
	}
	return []Finding{fault("add "+at.Addr().String()+" to agi.allow", "agi.allow does not have this machine, where Asterisk is: agents' codes are refused")}
}
