package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"kezek/ari"
	"kezek/config"
	"kezek/dialplan"
	"kezek/engine"
	"kezek/ops"
	"kezek/preflight"
	"kezek/prompts"
	"kezek/queue"
	"kezek/state"
)

// daemon is the whole service: the engine, the adapters around it, and the
// two servers through which people give orders.
type daemon struct {
	configPath string
	// started is the config that the parts were made from.
	started *config.Config
	// rules are those in force, for the AGI server's goroutines.
	rules atomic.Pointer[queue.Rules]
	// untold are rules of a reload that came before the engine could take them.
	untold *queue.Rules
	born   time.Time
	log    *zap.Logger

	metrics  *ops.Metrics
	feed     *ops.Feed
	webhook  *ops.Webhook // nil: none
	store    *state.Store
	exchange *ari.Exchange
	engine   *engine.Engine
	ops      *ops.Server
	http     net.Listener
	agi      *dialplan.Server
	systemd  systemd
}

// newDaemon does all that can fail at a start. Asterisk and Redis may come later.
func newDaemon(configPath string, log *zap.Logger) (*daemon, error) {
	c, err := loadConfig(configPath)
	if err != nil {
		return nil, err
	}
	for _, w := range c.Warnings {
		log.Warn("config", zap.String("warning", w))
	}
	d := &daemon{
		configPath: configPath, started: c, born: time.Now(), log: log,
		metrics: ops.NewMetrics(version()), feed: ops.NewFeed(),
	}
	d.webhook = webhook(c, d.metrics, log)
	d.adopt(c)
	store := storeOptions(c, log)
	if c.Spool != "" {
		store.Mark = c.Spool + markSuffix
	}
	d.store, err = state.New(store)
	if err != nil {
		return nil, err
	}
	ariOptions := ariOptions(c)
	ariOptions.Log = log
	ariOptions.Metrics = ari.Metrics{Request: d.metrics.Requested, Dialled: d.metrics.Assigned, Misread: d.metrics.Misread}
	d.exchange = ari.New(ariOptions)
	d.engine = engine.New(engine.Options{
		Rules: c.Rules, Exchange: d.exchange, Store: d.store, Normalize: normalize, Spool: spool(c, log), Log: log,
		Observer: observer{d.metrics, d.feed, d.webhook},
	})
	d.ops = ops.New(ops.Options{
		Engine: d.engine, History: d.store, Health: d.health, Metrics: d.metrics, Feed: d.feed,
		Tokens: opsTokens(c), Hosts: hosts(c.Ops), Proxies: c.Ops.TrustedProxies, Location: func() *time.Location { return d.rules.Load().Location },
		Version: version(), Recordings: c.Recordings.Dir, Log: log,
	})
	if d.http, err = net.Listen(networkOf(c.Ops.Listen), c.Ops.Listen); err != nil {
		return nil, errors.Join(fmt.Errorf("ops.listen: %w", err), d.store.Close())
	}
	d.agi, err = dialplan.NewServer(dialplan.ServerOptions{
		Network: networkOf(c.AGI.Listen), Listen: c.AGI.Listen, Allow: c.AGI.Allow, Desk: d.engine, Rules: d.rules.Load, Sound: sound, Log: log,
	})
	if err != nil {
		return nil, errors.Join(err, d.http.Close(), d.store.Close())
	}
	return d, nil
}

// observer tells them what the loop does.
type observer struct {
	*ops.Metrics
	feed    *ops.Feed
	webhook *ops.Webhook
}

// Happened implements [engine.Observer].
func (o observer) Happened(entries []queue.Entry) {
	o.Metrics.Happened(entries)
	o.feed.Happened(entries)
	if o.webhook != nil {
		o.webhook.Happened(entries)
	}
}

