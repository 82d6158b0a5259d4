package bench

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"

	"kezek/lab"
)

// versions notes what was measured, and on what.
func (b *bench) versions(ctx context.Context) error {
	asterisk, err := b.lab.AsteriskCLI(ctx, "core show version")
	if err != nil {
		return err
	}
	sipp, _ := exec.CommandContext(ctx, "sipp", "-v").Output() // exits with 99 by design
	b.report.Versions = []string{
		firstWords(asterisk, 2),
		firstWords(strings.TrimSpace(string(sipp)), 2),
		"Redis " + b.redisVersion(),
		runtime.Version(),
	}
	b.report.Machine = machine()
	return nil
}

// redisVersion asks the program itself; "?" if it does not tell.
func (b *bench) redisVersion() string {
	path, err := os.Readlink(fmt.Sprintf("/proc/%d/exe", b.lab.PID(lab.Redis)))
	if err != nil {
		return "?"
	}
	cmd := exec.Command(path, "--version")
	cmd.Args[0] = "redis-server" // Debian's program decides by its name what it is
	out, _ := cmd.Output()
	for _, word := range strings.Fields(string(out)) {
		if v, ok := strings.CutPrefix(word, "v="); ok {
			return v
		}
	}
	return "?"
}

// machine tells what counts for speed.
func machine() string {
	cpu := "unknown processor"
	info, _ := os.ReadFile("/proc/cpuinfo")
	for line := range strings.Lines(string(info)) {
		if name, value, _ := strings.Cut(line, ":"); strings.TrimSpace(name) == "model name" {
			cpu = strings.TrimSpace(value)
		}
	}
	var memory string
	info, _ = os.ReadFile("/proc/meminfo")
	if f := strings.Fields(string(info)); len(f) > 1 {
		if kb, err := strconv.Atoi(f[1]); err == nil {
			memory = fmt.Sprintf(", %d GB", (kb+1<<19)>>20)
		}
	}
	return fmt.Sprintf("%d × %s%s, %s/%s", runtime.NumCPU(), cpu, memory, runtime.GOOS, runtime.GOARCH)
}

// loadAverage is how many programs wanted a processor in the last minute.
func loadAverage() float64 {
	text, _ := os.ReadFile("/proc/loadavg")
	load, _ := strconv.ParseFloat(firstWords(string(text), 1), 64)
	return load
}

func firstWords(s string, n int) string {
	f := strings.Fields(s)
	return strings.Join(f[:min(n, len(f))], " ")
}

// ticks are what all processors have done since the machine started: nothing,
// the work of its host's other guests, and in all.
type ticks struct{ idle, stolen, total float64 }

func processorTicks() (t ticks) {
	stat, _ := os.ReadFile("/proc/stat")
	first, _, _ := strings.Cut(string(stat), "\n")
	for i, field := range strings.Fields(first) {
		n, err := strconv.ParseFloat(field, 64)
		if err != nil || i > 8 { // the word "cpu"; guests, who are counted as users already
			continue
		}
		t.total += n
		switch i {
		case 4, 5: // idle, and idle until a disk answers
			t.idle += n
		case 8:
			t.stolen = n
		}
	}
	return t
}

// stolenSince is the share of the processors' time that went to others since then.
func stolenSince(then ticks) float64 {
	now := processorTicks()
	return (now.stolen - then.stolen) / max(now.total-then.total, 1)
}

// busySince is the share of the processors' time in which they were not idle,
// so that who was ready to work may have had to wait.
func busySince(then ticks) float64 {
	now := processorTicks()
	return 1 - (now.idle-then.idle)/max(now.total-then.total, 1)
}
