package ari_test

import (
	"strings"
	"testing"
	"time"

	"kezek/lab/phone"
	"kezek/queue"
)

// testStrangeCallers: nothing that a caller claims does harm.
func testStrangeCallers(t *testing.T, s *site, k *phone.Carrier) {
	for name, test := range map[string]struct {
		from         phone.CallerID
		number, show string
	}{
		"plain":          {phone.CallerID{Number: "0700123456", Name: "Bakyt"}, "0700123456", "Bakyt"},
		"nothing":        {phone.CallerID{}, "", ""},
		"withheld":       {phone.CallerID{Number: "+996700123456", Withheld: true}, "", ""},
		"separated":      {phone.CallerID{Number: "+996 (700) 12-34-56"}, "+996700123456", ""},
		"letters":        {phone.CallerID{Number: "alice", Name: "Alice"}, "", "Alice"},
		"parameters":     {phone.CallerID{Number: "+996700123456;phone-context=x"}, "+996700123456", ""},
		"quotes":         {phone.CallerID{Number: "+996700123456", Name: `a"b\c`}, "+996700123456", `a"b\c`},
		"controls":       {phone.CallerID{Number: "+996700123456", Name: "a\x01\u202eb"}, "+996700123456", "ab"},
		"not UTF-8":      {phone.CallerID{Number: "+996700123456", Name: "a\xff\xfeb"}, "+996700123456", "ab"},
		"long number":    {phone.CallerID{Number: strings.Repeat("9", 1000)}, "", ""},
		"long name":      {phone.CallerID{Number: "+996700123456", Name: strings.Repeat("ы", 1000)}, "+996700123456", strings.Repeat("ы", 39)}, /* Asterisk cuts it */
		"dialplan words": {phone.CallerID{Number: "+996700123456", Name: "${SHELL(id)},1,Hangup()"}, "+996700123456", "${SHELL(id)},1,Hangup()"},
	} {
		t.Run(name, func(t *testing.T) {
			caller, arrived := s.call(t, k, test.from)
			if arrived.Number != test.number || !strings.HasPrefix(arrived.Name, test.show) || test.show == "" && arrived.Name != "" {
				t.Errorf("number %q name %q, want %q %q", arrived.Number, arrived.Name, test.number, test.show)
			}
			must(t, caller.Hangup(within(t, 5*time.Second)))
			s.gone(t, arrived.Channel)
		})
	}
}

// testLeave: a call that we send away is over for us, and so is one that somebody takes.
func testLeave(t *testing.T, s *site, k *phone.Carrier) {
	s.configure(t, "extensions.conf", `[fallback]
exten => 700,1,Answer()
 same => n(music),StartMusicOnHold()
 same => n,Wait(60)
exten => 701,1,Stasis(kezek,priority=7,position=2)`, "dialplan reload")
	ctx := within(t, 30*time.Second)
	gone := func(id string) int {
		return count(s.told, func(e queue.ChannelGone) bool { return e.Channel == id })
	}

	caller, arrived := s.call(t, k, phone.CallerID{Number: "+996700123456"})
	s.do(queue.Leave{Channel: arrived.Channel, Place: "fallback,700,1"})
	must(t, caller.WaitAnswer(ctx))
	_, err := caller.WaitSound(ctx, time.Now())
	must(t, err)
	must(t, caller.Hangup(ctx))

	caller, labelled := s.call(t, k, phone.CallerID{Number: "+996700123456"})
	// A phone that has rung for the caller makes Asterisk tell us of that channel to its end.
	leg := labelled.Channel + "-l1"
	s.leg(t, agent(t, s.Lab, "1012"), queue.Dial{Channel: leg, Endpoint: "PJSIP/1012", For: labelled.Channel})
	s.do(queue.Hangup{Channel: leg, Reason: queue.HangupNormal})
	s.gone(t, leg)
	s.do(queue.AnswerCall{Channel: labelled.Channel}, queue.Leave{Channel: labelled.Channel, Place: "fallback,700,music"})
	must(t, caller.WaitAnswer(ctx))
	_, err = caller.WaitSound(ctx, time.Now())
	must(t, err)
	read := s.told.mark()
	s.do(queue.Resync{})
	synced := awaitSince(t, s.told, read, func(queue.Synced) bool { return true })
	if len(synced.Channels) != 0 {
		t.Errorf("after the caller has left these are ours:  %+v", synced.Channels)
	}
	must(t, caller.Hangup(ctx))

	// The caller may come back, with arguments.
	caller, third := s.call(t, k, phone.CallerID{Number: "+996700123456"})
	mark := s.told.mark()
	s.do(queue.Leave{Channel: third.Channel, Place: "fallback,701,1"})
	back := awaitSince(t, s.told, mark, func(e queue.CallArrived) bool { return e.Channel == third.Channel })
	if back.Priority != 7 || back.Position != 2 {
		t.Errorf("came back as %+v", back)
	}
	s.cli(t, "channel redirect "+channelName(t, s)+" fallback,700,1")
	if g := s.gone(t, third.Channel); g.Cause != queue.CauseNormal {
		t.Errorf("redirected: %+v", g)
	}
	must(t, caller.WaitAnswer(ctx))
	must(t, caller.Hangup(ctx))
	if n := gone(arrived.Channel) + gone(labelled.Channel); n != 0 {
		t.Errorf("%d ends were told of callers that we sent away", n)
	}
}

// channelName is the only channel's.
func channelName(t *testing.T, s *site) string {
	t.Helper()
	for range 100 {
		var names []string
		for line := range strings.Lines(s.cli(t, "core show channels concise")) {
			names = append(names, line[:strings.IndexByte(line, '!')])
		}
		if len(names) == 1 {
			return names[0]
		}
		time.Sleep(20 * time.Millisecond) // an earlier one is about to end
	}
	t.Fatal("want one channel")
	return ""
}

func testLamp(t *testing.T, s *site, _ *phone.Carrier) {
	s.cli(t, "dialplan add extension 1012,hint,Stasis:1012 into kezek-agents")
	for _, state := range []struct {
		lamp queue.LampState
		hint string
	}{
		{queue.LampOn, "InUse"},
		{queue.LampBlinking, "Ringing"},
		{queue.LampPaused, "Hold"},
		{queue.LampAway, "Unavailable"},
		{queue.LampDark, "Idle"},
	} {
		// Only the last of many counts.
		for range 20 {
			s.do(queue.Lamp{Name: "1012", State: queue.LampOn}, queue.Lamp{Name: "1012", State: queue.LampDark})
		}
		s.do(queue.Lamp{Name: "1012", State: state.lamp})
		deadline := time.Now().Add(5 * time.Second)
		for !strings.Contains(s.cli(t, "core show hint 1012"), "State:"+state.hint+" ") {
			if time.Now().After(deadline) {
				t.Fatalf("lamp is not %s:\n%s", state.hint, s.cli(t, "core show hint 1012"))
			}
			time.Sleep(20 * time.Millisecond)
		}
	}
	// They are read, but for those at rest.
	s.do(queue.Lamp{Name: "1013", State: queue.LampPaused})
	for reading := range 2 {
		s.do(queue.Resync{})
		told := awaitSince(t, s.told, s.told.mark(), func(queue.Synced) bool { return true })
		if _, known := told.Lamps["1012"]; known || told.Lamps["1013"] != queue.LampPaused || len(told.Lamps) != 1 {
			t.Errorf("reading %d: lamps %v", reading, told.Lamps)
		}
	}
}
