// Package config reads Kezek's config: one strict YAML file, with defaults for
// nearly everything, that becomes the settings of the adapters and the rules
// of the queues. A key that is unknown, a value that is not allowed and a name
// that leads nowhere are errors with file, line and reason, all told at once.
package config

import (
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"regexp"
	"regexp/syntax"
	"time"

	"kezek/queue"
)

// Config is a whole, checked config. It is not changed after it was read; a
// reload reads another one. A setting marked restart is only taken over by a
// new start, see [Restart].
type Config struct {
	// Site names this installation; it is part of every Redis key.
	Site string `yaml:"site" restart:"yes"`
	// Company is how the callers know it.
	Company string `yaml:"company"`
	// Timezone is the IANA name; Rules.Location is the zone itself.
	Timezone string `yaml:"timezone"`

	Asterisk Asterisk `yaml:"asterisk"`
	Redis    Redis    `yaml:"redis"`
	AGI      AGI      `yaml:"agi"`
	Dialplan Dialplan `yaml:"dialplan"`
	Ops      Ops      `yaml:"ops"`
	History  History  `yaml:"history"`
	AMI      AMI      `yaml:"ami"`
	// QueueLog is for programs that read app_queue's.
	QueueLog QueueLog `yaml:"queue_log"`
	// Spool is a file where promises are kept while Redis is away; empty makes none then.
	Spool string `yaml:"spool" restart:"yes"`
	Trunk Trunk  `yaml:"trunk"`
	// Supervisors are told what needs them.
	Supervisors Supervisors `yaml:"supervisors"`
	Prompts     Prompts     `yaml:"prompts"`
	Recordings  Recordings  `yaml:"recordings"`

	// Rules are languages, menu, queues, agents and statuses.
	Rules *queue.Rules `yaml:"-"`
	// Warnings are lines about what works, but hardly as it was meant.
	Warnings []string `yaml:"-"`
}

// Asterisk is the exchange and its ARI user.
type Asterisk struct {
	// URL of ARI, without a slash at the end: "http://127.0.0.1:8088/ari".
	URL string `yaml:"url" restart:"yes"`
	// App is the Stasis application.
	App string `yaml:"app" restart:"yes"`
	// Name is the exchange's system name (asterisk.conf: systemname), which
	// stands before its channel ids; empty when it has none.
	Name     string `yaml:"name" restart:"yes"`
	Username string `yaml:"username" restart:"yes"`
	// Password comes from here, from PasswordFile or from KEZEK_ARI_PASSWORD.
	Password     Secret `yaml:"password" restart:"yes"`
	PasswordFile string `yaml:"password_file"`
	// CAFile holds the certificates, in PEM, of the authority that signed Asterisk's; empty: the system's.
	CAFile string `yaml:"ca_file" restart:"yes"`
	// CAs are those of CAFile; nil: the system's.
	CAs *x509.CertPool `yaml:"-"`
	// CDR lets Asterisk's own records of calls (CDR) tell what became of them.
	CDR bool `yaml:"cdr" restart:"yes"`
}

// Redis is where the state is kept.
type Redis struct {
	// URL is redis://HOST:PORT/DB, rediss:// for TLS, or unix:///PATH?db=DB. A
	// user and a password in it are moved to the fields below.
	URL      string `yaml:"url" restart:"yes"`
	Username string `yaml:"username" restart:"yes"`
	// Password comes from here, from PasswordFile or from KEZEK_REDIS_PASSWORD; empty is none.
	Password     Secret `yaml:"password" restart:"yes"`
	PasswordFile string `yaml:"password_file"`
	// CAFile and CAs are as those of Asterisk, for rediss://.
	CAFile string         `yaml:"ca_file" restart:"yes"`
	CAs    *x509.CertPool `yaml:"-"`
	// Events are what happened, for the programs that read it.
	Events Events `yaml:"events"`
}

// AGI is the FastAGI server for the agents' codes.
type AGI struct {
	Listen string `yaml:"listen" restart:"yes"`
	// Address is where Asterisk reaches it: Listen, unless it is told otherwise.
	Address string `yaml:"address"`
	// Allow are the networks that may call: FastAGI knows no password.
	Allow []netip.Prefix `yaml:"allow" restart:"yes"`
}

// Dialplan is what the generated dialplan does when the daemon is away.
type Dialplan struct {
	// Fallback is where a caller goes, "context,extension,priority", unless their queue has
	// a place of its own. Empty: they hear music until the daemon is back.
	Fallback string `yaml:"fallback"`
	// FallbackAfter is how long the daemon may be away before that.
	FallbackAfter time.Duration `yaml:"fallback_after"`
	// AnyNumber hands over every number that arrives, not only those of the queues.
	AnyNumber bool `yaml:"any_number"`
	// Lamps lets the keys of phones show what agents and queues do.
	Lamps bool `yaml:"lamps" restart:"yes"`
}

