package phone

import (
	"math/rand/v2"
	"net"
	"time"

	"github.com/pion/rtp"

	"kezek/lab/phone/g711"
)

const packetTime = 20 * time.Millisecond

// sender is the state of the RTP stream that leaves.
type sender struct {
	header rtp.Header
	packet [12 + frame]byte
	pcm    [frame]int16
	resume bool // the next audio packet begins a talk spurt
}

// send sends a packet every 20 ms by a schedule of its own, so that a late
// timer delays one packet and not all that follow.
func (m *media) send(conn *net.UDPConn) {
	s := sender{resume: true, header: rtp.Header{
		Version: 2, SSRC: rand.Uint32(), SequenceNumber: uint16(rand.Uint32()), Timestamp: rand.Uint32(),
	}}
	timer := time.NewTimer(0)
	defer timer.Stop()
	<-timer.C
	due := time.Now()
	for {
		working, closed := m.slot(conn, &s)
		switch {
		case closed:
			return
		case working:
			due = due.Add(packetTime)
			s.header.Timestamp += frame
			if late := time.Since(due) / packetTime; late > 0 && m.keying() { // keys are not hurried
				due = due.Add(late * packetTime)
				s.header.Timestamp += frame * uint32(late)
			}
		default: // nothing to send: sleep, and leave the slots out
			<-m.wake
			s.resume = true
			s.header.Timestamp += frame * uint32(1+max(0, time.Since(due)/packetTime))
			due = time.Now()
		}
		if wait := time.Until(due); wait > 0 {
			timer.Reset(wait)
			<-timer.C
		}
	}
}

// slot sends what belongs in one slot of 20 ms. It tells whether there is
// something for the next one.
func (m *media) slot(conn *net.UDPConn, s *sender) (working, closed bool) {
	m.mu.Lock()
	if m.closed {
		m.mu.Unlock()
		return false, true
	}
	if !m.remote.IsValid() || m.remote.Addr().IsUnspecified() {
		m.mu.Unlock()
		return false, false
	}
	to := m.remote
	if len(m.keys) > 0 {
		key := m.keys[0]
		if key.gone() {
			m.keys = m.keys[1:]
		}
		pt := m.keysPT
		m.mu.Unlock()
		key.slot(s, pt, func(p []byte) { _, _ = conn.WriteToUDPAddrPort(p, to) }, m.call)
		return true, false
	}
	if !m.mayTalk || m.sound.pcm == nil && m.partner == nil {
		m.mu.Unlock()
		return false, false
	}
	m.sound.next(s.pcm[:], m.pos)
	m.pos += frame
	if m.partner != nil {
		m.passed.mix(s.pcm[:])
	}
	law := m.law
	m.mu.Unlock()

	p := s.begin(uint8(law), s.resume)
	s.resume = false
	p = law.Encode(p, s.pcm[:])
	_, _ = conn.WriteToUDPAddrPort(p, to) // a far end that is gone is seen by SIP
	return true, false
}

// begin writes the header of the next packet.
func (s *sender) begin(pt uint8, marker bool) []byte {
	s.header.PayloadType, s.header.Marker = pt, marker
	s.header.SequenceNumber++
	n, _ := s.header.MarshalTo(s.packet[:]) // fits: no extensions
	return s.packet[:n]
}

// receive takes packets until the socket is closed.
func (m *media) receive(conn *net.UDPConn) {
	var h rtp.Header
	buf := make([]byte, 2048)
	pcm := make([]int16, 0, 2048)
	var lastKey uint32
	var anyKey bool
	for {
		n, _, err := conn.ReadFromUDPAddrPort(buf)
		if err != nil {
			return
		}
		now := time.Now()
		at, err := h.Unmarshal(buf[:n])
		if err != nil || at > n {
			continue
		}
		payload := buf[at:n]
		switch h.PayloadType {
		case uint8(g711.ALaw), uint8(g711.ULaw):
			pcm = g711.Law(h.PayloadType).Decode(pcm[:0], payload)
			m.rec.add(now, &h, pcm)
			m.pass(pcm)
		case m.keysType():
			// All packets of one key have the time of its beginning.
			if len(payload) >= 4 && (!anyKey || h.Timestamp != lastKey) {
				anyKey, lastKey = true, h.Timestamp
				m.call.history.add(now, KeyReceived, keyName(payload[0]))
			}
		}
	}
}

func (m *media) keysType() uint8 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.local.keys
}
