package ear

import (
	"math"
	"math/cmplx"
	"math/rand/v2"
	"testing"
)

// The quick transform gives what the definition does.
func TestSpectrum(t *testing.T) {
	pcm := make([]int16, frame)
	for i := range pcm {
		pcm[i] = int16(rand.Uint32())
	}
	var power [half]float64
	spectrum(&power, pcm)
	for k, got := range power {
		var sum complex128
		for i, v := range pcm {
			sum += cmplx.Rect(window[i]*float64(v), -2*math.Pi*float64(k*i)/frame)
		}
		if want := cmplx.Abs(sum) * cmplx.Abs(sum); math.Abs(got-want) > 1e-6*(want+1e6) {
			t.Errorf("power %d: %g, want %g", k, got, want)
		}
	}
}

func BenchmarkSpectrum(b *testing.B) {
	pcm := make([]int16, frame)
	for i := range pcm {
		pcm[i] = int16(rand.Uint32())
	}
	var power [half]float64
	for b.Loop() {
		spectrum(&power, pcm)
	}
}
