package config

import (
	"cmp"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// What names must look like.
var (
	nameRE      = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,31}$`)
	nameWant    = "want 1 to 32 letters, digits, - and _"
	numberRE    = regexp.MustCompile(`^\+[1-9][0-9]{6,14}$`)
	numberWant  = `want an E.164 number such as "+996312900800"`
	endpointRE  = regexp.MustCompile(`^[A-Za-z0-9]+/[A-Za-z0-9._+-]+$`)
	dialRE      = regexp.MustCompile(`^[A-Za-z0-9]+/[A-Za-z0-9._+@:-]*\{number\}[A-Za-z0-9._+@:-]*$`)
	placeRE     = regexp.MustCompile(`^[A-Za-z0-9_.-]{1,79},[A-Za-z0-9_.+*#-]{1,79},([1-9][0-9]{0,4}|[A-Za-z][A-Za-z0-9_-]{0,78})$`)
	placeWant   = `want "context,extension,priority", such as "voicemail,s,1"`
	systemRE    = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)
	hostRE      = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$`)
	languageRE  = regexp.MustCompile(`^[a-z]{2,3}$`)
	pinRE       = regexp.MustCompile(`^[0-9]{4,8}$`)
	digitRE     = regexp.MustCompile(`^[0-9]$`)
	codeRE      = regexp.MustCompile(`^[23][0-9]$`)
	queueCodeRE = regexp.MustCompile(`^[0-9]{1,8}$`)
	extDialRE   = regexp.MustCompile(`^[A-Za-z0-9]+/[A-Za-z0-9._+@:-]*\{extension\}[A-Za-z0-9._+@:-]*$`)
	musicRE     = regexp.MustCompile(`^[A-Za-z0-9_.-]{1,79}$`)
)

// settings checks all that is not rules.
func (l *loader) settings(doc *document) {
	l.match("site", doc.Site, nameRE, nameWant+", such as bishkek")
	if strings.TrimSpace(doc.Company) == "" {
		l.missing("company", "want the name that callers hear")
	}
	l.match("asterisk.app", doc.Asterisk.App, nameRE, nameWant)
	if doc.Asterisk.Name != "" {
		l.match("asterisk.name", doc.Asterisk.Name, systemRE, "want systemname of asterisk.conf: 1 to 64 letters, digits, . - and _")
	}
	if doc.Asterisk.Username == "" {
		l.missing("asterisk.username", "want the user of ari.conf")
	}
	l.asteriskURL(&doc.Asterisk)
	l.redisURL(&doc.Redis)
	l.agi(&doc.AGI)
	l.dialplan(&doc.Dialplan)
	l.ops(doc)
	l.spool(doc)
	l.history(doc)
	l.ami(doc)
	l.queueLog(doc)
	l.trunk(&doc.Trunk)
	l.transfer(&doc.Transfer)
	l.webhook(&doc.Supervisors.Webhook)
	for path, dir := range map[string]string{"prompts.dir": doc.Prompts.Dir, "recordings.dir": doc.Recordings.Dir} {
		if dir == "" {
			l.badf(path, "is empty: want a folder")
		}
	}
}

// agi checks the FastAGI server. Its callers show no password, so their addresses must do.
func (l *loader) agi(a *AGI) {
	addr := l.listen("agi.listen", a.Listen)
	if a.Address == "" {
		a.Address = a.Listen
		if addr.IsUnspecified() {
			l.warnf("agi.address", "missing: agi.listen means all addresses, and Asterisk needs one of them")
		}
	} else if host, port, err := net.SplitHostPort(a.Address); err != nil || !reachable(host) || !validPort(port, false) {
		l.badf("agi.address", "%s is not allowed: want HOST:PORT of one machine", quoted(a.Address))
	}
	if len(a.Allow) == 0 {
		l.badf("agi.allow", "is empty: nobody could connect")
	}
	if addr.IsValid() && !addr.IsLoopback() && !slices.ContainsFunc(a.Allow, func(p netip.Prefix) bool { return !p.Addr().IsLoopback() }) {
		l.warnf("agi.allow", "only this machine may connect, though agi.listen is open to others: add Asterisk's address")
	}
	for i, p := range a.Allow {
		if p.IsValid() && p.Bits() == 0 {
			l.warnf(item("agi.allow", i), "%s lets everybody connect, and FastAGI has no password", p)
		}
	}
}

func (l *loader) dialplan(d *Dialplan) {
	if d.Fallback != "" {
		l.match("dialplan.fallback", d.Fallback, placeRE, placeWant)
	}
	between(l.report, "dialplan.fallback_after", d.FallbackAfter, 5*time.Second, time.Hour)
}

func (l *loader) ops(doc *document) {
	addr := l.listen("ops.listen", doc.Ops.Listen)
	if doc.AGI.Listen == doc.Ops.Listen {
		path, other := "ops.listen", "agi.listen"
		if _, written := l.places[path]; !written {
			path, other = other, path
		}
		l.badf(path, "%s is also %s: want another port", quoted(doc.Ops.Listen), other)
	}
	if addr.IsValid() && !addr.IsLoopback() && doc.Ops.TokensFile == "" {
		l.badf("ops.listen", "%s is open to other machines: set ops.tokens_file", quoted(doc.Ops.Listen))
	}
	for i, host := range doc.Ops.Hosts {
		if !reachable(host) {
			l.badf(item("ops.hosts", i), "%s is not allowed: want the name or address of a machine, without a port", quoted(host))
		}
		doc.Ops.Hosts[i] = strings.ToLower(host)
	}
	for i, p := range doc.Ops.TrustedProxies {
		if p.IsValid() && p.Bits() == 0 {
			l.badf(item("ops.trusted_proxies", i), "%s would let everybody choose the address that is logged and rate-limited: want the proxy's own", p)
		}
	}
	l.signOn(doc)
	switch _, written := l.places["ops.socket"]; {
	case !written:
		doc.Ops.Socket = SocketDir + "/" + doc.Site + ".sock"
	case doc.Ops.Socket != "":
		doc.Ops.Socket = l.named(doc.Ops.Socket)
		if n := len(doc.Ops.Socket); n > longestSocket {
			l.badf("ops.socket", "%s has %d bytes: want %d at most, the limit of Linux", quoted(doc.Ops.Socket), n, longestSocket)
		}
	}
}

// SocketDir is the folder where daemons have their sockets unless ops.socket says otherwise.
const SocketDir = "/run/kezek"

// longestSocket is the longest path of a unix socket in bytes (sockaddr_un, less the 0 at its end).
const longestSocket = 107

// asteriskURL checks ARI's address.
func (l *loader) asteriskURL(a *Asterisk) {
	const path, want = "asterisk.url", "want such as http://127.0.0.1:8088/ari"
	u, ok := l.url(path, a.URL, want, "http", "https")
	if !ok {
		return
	}
	switch {
	case u.User != nil:
		l.badf(path, "contains a user: want it in asterisk.username, and the password in asterisk.password_file")
	case u.Hostname() == "" || !validPort(u.Port(), true):
		l.badf(path, "%s has no host or a wrong port: %s", quoted(a.URL), want)
	case u.RawQuery != "" || u.Fragment != "" || !strings.HasSuffix(strings.TrimSuffix(u.Path, "/"), "/ari"):
		l.badf(path, "%s does not end with /ari: %s", quoted(a.URL), want)
	default:
		a.URL = strings.TrimSuffix(a.URL, "/")
		if addr := hostAddr(u.Hostname()); u.Scheme == "http" && !addr.IsLoopback() {
			l.warnf(path, "the password goes over the network in the clear: use https, or a tunnel")
		}
	}
}

// redisURL checks the address of Redis and takes the user out of it.
func (l *loader) redisURL(r *Redis) {
	const path, want = "redis.url", "want such as redis://127.0.0.1:6379/0, rediss://… for TLS, or unix:///run/redis.sock?db=0"
	u, ok := l.url(path, r.URL, want, "redis", "rediss", "unix")
	if !ok {
		return
	}
	password, _ := u.User.Password()
	if password != "" && (r.Password != "" || r.PasswordFile != "") {
		l.badf(path, "contains a password, and redis.password or redis.password_file has one too: want one of them")
		return
	}
	if password != "" {
		l.places["redis.password"] = l.placeOf(path)
	}
	r.splitUser(u)
	db, query := strings.TrimPrefix(u.Path, "/"), u.RawQuery
	if u.Scheme == "unix" {
		db, query, ok = u.Query().Get("db"), "", u.Path != "" && u.Host == ""
	} else {
		ok = u.Hostname() != "" && validPort(u.Port(), true)
	}
	if n, err := strconv.Atoi(cmp.Or(db, "0")); !ok || err != nil || n < 0 || query != "" || u.Fragment != "" {
		l.badf(path, "%s is not allowed: %s", quoted(r.URL), want)
	}
}

// splitUser moves user and password out of the URL, so that it can be shown.
func (r *Redis) splitUser(u *url.URL) {
	if u.User == nil {
		return
	}
	if password, ok := u.User.Password(); ok {
		r.Password = Secret(password)
	}
	if name := u.User.Username(); name != "" {
		r.Username = name
	}
	u.User = nil
	r.URL = u.String()
}

// url parses a URL. A faulty one is not repeated: it may hold a password.
func (l *loader) url(path, text, want string, schemes ...string) (*url.URL, bool) {
	u, err := url.Parse(text)
	if err != nil || u.Scheme == "" || u.Opaque != "" {
		l.badf(path, "is not a URL: %s", want)
		return nil, false
	}
	if !slices.Contains(schemes, u.Scheme) {
		l.badf(path, "scheme %s is not allowed: %s", quoted(u.Scheme), want)
		return nil, false
	}
	return u, true
}

// listen checks an address to listen on and returns its IP; it is invalid when the address is.
func (l *loader) listen(path, text string) netip.Addr {
	host, port, err := net.SplitHostPort(text)
	addr := hostAddr(host)
	if err != nil || !addr.IsValid() || !validPort(port, false) {
		l.badf(path, "%s is not allowed: want ADDRESS:PORT, such as 127.0.0.1:8086, or :8086 for all addresses", quoted(text))
		return netip.Addr{}
	}
	return addr
}

// reachable reports whether a host can be connected to, as far as its name tells.
func reachable(host string) bool {
	if addr := hostAddr(host); addr.IsValid() {
		return !addr.IsUnspecified()
	}
	return hostRE.MatchString(host)
}

// hostAddr is the address of a host that needs no look-up.
func hostAddr(host string) netip.Addr {
	switch host {
	case "":
		return netip.IPv6Unspecified()
	case "localhost":
		return netip.AddrFrom4([4]byte{127, 0, 0, 1})
	}
	addr, _ := netip.ParseAddr(host)
	return addr
}

func validPort(text string, mayLack bool) bool {
	if text == "" {
		return mayLack
	}
	n, err := strconv.ParseUint(text, 10, 16)
	return err == nil && n > 0
}

func (r *report) missing(path, want string) { r.badf(path, "missing: %s", want) }

// match checks that a text looks as it must.
func (r *report) match(path, text string, re *regexp.Regexp, want string) {
	switch {
	case re.MatchString(text):
	case text == "":
		r.missing(path, want)
	default:
		r.badf(path, "%s is not allowed: %s", quoted(text), want)
	}
}

// oneOfValues checks that a value is one of a few.
func oneOfValues[T ~string](r *report, path string, got T, allowed []T) {
	if slices.Contains(allowed, got) {
		return
	}
	words := texts(allowed)
	if got == "" {
		r.missing(path, oneOf("", words))
		return
	}
	r.badf(path, "%s is not allowed: %s", quoted(string(got)), oneOf(string(got), words))
}

// between checks that a number or time is neither too small nor too large.
func between[T int | time.Duration](r *report, path string, got, least, most T) {
	if got < least || got > most {
		r.badf(path, "%s is not allowed: want %s to %s", figure(got), figure(least), figure(most))
	}
}

// figure writes a number, or a time without the units that are zero.
func figure[T int | time.Duration](v T) string {
	d, ok := any(v).(time.Duration)
	if !ok {
		return fmt.Sprint(v)
	}
	if days := d / (24 * time.Hour); days > 1 && d%(24*time.Hour) == 0 {
		return fmt.Sprintf("%dd", days)
	}
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}
