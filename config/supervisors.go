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
		l.badf(path, "holds a user: want none; who sends is told by the signature, see secret_file")
	case u.Hostname() == "" || !validPort(u.Port(), true) || u.Fragment != "":
		l.badf(path, "has no host, a wrong port or a fragment: %s", want)
	case u.Scheme == "http" && !hostAddr(u.Hostname()).IsLoopback():
		l.badf(path, "http is allowed to this machine alone, such as http://127.0.0.1:9000/kezek: events hold callers' numbers. Want https")
	}
	if len(h.Events) == 0 {
		l.warnf("supervisors.webhook.events", "is empty: nothing is sent")
	}
}
