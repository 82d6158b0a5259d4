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

// processorTime is what all processors have done since the machine started, in
// ticks: for its host's other guests, and in all.
func processorTime() (stolen, total float64) {
	stat, _ := os.ReadFile("/proc/stat")
	first, _, _ := strings.Cut(string(stat), "\n")
	for i, field := range strings.Fields(first) {
		ticks, err := strconv.ParseFloat(field, 64)
		if err != nil || i > 8 { // the word "cpu"; guests, who are counted as users already
			continue
		}
		total += ticks
		if i == 8 {
			stolen = ticks
		}
	}
	return stolen, total
}
