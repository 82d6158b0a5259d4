package e2e

import (
	"math"
	"slices"
	"testing"
	"time"

	"kezek/lab/ear"
	"kezek/lab/phone"
)

// holdOverPhrase: whoever comes back is heard at once, and both hear the return phrase under the voices.
func holdOverPhrase(t *testing.T, s *site) {
	a, c := s.agent(t, "1014"), s.call(t, didHoldOver)
	leg := a.answers(c)
	// A machine that is too busy to play without a gap may need a second try.
	together := false
	for round := 0; round < 3 && !together; round++ {
		begun := time.Now()
		must(t, leg.Hold(within(t, patience), phone.SendOnly))
		hears(t, s, c.Call, "ru/hold", begun)
		time.Sleep(time.Until(begun.Add(aHold)))
		pressed := time.Now()
		must(t, leg.Resume(within(t, patience)))
		soon(t, "voices after the return key", pressed, talk(t, leg, c, pressed))
		time.Sleep(3 * time.Second)
		together = true
		for _, ears := range []struct {
			who  *phone.Call
			tone int
		}{{c.Call, leg.Tone()}, {leg, c.Tone()}} {
			from, to, gap := underPhrase(t, s, ears.who, pressed, ears.tone)
			t.Logf("round %d: %v heard the phrase from %v to %v after the key, and the voice missed %v of it", round, ears.who, from, to, gap)
			together = together && from < 500*time.Millisecond && to-from > 500*time.Millisecond && gap <= 100*time.Millisecond
		}
	}
	if !together {
		t.Error("the phrase is not heard with the voices")
	}
	// Keys are keys still.
	must(t, leg.Keys(within(t, patience), "*1"))
	hears(t, s, c.Call, "ru/hold", time.Now().Add(-time.Second))
	must(t, c.Hangup(within(t, patience)))
}

// underPhrase is when somebody heard the return phrase, and how much of a tone was missing meanwhile.
func underPhrase(t *testing.T, s *site, c *phone.Call, since time.Time, hz int) (from, to, missing time.Duration) {
	t.Helper()
	rec := c.Recording().Since(since)
	l, err := s.ear.Only("ru/return", "ru/hold")
	must(t, err)
	all := l.Listen(without(rec.PCM, float64(hz)))
	t.Logf("without the tone: %s", all)
	i := slices.IndexFunc(all, func(h ear.Heard) bool { return h.Name == "ru/return" })
	if i < 0 {
		return 0, 0, 0
	}
	from, to = all[i].From, all[i].To
	const slice = ear.Rate / 50
	for at := int(from.Seconds() * ear.Rate); at+slice <= int(to.Seconds()*ear.Rate); at += slice {
		if amplitude(rec.PCM[at:at+slice], float64(hz)) < 500 {
			missing += 20 * time.Millisecond
		}
	}
	return from, to, missing
}

// fit is the tone of a frequency that is in some samples.
func fit(pcm []int16, hz float64) (sin, cos float64) {
	for i, v := range pcm {
		phase := 2 * math.Pi * hz * float64(i) / ear.Rate
		sin += float64(v) * math.Sin(phase)
		cos += float64(v) * math.Cos(phase)
	}
	n := float64(len(pcm)) / 2
	return sin / n, cos / n
}

func amplitude(pcm []int16, hz float64) float64 { return math.Hypot(fit(pcm, hz)) }

// without takes a tone out of a recording.
func without(pcm []int16, hz float64) []int16 {
	out := slices.Clone(pcm)
	for part := range slices.Chunk(out, ear.Rate/50) {
		sin, cos := fit(part, hz)
		for i := range part {
			phase := 2 * math.Pi * hz * float64(i) / ear.Rate
			part[i] -= int16(sin*math.Sin(phase) + cos*math.Cos(phase))
		}
	}
	return out
}
