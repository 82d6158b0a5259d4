package phone

import (
	"fmt"
	"math"
	"strconv"
	"time"

	"kezek/lab/ear"
	"kezek/lab/phone/g711"
)

// frame is the number of samples in a packet: 20 ms of 8 kHz.
const frame = 160

// Sound is what a call sends. The zero Sound sends no packets at all.
type Sound struct {
	pcm  []int16
	loop bool
	hz   int
}

// Silence sends packets with nothing to be heard in them, as most phones do.
func Silence() Sound { return Sound{pcm: make([]int16, frame), loop: true} }

// Tone is a steady tone. Multiples of 50 Hz are told apart best, for a whole
// number of their periods fits in a packet; see [ToneOf].
func Tone(hz int) Sound {
	pcm := make([]int16, g711.Rate) // a whole number of periods of any hz
	for i := range pcm {
		pcm[i] = int16(toneLevel * math.Sin(2*math.Pi*float64(hz)*float64(i)/g711.Rate))
	}
	return Sound{pcm: pcm, loop: true, hz: hz}
}

// toneLevel is about -15 dBFS, as loud as speech.
const toneLevel = 8000

// Samples sends pcm (8 kHz) once, then silence.
func Samples(pcm []int16) Sound { return Sound{pcm: pcm} }

// File sends a wave file (8 kHz, 16 bit, mono) once, then silence.
func File(path string) (Sound, error) {
	pcm, err := ear.ReadWAV(path)
	return Sound{pcm: pcm}, err
}

// PCM is what it sends in its first d, at 8 kHz.
func (s Sound) PCM(d time.Duration) []int16 {
	pcm := make([]int16, d*g711.Rate/time.Second)
	s.next(pcm, 0)
	return pcm
}

// next fills out with the samples from position pos on.
func (s Sound) next(out []int16, pos int) {
	for i := range out {
		at := pos + i
		if s.loop {
			at %= len(s.pcm)
		}
		if at < len(s.pcm) {
			out[i] = s.pcm[at]
		} else {
			out[i] = 0
		}
	}
}

// tones are the frequencies that phones and callers send: multiples of 50 Hz
// away from the DTMF frequencies, fax (1100, 2100 Hz) and call progress tones.
var tones = func() []int {
	reserved := []float64{697, 770, 852, 941, 1100, 1209, 1336, 1477, 1633, 2100}
	var free []int
next:
	for hz := 500; hz <= 3300; hz += 50 {
		for _, r := range reserved {
			if math.Abs(float64(hz)-r) < 30 {
				continue next
			}
		}
		free = append(free, hz)
	}
	return free
}()

// agentTones is how many of the tones belong to agents; callers share the rest.
const agentTones = 20

// ToneOf is the frequency in Hz that the phone of an extension sends unless
// told otherwise: one of its own for each of twenty extensions in a row.
func ToneOf(extension string) int {
	n, err := strconv.ParseUint(extension, 10, 32)
	if err != nil {
		for _, c := range extension {
			n += uint64(c)
		}
	}
	return tones[n%agentTones]
}

// callerTone is the frequency of the n-th call of a carrier.
func callerTone(n int) int {
	free := tones[agentTones:]
	return free[n%len(free)]
}

func (s Sound) String() string {
	switch {
	case s.pcm == nil:
		return "nothing"
	case s.hz != 0:
		return fmt.Sprintf("tone of %d Hz", s.hz)
	}
	return fmt.Sprintf("%.2f s of audio", float64(len(s.pcm))/g711.Rate)
}

// Send changes what the call sends from now on.
func (c *Call) Send(s Sound) { c.media.play(s) }

// Tone is the frequency in Hz of the tone that the call sends now, 0 if it
// sends something else.
func (c *Call) Tone() int {
	c.media.mu.Lock()
	defer c.media.mu.Unlock()
	return c.media.sound.hz
}
