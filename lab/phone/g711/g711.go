// Package g711 codes speech as telephones do: one byte for each sample of
// 8 kHz, in the A-law of Europe or the µ-law of America (ITU-T G.711).
package g711

import "math/bits"

// Law is one of the two ways of companding.
type Law uint8

const (
	// ULaw is PCMU, RTP payload type 0.
	ULaw Law = 0
	// ALaw is PCMA, RTP payload type 8.
	ALaw Law = 8
)

// Rate is the number of samples a second.
const Rate = 8000

func (l Law) String() string {
	if l == ULaw {
		return "PCMU"
	}
	return "PCMA"
}

// Decode appends the linear samples of code to pcm.
func (l Law) Decode(pcm []int16, code []byte) []int16 {
	table := &alaw
	if l == ULaw {
		table = &ulaw
	}
	for _, b := range code {
		pcm = append(pcm, table[b])
	}
	return pcm
}

// Encode appends the code of pcm to code.
func (l Law) Encode(code []byte, pcm []int16) []byte {
	encode := encodeA
	if l == ULaw {
		encode = encodeU
	}
	for _, s := range pcm {
		code = append(code, encode(s))
	}
	return code
}

var alaw, ulaw = tables()

func tables() (a, u [256]int16) {
	for i := range 256 {
		a[i], u[i] = decodeA(byte(i)), decodeU(byte(i))
	}
	return a, u
}

// Both laws are a sign, a three-bit exponent and a four-bit mantissa; they
// differ in the bias and in which bits are turned over on the wire.
const (
	uBias = 0x84
	uClip = 32635
)

func decodeU(b byte) int16 {
	b = ^b
	exp, man := b>>4&7, b&0x0f
	v := (int(man)<<3+uBias)<<exp - uBias
	if b&0x80 != 0 {
		v = -v
	}
	return int16(v)
}

func encodeU(s int16) byte {
	v, sign := int(s), byte(0)
	if v < 0 {
		v, sign = -v, 0x80
	}
	v = min(v, uClip) + uBias
	exp := bits.Len(uint(v)) - 8
	return ^(sign | byte(exp)<<4 | byte(v>>(exp+3))&0x0f)
}

func decodeA(b byte) int16 {
	b ^= 0x55
	exp, man := b>>4&7, int(b&0x0f)
	v := man<<4 + 8
	if exp > 0 {
		v = (v + 0x100) << (exp - 1)
	}
	if b&0x80 == 0 {
		v = -v
	}
	return int16(v)
}

func encodeA(s int16) byte {
	v, sign := int(s), byte(0x80)
	if v < 0 {
		v, sign = -v-1, 0
	}
	exp := max(0, bits.Len(uint(v))-8)
	man := v >> 4
	if exp > 0 {
		man = v >> (exp + 3)
	}
	return (sign | byte(exp)<<4 | byte(man)&0x0f) ^ 0x55
}
