package e2e

import (
	"fmt"
	"maps"
	"testing"
	"time"

	"kezek/lab/ear"
	"kezek/lab/phone"
	"kezek/ops"
	"kezek/queue"
)

const (
	didStageMenu    = "+996312900801"
	didStageWait    = "+996312900802"
	didStageRing    = "+996312900803"
	didStageWhisper = "+996312900804"
	didStageTalk    = "+996312900805"
	didStageEnd     = "+996312900806"
)

const stagesConfig = `
menu: {wait: 1s}
queues:
  menu:    {did: ["` + didStageMenu + `"], default_language: ru, wrapup: 0s}
  wait:    {did: ["` + didStageWait + `"], did_language: {"` + didStageWait + `": ru}, default_language: ru, wrapup: 0s}
  ring:    {did: ["` + didStageRing + `"], did_language: {"` + didStageRing + `": ru}, default_language: ru, wrapup: 0s, strategy: linear, ring: {timeout: 60s}}
  whisper: {did: ["` + didStageWhisper + `"], did_language: {"` + didStageWhisper + `": ru}, default_language: ru, wrapup: 0s, whisper: true}
  talk:    {did: ["` + didStageTalk + `"], did_language: {"` + didStageTalk + `": ru}, default_language: ru, wrapup: 0s}
  end:     {did: ["` + didStageEnd + `"], did_language: {"` + didStageEnd + `": ru}, default_language: ru, wrapup: 0s}
agents:
  "1001": {queues: [wait]}
  "1002": {queues: [menu]}
  "1003": {queues: [ring]}
  "1004": {queues: [ring]}
  "1005": {queues: [whisper]}
  "1011": {queues: [talk]}
  "1012": {queues: [end]}
`

// TestOutages: the daemon, its connection to Asterisk or Redis goes away with
// a call in each stage, and every call goes on.
func TestOutages(t *testing.T) {
	t.Parallel()
	w := newWire(t)
	s := prepare(t, stagesConfig+`
asterisk: {url: "`+w.url()+`"}`)
	w.to(s.ARIURL)
	s.mustStart(t)

	t.Run("the daemon is killed", func(t *testing.T) {
		st := arrange(t, s)
		s.KillDaemon()
		st.meanwhile()
		must(t, s.WaitDaemon(within(t, patience)))
		st.goOn(true)
	})
	t.Run("the daemon is stopped and started", func(t *testing.T) {
		st := arrange(t, s)
		s.StopDaemon()
		st.meanwhile()
		s.mustStart(t)
		st.goOn(true)
	})
	t.Run("the event socket is cut", func(t *testing.T) {
		st := arrange(t, s)
		w.cut()
		s.readiness(t, "readiness without Asterisk", func(r ops.Readiness) bool { return !r.Ready && !r.Exchange })
		st.meanwhile()
		w.join()
		s.ready(t)
		st.goOn(true)
	})
	t.Run("Redis is away", func(t *testing.T) {
		st := arrange(t, s)
		s.StopRedis()
		gone := time.Now()
		s.readiness(t, "readiness without Redis", func(r ops.Readiness) bool { return !r.Ready && !r.Redis && r.Exchange })
		st.meanwhile()
		st.newCaller()
		time.Sleep(time.Until(gone.Add(10 * time.Second))) // a short absence is another case
		must(t, s.StartRedis(within(t, patience)))
		s.ready(t)
		sameInRedis(t, s)
		st.goOn(false)
	})
	t.Run("Asterisk restarts", func(t *testing.T) {
		a, other := s.agent(t, "1011"), s.agent(t, "1003")
		talking := s.call(t, didStageTalk)
		r := a.answers(talking)
		waiting := s.call(t, didStageWait)
		waiting.told(queue.EntryCallEntered)
		ringing := s.call(t, didStageRing)
		rings := other.rings()
		must(t, s.RestartAsterisk(within(t, patience)))
		for _, c := range []*caller{talking, waiting, ringing} {
			c.outcome(queue.OutcomeLost)
		}
		s.ready(t)
		for _, c := range []*phone.Call{talking.Call, waiting.Call, ringing.Call, r, rings} {
			_ = c.Hangup(within(t, patience)) // nobody else knows of them
		}
		a.free() // still logged in, and their phone has found its way back
		next := s.call(t, didStageTalk)
		a.answers(next)
		next.hangUp(queue.OutcomeCompletedByCaller)
		a.free()
		other.free()
	})
	s.nothingLeft(t)
}

// stages is a site with a call in each stage.
type stages struct {
	t *testing.T
	s *site

	late, menuAgent                  *agent // they log in at the end
	ringing1, ringing2               *agent
	whispers, talks, ends            *agent
	menu, wait1, wait2, ring1, ring2 *caller
	whisper, talk, end               *caller
	ring1At, ring2At, whisperAt      *phone.Call
	talkAt                           *phone.Call
	talkSince                        time.Time
}

