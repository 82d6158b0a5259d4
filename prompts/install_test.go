package prompts

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kezek/prompts/sound"
)

// install installs what is shipped. A phrase without audio, which TestShippedAudioIsGood reports, stops every installation.
func install(t *testing.T, dir, company string) Installed {
	t.Helper()
	for _, l := range Lines(company) {
		if shipped()[Stem(l.File())].File == "" {
			t.Skipf("no audio of %s: see TestShippedAudioIsGood", l.File())
		}
	}
	r, err := Install(dir, company)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// faults are the findings that an admin has to do something about.
func faults(dir, company string) (out []Fault) {
	for _, f := range Check(os.DirFS(dir), company) {
		if f.Severity != Info {
			out = append(out, f)
		}
	}
	return out
}

func put(t *testing.T, dir, file string, data []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, file), data, 0o644); err != nil {
		t.Fatal(err)
	}
}

func get(t *testing.T, dir, file string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, file))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestInstall(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "sounds", "kezek")
	all := len(Lines(Company))
	if r := install(t, dir, Company); r.Written != all {
		t.Errorf("first: %v, want %d written", r, all)
	}
	if f := faults(dir, Company); len(f) > 0 {
		t.Error(f)
	}
	if !strings.Contains(string(get(t, dir, "README.md")), "LGPL-2.1") {
		t.Error("the licence of the voices is not installed")
	}
	if r := install(t, dir, Company); r.Written != 0 || r.UpToDate != all {
		t.Errorf("again: %v, want all up to date", r)
	}
	if err := os.Remove(filepath.Join(dir, "ky/hold.wav")); err != nil {
		t.Fatal(err)
	}
	if r := install(t, dir, Company); r.Written != 1 {
		t.Errorf("after one was deleted: %v, want 1 written", r)
	}
}

func TestRecordingSurvivesInstall(t *testing.T) {
	dir := t.TempDir()
	install(t, dir, Company)
	studio := edit(get(t, dir, "ru/hold.wav"), scale(0.8))
	put(t, dir, "ru/hold.wav", studio)

	if r := install(t, dir, Company); len(r.Unknown) != 1 || r.Unknown[0] != "ru/hold.wav" {
		t.Errorf("an unknown file: %v, want it named and kept", r)
	}
	if string(get(t, dir, "ru/hold.wav")) != string(studio) {
		t.Fatal("an unknown file was overwritten")
	}
	e, err := Accept(dir, Company, "ru/hold.wav")
	if err != nil || e.By != Recording || !strings.HasPrefix(e.Text, "Ожидайте") {
		t.Fatalf("accept: %+v, %v", e, err)
	}
	if f := faults(dir, Company); len(f) > 0 {
		t.Error(f)
	}
	if r := install(t, dir, Company); r.Recordings != 1 || r.Written != 0 {
		t.Errorf("with a recording: %v", r)
	}
	if string(get(t, dir, "ru/hold.wav")) != string(studio) {
		t.Fatal("a recording was overwritten")
	}

	if err := os.Remove(filepath.Join(dir, "ru/hold.wav")); err != nil {
		t.Fatal(err)
	}
	if r := install(t, dir, Company); r.Written != 1 || len(faults(dir, Company)) > 0 {
		t.Errorf("after the recording was deleted: %v, %v; want the shipped file again", r, faults(dir, Company))
	}
}

// What was built for the site's company stays; back at the shipped company, the shipped file returns.
func TestInstallKeepsOwnCompany(t *testing.T) {
	dir := t.TempDir()
	const company = "Ала-Тоо"
	install(t, dir, company)
	m, err := ReadManifest(os.DirFS(dir))
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range Lines(company) {
		if stem := Stem(l.File()); m[stem].Text != l.Text { // as the build does
			own := edit(get(t, dir, l.File()), scale(0.9))
			put(t, dir, l.File(), own)
			m[stem] = Entry{File: l.File(), By: m[stem].By, Text: l.Text, SHA256: Sum(own)}
		}
	}
	put(t, dir, ManifestName, m.Encode())
	if f := faults(dir, company); len(f) > 0 {
		t.Error(f)
	}
	if r := install(t, dir, company); r.Written != 0 || len(faults(dir, company)) > 0 {
		t.Errorf("own company: %v, %v", r, faults(dir, company))
	}
	if r := install(t, dir, Company); r.Written != 4 || len(faults(dir, Company)) > 0 {
		t.Errorf("shipped company: %v, %v; want the four files that name it", r, faults(dir, Company))
	}
}

func TestInstallRemovesWhatIsGone(t *testing.T) {
	dir := t.TempDir()
	install(t, dir, Company)
	m, err := ReadManifest(os.DirFS(dir))
	if err != nil {
		t.Fatal(err)
	}
	put(t, dir, "ru/old.wav", []byte("audio of an older version"))
	put(t, dir, "ru/own.wav", []byte("the admin's"))
	m["ru/old"] = Entry{File: "ru/old.wav", By: "anna", SHA256: Sum([]byte("audio of an older version"))}
	put(t, dir, ManifestName, m.Encode())
	if r := install(t, dir, Company); r.Removed != 1 {
		t.Errorf("%v, want 1 removed", r)
	}
	if _, err := os.Stat(filepath.Join(dir, "ru/old.wav")); !errors.Is(err, os.ErrNotExist) {
		t.Error("the old file is still there")
	}
	get(t, dir, "ru/own.wav")
}

func TestAcceptReplacesTheOtherFormat(t *testing.T) {
	dir := t.TempDir()
	install(t, dir, Company)
	s, err := sound.Decode("x.wav", get(t, dir, "ru/hold.wav"))
	if err != nil {
		t.Fatal(err)
	}
	put(t, dir, "ru/hold.sln16", edit(get(t, dir, "ru/hold.wav"), func([]int16) []int16 { return s.Samples })[44:])
	if _, err := Accept(dir, Company, filepath.Join(dir, "ru/hold.sln16")); err != nil {
		t.Fatal(err)
	}
	if f := faults(dir, Company); len(f) > 0 {
		t.Error(f)
	}
	if r := install(t, dir, Company); r.Recordings != 1 || len(faults(dir, Company)) > 0 {
		t.Errorf("%v, %v", r, faults(dir, Company))
	}
}

func TestAcceptRefuses(t *testing.T) {
	dir := t.TempDir()
	install(t, dir, Company)
	good := get(t, dir, "ru/hold.wav")
	put(t, dir, "ru/holt.wav", good)
	put(t, dir, "ru/return.wav", good[:100])
	put(t, dir, "ru/closing.wav", edit(good, scale(0)))
	elsewhere := filepath.Join(t.TempDir(), "hold.wav")
	put(t, filepath.Dir(elsewhere), "hold.wav", good)
	for file, want := range map[string]string{
		"ru/holt.wav":    "no such prompt",
		"ru/return.wav":  "cut short",
		"ru/closing.wav": "nothing is heard",
		"ru/welcome.mp3": "no such file",
		elsewhere:        "no such file in",
		"../../etc/x":    "no such file in",
	} {
		before := string(get(t, dir, ManifestName))
		if _, err := Accept(dir, Company, file); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want one with %q", file, err, want)
		}
		if string(get(t, dir, ManifestName)) != before {
			t.Errorf("%s: the manifest was changed", file)
		}
	}
}
