package phone

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"kezek/lab/phone/g711"
)

// asterisk is an offer as Asterisk makes it.
const asterisk = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=Asterisk\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n" +
	"m=audio 10842 RTP/AVP 8 0 101\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:0 PCMU/8000\r\n" +
	"a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-16\r\na=ptime:20\r\na=maxptime:140\r\na=sendrecv\r\n"

func TestSessionIsRead(t *testing.T) {
	s, err := parseSession([]byte(asterisk))
	if err != nil {
		t.Fatal(err)
	}
	if s.addr != netip.MustParseAddrPort("127.0.0.1:10842") || s.keys != 101 || s.dir != sendrecv ||
		!slices.Equal(s.laws, []g711.Law{g711.ALaw, g711.ULaw}) || s.held() {
		t.Errorf("read as %+v", s)
	}
	again, err := parseSession(s.bytes(2))
	if err != nil || !slices.Equal(again.laws, s.laws) || again.addr != s.addr || again.keys != s.keys || again.dir != s.dir {
		t.Errorf("%+v is written as %+v: %v", s, again, err)
	}
}

func TestHoldIsRead(t *testing.T) {
	for change, held := range map[string]bool{
		"a=sendonly": true, "a=inactive": true, "a=recvonly": false, "a=sendrecv": false,
	} {
		s, err := parseSession([]byte(strings.Replace(asterisk, "a=sendrecv", change, 1)))
		if err != nil || s.held() != held {
			t.Errorf("%s: held is %v: %v", change, s.held(), err)
		}
	}
	s, err := parseSession([]byte(strings.Replace(asterisk, "c=IN IP4 127.0.0.1", "c=IN IP4 0.0.0.0", 1)))
	if err != nil || !s.held() {
		t.Errorf("c=0.0.0.0: held is %v: %v", s.held(), err)
	}
}

func TestBadSessions(t *testing.T) {
	for want, text := range map[string]string{
		"no address":   "",
		"not IPv4":     strings.Replace(asterisk, "IN IP4 127.0.0.1\r\nt", "IN IP6 ::1\r\nt", 1),
		"no audio":     strings.Replace(asterisk, "m=audio", "m=video", 1),
		`port "70000"`: strings.Replace(asterisk, "10842", "70000", 1),
		"neither PCMA": strings.Replace(asterisk, "AVP 8 0 101", "AVP 9 101", 1),
	} {
		if s, err := parseSession([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %+v, error %v", want, s, err)
		}
	}
}
