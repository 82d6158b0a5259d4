package daemon

import (
	"context"
	"errors"

	"go.uber.org/zap"

	"kezek/config"
	"kezek/engine"
	"kezek/queue"
)

// errStopped: there is nothing left that could take a config.
var errStopped = errors.New("the daemon has stopped")

// Reload takes a changed config over, and logs what comes of it. Live calls keep their place. A faulty config is refused whole,
// with an error that names all its faults: the old one stays in force. Settings that a running daemon cannot change are
// logged as waiting for a restart.
func (d *Daemon) Reload(ctx context.Context) error {
	if d.stopped.Load() {
		return errStopped
	}
	d.reloading.Lock()
	defer d.reloading.Unlock()
	d.systemd.reloading()
	defer d.systemd.ready()
	err := d.reload(ctx)
	d.metrics.Reloaded(err == nil)
	if err != nil {
		d.log.Error("reload refused, the old config stays in force", zap.Error(err))
		return err
	}
	return nil
}

// reload does all that can fail before anything changes.
func (d *Daemon) reload(ctx context.Context) error {
	c, err := d.opts.Load()
	if err != nil {
		return err
	}
	tokens, err := opsTokens(c)
	if err != nil {
		return err
	}
	signOn, err := opsSignOn(c)
	if err != nil {
		return err
	}
	warn(c, d.log)
	if names := config.Restart(d.started, c); len(names) > 0 {
		d.log.Warn("these settings need a restart", zap.Strings("settings", names))
	}
	d.adopt(c)
	d.ops.SetTokens(tokens)
	d.ops.SetCompany(c.Company)
	d.ops.SetSignOn(signOn)
	if d.ami != nil {
		d.ami.Configure(amiSettings(c))
	}
	d.exchange.Watch(c.Rules.Endpoints())
	d.untold = c.Rules
	d.tell(ctx)
	d.log.Info("config reloaded", zap.Int("queues", len(c.Rules.Queues)), zap.Int("agents", len(c.Rules.Agents)))
	return nil
}

// warn logs what is odd about a config, and no fault.
func warn(c *config.Config, log *zap.Logger) {
	for _, w := range c.Warnings {
		log.Warn("config", zap.String("warning", w))
	}
}

// adopt makes a config's rules those in force. The trunk is the one of the
// start: without one nothing may be called, whatever a reload allows.
func (d *Daemon) adopt(c *config.Config) {
	c.Rules.Trunk.Normalize = reader(c.Trunk)
	if d.started.Trunk.Dial == "" {
		c.Rules.Trunk.Allowed = nil
	}
	d.rules.Store(c.Rules)
	keep := HistoryKeep(c)
	d.historyKeep.Store(&keep)
	d.queueLogWords.Store(queueLogWords(c))
	d.metrics.Expect(c.Rules)
}

// tell gives the engine the rules of a reload. One that stands by takes them
// when it comes into charge: until then untold keeps them. The caller has locked reloading.
func (d *Daemon) tell(ctx context.Context) {
	_, err := d.engine.Ask(ctx, queue.RulesChanged{Rules: d.untold})
	switch {
	case err == nil:
		d.untold = nil
	case !errors.Is(err, engine.ErrStarting):
		d.log.Error("the engine did not accept the new rules", zap.Error(err))
	}
}
