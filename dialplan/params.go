package dialplan

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"kezek/queue"
)

// DefaultFallbackAfter is [Params.FallbackAfter] when that is 0.
const DefaultFallbackAfter = 2 * time.Minute

// Params are what the generated dialplan depends on.
type Params struct {
	// Version of Kezek, for the head of the file.
	Version string
	// App is the ARI application (asterisk.app) and the prefix of the contexts.
	App string
	// AGI is the host and port where Asterisk reaches the [Server] (agi.listen).
	AGI   string
	Rules *queue.Rules
	// Sound names the file of a phrase, without its extension.
	Sound func(queue.Phrase) string
	// AnyNumber sends every number that reaches the inbound context to the
	// daemon, not only those of the queues.
	AnyNumber bool
	// LampsOff leaves out the hints for the keys of phones.
	LampsOff bool
	// Fallback is where a caller goes when the daemon stays away, as
	// "context,extension,priority", unless the queue has a place of its own.
	// Empty: the caller keeps hearing music until the daemon is back.
	Fallback string
	// FallbackAfter is how long the daemon may be away before that.
	FallbackAfter time.Duration
}

// A rule for words that are written into the dialplan. Nothing is escaped:
// what could mean something to Asterisk is refused.
type word struct {
	form    *regexp.Regexp
	allowed string
}

var (
	name     = word{regexp.MustCompile(`^[A-Za-z0-9_-]{1,40}$`), "1 to 40 letters, digits, _ and -"}
	number   = word{regexp.MustCompile(`^\+?[0-9]{3,32}$`), "3 to 32 digits, with or without a leading +"}
	code     = word{regexp.MustCompile(`^[23][0-9]$`), "20 to 39"}
	digit    = word{regexp.MustCompile(`^[0-9]$`), "one digit"}
	music    = word{regexp.MustCompile(`^[A-Za-z0-9_.-]{1,79}$`), "a class of musiconhold.conf: letters, digits, _ . and -"}
	sounds   = word{regexp.MustCompile(`^[A-Za-z0-9_./-]{1,200}(&[A-Za-z0-9_./-]{1,200})*$`), "sound files of letters, digits, _ . / and -"}
	hostName = word{regexp.MustCompile(`^[A-Za-z0-9.-]{1,253}$`), "a host name or address"}
	place    = word{
		regexp.MustCompile(`^[A-Za-z0-9_.-]{1,79},[A-Za-z0-9_.+*#-]{1,79},([1-9][0-9]{0,4}|[A-Za-z][A-Za-z0-9_-]{0,78})$`),
		"a place in the dialplan, context,extension,priority, without spaces",
	}
)

func (w word) check(field, value string) error {
	if w.form.MatchString(value) {
		return nil
	}
	return fmt.Errorf("%s is %q; allowed: %s", field, value, w.allowed)
}

// check tells all that cannot be written into a dialplan.
func (p *Params) check() error {
	if p.Rules == nil || p.Sound == nil {
		return errors.New("dialplan: Rules and Sound are needed")
	}
	errs := []error{name.check("asterisk.app", p.App), checkAGI(p.AGI)}
	if p.FallbackAfter < 0 {
		errs = append(errs, fmt.Errorf("dialplan.fallback_after is %s; allowed: 0s and more", p.FallbackAfter))
	}
	if p.Fallback != "" {
		errs = append(errs, p.checkPlace("dialplan.fallback", p.Fallback))
	}
	queueOf := map[string]string{}
	for _, key := range slices.Sorted(maps.Keys(p.Rules.Queues)) {
		q, field := p.Rules.Queues[key], "queues."+key
		errs = append(errs, name.check("the name of "+field, key))
		if q.Music != "" {
			errs = append(errs, music.check(field+".music", q.Music))
		}
		if q.Fallback != "" {
			errs = append(errs, p.checkPlace(field+".fallback", q.Fallback))
		}
		for _, did := range q.DID {
			errs = append(errs, number.check(field+".did", did))
			if other, taken := queueOf[did]; taken {
				errs = append(errs, fmt.Errorf("%s.did is %q, which is already a number of queue %s", field, did, other))
			}
			queueOf[did] = key
		}
	}
	for _, id := range slices.Sorted(maps.Keys(p.Rules.Agents)) {
		errs = append(errs, name.check("the id of agents."+id, id))
	}
	statusOf := map[string]string{}
	for _, key := range slices.Sorted(maps.Keys(p.Rules.Statuses)) {
		s, field := p.Rules.Statuses[key], "statuses."+key
		if s.Code == "" && slices.Contains(queue.SetByDaemon, queue.Status(key)) {
			continue // nobody dials it
		}
		errs = append(errs, name.check("the name of "+field, key), code.check(field+".code", s.Code))
		if other, taken := statusOf[s.Code]; taken {
			errs = append(errs, fmt.Errorf("%s.code is %q, which is already the code of %s", field, s.Code, other))
		}
		statusOf[s.Code] = key
	}
	for _, key := range slices.Sorted(maps.Keys(p.Rules.Results)) {
		errs = append(errs, digit.check("results."+key+".code", p.Rules.Results[key].Code))
	}
	for _, e := range p.entrances() {
		errs = append(errs, sounds.check("the phrase for waiting callers of "+e.Number, e.Words))
	}
	errs = append(errs,
		sounds.check("the phrase for waiting callers", p.anyWaiting().Words),
		sounds.check("the phrase for agents", p.sorry()))
	return errors.Join(errs...)
}

