// Package preflight looks at everything that a site stands on, and says what stops a call,
// leaves somebody in silence, keeps a promise from being kept or the daemon from starting,
// each with the fix. It asks the running Asterisk and the running Redis, and changes nothing
// that anybody uses.
package preflight

import (
	"context"
	"fmt"
	"slices"

	"kezek/ari"
	"kezek/config"
	"kezek/dialplan"
	"kezek/state"
)

// Severity says how much a [Finding] matters.
type Severity string

// The severities: Kezek cannot work like this; something does not work as it was meant; good to know.
const (
	Error   Severity = "error"
	Warning Severity = "warning"
	Info    Severity = "info"
)

// Finding is one thing that a check has to say.
type Finding struct {
	Area     string   `json:"area"`
	Severity Severity `json:"severity"`
	Problem  string   `json:"problem"`
	// Fix is what to do about this very problem; empty for Info.
	Fix string `json:"fix,omitempty"`
}

func fault(fix, problem string, args ...any) Finding {
	return Finding{Severity: Error, Problem: fmt.Sprintf(problem, args...), Fix: fix}
}

func warning(fix, problem string, args ...any) Finding {
	return Finding{Severity: Warning, Problem: fmt.Sprintf(problem, args...), Fix: fix}
}

func fine(problem string, args ...any) Finding {
	return Finding{Severity: Info, Problem: fmt.Sprintf(problem, args...)}
}

// The areas.
const (
	AreaConfig   = "config"
	AreaAsterisk = "asterisk"
	AreaDialplan = "dialplan"
	AreaRedis    = "redis"
	AreaSpool    = "spool"
	AreaHistory  = "history"
	AreaQueueLog = "queue_log"
	AreaPrompts  = "prompts"
)

// checks are those of each area, in the order in which they are done.
var checks = []struct {
	area string
	do   func(*Site, context.Context) []Finding
}{
	{AreaConfig, (*Site).checkConfig},
	{AreaAsterisk, (*Site).checkAsterisk},
	{AreaDialplan, (*Site).checkDialplan},
	{AreaRedis, (*Site).checkRedis},
	{AreaSpool, (*Site).checkSpool},
	{AreaHistory, (*Site).checkHistory},
	{AreaQueueLog, (*Site).checkQueueLog},
	{AreaPrompts, (*Site).checkPrompts},
}

// Areas are all of them, in the order in which they are checked.
func Areas() (all []string) {
	for _, c := range checks {
		all = append(all, c.area)
	}
	return all
}

// Site is what is checked: a config that was read, and what the daemon makes of it.
type Site struct {
	// Path is the config's file.
	Path     string
	Config   *config.Config
	ARI      ari.Options
	State    state.Options
	Dialplan dialplan.Params
	// AsteriskDir is the folder of Asterisk's config.
	AsteriskDir string
	// User runs the daemon; empty: the user who runs it now, or the one in its unit.
	User string
}

// Run checks some areas.
func (s *Site) Run(ctx context.Context, only []string) []Finding {
	var found []Finding
	for _, c := range checks {
		if slices.Contains(only, c.area) {
			for _, f := range c.do(s, ctx) {
				f.Area = c.area
				found = append(found, f)
			}
		}
	}
	return found
}
