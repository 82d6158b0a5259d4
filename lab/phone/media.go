package phone

import (
	"fmt"
	"net"
	"net/netip"
	"sync"
	"time"

	"kezek/lab/phone/g711"
)

// media is the audio of a call: one socket, one goroutine that sends and one
// that receives.
type media struct {
	call *Call
	rec  recorder

	mu      sync.Mutex
	conn    *net.UDPConn
	closed  bool
	local   session
	version int            // of our session description
	remote  netip.AddrPort // not valid until the far end told
	law     g711.Law
	keysPT  uint8 // payload type of keys that we send
	mayTalk bool  // neither side holds
	sound   Sound
	pos     int // in sound
	keys    []*keypress
	wake    chan struct{}
	partner *media  // the other call of a conference
	passed  passage // what it hears, on its way to our far end
}

func newMedia(c *Call, noRecord bool) *media {
	note := func(at time.Time, k Kind) { c.history.add(at, k, "") }
	return &media{call: c, rec: recorder{off: noRecord, note: note}, wake: make(chan struct{}, 1)}
}

// open binds the socket and begins to receive.
func (m *media) open(ip netip.Addr) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return ErrEnded
	}
	if m.conn != nil {
		return nil // for early media
	}
	conn, err := net.ListenUDP("udp4", net.UDPAddrFromAddrPort(netip.AddrPortFrom(ip, 0)))
	if err != nil {
		return fmt.Errorf("RTP socket: %w", err)
	}
	m.conn = conn
	m.local = session{
		addr: conn.LocalAddr().(*net.UDPAddr).AddrPort(),
		laws: []g711.Law{g711.ALaw, g711.ULaw},
		keys: telephoneEvent,
		dir:  sendrecv,
	}
	go m.receive(conn)
	go m.send(conn)
	return nil
}

// close stops all audio; the recording stays.
func (m *media) close() {
	m.mu.Lock()
	m.closed = true
	if m.conn != nil {
		m.conn.Close()
	}
	partner := m.partner
	m.partner = nil
	m.rouse()
	m.rec.close()
	m.mu.Unlock()
	if partner != nil { // without our lock, for it may be closing as well
		partner.part(m)
	}
}

// offer describes what we can do.
func (m *media) offer(ip netip.Addr) ([]byte, error) {
	if err := m.open(ip); err != nil {
		return nil, err
	}
	return m.describe(sendrecv, false), nil
}

// accept picks from an offer of the far end, the first or a later one, what we
// will do, and describes it. Audio follows when it is agreed.
func (m *media) accept(offer session) []byte {
	m.mu.Lock()
	m.local.laws, m.local.keys = offer.laws[:1], offer.keys
	m.mu.Unlock()
	return m.describe(offer.dir.reverse(), false)
}

// answered follows the far end's answer to our offer.
func (m *media) answered(body []byte) error {
	s, err := parseSession(body)
	if err == nil {
		m.agree(s)
	}
	return err
}

func (m *media) codec() g711.Law {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.law
}

// agree begins, or goes on, to send what the far end wants and where.
func (m *media) agree(far session) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.remote, m.law, m.keysPT = far.addr, far.laws[0], far.keys
	m.mayTalk = !far.held() && m.local.dir == sendrecv
	m.rouse()
}

// describe renders our session with a direction; nowhere is the old way of
// hold, an address of zeros.
func (m *media) describe(dir direction, nowhere bool) []byte {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.version++
	s := m.local
	s.dir = dir
	if nowhere {
		s.addr = netip.AddrPortFrom(netip.IPv4Unspecified(), s.addr.Port())
	}
	return s.bytes(m.version)
}

// hold sets whether we hold the far end: nothing is sent to it meanwhile.
func (m *media) hold(dir direction) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.local.dir = dir
	m.mayTalk = m.mayTalk && dir == sendrecv
}

// play changes what is sent.
func (m *media) play(s Sound) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.sound, m.pos = s, 0
	m.rouse()
}

// rouse wakes the sender. Needs m.mu.
func (m *media) rouse() {
	select {
	case m.wake <- struct{}{}:
	default:
	}
}