// checkPlace refuses, beside bad words, places that lead back here: the caller would go round.
func (p *Params) checkPlace(field, value string) error {
	if err := place.check(field, value); err != nil {
		return err
	}
	if context, _, _ := strings.Cut(value, ","); context == p.App+"-inbound" || context == p.App+"-call" {
		return fmt.Errorf("%s is %q, which leads back to Kezek", field, value)
	}
	return nil
}

func checkAGI(address string) error {
	const field = "the address for AGI (agi.listen)"
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return fmt.Errorf("%s is %q; allowed: host:port", field, address)
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return fmt.Errorf("%s is %q; allowed as port: 1 to 65535", field, address)
	}
	if ip, err := netip.ParseAddr(host); err == nil {
		if ip.IsUnspecified() || ip.Zone() != "" {
			return fmt.Errorf("%s is %q; Asterisk needs the address of one machine to connect to", field, address)
		}
		return nil
	}
	return hostName.check(field, host)
}

// entrance is a number that callers dial.
type entrance struct {
	// Number as the config has it; Alias is the same number without or with +.
	Number, Alias string
	Queue         string
	waiting
}

// waiting is what keeps a caller while the daemon is away.
type waiting struct {
	// Words are sound files joined by &.
	Music, Words, Fallback string
}

// entrances are the numbers of all queues, by queue and then in the config's order.
func (p *Params) entrances() []entrance {
	var all []entrance
	for _, key := range slices.Sorted(maps.Keys(p.Rules.Queues)) {
		q := p.Rules.Queues[key]
		for _, did := range q.DID {
			languages := inFront(p.Rules.Languages, q.DefaultLanguage)
			if l, fixed := q.DIDLanguage[did]; fixed {
				languages = []queue.Language{l}
			}
			alias := "+" + did
			if bare, plus := strings.CutPrefix(did, "+"); plus {
				alias = bare
			}
			if p.Rules.QueueByDID(alias) != nil {
				alias = "" // that form is somebody's number by itself
			}
			all = append(all, entrance{
				Number: did, Alias: alias, Queue: key,
				waiting: waiting{
					Music:    cmp.Or(q.Music, "default"),
					Words:    p.files("please-wait", languages),
					Fallback: cmp.Or(q.Fallback, p.Fallback),
				},
			})
		}
	}
	return all
}

// anyWaiting is for callers of numbers that are no queue's.
func (p *Params) anyWaiting() waiting {
	return waiting{Music: "default", Words: p.files("please-wait", p.Rules.Languages), Fallback: p.Fallback}
}

// sorry is what agents hear when the daemon is away, in the languages that they are answered in.
func (p *Params) sorry() string {
	var languages []queue.Language
	for _, a := range p.Rules.Agents {
		if a.Speech != "" && !slices.Contains(languages, a.Speech) {
			languages = append(languages, a.Speech)
		}
	}
	if len(languages) == 0 {
		return p.files("service-unavailable", p.Rules.Languages)
	}
	slices.Sort(languages)
	return p.files("service-unavailable", languages)
}

func (p *Params) files(id string, languages []queue.Language) string {
	var files []string
	for _, l := range languages {
		files = append(files, p.Sound(queue.Phrase{ID: id, Language: l}))
	}
	return strings.Join(files, "&")
}

// inFront puts first before the others.
func inFront(all []queue.Language, first queue.Language) []queue.Language {
	if !slices.Contains(all, first) {
		return all
	}
	others := slices.DeleteFunc(slices.Clone(all), func(l queue.Language) bool { return l == first })
	return append([]queue.Language{first}, others...)
}
