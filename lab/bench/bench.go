package bench

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"kezek/lab"
	"kezek/lab/phone"
)

// bench is a run.
type bench struct {
	Plan
	began   time.Time
	out     io.Writer
	lab     *lab.Lab
	dir     string
	carrier *phone.Carrier
	desks   []*desk
	report  *Report
	cancel  context.CancelCauseFunc
}

// Run measures by the plan, in a lab of its own, and tells out how it goes. It
// takes all of the machine: what else runs meanwhile shows in the figures.
func Run(ctx context.Context, p Plan, out io.Writer) (*Report, error) {
	b := &bench{Plan: p, began: time.Now(), out: out, report: &Report{Plan: p, Began: time.Now(), LoadBefore: loadAverage()}}
	ctx, b.cancel = context.WithCancelCause(ctx)
	defer b.cancel(nil)
	began := processorTicks()
	if p.Steps != "" {
		b.tell("The rules alone")
		if err := b.steps(ctx); err != nil {
			return nil, err
		}
	}
	if err := b.open(ctx); err != nil {
		return nil, err
	}
	defer b.close()
	if err := b.measure(ctx); err != nil {
		if cause := context.Cause(ctx); cause != nil {
			err = cause // what else went wrong followed from it
		}
		return nil, fmt.Errorf("%w\n%s", err, b.lab.Tail(20))
	}
	b.report.LoadAfter, b.report.Took = loadAverage(), time.Since(b.began)
	b.report.Stolen = stolenSince(began)
	return b.report, nil
}

// parity makes Kezek's queue what app_queue's is: the language is known by the
// number dialled, the strategy is the same, nothing is announced, and no lamps are lit.
const parity = `
dialplan: {lamps: false}
queues:
  sales:
    did_language: {"` + lab.DID + `": ru}
    welcome: false
    strategy: leastrecent
    fewest_skills_first: false
    wrapup: 0s
    announce: {position: false, wait: false, every: 0s}
    same_agent: {within: 0s}
`

// open starts the lab and seats the agents.
func (b *bench) open(ctx context.Context) (err error) {
	if b.dir, err = os.MkdirTemp("", "kezek-bench"); err != nil {
		return err
	}
	starting, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	if b.lab, err = lab.Start(starting, lab.Options{Number: lab.Any, Daemon: true, Config: parity}); err != nil {
		return err
	}
	b.tell("The lab is up")
	if b.carrier, err = phone.NewCarrier(phone.CarrierConfig{Exchange: b.lab.SIPAddr, Listen: b.lab.CarrierAddr}); err == nil {
		err = b.settle(starting, b.Agents)
	}
	if err == nil {
		err = b.versions(starting)
	}
	if err != nil {
		b.close()
	}
	return err
}

func (b *bench) close() {
	for _, d := range b.desks {
		d.phone.Vanish()
	}
	if b.lab != nil {
		b.lab.Stop() // before the carrier, which would hang up a thousand calls
	}
	if b.carrier != nil {
		b.carrier.Close()
	}
	os.RemoveAll(b.dir)
}

// measure plays the rounds, the sides in turns.
func (b *bench) measure(ctx context.Context) error {
	if err := b.logIn(ctx); err != nil {
		return err
	}
	for round := range b.Rounds {
		for _, s := range b.sides() {
			if err := s.begin(ctx); err != nil {
				return fmt.Errorf("%s: %w", s.name, err)
			}
			b.tell("%s, round %d of %d: callers waiting", s.name, round+1, b.Rounds)
			if err := b.lineRound(ctx, s); err != nil {
				return fmt.Errorf("%s, callers waiting: %w", s.name, err)
			}
			b.tell("%s, round %d of %d: a steady rate", s.name, round+1, b.Rounds)
			if err := b.costRound(ctx, s); err != nil {
				return fmt.Errorf("%s, steady rate: %w", s.name, err)
			}
		}
	}
	b.tell("Holds, with %d calls at the same time", b.Concurrent)
	if err := b.holdRound(ctx); err != nil {
		return fmt.Errorf("holds: %w", err)
	}
	b.tell("A crowd of %d, and the daemon is killed", b.Killed)
	if err := b.crowd(ctx); err != nil {
		return fmt.Errorf("crowd: %w", err)
	}
	return nil
}

func (b *bench) tell(format string, args ...any) {
	fmt.Fprintf(b.out, "bench: [%3.0f s] "+format+"\n", append([]any{time.Since(b.began).Seconds()}, args...)...)
}

// fail ends the run, for the first reason given.
func (b *bench) fail(err error) { b.cancel(err) }
