package lab

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// coldStartWithin is how long the programs of a cold start may take each: much
// less than compiling the daemon does.
const coldStartWithin = 5 * time.Second

// coldStart starts a lab as the process of TestColdStart.
func coldStart() {
	startWithin = coldStartWithin
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT)
	defer stop()
	l, err := Start(ctx, Options{Number: Any, Daemon: true, Log: os.Stdout})
	if err != nil {
		fmt.Println("error:", err)
		os.Exit(1)
	}
	l.Stop()
	fmt.Println("the lab was up")
}

// A lab starts with an empty build cache, although compiling takes longer than
// any of its programs may: their deadlines begin when they do. It is never
// silent for long, and an interrupt leaves nothing half done.
func TestColdStart(t *testing.T) {
	if os.Getenv("KEZEK_LAB") != "1" {
		t.Skip("compiles everything, which takes a minute or more: make test does")
	}
	home, cache := FreshCheckout(t), t.TempDir()
	start := func() *exec.Cmd {
		cmd := exec.Command(os.Args[0])
		cmd.Dir = home
		cmd.Env = append(os.Environ(), "LAB_TEST_COLD=1", "GOCACHE="+cache)
		return cmd
	}

	interrupted := start()
	output := watch(t, interrupted, func(line string) {
		if strings.Contains(line, "compiling the daemon: begins") {
			_ = interrupted.Process.Signal(syscall.SIGINT)
		}
	})
	if !strings.Contains(output, "interrupted at compiling the daemon") || !strings.Contains(output, "Nothing is left half done") {
		t.Errorf("the interrupted start says\n%s", output)
	}
	if left, _ := filepath.Glob(filepath.Join(home, ".lab/bin/*[^k]")); len(left) > 0 { // but for the lock
		t.Errorf("the interrupted start has left %v", left)
	}

	output = watch(t, start(), nil)
	if !strings.HasSuffix(output, "the lab was up\n") {
		t.Fatalf("the cold start says\n%s", output)
	}
	took := regexp.MustCompile(`compiling the daemon: done after (\d+) s`).FindStringSubmatch(output)
	if took == nil {
		t.Fatalf("the daemon was not compiled:\n%s", output)
	}
	if s, _ := strconv.Atoi(took[1]); time.Duration(s)*time.Second <= coldStartWithin {
		t.Skipf("this machine compiles in %d s, which proves nothing of a deadline of %s", s, coldStartWithin)
	}
}

// watch runs cmd to its end and returns what it prints. It fails t for a silence
// of more than twelve seconds.
func watch(t *testing.T, cmd *exec.Cmd, each func(line string)) string {
	t.Helper()
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = cmd.Stdout
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Wait()
	var all strings.Builder
	last := time.Now()
	for s := bufio.NewScanner(out); s.Scan(); last = time.Now() {
		if silent := time.Since(last); silent > reportEvery+2*time.Second {
			t.Errorf("nothing was said for %.0f s before: %s", silent.Seconds(), s.Text())
		}
		fmt.Fprintln(&all, s.Text())
		if each != nil {
			each(s.Text())
		}
	}
	return all.String()
}
