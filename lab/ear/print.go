package ear

import (
	"cmp"
	"math"
	"slices"
)

// A print is a sketch of 64 ms of sound in 32 bits: for each pair of
// neighbouring bands, whether the difference of their power grew over the last
// 32 ms (after Haitsma and Kalker). Levels, filters and coding hardly change
// it, so that two recordings of the same sound differ in few bits and two of
// different sounds in half of them.
type print uint32

const (
	bands = 33
	// stride is how far apart the prints of a prompt are taken, and how far
	// back a print looks: 32 ms.
	stride = 256
	// step is how far apart the prints of a recording are taken: 8 ms.
	step = 64
)

// edges are the bins where the bands begin and end: 250 to 3400 Hz, evenly
// spaced as the ear has it.
var edges = func() (e [bands + 1]int) {
	mel := func(hz float64) float64 { return 2595 * math.Log10(1+hz/700) }
	low, high := mel(250), mel(3400)
	for i := range e {
		m := low + (high-low)*float64(i)/bands
		e[i] = int(math.Round(700 * (math.Pow(10, m/2595) - 1) * frame / Rate))
	}
	return e
}()

// sketch is a frame as bands see it: the level of each in nepers.
type sketch [bands]float64

// sketchOf takes the levels of a frame of pcm. It tells whether there is
// anything to be heard.
func sketchOf(pcm []int16) (s sketch, audible bool) {
	var power [frame / 2]float64
	spectrum(&power, pcm)
	total := 0.0
	for b := range s {
		sum := 1.0
		for _, p := range power[edges[b]:edges[b+1]] {
			sum += p
		}
		total += sum
		s[b] = math.Log(sum) / 2
	}
	return s, total > audiblePower
}

// audiblePower is the power of a frame at -50 dBFS.
var audiblePower = math.Pow(32768*math.Pow(10, -50.0/20), 2) * frame * frame / 8

const (
	// drowned is how far below the loudest band, in nepers, a band is when
	// noise may be all there is in it.
	drowned = 4
	// sureBits is how many bits of a print are relied on: those that changed
	// most, for the others a little noise turns over.
	sureBits = 12
)

// difference is the print of a frame s after one before, and which of its bits
// are sure.
func difference(before, s *sketch) (p, sure print) {
	floor, floorBefore := slices.Max(s[:])-drowned, slices.Max(before[:])-drowned
	type change struct {
		bit  int
		size float64
	}
	var changes [bands - 1]change
	n := 0
	for b := range bands - 1 {
		grown := s[b+1] - s[b] - (before[b+1] - before[b])
		if grown > 0 {
			p |= 1 << b
		}
		if max(s[b], s[b+1]) > floor && max(before[b], before[b+1]) > floorBefore {
			changes[n] = change{b, math.Abs(grown)}
			n++
		}
	}
	slices.SortFunc(changes[:n], func(a, b change) int { return cmp.Compare(b.size, a.size) })
	for _, c := range changes[:min(n, sureBits)] {
		sure |= 1 << c.bit
	}
	return p, sure
}

// prints takes the prints of pcm, every samples apart, and which bits of them
// are sure; none are where there is nothing to be heard.
func prints(pcm []int16, every int) (p, sure []print) {
	if len(pcm) < frame {
		return nil, nil
	}
	n := (len(pcm)-frame)/every + 1
	back := stride / every
	all, audible := make([]sketch, n), make([]bool, n)
	p, sure = make([]print, n), make([]print, n)
	for i := range n {
		all[i], audible[i] = sketchOf(pcm[i*every : i*every+frame])
		if i >= back && audible[i] && audible[i-back] {
			p[i], sure[i] = difference(&all[i-back], &all[i])
		}
	}
	return p, sure
}
