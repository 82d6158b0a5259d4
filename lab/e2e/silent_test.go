package e2e

import (
	"strings"
	"testing"
	"time"

	"kezek/lab/phone"
	"kezek/ops"
	"kezek/queue"
)

// Phones from which nothing comes in a talk: nobody hangs up, and the caller must not be left in silence.
const (
	didForeign   = "+996312900911"
	didDumb      = "+996312900912"
	didStops     = "+996312900913"
	didAnew      = "+996312900914"
	didPowerless = "+996312900915"
	didHolds     = "+996312900916"
	didMutes     = "+996312900917"
	didFallsOut  = "+996312900918"
	didFarMute   = "+996312900919"
	didConsults  = "+996312900920"
)

func silentQueue(name, did, ring string) string {
	return "  " + name + `: {did: ["` + did + `"], did_language: {"` + did + `": ru}, default_language: ru, wrapup: 0s, strategy: linear, ring: {rest: 60s` + ring + "}}\n"
}

func silentConfig() string {
	return "queues:\n" +
		silentQueue("foreign", didForeign, "") +
		silentQueue("dumb", didDumb, "") +
		silentQueue("stops", didStops, "") +
		silentQueue("anew", didAnew, ", silent: 60s") +
		silentQueue("unplug", didPowerless, ", silent: 60s") +
		silentQueue("holds", didHolds, ", no_audio: 3s, silent: 3s") +
		silentQueue("mutes", didMutes, ", silent: 0s") +
		silentQueue("fallsout", didFallsOut, "") +
		silentQueue("farmute", didFarMute, ", silent: 4s") +
		silentQueue("consults", didConsults, ", silent: 60s") + `
agents:
  "1001": {queues: [foreign]}
  "1002": {queues: [foreign]}
  "1003": {queues: [dumb]}
  "1004": {queues: [dumb]}
  "1005": {queues: [stops]}
  "1006": {queues: [consults]}
  "1007": {queues: [consults]}
  "1011": {queues: [stops]}
  "1012": {queues: [anew]}
  "1013": {queues: [unplug]}
  "1014": {queues: [unplug]}
  "1015": {queues: [holds]}
  "1016": {queues: [mutes]}
  "1017": {queues: [fallsout]}
  "1018": {queues: [farmute]}
  "1019": {queues: [farmute]}
transfer: {extensions: ["^1019$", "^1007$"], ring: 10s}
`
}

func TestSilentPhones(t *testing.T) {
	t.Parallel()
	s := open(t, silentConfig())
	s.sideBySide(t, map[string]func(*testing.T, *site){
		"a foreign codec only":           foreignCodec,
		"no audio at all":                sendsNothing,
		"no audio any more":              stopsSending,
		"dead, and registered anew":      diesAndComesBack,
		"unplugged":                      unplugged,
		"holds":                          holdsInSilence,
		"muted":                          mutes,
		"falls out of the bridge":        fallsOut,
		"a colleague who was brought in": colleagueDies,
		"dead in a consultation":         diesConsulting,
	})
}

// givenBack: the caller is in line again, soon enough and not too soon, and told so.
func (c *caller) givenBack(since time.Time, why queue.Cause, soonest, latest time.Duration) {
	c.t.Helper()
	if e := c.told(queue.EntryCallRequeued); e["cause"] != string(why) {
		c.t.Errorf("back in line: %v, want %s", e, why)
	}
	took := time.Since(since)
	c.t.Logf("back in line %.1f s after the last word", took.Seconds())
	if took < soonest || took > latest+watch().longest(since) {
		c.t.Errorf("back in line after %v, want %v to %v", took, soonest, latest)
	}
}

// foreignCodec: a phone answers with a codec that nobody has offered.
func foreignCodec(t *testing.T, s *site) {
	bad, good := s.agent(t, "1001"), s.agent(t, "1002")
	c := s.call(t, didForeign)
	must(t, bad.rings().AnswerWith(within(t, patience), phone.ForeignCodec))
	c.givenBack(time.Now(), queue.CauseNoAudio, 0, 10*time.Second)
	bad.broken(c.mark, queue.CauseNoAudio)
	shows(t, good.answers(c), "ru", "foreign")
	c.hangUp(queue.OutcomeCompletedByCaller)
}

// sendsNothing: the session is right and nothing comes.
func sendsNothing(t *testing.T, s *site) {
	bad, good := s.agent(t, "1003"), s.agent(t, "1004")
	c := s.call(t, didDumb)
	r := bad.rings()
	r.Send(phone.Sound{})
	must(t, r.Answer(within(t, patience)))
	c.givenBack(time.Now(), queue.CauseNoAudio, 4*time.Second, 10*time.Second)
	bad.broken(c.mark, queue.CauseNoAudio)
	good.answers(c)
	c.hangUp(queue.OutcomeCompletedByCaller)
}

// stopsSending: the phone's network breaks in the talk, and it is not noticed otherwise.
func stopsSending(t *testing.T, s *site) {
	bad, good := s.agent(t, "1005"), s.agent(t, "1011")
	c := s.call(t, didStops)
	r := bad.answers(c)
	r.Send(phone.Sound{})
	c.givenBack(time.Now(), queue.CauseDropped, 9*time.Second, 16*time.Second)
	if end, err := r.WaitEnd(within(t, patience)); err != nil || end.By != phone.Far {
		t.Errorf("the agent's phone: %v, %v", end, err)
	}
	good.answers(c)
	c.hangUp(queue.OutcomeCompletedByCaller)
}

