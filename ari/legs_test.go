package ari_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"kezek/lab/phone"
	"kezek/queue"
)

func answersWith(session phone.Session) phone.Behaviour {
	return func(c *phone.Call) { _ = c.AnswerWith(context.Background(), session) }
}

// testEnds lets a phone end a ringing in every way there is.
func testEnds(t *testing.T, s *site, _ *phone.Carrier) {
	p := agent(t, s.Lab, "1005")
	for _, test := range []struct {
		name    string
		phone   phone.Behaviour
		timeout time.Duration
		want    queue.Cause
	}{
		{"busy", phone.Refuse(486), 0, queue.CauseBusy},
		{"busy everywhere", phone.Refuse(600), 0, queue.CauseBusy},
		{"declined", phone.Refuse(603), 0, queue.CauseDeclined},
		{"declined after ringing", phone.RefuseAfter(50*time.Millisecond, 603), 0, queue.CauseDeclined},
		{"does not answer", phone.Refuse(480), 0, queue.CauseNoAnswer},
		{"request timeout", phone.Refuse(408), 0, queue.CauseUnreachable},
		{"rings, then a timeout", phone.RefuseAfter(50*time.Millisecond, 408), 0, queue.CauseDeclined},
		{"forwards", phone.Refuse(302), 0, queue.CauseForwarded},
		{"no such user", phone.Refuse(404), 0, queue.CauseDeclined},
		{"its own error", phone.Refuse(500), 0, queue.CauseDeclined},
		{"no service", phone.Refuse(503), 0, queue.CauseUnreachable},
		{"rings, then no service", phone.RefuseAfter(50*time.Millisecond, 503), 0, queue.CauseDeclined},
		{"unheard of", phone.Refuse(699), 0, queue.CauseDeclined},
		{"no common codec", phone.Refuse(488), 0, queue.CauseNoCodec},
		{"answers without a session", answersWith(phone.NoSession), 0, queue.CauseNoCodec},
		{"rings out", phone.Ring, time.Second, queue.CauseNoAnswer},
		{"is silent", phone.Ignore, time.Second, queue.CauseUnreachable},
	} {
		t.Run(test.name, func(t *testing.T) {
			p.Behave(test.phone)
			id := s.Name + "-ends-" + test.name // ids may contain anything
			s.leg(t, p, queue.Dial{Channel: id, Endpoint: "PJSIP/1005", Timeout: test.timeout})
			if got := s.gone(t, id); got.Cause != test.want {
				t.Errorf("cause %s, want %s", got.Cause, test.want)
			}
		})
	}
	p.Behave(nil)

	t.Run("cancelled", func(t *testing.T) {
		for reason, elsewhere := range map[queue.HangupReason]bool{queue.HangupAnsweredElsewhere: true, queue.HangupNormal: false} {
			id := s.Name + "-cancelled-" + string(reason)
			c := s.leg(t, p, queue.Dial{Channel: id, Endpoint: "PJSIP/1005"})
			_, err := c.Wait(within(t, 5*time.Second), phone.RingingSent)
			must(t, err)
			// Before it hears of the ringing Asterisk's CANCEL would come late, and without a reason.
			for within := time.Now().Add(5 * time.Second); !strings.Contains(s.cli(t, "core show channels concise"), "!Ringing!"); {
				if time.Now().After(within) {
					t.Fatal("Asterisk does not hear the phone ring")
				}
			}
			s.do(queue.Hangup{Channel: id, Reason: reason})
			if got := s.gone(t, id); got.Cause != queue.CauseCancelled {
				t.Errorf("%s: cause %s", reason, got.Cause)
			}
			end, err := c.WaitEnd(within(t, 5*time.Second))
			must(t, err)
			if end.Elsewhere() != elsewhere {
				t.Errorf("%s: the phone was told %v", reason, end)
			}
		}
	})
	t.Run("cancelled at once", func(t *testing.T) {
		id := s.Name + "-at-once"
		s.do(queue.Dial{Channel: id, Endpoint: "PJSIP/1005"}, queue.Hangup{Channel: id, Reason: queue.HangupNormal})
		if got := s.gone(t, id); got.Cause != queue.CauseCancelled {
			t.Errorf("cause %s", got.Cause)
		}
	})
	t.Run("hung up by the agent", func(t *testing.T) {
		id := s.Name + "-by-agent"
		c := s.leg(t, p, queue.Dial{Channel: id, Endpoint: "PJSIP/1005", AutoAnswer: true})
		if !c.AsksAutoAnswer() {
			t.Error("phone is not asked to answer by itself")
		}
		must(t, c.Answer(within(t, 5*time.Second)))
		s.answered(t, id)
		must(t, c.Hangup(within(t, 5*time.Second)))
		if got := s.gone(t, id); got.Cause != queue.CauseNormal {
			t.Errorf("cause %s", got.Cause)
		}
	})
	t.Run("vanishes in a call", func(t *testing.T) {
		s.configure(t, "pjsip.conf", "[deaf](phone)\nrtp_timeout = 1\naors = 1005", "module reload res_pjsip.so")
		id := s.Name + "-vanishes"
		c := s.leg(t, p, queue.Dial{Channel: id, Endpoint: "PJSIP/deaf"})
		must(t, c.Answer(within(t, 5*time.Second)))
		s.answered(t, id)
		p.Vanish()
		if got := s.gone(t, id); got.Cause != queue.CauseDropped {
			t.Errorf("cause %s", got.Cause)
		}
	})
	t.Run("no contact", func(t *testing.T) {
		for _, endpoint := range []string{"PJSIP/1004", "PJSIP/nobody"} {
			id := s.Name + "-to-" + endpoint
			s.do(queue.Dial{Channel: id, Endpoint: endpoint})
			if got := s.gone(t, id); got.Cause != queue.CauseUnreachable {
				t.Errorf("%s: cause %s", endpoint, got.Cause)
			}
		}
	})

	s.do(queue.Resync{Exchange: s.Name})
	mark := s.told.mark()
	awaitSince(t, s.told, mark, func(queue.Synced) bool { return true })
	told := map[string]int{}
	for _, ev := range s.told.all()[:mark] {
		if ev, ok := ev.(queue.ChannelGone); ok {
			told[ev.Channel]++
		}
	}
	for id, n := range told {
		if n != 1 {
			t.Errorf("the end of %s was told %d times", id, n)
		}
	}
}

