package build

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"kezek/prompts"
	"kezek/prompts/sound"
)

// Engines are the names of the synthesisers that can be asked for, the best first.
var Engines = []string{"RHVoice", "espeak-ng"}

// engine is a speech synthesiser with a voice for each language.
type engine struct {
	packages []string          // of Debian
	download string            // their size
	programs []string          // that must be there
	voice    map[string]string // by language
	peak     string            // dBFS of the loudest sample, which brings the voice to -20 dBFS on average
	say      func(voice, file string) []string
	present  func(voice string) bool
}

var engines = map[string]engine{
	// Anna and Nazgul are free (LGPL-2.1+); several other voices of the same packages are not.
	"RHVoice": {
		packages: []string{"rhvoice", "rhvoice-russian", "rhvoice-kyrgyz", "sox"},
		download: "140 MB",
		peak:     "-8",
		programs: []string{"RHVoice-test", "sox"},
		voice:    map[string]string{"ru": "anna", "ky": "nazgul"},
		say: func(voice, file string) []string {
			return []string{"RHVoice-test", "-p", voice, "-R", "24000", "-o", file}
		},
		present: rhvoiceHas,
	},
	// Much less clear, but in every distribution.
	"espeak-ng": {
		packages: []string{"espeak-ng", "sox"},
		download: "5 MB",
		peak:     "-1",
		programs: []string{"espeak-ng", "sox"},
		voice:    map[string]string{"ru": "espeak-ng-ru", "ky": "espeak-ng-ky"},
		say: func(voice, file string) []string {
			return []string{"espeak-ng", "-v", strings.TrimPrefix(voice, "espeak-ng-"), "-s", "140", "--stdin", "-w", file}
		},
		present: func(string) bool { return true }, // its voices come with it
	},
}

// finish are the effects of SoX that make a telephone prompt of the raw speech: band-limited, trimmed, level, with 100 ms of silence
// before and 150 ms after. What must be short has less silence, and is spoken faster by the factor tempo.
func (e engine) finish(short bool, tempo float64) []string {
	pad := "pad 0.1 0.15"
	if short {
		pad = fmt.Sprintf("tempo -s %.3f pad %g %g", tempo, shortBefore.Seconds(), shortAfter.Seconds())
	}
	return strings.Fields("highpass 100 silence 1 0.02 0.5% reverse silence 1 0.02 0.5% reverse gain -n " + e.peak + " " + pad + " rate -v")
}

// The silence around what must be short.
const (
	shortBefore = 20 * time.Millisecond
	shortAfter  = 50 * time.Millisecond
)

func engineNamed(name string) (engine, error) {
	if name == "" {
		name = Engines[0]
	}
	e, ok := engines[name]
	if !ok {
		return e, fmt.Errorf("engine %q: want one of %s", name, strings.Join(Engines, ", "))
	}
	return e, nil
}

// recipe identifies everything that shapes the audio.
func (e engine) recipe(voice, text string, within time.Duration) string {
	parts := slices.Concat(e.say(voice, ""), e.finish(within > 0, 1), []string{text})
	if within > 0 {
		parts = append(parts, within.String())
	}
	return digest(parts...)
}

// speak returns the audio file that says the text: 8 kHz, mono, 16 bits. If within is not 0 it is no longer than that.
func (e engine) speak(ctx context.Context, voice, text string, within time.Duration) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	dir, err := os.MkdirTemp("", "kezek-prompts-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	raw, out := filepath.Join(dir, "raw.wav"), filepath.Join(dir, "out.wav")
	if err := run(ctx, text+"\n", e.say(voice, raw)...); err != nil {
		return nil, err
	}
	finished := func(tempo float64) ([]byte, error) {
		sox := []string{"sox", "-D", raw, "-t", "wav", "-r", "8k", "-c", "1", "-b", "16", "-e", "signed", out} // -D: no dither, which is random
		if err := run(ctx, "", append(sox, e.finish(within > 0, tempo)...)...); err != nil {
			return nil, err
		}
		return os.ReadFile(out)
	}
	data, err := finished(1)
	if err != nil || within == 0 {
		return data, err
	}
	s, err := sound.Decode(out, data)
	if err != nil {
		return nil, err
	}
	const silence = shortBefore + shortAfter
	if speech := s.Seconds() - silence.Seconds(); speech > (within - silence).Seconds() {
		return finished(speech / (within - silence - 10*time.Millisecond).Seconds())
	}
	return data, nil
}

// missing tells what the engine lacks, in words; "" if nothing.
func (e engine) missing() string {
	for _, p := range e.programs {
		if _, err := exec.LookPath(p); err != nil {
			return p
		}
	}
	for _, lang := range prompts.Languages() {
		if v := e.voice[lang]; !e.present(v) {
			return "the voice " + v
		}
	}
	return ""
}

// rhvoiceHas looks for the voice's folder: RHVoice itself takes another voice without a word.
func rhvoiceHas(voice string) bool {
	for _, share := range []string{"/usr/share", "/usr/local/share"} {
		if _, err := os.Stat(filepath.Join(share, "RHVoice/voices", voice)); err == nil {
			return true
		}
	}
	return false
}

// run executes a program and puts what it complained of into the error.
func run(ctx context.Context, stdin string, args ...string) error {
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8")
	cmd.Stdin = strings.NewReader(stdin)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s: %w: %s", args[0], err, lastLine(out.String()))
	}
	return nil
}

func lastLine(s string) string {
	lines := strings.Split(strings.TrimSpace(s), "\n")
	return lines[len(lines)-1]
}

// ensure installs the engine with apt if it is not there.
func (e engine) ensure(ctx context.Context, out io.Writer) error {
	what := e.missing()
	if what == "" {
		return nil
	}
	fmt.Fprintf(out, "%s is not installed; installing %s (%s to download)\n", what, strings.Join(e.packages, " "), e.download)
	if err := install(ctx, out, e.packages); err != nil {
		return fmt.Errorf("%s is missing: %w", what, err)
	}
	if what = e.missing(); what != "" {
		return fmt.Errorf("%s is still missing after installing %s", what, strings.Join(e.packages, " "))
	}
	return nil
}
