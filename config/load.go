package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
	"unicode"
)

// maxFile bounds a file in bytes; 1,000 agents take a fifth of it.
const maxFile = 1 << 20

// Option opens to [Parse] what the text only points to.
type Option func(*loader)

// Env lets Parse look for passwords in the environment. An empty variable counts as none.
func Env(lookup func(name string) (string, bool)) Option {
	return func(l *loader) { l.env = lookup }
}

// Files lets Parse open the files that the text names: of passwords, tokens
// and agents. A relative name begins at the config's own folder.
func Files(open func(path string) (fs.File, error)) Option {
	return func(l *loader) { l.open = open }
}

// Load reads the config file, all files that it names, and the passwords in
// the environment. It does all that can fail, so that a reload may swap the
// config afterwards. The error joins all [Problem]s.
func Load(path string) (*Config, error) {
	l := newLoader(path, Env(os.LookupEnv), Files(openOS))
	data, err := l.read(path)
	if err != nil {
		return nil, readError("config", path, err)
	}
	return l.load(path, data)
}

// Parse reads a config from text. Name stands for the file in errors. Without
// options it stays with the text: no other file is opened, and passwords,
// tokens and agents from elsewhere are missing without being missed.
func Parse(name string, data []byte, options ...Option) (*Config, error) {
	return newLoader(name, options...).load(name, data)
}

// readError is about the first file, of which there is no place to report.
func readError(what, path string, err error) error {
	if _, ok := errors.AsType[*fs.PathError](err); ok {
		return fmt.Errorf("%s: %w", what, err)
	}
	return fmt.Errorf("%s: %s %w", what, printable(path), err)
}

// readWithin bounds how long a pipe in the place of a file keeps a reload waiting.
const readWithin = 2 * time.Second

func openOS(path string) (fs.File, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	_ = f.SetReadDeadline(time.Now().Add(readWithin)) // files on disk take none and need none
	return f, nil
}

// loader reads one config with all that belongs to it.
type loader struct {
	*report
	dir  string
	env  func(string) (string, bool)
	open func(string) (fs.File, error)
	// public are the files that every user of the machine can read.
	public map[string]bool
}

func newLoader(name string, options ...Option) *loader {
	l := &loader{report: newReport(), dir: filepath.Dir(name), public: map[string]bool{}}
	for _, o := range options {
		o(l)
	}
	return l
}

func (l *loader) load(name string, data []byte) (*Config, error) {
	doc := defaults()
	if !l.decode(name, data, doc) {
		return nil, l.err()
	}
	l.agentsFile(doc)
	l.settings(doc)
	l.publicSecrets(doc)
	l.secrets(doc)
	l.authorities(doc)
	l.tokensFile(doc)
	rules := l.rules(doc)
	if err := l.err(); err != nil {
		return nil, err
	}
	c := doc.Config
	c.Rules = rules
	c.Warnings = l.warningTexts()
	return &c, nil
}

// read reads a whole file and notes whether others can read it too.
func (l *loader) read(path string) ([]byte, error) {
	f, err := l.open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	l.public[path] = info.Mode().Perm()&0o004 != 0
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, err
	}
	if len(data) > maxFile {
		return nil, fmt.Errorf("is larger than %d bytes", maxFile)
	}
	return data, nil
}

// named is the path of a file that the config names.
func (l *loader) named(file string) string {
	if filepath.IsAbs(file) {
		return file
	}
	return filepath.Join(l.dir, file)
}

// readNamed reads a file that a value of the config names. It reports a fault
// and returns false; so it does when there is nothing to read.
func (l *loader) readNamed(path, file string) (string, []byte, bool) {
	if file == "" || l.open == nil {
		return "", nil, false
	}
	name := l.named(file)
	data, err := l.read(name)
	if at, ok := errors.AsType[*fs.PathError](err); ok {
		err = at.Err
	}
	if err != nil {
		l.badf(path, "%s: %s", printable(name), err)
		return "", nil, false
	}
	return name, bytes.TrimPrefix(data, []byte(byteOrderMark)), true
}

// agentsFile adds the agents of agents_file after those of the config itself.
func (l *loader) agentsFile(doc *document) {
	name, data, ok := l.readNamed("agents_file", doc.AgentsFile)
	if !ok {
		return
	}
	before := maps.Clone(l.places)
	var more agentsDocument
	l.decode(name, data, &more)
	if doc.Agents == nil {
		doc.Agents = map[string]*agentEntry{}
	}
	count := len(doc.Agents)
	for id, a := range more.Agents {
		path := child("agents", id)
		if first, twice := before[path]; twice {
			l.badf(path, "duplicate key: it is also in %s:%d", first.file, first.line)
			continue
		}
		a.order += count
		doc.Agents[id] = a
	}
	// Of an agent in both files the first is meant from here on.
	maps.Copy(l.places, before)
}

