package e2e

import (
	"syscall"
	"testing"
	"time"

	"kezek/lab"
	"kezek/lab/phone"
	"kezek/queue"
)

// TestPromiseWhileRedisHangs: Redis hangs for 20 seconds, in which a promise
// is made. It is said, for the spool has it, and kept after a restart of both.
func TestPromiseWhileRedisHangs(t *testing.T) {
	t.Parallel()
	s := openCallbacks(t, callbackConfig)
	a := s.agent(t, "1001")
	first := s.call(t, didCallbacks)
	leg := a.answers(first)
	who := s.client(t, answers)

	must(t, syscall.Kill(s.PID(lab.Redis), syscall.SIGSTOP))
	hangs := time.Now()
	t.Cleanup(func() { _ = syscall.Kill(s.PID(lab.Redis), syscall.SIGCONT) })
	c := s.dial(t, phone.CallerID{Number: who.number}, didCallbacks)
	must(t, c.WaitAnswer(within(t, patience)))
	c.hears("ru/all-busy")
	c.asksCallback()
	c.ended()
	c.heardLast("ru/callback-confirmed")

	time.Sleep(time.Until(hangs.Add(20 * time.Second))) // a short absence is another case
	s.KillDaemon()
	s.StopRedis()
	must(t, s.StartRedis(within(t, patience)))
	s.ready(t)
	if list := s.callbacks(t); len(list) != 1 || list[0].Number != who.number || list[0].State != queue.CallbackOpen {
		t.Errorf("after Redis and daemon are back: %+v", list)
	}
	must(t, leg.Hangup(within(t, patience)))
	who.isServed(a.ringsBack(who))
	if n := who.called(); n != 1 {
		t.Errorf("called %d times", n)
	}
}
