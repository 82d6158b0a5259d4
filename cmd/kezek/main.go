// Command kezek runs the queues of a call centre on an Asterisk: the daemon,
// its checks, and what operators need at a terminal.
package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"
	_ "time/tzdata" // the site's time zone, also where the system has none

	"github.com/spf13/cobra"

	"kezek/config"
	"kezek/preflight"
)

// Exit codes.
const (
	exitFine = 0
	// exitFault: it did not work, or a check found something.
	exitFault = 1
	// exitUsage: used wrongly, or the config is faulty; trying again cannot help.
	exitUsage = 2
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends at once
	a := &app{out: os.Stdout, errs: os.Stderr, clock: time.Now}
	code := a.run(ctx, os.Args[1:])
	stop()
	os.Exit(code)
}

// app is what all commands share.
type app struct {
	configPath string
	// out takes what the commands print, made printable; terminal is the same without that guard.
	out, terminal io.Writer
	// errs takes errors, and the log of the daemon.
	errs  io.Writer
	clock func() time.Time
	// sockets is the folder where the daemons of this machine have their sockets.
	sockets string
	// quiet: what is only worth a note is not said.
	quiet bool
	// zone is where the site is, once the config has told; until then the machine's clock counts.
	zone *time.Location
}

// now is the time on the site's clock.
func (a *app) now() time.Time {
	if a.zone == nil {
		return a.clock()
	}
	return a.clock().In(a.zone)
}

// run does one command and returns the exit code.
func (a *app) run(ctx context.Context, args []string) int {
	a.terminal, a.out = a.out, &printer{w: a.out}
	a.sockets = cmp.Or(a.sockets, config.SocketDir)
	root := a.root()
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitFine
	}
	if text := err.Error(); text != "" {
		fmt.Fprintln(a.errs, "kezek: "+printableLines(text))
	}
	if usage := (usageError{}); errors.As(err, &usage) {
		return exitUsage
	}
	return exitFault
}

// note tells what is worth to know though the command goes on.
func (a *app) note(format string, args ...any) {
	if !a.quiet {
		fmt.Fprintln(a.errs, "kezek: note: "+printable(fmt.Sprintf(format, args...)))
	}
}

// usageError ends with [exitUsage].
type usageError struct{ error }

// errSaid ends with [exitFault]; what is wrong was already written.
var errSaid = errors.New("")

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "kezek",
		Short: "Call-centre queues for Asterisk",
		Long: "Kezek attaches to Asterisk and runs a call centre's queues by its written rules.\n\n" +
			"Exit codes: 0 success; 1 failure, or a check found an error; 2 wrong usage or a faulty config.",
		SilenceUsage: true, SilenceErrors: true,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return nil
			}
			text := fmt.Sprintf("unknown command %q; kezek --help lists them", args[0])
			if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
				text += ". Did you mean " + near[0] + "?"
			}
			return usageError{errors.New(text)}
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetOut(a.out)
	root.SetErr(a.errs)
	root.SetFlagErrorFunc(wrongFlag)
	root.Version = versionLine()
	root.SetVersionTemplate("{{.Version}}\n")
	root.SuggestionsMinimumDistance = 2
	root.PersistentFlags().Var(textFlag(&a.configPath, "/etc/kezek/kezek.yaml", fileForm), "config", "config file")
	root.PersistentPreRunE = func(cmd *cobra.Command, _ []string) error { return a.environment(cmd.Name()) }
	root.AddCommand(
		a.serveCommand(), a.checkCommand(), a.dialplanCommand(), a.promptsCommand(),
		a.statusCommand(), a.agentsCommand(), a.callsCommand(), a.whyCommand(), a.callbacksCommand(), a.queuesCommand(),
		a.callCommand(), a.callbackCommand(), a.agentCommand(), a.numbersCommand(), a.numberCommand(), a.noticeCommand(), a.timesheetCommand(), a.reportCommand(), a.historyCommand(), a.sessionsCommand(), a.monitoringCommand(), a.uninstallCommand(), a.versionCommand(),
	)
	return root
}

// environment reads for a command what the daemon is given by its unit, so that both find the same
// passwords and authorities. What the command was given itself wins.
func (a *app) environment(command string) error {
	if command == "serve" {
		return nil
	}
	given, err := preflight.Environment(a.configPath)
	if err != nil {
		a.note("%v: the settings in it are not used here; root may read it", err)
	}
	for name, value := range given {
		if os.Getenv(name) == "" {
			if err := os.Setenv(name, value); err != nil {
				return err
			}
		}
	}
	return nil
}

// group is a command that only has others below it.
func group(name, short string, below ...*cobra.Command) *cobra.Command {
	cmd := &cobra.Command{
		Use: name, Short: short,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usageError{fmt.Errorf("unknown command %q; see kezek %s --help", args[0], name)}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(below...)
	return cmd
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
