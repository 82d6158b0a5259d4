package e2e

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"kezek/lab/ear"
	"kezek/lab/phone"
	"kezek/ops"
	"kezek/queue"
)

const (
	didListen   = "+996312900881"
	didSwitch   = "+996312900882"
	didVanishes = "+996312900883"
	didTapped   = "+996312900884"
	didTrainee  = "+996312900885"
	didRings    = "+996312900886"
)

var monitorConfig = "queues:" +
	deskQueue("listen", didListen, "") +
	deskQueue("switch", didSwitch, "") +
	deskQueue("vanishes", didVanishes, "\n    ring: {rest: 1s}") +
	deskQueue("rings", didRings, "\n    strategy: linear") + `
agents:
  "1001": {queues: [listen]}
  "1002": {queues: [switch]}
  "1003": {queues: [vanishes]}
  "1004": {queues: [rings]}
  "1015": {queues: [rings], supervisor: true, speech: ru}
  "1016": {queues: [rings], speech: ru}
  "1011": {queues: [], supervisor: true, speech: ru}
  "1012": {queues: [], supervisor: true, speech: ru}
  "1013": {queues: [], supervisor: true, speech: ru}
  "1014": {queues: [], supervisor: true, speech: ru}
`

// TestMonitor: supervisors listen, whisper and join.
func TestMonitor(t *testing.T) {
	t.Parallel()
	s := open(t, monitorConfig)
	s.sideBySide(t, map[string]func(*testing.T, *site){
		"listen": listens, "switch": switches, "vanishes": listensToVanishing, "rings": listensWhileRung,
	})
	s.noTrouble(t)
}

// hearsTones waits until someone hears all of these tones at once after since.
func hearsTones(t testing.TB, who string, c *phone.Call, since time.Time, hz ...int) {
	t.Helper()
	eventually(t, fmt.Sprintf("%s hears %v Hz", who, hz), func() error {
		pcm := c.Recording().Since(since).PCM
		if !ear.Together(pcm, hz...) {
			return fmt.Errorf("not in %v", ear.Duration(len(pcm)))
		}
		return nil
	})
}

// neverHears checks that nothing of a tone was heard, be it under another.
func neverHears(t testing.TB, who string, c *phone.Call, since, until time.Time, hz int) {
	t.Helper()
	r := c.Recording().Since(since)
	pcm := r.PCM[:min(len(r.PCM), int(until.Sub(r.Start).Seconds()*ear.Rate))]
	for part := range slices.Chunk(pcm, ear.Rate/20) {
		if share := ear.ToneShare(part, float64(hz)); len(part) == ear.Rate/20 && share > 0.02 {
			t.Errorf("%s hears %d Hz (%.2f of it)", who, hz, share)
			return
		}
	}
}

// nothingElse checks that someone heard one tone and nothing else: no word, no
// voice, no beep. A packet or two that came too late on a busy machine are none of these.
func nothingElse(t testing.TB, who string, c *phone.Call, since, until time.Time, hz int) {
	t.Helper()
	if stoodStill(t, since) {
		return
	}
	r := c.Recording().Since(since)
	pcm := r.PCM[:min(len(r.PCM), int(until.Sub(r.Start).Seconds()*ear.Rate))]
	const packet, few = ear.Rate / 50, 2
	for odd := 0; len(pcm) >= packet; pcm = pcm[packet:] {
		share := ear.ToneShare(pcm[:packet], float64(hz))
		if share >= 0.9 {
			odd = 0
		} else if odd++; odd > few {
			t.Errorf("%s hears something else than %d Hz (which is %.2f of it)", who, hz, share)
			return
		}
	}
}

