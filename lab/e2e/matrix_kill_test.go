package e2e

import (
	"fmt"
	"testing"
	"time"

	"kezek/queue"
)

// killed are calls with a third party, in which the daemon is away for a while.
var killed = []struct {
	to                  target
	before, away, after string // in the words of [plot.tell]
	record              []string
	outcome             queue.Outcome
}{
	{toExtension, "*3N# caller:transfer rings", "answers", "caller+far agent-free", []string{"blind transferred"}, queue.OutcomeTransferred},
	{toOutside, "*3N# caller:transfer rings", "caller-leaves", "far-ends agent-ends", []string{"blind caller_left"}, queue.OutcomeCompletedByCaller},
	{toExtension, "*4N# rings answers agent+far", "agent+far", "agent+far *4 caller+far agent-free", []string{"consult transferred"}, queue.OutcomeTransferred},
	{toOutside, "*4N# rings answers agent+far", "far-leaves", "caller:return caller+agent", []string{"consult left"}, queue.OutcomeCompletedByCaller},
	{toSupervisor, "*8 rings", "caller+agent answers", "all agent-leaves caller+far", []string{"supervisor transferred"}, queue.OutcomeTransferred},
	{toExtension, "*4N# rings answers *3 all", "all", "all far-leaves caller+agent", []string{"consult left"}, queue.OutcomeCompletedByCaller},
	{toOutside, "*4N# rings answers *3 all", "agent-leaves caller+far", "agent-free caller+far", []string{"consult transferred"}, queue.OutcomeTransferred},
}

// TestThirdsSurviveKill: the daemon is killed while the third party of a call
// rings, is asked, or talks, and comes back. Nobody is cut off or lost.
func TestThirdsSurviveKill(t *testing.T) {
	t.Parallel()
	s := openCallbacks(t, matrixConfig(`
transfer: {extensions: ["^10(1[2-9]|20)$"], ring: 60s}
supervisors: {call: [PJSIP/1100], language: ru}
`))
	s.addSupervisor(t)
	plots := make([]*plot, len(killed))
	for n, row := range killed {
		d := &desk{n: n, agent: s.agent(t, fmt.Sprint(1001+n))}
		if row.to == toSupervisor {
			d.far = &agent{s.plainPhone(t, "1100"), t, s.site, "1100"}
		} else {
			d.far = s.phone(t, fmt.Sprint(1012+n))
		}
		plots[n] = s.begin(t, d, row.to)
		plots[n].tell(row.before)
	}
	s.KillDaemon()
	for n, row := range killed {
		plots[n].done(time.Now())
		plots[n].tell(row.away)
	}
	must(t, s.WaitDaemon(within(t, patience)))
	for n, row := range killed {
		plots[n].tell(row.after)
		plots[n].end(transferRow{row.after, row.record, row.outcome})
	}
	s.check(t)
}
