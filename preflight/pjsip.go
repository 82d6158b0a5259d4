package preflight

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"kezek/ari"
)

// reloadPJSIP makes Asterisk read pjsip.conf anew. That `pjsip reload` is an alias, which not every site has.
const reloadPJSIP = "asterisk -rx 'module reload res_pjsip.so'"

// pjsip reads endpoints as the running Asterisk has them, each once.
type pjsip struct {
	client *ari.Client
	seen   map[string]map[string]string
}

// endpoint is what Asterisk has for "PJSIP/1012"; nil if it is of another technology or cannot be read.
func (p *pjsip) endpoint(ctx context.Context, name string) map[string]string {
	id, is := strings.CutPrefix(name, "PJSIP/")
	if !is {
		return nil
	}
	if e, known := p.seen[id]; known {
		return e
	}
	e, _ := p.client.PJSIP(ctx, "endpoint", id) // that it does not exist is told elsewhere
	if p.seen == nil {
		p.seen = map[string]map[string]string{}
	}
	p.seen[id] = e
	return e
}

// gone reports whether the running Asterisk has no such object. Its list of endpoints goes on
// naming those that were taken out of pjsip.conf, until it is started anew.
func (p *pjsip) gone(ctx context.Context, kind, id string) bool {
	_, err := p.client.PJSIP(ctx, kind, id)
	return ari.Status(err) == http.StatusNotFound
}

// endpointGone is gone for "PJSIP/1012"; what is of another technology is not known.
func (p *pjsip) endpointGone(ctx context.Context, name string) bool {
	id, is := strings.CutPrefix(name, "PJSIP/")
	return is && p.endpoint(ctx, name) == nil && p.gone(ctx, "endpoint", id)
}

// references tells of what an endpoint names and Asterisk does not have.
func (s *settings) references(ctx context.Context, p *pjsip, name string, endpoint map[string]string) {
	for _, r := range []struct{ attribute, kind, lost string }{
		{"transport", "transport", "no call reaches it"},
		{"aors", "aor", "it cannot register, and no call reaches it"},
		{"auth", "auth", "it cannot register or call"},
		{"outbound_auth", "auth", "calls to it are refused"},
	} {
		for _, id := range named(endpoint[r.attribute]) {
			if p.gone(ctx, r.kind, id) {
				s.add(name, setting{say: fault, fix: "write [" + id + "] with type = " + r.kind + ", or correct " + r.attribute + ",",
					problem: fmt.Sprintf("names the %s %s, which does not exist: %s", r.kind, id, r.lost)})
			}
		}
	}
	if len(named(endpoint["aors"])) == 0 {
		s.add(name, setting{say: fault, problem: "has no aors: no call reaches it", fix: "aors = NAME, and [NAME] with type = aor, max_contacts = 1,"})
	}
}

// aors are the endpoint's addresses of record.
func (p *pjsip) aors(ctx context.Context, endpoint map[string]string) (all []map[string]string) {
	for _, id := range named(endpoint["aors"]) {
		if a, err := p.client.PJSIP(ctx, "aor", id); err == nil {
			all = append(all, a)
		}
	}
	return all
}

// named are the names in a value of Asterisk's.
func named(value string) []string {
	names := strings.Split(value, ",")
	for i, name := range names {
		names[i] = strings.TrimSpace(name)
	}
	return slices.DeleteFunc(names, func(name string) bool { return name == "" })
}
