package g711

import "testing"

// A code must survive decoding and encoding: so do tandem exchanges.
func TestCodesAreStable(t *testing.T) {
	for _, law := range []Law{ALaw, ULaw} {
		for b := range 256 {
			pcm := law.Decode(nil, []byte{byte(b)})
			again := law.Decode(nil, law.Encode(nil, pcm))
			if again[0] != pcm[0] {
				t.Errorf("%v: code %#02x decodes to %d, which is coded as %d", law, b, pcm[0], again[0])
			}
		}
	}
}

// The step of both laws is at most a sixteenth of the sample, and small near zero.
func TestErrorStaysWithinOneStep(t *testing.T) {
	for _, law := range []Law{ALaw, ULaw} {
		for s := -32768; s <= 32767; s++ {
			got := int(law.Decode(nil, law.Encode(nil, []int16{int16(s)}))[0])
			step := max(s, -s)/16 + 16
			if diff := max(got-s, s-got); diff > step && s > -uClip && s < uClip {
				t.Fatalf("%v: %d comes back as %d, more than %d away", law, s, got, step)
			}
		}
	}
}

// Reference values of the standard: silence, full scale, and the sign.
func TestKnownCodes(t *testing.T) {
	for _, c := range []struct {
		law  Law
		pcm  int16
		code byte
	}{
		{ALaw, 0, 0xd5}, {ALaw, -1, 0x55}, {ALaw, 32767, 0xaa}, {ALaw, -32768, 0x2a}, {ALaw, 1000, 0xfa},
		{ULaw, 0, 0xff}, {ULaw, 32767, 0x80}, {ULaw, -32768, 0x00}, {ULaw, 1000, 0xce},
	} {
		if got := c.law.Encode(nil, []int16{c.pcm})[0]; got != c.code {
			t.Errorf("%v: %d coded as %#02x, the standard says %#02x", c.law, c.pcm, got, c.code)
		}
	}
}
