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

// needRHVoice skips where the voices are not installed; the shipped audio is tested without them. make test-long installs them.
func needRHVoice(t *testing.T) {
	t.Helper()
	engine := engines["RHVoice"]
	what := engine.missing()
	switch {
	case what == "":
	case os.Getenv("KEZEK_LONG") == "":
		t.Skipf("%s is not installed: the audio is not made anew", what)
	default:
		if err := engine.ensure(t.Context(), t.Output()); err != nil {
			t.Fatal(err)
		}
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

// A site with another company name needs the synthesiser for the phrases that name it, and for no other: whatever
// synthesiser it is, and whether or not the phrases were installed before.
func TestSiteSpeaksItsOwnCompanyAlone(t *testing.T) {
	for _, name := range Engines {
		dir := t.TempDir()
		o, err := Options{Dir: dir, Company: "Ала-Тоо", Site: true}.withDefaults()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := prompts.Install(dir, o.Company); err != nil {
			t.Fatal(err)
		}
		folder, err := prompts.Create(dir)
		if err != nil {
			t.Fatal(err)
		}
		defer folder.Close()
		manifest, err := prompts.ReadManifest(folder)
		if err != nil {
			t.Fatal(err)
		}
		jobs, result := plan(o, folder, engines[name], manifest)
		if all := len(prompts.Lines("")); len(jobs) != 4 || result.UpToDate != all-4 {
			t.Errorf("%s: %d to make, %v; want 4 of %d", name, len(jobs), result, all)
		}
		for _, j := range jobs {
			if !strings.Contains(j.Text, o.Company) {
				t.Errorf("%s: %s does not name the company: %q", name, j.File, j.Text)
			}
		}
		// What check says of them leads here, and it says nothing of the others.
		var errors int
		for _, f := range prompts.Check(os.DirFS(dir), o.Company) {
			if f.Severity == prompts.Info {
				continue
			}
			errors++
			if f.Severity != prompts.Error || f.Fix != "Run: kezek prompts build" {
				t.Error(f)
			}
		}
		if errors != len(jobs) {
			t.Errorf("check finds %d errors, build makes %d files", errors, len(jobs))
		}
	}
}

// With the shipped company's name no synthesiser is needed at all, also in an empty folder.
func TestSiteOfTheShippedCompanyNeedsNoSynthesiser(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "kezek")
	r, err := Run(t.Context(), Options{Dir: dir, Company: prompts.Company, Site: true, Engine: "espeak-ng"})
	if err != nil || r.Made != 0 || r.UpToDate != len(prompts.Lines("")) {
		t.Errorf("%v, %v; want nothing to be made", r, err)
	}
	for _, f := range prompts.Check(os.DirFS(dir), prompts.Company) {
		if f.Severity != prompts.Info {
			t.Error(f)
		}
	}
}