func testPhones(t *testing.T, s *site, _ *phone.Carrier) {
	await := func(mark int, is queue.PhoneChanged) int {
		t.Helper()
		is.Endpoint = "PJSIP/1006"
		awaitSince(t, s.told, mark, func(e queue.PhoneChanged) bool { return e == is })
		return mark + slices.Index(s.told.all()[mark:], queue.Event(is)) + 1 // the next one may have come already
	}
	changed := func(mark int, reachable, inUse bool) int {
		t.Helper()
		return await(mark, queue.PhoneChanged{Reachable: reachable, InUse: inUse})
	}
	s.cli(t, "dialplan add extension 700,1,Answer into kezek-agents")
	s.cli(t, "dialplan add extension 700,2,Wait,60 into kezek-agents")
	ctx := within(t, 20*time.Second)
	mark := s.told.mark()
	p := agent(t, s.Lab, "1006")
	mark = changed(mark, true, false)

	own, err := p.Call(ctx, "700")
	must(t, err)
	mark = changed(mark, true, true)
	must(t, own.WaitAnswer(ctx))
	mark = await(mark, queue.PhoneChanged{Reachable: true, InUse: true, Talks: true})

	// Our leg beside it changes nothing, its end neither.
	leg := s.Name + "-phones"
	c := s.leg(t, p, queue.Dial{Channel: leg, Endpoint: "PJSIP/1006"})
	must(t, c.Answer(ctx))
	s.answered(t, leg)
	s.do(queue.Hangup{Channel: leg})
	s.gone(t, leg)
	must(t, own.Hangup(ctx))
	mark = changed(mark, true, false)
	if n := count(s.told, func(e queue.PhoneChanged) bool { return e.Endpoint == "PJSIP/1006" }); n != 4 {
		t.Errorf("%d changes of the phone, want 4", n)
	}

	// Qualify finds a phone that lost its power.
	p.Vanish()
	mark = changed(mark, false, false)
	must(t, p.Return(ctx))
	mark = changed(mark, true, false)
	must(t, p.Unregister(ctx))
	changed(mark, false, false)
}
