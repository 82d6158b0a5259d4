// Package sound reads the audio files that Asterisk plays and measures them.
package sound

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"path"
	"slices"
)

// Sound is 16-bit mono PCM.
type Sound struct {
	Rate    int // samples in a second
	Samples []int16
}

// Rates gives for each file ending the only sample rate at which Asterisk plays it.
var Rates = map[string]int{".wav": 8000, ".wav16": 16000, ".sln16": 16000}

// ErrFormat is wrapped by every error of Decode.
var ErrFormat = errors.New("wrong format")

// Decode reads a file by its ending, one of Rates. It refuses what Asterisk would not play and says what is wanted.
func Decode(name string, data []byte) (Sound, error) {
	ext := path.Ext(name)
	rate, ok := Rates[ext]
	if !ok {
		return Sound{}, fmt.Errorf("%w: ending %q: want .wav (8 kHz), .wav16 or .sln16 (16 kHz)", ErrFormat, ext)
	}
	if ext == ".sln16" {
		return Sound{Rate: rate, Samples: samples(data)}, nil
	}
	f, pcm, err := riff(data)
	if err != nil {
		return Sound{}, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	if f.Tag != pcmTag || f.Channels != 1 || f.Bits != 16 || int(f.Rate) != rate {
		return Sound{}, fmt.Errorf("%w: format %d, %d Hz, %d channels, %d bits: a %s file must be PCM (1), %d Hz, 1 channel, 16 bits",
			ErrFormat, f.Tag, f.Rate, f.Channels, f.Bits, ext, rate)
	}
	return Sound{Rate: rate, Samples: samples(pcm)}, nil
}

// format is the fmt chunk of a RIFF file.
type format struct {
	Tag, Channels uint16
	Rate, _       uint32
	_, Bits       uint16
}

const pcmTag = 1

// riff finds the format and the audio in a RIFF/WAVE file.
func riff(data []byte) (format, []byte, error) {
	if len(data) < 12 || string(data[:4]) != "RIFF" || string(data[8:12]) != "WAVE" {
		return format{}, nil, errors.New("not a RIFF/WAVE file")
	}
	var f format
	for rest := data[12:]; len(rest) >= 8; {
		id, size := string(rest[:4]), int(binary.LittleEndian.Uint32(rest[4:8]))
		body := rest[8:]
		if size > len(body) {
			return format{}, nil, fmt.Errorf("chunk %q is cut short: %d of %d bytes", id, len(body), size)
		}
		switch id {
		case "fmt ":
			if _, err := binary.Decode(body[:size], binary.LittleEndian, &f); err != nil {
				return format{}, nil, fmt.Errorf("fmt chunk: %w", err)
			}
		case "data":
			return f, body[:size], nil
		}
		rest = body[min(size+size%2, len(body)):] // chunks begin at even offsets
	}
	return format{}, nil, errors.New("no data chunk")
}

func samples(pcm []byte) []int16 {
	out := make([]int16, len(pcm)/2)
	for i := range out {
		out[i] = int16(binary.LittleEndian.Uint16(pcm[2*i:]))
	}
	return out
}

// Seconds is the length of the sound.
func (s Sound) Seconds() float64 { return float64(len(s.Samples)) / float64(s.Rate) }

// Level is the root mean square, without the silence at both ends, in dBFS: 0 at full scale, minus infinity for silence.
func (s Sound) Level() float64 {
	const threshold = 164 // 0.5 % of full scale
	heard := func(v int16) bool { return v > threshold || v < -threshold }
	first := slices.IndexFunc(s.Samples, heard)
	if first < 0 {
		return math.Inf(-1)
	}
	last := len(s.Samples) - 1
	for !heard(s.Samples[last]) {
		last--
	}
	return level(s.Samples[first : last+1])
}

// Edge is the level in dBFS of the louder end, the first or the last 10 ms. Speech that begins or ends there was cut.
func (s Sound) Edge() float64 {
	n := min(s.Rate/100, len(s.Samples))
	return max(level(s.Samples[:n]), level(s.Samples[len(s.Samples)-n:]))
}

// Clipped reports whether the sound hits full scale and stays there, as an overdriven recording does.
func (s Sound) Clipped() bool {
	const ceiling, flat = 32700, 3
	run := 0
	for _, v := range s.Samples {
		if v > -ceiling && v < ceiling {
			run = 0
		} else if run++; run == flat {
			return true
		}
	}
	return false
}

func level(samples []int16) float64 {
	if len(samples) == 0 {
		return math.Inf(-1)
	}
	var sum float64
	for _, v := range samples {
		sum += float64(v) * float64(v)
	}
	return 20 * math.Log10(math.Sqrt(sum/float64(len(samples)))/32768)
}