// health joins what the parts know of themselves.
func (d *daemon) health() ops.Health {
	s := d.engine.Status()
	return ops.Health{
		Owner: s.Owner, Loaded: s.Loaded, Exchange: s.Connected, Redis: d.store.Up(), RedisRefusal: d.store.Refusal(), Saved: s.Saved, Since: d.born,
		Lost: cmp.Or(d.store.Lost(), s.Lost), Clock: d.store.Clock(), BrokenSpool: brokenSpool(d.started), Aside: s.Aside, Panics: s.Panics,
	}
}

// run serves until ctx ends or a part fails. The way down: first no more
// orders are taken, then the engine saves what is left and gives up the site.
// Calls stay on Asterisk, for the next daemon.
func (d *daemon) run(ctx context.Context, reload <-chan os.Signal) error {
	d.log.Info("kezek starts", zap.String("version", version()), zap.Stringer("config", d.started),
		zap.Stringer("ops", d.http.Addr()), zap.Stringer("agi", d.agi.Addr()))
	failed := make(chan error, 3)
	begin := func(part string, group *sync.WaitGroup, serve func() error) {
		group.Go(func() {
			if err := serve(); err != nil {
				failed <- fmt.Errorf("%s: %w", part, err)
			} else if ctx.Err() == nil {
				failed <- fmt.Errorf("%s ended by itself", part)
			}
		})
	}
	orders, noOrders := context.WithCancel(ctx)
	calls, noCalls := context.WithCancel(context.WithoutCancel(ctx))
	var desks, loop sync.WaitGroup
	defer logJournal(d.feed, d.log)()
	begin("engine", &loop, func() error { return d.engine.Run(calls) })
	begin("ops", &desks, func() error { return d.ops.Serve(orders, d.http) })
	if path := d.started.Ops.Socket; path != "" {
		l, err := listenSocket(path)
		desks.Go(func() { d.serveSocket(orders, path, l, err) })
	}
	begin("agi", &desks, func() error { return d.agi.Serve(orders) })
	desks.Go(func() { d.systemd.feedWatchdog(orders, d.ops.Alive, d.log) })
	if d.webhook != nil {
		desks.Go(func() { d.webhook.Run(orders) })
	}
	desks.Go(func() { d.prune(orders) })

	d.systemd.ready()
	err := d.watch(ctx, reload, failed)
	d.systemd.stopping()
	if err != nil {
		d.log.Error("kezek stops", zap.Error(err))
	} else {
		d.log.Info("kezek stops; calls stay on Asterisk")
	}
	noOrders()
	desks.Wait()
	noCalls()
	loop.Wait()
	return errors.Join(err, d.store.Close())
}

// watch reloads when told to, and keeps systemd's status line true.
func (d *daemon) watch(ctx context.Context, reload <-chan os.Signal, failed <-chan error) error {
	second := time.NewTicker(time.Second)
	defer second.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case err := <-failed:
			return err
		case <-reload:
			d.systemd.reloading()
			if err := d.reload(ctx); err != nil {
				d.log.Error("reload refused, the old config stays in force", zap.Error(err))
			}
			d.systemd.ready()
		case <-second.C:
			if d.untold != nil {
				d.tell(ctx)
			}
			d.systemd.status(d.health())
		}
	}
}

// reload takes a new config over. All that can fail is done before anything changes.
func (d *daemon) reload(ctx context.Context) error {
	c, err := loadConfig(d.configPath)
	if err != nil {
		return err
	}
	for _, w := range c.Warnings {
		d.log.Warn("config", zap.String("warning", w))
	}
	if names := config.Restart(d.started, c); len(names) > 0 {
		d.log.Warn("these settings wait for a restart", zap.Strings("settings", names))
	}
	d.adopt(c)
	d.ops.SetTokens(opsTokens(c))
	d.exchange.Watch(c.Rules.Endpoints())
	d.untold = c.Rules
	d.tell(ctx)
	d.log.Info("config reloaded", zap.Int("queues", len(c.Rules.Queues)), zap.Int("agents", len(c.Rules.Agents)))
	return nil
}

