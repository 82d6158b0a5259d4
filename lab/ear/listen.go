package ear

import (
	"cmp"
	"slices"
)

// Listen tells what is in a recording (8 kHz). A prompt must be heard for
// about half a second to be told; how it was coded, its level, some noise and
// lost packets do not matter.
//
// A minute against 500 prompts takes under a second; the first time, about half
// a second more.
func (l *Library) Listen(pcm []int16) Timeline {
	taken := make([]bool, len(pcm)/slice+1)
	heard := l.known(pcm, taken)
	heard = append(heard, l.rest(pcm, taken)...)
	slices.SortStableFunc(heard, func(a, b Heard) int { return cmp.Compare(a.From, b.From) })
	return heard
}

// known finds prompts and music, and marks the slices they take.
func (l *Library) known(pcm []int16, taken []bool) Timeline {
	var claims []*claim
	recording := sketchRecording(pcm)
	for _, e := range l.entries {
		for _, c := range recording.search(e.sketch()) {
			if cl, ok := verify(e, pcm, c); ok {
				claims = append(claims, &cl)
			}
		}
	}
	// The claim that explains most wins, again and again: a phrase that
	// several prompts have in common goes to the one with the rest of it, too.
	// Each turn takes slices that were nobody's, so there is an end to it.
	var heard Timeline
	for {
		for _, c := range claims {
			c.measure(taken)
		}
		claims = slices.DeleteFunc(claims, func(c *claim) bool { return !c.suffices() })
		if len(claims) == 0 {
			return heard
		}
		best := slices.MaxFunc(claims, func(a, b *claim) int { return a.compare(b, pcm) })
		h := best.heard(pcm)
		for _, c := range claims {
			if c.entry != best.entry && c.alike(best) {
				h.Or = append(h.Or, c.entry.name)
			}
		}
		slices.Sort(h.Or)
		h.Or = slices.Compact(h.Or)
		heard = append(heard, h)
		best.take(taken)
	}
}

// tie is how many slices two claims may differ and explain the same.
const tie = 2

// compare orders claims by how well they explain the recording.
func (c *claim) compare(d *claim, pcm []int16) int {
	if n := c.net - d.net; n > tie || n < -tie {
		return n
	}
	return cmp.Or(
		boolCompare(c.completes() && c.begins(), d.completes() && d.begins()),
		boolCompare(c.begins(), d.begins()),
		cmp.Compare(c.score(pcm), d.score(pcm)),
		cmp.Compare(d.entry.name, c.entry.name),
	)
}

func boolCompare(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

// alike tells that c explains as much as the better claim d, in the same
// place, so that nobody could tell which of the two was played.
func (c *claim) alike(d *claim) bool {
	if c.net < d.net-tie || c.begins() != d.begins() || c.completes() != d.completes() {
		return false
	}
	cFrom, cTo := c.bounds()
	dFrom, dTo := d.bounds()
	return min(cTo, dTo)-max(cFrom, dFrom) > (dTo-dFrom)*9/10
}

func (c *claim) heard(pcm []int16) Heard {
	from, to := c.bounds()
	from, to = max(from, 0), min(to, len(pcm))
	h := Heard{
		Kind: c.entry.kind, Name: c.entry.name,
		From: Duration(from), To: Duration(to),
		Offset: Duration(from - c.start),
		Score:  c.score(pcm),
	}
	if h.Kind == Prompt {
		h.Part = float64(to-from) / float64(len(c.entry.pcm))
	}
	return h
}
