package config

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"kezek/queue"
)

// mayHaveTitle are the statuses set by Kezek itself that the table may name.
var mayHaveTitle = []queue.Status{queue.StatusReady, queue.StatusOnCall, queue.StatusWrapUp}

// status checks a line of the table of statuses.
func (c *ruleChecker) status(path string, s *queue.StatusRules) {
	c.match(path, s.Name, nameRE, "a status's name: "+nameWant)
	c.titles(path+".title", s.Title)
	known := slices.Sorted(maps.Keys(c.rules.Queues))
	for i, name := range s.ForbiddenTo {
		oneOfValues(c.report, item(path+".forbidden_to", i), name, known)
	}
	unique(c.report, path+".forbidden_to", s.ForbiddenTo)
	if slices.Contains(queue.SetByDaemon, queue.Status(s.Name)) {
		c.daemonStatus(path, s)
		return
	}
	c.match(path+".code", s.Code, codeRE, `want "20" to "39"`)
	c.once(c.codes, s.Code, path+".code")
	if slices.Contains(queue.InCallCodes(), "*"+s.Code) {
		c.badf(path+".code", `%s is already used in a call, where *%s %s: want another, such as "30" to "39"`, quoted(s.Code), s.Code, inCall(s.Code))
	}
	between(c.report, path+".longest", s.Longest, 0, 12*time.Hour)
	between(c.report, path+".at_once", s.AtOnce, 0, 10_000)
}

// inCall is what a code of two digits does in a call.
func inCall(code string) string {
	for _, class := range queue.Classes {
		if class.Code == "*"+code {
			return "books a callback of class " + string(class.Name)
		}
	}
	return "parks the caller"
}

// daemonStatus: of what Kezek sets itself the table has the title alone.
func (c *ruleChecker) daemonStatus(path string, s *queue.StatusRules) {
	if !slices.Contains(mayHaveTitle, queue.Status(s.Name)) {
		c.badf(path, "is set by Kezek itself: want another name")
		return
	}
	if s.Code != "" || s.Longest != 0 || s.RefusedAtPeak || s.RequiredDaily || s.AtOnce != 0 || len(s.ForbiddenTo) > 0 {
		c.badf(path, "is set by Kezek itself: want only a title")
	}
}

// roster reads the shifts of certain days from the file that the config names.
func (l *loader) roster(doc *document, r *queue.Rules) {
	name, data, ok := l.readNamed("roster", doc.Roster)
	if !ok {
		return
	}
	r.Roster = parseRoster(data, r, func(line int, format string, args ...any) {
		l.badAt(place{name, line, 1}, "roster", "%s", fmt.Sprintf(format, args...))
	})
}

// result checks a line of the table of results. Of those that calls of one
// queue may have each has a code of its own.
func (c *ruleChecker) result(path string, t *queue.ResultRules) {
	c.match(path, t.Name, nameRE, "a result's name: "+nameWant)
	c.match(path+".code", t.Code, digitRE, `want one digit, "0" to "9"`)
	c.titles(path+".title", t.Title)
	known := slices.Sorted(maps.Keys(c.rules.Queues))
	for i, name := range t.Queues {
		oneOfValues(c.report, item(path+".queues", i), name, known)
	}
	unique(c.report, path+".queues", t.Queues)
	for _, other := range slices.Sorted(maps.Keys(c.rules.Results)) {
		o := c.rules.Results[other]
		both := func(queue string) bool { return t.IsFor(queue) && o.IsFor(queue) }
		if t.Code != "" && t.Code == o.Code && slices.ContainsFunc(known, both) {
			c.badf(path+".code", "%s is already used by %s", quoted(t.Code), child("results", other)+".code")
		}
	}
}
