package phone

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/pion/rtp"

	"kezek/lab/ear"
	"kezek/lab/phone/g711"
)

// Recording is what a call heard. Sample i was heard at Start plus i/8000 s:
// packets lie where their RTP timestamps put them, and what did not come is
// silence.
type Recording struct {
	Start time.Time // when the first packet came; zero if none did
	PCM   []int16   // 8 kHz
}

// Duration is the time from the first packet to the end of the last.
func (r Recording) Duration() time.Duration { return ear.Duration(len(r.PCM)) }

// Time is when the moment d after the start of the recording was heard.
func (r Recording) Time(d time.Duration) time.Time { return r.Start.Add(d) }

// Since is the part of the recording from t on.
func (r Recording) Since(t time.Time) Recording {
	skip := min(max(0, int(t.Sub(r.Start)*g711.Rate/time.Second)), len(r.PCM))
	return Recording{Start: r.Start.Add(ear.Duration(skip)), PCM: r.PCM[skip:]}
}

// Save writes the recording to a wave file, for a person to listen to.
func (r Recording) Save(path string) error { return ear.WriteWAV(path, r.PCM) }

// recorder puts the packets of a call in their places.
type recorder struct {
	off  bool
	note func(time.Time, Kind) // gets FirstRTP and FirstSound

	mu     sync.Mutex
	rec    Recording
	ssrc   uint32
	base   uint32 // an RTP timestamp,
	basePo int    // and the sample that belongs to it
	marks  []mark
	sound  bool          // something was heard
	bell   chan struct{} // closed at the next packet; nil while nobody waits
	closed bool
}

// mark is where a packet lies and when it came.
type mark struct {
	at   time.Time
	pos  int
	size int
}

// Timestamps are trusted, for packets come late on a busy machine. But an
// exchange that changes from one source to another may jump, so a timestamp is
// not believed beyond these distances from the time of arrival.
const (
	trust      = g711.Rate             // within a talk spurt
	trustStart = 60 * g711.Rate / 1000 // at a marker, where a jump is expected
)

// quiet is the level of silence: a packet whose loudest sample is below it.
const quiet = 160

// add files a packet.
func (r *recorder) add(at time.Time, h *rtp.Header, pcm []int16) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return
	}
	if r.rec.Start.IsZero() {
		r.rec.Start, r.ssrc, r.base = at, h.SSRC, h.Timestamp
		r.note(at, FirstRTP)
	}
	if !r.sound && loud(pcm) {
		r.sound = true
		r.note(at, FirstSound)
	}
	if r.off {
		return
	}
	pos := r.place(at, h)
	if pos < 0 {
		return
	}
	for len(r.rec.PCM) < pos+len(pcm) {
		r.rec.PCM = append(r.rec.PCM, 0)
	}
	copy(r.rec.PCM[pos:], pcm)
	r.marks = append(r.marks, mark{at, pos, len(pcm)})
	r.ring()
}

// place is the sample where a packet begins.
func (r *recorder) place(at time.Time, h *rtp.Header) int {
	pos := r.basePo + int(int32(h.Timestamp-r.base))
	clock := int(at.Sub(r.rec.Start) * g711.Rate / time.Second)
	limit := trust
	if h.Marker {
		limit = trustStart
	}
	if off := pos - clock; h.SSRC != r.ssrc || off > limit || off < -limit {
		pos = max(clock, len(r.rec.PCM))
		r.ssrc, r.base, r.basePo = h.SSRC, h.Timestamp, pos
	}
	return pos
}

func (r *recorder) ring() {
	if r.bell != nil {
		close(r.bell)
		r.bell = nil
	}
}

func (r *recorder) close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed = true
	r.ring()
}

func loud(pcm []int16) bool {
	for _, s := range pcm {
		if s > quiet || s < -quiet {
			return true
		}
	}
	return false
}

// Recording returns what was heard so far, early media included.
func (c *Call) Recording() Recording {
	r := &c.media.rec
	r.mu.Lock()
	defer r.mu.Unlock()
	return Recording{r.rec.Start, append([]int16(nil), r.rec.PCM...)}
}

// Came is when the packet came that lies at a moment of the recording; that
// moment itself if none did. Timestamps tell what follows what, and lose
// against the clock what an exchange leaves out or adds between two sounds.
func (c *Call) Came(moment time.Time) time.Time {
	r := &c.media.rec
	r.mu.Lock()
	defer r.mu.Unlock()
	pos := int(moment.Sub(r.rec.Start) * g711.Rate / time.Second)
	for _, m := range slices.Backward(r.marks) {
		if m.pos <= pos && pos < m.pos+m.size {
			return m.at
		}
	}
	return moment
}

// WaitTone waits for a tone of hz, as [Tone] sends it, in what is heard from
// since on. It returns when the first packet of it came, to the packet (20 ms)
// exact.
func (c *Call) WaitTone(ctx context.Context, hz int, since time.Time) (time.Time, error) {
	return c.hear(ctx, fmt.Sprintf("a tone of %d Hz", hz), since, 2, func(pcm []int16) bool {
		return loud(pcm) && ear.ToneShare(pcm, float64(hz)) > 0.5
	})
}

// WaitSound waits for anything but silence in what is heard from since on.
func (c *Call) WaitSound(ctx context.Context, since time.Time) (time.Time, error) {
	return c.hear(ctx, "a sound", since, 1, loud)
}

// WaitSilence waits until nothing was heard for as long as a word takes
// (200 ms) and returns when that began. No packets at all are not silence.
func (c *Call) WaitSilence(ctx context.Context, since time.Time) (time.Time, error) {
	return c.hear(ctx, "silence", since, 10, func(pcm []int16) bool { return !loud(pcm) })
}

// hear waits for run packets in a row that match.
func (c *Call) hear(ctx context.Context, what string, since time.Time, run int, match func([]int16) bool) (time.Time, error) {
	r := &c.media.rec
	if r.off {
		return time.Time{}, fmt.Errorf("%v: cannot listen for %s: this call is not recorded", c, what)
	}
	var begun time.Time
	matched, next := 0, 0
	for {
		r.mu.Lock()
		for ; next < len(r.marks); next++ {
			m := r.marks[next]
			if m.at.Before(since) {
				continue
			}
			if !match(r.rec.PCM[m.pos : m.pos+m.size]) {
				matched = 0
				continue
			}
			if matched++; matched == 1 {
				begun = m.at
			}
			if matched == run {
				r.mu.Unlock()
				return begun, nil
			}
		}
		if r.closed {
			r.mu.Unlock()
			return time.Time{}, fmt.Errorf("%v: over without %s", c, what)
		}
		if r.bell == nil {
			r.bell = make(chan struct{})
		}
		bell := r.bell
		r.mu.Unlock()
		select {
		case <-bell:
		case <-ctx.Done():
			return time.Time{}, fmt.Errorf("%v: waiting for %s: %w", c, what, context.Cause(ctx))
		}
	}
}
