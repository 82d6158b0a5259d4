package config

import "kezek/queue"

// webhook checks where events are sent. They hold callers' numbers, which do
// not go over a network in the clear.
func (l *loader) webhook(h *Webhook) {
	const path, want = "supervisors.webhook.url", "want such as https://example.kg/kezek"
	for i, kind := range h.Events {
		oneOfValues(l.report, item("supervisors.webhook.events", i), kind, queue.EntryKinds)
	}
	unique(l.report, "supervisors.webhook.events", h.Events)
	if h.URL == "" {
		if h.Secret != "" || h.SecretFile != "" {
			l.warnf("supervisors.webhook", "has a secret but no url: nothing is sent")
		}
		return
	}
	u, ok := l.url(path, h.URL, want, "https", "http")
	switch {
	case !ok:
	case u.User != nil:
		l.badf(path, "contains a user: want none; the signature proves the sender, see secret_file")
	case u.Hostname() == "" || !validPort(u.Port(), true) || u.Fragment != "":
		l.badf(path, "has no host, a wrong port or a fragment: %s", want)
	case u.Scheme == "http" && !hostAddr(u.Hostname()).IsLoopback():
		l.badf(path, "http is allowed only to this machine, such as http://127.0.0.1:9000/kezek: events contain callers' numbers. Want https")
	}
	if len(h.Events) == 0 {
		l.warnf("supervisors.webhook.events", "is empty: nothing is sent")
	}
}

// mostSupervisors bounds how long one escalation may ring.
const mostSupervisors = 10

// supervisors checks the phones that are rung. An agent's is none of them: it is for callers.
func (c *ruleChecker) supervisors(s Supervisors) queue.SupervisorRules {
	if len(s.Call) > mostSupervisors {
		c.badf("supervisors.call", "has %d: want at most %d", len(s.Call), mostSupervisors)
	}
	for i, phone := range s.Call {
		at := item("supervisors.call", i)
		c.match(at, phone, endpointRE, "want a phone such as PJSIP/1100")
		c.once(c.endpoints, phone, at)
	}
	if s.Language != "" {
		c.language("supervisors.language", s.Language)
	} else if len(c.rules.Languages) > 0 {
		s.Language = c.rules.Languages[0]
	}
	return queue.SupervisorRules{Call: s.Call, Language: s.Language}
}
