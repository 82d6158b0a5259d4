package ear

import (
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// Library is a set of sounds that a [Library.Listen] can tell by name. It may
// be used from several goroutines.
type Library struct {
	entries []*entry
	tones   map[int]string
}

// entry is one sound. Its prints are taken when they are first needed.
type entry struct {
	name string
	kind Kind
	pcm  []int16

	once    sync.Once
	blocked blocked
}

func (e *entry) sketch() blocked {
	e.once.Do(func() { e.blocked = cut(prints(e.pcm, stride)) })
	return e.blocked
}

// Load reads a tree of prompts: wave files of 8 kHz, 16 bit, one channel.
// The prompt in dir/ru/hold.wav is called "ru/hold".
func Load(dir string) (*Library, error) {
	l := &Library{tones: make(map[int]string)}
	return l, l.add(dir, Prompt, "")
}

// AddMusic reads a tree of music on hold. The piece in dir/calm.wav is called
// "music/calm".
func (l *Library) AddMusic(dir string) error { return l.add(dir, Music, "music/") }

// NameTone gives a tone a name: what a [Timeline] shows instead of its
// frequency in Hz.
func (l *Library) NameTone(hz int, name string) { l.tones[hz] = name }

// Only is the part of the library with the named sounds: quicker, where it is
// known what may come. Unknown names are an error.
func (l *Library) Only(names ...string) (*Library, error) {
	part := &Library{tones: l.tones}
next:
	for _, name := range names {
		for _, e := range l.entries {
			if e.name == name {
				part.entries = append(part.entries, e)
				continue next
			}
		}
		return nil, fmt.Errorf("ear: no prompt %q", name)
	}
	return part, nil
}

// Names lists the sounds in the library.
func (l *Library) Names() []string {
	var names []string
	for _, e := range l.entries {
		names = append(names, e.name)
	}
	return names
}

// Longest is how long the longest sound in the library lasts.
func (l *Library) Longest() time.Duration {
	n := 0
	for _, e := range l.entries {
		n = max(n, len(e.pcm))
	}
	return Duration(n)
}

func (l *Library) add(dir string, kind Kind, prefix string) error {
	before := len(l.entries)
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".wav" {
			return err
		}
		pcm, err := ReadWAV(path)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		name := prefix + filepath.ToSlash(strings.TrimSuffix(rel, ".wav"))
		l.entries = append(l.entries, &entry{name: name, kind: kind, pcm: pcm})
		return nil
	})
	if err != nil {
		return fmt.Errorf("ear: %w", err)
	}
	if len(l.entries) == before {
		return fmt.Errorf("ear: no wave files in %s", dir)
	}
	return nil
}
