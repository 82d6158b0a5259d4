package ari_test

import (
	"strings"
	"testing"
	"time"

	"kezek/lab/phone"
	"kezek/queue"
)

// announces is what a carrier does that lets us hear an announcement, and does not connect us.
func announces(c *phone.Call) {
	_ = c.Progress(phone.Tone(1700), phone.OwnSession)
	time.Sleep(300 * time.Millisecond)
}

// testClients calls clients over the trunk: they see the company's number, and
// end the call in every way there is; what is no number is never dialled.
func testClients(t *testing.T, s *site, k *phone.Carrier) {
	for _, test := range []struct {
		name   string
		client phone.Behaviour
		want   queue.Cause
	}{
		{"busy", phone.Refuse(486), queue.CauseBusy},
		{"declines", phone.Refuse(603), queue.CauseDeclined},
		{"no such number", phone.Refuse(404), queue.CauseNoNumber},
		{"the trunk has no line free", phone.Refuse(503), queue.CauseTrunk},
		{"the trunk refuses us", phone.Refuse(403), queue.CauseTrunk},
		{"the trunk has an error", phone.Refuse(500), queue.CauseTrunk},
		{"rings, then there is an error", phone.RefuseAfter(50*time.Millisecond, 500), queue.CauseDeclined},
		{"nothing comes from the trunk", phone.Ignore, queue.CauseTrunk},
		{"does not answer", phone.Ring, queue.CauseNoAnswer},
		{"the trunk says why, and no more", announces, queue.CauseNoAnswer},
		{"the trunk says why, and gives up", func(c *phone.Call) { announces(c); _ = c.Decline(480) }, queue.CauseNoAnswer},
	} {
		t.Run(test.name, func(t *testing.T) {
			k.Behave(test.client)
			id := s.Name + "-client-" + test.name
			s.do(queue.DialClient{Channel: id, Number: "+996555123456", Timeout: time.Second})
			c, err := k.Expect(within(t, 5*time.Second))
			must(t, err)
			if c.Dialled() != "+996555123456" || c.Caller().Number != trunkCallerID {
				t.Errorf("called %q from %q", c.Dialled(), c.Caller())
			}
			if got := s.gone(t, id); got.Cause != test.want {
				t.Errorf("cause %s, want %s", got.Cause, test.want)
			}
			rang, heard := strings.Contains(test.name, "rings") || test.name == "does not answer", test.name == "the trunk says why, and no more"
			for audio, want := range map[bool]bool{false: rang, true: heard} {
				told := count(s.told, func(e queue.ClientProgress) bool { return e.Channel == id && e.Audio == audio })
				if want && told != 1 || told > 1 || !want && told > 0 && !strings.Contains(test.name, "says why") {
					t.Errorf("told %d times of progress (audio %v)", told, audio)
				}
			}
		})
	}
	k.Behave(nil)

	t.Run("talks to an agent who heard it ring", func(t *testing.T) {
		p := agent(t, s.Lab, "1008")
		leg, client, bridge := s.Name+"-cb-a1", s.Name+"-cb-c2", s.Name+"-cb-b3"
		a := s.leg(t, p, queue.Dial{Channel: leg, Endpoint: "PJSIP/1008"})
		must(t, a.Answer(within(t, 5*time.Second)))
		s.answered(t, leg)
		s.do(
			queue.Play{Channel: leg, ID: leg + "-p1", Phrases: []queue.Phrase{{ID: queue.Ringback}}},
			queue.DialClient{Channel: client, Number: "+996555123456"},
		)
		c, err := k.Expect(within(t, 5*time.Second))
		must(t, err)
		_, err = a.WaitSound(within(t, 5*time.Second), time.Now())
		must(t, err)
		must(t, c.Answer(within(t, 5*time.Second)))
		s.answered(t, client)
		s.do(queue.StopPlay{Channel: leg, ID: leg + "-p1"}, queue.Connect{Bridge: bridge, Caller: client, Agent: leg})
		_, err = a.WaitTone(within(t, 5*time.Second), c.Tone(), time.Now())
		must(t, err)
		_, err = c.WaitTone(within(t, 5*time.Second), a.Tone(), time.Now())
		must(t, err)
		s.do(queue.Hangup{Channel: client}, queue.Hangup{Channel: leg}, queue.Disconnect{Bridge: bridge, Caller: client, Agent: leg})
		s.gone(t, client)
		s.gone(t, leg)
	})

	for _, number := range []string{"", "anonymous", "1,2", "+996555@evil", "${EXTEN}"} {
		id := s.Name + "-client-to-" + number
		s.do(queue.DialClient{Channel: id, Number: number})
		if got := s.gone(t, id); got.Cause != queue.CauseFailed {
			t.Errorf("%q: cause %s", number, got.Cause)
		}
	}
}
