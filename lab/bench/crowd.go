package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"kezek/lab"
	"kezek/lab/phone"
)

// crowd lets many callers wait, kills the daemon, looks whether anything was
// lost, and reads the memory with yet more callers. Its callers are still on
// the line when it returns.
func (b *bench) crowd(ctx context.Context) error {
	kezek := b.sides()[0]
	if err := kezek.begin(ctx); err != nil {
		return err
	}
	first, err := b.startCrowd(ctx, b.Killed, 5070)
	if err != nil {
		return err
	}
	defer first.kill()
	talks, err := b.takeOneEach(ctx)
	if err != nil {
		return err
	}
	if err := b.gather(ctx, first, b.Killed-b.Agents); err != nil {
		return err
	}
	if err := b.kill(ctx, talks); err != nil {
		return err
	}

	more := b.Waiting - (b.Killed - b.Agents - 1) // one has moved up to the agent who hung up
	second, err := b.startCrowd(ctx, more, 5090)
	if err != nil {
		return err
	}
	defer second.kill()
	if err := b.gather(ctx, second, b.Waiting); err != nil {
		return err
	}
	ticks := processorTicks()
	if err := sleep(ctx, b.Settle); err != nil {
		return err
	}
	b.report.CrowdLoad = append(b.report.CrowdLoad, busySince(ticks))
	b.report.Waiting = b.Waiting
	b.report.Memory, b.report.MemoryPeak, err = memory(b.lab.PID(lab.Daemon))
	return err
}

// takeOneEach lets every agent take a call and keep it.
func (b *bench) takeOneEach(ctx context.Context) (talks []*phone.Call, err error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for _, d := range b.desks {
		call, err := d.phone.Expect(ctx)
		if err == nil {
			err = call.Answer(ctx)
		}
		if err != nil {
			return nil, err
		}
		talks = append(talks, call)
	}
	return talks, nil
}

// kill kills the daemon while all talk or wait. An agent hangs up before it is
// back: their next call shows that it is in charge again.
func (b *bench) kill(ctx context.Context, talks []*phone.Call) error {
	before, err := list[callView](ctx, b, "calls")
	if err != nil {
		return err
	}
	killed := time.Now()
	b.lab.KillDaemon()
	freed := b.desks[0]
	if err := talks[0].Hangup(ctx); err != nil {
		return err
	}
	bounded, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if err := b.lab.WaitDaemon(bounded); err != nil {
		return err
	}
	b.report.Ready = time.Since(killed)
	next, err := freed.phone.Expect(bounded)
	if err != nil {
		return fmt.Errorf("after the kill: %w", err)
	}
	b.report.FirstCall = next.At(phone.InviteReceived).Sub(killed)
	if err := next.Answer(bounded); err != nil {
		return err
	}

	var after []callView
	err = b.until(ctx, "the agent's next talk", func(ctx context.Context) (bool, error) {
		after, err = list[callView](ctx, b, "calls")
		return slices.ContainsFunc(after, func(c callView) bool { return c.State == "talking" && c.Agent == freed.agent.Number }), err
	})
	if err != nil {
		return err
	}
	b.report.Killed = len(before)
	b.report.Lost = lost(before, after, freed.agent.Number)
	for _, call := range talks[1:] {
		if !call.Live() {
			b.report.Lost++
		}
	}
	return nil
}

// lost counts the calls that are not any more where they were: gone, or
// waiting in another order. The one whose agent hung up is ending by right,
// and the first in line rings at that agent's phone.
func lost(before, after []callView, freed string) int {
	now := map[string]callView{}
	for _, c := range after {
		now[c.ID] = c
	}
	n := 0
	for _, was := range before {
		is, there := now[was.ID]
		switch {
		case was.Agent == freed:
		case !there, !is.Arrived.Equal(was.Arrived):
			n++
		case was.Position == 1 && is.Agent != freed, was.Position != 1 && is.Agent != was.Agent:
			n++
		case was.Position > 1 && is.Position != was.Position-1:
			n++
		}
	}
	return n
}

// memory is the resident memory of a process now and at its most, in bytes.
func memory(pid int) (now, peak int, err error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, 0, err
	}
	for line := range strings.Lines(string(status)) {
		name, value, _ := strings.Cut(line, ":")
		for field, into := range map[string]*int{"VmRSS": &now, "VmHWM": &peak} {
			if name == field {
				kilobytes, err := strconv.Atoi(strings.TrimSuffix(strings.TrimSpace(value), " kB"))
				if err != nil {
					return 0, 0, err
				}
				*into = kilobytes << 10
			}
		}
	}
	if now == 0 {
		return 0, 0, errors.New("no VmRSS in the status of a process")
	}
	return now, peak, nil
}
