package preflight

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// wave is a WAV file of a tenth of a second.
func wave(channels uint16, rate uint32, bits uint16) []byte {
	data := make([]byte, rate/10*uint32(channels*bits/8))
	var b bytes.Buffer
	for _, part := range []any{
		[]byte("RIFF"), uint32(36 + len(data)), []byte("WAVEfmt "), uint32(16), uint16(1), channels, rate,
		rate * uint32(channels*bits/8), channels * bits / 8, bits, []byte("data"), uint32(len(data)), data,
	} {
		_ = binary.Write(&b, binary.LittleEndian, part) // a buffer takes it
	}
	return b.Bytes()
}

// A class of music is silent when the running Asterisk reads none of its files. What the check
// says of a file is what Asterisk does with it.
func TestMusicThatAsteriskCannotRead(t *testing.T) {
	needRoot(t)
	t.Parallel()
	e := newExchange(t)
	e.phones("1001")
	s := e.site()
	s.ARI.Endpoints, s.ARI.Trunk = []string{"PJSIP/1001"}, ""
	const timeouts = "warning PJSIP/1001 has no rtp_timeout"
	music := filepath.Join(e.Dir, "asterisk", "data", "own")
	must(t, os.Mkdir(music, 0o755))
	before := filepath.Join(music, "first.sln") // a class without a file is no class, and is not looked at again
	must(t, os.WriteFile(before, make([]byte, 1600), 0o644))
	e.change("musiconhold.conf", "directory = moh", "directory = own", "moh reload")
	for _, c := range []struct {
		name string
		data []byte
		want string
	}{
		{"good.wav", wave(1, 8000, 16), ""},
		{"song.mp3", make([]byte, 4000), "song.mp3 is in a format that this Asterisk does not read"},
		{"song.m4a", make([]byte, 4000), "song.m4a is in a format"},
		{"cd.wav", wave(2, 44100, 16), "cd.wav is in a format that this Asterisk does not read: it has 2 channels at 44100 Hz with 16 bits, and 8000 Hz, mono, 16 bits PCM is needed"},
		{"wide.wav", wave(1, 16000, 16), "it has 1 channel at 16000 Hz"},
		{"thin.wav", wave(1, 8000, 8), "with 8 bits"},
		{"text.wav", []byte("no sound"), "text.wav is in a format that this Asterisk does not read: it is not a WAV file"},
		{"wide.wav16", wave(1, 16000, 16), ""},
		{"plain.sln", make([]byte, 1600), ""},
		{"plain.ulaw", make([]byte, 1600), ""},
		{"foreign.g729", make([]byte, 200), "foreign.g729 is in a format"}, // which is read, but not converted
	} {
		path := filepath.Join(music, c.name)
		must(t, os.WriteFile(path, c.data, 0o644))
		must(t, os.Remove(before))
		before = path
		e.cli("moh reload")
		want := []string{timeouts}
		if c.want != "" {
			want = append(want, "error Asterisk plays no file of the music class default (callers on hold queue sales queue short): ", c.want)
		}
		t.Log(c.name)
		e.expect(s, AreaAsterisk, want...)
		out, err := e.AsteriskCLI(t.Context(), "file convert /mnt/data/own/"+c.name+" /mnt/data/own/out.gsm")
		must(t, err)
		if converts := strings.Contains(out, "Converted"); converts != (c.want == "") {
			t.Errorf("%s: Asterisk says %q", c.name, out)
		}
		os.Remove(filepath.Join(music, "out.gsm"))
		// One that can be read makes up for the others.
		if c.want != "" {
			must(t, os.WriteFile(filepath.Join(music, "zz.sln"), make([]byte, 1600), 0o644))
			e.cli("moh reload")
			e.expect(s, AreaAsterisk, timeouts)
			must(t, os.Remove(filepath.Join(music, "zz.sln")))
		}
	}

	// The module is what counts.
	must(t, os.WriteFile(filepath.Join(music, "x.gsm"), make([]byte, 330), 0o644))
	must(t, os.Remove(before))
	e.cli("moh reload")
	e.expect(s, AreaAsterisk, timeouts)
	e.cli("module unload format_gsm.so")
	e.expect(s, AreaAsterisk, timeouts, "x.gsm is in a format that this Asterisk does not read")
}
