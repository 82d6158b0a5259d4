package e2e

import (
	"testing"
	"time"

	"kezek/lab/phone"
	"kezek/queue"
)

const didKillOpen = "+996312900841"

// callbackKillConfig has a queue for each stage that a callback is in when the daemon is killed.
const callbackKillConfig = `
queues:
  open:     {did: ["` + didKillOpen + `"], did_language: {"` + didKillOpen + `": ru}, default_language: ru, wrapup: 0s, callback: {instant: 50ms}}
  offered:  {did: ["+996312900842"], default_language: ru, wrapup: 0s, ring: {timeout: 60s}, callback: {instant: 50ms}}
  briefing: {did: ["+996312900843"], default_language: ru, wrapup: 0s, callback: {instant: 50ms}}
  dialling: {did: ["+996312900844"], default_language: ru, wrapup: 0s, callback: {instant: 50ms, ring: 60s}}
  greeting: {did: ["+996312900845"], default_language: ru, wrapup: 0s, callback: {instant: 50ms}, recording: {on: true}}
  talking:  {did: ["+996312900846"], default_language: ru, wrapup: 0s, callback: {instant: 50ms}}
agents:
  "1001": {queues: [open]}
  "1002": {queues: [offered]}
  "1003": {queues: [briefing]}
  "1004": {queues: [dialling]}
  "1005": {queues: [greeting]}
  "1011": {queues: [talking], speech: ru}
`

// TestCallbackSurvivesKills: the daemon is killed at each stage of a callback.
// Afterwards the client is called, or talks on: once in all.
func TestCallbackSurvivesKills(t *testing.T) {
	t.Parallel()
	s := openCallbacks(t, callbackKillConfig)
	stages := map[*client]queue.CallbackState{}
	promised := func(id, queue string, stage queue.CallbackState, behave phone.Behaviour) (*client, *phone.Call) {
		t.Helper()
		a, c := s.agent(t, id), s.client(t, behave)
		c.isPromised(queue)
		stages[c] = stage
		return c, a.ringsBack(c)
	}
	// kill finds each callback at its stage in Redis when the daemon is dead.
	kill := func() {
		t.Helper()
		ids := map[*client]string{}
		for c := range stages {
			ids[c] = c.told(queue.EntryCallbackBooked)["callback"]
		}
		s.KillDaemon()
		for c, want := range stages {
			got, err := s.redis.HGet(within(t, patience), "kezek:{bishkek}:callback:"+ids[c], "state").Result()
			if err != nil || got != string(want) {
				t.Errorf("killed when the callback was %q (%v), want %s", got, err, want)
			}
		}
		s.ready(t)
		clear(stages)
	}

	// The short stage comes last: the others wait for the killing.
	free := s.agent(t, "1001")
	first := s.call(t, didKillOpen)
	leg := free.answers(first)
	open := s.client(t, answers)
	open.isPromised("open")
	stages[open] = queue.CallbackOpen
	offered, offeredAt := promised("1002", "offered", queue.CallbackOffered, answers)
	dialling, diallingAt := promised("1004", "dialling", queue.CallbackDialling, phone.Ring)
	must(t, diallingAt.Answer(within(t, patience)))
	rings := dialling.isCalled()
	talking, talkingAt := promised("1011", "talking", queue.CallbackTalking, answers)
	must(t, talkingAt.Answer(within(t, patience)))
	talks := talking.isCalled()
	since, err := talks.WaitTone(within(t, patience), talkingAt.Tone(), time.Time{})
	must(t, err)
	briefing, briefingAt := promised("1003", "briefing", queue.CallbackBriefing, answers)
	must(t, briefingAt.Answer(within(t, patience)))
	_, err = briefingAt.WaitSound(within(t, patience), time.Time{})
	must(t, err)
	kill()

	(&caller{Call: talks, t: t, s: s.site, number: talking.number}).heardAllTheTime(&agent{id: "1011"}, since)
	talking.talks(talkingAt, talks)
	call := briefing.isCalled()
	hears(t, s.site, call, "ru/callback-greeting", time.Time{})
	briefing.talks(briefingAt, call)
	must(t, rings.Answer(within(t, patience)))
	hears(t, s.site, rings, "ru/callback-greeting", time.Time{})
	dialling.talks(diallingAt, rings)
	offered.isServed(offeredAt)
	must(t, leg.Hangup(within(t, patience)))
	open.isServed(free.ringsBack(open))

	greeting, greetingAt := promised("1005", "greeting", queue.CallbackGreeting, answers)
	must(t, greetingAt.Answer(within(t, patience)))
	greeted := greeting.isCalled()
	_, err = greeted.WaitSound(within(t, patience), time.Time{})
	must(t, err)
	kill()
	// They must hear all of it, and that they are recorded, before that begins.
	both, err := greeted.WaitTone(within(t, patience), greetingAt.Tone(), time.Now())
	must(t, err)
	heardWhole(t, s.site, greeted, "ru/recorded", both)
	greeting.talks(greetingAt, greeted)

	s.check(t)
	for _, c := range []*client{open, offered, briefing, dialling, greeting, talking} {
		if n := c.called(); n != 1 {
			t.Errorf("%s was called %d times", c.number, n)
		}
	}
}