// secrets finds the passwords.
func (l *loader) secrets(doc *document) {
	l.password("asterisk.password_file", &doc.Asterisk.Password, doc.Asterisk.PasswordFile, "KEZEK_ARI_PASSWORD")
	l.password("redis.password_file", &doc.Redis.Password, doc.Redis.PasswordFile, "KEZEK_REDIS_PASSWORD")
	l.password("history.password_file", &doc.History.Password, doc.History.PasswordFile, "KEZEK_HISTORY_PASSWORD")
	l.password("queue_log.manager.password_file", &doc.QueueLog.Manager.Password, doc.QueueLog.Manager.PasswordFile, "KEZEK_MANAGER_PASSWORD")
	hook := &doc.Supervisors.Webhook
	l.password("supervisors.webhook.secret_file", &hook.Secret, hook.SecretFile, "KEZEK_WEBHOOK_SECRET")
	l.amiPasswords(doc)
	// Alone the text cannot tell whether the password comes from elsewhere.
	if doc.Asterisk.Password == "" && doc.Asterisk.PasswordFile == "" && l.env != nil && l.open != nil {
		l.badf("asterisk.password", "missing: set asterisk.password_file, or KEZEK_ARI_PASSWORD in the environment")
	}
}

// password takes it from the environment, else from its file, else from the config itself.
func (l *loader) password(path string, password *Secret, file, variable string) {
	what := strings.TrimSuffix(path[strings.LastIndexByte(path, '.')+1:], "_file")
	if *password != "" && file != "" {
		l.badf(path, "and a %s are both set: want one of them", what)
		return
	}
	if l.env != nil {
		if value, ok := l.env(variable); ok && value != "" {
			if strings.ContainsFunc(value, unicode.IsControl) {
				l.badf(path, "%s in the environment: want only the %s, on one line", variable, what)
				return
			}
			*password = Secret(value)
			return
		}
	}
	name, data, ok := l.readNamed(path, file)
	if !ok {
		return
	}
	l.warnPublic(path, name)
	text := strings.TrimRight(string(data), "\r\n")
	if text == "" || strings.ContainsAny(text, "\r\n") {
		l.badf(path, "%s: want only the %s, on one line", name, what)
		return
	}
	if strings.TrimSpace(text) != text {
		l.warnf(path, "%s: the %s in it starts or ends with a space, which is part of it", name, what)
	}
	*password = Secret(text)
}

// publicSecrets warns of secrets in files that everybody can read.
func (l *loader) publicSecrets(doc *document) {
	var paths []string
	if doc.Asterisk.Password != "" {
		paths = append(paths, "asterisk.password")
	}
	if doc.Redis.Password != "" {
		paths = append(paths, "redis.password")
	}
	if doc.History.Password != "" {
		paths = append(paths, "history.password")
	}
	if doc.QueueLog.Manager.Password != "" {
		paths = append(paths, "queue_log.manager.password")
	}
	if doc.Supervisors.Webhook.Secret != "" {
		paths = append(paths, "supervisors.webhook.secret")
	}
	if doc.Ops.SignOn.OIDC.ClientSecret != "" {
		paths = append(paths, "ops.sign_on.oidc.client_secret")
	}
	for name, u := range doc.AMI.Users {
		if u.Password != "" {
			paths = append(paths, child(child("ami.users", name), "password"))
		}
	}
	for id, a := range doc.Agents {
		if a.PIN != "" {
			paths = append(paths, child(child("agents", id), "pin"))
		}
	}
	warned := map[string]bool{}
	for _, path := range paths {
		at, written := l.places[path]
		if written && l.public[at.file] && !warned[at.file] {
			warned[at.file] = true
			l.warnings = append(l.warnings, problem(place{at.file, 1, 1}, "", publicText))
		}
	}
}

const publicText = "every user of this machine can read the secrets in it: chmod o-r"

// warnPublic warns when a file that is a secret can be read by everybody.
func (l *loader) warnPublic(path, file string) {
	if l.public[file] {
		l.warnf(path, "%s: %s", file, publicText)
	}
}
