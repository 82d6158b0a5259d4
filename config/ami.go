package config

import (
	"maps"
	"slices"
	"strings"
	"unicode"
)

// AMI is the server that answers programs in the words of Asterisk's Manager Interface.
type AMI struct {
	// Listen is an address of this machine; empty: there is no such server.
	Listen string `yaml:"listen" restart:"yes"`
	// PauseStatus is the status of the table that a QueuePause means whose Reason names none; empty: it is refused.
	PauseStatus string `yaml:"pause_status"`
	// Users are the programs that may log in, by name.
	Users map[string]*AMIUser `yaml:"users"`
}

// AMIUser is a program, as in Asterisk's manager.conf.
type AMIUser struct {
	// Password comes from here or from PasswordFile.
	Password     Secret `yaml:"password"`
	PasswordFile string `yaml:"password_file"`
	// Read: it is sent events. Write: it may pause agents, log them in and out, and set penalties.
	Read  bool `yaml:"read"`
	Write bool `yaml:"write"`
}

func (u *AMIUser) begin(string, int) { u.Read = true }

// ami checks the server. AMI sends passwords and numbers in the clear, so it never leaves this machine.
func (l *loader) ami(doc *document) {
	const listen, pause = "ami.listen", "ami.pause_status"
	a := &doc.AMI
	if s := a.PauseStatus; s != "" && (doc.Statuses[s] == nil || doc.Statuses[s].Code == "") {
		l.badf(pause, "%s is not allowed: want a status of statuses that has a code", quoted(s))
	}
	if a.Listen == "" {
		return
	}
	addr := l.listen(listen, a.Listen)
	switch {
	case !addr.IsValid(): // told
	case !addr.IsLoopback():
		l.badf(listen, "%s is open to other machines, and AMI has no encryption: want an address of this machine, such as 127.0.0.1:5039; "+
			"other machines come through a tunnel", quoted(a.Listen))
	case a.Listen == doc.AGI.Listen:
		l.badf(listen, "%s is also agi.listen: want another port", quoted(a.Listen))
	case a.Listen == doc.Ops.Listen:
		l.badf(listen, "%s is also ops.listen: want another port", quoted(a.Listen))
	}
	if len(a.Users) == 0 {
		l.missing("ami.users", "nobody could log in")
	}
}

// amiPasswords reads those of the users. They are guessed like tokens.
func (l *loader) amiPasswords(doc *document) {
	if doc.AMI.Listen == "" {
		return
	}
	for _, name := range slices.Sorted(maps.Keys(doc.AMI.Users)) {
		u, path := doc.AMI.Users[name], child("ami.users", name)
		l.match(path, name, nameRE, nameWant)
		l.password(child(path, "password_file"), &u.Password, u.PasswordFile, "")
		at := child(path, "password")
		switch n := len(u.Password); {
		case n == 0 && (u.PasswordFile == "" || l.open != nil):
			if u.PasswordFile == "" {
				l.missing(at, "want password_file or password")
			} // else its file was faulty, and that is told
		case n == 0:
		case n < shortToken || strings.ContainsFunc(string(u.Password), unicode.IsControl) || strings.TrimSpace(string(u.Password)) != string(u.Password):
			l.badf(at, "want %d or more letters, digits and signs, without spaces at its ends", minToken)
		case n < minToken:
			l.warnf(at, "is shorter than %d: every user of this machine can guess it", minToken)
		}
	}
}
