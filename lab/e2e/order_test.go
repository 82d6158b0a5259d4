package e2e

import (
	"strings"
	"testing"
	"time"

	"kezek/lab"
	"kezek/lab/phone"
	"kezek/queue"
)

const (
	didOrdered   = "+996312900890"
	didElsewhere = "+996312900891"
)

// TestOrders: a supervisor has their phone rung and hears a talk, moves a caller who waits to another queue, and ends the talk with the closing phrase.
func TestOrders(t *testing.T) {
	t.Parallel()
	s := open(t, "queues:"+deskQueue("ordered", didOrdered, "")+deskQueue("elsewhere", didElsewhere, "")+`
agents:
  "1001": {queues: [ordered]}
  "1002": {queues: [elsewhere]}
  "1011": {queues: [], supervisor: true, speech: ru}
`)
	order := func(args ...string) {
		t.Helper()
		if out, errs, code := s.kezek(t, append(args, "--token", lab.TokenSupervisor)...); code != 0 {
			t.Fatalf("%q: %d %s %s", args, code, out, errs)
		}
	}
	a, supervisor, c := s.agent(t, "1001"), s.phone(t, "1011"), s.call(t, didOrdered)
	leg := a.answers(c)
	id := c.told(queue.EntryCallAnswered)["call"]

	begun := time.Now()
	order("call", "listen", id, "1011")
	line := supervisor.rings()
	if is := line.Caller(); !strings.HasPrefix(is.Name, "LISTEN 1001 ordered") {
		t.Errorf("the supervisor's phone shows %v", is)
	}
	must(t, line.Answer(within(t, patience)))
	hearsTones(t, "the supervisor", line, begun, leg.Tone(), c.Tone())
	nothingElse(t, "the caller", c.Call, begun, time.Now(), leg.Tone())
	must(t, line.Keys(within(t, patience), "5"))
	whispers := hears(t, s, line, "ru/monitor-whisper", begun)
	hearsTones(t, "the agent", leg, whispers, line.Tone(), c.Tone())
	neverHears(t, "the caller", c.Call, begun, time.Now(), line.Tone())

	// Who waits goes to the other queue, where an agent is free.
	other := s.agent(t, "1002")
	next := s.call(t, didOrdered)
	next.hears("ru/all-busy")
	order("call", "move", next.told(queue.EntryCallEntered)["call"], "elsewhere", "--reason", "mistaken")
	other.answers(next)

	ended := time.Now()
	order("call", "end", id, "--reason", "enough")
	if end, err := leg.WaitEnd(within(t, patience)); err != nil || end.By != phone.Far {
		t.Errorf("the agent's line: %v %v", end, err)
	}
	hears(t, s, line, "ru/monitor-over", ended)
	c.ended()
	c.heardLast("ru/closing")
	if e := c.told(queue.EntryCallOrder); e["by"] == "" {
		t.Errorf("the journal tells %v", e)
	}
	next.hangUp(queue.OutcomeCompletedByCaller)
	a.free()
	other.free()
	s.noTrouble(t)
}
