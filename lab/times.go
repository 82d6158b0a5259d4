package lab

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// clockTick is the unit of the times in /proc: USER_HZ, 100 on every Linux
// that Go runs on.
const clockTick = 10 * time.Millisecond

// ProcessTimes returns the processor time, user and system, that each running
// program of the lab has used, by its name ([Asterisk], [Redis], [Daemon]).
// The resolution is 10 ms.
func (l *Lab) ProcessTimes() (map[string]time.Duration, error) {
	times := map[string]time.Duration{}
	for _, name := range []string{Asterisk, Redis, Daemon} {
		p := l.process(name)
		if p == nil || !p.running() {
			continue
		}
		t, err := processTime(p.Pid)
		if err != nil {
			return nil, fmt.Errorf("processor time of %s: %w", name, err)
		}
		times[name] = t
	}
	return times, nil
}

func processTime(pid int) (time.Duration, error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	// The name in parentheses may hold anything; the fields are counted behind
	// it. utime and stime are the 14th and 15th of all, see proc(5).
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	const utime, stime = 14 - 3, 15 - 3
	if len(fields) <= stime {
		return 0, fmt.Errorf("unexpected %q", stat)
	}
	var ticks int64
	for _, f := range []string{fields[utime], fields[stime]} {
		n, err := strconv.ParseInt(f, 10, 64)
		if err != nil {
			return 0, err
		}
		ticks += n
	}
	return time.Duration(ticks) * clockTick, nil
}
