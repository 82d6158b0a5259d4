package config

import (
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
)

// SignOn is how people sign on to the HTTP API and its page without a token.
type SignOn struct {
	// Lasts is for how long a session is good.
	Lasts time.Duration `yaml:"lasts"`
	// Groups are the roles of people by the groups that the proxy or the provider names.
	Groups map[string]*GroupRole `yaml:"groups"`
	Proxy  ProxySignOn           `yaml:"proxy"`
	OIDC   OIDC                  `yaml:"oidc"`
}

// GroupRole is what the people of a group may do, in some queues or, if none is named, in all.
type GroupRole struct {
	Role   Role     `yaml:"role"`
	Queues []string `yaml:"queues"`
}

// ProxySignOn is by headers of the proxies of ops.trusted_proxies.
type ProxySignOn struct {
	// On: they are believed. The proxy must take them off what comes from clients.
	On bool `yaml:"on"`
	// User, Groups and Email are the names of the headers; those of Groups and Email may be empty.
	User   string `yaml:"user"`
	Groups string `yaml:"groups"`
	Email  string `yaml:"email"`
}

// OIDC is an OpenID Connect provider.
type OIDC struct {
	// Issuer is its address; empty: there is none.
	Issuer string `yaml:"issuer" restart:"yes"`
	// ClientID and ClientSecret are Kezek's own there. The secret comes from here or from ClientSecretFile.
	ClientID         string `yaml:"client_id" restart:"yes"`
	ClientSecret     Secret `yaml:"client_secret" restart:"yes"`
	ClientSecretFile string `yaml:"client_secret_file"`
	// Redirect is where the provider sends people back to.
	Redirect string `yaml:"redirect" restart:"yes"`
	// Scopes are asked for beside openid.
	Scopes []string `yaml:"scopes" restart:"yes"`
	// NameClaim and GroupsClaim are where the ID token has the name for records, and the groups.
	NameClaim   string `yaml:"name_claim" restart:"yes"`
	GroupsClaim string `yaml:"groups_claim" restart:"yes"`
}

// callbackPath ends the address that the provider sends people back to.
const callbackPath = "/auth/callback"

func defaultSignOn() SignOn {
	return SignOn{
		Lasts: 12 * time.Hour,
		Proxy: ProxySignOn{User: "X-Forwarded-User", Groups: "X-Forwarded-Groups", Email: "X-Forwarded-Email"},
		OIDC:  OIDC{Scopes: []string{"profile", "email"}, NameClaim: "preferred_username", GroupsClaim: "groups"},
	}
}

var headerRE = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9-]{0,63}$`)

// signOn checks how people sign on.
func (l *loader) signOn(doc *document) {
	const path = "ops.sign_on"
	o := &doc.Ops.SignOn
	between(l.report, path+".lasts", o.Lasts, time.Minute, 30*24*time.Hour)
	for _, name := range slices.Sorted(maps.Keys(o.Groups)) {
		at := child(path+".groups", name)
		oneOfValues(l.report, at+".role", o.Groups[name].Role, Roles)
		l.someQueues(at+".queues", o.Groups[name].Queues, doc)
	}
	for key, header := range map[string]*string{"user": &o.Proxy.User, "groups": &o.Proxy.Groups, "email": &o.Proxy.Email} {
		if *header != "" || key == "user" {
			l.match(path+".proxy."+key, *header, headerRE, "want the name of a header, such as X-Forwarded-User")
		}
		*header = http.CanonicalHeaderKey(*header)
	}
	if o.Proxy.On && len(doc.Ops.TrustedProxies) == 0 {
		l.badf(path+".proxy.on", "needs the addresses of the proxies: set ops.trusted_proxies")
	}
	if l.oidc(path+".oidc", &o.OIDC); (o.Proxy.On || o.OIDC.Issuer != "") && len(o.Groups) == 0 {
		l.warnf(path+".groups", "is empty: nobody who signs on has a role")
	}
}

// oidc checks a provider.
func (l *loader) oidc(path string, o *OIDC) {
	if o.Issuer == "" {
		return
	}
	l.webAddress(path+".issuer", o.Issuer, "want such as https://id.example.kg/realms/office")
	if o.ClientID == "" {
		l.missing(path+".client_id", "want Kezek's name at the provider")
	}
	const want = "want such as https://kezek.example.kg" + callbackPath
	if u := l.webAddress(path+".redirect", o.Redirect, want); u != nil && u.Path != callbackPath {
		l.badf(path+".redirect", "%s does not end with %s: %s", quoted(o.Redirect), callbackPath, want)
	}
	for key, claim := range map[string]string{"name_claim": o.NameClaim, "groups_claim": o.GroupsClaim} {
		if claim == "" {
			l.missing(path+"."+key, "want the name of a claim of the ID token")
		}
	}
	for i, scope := range o.Scopes {
		if scope == "" || strings.ContainsFunc(scope, notTokenChar) {
			l.badf(item(path+".scopes", i), "%s is not allowed: want the name of a scope, such as profile", quoted(scope))
		}
	}
	l.password(path+".client_secret_file", &o.ClientSecret, o.ClientSecretFile, "")
}

// webAddress checks one that is opened in a browser: https, or http on this machine.
func (l *loader) webAddress(path, text, want string) *url.URL {
	if text == "" {
		l.missing(path, want)
		return nil
	}
	u, ok := l.url(path, text, want, "https", "http")
	switch {
	case !ok:
		return nil
	case u.User != nil || u.Hostname() == "" || !validPort(u.Port(), true) || u.RawQuery != "" || u.Fragment != "":
		l.badf(path, "has a user, a query, a fragment, a wrong port or no host: %s", want)
		return nil
	case u.Scheme == "http" && !hostAddr(u.Hostname()).IsLoopback():
		l.badf(path, "http is allowed only to this machine: %s", want)
		return nil
	}
	return u
}
