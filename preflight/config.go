package preflight

import (
	"context"
	"maps"
	"os"
	"slices"
	"strings"

	"kezek/config"
	"kezek/prompts"
	"kezek/queue"
)

func (s *Site) checkConfig(context.Context) []Finding {
	c := s.Config
	found := []Finding{fine("%s: %s", s.Path, c)}
	for _, w := range c.Warnings {
		found = append(found, Finding{Severity: Warning, Problem: w})
	}
	for _, l := range c.Rules.Languages {
		if !slices.Contains(prompts.Languages(), string(l)) {
			found = append(found, fault("take it out; there are "+strings.Join(prompts.Languages(), ", "),
				"languages: there are no phrases in %s", l))
		}
	}
	return append(found, checkRecordings(c)...)
}

// checkRecordings looks whether what is recorded can be fetched.
func checkRecordings(c *config.Config) []Finding {
	if !slices.ContainsFunc(slices.Collect(maps.Values(c.Rules.Queues)), func(q *queue.QueueRules) bool { return q.Recording.On }) {
		return nil
	}
	if _, err := os.ReadDir(c.Recordings.Dir); err != nil {
		return []Finding{warning("name Asterisk's folder of recordings, and let the user of the daemon join Asterisk's group: usermod -aG asterisk kezek",
			"recordings.dir: %v: supervisors cannot fetch recordings", err)}
	}
	return nil
}
