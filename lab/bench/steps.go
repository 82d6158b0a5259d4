package bench

import (
	"context"
	"fmt"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
)

// crowd is how many callers wait, and how many callbacks are open.
type crowd struct{ waiting, callbacks int }

// What the rules are measured with.
var (
	fewWaiting  = crowd{100, 0}
	manyWaiting = crowd{10_000, 0}
	stepsOf     = []crowd{fewWaiting, {1_000, 0}, manyWaiting, {10_000, 10_000}}
)

var stepLine = regexp.MustCompile(`(?m)^BenchmarkCycle/waiting=(\d+)/callbacks=(\d+)\S*\s.*?([0-9.]+) ns/step`)

// steps runs the benchmarks of the rules, each three times, and keeps the median.
func (b *bench) steps(ctx context.Context) error {
	cmd := exec.CommandContext(ctx, "go", "test", "-run", "^$", "-bench", "^BenchmarkCycle$", "-benchtime", b.StepTime, "-count", "3", "kezek/queue/queuetest")
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("%v: %w\n%s", cmd.Args, err, out)
	}
	b.report.Steps, err = readSteps(string(out))
	return err
}

// readSteps reads what the benchmarks print: nanoseconds a step.
func readSteps(out string) (map[crowd]float64, error) {
	found := map[crowd][]float64{}
	for _, m := range stepLine.FindAllStringSubmatch(out, -1) {
		waiting, _ := strconv.Atoi(m[1]) // digits
		callbacks, _ := strconv.Atoi(m[2])
		ns, err := strconv.ParseFloat(m[3], 64)
		if err != nil {
			return nil, fmt.Errorf("%q: %w", m[0], err)
		}
		of := crowd{waiting, callbacks}
		found[of] = append(found[of], ns)
	}
	medians := map[crowd]float64{}
	for _, of := range stepsOf {
		all := found[of]
		if len(all) == 0 {
			return nil, fmt.Errorf("no result for %d waiting callers and %d callbacks in\n%s", of.waiting, of.callbacks, out)
		}
		slices.Sort(all)
		medians[of] = all[len(all)/2]
	}
	return medians, nil
}
