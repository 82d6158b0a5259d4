package main

import (
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"syscall"

	"github.com/spf13/cobra"
)

func (a *app) serveCommand() *cobra.Command {
	var logging logFlags
	cmd := &cobra.Command{
		Use: "serve", Short: "Run the daemon", Args: arguments(),
		Long: "Run the daemon until SIGTERM. Calls stay on Asterisk then, and the next daemon takes them over.\n" +
			"SIGHUP reads the config again: a faulty one is refused whole, and live calls keep their place.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			log, err := logging.logger(a.errs)
			if err != nil {
				return err
			}
			defer log.Sync() //nolint:errcheck // nothing is left to tell it to
			reload := make(chan os.Signal, 1)
			signal.Notify(reload, syscall.SIGHUP)
			defer signal.Stop(reload)
			tune()
			d, err := newDaemon(a.configPath, log)
			if err != nil {
				return err
			}
			return d.run(cmd.Context(), reload)
		},
	}
	logging.add(cmd)
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
