package config

import (
	"cmp"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"kezek/queue"
)

// Callbacks: which are promised, which numbers Kezek may call for them, and where a
// promise is safe.

// callback checks a queue's callbacks. The order of work bounds when they are due.
func (c *ruleChecker) callback(path string, cb queue.CallbackRules) {
	const day = 24 * time.Hour
	for _, class := range queue.Classes {
		between(c.report, path+"."+string(class.Name), cb.Due(class.Name), time.Minute, class.Due)
	}
	between(c.report, path+".offer_over", cb.OfferOver, 0, time.Hour)
	between(c.report, path+".attempts", cb.Attempts, 1, 20)
	between(c.report, path+".retry_after", cb.RetryAfter, 10*time.Second, time.Hour)
	between(c.report, path+".late_attempts", cb.LateAttempts, 0, 20)
	between(c.report, path+".late_after", cb.LateAfter, time.Minute, 7*day)
	between(c.report, path+".ring", cb.Ring, 5*time.Second, 2*time.Minute)
	between(c.report, path+".instant", cb.Instant, 0, 4*time.Second)
	between(c.report, path+".same_agent", cb.SameAgent, 1, 10)
	between(c.report, path+".give_back", cb.GiveBack, time.Second, 2*time.Minute)
	between(c.report, path+".max_open", cb.MaxOpen, 1, 100_000)
	between(c.report, path+".unverified.share", cb.Unverified.Share, 1, 100)
	between(c.report, path+".unverified.per_hour", cb.Unverified.PerHour, 1, 100_000)
	between(c.report, path+".handle", cb.Handle, 10*time.Second, time.Hour)
	if cb.Abandoned != 0 {
		between(c.report, path+".abandoned", cb.Abandoned, 5*time.Second, time.Hour)
	}
	if cb.ComplaintQueue != "" {
		oneOfValues(c.report, path+".complaint_queue", cb.ComplaintQueue, slices.Sorted(maps.Keys(c.rules.Queues)))
	}
	between(c.report, path+".keep", cb.Keep, time.Hour, 3650*day)

	shortest := slices.MinFunc(queue.CallbackClasses, func(a, b queue.CallbackClass) int { return cmp.Compare(cb.Due(a), cb.Due(b)) })
	if last, due := time.Duration(cb.Attempts-1)*cb.RetryAfter, cb.Due(shortest); last >= due && due > 0 {
		c.warnf(path+".retry_after", "%d attempts, %s apart, do not fit into %s (%s): the last ones come too late", cb.Attempts, figure(cb.RetryAfter), shortest, figure(due))
	}
	if c.rules.Trunk.Allowed == nil && c.written(path+".") {
		c.warnf(path, "every callback is refused: trunk.dial and trunk.allow allow no number to be called")
	}
}

// written reports whether the file has a value beneath the path.
func (r *report) written(path string) bool {
	for p := range r.places {
		if strings.HasPrefix(p, path) {
			return true
		}
	}
	return false
}

// trunk checks the way out: whoever can have Kezek call any number can make its owner pay for it.
func (l *loader) trunk(t *Trunk) {
	if t.Dial != "" && !dialRE.MatchString(t.Dial) {
		l.badf("trunk.dial", "%s is not allowed: want an endpoint with {number} in it, such as \"PJSIP/{number}@carrier\"", quoted(t.Dial))
	}
	if t.CallerID != "" {
		l.match("trunk.caller_id", t.CallerID, numberRE, numberWant)
	}
	between(l.report, "trunk.per_number", t.PerNumber, 1, 1000)
	between(l.report, "trunk.in_air", t.InAir, 1, 1000)
	between(l.report, "trunk.max_open", t.MaxOpen, 1, 100_000)
	switch {
	case t.Dial != "" && len(t.Allow) == 0:
		l.warnf("trunk.allow", "is empty: no number may be called, so no callback can be made")
	case t.Dial == "" && len(t.Allow) > 0:
		l.warnf("trunk.dial", "missing: there is no way to call the numbers of trunk.allow, so no callback can be made")
	}
	for i, p := range t.Placeholders {
		if p.re != nil && p.anywhere() {
			l.warnf(item("trunk.placeholders", i), "%s matches every number: all callers would count as withheld", quoted(p.String()))
		}
	}
	for i, p := range t.Allow {
		switch path := item("trunk.allow", i); {
		case p.re == nil: // could not be read
		case p.anywhere():
			l.warnf(path, "%s allows the numbers of every country: with a forged caller id anybody can have them called at your cost", quoted(p.String()))
		case !strings.HasPrefix(p.String(), "^") || !strings.HasSuffix(p.String(), "$"):
			l.warnf(path, "%s must match the whole number, not a part of it: want ^ in front and $ at the end", quoted(p.String()))
		}
	}
}

// placeholders are those that carriers are known to deliver: zeros, also behind the country's code, one digit
// again and again, and the keys in their order. A number of fewer than seven digits may be somebody's extension.
func placeholders() []Pattern {
	return []Pattern{
		pattern(`\+?(996)?0+`),
		pattern(`\+?(1{7,}|2{7,}|3{7,}|4{7,}|5{7,}|6{7,}|7{7,}|8{7,}|9{7,})`),
		pattern(`0?12345678(90?)?`),
	}
}

// IsPlaceholder reports whether a number, as delivered or in E.164, is one that carriers deliver in place of a
// caller's number.
func (t *Trunk) IsPlaceholder(number string) bool {
	return slices.ContainsFunc(t.Placeholders, func(p Pattern) bool { return p.re != nil && p.Match(number) })
}

// abroad are numbers of far countries and of a satellite network. Nobody's
// own customers live in all of them.
var abroad = []string{"+12025550123", "+4930901820", "+2526123456", "+88216123456", "+881612345678"}

// anywhere reports whether the pattern bounds nothing.
func (p Pattern) anywhere() bool {
	return !slices.ContainsFunc(abroad, func(number string) bool { return !p.Match(number) })
}

// rules are the rules of the trunk. Without a way out nothing is allowed, so
// that nothing is promised that cannot be kept.
func (t *Trunk) rules() queue.TrunkRules {
	r := queue.TrunkRules{PerNumber: t.PerNumber, InAir: t.InAir, MaxOpen: t.MaxOpen, CallerID: t.CallerID}
	if allow := t.Allow; t.Dial != "" && len(allow) > 0 {
		r.Allowed = func(number string) bool {
			return !t.IsPlaceholder(number) && slices.ContainsFunc(allow, func(p Pattern) bool { return p.Match(number) })
		}
	}
	return r
}

// spool names the file for promises. Each site has its own: two daemons on one
// machine must not take over each other's.
func (l *loader) spool(doc *document) {
	if _, written := l.places["spool"]; !written {
		doc.Spool = "/var/lib/kezek/" + doc.Site + ".spool.json"
		return
	}
	if doc.Spool == "" {
		return
	}
	if strings.HasSuffix(doc.Spool, "/") || strings.Trim(filepath.Base(doc.Spool), ".") == "" {
		l.badf("spool", "%s is not allowed: want a file, or \"\" for none", quoted(doc.Spool))
	}
	doc.Spool = l.named(doc.Spool)
}
