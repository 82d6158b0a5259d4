package config

import (
	"fmt"
	"maps"
	"net"
	"slices"
	"strings"
	"time"
)

// Role is what a person or a program may do.
type Role string

// The roles; each may do what those before it may.
const (
	// Wall looks at what a screen on the wall may show: no numbers.
	Wall Role = "wall"
	// Viewer looks, and sees the end of a number.
	Viewer Role = "viewer"
	// Supervisor steers agents, calls and callbacks.
	Supervisor Role = "supervisor"
	// Admin changes the service itself.
	Admin Role = "admin"
)

// Roles are all of them.
var Roles = []Role{Wall, Viewer, Supervisor, Admin}

// Token opens the HTTP API to a person or a program.
type Token struct {
	// Name says in records who gave an order; by default it is the role's.
	Name  string `yaml:"name"`
	Token Secret `yaml:"token"`
	Role  Role   `yaml:"role"`
	// Queues are those in which it has the role; none is all.
	Queues []string `yaml:"queues"`
	// Until is when it ends: a day, which counts to its end, or a time of RFC 3339; empty is never. Ends is that time.
	Until string    `yaml:"until"`
	Ends  time.Time `yaml:"-"`
}

// minToken is the shortest token that others may try to guess, shortToken the shortest at
// all. Between them it opens the API of a machine that nobody else reaches, such as a lab's.
const (
	minToken   = 16
	shortToken = 8
)

type tokensDocument struct {
	Tokens []Token `yaml:"tokens"`
}

// LoadTokens reads a tokens file:
//
//	tokens:
//	  - {name: board, token: "…", role: viewer}
//	  - {name: shop, token: "…", role: wall, queues: [sales], until: 2027-12-31}
//
// The error joins all [Problem]s. The warnings are lines like [Config.Warnings].
func LoadTokens(path string) (tokens []Token, warnings []string, err error) {
	l := newLoader(path, Files(openOS))
	data, err := l.read(path)
	if err != nil {
		return nil, nil, readError("tokens", path, err)
	}
	tokens = l.tokens(path, data, defaults(), false)
	if l.public[path] {
		l.warnings = append(l.warnings, problem(place{path, 1, 1}, "", publicText))
	}
	if err := l.err(); err != nil {
		return nil, nil, err
	}
	return tokens, l.warningTexts(), nil
}

// tokensFile reads the tokens that the config names.
func (l *loader) tokensFile(doc *document) {
	const path = "ops.tokens_file"
	name, data, ok := l.readNamed(path, doc.Ops.TokensFile)
	if !ok {
		return
	}
	l.warnPublic(path, name)
	host, _, err := net.SplitHostPort(doc.Ops.Listen)
	doc.Ops.Tokens = l.tokens(name, data, doc, err == nil && !hostAddr(host).IsLoopback())
}

// tokens reads them, for a config. Exposed: other machines may try to guess them.
func (l *loader) tokens(name string, data []byte, of *document, exposed bool) []Token {
	var doc tokensDocument
	if !l.decode(name, data, &doc) {
		return nil
	}
	if len(doc.Tokens) == 0 {
		l.badAt(place{name, 1, 1}, "tokens", "missing: want at least one token")
	}
	names, secrets := map[string]int{}, map[Secret]int{}
	var short []string
	for i := range doc.Tokens {
		t, path := &doc.Tokens[i], item("tokens", i)
		if t.Name == "" {
			t.Name = string(t.Role)
		} else if first, twice := names[t.Name]; twice {
			l.badf(path+".name", "%s is also the name of tokens[%d]", quoted(t.Name), first)
		} else {
			names[t.Name] = i
			l.match(path+".name", t.Name, nameRE, nameWant)
		}
		if first, twice := secrets[t.Token]; twice && t.Token != "" {
			l.badf(path+".token", "is also the token of tokens[%d]", first)
		}
		secrets[t.Token] = i
		switch n := len(t.Token); {
		case n < shortToken || exposed && n < minToken || strings.ContainsFunc(string(t.Token), notTokenChar):
			l.badf(path+".token", "the token of %s: want %d or more letters, digits and signs, without spaces", quoted(t.Name), minToken)
		case n < minToken:
			short = append(short, t.Name)
		}
		oneOfValues(l.report, path+".role", t.Role, Roles)
		l.someQueues(path+".queues", t.Queues, of)
		t.Ends = l.until(path+".until", t.Until, of.Timezone)
	}
	if len(short) > 0 {
		l.warnings = append(l.warnings, problem(place{name, 1, 1}, "", fmt.Sprintf("the tokens of %s are shorter than %d: "+
			"they are accepted because ops.listen is this machine's own address, but anybody who reaches it, also through a proxy, can guess them", strings.Join(short, ", "), minToken)))
	}
	return doc.Tokens
}

// someQueues checks names of queues of a config; one that has none is not known here.
func (l *loader) someQueues(path string, names []string, of *document) {
	known := slices.Sorted(maps.Keys(of.Queues))
	for i, name := range names {
		switch {
		case len(known) > 0 && !slices.Contains(known, name):
			l.badf(item(path, i), "%s is not allowed: %s", quoted(name), oneOf(name, known))
		case slices.Contains(names[:i], name):
			l.badf(item(path, i), "%s is named twice", quoted(name))
		}
	}
}

// until reads when something ends: at the end of a day in the site's time zone, or at a time.
func (l *loader) until(path, text, zone string) time.Time {
	if text == "" {
		return time.Time{}
	}
	at, err := time.Parse(time.RFC3339, text)
	if err == nil && !at.IsZero() {
		return at
	}
	place, err := time.LoadLocation(zone)
	if err != nil { // which is said elsewhere
		place = time.UTC
	}
	day, err := time.ParseInLocation(time.DateOnly, text, place)
	if err != nil {
		l.badf(path, `%s is not allowed: want a day, such as 2027-12-31, or a time, such as "2027-12-31T18:00:00+06:00"`, quoted(text))
		return time.Time{}
	}
	return day.AddDate(0, 0, 1)
}

// notTokenChar reports what cannot stand in an Authorization header.
func notTokenChar(c rune) bool { return c <= ' ' || c > '~' }
