// Package daemon is the service: it makes the engine and the adapters from a config, wires them together, runs them,
// takes a changed config over, and stops them.
//
//	d, err := daemon.New(daemon.Options{Load: load, Version: "1.0", Log: log}) // all that can fail
//	d.Start()
//	select {
//	case <-ctx.Done():
//	case <-d.Failed():
//	}
//	err = d.Stop()
package daemon

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"kezek/ari"
	"kezek/config"
	"kezek/dialplan"
	"kezek/engine"
	"kezek/history"
	"kezek/ops"
	"kezek/queue"
	"kezek/queue/journal"
	"kezek/queuelog"
	"kezek/queuelog/ami"
	"kezek/state"
)

// Options say what a daemon is made from.
type Options struct {
	// Load reads the config, at the start and at each reload.
	Load func() (*config.Config, error)
	// Version is what the API, the log and the metrics tell of the program.
	Version string
	Log     *zap.Logger
}

// Daemon is the whole service: the engine, the adapters around it, and the
// servers through which people give orders.
type Daemon struct {
	opts Options
	log  *zap.Logger
	// started is the config that the parts were made from.
	started *config.Config
	// rules are those in force, for the AGI server's goroutines.
	rules atomic.Pointer[queue.Rules]
	born  time.Time

	metrics *ops.Metrics
	feed    *ops.Feed
	webhook *ops.Webhook // nil: none
	store   *state.Store
	history *history.Feed // nil: none
	// historyAway: it cannot be written.
	historyAway atomic.Bool
	// historyKeep is how long its rows are kept, as in force.
	historyKeep atomic.Pointer[history.Keep]
	// queueLog writes queue_log, with the names in force; nil: none.
	queueLog      *queuelog.Feed
	queueLogWords atomic.Pointer[queuelog.Words]
	exchange      *ari.Exchange
	engine        *engine.Engine
	ops           *ops.Server
	http          net.Listener
	agi           *dialplan.Server
	ami           *ami.Server // nil: none
	amiPort       net.Listener
	observer      *observer
	systemd       systemd

	// reloading guards untold: rules of a reload that came before the engine could take them.
	reloading sync.Mutex
	untold    *queue.Rules

	undo    cleanups
	stopped atomic.Bool
	once    sync.Once     // guards failure
	failure error         // of the first part that failed; read once failed is closed
	failed  chan struct{} // see Failed
}

// New does all that can fail at a start: it reads the config and opens the ports. Asterisk and Redis may come later.
// [Daemon.Stop] must follow, with or without [Daemon.Start].
func New(o Options) (_ *Daemon, err error) {
	c, err := o.Load()
	if err != nil {
		return nil, err
	}
	warn(c, o.Log)
	d := &Daemon{
		opts: o, started: c, born: time.Now(), log: o.Log, failed: make(chan struct{}), undo: cleanups{patience: patience, log: o.Log},
		metrics: ops.NewMetrics(o.Version), feed: ops.NewFeed(),
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, d.undo.run())
		}
	}()
	d.adopt(c)
	d.metrics.Reloaded(true)
	store := StoreOptions(c, o.Log)
	if c.Spool != "" {
		store.Mark = c.Spool + state.MarkSuffix
	}
	if d.store, err = state.New(store); err != nil {
		return nil, err
	}
	d.undo.add("redis", d.store.Close)
	d.webhook = webhook(c, d)
	var answers ops.Reports
	if c.History.URL != "" {
		db, err := history.New(c.History.URL, string(c.History.Password))
		if err != nil {
			return nil, err
		}
		d.undo.add("history", db.Close)
		d.history = historyFeed(c, db, d.store, d.metrics, &d.historyAway, o.Log)
		answers = &reports{db, c.Site, d.rules.Load}
	}
	if w := QueueLogWriter(c); w != nil {
		d.undo.add("queue_log", w.Close)
		d.queueLog = queueLogFeed(w, d, d.store, d.metrics, o.Log)
	}
	asterisk := ARIOptions(c)
	asterisk.Log = o.Log
	asterisk.Metrics = ari.Metrics{Request: d.metrics.Requested, Dialled: d.metrics.Assigned, Misread: d.metrics.Misread}
	d.exchange = ari.New(asterisk)
	d.observer = &observer{Metrics: d.metrics, feed: d.feed}
	d.engine = engine.New(engine.Options{
		Rules: c.Rules, Exchange: d.exchange, Store: d.store, Normalize: d.readNumber, Spool: spool(c, o.Log), Log: o.Log,
		Observer: d.observer,
	})
	tokens, err := opsTokens(c)
	if err != nil {
		return nil, err
	}
	signOn, err := opsSignOn(c)
	if err != nil {
		return nil, err
	}
	d.ops = ops.New(ops.Options{
		Engine: d.engine, History: d.store, Journal: d.store, Data: personalData{d}, Reports: answers, Health: d.health, Metrics: d.metrics, Feed: d.feed,
		Rules: d.rules.Load, Company: c.Company, Tokens: tokens, SignOn: signOn, OIDC: opsOIDC(c.Ops.SignOn.OIDC), Hosts: hosts(c.Ops), Proxies: c.Ops.TrustedProxies, Location: func() *time.Location { return d.rules.Load().Location },
		Version: o.Version, Recordings: c.Recordings.Dir, Log: o.Log,
	})
	if d.http, err = net.Listen(networkOf(c.Ops.Listen), c.Ops.Listen); err != nil {
		return nil, fmt.Errorf("ops.listen: %w", err)
	}
	d.undo.add("port of ops", func() error { return unlessClosed(d.http.Close()) }) // Serve has closed it, if there was a Start
	d.agi, err = dialplan.NewServer(dialplan.ServerOptions{
		Network: networkOf(c.AGI.Listen), Listen: c.AGI.Listen, Allow: c.AGI.Allow, Desk: d.engine, Rules: d.rules.Load, Sound: Sound, Log: o.Log,
	})
	if err != nil {
		return nil, err
	}
	d.undo.add("port of agi", func() error { return unlessClosed(d.agi.Close()) })
	if err := d.openAMI(c, o.Log); err != nil {
		return nil, err
	}
	return d, nil
}

