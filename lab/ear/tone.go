package ear

import (
	"math"
	"slices"
)

// ToneShare is the share of pcm's power that lies at hz, from 0 to 1: the
// Goertzel algorithm. It is sharp to 1/duration: 20 ms tell tones 50 Hz apart.
//
//go:norace
func ToneShare(pcm []int16, hz float64) float64 {
	coeff := 2 * math.Cos(2*math.Pi*hz/Rate)
	var s1, s2, power float64
	for _, s := range pcm {
		x := float64(s)
		s1, s2 = x+coeff*s1-s2, s1
		power += x * x
	}
	if power == 0 {
		return 0
	}
	at := s1*s1 + s2*s2 - coeff*s1*s2
	return min(1, 2*at/(power*float64(len(pcm))))
}

// Together reports whether all of these tones are in any whole fifth of a second:
// in the rest, which is shorter, one tone may look like any other.
func Together(pcm []int16, hz ...int) bool {
	for ; len(pcm) >= Rate/5; pcm = pcm[Rate/5:] {
		if !slices.ContainsFunc(hz, func(hz int) bool { return ToneShare(pcm[:Rate/5], float64(hz)) < 0.15 }) {
			return true
		}
	}
	return false
}
