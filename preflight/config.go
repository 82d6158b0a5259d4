package preflight

import (
	"context"
	"slices"
	"strings"

	"kezek/prompts"
)

func (s *Site) checkConfig(ctx context.Context) []Finding {
	c := s.Config
	found := []Finding{fine("%s: %s", s.Path, c)}
	for _, w := range c.Warnings {
		found = append(found, Finding{Severity: Warning, Problem: w})
	}
	for _, l := range c.Rules.Languages {
		if !slices.Contains(prompts.Languages(), string(l)) {
			found = append(found, fault("remove it; there are "+strings.Join(prompts.Languages(), ", "),
				"languages: there are no phrases in %s", l))
		}
	}
	found = append(found, s.checkDaemon()...)
	return append(found, checkWebhook(ctx, c)...)
}
