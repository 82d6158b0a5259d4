package demo

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"kezek/lab/ear"
)

// sounds are what was heard in a call. The ear cannot tell what a prompt was
// that was cut off in words that others begin with, too: then it was the one
// that was awaited. On a machine that is too busy to play a prompt without a
// gap, it hears pieces of it.
type sounds struct {
	ear.Timeline
	awaited []string
}

// name is what a sound was.
func (s sounds) name(h ear.Heard) string {
	for _, name := range h.Or {
		if slices.Contains(s.awaited, name) && !slices.Contains(s.awaited, h.Name) {
			return name
		}
	}
	return h.Name
}

// of are the sounds of a name.
func (s sounds) of(name string) (all ear.Timeline) {
	for _, h := range s.Timeline {
		if s.name(h) == name {
			all = append(all, h)
		}
	}
	return all
}

// total is how long a sound was heard, all in all.
func (s sounds) total(name string) (d time.Duration) {
	for _, h := range s.of(name) {
		d += h.To - h.From
	}
	return d
}

// begin and end are when a sound was first and last heard; zero if it was not.
func (s sounds) begin(name string) time.Duration {
	if all := s.of(name); len(all) > 0 {
		return all[0].From
	}
	return 0
}

func (s sounds) end(name string) time.Duration {
	if all := s.of(name); len(all) > 0 {
		return all[len(all)-1].To
	}
	return 0
}

// prompts are all that was said, in order. A piece of a prompt that was not
// awaited, or a single word, is a mishearing: prompts have words in common.
func (s sounds) prompts() []string {
	var names []string
	for _, h := range s.Of(ear.Prompt) {
		if name := s.name(h); h.Part > 0.9 && h.To-h.From > word || slices.Contains(s.awaited, name) {
			names = append(names, name)
		}
	}
	return slices.Compact(names)
}

// say tells whether these prompts were said and no others.
func (s sounds) say(want ...string) bool {
	return slices.Equal(sounds{s.Timeline, want}.prompts(), want)
}

// beginLike tells whether what was said is the beginning of this.
func (s sounds) beginLike(want ...string) bool {
	said := sounds{s.Timeline, want}.prompts()
	return len(said) <= len(want) && slices.Equal(said, want[:len(said)])
}

// word is longer than a word.
const word = time.Second

// blip is a sound that is too short to be worth a word: half a word, a key.
const blip = 300 * time.Millisecond

// String is short: "0.0 ru/welcome · 3.0 ru/all-busy (47 %) · 5.1 tone of 1001".
func (s sounds) String() string {
	var parts []string
	for _, h := range s.Timeline {
		if h.Kind == ear.Noise && h.To-h.From < blip {
			continue
		}
		part := fmt.Sprintf("%.1f %s", h.From.Seconds(), s.name(h))
		if h.Kind == ear.Prompt && !h.Whole() {
			part += fmt.Sprintf(" (%.0f %%)", 100*h.Part)
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, " · ")
}
