package phone

import (
	"context"
	"encoding/binary"
	"fmt"
	"strings"
)

// keypress is one key on its way (RFC 4733).
type keypress struct {
	event byte
	name  string
	slots int // sent so far
	begun uint32
	done  chan struct{}
}

const (
	keySlots = 5 // pressed for 100 ms
	gapSlots = 5 // and 100 ms until the next one: Asterisk takes two keys within 45 ms for one
)

const keyNames = "0123456789*#ABCD"

func keyName(event byte) string {
	if int(event) < len(keyNames) {
		return keyNames[event : event+1]
	}
	return fmt.Sprintf("event %d", event)
}

// gone tells that this slot is the key's last.
func (k *keypress) gone() bool { return k.slots == keySlots+gapSlots-1 }

// slot sends the key's packets for one slot of 20 ms.
func (k *keypress) slot(s *sender, pt uint8, write func([]byte), c *Call) {
	n := k.slots
	k.slots++
	switch {
	case n == 0:
		k.begun = s.header.Timestamp
		c.note(KeySent, k.name)
		write(k.packet(s, pt, true, false, 1))
	case n < keySlots:
		write(k.packet(s, pt, false, false, n+1))
	case n == keySlots: // the end, three times for it must not get lost
		for range 3 {
			write(k.packet(s, pt, false, true, keySlots))
		}
	case n == keySlots+gapSlots-1:
		close(k.done)
	}
	s.resume = true
}

func (k *keypress) packet(s *sender, pt uint8, marker, end bool, slots int) []byte {
	const volume = 10 // -10 dBm0
	now := s.header.Timestamp
	s.header.Timestamp = k.begun
	p := s.begin(pt, marker)
	s.header.Timestamp = now
	flags := byte(volume)
	if end {
		flags |= 0x80
	}
	p = append(p, k.event, flags)
	return binary.BigEndian.AppendUint16(p, uint16(slots*frame))
}

// Keys presses keys (0-9 * # A-D) one after another, 200 ms each, and returns
// when the last one is released. Audio pauses meanwhile.
func (c *Call) Keys(ctx context.Context, keys string) error {
	var presses []*keypress
	for i := range len(keys) {
		event := strings.IndexByte(keyNames, keys[i])
		if event < 0 {
			return fmt.Errorf("%v: key %q: allowed are %s", c, keys[i:i+1], keyNames)
		}
		presses = append(presses, &keypress{event: byte(event), name: keys[i : i+1], done: make(chan struct{})})
	}
	if len(presses) == 0 {
		return nil
	}
	if err := c.media.press(presses); err != nil {
		return fmt.Errorf("%v: keys %s: %w", c, keys, err)
	}
	select {
	case <-presses[len(presses)-1].done:
		return nil
	case <-c.done:
		return fmt.Errorf("%v: keys %s: %w", c, keys, ErrEnded)
	case <-ctx.Done():
		return fmt.Errorf("%v: keys %s: %w", c, keys, context.Cause(ctx))
	}
}

// keying tells whether keys are on their way.
func (m *media) keying() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.keys) > 0
}

func (m *media) press(keys []*keypress) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case m.closed:
		return ErrEnded
	case !m.remote.IsValid():
		return fmt.Errorf("no media yet")
	case m.keysPT == 0:
		return fmt.Errorf("the far end takes no telephone-event")
	}
	m.keys = append(m.keys, keys...)
	m.rouse()
	return nil
}
