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
	r := running{site: s, probe: p, pjsip: &pjsip{client: client}, has: map[string]bool{}, console: s.console(ctx, client)}
	defer r.console.close()
	found := r.phones(ctx)
	found = append(found, r.numbers(ctx)...)
	found = append(found, r.fallbacks(ctx)...)
	if r.err != nil {
		found = append(found, warning("try again", "where Asterisk's contexts lead is not fully known: %s", plain(r.err)))
	}
	return found
}

type running struct {
	site  *Site
	probe *ari.Probe
	pjsip *pjsip
	has   map[string]bool // places that were asked for
	err   error           // the first one

	console *consoleHere // nil: Asterisk is on another machine
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

// dialplanReload makes Asterisk read extensions.conf anew.
const dialplanReload = "asterisk -rx 'dialplan reload'"

// phones looks whether agents' phones reach the codes, and not an extension of the site's own that is found before.
func (r *running) phones(ctx context.Context) (found []Finding) {
	phones := map[string][]string{} // by context
	for _, name := range r.site.ARI.Endpoints {
		if e := r.pjsip.endpoint(ctx, name); e != nil {
			phones[e["context"]] = append(phones[e["context"]], name)
		}
	}
	needed, others := r.site.Dialplan.Dials()
	agents := r.site.Dialplan.App + "-agents"
	for _, in := range slices.Sorted(maps.Keys(phones)) {
		hidden, lost := r.hidden(ctx, in, needed)
		if lost {
			found = append(found, fault("include => "+agents+" in ["+in+"], then: "+dialplanReload,
				"context %s of %s does not include %s: nobody can log in there", in, few(phones[in]), agents))
			continue
		}
		say, what := fault, "nobody can log in or out there"
		if len(hidden) == 0 {
			say, what = warning, "nobody reaches Kezek by them"
		}
		more, _ := r.hidden(ctx, in, others)
		if hidden = append(hidden, more...); len(hidden) > 0 {
			found = append(found, say("check what is found first: asterisk -rx 'dialplan show "+hidden[0]+"@"+in+"'; remove that from ["+in+"] (or exclude the codes from it), or include "+
				agents+" before what has it; then: "+dialplanReload, "in context %s of %s %s go to an extension of your own dialplan: %s", in, few(phones[in]), few(hidden), what))
		}
	}
	return found
}

// ours reports whether an extension that a context finds is one of Kezek's. ARI does not tell: Asterisk looks on in
// what a context includes for a priority or a label that the extension found first does not have. The console does.
func (r *running) ours(ctx context.Context, in, extension string) bool {
	text, err := r.console.ask(ctx, "dialplan show "+extension+"@"+in)
	first := firstFound(text)
	return err != nil || first == "" || strings.HasPrefix(first, r.site.Dialplan.App+"-")
}

// hidden are those of some extensions that lead elsewhere than to Kezek. Lost reports whether one leads nowhere at all.
func (r *running) hidden(ctx context.Context, in string, dialled []string) (hidden []string, lost bool) {
	for _, d := range dialled {
		switch {
		case !r.leads(ctx, in, d, "1"):
			lost = true
		case !r.ours(ctx, in, d):
			hidden = append(hidden, d)
		}
	}
	return hidden, lost
}

// numbers looks whether somebody who is no agent reaches the queues' numbers. Which endpoints are
// carriers Asterisk does not know; one that leads to a number is enough.
func (r *running) numbers(ctx context.Context) (found []Finding) {
	carriers, all := r.carriers(ctx)
	if !all && len(carriers) == 0 {
		return nil // callers come over another technology than PJSIP
	}
	known := callersKnown(ctx, r.console, r.pjsip, carriers)
	doors := map[string]bool{}       // endpoints that lead to a number, and whether Asterisk knows their callers
	elsewhere := map[string]string{} // contexts of the forms of a number that lead past Kezek, though another form does not
	for _, name := range slices.Sorted(maps.Keys(r.site.Config.Rules.Queues)) {
		q := r.site.Config.Rules.Queues[name]
		for _, did := range q.DID {
			if inbound := r.site.Dialplan.App + "-inbound"; !r.leads(ctx, inbound, did, dialplan.Label) {
				found = append(found, fault("take it out of ["+inbound+"]: asterisk -rx 'dialplan show "+did+"@"+inbound+"' names the file; then: "+dialplanReload,
					"an extension of your own dialplan in %s replaces Kezek's for %s of queue %s: its callers do not reach Kezek", inbound, did, name))
				continue
			}
			forms := []string{did, strings.TrimPrefix(did, "+")}
			reach := func(priority string) (is bool) {
				for _, c := range carriers {
					if slices.ContainsFunc(forms, func(n string) bool {
						return r.leads(ctx, c.context, n, priority) && (priority != dialplan.Label || r.ours(ctx, c.context, n))
					}) {
						is = true
						doors[c.name] = known == nil || known[c.name]
					}
				}
				return is
			}
			fix := "include => " + r.site.Dialplan.App + "-inbound in the context of the trunk, then: " + dialplanReload
			switch {
			case reach(dialplan.Label):
				for _, c := range carriers {
					if hidden, _ := r.hidden(ctx, c.context, slices.Compact(forms)); len(hidden) == 1 && len(slices.Compact(forms)) > 1 {
						elsewhere[hidden[0]] = c.context
					}
				}
			case reach("1") && !q.Welcome:
				found = append(found, fine("%s of queue %s goes through your own dialplan first", did, name))
			case reach("1"):
				found = append(found, warning("check that it goes to "+r.site.Dialplan.App+"-inbound in the end; or "+fix,
					"%s of queue %s goes to an extension of your own dialplan: whether its callers reach Kezek is not known", did, name))
			case all:
				found = append(found, fault(fix, "no endpoint leads to %s of queue %s: its callers do not reach Kezek", did, name))
			default:
				found = append(found, warning(fix, "no PJSIP endpoint leads to %s of queue %s; other channel types were not checked", did, name))
			}
		}
	}
	for _, form := range slices.Sorted(maps.Keys(elsewhere)) {
		found = append(found, warning("check which form your carrier sends, and what is found first: asterisk -rx 'dialplan show "+form+"@"+elsewhere[form]+"'; remove that, or exclude the number from it",
			"%s in context %s goes to an extension of your own dialplan, and not to Kezek as with the other form (with or without +): callers whose carrier sends this one do not reach Kezek", form, elsewhere[form]))
	}
	found = append(found, r.strangers(doors, all)...)
	trunk := r.pjsip.endpoint(ctx, trunkEndpoint(r.site.ARI.Trunk))
	if trunk != nil && r.err == nil && r.leads(ctx, trunk["context"], "*10", dialplan.Label) {
		found = append(found, warning("keep "+r.site.Dialplan.App+"-agents out of ["+trunk["context"]+"]; include => "+r.site.Dialplan.App+"-inbound alone",
			"callers of the trunk reach the agents' codes: its context %s includes %s-agents", trunk["context"], r.site.Dialplan.App))
	}
	return found
}

// carrier is an endpoint by which callers may come.
type carrier struct{ name, context string }

// carriers are all PJSIP endpoints but the phones of the config, and whether those are all ways by which callers come.
func (r *running) carriers(ctx context.Context) (carriers []carrier, all bool) {
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
		carriers = append(carriers, carrier{name, is["context"]})
	}
	if len(carriers) == 0 && all { // lines and peers of these are no endpoints
		modules, err := r.pjsip.client.Modules(ctx)
		all = err == nil && !modules["chan_dahdi"] && !modules["chan_iax2"]
	}
	return carriers, all
}

// fallbacks looks for the places where callers go when the daemon is away, or when they cannot be served.
func (r *running) fallbacks(ctx context.Context) (found []Finding) {
	c := r.site.Config
	places := map[string][]string{c.Dialplan.Fallback: {"dialplan.fallback"}} // fields of the config, by place
	for _, name := range slices.Sorted(maps.Keys(c.Rules.Queues)) {
		place := c.Rules.Queues[name].Fallback
		places[place] = append(places[place], "queues."+name+".fallback")
	}
	for _, place := range slices.Sorted(maps.Keys(places)) {
		part := strings.SplitN(place, ",", 3)
		if len(part) == 3 && !r.leads(ctx, part[0], part[1], part[2]) {
			found = append(found, fault("write that context and extension, then: "+dialplanReload+"; or correct the config",
				"%s: there is no %s in the dialplan that Asterisk has loaded: callers sent there are lost", strings.Join(places[place], ", "), place))
		}
	}
	return found
}
