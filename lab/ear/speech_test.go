package ear_test

import (
	"hash/fnv"
	"math"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"

	"kezek/lab/ear"
	"kezek/lab/phone/g711"
)

// voice speaks words that mean nothing, but the same word always sounds the
// same and another one otherwise: what a speech engine does with phrases that
// share words. Each word lasts about 0.3 s.
func voice(phrase string) []int16 {
	pcm := make([]int16, ear.Rate/10)
	for word := range strings.FieldsSeq(phrase) {
		pcm = append(pcm, speak(word)...)
	}
	return append(pcm, make([]int16, ear.Rate/8)...)
}

func speak(word string) []int16 {
	h := fnv.New64()
	h.Write([]byte(word))
	rng := rand.New(rand.NewPCG(h.Sum64(), 1))
	var pcm []int16
	phase := 0.0
	for range 3 { // syllables: a vowel of two formants between closures
		pitch, f1, f2 := 170+60*rng.Float64(), 300+500*rng.Float64(), 900+1600*rng.Float64()
		n := 500 + rng.IntN(500)
		for i := range n {
			phase += 2 * math.Pi * pitch * (1 + 0.1*float64(i)/float64(n)) / ear.Rate
			x := 0.0
			for k := 1; k < 16; k++ {
				f := float64(k) * pitch
				level := 1/(1+sq((f-f1)/120)) + 0.6/(1+sq((f-f2)/150))
				x += level * math.Sin(float64(k)*phase)
			}
			pcm = append(pcm, int16(4000*x*math.Sin(math.Pi*float64(i)/float64(n))))
		}
	}
	return pcm
}

func sq(x float64) float64 { return x * x }

// chords are music of a kind: three notes at a time, each chord half a second.
func chords(seconds float64, seed uint64) []int16 {
	rng := rand.New(rand.NewPCG(seed, 2))
	pcm := make([]int16, int(seconds*ear.Rate))
	var notes [3]float64
	for i := range pcm {
		if i%(ear.Rate/2) == 0 {
			for k := range notes {
				notes[k] = 220 * math.Pow(2, float64(rng.IntN(30))/12)
			}
		}
		x := 0.0
		for _, f := range notes {
			for h := 1.0; h <= 4; h++ {
				x += math.Sin(2*math.Pi*f*h*float64(i)/ear.Rate) / h
			}
		}
		pcm[i] = int16(2500 * x)
	}
	return pcm
}

func tone(hz, seconds float64) []int16 {
	pcm := make([]int16, int(seconds*ear.Rate))
	for i := range pcm {
		pcm[i] = int16(8000 * math.Sin(2*math.Pi*hz*float64(i)/ear.Rate))
	}
	return pcm
}

func silence(seconds float64) []int16 { return make([]int16, int(seconds*ear.Rate)) }

func join(parts ...[]int16) (pcm []int16) {
	for _, p := range parts {
		pcm = append(pcm, p...)
	}
	return pcm
}

// mix adds b to a.
func mix(a, b []int16) []int16 {
	pcm := append([]int16(nil), a...)
	for i := range min(len(a), len(b)) {
		pcm[i] += b[i]
	}
	return pcm
}

// noise is white, of an RMS.
func noise(n int, rms float64) []int16 {
	rng := rand.New(rand.NewPCG(7, 7))
	pcm := make([]int16, n)
	for i := range pcm {
		pcm[i] = int16(rms * rng.NormFloat64())
	}
	return pcm
}

// coded is pcm after a telephone line.
func coded(pcm []int16) []int16 { return g711.ALaw.Decode(nil, g711.ALaw.Encode(nil, pcm)) }

// lost is pcm without every n-th packet.
func lost(pcm []int16, n int) []int16 {
	pcm = append([]int16(nil), pcm...)
	for i := n; (i+1)*160 <= len(pcm); i += n {
		clear(pcm[i*160 : (i+1)*160])
	}
	return pcm
}

// phrases are a small catalogue with phrases that nearly are the same.
var phrases = map[string]string{
	"ru/welcome":    "zdravstvujte vy pozvonili v kompaniju",
	"ru/hold":       "ozhidajte pozhalujsta na linii ja utochnju",
	"ru/return":     "spasibo za ozhidanie",
	"ru/thanks":     "spasibo za", // the beginning of two others
	"ru/closing":    "spasibo za vash zvonok vsego dobrogo",
	"ru/position-3": "vash nomer v ocheredi tri",
	"ru/position-4": "vash nomer v ocheredi chetyre",
	"ru/position-5": "vash nomer v ocheredi pjat",
	"ky/hold":       "suranych linijada kutuu turunuz",
	"ky/position-3": "siz kezekte uchunchu orunda turasyz",
	"ky/position-4": "siz kezekte tortunchu orunda turasyz",
}

// library is the catalogue as files, loaded.
func library(t testing.TB) *ear.Library {
	t.Helper()
	dir := t.TempDir()
	for name, phrase := range phrases {
		write(t, filepath.Join(dir, name+".wav"), voice(phrase))
	}
	l, err := ear.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	return l
}
