package config

import (
	"fmt"
	"net"
	"strings"
)

// Role is what a token allows.
type Role string

// The roles; each may do what those before it may.
const (
	// Viewer looks.
	Viewer Role = "viewer"
	// Supervisor steers agents, calls and callbacks.
	Supervisor Role = "supervisor"
	// Admin changes the service itself.
	Admin Role = "admin"
)

// Token opens the HTTP API to a person or a program.
type Token struct {
	// Name says in records who gave an order; by default it is the role's.
	Name  string `yaml:"name"`
	Token Secret `yaml:"token"`
	Role  Role   `yaml:"role"`
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
//
// The error joins all [Problem]s. The warnings are lines like [Config.Warnings].
func LoadTokens(path string) (tokens []Token, warnings []string, err error) {
	l := newLoader(path, Files(openOS))
	data, err := l.read(path)
	if err != nil {
		return nil, nil, readError("tokens", path, err)
	}
	tokens = l.tokens(path, data, false)
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
	doc.Ops.Tokens = l.tokens(name, data, err == nil && !hostAddr(host).IsLoopback())
}

// tokens reads them. Exposed: other machines may try to guess them.
func (l *loader) tokens(name string, data []byte, exposed bool) []Token {
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
		oneOfValues(l.report, path+".role", t.Role, []Role{Viewer, Supervisor, Admin})
	}
	if len(short) > 0 {
		l.warnings = append(l.warnings, problem(place{name, 1, 1}, "", fmt.Sprintf("the tokens of %s are shorter than %d: "+
			"they are accepted because ops.listen is this machine's own address, but anybody who reaches it, also through a proxy, can guess them", strings.Join(short, ", "), minToken)))
	}
	return doc.Tokens
}

// notTokenChar reports what cannot stand in an Authorization header.
func notTokenChar(c rune) bool { return c <= ' ' || c > '~' }
