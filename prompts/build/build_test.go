package build

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kezek/prompts"
	"kezek/prompts/sound"
)

// needRHVoice skips where the voices are not installed; the shipped audio is tested without them.
func needRHVoice(t *testing.T) {
	t.Helper()
	if what := engines["RHVoice"].missing(); what != "" {
		t.Skipf("%s is not installed: the audio is not made anew", what)
	}
}

// A change of words, stress marks, voice or finish without new audio shows here; mend it with make prompts.
func TestShippedAudioIsOfTodaysRecipe(t *testing.T) {
	m, err := prompts.ReadManifest(prompts.Audio())
	if err != nil {
		t.Fatal(err)
	}
	engine, err := engineNamed("")
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range prompts.Lines(prompts.Company) {
		e := m[prompts.Stem(l.File())]
		if want := engine.recipe(engine.voice[l.Lang], strings.ReplaceAll(l.Speech, "{company}", said[prompts.Company]), l.Within); e.By != prompts.Recording && e.Recipe != want {
			t.Errorf("%s: made by recipe %q, today's is %q", l.File(), e.Recipe, want)
		}
	}
}

func TestOneSpeechOneFile(t *testing.T) {
	needRHVoice(t)
	engine := engines["RHVoice"]
	for voice, within := range map[string]time.Duration{"anna": 0, "nazgul": 900 * time.Millisecond} {
		text := map[string]string{"anna": "Спасибо за ожидание.", "nazgul": "Күткөнүңүз үчүн ыракмат."}[voice]
		first, err := engine.speak(t.Context(), voice, text, within)
		if err != nil {
			t.Fatal(err)
		}
		if s, err := sound.Decode("x.wav", first); err != nil || within > 0 && s.Seconds() > within.Seconds() {
			t.Errorf("%s takes %gs, want at most %v (%v)", voice, s.Seconds(), within, err)
		}
		second, err := engine.speak(t.Context(), voice, text, within)
		if err != nil || !bytes.Equal(first, second) {
			t.Errorf("%s: the same words gave other audio (%v)", voice, err)
		}
	}
}

// Run on an installed folder makes just what is missing or names another company, and never touches what a person put there.
func TestRunMakesWhatIsStale(t *testing.T) {
	needRHVoice(t)
	dir := t.TempDir()
	if _, err := prompts.Install(dir, prompts.Company); err != nil {
		t.Fatal(err)
	}
	path := func(file string) string { return filepath.Join(dir, file) }
	read := func(file string) string {
		data, err := os.ReadFile(path(file))
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	if err := os.Remove(path("ru/unwell.wav")); err != nil {
		t.Fatal(err)
	}
	for from, to := range map[string]string{"ru/closing.wav": "ru/hold.wav", "ky/closing.wav": "ky/welcome.wav"} {
		if err := os.WriteFile(path(to), []byte(read(from)), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := prompts.Accept(dir, "Ала-Тоо", "ky/welcome.wav"); err != nil {
		t.Fatal(err)
	}
	hold, kyrgyz := read("ru/hold.wav"), read("ky/welcome.wav")

	var out bytes.Buffer
	r, err := Run(t.Context(), Options{Dir: dir, Company: "Ала-Тоо", Out: &out})
	if err != nil {
		t.Fatal(err)
	}
	// Made: the deleted one, and those that name the company but for the recording.
	want := Result{Made: 4, UpToDate: len(prompts.Lines("")) - 6, Recordings: 1, Unknown: 1}
	if r != want {
		t.Errorf("got %v, want %v\n%s", r, want, &out)
	}
	if read("ru/hold.wav") != hold || read("ky/welcome.wav") != kyrgyz {
		t.Error("a file that a person put there was overwritten")
	}
	for _, f := range prompts.Check(os.DirFS(dir), "Ала-Тоо") {
		if f.Severity != prompts.Info && f.File != "ru/hold.wav" {
			t.Error(f)
		}
	}
	if r, err = Run(t.Context(), Options{Dir: dir, Company: "Ала-Тоо"}); err != nil || r.Made != 0 {
		t.Errorf("again: %v, %v; want nothing made", r, err)
	}
}

func TestRunRefuses(t *testing.T) {
	if _, err := Run(t.Context(), Options{Dir: t.TempDir(), Engine: "Festival"}); err == nil || !strings.Contains(err.Error(), "want one of RHVoice, espeak-ng") {
		t.Errorf("unknown engine: %v", err)
	}
	if _, err := Run(t.Context(), Options{}); err == nil || !strings.Contains(err.Error(), "no folder") {
		t.Errorf("no folder: %v", err)
	}
}

// What was made before an interruption is in the manifest, so that the next run goes on from there.
func TestRunInterrupted(t *testing.T) {
	needRHVoice(t)
	dir := t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	stopped := cancelAt{"made\n", cancel}
	r, err := Run(ctx, Options{Dir: dir, Out: stopped})
	if !errors.Is(err, context.Canceled) || r.Made == 0 {
		t.Fatalf("%v, %v; want some made, then an interruption", r, err)
	}
	m, err := prompts.ReadManifest(os.DirFS(dir))
	if err != nil || len(m) != r.Made {
		t.Errorf("manifest of %d files, %v; want %d", len(m), err, r.Made)
	}
}

// cancelAt cancels once the text is written to it.
type cancelAt struct {
	text   string
	cancel func()
}

func (c cancelAt) Write(p []byte) (int, error) {
	if strings.Contains(string(p), c.text) {
		c.cancel()
	}
	return len(p), nil
}

func TestLatinCompanyIsPointedOut(t *testing.T) {
	for _, tt := range []struct {
		company, say, want string
		note               bool
	}{
		{"", "", "Скайнет", false},
		{"Skynet", "Скай-нет", "Скай-нет", false},
		{"Ала-Тоо", "", "Ала-Тоо", false},
		{"MegaCom", "", "MegaCom", true},
		{"MegaCom", "Мегаком", "Мегаком", false},
	} {
		var out bytes.Buffer
		o, err := Options{Dir: "x", Company: tt.company, Say: tt.say, Out: &out}.withDefaults()
		if err != nil || o.Say != tt.want || (out.Len() > 0) != tt.note {
			t.Errorf("%q said %q: %q, note %q, %v", tt.company, tt.say, o.Say, &out, err)
		}
	}
}
