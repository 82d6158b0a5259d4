package ear

import (
	"encoding/binary"
	"fmt"
	"os"
	"time"
)

// Rate is the number of samples a second of all audio here.
const Rate = 8000

// Duration is how long n samples last.
func Duration(n int) time.Duration { return time.Duration(n) * time.Second / Rate }

// ReadWAV reads a wave file: 8 kHz, 16 bit, one channel.
func ReadWAV(path string) ([]int16, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	pcm, err := parseWAV(b)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return pcm, nil
}

func parseWAV(b []byte) ([]int16, error) {
	if len(b) < 12 || string(b[:4]) != "RIFF" || string(b[8:12]) != "WAVE" {
		return nil, fmt.Errorf("not a wave file")
	}
	known := false
	for b = b[12:]; len(b) >= 8; {
		id, size := string(b[:4]), int(binary.LittleEndian.Uint32(b[4:]))
		body := b[8:]
		if size > len(body) {
			if id != "data" {
				return nil, fmt.Errorf("chunk %q is cut off", id)
			}
			size = len(body) // a writer that was killed leaves the size open
		}
		switch id {
		case "fmt ":
			if size < 16 {
				return nil, fmt.Errorf("format chunk of %d bytes", size)
			}
			le := binary.LittleEndian
			format, channels, rate, bits := le.Uint16(body), le.Uint16(body[2:]), le.Uint32(body[4:]), le.Uint16(body[14:])
			if format != 1 || channels != 1 || rate != Rate || bits != 16 {
				return nil, fmt.Errorf("format %d, %d channels, %d Hz, %d bits: want PCM, 1 channel, %d Hz, 16 bits",
					format, channels, rate, bits, Rate)
			}
			known = true
		case "data":
			if !known {
				return nil, fmt.Errorf("data before format")
			}
			pcm := make([]int16, size/2)
			for i := range pcm {
				pcm[i] = int16(binary.LittleEndian.Uint16(body[2*i:]))
			}
			return pcm, nil
		}
		b = body[min(size+size%2, len(body)):]
	}
	return nil, fmt.Errorf("no data")
}

// WriteWAV writes a wave file, so that a person can listen to it.
func WriteWAV(path string, pcm []int16) error {
	b := make([]byte, 0, 44+2*len(pcm))
	le := binary.LittleEndian
	b = append(b, "RIFF"...)
	b = le.AppendUint32(b, uint32(36+2*len(pcm)))
	b = append(b, "WAVEfmt "...)
	b = le.AppendUint32(b, 16)
	b = le.AppendUint16(b, 1)
	b = le.AppendUint16(b, 1)
	b = le.AppendUint32(b, Rate)
	b = le.AppendUint32(b, 2*Rate)
	b = le.AppendUint16(b, 2)
	b = le.AppendUint16(b, 16)
	b = append(b, "data"...)
	b = le.AppendUint32(b, uint32(2*len(pcm)))
	for _, s := range pcm {
		b = le.AppendUint16(b, uint16(s))
	}
	return os.WriteFile(path, b, 0o644)
}