func arrange(t *testing.T, s *site) *stages {
	t.Helper()
	st := &stages{t: t, s: s}
	st.late, st.menuAgent = s.phone(t, "1001"), s.phone(t, "1002")
	st.ringing1, st.ringing2 = s.agent(t, "1003"), s.agent(t, "1004")
	st.whispers, st.talks, st.ends = s.agent(t, "1005"), s.agent(t, "1011"), s.agent(t, "1012")

	st.talk = s.call(t, didStageTalk)
	st.talkAt = st.talks.rings()
	st.talkSince = st.talks.take(st.talkAt, st.talk)
	st.wait1 = s.call(t, didStageWait)
	st.wait1.told(queue.EntryCallEntered)
	st.wait2 = s.call(t, didStageWait)
	st.ring1 = s.call(t, didStageRing)
	st.ring1At = st.ringing1.rings()
	st.ring2 = s.call(t, didStageRing)
	st.ring2At = st.ringing2.rings()
	st.menu = s.call(t, didStageMenu)
	st.menu.hears("ky/welcome")

	st.end = s.call(t, didStageEnd)
	r := st.ends.answers(st.end)
	st.whisper = s.call(t, didStageWhisper)
	st.whisperAt = st.whispers.rings()
	must(t, r.Hangup(within(t, patience)))
	_, err := st.end.WaitSound(within(t, patience), time.Now().Add(100*time.Millisecond))
	must(t, err)
	must(t, st.whisperAt.Answer(within(t, patience)))
	_, err = st.whisperAt.WaitSound(within(t, patience), time.Time{})
	must(t, err)
	return st
}

// meanwhile is what goes on while something is away: an agent answers.
func (st *stages) meanwhile() {
	st.t.Helper()
	must(st.t, st.ring1At.Answer(within(st.t, patience)))
	talk(st.t, st.talkAt, st.talk, time.Now())
}

// newCaller is served from memory.
func (st *stages) newCaller() {
	st.t.Helper()
	c := st.s.dial(st.t, phone.CallerID{Number: number()}, didStageEnd)
	must(st.t, c.WaitAnswer(within(st.t, patience)))
	st.ends.answers(c)
	must(st.t, c.Hangup(within(st.t, patience)))
}

// goOn takes every call to its end. Away: the daemon could do nothing for a while.
func (st *stages) goOn(away bool) {
	t, s := st.t, st.s
	t.Helper()

	// Those who talked still talk, and have heard nothing of it.
	talk(t, st.talkAt, st.talk, time.Now())
	st.talk.heardAllTheTime(st.talks, st.talkSince)
	must(t, st.talkAt.Hangup(within(t, patience)))
	st.talk.ended()
	st.talk.heardLast("ru/closing")
	st.talk.outcome(queue.OutcomeCompletedByAgent)

	// A party that answered meanwhile is connected; the other phone still rings.
	talk(t, st.ring1At, st.ring1, time.Now())
	st.ringing2.take(st.ring2At, st.ring2)
	st.ring1.hangUp(queue.OutcomeCompletedByCaller)
	st.ring2.hangUp(queue.OutcomeCompletedByCaller)

	// The whisper is over, if it was lost or not.
	talk(t, st.whisperAt, st.whisper, time.Now())
	st.whisper.hangUp(queue.OutcomeCompletedByCaller)

	// The last phrase was heard to its end.
	st.end.ended()
	st.end.outcome(queue.OutcomeCompletedByAgent)
	st.end.heardLast("ru/closing")

	// The menu goes on, and whoever waits is served in order.
	if away {
		hears(t, s, st.menu.Call, "ky/menu-1", time.Time{})
		st.menu.press("2")
	}
	st.menu.told(queue.EntryCallEntered)
	st.menuAgent.code("*101002")
	st.menuAgent.answers(st.menu)
	st.menu.hangUp(queue.OutcomeCompletedByCaller)
	st.late.code("*101001")
	r := st.late.answers(st.wait1)
	must(t, r.Hangup(within(t, patience)))
	st.wait1.ended()
	st.late.answers(st.wait2)
	if silence := st.wait2.heard().Total(ear.Silence); silence > 2*time.Second+watch().longest(st.wait2.At(phone.AnswerReceived)) {
		t.Errorf("who waited heard silence for %v: %s", silence, st.wait2.heard())
	}
	st.wait2.hangUp(queue.OutcomeCompletedByCaller)

	for _, a := range []*agent{st.late, st.menuAgent} {
		a.code("*11")
		a.status(queue.StatusOffline)
	}
	s.nothingLeft(t)
}

// sameInRedis compares what Redis has with what the API tells.
func sameInRedis(t *testing.T, s *site) {
	t.Helper()
	eventually(t, "the same in Redis as in memory", func() error {
		has := func(kind string, want map[string]string) error {
			ids, err := s.redis.ZRange(within(t, patience), "kezek:{bishkek}:"+kind+"s", 0, -1).Result()
			if err != nil {
				return err
			}
			got := map[string]string{}
			for _, id := range ids {
				hash, err := s.redis.HGetAll(within(t, patience), "kezek:{bishkek}:"+kind+":"+id).Result()
				if err != nil {
					return err
				}
				if kind == "agent" {
					got[id] = hash["status"] + " " + hash["call"]
				} else {
					got[id] = hash["state"] + " " + hash["number"] + " " + hash["agent"]
				}
			}
			if !maps.Equal(got, want) {
				return fmt.Errorf("%ss: Redis has %v, the API tells %v", kind, got, want)
			}
			return nil
		}
		calls, err := s.calls(t)
		if err != nil {
			return err
		}
		want := map[string]string{}
		for _, c := range calls {
			want[c.ID] = string(c.State) + " " + c.Number + " " + value(c.Agent)
		}
		if err := has("call", want); err != nil {
			return err
		}
		agents, err := s.agents(t)
		if err != nil {
			return err
		}
		want = map[string]string{}
		for _, a := range agents {
			want[a.ID] = string(a.Status) + " " + value(a.Call)
		}
		return has("agent", want)
	})
}

func value(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
