package ear

import (
	"math"
	"math/bits"
	"math/cmplx"
)

// frame is the length of audio whose spectrum is taken: 64 ms, which tells the
// harmonics of a voice apart.
const frame = 512

var (
	window  [frame]float64    // Hann
	twiddle [frame]complex128 // powers of the frame-th root of one
	reverse [frame]int        // bit-reversed index
)

func init() {
	for i := range frame {
		window[i] = 0.5 - 0.5*math.Cos(2*math.Pi*float64(i)/frame)
		twiddle[i] = cmplx.Rect(1, -2*math.Pi*float64(i)/frame)
		reverse[i] = int(bits.Reverse16(uint16(i)) >> (16 - 9))
	}
}

// spectrum puts the power of pcm's frame at each multiple of Rate/frame Hz
// into power.
//
//go:norace
func spectrum(power *[frame / 2]float64, pcm []int16) {
	var x [frame]complex128
	for i := range frame {
		x[reverse[i]] = complex(window[i]*float64(pcm[i]), 0)
	}
	for size := 2; size <= frame; size *= 2 {
		half, step := size/2, frame/size
		for at := 0; at < frame; at += size {
			for k := range half {
				a, b := x[at+k], x[at+k+half]*twiddle[k*step]
				x[at+k], x[at+k+half] = a+b, a-b
			}
		}
	}
	for i := range power {
		power[i] = real(x[i])*real(x[i]) + imag(x[i])*imag(x[i])
	}
}
