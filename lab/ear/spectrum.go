package ear

import (
	"math"
	"math/bits"
	"math/cmplx"
)

// frame is the length of audio whose spectrum is taken: 64 ms, which tells the
// harmonics of a voice apart.
const frame = 512

// half is the length of a transform: real samples go in two by two.
const half = frame / 2

var (
	window  [frame]float64   // Hann
	twiddle [half]complex128 // powers of the frame-th root of one
	reverse [half]int        // bit-reversed index
)

func init() {
	for i := range frame {
		window[i] = 0.5 - 0.5*math.Cos(2*math.Pi*float64(i)/frame)
	}
	for i := range half {
		twiddle[i] = cmplx.Rect(1, -2*math.Pi*float64(i)/frame)
		reverse[i] = int(bits.Reverse8(uint8(i)))
	}
}

// spectrum puts the power of pcm's frame at each multiple of Rate/frame Hz
// into power.
//
//go:norace
func spectrum(power *[half]float64, pcm []int16) {
	// Even samples are the real parts, odd ones the imaginary.
	var x [half]complex128
	for i, at := range reverse {
		x[at] = complex(window[2*i]*float64(pcm[2*i]), window[2*i+1]*float64(pcm[2*i+1]))
	}
	for size := 2; size <= half; size *= 2 {
		wing, step := size/2, frame/size
		for at := 0; at < half; at += size {
			for k := range wing {
				a, b := x[at+k], x[at+k+wing]*twiddle[k*step]
				x[at+k], x[at+k+wing] = a+b, a-b
			}
		}
	}
	// The transforms of the two are told apart by their symmetry.
	for i := range power {
		a, b := x[i], cmplx.Conj(x[(half-i)%half])
		sum := (a + b - 1i*(a-b)*twiddle[i]) * 0.5
		power[i] = real(sum)*real(sum) + imag(sum)*imag(sum)
	}
}
