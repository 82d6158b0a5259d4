package preflight

import (
	"context"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"kezek/config"
	"kezek/prompts"
	"kezek/queue"
)

// checkPrompts looks at what callers and agents hear. What may be done about
// phrases one day is told by [Prompts] alone.
func (s *Site) checkPrompts(context.Context) []Finding {
	found := slices.DeleteFunc(Prompts(s.Config.Prompts.Dir, s.Config.Company), func(f Finding) bool { return f.Severity == Info && f.Fix != "" })
	found = append(found, checkMinutes(s.Config.Rules)...)
	return append(found, checkNotices(s.Config)...)
}

// Prompts checks a folder of audio for a company, see [prompts.CheckDir].
func Prompts(dir, company string) []Finding {
	all := prompts.CheckDir(dir, company)
	found := make([]Finding, 0, len(all)+1)
	serious := false
	for _, f := range all {
		file := f.File
		if file == "." {
			file = dir
		}
		found = append(found, Finding{AreaPrompts, Severity(f.Severity), file + ": " + f.Problem, f.Fix})
		serious = serious || f.Severity != prompts.Info
	}
	if !serious {
		found = append(found, Finding{AreaPrompts, Info, dir + ": every phrase can be played and has the right text", ""})
	}
	return found
}

// checkNotices looks for the site's own recordings that callers may be told as a notice.
func checkNotices(c *config.Config) (found []Finding) {
	for _, phrase := range c.Rules.Notice.Phrases {
		for _, l := range c.Rules.Languages {
			file := filepath.Join(string(l), phrase)
			if all, _ := filepath.Glob(filepath.Join(c.Prompts.Dir, file+".*")); strings.HasPrefix(phrase, prompts.Own) && len(all) == 0 {
				found = append(found, fault("record it for each language: without it callers do not hear the notice",
					"notice.phrases: there is no %s in %s", file, c.Prompts.Dir))
			}
		}
	}
	return found
}

// checkMinutes compares what callers are promised with what they hear. The
// words name the most that a config may set, so they are never untrue.
func checkMinutes(rules *queue.Rules) (found []Finding) {
	spoken := queue.DefaultCallback().Information
	for _, name := range slices.Sorted(maps.Keys(rules.Queues)) {
		if due := rules.Queues[name].Callback.Information; due != spoken {
			found = append(found, warning("use the default, or record callback-offer and callback-confirmed again",
				"queues.%s.callback.information is %gm, but callers hear %gm", name, due.Minutes(), spoken.Minutes()))
		}
	}
	return found
}