// diesAndComesBack: a phone is killed in a talk and started again two seconds later, at another port as a program is.
func diesAndComesBack(t *testing.T, s *site) {
	dead := s.agent(t, "1012")
	c := s.call(t, didAnew)
	dead.answers(c)
	died := time.Now()
	dead.Vanish()
	time.Sleep(2 * time.Second)
	s.phone(t, "1012")
	c.givenBack(died, queue.CauseDropped, 3*time.Second, 10*time.Second)
	c.hears("ru/agent-lost")
	c.hangUp(queue.OutcomeAbandoned)
}

// unplugged: a phone loses its power in a talk. Asterisk asks it every 2 s here whether it is there.
func unplugged(t *testing.T, s *site) {
	dead, good := s.agent(t, "1013"), s.agent(t, "1014")
	c := s.call(t, didPowerless)
	dead.answers(c)
	died := time.Now()
	dead.Vanish()
	c.givenBack(died, queue.CauseDropped, 3*time.Second, 16*time.Second)
	good.answers(c)
	c.hangUp(queue.OutcomeCompletedByCaller)
	dead.await("is unreachable", func(a ops.Agent) bool { return !a.Reachable && a.Call == nil })
}

// holdsInSilence: a phone sends nothing while it holds, for longer than it may otherwise.
func holdsInSilence(t *testing.T, s *site) {
	a := s.agent(t, "1015")
	c := s.call(t, didHolds)
	r := a.answers(c)
	must(t, r.Hold(within(t, patience), phone.Inactive))
	c.told(queue.EntryHoldStarted)
	time.Sleep(7 * time.Second) // nothing is to happen meanwhile
	must(t, r.Resume(within(t, patience)))
	c.told(queue.EntryHoldEnded)
	c.hears("ru/return")
	time.Sleep(4 * time.Second)
	talk(t, r, c, time.Now())
	c.hangUp(queue.OutcomeCompletedByCaller)
}

// mutes: a phone that sends nothing while it is muted, in a queue that lets phones do so.
func mutes(t *testing.T, s *site) {
	a := s.agent(t, "1016")
	c := s.call(t, didMutes)
	r := a.answers(c)
	r.Send(phone.Sound{})
	time.Sleep(14 * time.Second)
	r.Send(phone.Tone(a.Tone()))
	talk(t, r, c, time.Now())
	c.hangUp(queue.OutcomeCompletedByCaller)
}

// fallsOut: somebody at Asterisk's console takes the agent out of the bridge.
func fallsOut(t *testing.T, s *site) {
	a := s.agent(t, "1017")
	c := s.call(t, didFallsOut)
	r := a.answers(c)
	id := c.told(queue.EntryCallAnswered)["call"]
	saved, err := s.redis.HGetAll(within(t, patience), "kezek:{bishkek}:call:"+id).Result()
	must(t, err)
	if saved["bridge"] == "" || saved["leg"] == "" {
		t.Fatalf("no talk: %v", saved)
	}
	s.cli(t, "bridge kick "+saved["bridge"]+" "+s.channelName(t, saved["leg"]))
	kicked := time.Now()
	s.journal.await(t, c.mark, "healed", func(e entry) bool {
		return e.kind() == queue.EntryHealed && e["call"] == id && e["reason"] == "a party is not in the bridge"
	})
	talk(t, r, c, kicked)
	t.Logf("together again %.1f s after", time.Since(kicked).Seconds())
	c.hangUp(queue.OutcomeCompletedByCaller)
}

// channelName is Asterisk's name of one of our channels.
func (s *site) channelName(t *testing.T, id string) string {
	t.Helper()
	for line := range strings.Lines(s.cli(t, "core show channels concise")) {
		if f := strings.Split(strings.TrimSpace(line), "!"); f[len(f)-1] == id {
			return f[0]
		}
	}
	t.Fatalf("no channel %s", id)
	return ""
}

// colleagueDies: the caller was passed on to a colleague, whose phone goes silent.
func colleagueDies(t *testing.T, s *site) {
	first, second := s.agent(t, "1018"), s.agent(t, "1019")
	c := s.call(t, didFarMute)
	r := first.answers(c)
	must(t, r.Keys(within(t, patience), "*31019#"))
	far := second.rings()
	must(t, far.Answer(within(t, patience)))
	c.told(queue.EntryCallTransferred)
	talk(t, far, c, time.Now())
	far.Send(phone.Sound{})
	c.givenBack(time.Now(), queue.CauseDropped, 3*time.Second, 10*time.Second)
	first.answers(c)
	c.hangUp(queue.OutcomeCompletedByCaller)
}

// diesConsulting: a phone is killed and started again at once, at another port, while its agent consults a colleague: the caller, who hears
// music, and the colleague, who hears nothing, are left to each other.
func diesConsulting(t *testing.T, s *site) {
	dead, colleague := s.agent(t, "1006"), s.agent(t, "1007")
	c := s.call(t, didConsults)
	leg := dead.answers(c)
	must(t, leg.Keys(within(t, patience), "*41007#"))
	far := colleague.rings()
	must(t, far.Answer(within(t, patience)))
	_, err := far.WaitTone(within(t, patience), leg.Tone(), time.Time{})
	must(t, err)
	died := time.Now()
	dead.Vanish()
	time.Sleep(200 * time.Millisecond)
	s.phone(t, "1006")
	c.told(queue.EntryCallTransferred)
	if took := time.Since(died); took < 3*time.Second || took > 10*time.Second+watch().longest(died) {
		t.Errorf("the caller is left to the colleague %v after the agent's last word, want 3 s to 10 s", took)
	}
	talk(t, far, c, died)
	c.hangUp(queue.OutcomeTransferred)
}