// listens: a supervisor hears both and is heard by nobody, whatever they press;
// they hear that the talk is over. Others are refused.
func listens(t *testing.T, s *site) {
	a, supervisor := s.agent(t, "1001"), s.agent(t, "1011")
	supervisor.say("*811001", "ru/monitor-no-talk")
	supervisor.say("*811999", "ru/unknown-agent")
	c := s.call(t, didListen)
	leg := a.answers(c)

	begun := time.Now()
	line := supervisor.dials("*811001")
	since := hears(t, s, line, "ru/monitor-listen", time.Time{}).Add(2 * time.Second)
	hearsTones(t, "the supervisor", line, since, leg.Tone(), c.Tone())
	supervisor.await("listens", func(a ops.Agent) bool {
		return a.Monitors != nil && a.Monitors.Agent == "1001" && a.Monitors.Mode == queue.MonitorListen && a.InUse
	})
	must(t, line.Keys(within(t, patience), "*1#7")) // mean nothing here
	must(t, line.Hold(within(t, patience), phone.SendOnly))
	must(t, line.Resume(within(t, patience)))
	hearsTones(t, "the supervisor", line, time.Now(), leg.Tone(), c.Tone())
	until := time.Now()

	must(t, leg.Keys(within(t, patience), "*1"))
	c.hears("ru/hold")
	must(t, leg.Keys(within(t, patience), "*1"))
	back := hears(t, s, c.Call, "ru/return", until)
	hearsTones(t, "the supervisor", line, back, leg.Tone(), c.Tone())

	c.hangUp(queue.OutcomeCompletedByCaller)
	hears(t, s, line, "ru/monitor-over", since)
	_, err := line.WaitEnd(within(t, patience))
	must(t, err)
	nothingElse(t, "the caller", c.Call, begun, until, leg.Tone())
	nothingElse(t, "the agent", leg, begun, until, c.Tone())
	supervisor.free()
	if e := c.told(queue.EntryMonitorEnded); e["by"] != "1011" || e["agent"] != "1001" || e["detail"] != string(queue.MonitorListen) {
		t.Errorf("the journal tells %v", e)
	}

	// At a phone where nobody is logged in they say who they are.
	again := s.call(t, didListen)
	leg = a.answers(again)
	stranger := s.phone(t, "1013")
	l := stranger.dials("*831001")
	hears(t, s, l, "ru/enter-pin", time.Time{})
	must(t, l.Keys(within(t, patience), "9999#"))
	hears(t, s, l, "ru/wrong-pin", time.Time{})
	must(t, l.Keys(within(t, patience), "1013#"))
	joined := hears(t, s, l, "ru/monitor-join", time.Time{})
	hearsTones(t, "the caller", again.Call, joined, l.Tone(), leg.Tone())
	must(t, l.Hangup(within(t, patience)))

	// An agent may not, whoever's phone they take.
	other := s.phone(t, "1002")
	l = other.dials("*811001")
	hears(t, s, l, "ru/enter-agent-number", time.Time{})
	must(t, l.Keys(within(t, patience), "1002*1002#"))
	hears(t, s, l, "ru/monitor-refused", time.Time{})
	again.hangUp(queue.OutcomeCompletedByCaller)
	a.free()
}

// switches: by keys from listening to whispering to joining and back.
func switches(t *testing.T, s *site) {
	a, supervisor, c := s.agent(t, "1002"), s.agent(t, "1012"), s.call(t, didSwitch)
	leg := a.answers(c)
	begun := time.Now()
	line := supervisor.dials("*821002")
	whispers := hears(t, s, line, "ru/monitor-whisper", time.Time{})
	hearsTones(t, "the agent", leg, whispers, line.Tone(), c.Tone())
	hearsTones(t, "the supervisor", line, time.Now(), leg.Tone(), c.Tone())
	joins := time.Now()
	neverHears(t, "the caller", c.Call, begun, joins, line.Tone())
	nothingElse(t, "the caller", c.Call, begun, joins, leg.Tone())

	must(t, line.Keys(within(t, patience), "6"))
	hears(t, s, line, "ru/monitor-join", joins)
	hearsTones(t, "the caller", c.Call, joins, line.Tone(), leg.Tone())
	hearsTones(t, "the agent", leg, time.Now(), line.Tone(), c.Tone())

	pressed := time.Now()
	must(t, line.Keys(within(t, patience), "4"))
	quiet := hears(t, s, line, "ru/monitor-listen", pressed)
	hearsTones(t, "the supervisor", line, quiet.Add(2*time.Second), leg.Tone(), c.Tone())
	nothingElse(t, "the caller", c.Call, quiet, time.Now(), leg.Tone())
	nothingElse(t, "the agent", leg, quiet, time.Now(), c.Tone())

	must(t, line.Hangup(within(t, patience)))
	talk(t, leg, c, time.Now())
	c.hangUp(queue.OutcomeCompletedByCaller)
	record := c.told(queue.EntryCallEnded)["monitored"]
	for _, mode := range []queue.MonitorMode{queue.MonitorWhisper, queue.MonitorJoin, queue.MonitorListen} {
		if !strings.Contains(record, string(mode)) {
			t.Errorf("the record does not tell of %s: %s", mode, record)
		}
	}
	a.free()
}

// listensToVanishing: the exchange ends the agent's line. The supervisor is told.
func listensToVanishing(t *testing.T, s *site) {
	a, supervisor, c := s.agent(t, "1003"), s.phone(t, "1014"), s.call(t, didVanishes)
	a.answers(c)
	line := supervisor.dials("*811003")
	hears(t, s, line, "ru/enter-pin", time.Time{})
	must(t, line.Keys(within(t, patience), "1014#"))
	since := hears(t, s, line, "ru/monitor-listen", time.Time{}).Add(2 * time.Second)
	hearsTones(t, "the supervisor", line, since, c.Tone())
	for channel := range strings.Lines(s.cli(t, "core show channels concise")) {
		if name, _, _ := strings.Cut(channel, "!"); strings.HasPrefix(name, "PJSIP/1003-") {
			s.cli(t, "channel request hangup "+name)
		}
	}
	hears(t, s, line, "ru/monitor-over", since)
	_, err := line.WaitEnd(within(t, patience))
	must(t, err)
	c.ended()
	c.heardLast("ru/closing")
	a.free()
}