// Ops is the HTTP server for operations.
type Ops struct {
	Listen string `yaml:"listen" restart:"yes"`
	// Hosts are names by which programs on this machine reach it, beside localhost and the address of Listen.
	Hosts []string `yaml:"hosts" restart:"yes"`
	// TrustedProxies are the reverse proxies in front: who asks through them is known by X-Forwarded-For.
	TrustedProxies []netip.Prefix `yaml:"trusted_proxies" restart:"yes"`
	// Socket is a unix socket for the commands of this machine: who may open it needs no token. Empty: none.
	Socket     string `yaml:"socket" restart:"yes"`
	TokensFile string `yaml:"tokens_file"`
	// Tokens are those of TokensFile.
	Tokens []Token `yaml:"-"`
	SignOn SignOn  `yaml:"sign_on"`
}

// Trunk is the way out, for callbacks and transfers to outside numbers.
type Trunk struct {
	// Dial is the endpoint of a number: "PJSIP/{number}@carrier". Empty: no calls out.
	Dial string `yaml:"dial" restart:"yes"`
	// CallerID is the number that the called party sees.
	CallerID string `yaml:"caller_id" restart:"yes"`
	// Allow are the numbers that may be called: a whole number must match one of them.
	Allow []Pattern `yaml:"allow"`
	// Placeholders are what carriers deliver in place of a caller's number: a whole number, as delivered or in
	// E.164, that matches one of them counts as withheld.
	Placeholders []Pattern `yaml:"placeholders"`
	// PerNumber bounds the calls to one number within an hour, InAir the clients
	// who are called or talked to at one time, MaxOpen the open callbacks of all queues.
	PerNumber int `yaml:"per_number"`
	InAir     int `yaml:"in_air"`
	MaxOpen   int `yaml:"max_open"`
}

// Supervisors are how those who look after the agents are told.
type Supervisors struct {
	Webhook Webhook `yaml:"webhook"`
	// Call are phones that are rung when a callback is escalated, one after the
	// other until one answers; Language is what is spoken, by default the first one.
	Call     []string       `yaml:"call"`
	Language queue.Language `yaml:"language"`
}

// Webhook is another program that is told of events.
type Webhook struct {
	// URL gets a POST for each event: https, or http on this machine; empty sends none.
	URL string `yaml:"url" restart:"yes"`
	// Secret signs what is sent. It comes from here, from SecretFile or from KEZEK_WEBHOOK_SECRET; empty is none.
	Secret     Secret `yaml:"secret" restart:"yes"`
	SecretFile string `yaml:"secret_file"`
	// Events are the kinds that are sent.
	Events []queue.EntryKind `yaml:"events" restart:"yes"`
}

// Recordings are the files of talks.
type Recordings struct {
	// Dir is Asterisk's folder of recordings, from which supervisors fetch them.
	Dir string `yaml:"dir" restart:"yes"`
}

// Prompts are the sound files.
type Prompts struct {
	// Dir holds a folder for each language. It is the folder kezek among Asterisk's sounds.
	Dir string `yaml:"dir"`
}

// Pattern is a regular expression that a whole text must match.
type Pattern struct{ re *regexp.Regexp }

// UnmarshalText compiles the pattern.
func (p *Pattern) UnmarshalText(text []byte) error {
	re, err := regexp.Compile(string(text))
	if err != nil {
		if e, ok := errors.AsType[*syntax.Error](err); ok {
			err = errors.New(e.Code.String())
		}
		return fmt.Errorf("%s is not a regular expression: %w", quoted(string(text)), err)
	}
	// Longest match, and anchored at both ends below: "1|12" must match all of "12".
	re.Longest()
	p.re = re
	return nil
}

// pattern is a pattern of the program itself.
func pattern(text string) (p Pattern) {
	if err := p.UnmarshalText([]byte(text)); err != nil {
		panic(err)
	}
	return p
}

// Match reports whether the whole text matches.
func (p Pattern) Match(text string) bool {
	at := p.re.FindStringIndex(text)
	return at != nil && at[0] == 0 && at[1] == len(text)
}

// String is the pattern as it was written.
func (p Pattern) String() string { return p.re.String() }

// String tells which config it is, without secrets.
func (c Config) String() string {
	count := func(n int, noun string) string {
		if n != 1 {
			noun += "s"
		}
		return fmt.Sprintf("%d %s", n, noun)
	}
	text := fmt.Sprintf("site %s, asterisk %s, redis %s", c.Site, c.Asterisk.URL, c.Redis.URL)
	if c.Rules != nil {
		text += fmt.Sprintf(", %s, %s, languages %v",
			count(len(c.Rules.Queues), "queue"), count(len(c.Rules.Agents), "agent"), c.Rules.Languages)
	}
	return text
}

// Format writes String, whatever the verb: the rules in it hold PINs.
func (c Config) Format(f fmt.State, _ rune) { io.WriteString(f, c.String()) }

