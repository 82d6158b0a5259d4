// Package prompts holds what Kezek says: the phrases in each language, the audio made from them, and the check that both agree.
//
// A phrase has an id ("hold"); a numbered one is spoken with a number ("position", 3). Name gives the sound that says it.
package prompts

import (
	_ "embed"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/goccy/go-yaml"

	"kezek/prompts/numeral"
)

// Company is the company that the shipped audio names.
const Company = "Skynet"

// Folder is the folder in Asterisk's sounds that the audio is installed to; every Name begins with it.
const Folder = "kezek"

// The listeners of a phrase.
const (
	ToCaller = "caller"
	ToAgent  = "agent"
	Live     = "live" // the agent's own words: there is no audio
)

// Proposal is the source of words that no document gives.
const Proposal = "proposal"

// ErrUnknown is wrapped by every error about an id, language or number that has no recording.
var ErrUnknown = errors.New("no such prompt")

// Phrase is one entry of the catalogue.
type Phrase struct {
	ID      string
	To      string           // ToCaller, ToAgent or Live
	When    string           // when it is heard
	Numbers *Range           // nil for a phrase without a number
	Within  time.Duration    // how long a recording may be at most; 0 is as long as the words take
	Words   map[string]Words // by language
}

// Range is the span of numbers, both ends included, that have a recording each.
type Range struct {
	From int `yaml:"from"`
	To   int `yaml:"to"`
}

// Words are a phrase in one language, with placeholders and stress marks as in catalogue.yaml.
type Words struct {
	Source   string `yaml:"source"`   // S0…S4, the document they stand in, or Proposal
	Reviewed bool   `yaml:"reviewed"` // approved by a native speaker
	Text     string `yaml:"text"`
	Under    string `yaml:"under"` // said below the range; "" where that cannot happen
	Over     string `yaml:"over"`  // said above the range; "" where that cannot happen
}

// Line is one recording: a phrase in a language, with its number.
type Line struct {
	ID, Lang string
	Within   time.Duration // as in Phrase
	Base     string        // the file's name without ending: "hold", "position-3", "wait-over"
	Text     string        // what is said, as people write it
	Speech   string        // the same for a speech engine: with stress marks, and {company} left open
}

// File is the recording's path in a folder of audio: "ru/position-3.wav".
func (l Line) File() string { return l.Lang + "/" + l.Base + ".wav" }

// Shipped reports whether the shipped audio says the line's words. It does for all that do not name another company than [Company].
func (l Line) Shipped() bool { return shipped()[Stem(l.File())].Text == l.Text }

//go:embed catalogue.yaml
var catalogueYAML []byte

var catalogue = sync.OnceValue(func() []Phrase {
	phrases, err := parseCatalogue(catalogueYAML)
	if err != nil {
		panic(err) // the file is part of the program, and tested
	}
	return phrases
})

var byID = sync.OnceValue(func() map[string]Phrase {
	m := make(map[string]Phrase)
	for _, p := range catalogue() {
		m[p.ID] = p
	}
	return m
})

// Catalogue returns all phrases in the order of a call.
func Catalogue() []Phrase { return slices.Clone(catalogue()) }

// Languages returns the languages that every phrase exists in.
func Languages() []string { return []string{"ru", "ky"} }

// Has reports whether there is a recording to play for the phrase.
func Has(id, lang string, n int) bool {
	_, err := find(id, lang, n)
	return err == nil
}

// Name returns the sound that Asterisk plays for a phrase: "kezek/ru/hold". The number n counts for numbered phrases only; outside
// the range it gives the phrase for less or more ("kezek/ru/position-over"). A site's own status has no phrase: "status-set-gym" gives
// "kezek/ru/status-set". The error wraps ErrUnknown.
func Name(id, lang string, n int) (string, error) {
	if strings.HasPrefix(id, Own) && slices.Contains(Languages(), lang) {
		return Folder + "/" + lang + "/" + id, nil
	}
	l, err := find(id, lang, n)
	if err != nil {
		return "", err
	}
	return Folder + "/" + l.Lang + "/" + l.Base, nil
}

// Text returns what Name says in audio made for the company, as people write it. The error wraps ErrUnknown.
func Text(id, lang string, n int, company string) (string, error) {
	l, err := find(id, lang, n)
	if err != nil {
		return "", err
	}
	return plain(l.Speech, company), nil
}

