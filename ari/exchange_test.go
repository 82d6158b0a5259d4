package ari_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"kezek/lab"
	"kezek/lab/phone"
	"kezek/queue"
)

func TestExchange(t *testing.T) {
	l := lab.ForTest(t, lab.Options{})
	s := attach(t, l, nil)
	k := carrier(t, l)
	for _, test := range []struct {
		name string
		run  func(*testing.T, *site, *phone.Carrier)
	}{
		{"Caller", testCaller},
		{"Talk", testTalk},
		{"WordsAfterTalk", testWordsAfterTalk},
		{"Conference", testConference},
		{"Ends", testEnds},
		{"Clients", testClients},
		{"Phones", testPhones},
		{"StrangeCallers", testStrangeCallers},
		{"Leave", testLeave},
		{"Lamp", testLamp},
		{"TalkDetected", testTalkDetected},
	} {
		t.Run(test.name, func(t *testing.T) { test.run(t, s, k) })
	}
}

var hold = queue.Phrase{ID: "hold", Language: "ru"}

func testCaller(t *testing.T, s *site, k *phone.Carrier) {
	ctx := within(t, 20*time.Second)
	caller, arrived := s.call(t, k, phone.CallerID{Number: "+996700123456", Name: "Айгүл \"A\""})
	want := queue.CallArrived{Channel: arrived.Channel, DID: lab.DID, Number: "+996700123456", Name: "Айгүл \"A\""}
	if arrived != want {
		t.Errorf("arrived %+v, want %+v", arrived, want)
	}
	ch := arrived.Channel
	began := time.Now()
	s.do(queue.AnswerCall{Channel: ch}, queue.Play{Channel: ch, ID: ch + "-p1", Phrases: []queue.Phrase{hold}})
	must(t, caller.WaitAnswer(ctx))
	heard, err := caller.WaitSound(ctx, began)
	must(t, err)
	t.Logf("heard a phrase %v after it was told to", heard.Sub(began))
	s.played(t, ch+"-p1")

	// A phrase that is stopped ends at once, and the music follows.
	s.do(queue.Play{Channel: ch, ID: ch + "-p2", Phrases: []queue.Phrase{hold, hold}})
	_, err = caller.WaitSound(ctx, time.Now())
	must(t, err)
	stopped := time.Now()
	s.do(queue.StopPlay{Channel: ch, ID: ch + "-p2"}, queue.Music{Channel: ch, Class: "default"})
	s.played(t, ch+"-p2")
	if took := time.Since(stopped); took > time.Second {
		t.Errorf("phrase ended %v after it was stopped", took)
	}
	_, err = caller.WaitSound(ctx, time.Now())
	must(t, err)
	s.do(queue.StopMusic{Channel: ch})

	must(t, caller.Keys(ctx, "1*"))
	for _, key := range []byte("1*") {
		await(t, s.told, func(e queue.KeyPressed) bool { return e == queue.KeyPressed{Channel: ch, Key: key} })
	}
	must(t, caller.Hangup(ctx))
	if g := s.gone(t, ch); g.Cause != queue.CauseNormal {
		t.Errorf("gone: %v", g)
	}
	// What comes too late is told as ended, and does no harm. Until the channel is
	// gone for good Asterisk takes it, and says nothing of it any more.
	for strings.Contains(s.cli(t, "core show channels concise"), ch) && ctx.Err() == nil {
		time.Sleep(10 * time.Millisecond)
	}
	s.do(queue.Play{Channel: ch, ID: ch + "-p3", Phrases: []queue.Phrase{hold}}, queue.Hangup{Channel: ch, Reason: queue.HangupNormal})
	s.played(t, ch+"-p3")
}

