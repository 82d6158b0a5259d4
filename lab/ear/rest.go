package ear

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
)

// quiet is the level of silence: a slice whose loudest sample is below it.
const quiet = 160

const (
	// pureTone is the share of a slice's power that tones must have.
	pureTone = 0.8
	// partTone is the share that one of several tones must have.
	partTone = 0.1
)

// Shorter things are not worth a word, in slices.
const (
	minTone    = 3
	minNoise   = 3
	minSilence = 15
	gapTone    = 10 // keys that are pressed interrupt a tone
	gapNoise   = 20 // a voice pauses
)

// run is a stretch of slices with one thing in them.
type run struct{ from, to int }

// rest tells what is in the slices that no prompt and no music took.
func (l *Library) rest(pcm []int16, taken []bool) Timeline {
	tones := make(map[string][]run)
	var noise, silence []run
	known := slices.Sorted(maps.Keys(l.tones))
	told := -1 // the last slice that was told to be something
	for i := range len(pcm) / slice {
		s := pcm[i*slice : (i+1)*slice]
		if taken[i] {
			told = i
			continue
		}
		if !loud(s) {
			silence = extend(silence, i, 0)
			continue
		}
		names := l.tonesIn(known, s)
		for _, name := range names {
			told = i
			tones[name] = extend(tones[name], i, gapTone)
		}
		if len(names) == 0 {
			noise = extend(noise, i, min(gapNoise, i-told-1))
		}
	}
	var heard Timeline
	for name, runs := range tones {
		heard = append(heard, list(Tone, name, runs, minTone)...)
	}
	slices.SortFunc(heard, func(a, b Heard) int { return cmp.Compare(a.Name, b.Name) })
	for _, r := range noise {
		kind := Noise
		if steady(pcm[r.from*slice : r.to*slice]) {
			kind = Music
		}
		heard = append(heard, list(kind, string(kind), []run{r}, minNoise)...)
	}
	return append(heard, list(Silence, string(Silence), silence, minSilence)...)
}

func list(k Kind, name string, runs []run, least int) (t Timeline) {
	for _, r := range runs {
		if r.to-r.from >= least {
			t = append(t, Heard{Kind: k, Name: name, From: Duration(r.from * slice), To: Duration(r.to * slice)})
		}
	}
	return t
}

// extend adds slice i to the last run, if the gap between them is no larger
// than gap.
func extend(runs []run, i, gap int) []run {
	if n := len(runs); n > 0 && i-runs[n-1].to <= gap {
		runs[n-1].to = i + 1
		return runs
	}
	return append(runs, run{i, i + 1})
}

func loud(pcm []int16) bool {
	for _, s := range pcm {
		if s > quiet || s < -quiet {
			return true
		}
	}
	return false
}

// tonesIn names the tones in a slice, if there is nothing else in it.
func (l *Library) tonesIn(known []int, s []int16) (names []string) {
	total := 0.0
	for _, hz := range known {
		if share := ToneShare(s, float64(hz)); share > partTone {
			total += share
			names = append(names, "tone of "+l.tones[hz])
		}
	}
	if total > pureTone {
		return names
	}
	if hz, ok := pure(s); ok {
		return []string{fmt.Sprintf("tone of %d Hz", hz)}
	}
	return nil
}

// pure tells the frequency of a slice that is one steady tone, to 5 Hz. A sine
// is its own neighbours' mean but for a factor, which tells its frequency.
func pure(s []int16) (hz int, ok bool) {
	var self, sum float64
	for i := 1; i+1 < len(s); i++ {
		x := float64(s[i])
		self += x * x
		sum += x * (float64(s[i-1]) + float64(s[i+1])) / 2
	}
	if self == 0 || math.Abs(sum) >= self {
		return 0, false
	}
	f := math.Acos(sum/self) * Rate / (2 * math.Pi)
	if f < 100 || ToneShare(s, f) < pureTone {
		return 0, false
	}
	return 5 * int(math.Round(f/5)), true
}

// steady tells music from speech and noise: it keeps a spectrum for longer
// than 64 ms. Of a second or less nothing can be told.
func steady(pcm []int16) bool {
	const (
		low, high = 8, 220 // bins: 125 to 3400 Hz
		musical   = 0.62   // speech has 0.3 to 0.6, music on hold 0.65 to 0.95
	)
	if len(pcm) < Rate {
		return false
	}
	var before, now [high - low]float64
	var power [frame / 2]float64
	sum, n := 0.0, 0
	for at := 0; at+frame <= len(pcm); at += frame {
		spectrum(&power, pcm[at:at+frame])
		mean := 0.0
		for k := range now {
			now[k] = math.Sqrt(power[low+k])
			mean += now[k] / (high - low)
		}
		var xx, yy, xy float64
		for k := range now {
			now[k] -= mean
			xx += now[k] * now[k]
			yy += before[k] * before[k]
			xy += now[k] * before[k]
		}
		if xx > 0 && yy > 0 {
			sum += xy / math.Sqrt(xx*yy)
			n++
		}
		before = now
	}
	return n > 0 && sum/float64(n) > musical
}
