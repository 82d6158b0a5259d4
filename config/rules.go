package config

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"

	"kezek/queue"
)

// maxLanguages is as many as the menu has keys.
const maxLanguages = 9

// memberships are an agent's queues: a list of names, or a mapping
// "name: {penalty: 2}".
type memberships []membership

type membership struct {
	queue.Membership
	path string
}

// penaltyEntry is what stands behind the name of an agent's queue.
type penaltyEntry struct {
	Penalty int `yaml:"penalty"`
	order   int
}

func (p *penaltyEntry) begin(_ string, order int) { p.order = order }

func (m *memberships) decode(d *decoder, path string, key *token.Token, n ast.Node) {
	if _, ok := n.(*ast.MappingNode); ok {
		var byName map[string]*penaltyEntry
		decodeInto(d, path, key, n, &byName)
		*m = make(memberships, len(byName))
		for name, p := range byName {
			at := child(path, name)
			between(d.report, at+".penalty", p.Penalty, 0, queue.MostPenalty)
			(*m)[p.order] = membership{queue.Membership{Queue: name, Penalty: p.Penalty}, at}
		}
		return
	}
	var names []string
	decodeInto(d, path, key, n, &names)
	*m = make(memberships, len(names))
	for i, name := range names {
		(*m)[i] = membership{queue.Membership{Queue: name}, item(path, i)}
	}
}

// rules checks languages, queues, agents and statuses, and puts them together.
func (l *loader) rules(doc *document) *queue.Rules {
	r := &queue.Rules{
		Languages: doc.Languages,
		Queues:    make(map[string]*queue.QueueRules, len(doc.Queues)),
		Agents:    make(map[string]*queue.AgentRules, len(doc.Agents)),
		Statuses:  make(map[string]*queue.StatusRules, len(doc.Statuses)),
		Results:   make(map[string]*queue.ResultRules, len(doc.Results)),
		Location:  l.location(doc.Timezone),
		Menu:      doc.Menu,
		PINTries:  doc.PIN.Tries,
		PINLock:   doc.PIN.Lock,
		Trunk:     doc.Trunk.rules(),
		Conduct:   doc.Conduct,
		Notice:    doc.Notice,
		Keys:      doc.Keys,
		Phones:    doc.Phones,
		PhoneGone: doc.PhoneGone,
		CDR:       doc.Asterisk.CDR,
		Timesheet: doc.Timesheet,
		Transfer:  doc.Transfer.rules(),
		Parking:   doc.Parking,
	}
	l.languages(doc.Languages)
	between(l.report, "menu.wait", doc.Menu.Wait, time.Second, time.Minute)
	between(l.report, "menu.rounds", doc.Menu.Rounds, 1, 10)
	between(l.report, "menu.late", doc.Menu.Late, 0, 10*time.Second)
	between(l.report, "menu.remember", doc.Menu.Remember, 0, 3650*24*time.Hour)
	oneOfValues(l.report, "keys.escape", doc.Keys.Escape, queue.Escapes)
	between(l.report, "conduct.flag", doc.Conduct.Flag, 0, 3650*24*time.Hour)
	l.notice(doc.Notice)
	between(l.report, "parking.slots", doc.Parking.Slots, 0, queue.MostSlots)
	between(l.report, "parking.time", doc.Parking.Time, 10*time.Second, 110*time.Second)
	between(l.report, "pin.tries", doc.PIN.Tries, 1, 100)
	between(l.report, "pin.lock", doc.PIN.Lock, 0, 24*time.Hour)
	between(l.report, "phone_gone", doc.PhoneGone, 0, 24*time.Hour)
	between(l.report, "timesheet.keep", doc.Timesheet.Keep, 24*time.Hour, 3650*24*time.Hour)
	between(l.report, "timesheet.grace", doc.Timesheet.Grace, 0, time.Hour)
	oneOfValues(l.report, "timesheet.working_day", doc.Timesheet.WorkingDay, queue.WorkingDays)

	if len(doc.Queues) == 0 {
		l.missing("queues", "want at least one queue")
	}
	c := &ruleChecker{l.report, r, map[string]string{}, map[string]string{}, map[string]string{}, map[string]string{}}
	for _, name := range slices.Sorted(maps.Keys(doc.Queues)) {
		q := doc.Queues[name]
		if q.DefaultLanguage == "" && len(r.Languages) > 0 {
			q.DefaultLanguage = r.Languages[0]
		}
		c.queue(child("queues", name), &q.QueueRules)
		c.hold(child("queues", name)+".hold", q.Hold)
		c.recording(child("queues", name)+".recording", q.Recording)
		between(c.report, child("queues", name)+".peak.wait", q.Peak.Wait, 0, time.Hour)
		r.Queues[name] = &q.QueueRules
	}
	for _, name := range slices.Sorted(maps.Keys(doc.Queues)) {
		c.callback(child("queues", name)+".callback", r.Queues[name].Callback)
	}
	for _, id := range slices.Sorted(maps.Keys(doc.Agents)) {
		a := doc.Agents[id]
		r.Agents[id] = c.agent(child("agents", id), id, a)
	}
	for i, phone := range doc.Phones {
		at := item("phones", i)
		c.match(at, phone, endpointRE, "want a phone such as PJSIP/2001")
		c.once(c.endpoints, phone, at)
	}
	l.roster(doc, r)
	for _, name := range slices.Sorted(maps.Keys(doc.Statuses)) {
		s := doc.Statuses[name]
		c.status(child("statuses", name), &s.StatusRules)
		r.Statuses[name] = &s.StatusRules
	}
	for _, name := range slices.Sorted(maps.Keys(doc.Results)) {
		t := &doc.Results[name].ResultRules
		c.result(child("results", name), t)
		r.Results[name] = t
	}
	r.Supervisors = c.supervisors(doc.Supervisors)
	// Agents of a file that was not read are not missing.
	if doc.AgentsFile == "" || l.open != nil {
		c.staffing()
	}
	return r
}