func testTalk(t *testing.T, s *site, k *phone.Carrier) {
	ctx := within(t, 20*time.Second)
	p := agent(t, s.Lab, "1012")
	caller, arrived := s.call(t, k, phone.CallerID{Number: "+996700123456"})
	ch := arrived.Channel
	s.do(queue.AnswerCall{Channel: ch}, queue.Music{Channel: ch, Class: "default"})
	must(t, caller.WaitAnswer(ctx))
	leg := ch + "-l1"
	const name = `KY сатуу 2:10 \ "<Ош>"`
	ring := s.leg(t, p, queue.Dial{Channel: leg, Endpoint: "PJSIP/1012", For: ch, CallerName: name, CallerNumber: "+996700123456"})
	if got, want := ring.Caller(), (phone.Party{Name: name, Number: "+996700123456"}); got != want {
		t.Errorf("phone shows %v, want %v", got, want)
	}
	if ring.AsksAutoAnswer() {
		t.Error("phone is asked to answer by itself")
	}
	must(t, ring.Answer(ctx))
	s.answered(t, leg)
	answered := ring.At(phone.AnswerSent)
	s.do(queue.StopMusic{Channel: ch}, queue.Connect{Bridge: ch + "-b1", Caller: ch, Agent: leg})
	there, err := caller.WaitTone(ctx, ring.Tone(), answered)
	must(t, err)
	here, err := ring.WaitTone(ctx, caller.Tone(), answered)
	must(t, err)
	talking := s.cli(t, "core show channel "+leg)
	if !strings.Contains(talking, "Connected Line ID Name: "+name) {
		t.Errorf("in the talk the agent's phone is to show something else than when it rang: %s", talking)
	}
	if strings.Contains(talking, "Transcode: Yes") {
		t.Errorf("what is said is converted between codecs: %s", talking)
	}
	t.Logf("after the answer the caller hears the agent in %v, the agent the caller in %v", there.Sub(answered), here.Sub(answered))

	must(t, ring.Keys(ctx, "*1"))
	for _, key := range []byte("*1") {
		await(t, s.told, func(e queue.KeyPressed) bool { return e == queue.KeyPressed{Channel: leg, Key: key} })
	}
	must(t, caller.Keys(ctx, "5"))
	await(t, s.told, func(e queue.KeyPressed) bool { return e == queue.KeyPressed{Channel: ch, Key: '5'} })
	for _, far := range []*phone.Call{caller, ring} {
		if at := far.At(phone.KeyReceived); !at.IsZero() {
			t.Errorf("%v hears the other's keys", far)
		}
	}

	// The agent's hold key is no business of the caller's music.
	must(t, ring.Hold(ctx, phone.Inactive))
	held := time.Now().Add(100 * time.Millisecond) // what was under way
	time.Sleep(500 * time.Millisecond)
	if pcm := caller.Recording().Since(held).PCM; slices.ContainsFunc(pcm, func(x int16) bool { return x > 1000 }) {
		t.Error("the caller hears something while the agent's phone holds")
	}
	must(t, ring.Resume(ctx))
	_, err = caller.WaitTone(ctx, ring.Tone(), time.Now())
	must(t, err)

	s.do(queue.Disconnect{Bridge: ch + "-b1", Caller: ch, Agent: leg}, queue.Music{Channel: ch, Class: "default"},
		queue.Hangup{Channel: leg, Reason: queue.HangupNormal})
	if g := s.gone(t, leg); g.Cause != queue.CauseNormal {
		t.Errorf("agent gone: %v", g)
	}
	_, err = caller.WaitSound(ctx, time.Now())
	must(t, err)
	s.do(queue.Hangup{Channel: ch, Reason: queue.HangupNormal})
	_, err = caller.WaitEnd(ctx)
	must(t, err)
	s.gone(t, ch)

	for _, key := range []byte("*1") {
		if n := count(s.told, func(e queue.KeyPressed) bool { return e.Channel == leg && e.Key == key }); n != 1 {
			t.Errorf("key %c was told %d times", key, n)
		}
	}
	if n := count(s.told, func(e queue.LegAnswered) bool { return e.Channel == leg }); n != 1 {
		t.Errorf("answer was told %d times", n)
	}
	if n := count(s.told, func(e queue.ChannelGone) bool { return e.Channel == leg }); n != 1 {
		t.Errorf("end was told %d times", n)
	}
}