// listensWhileRung: a supervisor who takes calls, too, listens to a colleague while the own phone rings. It ceases to, the caller
// goes to the next agent, and nobody has missed a call. No other comes to them until they hang up.
func listensWhileRung(t *testing.T, s *site) {
	a := s.agent(t, "1004")
	first := s.call(t, didRings)
	leg := a.answers(first)
	supervisor := s.agent(t, "1015")
	next := s.call(t, didRings)
	ring := supervisor.rings()
	other := s.agent(t, "1016")

	line := supervisor.dials("*811004")
	if end, err := ring.WaitEnd(within(t, patience)); err != nil || end.By != phone.Far {
		t.Errorf("the caller's call at the supervisor's phone: %v %v", end, err)
	}
	since := hears(t, s, line, "ru/monitor-listen", time.Time{}).Add(2 * time.Second)
	hearsTones(t, "the supervisor", line, since, leg.Tone(), first.Tone())
	other.answers(next)
	third := s.call(t, didRings)
	third.hears("ru/all-busy")
	must(t, line.Hangup(within(t, patience)))
	supervisor.answers(third)
	for _, c := range []*caller{first, next, third} {
		c.hangUp(queue.OutcomeCompletedByCaller)
		c.nobodyMissed()
	}
}

// TestMonitorThroughOutages: the daemon is killed while a supervisor listens:
// both talk on, they hear on, and nothing is left afterwards.
func TestMonitorThroughOutages(t *testing.T) {
	t.Parallel()
	s := open(t, "queues:"+deskQueue("tapped", didTapped, "")+`
agents:
  "1001": {queues: [tapped]}
  "1011": {queues: [], supervisor: true, speech: ru}
`)
	a, supervisor, c := s.agent(t, "1001"), s.agent(t, "1011"), s.call(t, didTapped)
	leg := a.answers(c)
	line := supervisor.dials("*811001")
	since := hears(t, s, line, "ru/monitor-listen", time.Time{}).Add(2 * time.Second)
	hearsTones(t, "the supervisor", line, since, leg.Tone(), c.Tone())
	killed := time.Now()
	s.KillDaemon()
	hearsTones(t, "the supervisor", line, killed.Add(100*time.Millisecond), leg.Tone(), c.Tone())
	must(t, s.WaitDaemon(within(t, patience)))
	s.ready(t)
	nothingElse(t, "the caller", c.Call, since, time.Now(), leg.Tone())

	pressed := time.Now()
	must(t, line.Keys(within(t, patience), "5"))
	hears(t, s, line, "ru/monitor-whisper", pressed)
	hearsTones(t, "the agent", leg, pressed, line.Tone(), c.Tone())

	// They hang up while the daemon is away: nothing is left of it.
	s.KillDaemon()
	must(t, line.Hangup(within(t, patience)))
	must(t, s.WaitDaemon(within(t, patience)))
	s.ready(t)
	supervisor.await("does not listen", func(a ops.Agent) bool { return a.Monitors == nil })
	talk(t, leg, c, time.Now())
	c.hangUp(queue.OutcomeCompletedByCaller)
	a.free()
	s.nothingLeft(t)
}

// TestTrainee gets calls only while a supervisor is logged in.
func TestTrainee(t *testing.T) {
	t.Parallel()
	s := open(t, "queues:"+deskQueue("trainee", didTrainee, "")+`
agents:
  "1001": {queues: [trainee], trainee: true}
  "1011": {queues: [], supervisor: true, speech: ru}
`)
	a := s.phone(t, "1001")
	a.say("*101001", "ru/logged-in", "ru/trainee-waits")
	c := s.call(t, didTrainee)
	c.told(queue.EntryCallEntered)
	a.await("has no supervisor", func(a ops.Agent) bool { return a.Trainee && a.Unsupervised && a.Call == nil })
	supervisor := s.phone(t, "1011")
	supervisor.code("*101011")
	leg := a.answers(c)
	supervisor.code("*11")
	supervisor.status(queue.StatusOffline)
	next := s.call(t, didTrainee)
	next.told(queue.EntryCallEntered)
	talk(t, leg, c, time.Now())
	c.hangUp(queue.OutcomeCompletedByCaller)
	a.status(queue.StatusReady)
	a.await("gets no other", func(a ops.Agent) bool { return a.Unsupervised && a.Call == nil })
	supervisor.code("*101011")
	ring := a.rings()
	supervisor.code("*11") // the phone ceases to ring, and the trainee has missed nothing
	if end, err := ring.WaitEnd(within(t, patience)); err != nil || end.By != phone.Far {
		t.Errorf("the trainee's phone: %v %v", end, err)
	}
	a.await("is asked no more", func(a ops.Agent) bool { return a.Unsupervised && a.Status == queue.StatusReady && a.Call == nil })
	supervisor.code("*101011")
	a.answers(next)
	next.hangUp(queue.OutcomeCompletedByCaller)
	next.nobodyMissed()
}
