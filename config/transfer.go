package config

import (
	"slices"
	"strings"
	"time"

	"kezek/queue"
)

// transfer checks where agents may pass callers on to.
func (l *loader) transfer(t *transferRules) {
	if !extDialRE.MatchString(t.Dial) {
		l.badf("transfer.dial", "%s is not allowed: want an endpoint with {extension} in it, such as \"PJSIP/{extension}\"", quoted(t.Dial))
	}
	between(l.report, "transfer.ring", t.Ring, 5*time.Second, 90*time.Second)
	for i, p := range t.Extensions {
		if p.re != nil && !(strings.HasPrefix(p.String(), "^") && strings.HasSuffix(p.String(), "$")) {
			l.warnf(item("transfer.extensions", i), "%s must match the whole extension, not a part of it: want ^ in front and $ at the end", quoted(p.String()))
		}
	}
}

// rules are the rules of passing on. Without extensions none is allowed.
func (t *transferRules) rules() queue.TransferRules {
	r := queue.TransferRules{Dial: t.Dial, Ring: t.Ring}
	if allow := t.Extensions; len(allow) > 0 {
		r.Extension = func(extension string) bool {
			return slices.ContainsFunc(allow, func(p Pattern) bool { return p.re != nil && p.Match(extension) })
		}
	}
	return r
}