// testWordsAfterTalk: what a caller is to hear after a talk is played, however
// quickly it follows the end of the bridge.
func testWordsAfterTalk(t *testing.T, s *site, k *phone.Carrier) {
	ctx := within(t, 2*time.Minute) // listening is slow on a busy machine
	p := agent(t, s.Lab, "1012")
	caller, arrived := s.call(t, k, phone.CallerID{Number: "+996700123456"})
	ch := arrived.Channel
	leg := ch + "-l1"
	s.do(queue.AnswerCall{Channel: ch})
	ring := s.leg(t, p, queue.Dial{Channel: leg, Endpoint: "PJSIP/1012"})
	must(t, ring.Answer(ctx))
	s.answered(t, leg)
	word := queue.Phrase{ID: "status-waiting", Language: "ru"}
	for i := range 12 {
		began := time.Now()
		bridge, play := fmt.Sprintf("%s-b%d", ch, i), fmt.Sprintf("%s-p%d", ch, i)
		s.do(queue.Connect{Bridge: bridge, Caller: ch, Agent: leg})
		_, err := caller.WaitTone(ctx, ring.Tone(), began)
		must(t, err)
		s.do(queue.Disconnect{Bridge: bridge, Caller: ch, Agent: leg}, queue.Play{Channel: ch, ID: play, Phrases: []queue.Phrase{word}})
		s.played(t, play)
	}
	s.do(queue.Hangup{Channel: ch, Reason: queue.HangupNormal}, queue.Hangup{Channel: leg, Reason: queue.HangupNormal})
	s.gone(t, ch)
	s.gone(t, leg)
}

// testTalkDetected: a caller's first word is told, as long as it is asked for. If
// it cannot be told, nobody is taken for a silent one.
func testTalkDetected(t *testing.T, s *site, k *phone.Carrier) {
	s.cli(t, "module unload func_talkdetect.so")
	spoke := func(channel string) func(queue.CallerSpeaks) bool {
		return func(e queue.CallerSpeaks) bool { return e.Channel == channel }
	}
	caller, arrived := s.call(t, k, phone.CallerID{Number: "+996700123457"})
	ch := arrived.Channel
	s.do(queue.AnswerCall{Channel: ch}, queue.DetectTalk{Channel: ch, On: true})
	await(t, s.told, spoke(ch))
	must(t, caller.Hangup(within(t, 5*time.Second)))
	s.cli(t, "module load func_talkdetect.so")

	caller, arrived = s.call(t, k, phone.CallerID{Number: "+996700123458"})
	ch = arrived.Channel
	s.do(queue.AnswerCall{Channel: ch})
	must(t, caller.WaitAnswer(within(t, 5*time.Second)))
	caller.Send(phone.Silence())
	time.Sleep(200 * time.Millisecond)
	s.do(queue.DetectTalk{Channel: ch, On: true})
	time.Sleep(time.Second)
	if n := count(s.told, spoke(ch)); n > 0 {
		t.Error("silence is told as a word")
	}
	caller.Send(phone.Tone(1000))
	await(t, s.told, spoke(ch))
	s.do(queue.DetectTalk{Channel: ch}, queue.Play{Channel: ch, ID: ch + "-p1", Phrases: []queue.Phrase{hold}})
	s.played(t, ch+"-p1")
	caller.Send(phone.Silence())
	time.Sleep(200 * time.Millisecond)
	told := count(s.told, spoke(ch))
	caller.Send(phone.Tone(1000))
	time.Sleep(time.Second)
	if n := count(s.told, spoke(ch)); n != told {
		t.Error("a word is told for which nobody asks any more")
	}
	must(t, caller.Hangup(within(t, 5*time.Second)))
}
