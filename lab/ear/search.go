package ear

import (
	"cmp"
	"math/bits"
	"slices"
)

// blockPrints is how many prints are compared as one: 384 ms.
const blockPrints = 12

// block is a part of a prompt as the search compares it: two prints to a word.
type block struct {
	print, sure [blockPrints / 2]uint64
	bits        int // that are sure
}

// blocked is a prompt as the search compares it.
type blocked struct {
	skip   int // prints before the first sound, which are in no block
	blocks []block
}

// cut cuts the prints of a prompt into blocks; the last one is filled up.
func cut(p, sure []print) blocked {
	skip := max(0, slices.IndexFunc(sure, func(s print) bool { return s != 0 }))
	p, sure = p[min(skip, len(p)):], sure[min(skip, len(sure)):]
	bs := make([]block, (len(p)+blockPrints-1)/blockPrints)
	for i := range p {
		b, k := &bs[i/blockPrints], i%blockPrints
		b.print[k/2] |= uint64(p[i]) << (32 * (k % 2))
		b.sure[k/2] |= uint64(sure[i]) << (32 * (k % 2))
		b.bits += bits.OnesCount32(uint32(sure[i]))
	}
	return blocked{skip, bs}
}

// sketched is a recording as the search compares it.
type sketched struct {
	pairs   []uint64 // the print at each step, and the one a stride later
	audible []int32  // how many prints are audible before each step
}

func sketchRecording(pcm []int16) sketched {
	const back = stride / step
	p, sure := prints(pcm, step)
	s := sketched{pairs: make([]uint64, len(p)), audible: make([]int32, len(p)+1)}
	for i := range p {
		s.pairs[i] = uint64(p[i])
		if i+back < len(p) {
			s.pairs[i] |= uint64(p[i+back]) << 32
		}
		s.audible[i+1] = s.audible[i]
		if sure[i] != 0 {
			s.audible[i+1]++
		}
	}
	return s
}

// candidate is a place where a prompt may be in the recording.
type candidate struct {
	start int     // of the prompt, in samples of the recording; before 0 if its beginning is missing
	found int     // where in the prompt the block begins that was found
	miss  float64 // share of its sure bits that differ
}

// How many of the sure bits may differ in one block, or in two that follow
// each other. A block of the same sound has 7 % (clean) to 27 % (10 dB of
// noise), of other speech 50 ± 6 %.
const (
	missOne = 0.20
	missTwo = 0.28
	minBits = 48 // a block with fewer says nothing
)

// search finds where blocks of a prompt may be.
//
//go:norace
func (s *sketched) search(b blocked) []candidate {
	const span = blockPrints * stride / step // steps in a block
	// Places are counted in steps, from one at which the last block of the
	// prompt would be the first thing in the recording.
	first := -(b.skip*stride/step + len(b.blocks)*span)
	now, before := make([]int32, len(s.pairs)-first), make([]int32, len(s.pairs)-first)
	bitsBefore := 0
	var found []candidate
	for n := range b.blocks {
		block := &b.blocks[n]
		if block.bits < minBits {
			bitsBefore = 0
			continue
		}
		lead := b.skip*stride/step + n*span // of the block in the prompt
		s.compare(block, now[-lead-first:])
		limitOne := int32(missOne * float64(block.bits))
		limitTwo := int32(missTwo * float64(block.bits+bitsBefore))
		for at := 0; at+span <= len(s.pairs); at++ {
			i := at - lead - first
			d := now[i]
			if d == inaudible || d >= limitTwo {
				continue
			}
			twice := bitsBefore > 0 && at >= span && before[i] != inaudible && d+before[i] < limitTwo
			if d < limitOne || twice {
				found = append(found, candidate{(at - lead) * step, lead * step, float64(d) / float64(block.bits)})
			}
		}
		now, before = before, now
		bitsBefore = block.bits
	}
	return thin(found)
}

// inaudible stands for the distance of a block from silence.
const inaudible = -1

// compare puts into out how many sure bits of a block differ from the
// recording at each step.
//
//go:norace
func (s *sketched) compare(b *block, out []int32) {
	const span = blockPrints * stride / step
	for at := 0; at+span <= len(s.pairs); at++ {
		if s.audible[at+span]-s.audible[at] < span/3 {
			out[at] = inaudible
			continue
		}
		d := 0
		for k := range b.print {
			d += bits.OnesCount64((s.pairs[at+k*2*stride/step] ^ b.print[k]) & b.sure[k])
		}
		out[at] = int32(d)
	}
}

// thin keeps the best of candidates for the same place.
func thin(found []candidate) []candidate {
	slices.SortFunc(found, func(a, b candidate) int { return cmp.Compare(a.miss, b.miss) })
	var kept []candidate
next:
	for _, c := range found {
		for _, k := range kept {
			if d := c.start - k.start; d >= -2*step && d <= 2*step {
				continue next
			}
		}
		kept = append(kept, c)
	}
	return kept
}
