package preflight

import (
	"context"
	"maps"
	"slices"
	"strings"
)

// Whether Asterisk takes the calls of a carrier at all: it refuses (401) whoever it cannot assign to an endpoint.

// callersKnown reports for each endpoint whether Asterisk can tell its callers by something else than a From that
// names the endpoint, as no carrier's does. It is nil when it cannot be seen, as on another machine.
func callersKnown(ctx context.Context, c *consoleHere, p *pjsip, carriers []carrier) map[string]bool {
	identifies, err := c.ask(ctx, "pjsip show identifies")
	registrations, err2 := c.ask(ctx, "pjsip show registrations")
	if err != nil || err2 != nil {
		return nil
	}
	known := map[string]bool{}
	for endpoint := range identified(identifies) {
		known["PJSIP/"+endpoint] = true
	}
	for _, r := range registered(registrations) {
		if is, err := p.client.PJSIP(ctx, "registration", r.id); err == nil && is["line"] == "true" {
			known["PJSIP/"+is["endpoint"]] = true
		}
	}
	for _, c := range carriers {
		e := p.endpoint(ctx, c.name)
		anonymous := c.name == "PJSIP/anonymous" || strings.HasPrefix(c.name, "PJSIP/anonymous@")
		known[c.name] = known[c.name] || e == nil || anonymous || strings.TrimSpace(e["auth"]) != ""
	}
	return known
}

// identified are the endpoints that the console names: "Identify:  ID/ENDPOINT", with "Match:" below.
func identified(text string) map[string]bool {
	is := map[string]bool{}
	for line := range strings.Lines(text) {
		if id, found := strings.CutPrefix(strings.TrimSpace(line), "Identify:"); found && !strings.Contains(id, "<") {
			_, endpoint, _ := strings.Cut(strings.TrimSpace(id), "/")
			is[endpoint] = true
		}
	}
	return is
}

// registration is one of Asterisk's at a carrier.
type registration struct{ id, server, status string }

// registered reads them from the console: "ID/SERVER  AUTH  STATUS  (exp. 60s)".
func registered(text string) (all []registration) {
	for line := range strings.Lines(text) {
		const uri, status, count = 0, 2, 3
		if f := strings.Fields(line); len(f) >= count {
			if id, server, found := strings.Cut(f[uri], "/sip"); found {
				all = append(all, registration{id, "sip" + server, f[status]})
			}
		}
	}
	return all
}

// strangers tells of endpoints that lead to a number, but whose callers Asterisk does not know.
func (r *running) strangers(doors map[string]bool, all bool) []Finding {
	unknown := slices.DeleteFunc(slices.Sorted(maps.Keys(doors)), func(name string) bool { return doors[name] })
	const (
		fix = "write [carrier] with type = identify, endpoint = its name, match = the addresses of the carrier in pjsip.conf; or line = yes and endpoint = its name " +
			"in its registration; then: " + reloadPJSIP + "; see: asterisk -rx 'pjsip show identifies'"
		is = "has neither identify, nor auth, nor a registration with line = yes: Asterisk refuses calls from there, except those whose From names the endpoint"
	)
	switch trunk := trunkEndpoint(r.site.ARI.Trunk); {
	case len(unknown) == 0:
		return nil
	case len(unknown) == len(doors) && all:
		return []Finding{fault(fix, "%s, used by callers, %s: no caller reaches Kezek", few(unknown), is)}
	case len(unknown) == len(doors) || slices.Contains(unknown, trunk):
		return []Finding{warning(fix, "%s, which leads to numbers of the queues, %s", few(unknown), is)}
	}
	return nil // one of an office, perhaps
}