func (l *loader) location(name string) *time.Location {
	const want = `want an IANA name such as "Asia/Bishkek"`
	if name == "" {
		l.missing("timezone", want)
		return time.UTC
	}
	loc, err := time.LoadLocation(name)
	if err != nil || name == "Local" {
		l.badf("timezone", "%s is not known: %s", quoted(name), want)
		return time.UTC
	}
	return loc
}

func (l *loader) languages(all []queue.Language) {
	if len(all) == 0 {
		l.missing("languages", "want the languages in the order of the menu, such as [ky, ru]")
	}
	if len(all) > maxLanguages {
		l.badf("languages", "has %d: the menu has keys for %d", len(all), maxLanguages)
	}
	for i, lang := range all {
		l.match(item("languages", i), string(lang), languageRE, "want an ISO 639 code such as ru")
	}
	unique(l.report, "languages", all)
}

// ruleChecker checks what refers to the rest of the rules.
type ruleChecker struct {
	*report
	rules *queue.Rules
	// dids, endpoints and codes are taken by these paths.
	dids, endpoints, codes map[string]string
	queueCodes             map[string]string
}

func (c *ruleChecker) queue(path string, q *queue.QueueRules) {
	c.match(path, q.Name, nameRE, "a queue's name: "+nameWant)
	for i, did := range q.DID {
		at := item(path+".did", i)
		c.match(at, did, numberRE, numberWant)
		c.once(c.dids, did, at)
	}
	for did, lang := range q.DIDLanguage {
		at := child(path+".did_language", did)
		if !slices.Contains(q.DID, did) {
			c.badf(at, "is not one of the queue's did")
		}
		c.language(at, lang)
	}
	if q.Code != "" {
		c.match(path+".code", q.Code, queueCodeRE, "want 1 to 8 digits")
		c.once(c.queueCodes, q.Code, path+".code")
	}
	c.titles(path+".title", q.Title)
	c.language(path+".default_language", q.DefaultLanguage)
	oneOfValues(c.report, path+".strategy", q.Strategy, queue.Strategies)
	oneOfValues(c.report, path+".pickup", q.Pickup, queue.Pickups)
	c.words(path+".skills", q.Skills)
	between(c.report, path+".weight", q.Weight, 0, 1000)
	between(c.report, path+".priority", q.Priority, 0, 1000)
	between(c.report, path+".overflow_after", q.OverflowAfter, 0, time.Hour)
	between(c.report, path+".ring.timeout", q.Ring.Timeout, time.Second, 5*time.Minute)
	between(c.report, path+".ring.rest", q.Ring.Rest, 0, time.Hour)
	between(c.report, path+".ring.broken", q.Ring.Broken, 0, 5*time.Second)
	if q.Ring.NoAudio != 0 {
		between(c.report, path+".ring.no_audio", q.Ring.NoAudio, 3*time.Second, time.Minute)
	}
	if q.Ring.Silent != 0 {
		// Sooner, and a pause in the talk ends the call of a phone that sends no silence.
		between(c.report, path+".ring.silent", q.Ring.Silent, 3*time.Second, 5*time.Minute)
	}
	between(c.report, path+".ring.pause_after", q.Ring.PauseAfter, 0, 100)
	between(c.report, path+".wrapup", q.WrapUp, 0, time.Hour)
	between(c.report, path+".wrapup_more.step", q.WrapUpMore.Step, 0, time.Hour)
	between(c.report, path+".wrapup_more.most", q.WrapUpMore.Most, 0, 2*time.Hour)
	if q.Announce.Every != 0 {
		// Faster, and the caller hears nothing else.
		between(c.report, path+".announce.every", q.Announce.Every, 5*time.Second, time.Hour)
	}
	c.match(path+".music", q.Music, musicRE, "want a class of musiconhold.conf")
	for i, day := range q.Holidays {
		if err := day.Validate(); err != nil {
			c.badf(item(path+".holidays", i), "%s", err)
		}
	}
	between(c.report, path+".max_waiting", q.MaxWaiting, 0, 100_000)
	between(c.report, path+".max_wait", q.MaxWait, 0, 24*time.Hour)
	if q.Fallback != "" {
		c.match(path+".fallback", q.Fallback, placeRE, placeWant)
	}
	between(c.report, path+".same_agent.within", q.SameAgent.Within, 0, 7*24*time.Hour)
	between(c.report, path+".same_agent.wait", q.SameAgent.Wait, 0, 2*time.Minute)
	between(c.report, path+".same_agent.extension", q.SameAgent.Extension, 0, 2*time.Minute)
	if q.NotHeardAfter != 0 {
		// The order of work gives the phrase fifteen seconds after the greeting (S3).
		between(c.report, path+".not_heard_after", q.NotHeardAfter, 5*time.Second, 15*time.Second)
	}
	between(c.report, path+".rating.wait", q.Rating.Wait, time.Second, 30*time.Second)
	between(c.report, path+".service_level.within", q.ServiceLevel.Within, time.Second, time.Hour)
	between(c.report, path+".service_level.target", q.ServiceLevel.Target, 1, 100)
	if q.Overflow && q.MaxWait > 0 && q.OverflowAfter >= q.MaxWait {
		c.warnf(path+".overflow_after", "%s is never reached: max_wait is %s", figure(q.OverflowAfter), figure(q.MaxWait))
	}
}

