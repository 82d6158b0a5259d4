package preflight

import (
	"context"
	"strings"

	"kezek/ari"
)

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