// readNumber reads a number from outside by the rules in force.
func (d *Daemon) readNumber(number string) string { return d.rules.Load().Trunk.Normalize(number) }

func unlessClosed(err error) error {
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

// Start begins to serve and returns. It is called once. The order is that of the clean-ups, backwards: those who give
// orders stop together and first, then the engine, then the log of what it did.
func (d *Daemon) Start() {
	d.log.Info("kezek starts", zap.String("version", d.opts.Version), zap.Stringer("config", d.started),
		zap.Stringer("ops", d.http.Addr()), zap.Stringer("agi", d.agi.Addr()))
	d.begin(part{"log of calls", until(journalTo(d.feed, d.log))})
	d.begin(part{"engine", d.engine.Run})
	parts := []part{
		{"ops", func(ctx context.Context) error { return d.ops.Serve(ctx, d.http) }},
		{"agi", d.agi.Serve},
		{"watchdog", until(func(ctx context.Context) { d.systemd.feedWatchdog(ctx, d.ops.Alive, d.log) })},
		{"recordings", until(d.prune)},
		{"status", until(d.watch)},
	}
	if path := d.started.Ops.Socket; path != "" {
		l, err := listenSocket(path) // now, so that commands find it as soon as systemd knows that the daemon is there
		parts = append(parts, part{"ops.socket", until(func(ctx context.Context) { d.serveSocket(ctx, path, l, err) })})
	}
	if d.history != nil {
		parts = append(parts, part{"history", until(d.history.Run)}, part{"old history", until(d.pruneHistory)})
	}
	if d.queueLog != nil {
		parts = append(parts, part{"queue_log", until(d.queueLog.Run)})
	}
	if d.webhook != nil {
		parts = append(parts, part{"webhook", until(d.webhook.Run)})
	}
	if d.ami != nil {
		parts = append(parts, part{"ami", func(ctx context.Context) error { return d.ami.Serve(ctx, d.amiPort) }})
	}
	d.begin(parts...)
	d.systemd.ready()
}

// observer tells them what the loop does.
type observer struct {
	*ops.Metrics
	feed *ops.Feed
	ami  *ami.Server
}

// Happened implements [engine.Observer].
func (o *observer) Happened(entries []queue.Entry, places []journal.Position) {
	o.Metrics.Happened(entries)
	o.feed.Happened(entries, places)
	if o.ami != nil {
		o.ami.Happened(entries)
	}
}

// Stored implements [engine.Observer].
func (o *observer) Stored(last journal.Position) { o.feed.Stored(last) }

// health joins what the parts know of themselves.
func (d *Daemon) health() ops.Health {
	s := d.engine.Status()
	return ops.Health{
		Owner: s.Owner, Loaded: s.Loaded, Exchange: s.Connected, Redis: d.store.Up(), RedisRefusal: d.store.Refusal(), Saved: s.Saved, Since: d.born,
		Lost: cmp.Or(d.store.Lost(), s.Lost), Clock: d.store.Clock(), BrokenSpool: brokenSpool(d.started), Aside: s.Aside, Panics: s.Panics, Forgotten: s.Forgotten, HistoryAway: d.historyAway.Load(),
	}
}

// watch keeps systemd's status line true, and gives the engine the rules that it could not take yet.
func (d *Daemon) watch(ctx context.Context) {
	second := time.NewTicker(time.Second)
	defer second.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-second.C:
			d.reloading.Lock()
			if d.untold != nil {
				d.tell(ctx)
			}
			d.reloading.Unlock()
			d.systemd.status(d.health())
		}
	}
}
