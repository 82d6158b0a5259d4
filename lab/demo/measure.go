package demo

import (
	"fmt"
	"slices"
	"time"

	"kezek/lab/ear"
	"kezek/lab/phone"
)

// Audio is looked at packet by packet.
const (
	slice   = 20 * time.Millisecond
	samples = int(slice * ear.Rate / time.Second)
)

// missing is how much of a voice, which spoke all the time from one time to
// another, was not heard. What came late was heard.
func missing(rec phone.Recording, from, to time.Time, hz int) time.Duration {
	heard := time.Duration(0)
	for pcm := range slices.Chunk(rec.Since(from).PCM, samples) {
		if isLoud(pcm) && ear.ToneShare(pcm, float64(hz)) > 0.5 {
			heard += slice
		}
	}
	return max(0, to.Sub(from)-heard)
}

// quietest is the longest time between from and to in which nothing was heard.
func quietest(rec phone.Recording, from, to time.Time) (longest time.Duration) {
	quiet := time.Duration(0)
	at := from
	for pcm := range slices.Chunk(rec.Since(from).PCM, samples) {
		if !at.Before(to) {
			break
		}
		if isLoud(pcm) {
			quiet = 0
		} else {
			quiet += slice
		}
		longest = max(longest, quiet)
		at = at.Add(slice)
	}
	return max(longest, to.Sub(at))
}

// isLoud tells whether anything is heard.
func isLoud(pcm []int16) bool {
	const quiet = 160
	for _, s := range pcm {
		if s > quiet || s < -quiet {
			return true
		}
	}
	return false
}

// ms is a duration in milliseconds, for people.
func ms(d time.Duration) string {
	return fmt.Sprintf("%d ms", d.Round(time.Millisecond).Milliseconds())
}

// median is the middle one of several. Text tells it, and the shortest and
// longest.
func median(all []time.Duration) (m time.Duration, text string) {
	if len(all) == 0 {
		return 0, "none"
	}
	sorted := slices.Sorted(slices.Values(all))
	m = sorted[len(sorted)/2]
	return m, fmt.Sprintf("median %s (%d to %s, %d times)", ms(m), sorted[0].Milliseconds(), ms(sorted[len(sorted)-1]), len(all))
}