// MarshalText is String, so that no encoder of a log writes the PINs.
func (c Config) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// document is the file as it is written.
type document struct {
	Config `yaml:",inline"`

	Languages  []queue.Language        `yaml:"languages"`
	Menu       queue.MenuRules         `yaml:"menu"`
	PIN        pinRules                `yaml:"pin"`
	Conduct    queue.ConductRules      `yaml:"conduct"`
	Notice     queue.NoticeRules       `yaml:"notice"`
	Keys       queue.KeyRules          `yaml:"keys"`
	Transfer   transferRules           `yaml:"transfer"`
	Parking    queue.ParkingRules      `yaml:"parking"`
	Queues     map[string]*queueEntry  `yaml:"queues"`
	Agents     map[string]*agentEntry  `yaml:"agents"`
	AgentsFile string                  `yaml:"agents_file"`
	Statuses   map[string]*statusEntry `yaml:"statuses"`
	Results    map[string]*resultEntry `yaml:"results"`
	Phones     []string                `yaml:"phones"`
	PhoneGone  time.Duration           `yaml:"phone_gone"`
	Roster     string                  `yaml:"roster"`
	Timesheet  queue.TimesheetRules    `yaml:"timesheet"`
}

// pinRules lock the log-in of an agent whose PIN is being guessed.
type pinRules struct {
	Tries int           `yaml:"tries"`
	Lock  time.Duration `yaml:"lock"`
}

// transferRules say where agents may pass callers on to.
type transferRules struct {
	// Dial is the endpoint of an extension: "PJSIP/{extension}". Extensions are those that may be called.
	Dial       string        `yaml:"dial"`
	Extensions []Pattern     `yaml:"extensions"`
	Ring       time.Duration `yaml:"ring"`
}

// agentsDocument is the file that agents_file names.
type agentsDocument struct {
	Agents map[string]*agentEntry `yaml:"agents"`
}

// queueEntry is a queue as it is written.
type queueEntry struct {
	queue.QueueRules `yaml:",inline"`
}

func (q *queueEntry) begin(name string, _ int) {
	*q = queueEntry{queue.DefaultQueue()}
	q.Name = name
}

// agentEntry is an agent as written in the config.
type agentEntry struct {
	Name      map[queue.Language]string `yaml:"name"`
	Endpoint  string                    `yaml:"endpoint"`
	Languages []queue.Language          `yaml:"languages"`
	Queues    memberships               `yaml:"queues"`
	Skills    []string                  `yaml:"skills"`
	PIN       string                    `yaml:"pin"`
	Speech    queue.Language            `yaml:"speech"`
	Shifts    queue.Hours               `yaml:"shifts"`
	// Supervisor may listen to others, Trainee works only while a supervisor is logged in.
	Supervisor bool `yaml:"supervisor"`
	Trainee    bool `yaml:"trainee"`
	// Unlisted: no caller reaches them by keying their extension.
	Unlisted bool `yaml:"unlisted"`
	order    int
}

func (a *agentEntry) begin(_ string, order int) { a.order = order }

// statusEntry is a line of the table of statuses.
type statusEntry struct {
	queue.StatusRules `yaml:",inline"`
}

func (s *statusEntry) begin(name string, _ int) { s.Name = name }

// resultEntry is a line of the table of results.
type resultEntry struct {
	queue.ResultRules `yaml:",inline"`
}

func (r *resultEntry) begin(name string, _ int) { r.Name = name }

// defaults are the document when the file says nothing.
func defaults() *document {
	return &document{
		Config: Config{
			Asterisk: Asterisk{URL: "http://127.0.0.1:8088/ari", App: "kezek", Username: "kezek", CDR: true},
			Redis:    Redis{URL: "redis://127.0.0.1:6379/0", Events: Events{Keep: 48 * time.Hour, Most: 2_000_000}},
			History:  History{Keep: defaultKeep()},
			QueueLog: defaultQueueLog(),
			AGI: AGI{
				Listen: "127.0.0.1:4573",
				Allow:  []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")},
			},
			Dialplan: Dialplan{FallbackAfter: 2 * time.Minute, Lamps: true},
			Ops:      Ops{Listen: "127.0.0.1:8086", SignOn: defaultSignOn()},
			Trunk:    Trunk{Placeholders: placeholders(), PerNumber: 6, InAir: 20, MaxOpen: 1000},
			Supervisors: Supervisors{Webhook: Webhook{
				Events: []queue.EntryKind{queue.EntryCallbackEscalated, queue.EntryCallbackBreached, queue.EntryAgentUnwell},
			}},
			Prompts:    Prompts{Dir: "/usr/share/asterisk/sounds/kezek"},
			Recordings: Recordings{Dir: "/var/spool/asterisk/recording"},
		},
		Menu:    queue.DefaultMenu(),
		PIN:     pinRules{Tries: 3, Lock: 5 * time.Minute},
		Conduct: queue.DefaultConduct(),
		Notice:  queue.DefaultNotice(),
		Keys:    queue.DefaultKeys(),
		Parking: queue.DefaultParking(),

		PhoneGone: 10 * time.Minute,
		Timesheet: queue.TimesheetRules{Keep: 400 * 24 * time.Hour, Grace: time.Minute, WorkingDay: queue.WorkingDaySpan},
		Transfer:  transferRules{Dial: "PJSIP/{extension}", Ring: 25 * time.Second},
	}
}
