package daemon

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strings"

	"go.uber.org/zap"

	"kezek/ari"
	"kezek/config"
	"kezek/dialplan"
	"kezek/engine"
	"kezek/ops"
	"kezek/prompts"
	"kezek/queue"
	"kezek/state"
)

// What the config means for each part. The commands that look at the same Asterisk and Redis use it as well.

// StoreOptions say where Redis is.
func StoreOptions(c *config.Config, log *zap.Logger) state.Options {
	return state.Options{Site: c.Site, URL: redisURL(c.Redis), CAs: c.Redis.CAs, Events: state.Keep(c.Redis.Events), Log: log}
}

// spool keeps promises while Redis is away; nil if the config wants none.
func spool(c *config.Config, log *zap.Logger) engine.Spool {
	if c.Spool == "" {
		return nil
	}
	if err := (state.FileSpool{Path: c.Spool}).Fault(); err != nil && c.Rules.Trunk.Allowed != nil {
		log.Warn("no callback can be promised while Redis is away", zap.Error(err))
	}
	return state.FileSpool{Path: c.Spool, Site: c.Site}
}

// brokenSpool are the spool's files that could not be read.
func brokenSpool(c *config.Config) []string {
	if c.Spool == "" {
		return nil
	}
	return state.FileSpool{Path: c.Spool}.Broken()
}

// webhook tells another program of events; nil if the config wants none.
func webhook(c *config.Config, d *Daemon) *ops.Webhook {
	h := c.Supervisors.Webhook
	if h.URL == "" || len(h.Events) == 0 {
		return nil
	}
	return ops.NewWebhook(ops.WebhookOptions{
		URL: h.URL, Site: c.Site, Secret: string(h.Secret), Events: h.Events, Metrics: d.metrics, Log: d.log,
		Feed: d.feed, Journal: d.store, Places: d.store, Keep: c.Redis.Events.Keep,
		Owner: func() bool { return d.engine.Status().Owner },
	})
}

// redisURL puts user and password back where the client looks for them.
func redisURL(r config.Redis) string {
	u, err := url.Parse(r.URL)
	if err != nil || r.Username == "" && r.Password == "" {
		return r.URL
	}
	u.User = url.UserPassword(r.Username, string(r.Password))
	return u.String()
}

// ARIOptions say where Asterisk is, and what Kezek has there.
func ARIOptions(c *config.Config) ari.Options {
	return ari.Options{
		Name: c.Asterisk.Name, URL: c.Asterisk.URL, App: c.Asterisk.App,
		Username: c.Asterisk.Username, Password: string(c.Asterisk.Password), CAs: c.Asterisk.CAs,
		Endpoints: c.Rules.Endpoints(), Media: media,
		Trunk: c.Trunk.Dial, TrunkCallerID: c.Trunk.CallerID, LampsOff: !c.Dialplan.Lamps, CDR: c.Asterisk.CDR,
	}
}

// DialplanParams are what the config says about the dialplan, for this version of the program.
func DialplanParams(c *config.Config, version string) dialplan.Params {
	return dialplan.Params{
		Version: version, App: c.Asterisk.App, AGI: c.AGI.Address, Rules: c.Rules, Sound: Sound,
		AnyNumber: c.Dialplan.AnyNumber, LampsOff: !c.Dialplan.Lamps, Fallback: c.Dialplan.Fallback, FallbackAfter: c.Dialplan.FallbackAfter,
	}
}

// Sound names the file of a phrase for the dialplan, "" if there is none.
func Sound(p queue.Phrase) string {
	name, err := prompts.Name(p.ID, string(p.Language), p.N)
	if err != nil {
		return ""
	}
	return name
}

// media is the same for ARI.
func media(p queue.Phrase) string {
	if name := Sound(p); name != "" {
		return "sound:" + name
	}
	return ""
}

// networkOf is where to listen: 0.0.0.0 is all addresses of IPv4, and none of IPv6, which a firewall may not guard.
func networkOf(listen string) string {
	host, _, _ := net.SplitHostPort(listen)
	if addr, err := netip.ParseAddr(host); err == nil && addr.Unmap().Is4() {
		return "tcp4"
	}
	return "tcp"
}

// hosts are the names of the HTTP server beside those of loopback.
func hosts(c config.Ops) []string {
	host, _, err := net.SplitHostPort(c.Listen)
	if ip := net.ParseIP(host); err != nil || ip == nil || ip.IsUnspecified() || ip.IsLoopback() {
		return c.Hosts
	}
	return append([]string{strings.ToLower(host)}, c.Hosts...)
}

func opsTokens(c *config.Config) ([]ops.Token, error) {
	tokens := make([]ops.Token, 0, len(c.Ops.Tokens))
	for _, t := range c.Ops.Tokens {
		role, err := ops.ParseRole(string(t.Role))
		if err != nil { // config and ops do not know the same roles
			return nil, fmt.Errorf("ops.tokens: %q: %w", t.Name, err)
		}
		tokens = append(tokens, ops.Token{Secret: string(t.Token), Role: role, Name: t.Name, Queues: t.Queues, Until: t.Ends})
	}
	return tokens, nil
}

// opsSignOn is how people sign on without a token.
func opsSignOn(c *config.Config) (ops.SignOn, error) {
	o := ops.SignOn{Lasts: c.Ops.SignOn.Lasts, Groups: map[string]ops.Grant{}}
	for name, g := range c.Ops.SignOn.Groups {
		role, err := ops.ParseRole(string(g.Role))
		if err != nil { // config and ops do not know the same roles
			return o, fmt.Errorf("ops.sign_on.groups: %q: %w", name, err)
		}
		o.Groups[name] = ops.Grant{Role: role, Queues: g.Queues}
	}
	if p := c.Ops.SignOn.Proxy; p.On {
		o.Proxy = &ops.ProxyHeaders{User: p.User, Groups: p.Groups, Email: p.Email}
	}
	return o, nil
}

func opsOIDC(o config.OIDC) ops.OIDC {
	return ops.OIDC{
		Issuer: o.Issuer, ClientID: o.ClientID, ClientSecret: string(o.ClientSecret), Redirect: o.Redirect, Scopes: o.Scopes,
		NameClaim: o.NameClaim, GroupsClaim: o.GroupsClaim,
	}
}
