package preflight

import (
	"context"
	"fmt"
	"net/http"
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
	e, err := p.client.PJSIP(ctx, "endpoint", id)
	if err != nil {
		e = nil // that it does not exist is told elsewhere
	}
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
		for id := range strings.SplitSeq(endpoint[r.attribute], ",") {
			if id = strings.TrimSpace(id); id != "" && p.gone(ctx, r.kind, id) {
				s.add(name, &setting{say: fault, fix: "write [" + id + "] with type = " + r.kind + ", or correct " + r.attribute + ",",
					problem: fmt.Sprintf("names the %s %s, which does not exist: %s", r.kind, id, r.lost)})
			}
		}
	}
	if strings.TrimSpace(endpoint["aors"]) == "" {
		s.add(name, &setting{say: fault, problem: "has no aors: no call reaches it", fix: "aors = NAME, and [NAME] with type = aor, max_contacts = 1,"})
	}
}

// aors are the endpoint's addresses of record.
func (p *pjsip) aors(ctx context.Context, endpoint map[string]string) (all []map[string]string) {
	for id := range strings.SplitSeq(endpoint["aors"], ",") {
		if id = strings.TrimSpace(id); id == "" {
			continue
		}
		if a, err := p.client.PJSIP(ctx, "aor", id); err == nil {
			all = append(all, a)
		}
	}
	return all
}
