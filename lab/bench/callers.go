package bench

import (
	"context"
	_ "embed"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

//go:embed caller.xml
var callerScenario []byte

// silent are callers played by SIPp. Each stays until the exchange hangs up.
type silent struct {
	cmd     *exec.Cmd
	log     string
	control string // takes SIPp's commands, by UDP
	ended   chan error
}

// load says how many silent callers call.
type load struct {
	did       string
	total     int // calls in all; 0 is no end
	atOnce    int // on the line at a time
	perSecond int
	port      int // SIP; those at the same time have different ones, at least 10 apart
}

// startSilent lets SIPp's callers call from the carrier's address.
func (b *bench) startSilent(l load) (*silent, error) {
	scenario, numbers := filepath.Join(b.dir, "caller.xml"), filepath.Join(b.dir, "numbers.csv")
	if err := os.WriteFile(scenario, callerScenario, 0o600); err != nil {
		return nil, err
	}
	var lines strings.Builder
	lines.WriteString("SEQUENTIAL\n")
	for i := range 10_000 {
		fmt.Fprintf(&lines, "+996555%06d\n", i)
	}
	if err := os.WriteFile(numbers, []byte(lines.String()), 0o600); err != nil {
		return nil, err
	}
	control := 30_000 + l.port
	args := []string{
		b.lab.SIPAddr, "-s", l.did, "-sf", scenario, "-inf", numbers,
		"-i", b.lab.CarrierHost, "-p", strconv.Itoa(l.port),
		"-mi", b.lab.CarrierHost, "-mp", strconv.Itoa(20_000 + l.port),
		"-ci", b.lab.CarrierHost, "-cp", strconv.Itoa(control),
		"-r", strconv.Itoa(l.perSecond), "-l", strconv.Itoa(l.atOnce),
		"-nostdin", "-trace_err", "-error_file", filepath.Join(b.dir, "sipp-errors.log"),
	}
	if l.total > 0 {
		args = append(args, "-m", strconv.Itoa(l.total))
	}
	s := &silent{
		cmd:     exec.Command("sipp", args...),
		log:     filepath.Join(b.dir, "sipp-errors.log"),
		control: net.JoinHostPort(b.lab.CarrierHost, strconv.Itoa(control)),
		ended:   make(chan error, 1),
	}
	s.cmd.Dir = b.dir
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // Ctrl-C is for us
	if err := s.cmd.Start(); err != nil {
		return nil, fmt.Errorf("sipp, which .lab/bin/lab setup --bench installs: %w", err)
	}
	go func() { s.ended <- s.cmd.Wait() }()
	return s, nil
}

// setRate changes how many new callers come in a second.
func (s *silent) setRate(perSecond int) {
	conn, err := net.Dial("udp", s.control)
	if err != nil {
		return // they go on as before
	}
	defer conn.Close()
	fmt.Fprintf(conn, "cset rate %d", perSecond)
}

// noMore ends the stream of new callers; those on the line stay.
func (s *silent) noMore() { _ = s.cmd.Process.Signal(syscall.SIGUSR1) }

// wait waits until the last caller has left. Each of them must have been served.
func (s *silent) wait(ctx context.Context) error {
	select {
	case err := <-s.ended:
		s.ended <- err
		if err == nil {
			return nil
		}
		errors, _ := os.ReadFile(s.log)
		return fmt.Errorf("sipp: a call went wrong: %w\n%s", err, errors[:min(len(errors), 2000)])
	case <-ctx.Done():
		return fmt.Errorf("sipp: callers are still on the line: %w", context.Cause(ctx))
	}
}

// kill ends SIPp without a word to the exchange.
func (s *silent) kill() {
	_ = s.cmd.Process.Kill()
	s.ended <- <-s.ended
}
