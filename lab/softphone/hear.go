package softphone

import (
	"context"
	"encoding/binary"
	"fmt"
	"os"
	"time"

	"kezek/lab/ear"
)

// Heard is all that the phone has heard so far in its calls, at 8 kHz. What
// came while nothing was sent to it is left out.
func (p *Phone) Heard() []int16 {
	var all []int16
	for _, file := range p.client.heard() {
		all = append(all, samples(file)...)
	}
	return all
}

// samples reads a wave file that is still being written: its header is blank, or
// does not know yet how long it is.
func samples(file string) []int16 {
	const header = 44
	b, err := os.ReadFile(file)
	if err != nil || len(b) < header {
		return nil // not there yet
	}
	b = b[header:]
	pcm := make([]int16, len(b)/2)
	for i := range pcm {
		pcm[i] = int16(binary.LittleEndian.Uint16(b[2*i:]))
	}
	return pcm
}

const (
	frame       = ear.Rate / 50 // 20 ms
	listenEvery = 50 * time.Millisecond
)

// WaitTone waits for a tenth of a second of a tone in what the phone hears from
// now on.
func (p *Phone) WaitTone(ctx context.Context, hz int) error {
	from, run := len(p.Heard()), 0
	tick := time.NewTicker(listenEvery)
	defer tick.Stop()
	for {
		pcm := p.Heard()
		for ; from+frame <= len(pcm); from += frame {
			if ear.ToneShare(pcm[from:from+frame], float64(hz)) < 0.5 {
				run = 0
				continue
			}
			if run++; run == 5 {
				return nil
			}
		}
		select {
		case <-tick.C:
		case <-p.ended:
			return fmt.Errorf("%s of %s has ended: %s", p.Program, p.Extension, p.cmd.ProcessState)
		case <-ctx.Done():
			return fmt.Errorf("%s of %s waits for a tone of %d Hz: %w", p.Program, p.Extension, hz, context.Cause(ctx))
		}
	}
}
