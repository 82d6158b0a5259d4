package bench

import (
	"context"
	"errors"
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
	began  time.Time
	out    io.Writer
	report *Report
	cost   time.Duration // of a call, if callCost has found it out

	// Of the lab that is up, if one is.
	lab     *lab.Lab
	dir     string
	carrier *phone.Carrier
	desks   []*desk
	// fail ends what is being measured, for the first reason given.
	fail context.CancelCauseFunc
}

// Run measures the parts of the plan, each kind in a lab of its own, and tells
// out how it goes. It takes all of the machine: what else runs meanwhile shows in
// the figures. A part that fails ends alone: the others are measured all the
// same. The report has whatever was measured, also beside an error.
func Run(ctx context.Context, p Plan, out io.Writer) (*Report, error) {
	b := &bench{Plan: p, began: time.Now(), out: out, report: &Report{Plan: p, Began: time.Now(), Machine: machine(), LoadBefore: loadAverage()}}
	began := processorTicks()
	b.part(ctx, Steps, "the rules alone", b.steps)
	b.rounds(ctx)
	b.close() // the next begin with a lab in which nothing has happened
	b.part(ctx, Holds, fmt.Sprintf("with %d calls at the same time", b.Concurrent), b.inLab(b.holdRound))
	b.close()
	b.part(ctx, Crowd, fmt.Sprintf("%d callers, and the daemon is killed", b.Killed), b.inLab(b.crowd))
	b.close()
	b.report.LoadAfter, b.report.Took = loadAverage(), time.Since(b.began)
	b.report.Stolen = stolenSince(began)
	b.report.Interrupted = context.Cause(ctx)
	return b.report, b.report.err()
}

// part measures one part, or a round of it, unless it is not wanted or cannot go
// on. What it has found before it failed is kept.
func (b *bench) part(ctx context.Context, p Part, what string, measure func(context.Context) error) {
	if !b.wants(p) || b.report.failure(p) != nil || ctx.Err() != nil {
		return
	}
	b.tell("%s: %s", p, what)
	err := measure(ctx)
	if err == nil || ctx.Err() != nil { // an interrupt is no failure
		return
	}
	b.report.Failures = append(b.report.Failures, Failure{p, what, err})
	b.tell("%s FAILED: %v", p, err)
	b.close()
}

// inLab lets measure begin in a lab with the agents logged in.
func (b *bench) inLab(measure func(context.Context) error) func(context.Context) error {
	return func(ctx context.Context) error {
		if b.lab == nil {
			if err := b.open(ctx); err != nil {
				return err
			}
		}
		within, fail := context.WithCancelCause(ctx)
		defer fail(nil)
		b.fail = fail
		err := measure(within)
		if err == nil {
			return nil
		}
		if cause := context.Cause(within); cause != nil {
			err = cause // what else went wrong followed from it
		}
		return fmt.Errorf("%w\n%s", err, b.lab.Tail(20))
	}
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
    ring: {broken: 0s} # the agents talk for some milliseconds
    wrapup: 0s
    announce: {position: false, wait: false, every: 0s}
    same_agent: {within: 0s}
`

// open starts a lab, and logs the agents in at their phones.
func (b *bench) open(ctx context.Context) (err error) {
	if b.dir, err = os.MkdirTemp("", "kezek-bench"); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			b.close()
		}
	}()
	if b.lab, err = lab.Start(ctx, lab.Options{Number: lab.Any, Daemon: true, Config: parity, Log: b.out}); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, patience, errors.New("the agents did not register and log in in time"))
	defer cancel()
	if err = b.versions(ctx); err != nil {
		return err
	}
	if b.carrier, err = phone.NewCarrier(phone.CarrierConfig{Exchange: b.lab.SIPAddr, Listen: b.lab.CarrierAddr}); err != nil {
		return err
	}
	if err = b.settle(ctx, b.Agents); err != nil {
		return err
	}
	return b.logIn(ctx)
}

// close stops the lab, if one is up.
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
	if b.dir != "" {
		os.RemoveAll(b.dir)
	}
	b.lab, b.carrier, b.desks, b.dir = nil, nil, nil, ""
}

// rounds plays the rounds of both kinds, the sides in turns.
func (b *bench) rounds(ctx context.Context) {
	for round := range b.Rounds {
		for _, s := range b.sides() {
			what := fmt.Sprintf("%s, round %d of %d", s.name, round+1, b.Rounds)
			play := func(measure func(context.Context, *side) error) func(context.Context) error {
				return b.inLab(func(ctx context.Context) error {
					if err := s.begin(ctx); err != nil {
						return err
					}
					return measure(ctx, s)
				})
			}
			b.part(ctx, Line, what, play(b.lineRound))
			b.part(ctx, Cost, what, play(b.costRound))
		}
	}
}

func (b *bench) tell(format string, args ...any) {
	fmt.Fprintf(b.out, "bench: [%3.0f s] "+format+"\n", append([]any{time.Since(b.began).Seconds()}, args...)...)
}
