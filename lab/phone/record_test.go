package phone

import (
	"testing"
	"time"

	"github.com/pion/rtp"
)

// packet is what comes: its sequence does not matter, its times do.
type packet struct {
	ms        int    // when it came
	timestamp uint32 // of RTP
	ssrc      uint32
	marker    bool
	level     int16
}

// play records packets of 20 ms and returns the level heard in each 20 ms.
func play(packets []packet) (levels []int16, firsts, sounds int) {
	r := recorder{note: func(_ time.Time, k Kind) {
		switch k {
		case FirstRTP:
			firsts++
		case FirstSound:
			sounds++
		}
	}}
	start := time.Unix(1000, 0)
	for _, p := range packets {
		pcm := make([]int16, frame)
		for i := range pcm {
			pcm[i] = p.level
		}
		h := rtp.Header{Timestamp: p.timestamp, SSRC: p.ssrc, Marker: p.marker}
		r.add(start.Add(time.Duration(p.ms)*time.Millisecond), &h, pcm)
	}
	for i := frame / 2; i < len(r.rec.PCM); i += frame {
		levels = append(levels, r.rec.PCM[i])
	}
	return levels, firsts, sounds
}

func TestPacketsLieWhereTheirTimestampsSay(t *testing.T) {
	var far uint32 = 0xffffff00 // timestamps wrap
	for name, c := range map[string]struct {
		packets []packet
		want    []int16
	}{
		"steady":                 {[]packet{{0, far, 1, true, 1}, {20, far + 160, 1, false, 2}, {40, far + 320, 1, false, 3}}, []int16{1, 2, 3}},
		"lost":                   {[]packet{{0, 0, 1, true, 1}, {40, 320, 1, false, 3}}, []int16{1, 0, 3}},
		"late on a busy machine": {[]packet{{0, 0, 1, true, 1}, {300, 160, 1, false, 2}, {300, 320, 1, false, 3}}, []int16{1, 2, 3}},
		"out of order":           {[]packet{{0, 0, 1, true, 1}, {40, 320, 1, false, 3}, {41, 160, 1, false, 2}}, []int16{1, 2, 3}},
		"twice":                  {[]packet{{0, 0, 1, true, 1}, {20, 160, 1, false, 2}, {20, 160, 1, false, 2}}, []int16{1, 2}},
		"pause with timestamps":  {[]packet{{0, 0, 1, true, 1}, {80, 640, 1, true, 5}}, []int16{1, 0, 0, 0, 5}},
		"pause without them":     {[]packet{{0, 0, 1, true, 1}, {100, 160, 1, true, 6}}, []int16{1, 0, 0, 0, 0, 6}},
		"another source":         {[]packet{{0, 0, 1, true, 1}, {60, 777777, 2, false, 4}, {80, 777777 + 160, 2, false, 5}}, []int16{1, 0, 0, 4, 5}},
		"a jump in a spurt":      {[]packet{{0, 0, 1, true, 1}, {20, 800000, 1, false, 2}}, []int16{1, 2}},
		"before the beginning":   {[]packet{{0, 1600, 1, true, 1}, {1, 1440, 1, false, 9}}, []int16{1}},
	} {
		got, _, _ := play(c.packets)
		if len(got) != len(c.want) {
			t.Errorf("%s: heard %v, want %v", name, got, c.want)
			continue
		}
		for i := range got {
			if got[i] != c.want[i] {
				t.Errorf("%s: heard %v, want %v", name, got, c.want)
				break
			}
		}
	}
}

func TestFirstPacketAndFirstSound(t *testing.T) {
	_, firsts, sounds := play([]packet{{0, 0, 1, true, 8}, {20, 160, 1, false, -8}, {40, 320, 1, false, -1000}, {60, 480, 1, false, 1000}})
	if firsts != 1 || sounds != 1 {
		t.Errorf("%d first packets, %d first sounds", firsts, sounds)
	}
}

func TestRecordingSince(t *testing.T) {
	start := time.Unix(1000, 0)
	r := Recording{Start: start, PCM: make([]int16, 800)}
	r.PCM[400] = 7
	half := r.Since(start.Add(50 * time.Millisecond))
	if len(half.PCM) != 400 || half.PCM[0] != 7 || !half.Start.Equal(start.Add(50*time.Millisecond)) {
		t.Errorf("the second half has %d samples from %v", len(half.PCM), half.Start)
	}
	if got := r.Since(start.Add(-time.Second)); len(got.PCM) != 800 {
		t.Errorf("since before the beginning: %d samples", len(got.PCM))
	}
	if got := r.Since(start.Add(time.Hour)); len(got.PCM) != 0 {
		t.Errorf("since after the end: %d samples", len(got.PCM))
	}
	if d := r.Duration(); d != 100*time.Millisecond {
		t.Errorf("lasts %v", d)
	}
}
