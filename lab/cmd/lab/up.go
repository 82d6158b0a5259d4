package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"kezek/lab"
)

// dir is where lab 0 of this checkout has its files.
func dir() string { return lab.Dir(".", 0) }

// keeperFile names the process that runs the lab in dir, once it is ready.
func keeperFile(dir string) string { return filepath.Join(dir, "lab.pid") }

// keeper returns the process that runs lab 0 for this checkout, or 0.
func keeper() int { return pid(keeperFile(dir())) }

// pid reads a process id from a file, 0 if there is none.
func pid(file string) int {
	text, _ := os.ReadFile(file)
	n, _ := strconv.Atoi(strings.TrimSpace(string(text)))
	return n
}

func up() *cobra.Command {
	var keep, daemon bool
	cmd := &cobra.Command{
		Use:   "up",
		Short: "Start lab 0 in the background",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			out := cmd.OutOrStdout()
			if holder, ok := lab.Holder(0); ok {
				if err := mine(holder); err != nil {
					return err
				}
				fmt.Fprintln(out, "The lab is already up.")
				describe(out)
				return nil
			}
			if err := lab.Setup(cmd.Context(), lab.Needs{Daemon: daemon}, out); err != nil {
				return err
			}
			if err := background(cmd.Context(), keep, daemon); err != nil {
				return err
			}
			fmt.Fprintln(out, "The lab is up.")
			describe(out)
			return nil
		},
	}
	labFlags(cmd, &keep, &daemon)
	return cmd
}

// mine tells whether the process holding lab 0 is the one that up started here.
func mine(holder int) error {
	if holder == keeper() {
		return nil
	}
	command, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", holder))
	return fmt.Errorf("lab 0 is in use by process %d (%s), which was not started by make up here",
		holder, strings.TrimSpace(strings.ReplaceAll(string(command), "\x00", " ")))
}

// background starts "lab run" detached from the terminal and returns when the
// lab is ready.
func background(ctx context.Context, keep, daemon bool) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir(), 0o755); err != nil {
		return err
	}
	if err := os.RemoveAll(keeperFile(dir())); err != nil { // of a lab that was killed
		return err
	}
	log, err := os.Create(filepath.Join(dir(), "lab.log"))
	if err != nil {
		return err
	}
	defer log.Close()
	cmd := exec.Command(self, "run", fmt.Sprintf("--keep=%t", keep), fmt.Sprintf("--daemon=%t", daemon))
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for keeper() == 0 {
		select {
		case <-tick.C:
		case <-ended:
			text, _ := os.ReadFile(log.Name())
			return fmt.Errorf("the lab did not start:\n%s", bytes.TrimSpace(text))
		case <-ctx.Done():
			_ = cmd.Process.Signal(syscall.SIGTERM)
			<-ended
			return fmt.Errorf("the start was interrupted (%w): the lab is not up", context.Cause(ctx))
		}
	}
	return nil
}

// describe prints where everything is.
func describe(out io.Writer) {
	a := lab.AddressesOf(0)
	agents := lab.Agents()
	first, last := agents[0], agents[len(agents)-1]
	fmt.Fprintf(out, `
  Phones     SIP server %s (UDP), accounts %s to %s, password %s and so on
             1001-1005 Russian, 1006-1010 Kyrgyz, 1011-1020 both; log in with *10 and the number as PIN
  Callers    call %s from %s
  Board      %s
  Tokens     %s, %s, %s
  ARI        %s, user %s, password %s
  Redis      %s
  Commands   .lab/bin/kezek --config .lab/kezek.yaml agents (or calls, queues, callbacks, status,
             check --asterisk-dir .lab/asterisk/etc)
  Logs       %s/{kezek.log,redis.log,asterisk/log/full}
  Processes  %s
`, a.SIPAddr, first.Number, last.Number, first.Password, lab.DID, a.CarrierHost, a.OpsURL(),
		lab.TokenViewer, lab.TokenSupervisor, lab.TokenAdmin, a.ARIURL, lab.ARIUser, lab.ARIPassword,
		a.RedisURL(), dir(), strings.Join(processes(), ", "))
}

// processes lists the programs of lab 0 by name and process id.
func processes() []string {
	var list []string
	for _, name := range []string{lab.Asterisk, lab.Redis, lab.Daemon} {
		if n := pid(filepath.Join(dir(), name+".pid")); n != 0 {
			list = append(list, fmt.Sprintf("%s %d", name, n))
		}
	}
	return list
}
