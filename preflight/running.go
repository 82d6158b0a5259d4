package preflight

import (
	"context"
	"maps"
	"slices"
	"strings"

	"kezek/ari"
	"kezek/dialplan"
)

// Where the contexts of the running Asterisk lead.

// checkRunning asks for the ways to Kezek and away from it.
func (s *Site) checkRunning(ctx context.Context, p *ari.Probe) []Finding {
	client := ari.NewClient(s.ARI)
	defer client.Close()
	r := running{site: s, probe: p, pjsip: &pjsip{client: client}, has: map[string]bool{}}
	found := r.phones(ctx)
	found = append(found, r.numbers(ctx)...)
	found = append(found, r.fallbacks(ctx)...)
	if r.err != nil {
		found = append(found, warning("try again", "where Asterisk's contexts lead is not wholly known: %s", plain(r.err)))
	}
	return found
}

type running struct {
	site  *Site
	probe *ari.Probe
	pjsip *pjsip
	has   map[string]bool // places that were asked for
	err   error           // the first one
}

// leads reports whether a place is there.
func (r *running) leads(ctx context.Context, in, extension, priority string) bool {
	place := in + "," + extension + "," + priority
	is, known := r.has[place]
	if !known {
		var err error
		if is, err = r.probe.HasExtension(ctx, in, extension, priority); err != nil && r.err == nil {
			r.err = err
		}
		r.has[place] = is
	}
	return is || r.err != nil // what is not known is no fault
}

// phones looks whether agents' phones reach the codes.
func (r *running) phones(ctx context.Context) (found []Finding) {
	lost := map[string][]string{} // phones, by context
	for _, name := range r.site.ARI.Endpoints {
		e := r.pjsip.endpoint(ctx, name)
		if e == nil {
			continue
		}
		if in := e["context"]; !r.leads(ctx, in, "*10", dialplan.Label) {
			lost[in] = append(lost[in], name)
		}
	}
	for _, in := range slices.Sorted(maps.Keys(lost)) {
		found = append(found, fault("include => "+r.site.Dialplan.App+"-agents in ["+in+"], then: asterisk -rx 'dialplan reload'",
			"context %s of %s does not include %s-agents: nobody can log in there", in, few(lost[in]), r.site.Dialplan.App))
	}
	return found
}

// numbers looks whether somebody who is no agent reaches the queues' numbers. Which endpoints are
// carriers Asterisk does not know; one that leads to a number is enough.
func (r *running) numbers(ctx context.Context) (found []Finding) {
	contexts, all := r.carriers(ctx)
	if !all && len(contexts) == 0 {
		return nil // callers come over another technology than PJSIP
	}
	for _, name := range slices.Sorted(maps.Keys(r.site.Config.Rules.Queues)) {
		q := r.site.Config.Rules.Queues[name]
		for _, did := range q.DID {
			forms := []string{did, strings.TrimPrefix(did, "+")}
			reach := func(priority string) bool {
				return slices.ContainsFunc(contexts, func(in string) bool {
					return slices.ContainsFunc(forms, func(n string) bool { return r.leads(ctx, in, n, priority) })
				})
			}
			fix := "include => " + r.site.Dialplan.App + "-inbound in the context of the trunk, then: asterisk -rx 'dialplan reload'"
			switch {
			case reach(dialplan.Label):
			case reach("1") && !q.Welcome:
				found = append(found, fine("%s of queue %s goes through the site's own dialplan first", did, name))
			case reach("1"):
				found = append(found, warning("see that it goes to "+r.site.Dialplan.App+"-inbound at last; or "+fix,
					"%s of queue %s goes to an extension of the site's own: whether its callers reach Kezek is not known", did, name))
			case all:
				found = append(found, fault(fix, "no endpoint leads to %s of queue %s: its callers do not reach Kezek", did, name))
			default:
				found = append(found, warning(fix, "no PJSIP endpoint leads to %s of queue %s; other channels were not asked", did, name))
			}
		}
	}
	trunk := r.pjsip.endpoint(ctx, trunkEndpoint(r.site.ARI.Trunk))
	if trunk != nil && r.err == nil && r.leads(ctx, trunk["context"], "*10", dialplan.Label) {
		found = append(found, warning("keep "+r.site.Dialplan.App+"-agents out of ["+trunk["context"]+"]; include => "+r.site.Dialplan.App+"-inbound alone",
			"callers of the trunk reach the agents' codes: its context %s includes %s-agents", trunk["context"], r.site.Dialplan.App))
	}
	return found
}

// carriers are the contexts of all PJSIP endpoints but the phones of the config, and whether
// those are all ways by which callers come.
func (r *running) carriers(ctx context.Context) (contexts []string, all bool) {
	var endpoints []struct{ Technology, Resource string }
	if err := r.pjsip.client.Ask(ctx, &endpoints, "endpoints"); err != nil {
		r.err = err
		return nil, false
	}
	all = true
	for _, e := range endpoints {
		name := e.Technology + "/" + e.Resource
		if slices.Contains(r.site.ARI.Endpoints, name) {
			continue
		}
		is := r.pjsip.endpoint(ctx, name)
		if is == nil {
			all = all && r.pjsip.endpointGone(ctx, name)
			continue
		}
		if in := is["context"]; !slices.Contains(contexts, in) {
			contexts = append(contexts, in)
		}
	}
	if len(contexts) == 0 && all { // lines and peers of these are no endpoints
		modules, err := r.pjsip.client.Modules(ctx)
		all = err == nil && !modules["chan_dahdi"] && !modules["chan_iax2"]
	}
	return contexts, all
}

// fallbacks looks for the places where callers go when the daemon is away, or when they cannot be served.
func (r *running) fallbacks(ctx context.Context) (found []Finding) {
	places := map[string]string{} // fields of the config, by place
	c := r.site.Config
	if c.Dialplan.Fallback != "" {
		places[c.Dialplan.Fallback] = "dialplan.fallback"
	}
	for _, name := range slices.Sorted(maps.Keys(c.Rules.Queues)) {
		if place := c.Rules.Queues[name].Fallback; place != "" {
			if places[place] != "" {
				places[place] += ", "
			}
			places[place] += "queues." + name + ".fallback"
		}
	}
	for _, place := range slices.Sorted(maps.Keys(places)) {
		part := strings.SplitN(place, ",", 3)
		if len(part) == 3 && !r.leads(ctx, part[0], part[1], part[2]) {
			found = append(found, fault("write that context and extension, then: asterisk -rx 'dialplan reload'; or correct the config",
				"%s: there is no %s in the dialplan that Asterisk has loaded: callers who should go there are lost", places[place], place))
		}
	}
	return found
}
