package daemon

import (
	"context"
	"time"

	sd "github.com/coreos/go-systemd/v22/daemon"
	"go.uber.org/zap"

	"kezek/ops"
)

// systemd tells the service manager how it goes; without one it does nothing.
type systemd struct{ told string }

func (*systemd) notify(state string) {
	_, _ = sd.SdNotify(false, state) // no manager, or one that does not listen
}

func (s *systemd) ready()     { s.notify(sd.SdNotifyReady) }
func (s *systemd) stopping()  { s.notify(sd.SdNotifyStopping) }
func (s *systemd) reloading() { s.notify(sd.SdNotifyReloading + "\n" + sd.SdNotifyMonotonicUsec()) }

// status is the line that systemctl status shows, told when it changes.
func (s *systemd) status(h ops.Health) {
	if text := h.String(); text != s.told {
		s.told = text
		s.notify("STATUS=" + text)
	}
}

// feedWatchdog tells systemd that the daemon lives for as long as the loop turns.
func (s *systemd) feedWatchdog(ctx context.Context, alive func(context.Context) error, log *zap.Logger) {
	limit, err := sd.SdWatchdogEnabled(false)
	if err != nil {
		log.Warn("cannot notify systemd's watchdog", zap.Error(err))
	}
	if limit == 0 {
		return
	}
	beat := time.NewTicker(limit / 3)
	defer beat.Stop()
	for {
		bounded, cancel := context.WithTimeout(ctx, limit/3)
		err := alive(bounded)
		cancel()
		if err == nil {
			s.notify(sd.SdNotifyWatchdog)
		} else if ctx.Err() == nil {
			log.Error("the engine's loop is stuck; systemd will restart this daemon", zap.Error(err))
		}
		select {
		case <-ctx.Done():
			return
		case <-beat.C:
		}
	}
}
