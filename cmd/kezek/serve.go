package main

import (
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"syscall"

	"github.com/spf13/cobra"

	"kezek/config"
	"kezek/daemon"
)

func (a *app) serveCommand() *cobra.Command {
	var format, level string
	cmd := &cobra.Command{
		Use: "serve", Short: "Run the daemon", Args: arguments(),
		Long: "Run the daemon until SIGTERM. Calls stay on Asterisk then, and the next daemon takes them over.\n" +
			"SIGHUP reads the config again: a faulty one is refused as a whole, and live calls keep their place.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			log, err := daemon.NewLogger(a.errs, format, level)
			if err != nil {
				return usageError{err}
			}
			defer log.Sync() //nolint:errcheck // nothing is left to tell it to
			reload := make(chan os.Signal, 1)
			signal.Notify(reload, syscall.SIGHUP)
			defer signal.Stop(reload)
			tune()
			d, err := daemon.New(daemon.Options{Load: func() (*config.Config, error) { return loadConfig(a.configPath) }, Version: version(), Log: log})
			if err != nil {
				return err
			}
			d.Start()
			for {
				select {
				case <-reload:
					_ = d.Reload(cmd.Context()) // logged: there is nobody else to tell
				case <-cmd.Context().Done():
					return d.Stop()
				case <-d.Failed():
					return d.Stop()
				}
			}
		},
	}
	give(cmd, &format, "log-format", "console", oneOf([]string{"console", "json"}), "console or json", nil)
	give(cmd, &level, "log-level", "info", oneOf([]string{"debug", "info", "warn", "error"}), "debug, info, warn or error", nil)
	return cmd
}

// tune fits Go's runtime to a program that nearly always waits: a call takes a few
// milliseconds of one processor, and whatever wakes a second one finds nothing to do there.
// Memory is small, so it may grow more before it is looked through for what is not needed.
// The usual environment variables say otherwise.
func tune() {
	if os.Getenv("GOMAXPROCS") == "" {
		runtime.GOMAXPROCS(1)
	}
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(200)
	}
}