// adopt makes a config's rules those in force. The trunk is the one of the
// start: without one nothing may be called, whatever a reload allows.
func (d *daemon) adopt(c *config.Config) {
	c.Rules.Trunk.Normalize = normalize
	if d.started.Trunk.Dial == "" {
		c.Rules.Trunk.Allowed = nil
	}
	d.rules.Store(c.Rules)
	d.metrics.Expect(c.Rules)
}

// tell gives the engine the rules of a reload. One that stands by takes them
// when it comes into charge.
func (d *daemon) tell(ctx context.Context) {
	_, err := d.engine.Ask(ctx, queue.RulesChanged{Rules: d.untold})
	switch {
	case err == nil:
		d.untold = nil
	case !errors.Is(err, engine.ErrStarting):
		d.log.Error("the engine did not take the new rules", zap.Error(err))
	}
}

// loadConfig reads the config for the daemon or a command.
func loadConfig(path string) (*config.Config, error) {
	c, err := config.Load(path)
	if err == nil {
		return c, nil
	}
	text := err.Error()
	if n := strings.Count(text, "\n") + 1; n > 1 {
		text = fmt.Sprintf("%d mistakes in the config:\n%s", n, text)
	}
	return nil, usageError{errors.New(text)}
}

func storeOptions(c *config.Config, log *zap.Logger) state.Options {
	return state.Options{Site: c.Site, URL: redisURL(c.Redis), CAs: c.Redis.CAs, Log: log}
}

// spool keeps promises while Redis is away; nil if the config wants none.
func spool(c *config.Config, log *zap.Logger) engine.Spool {
	if c.Spool == "" {
		return nil
	}
	if err := preflight.SpoolFault(c.Spool); err != nil && c.Rules.Trunk.Allowed != nil {
		log.Warn("no callback can be promised while Redis is away", zap.Error(err))
	}
	return state.FileSpool{Path: c.Spool, Site: c.Site}
}

// markSuffix names the file beside the spool in which this machine remembers the site.
const markSuffix = ".mark"

// brokenSpool are the spool's files that could not be read.
func brokenSpool(c *config.Config) []string {
	if c.Spool == "" {
		return nil
	}
	return state.FileSpool{Path: c.Spool}.Broken()
}

// webhook tells another program of events; nil if the config wants none.
func webhook(c *config.Config, metrics *ops.Metrics, log *zap.Logger) *ops.Webhook {
	h := c.Supervisors.Webhook
	if h.URL == "" || len(h.Events) == 0 {
		return nil
	}
	return ops.NewWebhook(ops.WebhookOptions{
		URL: h.URL, Site: c.Site, Secret: string(h.Secret), Events: h.Events, Metrics: metrics, Log: log,
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

func ariOptions(c *config.Config) ari.Options {
	return ari.Options{
		Name: c.Asterisk.Name, URL: c.Asterisk.URL, App: c.Asterisk.App,
		Username: c.Asterisk.Username, Password: string(c.Asterisk.Password), CAs: c.Asterisk.CAs,
		Endpoints: c.Rules.Endpoints(), Media: media,
		Trunk: c.Trunk.Dial, TrunkCallerID: c.Trunk.CallerID, LampsOff: !c.Dialplan.Lamps,
	}
}

// sound names the file of a phrase for the dialplan, "" if there is none.
func sound(p queue.Phrase) string {
	name, err := prompts.Name(p.ID, string(p.Language), p.N)
	if err != nil {
		return ""
	}
	return name
}

// media is the same for ARI.
func media(p queue.Phrase) string {
	if name := sound(p); name != "" {
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

func opsTokens(c *config.Config) []ops.Token {
	tokens := make([]ops.Token, 0, len(c.Ops.Tokens))
	for _, t := range c.Ops.Tokens {
		role, err := ops.ParseRole(string(t.Role))
		if err != nil {
			continue // config knows the same roles
		}
		tokens = append(tokens, ops.Token{Secret: string(t.Token), Role: role, Name: t.Name})
	}
	return tokens
}
