package config

import (
	"net/url"
	"path"
	"strings"
	"time"
)

// History is the database of what happened.
type History struct {
	// URL is sqlite:/PATH, or postgres://USER@HOST/DATABASE; a password in it is moved to the field below. Empty: no
	// history is kept. Default: the site's own file in /var/lib/kezek.
	URL string `yaml:"url" restart:"yes"`
	// Password comes from here, from PasswordFile or from KEZEK_HISTORY_PASSWORD; empty is none.
	Password     Secret `yaml:"password" restart:"yes"`
	PasswordFile string `yaml:"password_file"`
	// Keep is how long each kind of row is kept.
	Keep HistoryKeep `yaml:"keep"`
}

// HistoryKeep is how long each kind of row is kept.
type HistoryKeep struct {
	// Calls are the calls and all that happened in them.
	Calls time.Duration `yaml:"calls"`
	// Callbacks are those and their attempts.
	Callbacks time.Duration `yaml:"callbacks"`
	// Agents are their statuses, shifts, attendance and violations.
	Agents time.Duration `yaml:"agents"`
	// Acts are what supervisors and programs ordered.
	Acts time.Duration `yaml:"acts"`
}

// Events bound the journal in Redis: the readers of it may be away for so long without a loss.
type Events struct {
	Keep time.Duration `yaml:"keep" restart:"yes"`
	Most int           `yaml:"most" restart:"yes"`
}

const threeYears = 1096 * 24 * time.Hour

func defaultKeep() HistoryKeep {
	return HistoryKeep{Calls: threeYears, Callbacks: threeYears, Agents: threeYears, Acts: threeYears}
}

// history checks where what happened is kept. Each site has its own file of SQLite; a PostgreSQL may be of several.
func (l *loader) history(doc *document) {
	const day = 24 * time.Hour
	h := &doc.History
	for kind, keep := range map[string]time.Duration{"calls": h.Keep.Calls, "callbacks": h.Keep.Callbacks, "agents": h.Keep.Agents, "acts": h.Keep.Acts} {
		between(l.report, "history.keep."+kind, keep, day, 3650*day)
	}
	between(l.report, "redis.events.keep", doc.Redis.Events.Keep, time.Hour, 30*day)
	between(l.report, "redis.events.most", doc.Redis.Events.Most, 10_000, 100_000_000)
	if _, written := l.places["history.url"]; !written {
		h.URL = "sqlite:/var/lib/kezek/" + doc.Site + ".history.db"
		return
	}
	const where, want = "history.url", "want such as sqlite:/var/lib/kezek/history.db, postgres://kezek@127.0.0.1:5432/kezek, or \"\" for none"
	file, embedded := strings.CutPrefix(h.URL, "sqlite:")
	switch {
	case h.URL == "":
	case embedded:
		if !path.IsAbs(file) || strings.HasSuffix(file, "/") || strings.ContainsAny(file, "?#%") {
			l.badf(where, "%s is not allowed: %s", quoted(h.URL), want)
		}
	default:
		u, ok := l.url(where, h.URL, want, "postgres", "postgresql", "sqlite")
		if !ok {
			return
		}
		if _, err := url.ParseQuery(u.RawQuery); err != nil || strings.Trim(u.Path, "/") == "" || u.Fragment != "" {
			l.badf(where, "%s is not allowed: %s", quoted(h.withoutPassword(u)), want)
			return
		}
		password, _ := u.User.Password()
		switch {
		case password == "":
		case h.Password != "" || h.PasswordFile != "":
			l.badf(where, "contains a password, and history.password or history.password_file has one too: want one of them")
		default:
			h.Password = Secret(password)
			l.places["history.password"] = l.placeOf(where)
		}
		h.URL = h.withoutPassword(u)
	}
}

func (h *History) withoutPassword(u *url.URL) string {
	plain := *u
	if u.User != nil {
		plain.User = url.User(u.User.Username())
	}
	return plain.String()
}
