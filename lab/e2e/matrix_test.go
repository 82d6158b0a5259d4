package e2e

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"kezek/queue"
)

// matrixDesks is how many rows of the matrix are played at a time.
const matrixDesks = 9

// matrixConfig has for each desk an agent with a queue of their own, somebody that they
// pass callers on to, and a line that this one works in once they have logged in.
func matrixConfig(more string) string {
	var queues, agents strings.Builder
	for i := range matrixDesks {
		queues.WriteString(deskQueue(fmt.Sprintf("desk%d", i), fmt.Sprintf("+99631291000%d", i), "\n    ring: {rest: 1s}"))
		queues.WriteString(deskQueue(fmt.Sprintf("line%d", i), fmt.Sprintf("+99631291010%d", i), fmt.Sprintf("\n    code: \"9%d\"", i)))
		fmt.Fprintf(&agents, "\n  \"%d\": {queues: [desk%d], languages: [ru], speech: ru}", 1001+i, i)
		fmt.Fprintf(&agents, "\n  \"%d\": {queues: [line%d], languages: [ru], speech: ru}", 1012+i, i)
	}
	return "queues:" + queues.String() + "\nagents:" + agents.String() + more
}

// transferRow is one way of a caller past their agent, told in the words of [plot.tell].
type transferRow struct {
	tale    string
	record  []string // the call's third parties: way and end
	outcome queue.Outcome
}

// passing is what becomes of a caller who is passed on, or about whom somebody is
// asked: the same for an extension and for an outside number.
var passing = []transferRow{
	// Without a word.
	{"*3N# caller:transfer rings answers caller+far agent-free far-leaves closing", []string{"blind transferred"}, queue.OutcomeTransferred},
	{"*3N# rings agent-leaves agent-free answers caller+far caller-leaves far-ends", []string{"blind transferred"}, queue.OutcomeTransferred},
	{"*1 caller:hold *3N# caller:transfer rings answers caller+far agent-free", []string{"blind transferred"}, queue.OutcomeTransferred},
	{"*3N# rings busy caller:transfer-failed agent:transfer-not-done caller+agent *3N# rings breaks caller:transfer-failed caller+agent",
		[]string{"blind busy", "blind declined"}, queue.OutcomeCompletedByCaller},
	{"*3N# rings caller:transfer-failed agent:transfer-not-done far-ends caller+agent", []string{"blind no_answer"}, queue.OutcomeCompletedByCaller},
	{"*3N# rings *1 caller:transfer-failed far-ends caller+agent", []string{"blind cancelled"}, queue.OutcomeCompletedByCaller},
	{"*3N# rings agent-leaves agent-free declines caller:transfer-failed again", []string{"blind declined"}, queue.OutcomeCompletedByCaller},
	{"*3N# rings agent-leaves caller:transfer-failed far-ends again", []string{"blind no_answer"}, queue.OutcomeCompletedByCaller},
	{"*3N# rings caller-leaves far-ends agent-ends", []string{"blind caller_left"}, queue.OutcomeCompletedByCaller},
	{"*3N# rings agent-leaves agent-free caller-leaves far-ends", []string{"blind caller_left"}, queue.OutcomeCompletedByCaller},

	// Asked first.
	{"*4N# caller:transfer rings answers agent+far *4 caller+far agent-free far-leaves closing", []string{"consult transferred"}, queue.OutcomeTransferred},
	{"*4N# rings answers agent+far agent-leaves caller+far agent-free caller-leaves far-ends", []string{"consult transferred"}, queue.OutcomeTransferred},
	{"*4N# rings answers agent+far *1 caller:return far-ends caller+agent *4N# rings *1 caller:return far-ends caller+agent",
		[]string{"consult cancelled", "consult cancelled"}, queue.OutcomeCompletedByCaller},
	{"*4N# rings answers agent+far far-leaves agent:hold-returned caller:return caller+agent", []string{"consult left"}, queue.OutcomeCompletedByCaller},
	{"*4N# rings answers agent+far caller-leaves far-ends agent-ends", []string{"consult caller_left"}, queue.OutcomeCompletedByCaller},
	{"*4N# rings busy agent:transfer-not-done caller:return caller+agent *4N# rings declines agent:transfer-not-done caller:return caller+agent",
		[]string{"consult busy", "consult declined"}, queue.OutcomeCompletedByCaller},
	{"*4N# rings agent:transfer-not-done caller:return far-ends caller+agent", []string{"consult no_answer"}, queue.OutcomeCompletedByCaller},
	{"*4N# rings agent-leaves agent-free answers caller+far far-leaves closing", []string{"consult transferred"}, queue.OutcomeTransferred},
	{"*4N# rings agent-leaves caller:transfer-failed far-ends again", []string{"consult no_answer"}, queue.OutcomeCompletedByCaller},
	{"*4N# rings caller-leaves far-ends agent-ends", []string{"consult caller_left"}, queue.OutcomeCompletedByCaller},
	{"*1 caller:hold *4N# rings answers agent+far *4 caller+far agent-free", []string{"consult transferred"}, queue.OutcomeTransferred},

	// Three in a talk.
	{"*4N# rings answers *3 all *1 caller:hold agent+far *3 caller:return all agent-leaves caller+far agent-free caller-leaves far-ends",
		[]string{"consult transferred"}, queue.OutcomeTransferred},
	{"*4N# rings answers *3 all *4 caller+far agent-free far-leaves closing", []string{"consult transferred"}, queue.OutcomeTransferred},
	{"*4N# rings answers *3 all far-leaves caller+agent", []string{"consult left"}, queue.OutcomeCompletedByCaller},
	{"*4N# rings answers *3 all caller-leaves far-ends agent-ends", []string{"consult caller_left"}, queue.OutcomeCompletedByCaller},
}

