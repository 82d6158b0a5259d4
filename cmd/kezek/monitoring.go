package main

import (
	"errors"
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"kezek/ops/monitoring"
)

func (a *app) monitoringCommand() *cobra.Command {
	o := monitoring.Defaults()
	var dir string
	var replace bool
	cmd := &cobra.Command{
		Use: "monitoring", Short: "Give out alert rules, dashboards and a scrape config", Args: arguments(),
		Long: "Write what Prometheus, Alertmanager and Grafana need to watch Kezek into a folder: alert rules, dashboards, a scrape config, an example\n" +
			"for alerts in a chat. A file that is there with another content is not overwritten without --replace.",
		Example: "  kezek monitoring --write /etc/prometheus/kezek\n" +
			"  kezek monitoring --write /tmp/try --scale 60     # an hour of the rules is a minute: to try alerts out",
		RunE: func(*cobra.Command, []string) error {
			if dir == "" {
				return usageError{errors.New("say where to: --write DIR")}
			}
			c, err := loadConfig(a.configPath)
			if err != nil {
				return err
			}
			o.Target, o.Site = reachable(c.Ops.Listen), c.Site
			names, err := monitoring.Write(dir, o, replace)
			if errors.Is(err, monitoring.ErrDiffers) {
				return fmt.Errorf("%w; nothing is written: --replace overwrites", err)
			}
			if err != nil {
				return err
			}
			for _, name := range names {
				fmt.Fprintln(a.out, filepath.Join(dir, name))
			}
			return nil
		},
	}
	give(cmd, &dir, "write", "", fileForm, "folder to write the files to (required)", nil)
	give(cmd, &o.Docs, "docs", o.Docs, docsForm, "where docs/operate.md can be read: alerts send people there", nil)
	cmd.Flags().BoolVar(&replace, "replace", false, "overwrite files that are there")
	cmd.Flags().Var(countFlag(&o.Calls, o.Calls, 0, 100000), "calls", "an hour with no more calls raises no alert about the service level")
	cmd.Flags().Var(countFlag(&o.Scale, o.Scale, 1, 1000), "scale", "divide all times of the alert rules by this, to try them out")
	for _, number := range []string{"calls", "scale"} {
		completeFlag(cmd, number, cobra.NoFileCompletions)
	}
	return cmd
}
