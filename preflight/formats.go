package preflight

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// formats are the endings of the sound files that the running Asterisk reads, and the codec of each.
type formats map[string]string

// fileFormats reads what the console says: lines of format, name, and the endings with | between them.
func fileFormats(text string) formats {
	all := formats{}
	for line := range strings.Lines(text) {
		const format, endings, count = 0, 2, 3
		if f := strings.Fields(line); len(f) == count && f[format] != "Format" && strings.Trim(f[format], "-") != "" {
			for ending := range strings.SplitSeq(f[endings], "|") {
				all[ending] = f[format]
			}
		}
	}
	return all
}

// errFormat is about a file in a format that this Asterisk does not read, or cannot convert.
var errFormat = errors.New("is in a format that this Asterisk does not read")

// reads says why none of some sound files, which are named without their format, can be played
// with the rights of an identity; nil if one can. What cannot be tried is no fault.
func (l listener) reads(root *os.File, names []string, known formats, runs map[string]bool) (first error) {
	_ = l.as(func() {
		for _, name := range names {
			err := playable(root, name, known, runs)
			if err == nil || first == nil || errors.Is(err, errFormat) && !errors.Is(first, errFormat) {
				first = err
			}
			if err == nil {
				return
			}
		}
	})
	return first
}

// playable says why no file of a name can be played; nil if one can.
func playable(root *os.File, name string, known formats, runs map[string]bool) error {
	d, err := openIn(root, path.Dir(name), unix.O_RDONLY|unix.O_DIRECTORY)
	if err != nil {
		return err
	}
	entries, err := d.Readdirnames(-1)
	d.Close()
	slices.Sort(entries)
	for _, e := range entries {
		if strings.TrimSuffix(e, path.Ext(e)) != path.Base(name) {
			continue
		}
		if err = fileFault(root, path.Join(path.Dir(name), e), known, runs); err == nil {
			return nil
		}
	}
	if err == nil {
		err = &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return err
}

// fileFault says why a file cannot be played.
func fileFault(root *os.File, name string, known formats, runs map[string]bool) error {
	f, err := openIn(root, name, unix.O_RDONLY)
	if err != nil {
		return err
	}
	defer f.Close()
	ending := strings.TrimPrefix(path.Ext(name), ".")
	switch codec, ok := known[ending]; {
	case len(known) == 0: // not told
		return nil
	case !ok || !convertible(codec, runs):
		return fmt.Errorf("%s %w", name, errFormat)
	case ending == "wav":
		return waveFault(f, name, 8000)
	case ending == "wav16":
		return waveFault(f, name, 16000)
	}
	return nil
}

// waveFault says why Asterisk does not take a file .wav: it converts nothing in it.
func waveFault(r io.Reader, name string, rate uint32) error {
	var h struct {
		Riff       [4]byte
		_          uint32
		Wave, Fmt  [4]byte
		_          uint32
		Coding     uint16
		Channels   uint16
		Rate       uint32
		_          uint32
		_, PerSide uint16
	}
	if err := binary.Read(r, binary.LittleEndian, &h); err != nil || string(h.Riff[:]) != "RIFF" || string(h.Wave[:]) != "WAVE" {
		return fmt.Errorf("%s %w: it is not a WAV file", name, errFormat)
	}
	if string(h.Fmt[:]) != "fmt " { // something else comes first, which Asterisk may skip
		return nil
	}
	const extensible = 0xFFFE
	if h.Coding != 1 && h.Coding != extensible || h.Channels != 1 || h.Rate != rate || h.PerSide != 16 {
		return fmt.Errorf("%s %w: it has %s at %d Hz with %d bits, and %d Hz, mono, 16 bits PCM is needed", name, errFormat, several(int(h.Channels), "channel"), h.Rate, h.PerSide, rate)
	}
	return nil
}