// passingToLine is the same with another queue.
var passingToLine = []transferRow{
	{"*3N# caller:transfer agent-free logs-in rings answers caller+far", []string{"queue transferred"}, queue.OutcomeCompletedByCaller},
	{"*1 caller:hold *3N# caller:transfer agent-free logs-in rings busy rings answers caller+far far-leaves closing", []string{"queue transferred"}, queue.OutcomeCompletedByAgent},
	{"*3N# caller:transfer agent-free caller-leaves", []string{"queue transferred"}, queue.OutcomeAbandoned},
	{"*4N# agent:transfer-not-done caller+agent", []string{"consult queue_consulted"}, queue.OutcomeCompletedByCaller},
}

// phonesOwn is the three-way conference of the agent's phone, which asks an extension by itself.
var phonesOwn = []transferRow{
	{"hold caller:hold dials rings answers conference far-leaves caller+agent", nil, queue.OutcomeCompletedByCaller},
	{"hold caller:hold dials rings answers conference caller-leaves agent-ends", nil, queue.OutcomeCompletedByCaller},
	{"hold caller:hold dials rings answers conference agent-leaves closing", nil, queue.OutcomeCompletedByAgent},
	{"hold caller:hold dials rings busy caller-leaves agent-ends", nil, queue.OutcomeCompletedByCaller},
}

// refused are numbers that nobody is passed on to.
var refused = []transferRow{
	{"*3N# agent:transfer-not-done caller+agent *4N# agent:transfer-not-done caller+agent",
		[]string{"blind number_not_allowed", "consult number_not_allowed"}, queue.OutcomeCompletedByCaller},
}

// TestTransferMatrix: every way in which a caller leaves their agent, or does not,
// whoever hangs up in the middle of it. Nobody is lost.
func TestTransferMatrix(t *testing.T) {
	t.Parallel()
	s := openCallbacks(t, matrixConfig(`
transfer: {extensions: ["^10(1[2-9]|20)$"], ring: 5s}
`))
	s.edit(t, "extensions.conf", "dialplan reload", "#include \"kezek-extensions.conf\"", "#include \"kezek-extensions.conf\"\n[kezek-agents](+)\nexten => _10XX,1,Dial(PJSIP/${EXTEN})\n")
	desks := make(chan *desk, matrixDesks)
	for n := range matrixDesks {
		desks <- &desk{n, s.agent(t, fmt.Sprint(1001+n)), s.phone(t, fmt.Sprint(1012+n))}
	}
	t.Run("all", func(t *testing.T) {
		for to, rows := range map[target][]transferRow{
			toExtension: slices.Concat(passing, phonesOwn), toOutside: passing, toLine: passingToLine, toNobody: refused,
		} {
			for _, row := range rows {
				t.Run(string(to)+" "+row.tale, func(t *testing.T) {
					t.Parallel()
					d := <-desks
					defer func() { desks <- d }()
					st := s.begin(t, d, to)
					st.tell(row.tale)
					st.end(row)
				})
			}
		}
	})
	s.check(t)
	s.noTrouble(t)
}
