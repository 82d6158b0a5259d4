package config

import (
	"net"
	"path/filepath"
	"strings"
	"unicode"
)

// QueueLog is a queue_log as app_queue writes it.
type QueueLog struct {
	// To is where it is written.
	To QueueLogTo `yaml:"to" restart:"yes"`
	// Path is the file, with manager Asterisk's, which is only read. Default: Kezek's own in /var/log/kezek, or that of Asterisk.
	Path string `yaml:"path" restart:"yes"`
	// Manager is Asterisk's manager interface.
	Manager ManagerUser `yaml:"manager"`
	// Agent is how agents are written: name, endpoint, or a text with {id}.
	Agent string `yaml:"agent"`
	// CallerName: the names of callers are written.
	CallerName bool `yaml:"caller_name"`
}

// ManagerUser is a user of Asterisk's manager interface.
type ManagerUser struct {
	Address  string `yaml:"address" restart:"yes"`
	Username string `yaml:"username" restart:"yes"`
	// Password comes from here, from PasswordFile or from KEZEK_MANAGER_PASSWORD.
	Password     Secret `yaml:"password" restart:"yes"`
	PasswordFile string `yaml:"password_file"`
}

// QueueLogTo is where queue_log is written.
type QueueLogTo string

// The places: none, a file of Kezek's own, Asterisk's file, or Asterisk's manager interface.
const (
	QueueLogNowhere  QueueLogTo = "none"
	QueueLogFile     QueueLogTo = "file"
	QueueLogAsterisk QueueLogTo = "asterisk"
	QueueLogManager  QueueLogTo = "manager"
)

// QueueLogTos are the places.
var QueueLogTos = []QueueLogTo{QueueLogNowhere, QueueLogFile, QueueLogAsterisk, QueueLogManager}

// The forms of an agent; any other one has agentID in it.
const (
	AgentByName     = "name"
	AgentByEndpoint = "endpoint"
	agentID         = "{id}"
)

func defaultQueueLog() QueueLog {
	return QueueLog{To: QueueLogNowhere, Agent: "Agent/" + agentID, Manager: ManagerUser{Address: "127.0.0.1:5038", Username: "kezek"}}
}

func (l *loader) queueLog(doc *document) {
	q := &doc.QueueLog
	oneOfValues(l.report, "queue_log.to", q.To, QueueLogTos)
	switch {
	case q.Path == "" && (q.To == QueueLogAsterisk || q.To == QueueLogManager):
		q.Path = "/var/log/asterisk/queue_log"
	case q.Path == "":
		q.Path = "/var/log/kezek/" + doc.Site + ".queue_log"
	case strings.HasSuffix(q.Path, "/") || strings.Trim(filepath.Base(q.Path), ".") == "":
		l.badf("queue_log.path", "%s is not allowed: want a file", quoted(q.Path))
	}
	q.Path = l.named(q.Path)
	odd := func(r rune) bool { return strings.ContainsRune("|'\"`\\", r) || unicode.IsControl(r) }
	if form := q.Agent; form != AgentByName && form != AgentByEndpoint && (!strings.Contains(form, agentID) || strings.ContainsFunc(form, odd)) {
		l.badf("queue_log.agent", "%s is not allowed: want name, endpoint, or a text with {id} and without |, quotes and \\, such as Agent/{id}", quoted(form))
	}
	m := &q.Manager
	host, port, err := net.SplitHostPort(m.Address)
	if err != nil || !reachable(host) || !validPort(port, false) {
		l.badf("queue_log.manager.address", "%s is not allowed: want HOST:PORT, such as 127.0.0.1:5038", quoted(m.Address))
	}
	if m.Username == "" || strings.ContainsFunc(m.Username, unicode.IsControl) {
		l.badf("queue_log.manager.username", "%s is not allowed: want a user of manager.conf", quoted(m.Username))
	}
	if q.To != QueueLogManager {
		return
	}
	if m.Password == "" && m.PasswordFile == "" && l.env != nil && l.open != nil {
		l.badf("queue_log.manager.password", "missing: set queue_log.manager.password_file, or KEZEK_MANAGER_PASSWORD in the environment")
	}
	if addr := hostAddr(host); err == nil && !addr.IsLoopback() && host != "localhost" {
		l.warnf("queue_log.manager.address", "the password goes to %s in the clear: better run Kezek on the machine of Asterisk, or write a file of its own (queue_log.to: file)", quoted(host))
	}
}