func (c *ruleChecker) recording(path string, r queue.RecordingRules) {
	between(c.report, path+".keep", r.Keep, 24*time.Hour, 3650*24*time.Hour)
	between(c.report, path+".pause", r.Pause, 10*time.Second, 30*time.Minute)
	if r.On && !r.Notice {
		c.warnf(path+".notice", "callers are not told that the conversation is recorded: mind the law")
	}
}

// holdMargin is the time that the way out of a hold needs before its limit.
const holdMargin = 2 * time.Second

// hold checks what the order of work sets bounds to.
func (c *ruleChecker) hold(path string, h queue.HoldRules) {
	most := queue.DefaultHold()
	between(c.report, path+".limit", h.Limit, 5*time.Second, most.Limit)
	if latest := min(h.Limit, most.Limit) - holdMargin; h.Act <= 0 || h.Act > latest {
		c.badf(path+".act", "%s is not allowed: want at most %s, which is %s before hold.limit", figure(h.Act), figure(latest), figure(holdMargin))
	}
	if h.Remind <= 0 || h.Remind >= h.Act {
		c.badf(path+".remind", "%s is not allowed: want less than hold.act, %s", figure(h.Remind), figure(h.Act))
	}
	oneOfValues(c.report, path+".then", h.Then, queue.HoldThens)
	between(c.report, path+".total", h.Total, max(h.Act, 0), time.Hour)
	if h.Ring != 0 {
		between(c.report, path+".ring", h.Ring, time.Second, 30*time.Second)
	}
	oneOfValues(c.report, path+".return", h.Return, queue.HoldAudios)
	oneOfValues(c.report, path+".agent_hangup", h.AgentHangup, queue.HoldHangups)
}

