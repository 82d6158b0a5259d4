package ear

import (
	"fmt"
	"strings"
	"time"
)

// Kind is what sort of sound was heard.
type Kind string

const (
	Prompt  Kind = "prompt"
	Music   Kind = "music"
	Tone    Kind = "tone"
	Silence Kind = "silence"
	Noise   Kind = "sound" // none of these: speech of somebody, ringing, …
)

// Heard is one sound in a recording. Times are from its beginning.
type Heard struct {
	Kind     Kind
	Name     string // "ru/hold", "music/calm", "tone of 1012", "tone of 425 Hz"; else the kind
	From, To time.Duration
	Offset   time.Duration // what was missed of a prompt's beginning; where in a piece of music it began
	Part     float64       // how much of a prompt was heard, 0 to 1; 0 for other kinds
	Score    float64       // correlation of a prompt or piece with the recording, 0 to 1; 0 for other kinds
	Or       []string      // prompts that sound the same as far as they were heard
}

// Whole tells that a prompt was heard from beginning to end.
func (h Heard) Whole() bool { return h.Kind == Prompt && h.Part > 0.97 }

// String is "0.00–3.12 ru/welcome", with the part that was heard if it was not
// the whole.
func (h Heard) String() string {
	s := fmt.Sprintf("%.2f–%.2f %s", h.From.Seconds(), h.To.Seconds(), h.Name)
	switch n := len(h.Or); {
	case n > 2:
		s += fmt.Sprintf(" or %d others", n)
	case n > 0:
		s += " or " + strings.Join(h.Or, " or ")
	}
	if h.Kind == Prompt && !h.Whole() {
		s += fmt.Sprintf(" (%.0f %%", 100*h.Part)
		if h.Offset > 0 {
			s += fmt.Sprintf(" from %.2f", h.Offset.Seconds())
		}
		s += ")"
	}
	return s
}

// Timeline is what was heard, in order of beginning. Only tones overlap.
type Timeline []Heard

// String is for people: "0.00–3.12 ru/welcome · 3.12–9.80 music".
func (t Timeline) String() string {
	parts := make([]string, len(t))
	for i, h := range t {
		parts[i] = h.String()
	}
	return strings.Join(parts, " · ")
}

// Of is the part of the timeline with the given kinds.
func (t Timeline) Of(kinds ...Kind) Timeline {
	var part Timeline
	for _, h := range t {
		for _, k := range kinds {
			if h.Kind == k {
				part = append(part, h)
			}
		}
	}
	return part
}

// Prompts are the names of the prompts that were heard, in order.
func (t Timeline) Prompts() []string {
	var names []string
	for _, h := range t.Of(Prompt) {
		names = append(names, h.Name)
	}
	return names
}

// Find returns the first sound of a name.
func (t Timeline) Find(name string) (Heard, bool) {
	for _, h := range t {
		if h.Name == name {
			return h, true
		}
	}
	return Heard{}, false
}

// Total is how long sounds of a kind were heard.
func (t Timeline) Total(k Kind) (d time.Duration) {
	for _, h := range t.Of(k) {
		d += h.To - h.From
	}
	return d
}
