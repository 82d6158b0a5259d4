package lab

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"syscall"
	"time"
)

// A process is one program of a lab. The kernel kills it when the process that
// started it dies.
type process struct {
	*os.Process
	cmd     *exec.Cmd
	done    <-chan struct{} // closed when it has ended
	pidFile string
}

// start runs cmd with its output appended to the file log, and writes its id
// to pidFile.
func start(cmd *exec.Cmd, log, pidFile string) (*process, error) {
	out, err := os.OpenFile(log, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		return nil, err
	}
	defer out.Close()
	cmd.Stdout, cmd.Stderr = out, out
	done, err := Spawn(cmd)
	if err != nil {
		return nil, err
	}
	p := &process{Process: cmd.Process, cmd: cmd, done: done, pidFile: pidFile}
	if err := os.WriteFile(pidFile, []byte(strconv.Itoa(p.Pid)+"\n"), 0o644); err != nil {
		p.stop(0)
		return nil, err
	}
	return p, nil
}

// Spawn starts cmd, which the kernel kills when this process dies. The channel
// is closed when it has ended, and [exec.Cmd.Wait] has been called then.
func Spawn(cmd *exec.Cmd) (ended <-chan struct{}, err error) {
	tie(cmd)
	done, started := make(chan struct{}), make(chan error)
	go func() {
		// The death signal follows the thread that started the process, so the
		// thread must not go before the process does.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			_ = cmd.Wait()
			close(done)
		}
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("start %s: %w", cmd.Path, err)
	}
	return done, nil
}

// tie makes cmd die with its parent, and keeps the terminal's Ctrl-C from it:
// the parent decides what stops when.
func tie(cmd *exec.Cmd) {
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Pdeathsig = syscall.SIGKILL
	cmd.SysProcAttr.Setpgid = true
}

// runTied runs cmd, which dies with its parent, to its end.
func runTied(cmd *exec.Cmd) error {
	runtime.LockOSThread() // as in Spawn
	defer runtime.UnlockOSThread()
	tie(cmd)
	return cmd.Run()
}

// running tells whether the process has not ended yet.
func (p *process) running() bool {
	select {
	case <-p.done:
		return false
	default:
		return true
	}
}

// state tells how the process ended, which it must have.
func (p *process) state() string { return p.cmd.ProcessState.String() }

// stop asks the process to end, kills it if it has not after grace, and
// returns when it is gone.
func (p *process) stop(grace time.Duration) {
	if grace > 0 {
		_ = p.Signal(syscall.SIGTERM)
		select {
		case <-p.done:
		case <-time.After(grace):
		}
	}
	_ = p.Kill()
	<-p.done
	os.Remove(p.pidFile)
}

// pollEvery is how often a starting program is asked whether it is there.
const pollEvery = 20 * time.Millisecond

// poll asks ready until it returns nil, ctx ends, or the process p does. p is
// nil if it is not known yet which process will answer.
func poll(ctx context.Context, p *process, name string, ready func() error) error {
	var ended <-chan struct{}
	if p != nil {
		ended = p.done
	}
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for {
		err := ready()
		if err == nil {
			return nil
		}
		select {
		case <-tick.C:
		case <-ended:
			return fmt.Errorf("%s ended while starting: %s", name, p.state())
		case <-ctx.Done():
			return fmt.Errorf("%s is not ready: %w (last: %v)", name, context.Cause(ctx), err)
		}
	}
}
