package ear

import (
	"math"
	"slices"
)

// slice is the unit of hearing: 20 ms, a packet.
const slice = 160

// claim is a prompt that was found: where it lies and which of its slices are
// in the recording.
type claim struct {
	entry *entry
	start int    // in samples of the recording
	agree []int8 // for each slice of the prompt: 1 heard, -1 something else, 0 silent in the prompt

	from, to int // the slices that were heard, of agree
	net      int // how many more of them agree than disagree
}

const (
	// sameLag is the correlation that a candidate must have over 200 ms, once
	// it is aligned to the sample, to be looked at.
	sameLag = 0.5
	// reach is how far, in samples, the right place of a candidate may be.
	reach = 5 * step / 2
	// sameSlice is the correlation of a slice that counts as heard.
	sameSlice = 0.6
	// sameSound is the correlation of all that was heard of a prompt, below
	// which it was something else. Noise at -10 dB leaves 0.95.
	sameSound = 0.75
	// enough slices make a claim, 240 ms, or of a prompt of a single short
	// word the most of it, but not less than few.
	enough = 12
	few    = 6
)

// verify aligns a candidate to the sample and compares slice by slice.
func verify(e *entry, pcm []int16, c candidate) (best claim, ok bool) {
	for _, start := range align(e.pcm, pcm, c) {
		if cl := compare(e, pcm, start); !ok || cl.net > best.net {
			best, ok = cl, true
		}
	}
	return best, ok && best.suffices() && best.score(pcm) > sameSound
}

// compare makes the claim that a prompt starts at a sample of the recording.
func compare(e *entry, pcm []int16, start int) claim {
	c := claim{entry: e, start: start, agree: make([]int8, (len(e.pcm)+slice-1)/slice)}
	for i := range c.agree {
		// Half a slice more on both sides steadies the correlation.
		a, b := max(0, -start, i*slice-slice/2), min(len(e.pcm), len(pcm)-start, (i+1)*slice+slice/2)
		if b-a < slice/2 {
			c.agree[i] = -1
			continue
		}
		x, y := e.pcm[a:b], pcm[a+start:b+start]
		switch {
		case product(x, x) < quietPower*float64(b-a):
		case correlation(x, y) > sameSlice:
			c.agree[i] = 1
		default:
			c.agree[i] = -1
		}
	}
	c.measure(nil)
	return c
}

// suffices tells that enough was heard. A prompt without its beginning needs
// twice as much: that does not happen often, and a syllable may be like another.
func (c *claim) suffices() bool {
	if !c.begins() {
		return c.net >= 2*enough
	}
	sounding := len(c.agree) - count(c.agree, 0)
	return c.net >= enough || c.net >= few && c.net >= sounding*3/4
}

func count(values []int8, v int8) (n int) {
	for _, x := range values {
		if x == v {
			n++
		}
	}
	return n
}

// quietPower is the power of a sample below which a prompt is silent: -50 dBFS.
var quietPower = math.Pow(32768*math.Pow(10, -50.0/20), 2)

// align finds the samples where a candidate may start: the peaks of its
// correlation over 200 ms. There may be several nearly as good, a period of the
// voice apart; the best of them need not be the right one if a packet is lost.
func align(prompt, pcm []int16, c candidate) (starts []int) {
	a, b := loudest(prompt, c.found, min(c.found+(blockPrints-1)*stride+frame, len(prompt)))
	x := prompt[a:b]
	first, last := max(c.start-reach, -a), min(c.start+reach, len(pcm)-b)
	if last < first {
		return nil
	}
	xx := product(x, x)
	yy := product(pcm[first+a:first+b], pcm[first+a:first+b])
	cor := make([]float64, last-first+1)
	for i := range cor {
		y := pcm[first+i+a : first+i+b]
		if xx > 0 && yy > 0 {
			cor[i] = product(x, y) / math.Sqrt(xx*yy)
		}
		if first+i+b < len(pcm) { // on to the next sample
			yy += sq(pcm[first+i+b]) - sq(y[0])
		}
	}
	least := max(sameLag, 0.9*slices.Max(cor))
	for i, v := range cor {
		if v > least && (i == 0 || v > cor[i-1]) && (i == len(cor)-1 || v >= cor[i+1]) {
			starts = append(starts, first+i)
		}
	}
	return starts
}

