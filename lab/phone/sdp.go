package phone

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"kezek/lab/phone/g711"
)

// direction is the media direction attribute of SDP, seen from its sender.
type direction string

const (
	sendrecv direction = "sendrecv"
	sendonly direction = "sendonly"
	recvonly direction = "recvonly"
	inactive direction = "inactive"
)

// reverse is what an answer must say to an offer.
func (d direction) reverse() direction {
	switch d {
	case sendonly:
		return recvonly
	case recvonly:
		return sendonly
	}
	return d
}

// telephoneEvent is the payload type that phones usually offer for RFC 4733.
const telephoneEvent = 101

// session is the part of a session description (SDP) that a telephone needs.
type session struct {
	addr netip.AddrPort // where audio is to be sent; 0.0.0.0 is the old way of hold
	laws []g711.Law     // in order of preference
	keys uint8          // payload type of telephone-event, 0 for none
	dir  direction
}

// held tells that the sender of s does not want to hear us.
func (s session) held() bool {
	return s.dir == sendonly || s.dir == inactive || s.addr.Addr().IsUnspecified()
}

// bytes renders s; version counts the descriptions of one call.
func (s session) bytes(version int) []byte {
	var b strings.Builder
	ip := s.addr.Addr()
	fmt.Fprintf(&b, "v=0\r\no=- %d %d IN IP4 %v\r\ns=-\r\nc=IN IP4 %v\r\nt=0 0\r\nm=audio %d RTP/AVP",
		s.addr.Port(), version, ip, ip, s.addr.Port())
	for _, law := range s.laws {
		fmt.Fprintf(&b, " %d", law)
	}
	if s.keys != 0 {
		fmt.Fprintf(&b, " %d", s.keys)
	}
	b.WriteString("\r\n")
	for _, law := range s.laws {
		fmt.Fprintf(&b, "a=rtpmap:%d %v/8000\r\n", law, law)
	}
	if s.keys != 0 {
		fmt.Fprintf(&b, "a=rtpmap:%d telephone-event/8000\r\na=fmtp:%[1]d 0-16\r\n", s.keys)
	}
	fmt.Fprintf(&b, "a=ptime:20\r\na=%s\r\n", s.dir)
	return []byte(b.String())
}

// parseSession reads the first audio stream of a description.
func parseSession(body []byte) (session, error) {
	s := session{dir: sendrecv}
	var ip netip.Addr
	var port uint16
	for line := range strings.Lines(string(body)) {
		kind, value, _ := strings.Cut(strings.TrimRight(line, "\r\n"), "=")
		switch {
		case kind == "c":
			text, ok := strings.CutPrefix(value, "IN IP4 ")
			if !ok {
				return s, fmt.Errorf("SDP: connection %q is not IPv4", value)
			}
			var err error
			if ip, err = netip.ParseAddr(strings.TrimSpace(text)); err != nil {
				return s, fmt.Errorf("SDP: connection %q: %w", value, err)
			}
		case kind == "m" && port != 0:
			return s.at(ip, port) // a second stream: not ours
		case kind == "m":
			f := strings.Fields(value)
			if len(f) < 4 || f[0] != "audio" {
				return s, fmt.Errorf("SDP: no audio in %q", value)
			}
			n, err := strconv.ParseUint(f[1], 10, 16)
			if err != nil || n == 0 {
				return s, fmt.Errorf("SDP: audio port %q", f[1])
			}
			port = uint16(n)
			for _, pt := range f[3:] {
				switch pt {
				case "8":
					s.laws = append(s.laws, g711.ALaw)
				case "0":
					s.laws = append(s.laws, g711.ULaw)
				}
			}
		case kind == "a":
			s.attribute(value)
		}
	}
	return s.at(ip, port)
}

func (s *session) attribute(value string) {
	switch d := direction(value); d {
	case sendrecv, sendonly, recvonly, inactive:
		s.dir = d
	}
	if m, ok := strings.CutPrefix(value, "rtpmap:"); ok {
		pt, name, _ := strings.Cut(m, " ")
		if n, err := strconv.ParseUint(pt, 10, 7); err == nil && strings.HasPrefix(strings.ToLower(name), "telephone-event/8000") {
			s.keys = uint8(n)
		}
	}
}

func (s session) at(ip netip.Addr, port uint16) (session, error) {
	if !ip.IsValid() || port == 0 {
		return s, fmt.Errorf("SDP: no address for audio")
	}
	if len(s.laws) == 0 {
		return s, fmt.Errorf("SDP: neither PCMA nor PCMU is offered")
	}
	s.addr = netip.AddrPortFrom(ip, port)
	return s, nil
}
