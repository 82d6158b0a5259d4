package sound

import (
	"encoding/binary"
	"errors"
	"math"
	"strings"
	"testing"
)

// wav is a RIFF file with the format and the audio, and an odd chunk before it, as recording programs write.
func wav(f format, pcm []byte) []byte {
	le := binary.LittleEndian
	body := []byte("WAVE")
	chunk := func(id string, data []byte) {
		body = le.AppendUint32(append(body, id...), uint32(len(data)))
		body = append(body, data...)
		if len(data)%2 == 1 {
			body = append(body, 0)
		}
	}
	chunk("LIST", []byte("odd"))
	head, _ := binary.Append(nil, le, f)
	chunk("fmt ", head)
	chunk("data", pcm)
	return append(le.AppendUint32([]byte("RIFF"), uint32(len(body))), body...)
}

var telephone = format{Tag: pcmTag, Channels: 1, Rate: 8000, Bits: 16}

func tone(level float64, n int) []byte {
	var pcm []byte
	for i := range n {
		v := level * 32768 * math.Sin(2*math.Pi*400*float64(i)/8000)
		pcm = binary.LittleEndian.AppendUint16(pcm, uint16(int16(max(-32768, min(32767, v)))))
	}
	return pcm
}

func TestDecode(t *testing.T) {
	s, err := Decode("hold.wav", wav(telephone, tone(0.5, 4000)))
	if err != nil {
		t.Fatal(err)
	}
	if s.Rate != 8000 || s.Seconds() != 0.5 {
		t.Errorf("got %d Hz, %v s", s.Rate, s.Seconds())
	}
	if got, want := s.Level(), 20*math.Log10(0.5/math.Sqrt2); math.Abs(got-want) > 0.1 {
		t.Errorf("level of a sine at half scale: %.2f dBFS, want %.2f", got, want)
	}
	wide := telephone
	wide.Rate = 16000
	if _, err := Decode("hold.wav16", wav(wide, tone(0.5, 800))); err != nil {
		t.Error(err)
	}
	if s, err := Decode("hold.sln16", tone(0.5, 1600)); err != nil || s.Seconds() != 0.1 {
		t.Errorf("sln16: %v s, %v", s.Seconds(), err)
	}
}

func TestDecodeRefuses(t *testing.T) {
	change := func(set func(*format)) []byte {
		f := telephone
		set(&f)
		return wav(f, tone(0.5, 800))
	}
	good := wav(telephone, tone(0.5, 800))
	for name, tt := range map[string]struct {
		file string
		data []byte
		want string
	}{
		"16 kHz in a .wav":  {"x.wav", change(func(f *format) { f.Rate = 16000 }), "must be PCM (1), 8000 Hz"},
		"8 kHz in a .wav16": {"x.wav16", good, "16000 Hz"},
		"stereo":            {"x.wav", change(func(f *format) { f.Channels = 2 }), "2 channels"},
		"24 bits":           {"x.wav", change(func(f *format) { f.Bits = 24 }), "24 bits"},
		"A-law":             {"x.wav", change(func(f *format) { f.Tag = 6 }), "format 6"},
		"mp3":               {"x.mp3", good, `ending ".mp3"`},
		"empty":             {"x.wav", nil, "not a RIFF"},
		"text":              {"x.wav", []byte("these are no samples"), "not a RIFF"},
		"cut short":         {"x.wav", good[:len(good)-10], "cut short"},
		"no audio":          {"x.wav", good[:12+12+24], "no data chunk"},
		"tiny fmt":          {"x.wav", []byte("RIFF....WAVEfmt \x02\x00\x00\x00\x01\x00"), "fmt chunk"},
	} {
		_, err := Decode(tt.file, tt.data)
		if !errors.Is(err, ErrFormat) || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: error %v, want one with %q", name, err, tt.want)
		}
	}
}

func TestMeasures(t *testing.T) {
	decode := func(pcm []byte) Sound {
		t.Helper()
		s, err := Decode("x.sln16", pcm)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	silence := make([]byte, 3200)
	padded := append(append(append([]byte{}, silence...), tone(0.5, 8000)...), silence...)
	if !math.IsInf(decode(silence).Level(), -1) || !math.IsInf(decode(nil).Level(), -1) {
		t.Error("silence has a level")
	}
	if decode(padded).Edge() > -90 {
		t.Error("edges with silence count as sound")
	}
	if s := decode(padded[3200:]); s.Edge() < -20 {
		t.Error("a cut beginning is not seen")
	}
	if s := decode(padded[:len(padded)-3200]); s.Edge() < -20 {
		t.Error("a cut end is not seen")
	}
	if decode(padded).Clipped() || !decode(tone(1.5, 8000)).Clipped() {
		t.Error("only the overdriven tone is clipped")
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(wav(telephone, tone(0.5, 100)))
	f.Fuzz(func(t *testing.T, data []byte) {
		if s, err := Decode("x.wav", data); err == nil {
			s.Level()
			s.Edge()
			s.Clipped()
		}
	})
}
