package bench

import (
	"context"
	"fmt"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
)

// stepsOf are the numbers of waiting callers that the rules are measured with.
var stepsOf = []int{100, 1_000, 10_000}

var stepLine = regexp.MustCompile(`(?m)^BenchmarkCycle/waiting=(\d+)\S*\s.*?([0-9.]+) ns/step`)

// steps runs the benchmarks of the rules, each three times, and keeps the median.
func (b *bench) steps(ctx context.Context) error {
	cmd := exec.CommandContext(ctx, "go", "test", "-run", "^$", "-bench", "^BenchmarkCycle$", "-benchtime", b.Steps, "-count", "3", "kezek/queue/queuetest")
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("%v: %w\n%s", cmd.Args, err, out)
	}
	b.report.Steps, err = readSteps(string(out))
	return err
}

// readSteps reads what the benchmarks print: nanoseconds a step, by the number
// of callers.
func readSteps(out string) (map[int]float64, error) {
	found := map[int][]float64{}
	for _, m := range stepLine.FindAllStringSubmatch(out, -1) {
		waiting, _ := strconv.Atoi(m[1]) // digits
		ns, err := strconv.ParseFloat(m[2], 64)
		if err != nil {
			return nil, fmt.Errorf("%q: %w", m[0], err)
		}
		found[waiting] = append(found[waiting], ns)
	}
	medians := map[int]float64{}
	for _, waiting := range stepsOf {
		all := found[waiting]
		if len(all) == 0 {
			return nil, fmt.Errorf("no result for %d waiting callers in\n%s", waiting, out)
		}
		slices.Sort(all)
		medians[waiting] = all[len(all)/2]
	}
	return medians, nil
}