func sq(s int16) float64 { return float64(s) * float64(s) }

// loudest is the loudest 200 ms of pcm between a and b.
func loudest(pcm []int16, a, b int) (from, to int) {
	const span = 10 * slice
	best := -1.0
	for s := a; s+span <= b; s += slice {
		if p := product(pcm[s:s+span], pcm[s:s+span]); p > best {
			best, from = p, s
		}
	}
	if best < 0 {
		return a, b
	}
	return from, from + span
}

// correlation is the normalised correlation of two pieces of the same length.
func correlation(x, y []int16) float64 {
	xx, yy := product(x, x), product(y, y)
	if xx == 0 || yy == 0 {
		return 0
	}
	return product(x, y) / math.Sqrt(xx*yy)
}

// product is the inner product of two pieces of the same length, eight samples
// at a time: most of the work of listening is done here.
//
//go:norace
func product(x, y []int16) float64 {
	var s0, s1, s2, s3 int64
	for len(x) >= 8 && len(y) >= 8 {
		s0 += int64(x[0])*int64(y[0]) + int64(x[4])*int64(y[4])
		s1 += int64(x[1])*int64(y[1]) + int64(x[5])*int64(y[5])
		s2 += int64(x[2])*int64(y[2]) + int64(x[6])*int64(y[6])
		s3 += int64(x[3])*int64(y[3]) + int64(x[7])*int64(y[7])
		x, y = x[8:], y[8:]
	}
	for i, v := range x {
		s0 += int64(v) * int64(y[i])
	}
	return float64(s0 + s1 + s2 + s3)
}

// measure finds the stretch of slices that was heard: the one with most
// agreement net of disagreement. Slices that another claim took disagree.
func (c *claim) measure(taken []bool) {
	c.from, c.to, c.net = 0, 0, 0
	from, sum := 0, 0
	for i, v := range c.agree {
		v := int(v)
		if v > 0 && c.isTaken(i, taken) {
			v = -1
		}
		if sum <= 0 {
			from, sum = i, 0
		}
		if sum += v; sum > c.net {
			c.from, c.to, c.net = from, i+1, sum
		}
	}
	for c.from < c.to && c.agree[c.from] == 0 { // silence is no beginning
		c.from++
	}
}

func (c *claim) isTaken(i int, taken []bool) bool {
	at := (c.start + i*slice + slice/2) / slice
	return at >= 0 && at < len(taken) && taken[at]
}

// take marks the slices of the recording that the claim explains.
func (c *claim) take(taken []bool) {
	from, to := c.bounds()
	for at := (from + slice/2) / slice; at < (to+slice/2)/slice; at++ {
		if at >= 0 && at < len(taken) {
			taken[at] = true
		}
	}
}

// bounds are the samples of the recording where the prompt was heard. Silence
// before its first sound belongs to it if the sound was heard, and likewise
// at its end.
func (c *claim) bounds() (from, to int) {
	from, to = c.start+c.from*slice, c.start+c.to*slice
	if c.begins() {
		from = c.start
	}
	if c.completes() {
		to = c.start + len(c.entry.pcm)
	}
	return from, to
}

// edge is how many slices at the edge of a prompt may be too faint to agree.
const edge = 2

func (c *claim) begins() bool    { return !c.loud(0, c.from) }
func (c *claim) completes() bool { return !c.loud(c.to, len(c.agree)) }

// loud tells that more than an edge of the slices from a to b have sound.
func (c *claim) loud(a, b int) bool {
	return b-a-count(c.agree[a:b], 0) > edge
}

// score is the correlation over all that was heard.
func (c *claim) score(pcm []int16) float64 {
	from, to := c.bounds()
	from, to = max(from, 0), min(to, len(pcm))
	return correlation(c.entry.pcm[from-c.start:to-c.start], pcm[from:to])
}
