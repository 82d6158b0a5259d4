package main

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"kezek/lab"
)

// silence is the longest that a set-up may say nothing: it reports every ten
// seconds.
const silence = 15 * time.Second

// A fresh machine has nothing compiled, no modules and no root folder. The first
// command of the README works there, also after an interrupt, and so do the
// others with nothing compiled.
func TestLongColdMachine(t *testing.T) {
	switch {
	case os.Getenv("KEZEK_LONG") == "":
		t.Skip("takes minutes: make test-long")
	case os.Geteuid() != 0:
		t.Skip("the set-up needs root")
	}
	if pid, ok := lab.Holder(0); ok {
		t.Skipf("lab 0 is in use by process %d", pid)
	}
	m := &machine{checkout: lab.FreshCheckout(t), caches: t.TempDir()}

	t.Run("make demo is interrupted", func(t *testing.T) {
		out, err := m.run(t, []string{"demo"}, func(line string, stop func()) {
			if strings.Contains(line, "building the root folder with Asterisk: begins") {
				stop()
			}
		})
		if err == nil || !strings.Contains(out, "interrupted at building the root folder") || !strings.Contains(out, "Nothing is left half done") {
			t.Errorf("%v; it says\n%s", err, out)
		}
		if left, _ := filepath.Glob(filepath.Join(m.caches, "lab/kezek/asterisk*")); len(left) > 0 {
			t.Errorf("left behind: %v", left)
		}
	})
	t.Run("make demo", func(t *testing.T) {
		began := time.Now()
		out, err := m.run(t, []string{"demo"}, nil)
		if err != nil || !strings.Contains(out, "promises were kept") {
			t.Fatalf("%v; it says\n%s", err, out)
		}
		t.Logf("the cold demo took %.0f s", time.Since(began).Seconds())
	})
	t.Run("make up", func(t *testing.T) {
		m.forgetGo(t)
		defer m.run(t, []string{"down"}, nil)
		if out, err := m.run(t, []string{"up"}, nil); err != nil || !strings.Contains(out, "The lab is up.") {
			t.Errorf("%v; it says\n%s", err, out)
		}
	})
	t.Run("make bench", func(t *testing.T) {
		m.forgetGo(t)
		if out, err := m.run(t, []string{"bench", "PART=steps"}, nil); err != nil || !strings.Contains(out, "limits are") {
			t.Errorf("%v; it says\n%s", err, out)
		}
	})
	t.Run("the set-up of make test", func(t *testing.T) {
		m.forgetGo(t)
		if out, err := m.run(t, []string{"set-up-tests"}, nil); err != nil {
			t.Errorf("%v; it says\n%s", err, out)
		}
		// Of each test go test then still compiles the generated main, which is small.
		for _, args := range [][]string{{"-race", "./config", "./queue"}, {"./lab/demo", "./lab/e2e"}} {
			cmd := m.command(t, "go", append([]string{"test", "-x", "-vet=off", "-run", "^$"}, args...)...)
			out, err := cmd.CombinedOutput()
			if err != nil {
				t.Errorf("%v: %v\n%s", cmd.Args, err, out)
			}
			for line := range strings.Lines(string(out)) {
				if strings.Contains(line, "/compile -o") && !strings.Contains(line, " -p main ") {
					t.Errorf("%v compiles again: %s", cmd.Args, line)
				}
			}
		}
	})
}

// machine is a checkout with caches of its own.
type machine struct{ checkout, caches string }

func (m *machine) command(t *testing.T, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir = m.checkout
	cmd.Env = append(os.Environ(), "XDG_CACHE_HOME="+filepath.Join(m.caches, "lab"), "GOCACHE="+filepath.Join(m.caches, "go-build"),
		"GOMODCACHE="+filepath.Join(m.caches, "go-mod"), "GOFLAGS=-modcacherw", "MAKEFLAGS=", "MAKELEVEL=")
	return cmd
}

// forgetGo empties the caches of Go and removes what was built.
func (m *machine) forgetGo(t *testing.T) {
	t.Helper()
	for _, dir := range []string{filepath.Join(m.caches, "go-build"), filepath.Join(m.caches, "go-mod"), filepath.Join(m.checkout, ".lab", "bin")} {
		if err := os.RemoveAll(dir); err != nil {
			t.Fatal(err)
		}
	}
}

// run runs make in the foreground of a terminal of its own, as it were, and
// returns what it says. Until the exchange or a measurement begins it must not be silent for long.
// Each gets each line, and what interrupts make as Ctrl-C does.
func (m *machine) run(t *testing.T, targets []string, each func(line string, stop func())) (string, error) {
	t.Helper()
	cmd := m.command(t, "make", targets...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = cmd.Stdout
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	began, last, up := time.Now(), time.Now(), false
	var all strings.Builder
	for s := bufio.NewScanner(out); s.Scan(); last = time.Now() {
		if quiet := time.Since(last); quiet > silence && !up {
			t.Errorf("make %v said nothing for %.0f s before: %s", targets, quiet.Seconds(), s.Text())
		}
		up = up || strings.HasPrefix(s.Text(), "lab 0: ") || strings.HasPrefix(s.Text(), "bench: ")
		fmt.Fprintf(&all, "[%3.0f s] %s\n", time.Since(began).Seconds(), s.Text())
		if each != nil {
			each(s.Text(), func() { _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGINT) })
		}
	}
	err = cmd.Wait()
	t.Logf("make %v took %.0f s", targets, time.Since(began).Seconds())
	return all.String(), err
}