func (c *ruleChecker) agent(path, id string, a *agentEntry) *queue.AgentRules {
	c.match(path, id, nameRE, "an agent's id: "+nameWant)
	c.titles(path+".name", a.Name)
	c.match(path+".endpoint", a.Endpoint, endpointRE, "want a phone such as PJSIP/1012")
	c.once(c.endpoints, a.Endpoint, path+".endpoint")
	if len(a.Languages) == 0 {
		c.missing(path+".languages", oneOf("", texts(c.rules.Languages)))
	}
	for i, lang := range a.Languages {
		c.language(item(path+".languages", i), lang)
	}
	unique(c.report, path+".languages", a.Languages)
	c.words(path+".skills", a.Skills)
	if a.PIN != "" && !pinRE.MatchString(a.PIN) {
		c.badf(path+".pin", "is not allowed: want 4 to 8 digits")
	}
	if a.Speech != "" {
		c.language(path+".speech", a.Speech)
	} else if i := slices.IndexFunc(c.rules.Languages, func(l queue.Language) bool { return slices.Contains(a.Languages, l) }); i >= 0 {
		a.Speech = c.rules.Languages[i]
	}
	rules := &queue.AgentRules{
		ID: id, Name: a.Name, Endpoint: a.Endpoint, Languages: a.Languages,
		Skills: a.Skills, PIN: a.PIN, Speech: a.Speech, Shifts: a.Shifts, Supervisor: a.Supervisor, Trainee: a.Trainee, Unlisted: a.Unlisted, Order: a.order,
	}
	switch {
	case a.Supervisor && a.Trainee:
		c.badf(path+".trainee", "is not allowed for a supervisor")
	case a.Supervisor && a.PIN == "":
		c.missing(path+".pin", "want 4 to 8 digits: a supervisor may listen to other agents")
	}
	known := slices.Sorted(maps.Keys(c.rules.Queues))
	for _, m := range a.Queues {
		oneOfValues(c.report, m.path, m.Queue, known)
		if slices.ContainsFunc(rules.Queues, func(o queue.Membership) bool { return o.Queue == m.Queue }) {
			c.badf(m.path, "%s is listed twice", quoted(m.Queue))
		}
		rules.Queues = append(rules.Queues, m.Membership)
	}
	return rules
}

// staffing warns of queues and languages that nobody serves.
func (c *ruleChecker) staffing() {
	numbers := 0
	for _, name := range slices.Sorted(maps.Keys(c.rules.Queues)) {
		q, path := c.rules.Queues[name], child("queues", name)
		numbers += len(q.DID)
		members := 0
		spoken := map[queue.Language]bool{}
		for _, a := range c.rules.Agents {
			if !slices.ContainsFunc(a.Queues, func(m queue.Membership) bool { return m.Queue == name }) ||
				slices.ContainsFunc(q.Skills, func(s string) bool { return !slices.Contains(a.Skills, s) }) {
				continue
			}
			members++
			for _, lang := range a.Languages {
				spoken[lang] = true
			}
		}
		if members == 0 {
			c.warnf(path, "no agent serves it: none has it in queues, with all skills that it needs")
			continue
		}
		for _, lang := range c.rules.Languages {
			if !spoken[lang] {
				c.warnf(path, "none of its agents speaks %s", lang)
			}
		}
	}
	trainees, supervisors := 0, 0
	for _, a := range c.rules.Agents {
		if a.Trainee {
			trainees++
		}
		if a.Supervisor {
			supervisors++
		}
	}
	if trainees > 0 && supervisors == 0 {
		c.warnf("agents", "has trainees and no supervisor: they get no calls")
	}
	if numbers == 0 && len(c.rules.Queues) > 0 {
		c.warnf("queues", "no queue has a did: no call can arrive")
	}
}

// language checks that a language is one of the site's.
func (c *ruleChecker) language(path string, lang queue.Language) {
	if len(c.rules.Languages) > 0 {
		oneOfValues(c.report, path, lang, c.rules.Languages)
	}
}

// titles checks a text in several languages.
func (c *ruleChecker) titles(path string, all map[queue.Language]string) {
	for lang, title := range all {
		c.language(child(path, string(lang)), lang)
		if strings.TrimSpace(title) == "" {
			c.badf(child(path, string(lang)), "is empty")
		}
	}
}

// words checks a list of free names.
func (c *ruleChecker) words(path string, all []string) {
	for i, w := range all {
		c.match(item(path, i), w, nameRE, nameWant)
	}
	unique(c.report, path, all)
}

// once checks that nobody else has the value.
func (c *ruleChecker) once(taken map[string]string, value, path string) {
	if value == "" {
		return
	}
	first, twice := taken[value]
	if !twice {
		taken[value] = path
		return
	}
	// The later one in the file is to blame, whatever the order of the check.
	if c.before(path, first) {
		taken[value] = path
		first, path = path, first
	}
	c.badf(path, "%s is already used by %s", quoted(value), first)
}

// before reports whether a path stands before another.
func (c *ruleChecker) before(a, b string) bool {
	at, other := c.placeOf(a), c.placeOf(b)
	return cmp.Or(
		cmp.Compare(slices.Index(c.files, at.file), slices.Index(c.files, other.file)),
		cmp.Compare(at.line, other.line),
		cmp.Compare(at.column, other.column),
	) < 0
}

// unique checks that nothing is listed twice in a list.
func unique[T ~string](r *report, path string, all []T) {
	for i, v := range all {
		if first := slices.Index(all, v); first < i {
			r.badf(item(path, i), "%s is listed twice", quoted(string(v)))
		}
	}
}

func texts[T ~string](all []T) []string {
	out := make([]string, len(all))
	for i, v := range all {
		out[i] = string(v)
	}
	return out
}