// Lines returns every recording of a complete folder of audio, language by language, with the company filled in.
func Lines(company string) []Line {
	var lines []Line
	for _, lang := range Languages() {
		for _, p := range catalogue() {
			span := Range{} // the one recording of a phrase without a number
			if p.Numbers != nil {
				span = Range{From: p.Numbers.From - 1, To: p.Numbers.To + 1} // with those for less and more
			}
			for n := span.From; n <= span.To; n++ {
				if l, ok := p.line(lang, n); ok {
					l.Text = plain(l.Speech, company)
					lines = append(lines, l)
				}
			}
		}
	}
	return lines
}

// Own begins the ids of recordings that are a site's own and in no catalogue: notices.
const Own = "notice-"

// families are the phrases that stand in for one of theirs that is not in the catalogue.
var families = []string{"status-set", "status-refused", "result-set"}

func find(id, lang string, n int) (Line, error) {
	p, ok := byID()[id]
	for _, family := range families {
		if !ok && strings.HasPrefix(id, family+"-") {
			p, ok = byID()[family]
		}
	}
	switch {
	case !ok:
		return Line{}, fmt.Errorf("%w: id %q is not in the catalogue", ErrUnknown, id)
	case !slices.Contains(Languages(), lang):
		return Line{}, fmt.Errorf("%w: language %q: want one of %s", ErrUnknown, lang, strings.Join(Languages(), ", "))
	case p.To == Live:
		return Line{}, fmt.Errorf("%w: %q is spoken by the agent and has no audio", ErrUnknown, id)
	}
	l, ok := p.line(lang, n)
	if !ok {
		return Line{}, fmt.Errorf("%w: %q has no number %d: want %d to %d", ErrUnknown, id, n, p.Numbers.From, p.Numbers.To)
	}
	return l, nil
}

// line returns the recording for the number, without its Text; false if there is none.
func (p Phrase) line(lang string, n int) (Line, bool) {
	base, words := p.ID, p.Words[lang]
	speech := words.Text
	if r := p.Numbers; r != nil {
		switch {
		case n < r.From:
			base, speech, n = base+"-under", words.Under, r.From
		case n > r.To:
			base, speech, n = base+"-over", words.Over, r.To
		default:
			base = fmt.Sprintf("%s-%d", base, n)
		}
	}
	if speech == "" || p.To == Live {
		return Line{}, false
	}
	return Line{ID: p.ID, Lang: lang, Within: p.Within, Base: base, Speech: inflect(speech, lang, n)}, true
}

// parseCatalogue reads the catalogue strictly and refuses one that could not be spoken.
func parseCatalogue(data []byte) ([]Phrase, error) {
	var entries []struct {
		ID      string        `yaml:"id"`
		To      string        `yaml:"to"`
		When    string        `yaml:"when"`
		Numbers *Range        `yaml:"numbers"`
		Within  time.Duration `yaml:"within"`
		Ru      Words         `yaml:"ru"`
		Ky      Words         `yaml:"ky"`
	}
	if err := yaml.UnmarshalWithOptions(data, &entries, yaml.Strict()); err != nil {
		return nil, fmt.Errorf("catalogue: %w", err)
	}
	phrases := make([]Phrase, len(entries))
	for i, e := range entries {
		phrases[i] = Phrase{ID: e.ID, To: e.To, When: e.When, Numbers: e.Numbers, Within: e.Within, Words: map[string]Words{"ru": e.Ru, "ky": e.Ky}}
		if err := phrases[i].validate(); err != nil {
			return nil, fmt.Errorf("catalogue: phrase %q: %w", e.ID, err)
		}
		if slices.ContainsFunc(phrases[:i], func(p Phrase) bool { return p.ID == e.ID }) {
			return nil, fmt.Errorf("catalogue: phrase %q: it is listed twice", e.ID)
		}
	}
	return phrases, nil
}

func (p Phrase) validate() error {
	if !slices.Contains([]string{ToCaller, ToAgent, Live}, p.To) {
		return fmt.Errorf("to: %q: want caller, agent or live", p.To)
	}
	if r := p.Numbers; r != nil && (r.From < 0 || r.From > r.To || r.To > numeral.Max) {
		return fmt.Errorf("numbers: %d–%d: want a range in 0–%d", r.From, r.To, numeral.Max)
	}
	for lang, w := range p.Words {
		if w.Text == "" || w.Source == "" {
			return fmt.Errorf("%s: text and source must be given", lang)
		}
		for _, name := range placeholders(w.Text + w.Under + w.Over) {
			_, counts := grammar[lang][name]
			ok := name == "company" || name == "agent" && p.To == Live || counts && p.Numbers != nil
			if !ok {
				return fmt.Errorf("%s: {%s} means nothing here", lang, name)
			}
		}
	}
	return nil
}
