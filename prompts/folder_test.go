package prompts

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// outside is a folder beside the one of the audio, with a file that nothing may touch.
func outside(t *testing.T) (sounds, elsewhere string, untouched func()) {
	t.Helper()
	top := t.TempDir()
	sounds, elsewhere = filepath.Join(top, "kezek"), filepath.Join(top, "elsewhere")
	if err := os.Mkdir(elsewhere, 0o755); err != nil {
		t.Fatal(err)
	}
	put(t, elsewhere, "victim.wav", []byte("victim"))
	put(t, elsewhere, "hold.wav", []byte("victim"))
	return sounds, elsewhere, func() {
		t.Helper()
		var names []string
		entries, err := os.ReadDir(elsewhere)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			names = append(names, e.Name())
		}
		if !slices.Equal(names, []string{"hold.wav", "victim.wav"}) {
			t.Errorf("outside the folder there is now: %q", names)
		}
		for _, name := range names {
			if got := string(get(t, elsewhere, name)); got != "victim" {
				t.Errorf("%s outside the folder was overwritten: %.20q", name, got)
			}
		}
	}
}

func link(t *testing.T, to, at string) {
	t.Helper()
	if err := os.RemoveAll(at); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(to, at); err != nil {
		t.Fatal(err)
	}
}

// A user with write access to the folder may write any name into its manifest. Nothing but a phrase's own file is removed for it.
func TestHostileManifest(t *testing.T) {
	dir, elsewhere, untouched := outside(t)
	names := []string{
		"../elsewhere/victim.wav", "ru/../../elsewhere/victim.wav", filepath.Join(elsewhere, "victim.wav"), "ru/../../../etc/passwd",
		"elsewhere/victim.wav", "de/old.wav", "ru/sub/old.wav", "ru/notice-water.wav", "ru/..", "..", ".", "", "README.md", "ru/old",
		"ru/own\x1b[2J.wav", "ru\\..\\..\\elsewhere\\victim.wav", "ru/a\x00.wav", "ru//old.wav", "RU/old.wav", "manifest.json",
	}
	install(t, dir, Company)
	put(t, dir, "ru/notice-water.wav", []byte("victim"))
	m, err := ReadManifest(os.DirFS(dir))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		m["bad "+name] = Entry{File: name, By: "anna", SHA256: Sum([]byte("victim"))}
	}
	put(t, dir, ManifestName, m.Encode())

	found := CheckDir(dir, Company)
	if !slices.ContainsFunc(found, func(f Fault) bool { return f.Severity == Warning && f.File == ManifestName }) {
		t.Errorf("the check says nothing of the names: %v", found)
	}
	r := install(t, dir, Company)
	if len(r.Refused) != len(names) || r.Removed != 0 || strings.ContainsAny(r.String(), "\x1b\x00") {
		t.Errorf("%q, want %d names refused and none removed", r, len(names))
	}
	untouched()
	get(t, dir, "ru/notice-water.wav")
	if r := install(t, dir, Company); len(r.Refused) != 0 {
		t.Errorf("again: %v; want a clean manifest", r)
	}
}

// A file of an older version goes, but not what somebody has put in its place.
func TestPruneKeepsWhatIsNotOurs(t *testing.T) {
	dir := t.TempDir()
	install(t, dir, Company)
	m, err := ReadManifest(os.DirFS(dir))
	if err != nil {
		t.Fatal(err)
	}
	put(t, dir, "ru/old.wav", []byte("the admin's"))
	m["ru/old"] = Entry{File: "ru/old.wav", By: "anna", SHA256: Sum([]byte("ours"))}
	put(t, dir, ManifestName, m.Encode())
	if r := install(t, dir, Company); r.Removed != 0 {
		t.Errorf("%v, want none removed", r)
	}
	get(t, dir, "ru/old.wav")
}

// A language's folder that is a link is refused before anything is written.
func TestLinkedLanguage(t *testing.T) {
	for name, to := range map[string]string{"out": "../elsewhere", "/etc": "/etc", "in": "ky", "itself": "ru", "nowhere": "gone"} {
		t.Run(name, func(t *testing.T) {
			dir, elsewhere, untouched := outside(t)
			if to == "../elsewhere" {
				to = elsewhere
			}
			etc := listing(t, "/etc")
			if err := os.MkdirAll(dir, 0o755); err != nil {
				t.Fatal(err)
			}
			link(t, to, filepath.Join(dir, "ru"))
			_, err := Install(dir, Company)
			if err == nil || !strings.Contains(err.Error(), "kezek/ru: it is a link or a file, not a folder") {
				t.Errorf("install: %v", err)
			}
			if got := listing(t, dir); !slices.Equal(got, []string{"ru"}) {
				t.Errorf("written all the same: %q", got)
			}
			untouched()
			if got := listing(t, "/etc"); !slices.Equal(got, etc) {
				t.Errorf("/etc has %d names, had %d", len(got), len(etc))
			}
			if found := CheckDir(dir, Company); len(found) == 0 || found[0].Severity != Error {
				t.Errorf("the check finds %v", found)
			}
		})
	}
}

func listing(t *testing.T, dir string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// A file that is a link is not followed out of the folder, to be read or to be written.
func TestLinkedFile(t *testing.T) {
	dir, elsewhere, untouched := outside(t)
	install(t, dir, Company)
	link(t, filepath.Join(elsewhere, "hold.wav"), filepath.Join(dir, "ru/hold.wav"))
	link(t, "../../elsewhere/gone.wav", filepath.Join(dir, "ru/closing.wav"))
	link(t, filepath.Join(elsewhere, "victim.wav"), filepath.Join(dir, readmeName))
	r := install(t, dir, Company)
	if !slices.Equal(r.Unknown, []string{"ru/hold.wav", "ru/closing.wav"}) && !slices.Equal(r.Unknown, []string{"ru/closing.wav", "ru/hold.wav"}) {
		t.Errorf("%v, want both links named and kept", r)
	}
	untouched()
	if info, err := os.Lstat(filepath.Join(dir, readmeName)); err != nil || !info.Mode().IsRegular() {
		t.Errorf("README.md is still a link: %v, %v", info, err)
	}
	said := fmt.Sprint(CheckDir(dir, Company))
	for _, want := range []string{"format ru/hold.wav ", "it is a link that points out of the folder"} {
		if !strings.Contains(said, want) {
			t.Errorf("the check does not say %q: %s", want, said)
		}
	}
	if _, err := Accept(dir, Company, "ru/hold.wav"); err == nil || !strings.Contains(err.Error(), "leads out of the folder") && !strings.Contains(err.Error(), "no such file") {
		t.Errorf("accept: %v", err)
	}

	link(t, filepath.Join(elsewhere, "victim.wav"), filepath.Join(dir, ManifestName))
	if _, err := Install(dir, Company); err == nil || !strings.Contains(err.Error(), "manifest.json: it is a link that points out of the folder") {
		t.Errorf("a linked manifest: %v", err)
	}
	untouched()
}

// Accept removes the synthetic file of the same phrase only where it lies in the folder.
func TestAcceptUnderALink(t *testing.T) {
	dir, elsewhere, untouched := outside(t)
	install(t, dir, Company)
	good := get(t, dir, "ru/hold.wav")
	link(t, elsewhere, filepath.Join(dir, "ru"))
	if _, err := Accept(dir, Company, "ru/hold.wav"); err == nil {
		t.Error("accepted a file outside the folder")
	}
	if err := os.Remove(filepath.Join(dir, "ru")); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "ru"), 0o755); err != nil {
		t.Fatal(err)
	}
	put(t, dir, "ru/hold.wav", good)
	m := Manifest{"ru/hold": {File: "../elsewhere/hold.wav", By: "anna"}, "x": {File: "ru/../../elsewhere/victim.wav", By: "anna"}}
	put(t, dir, ManifestName, m.Encode())
	if _, err := Accept(dir, Company, "ru/hold.wav"); err != nil {
		t.Error(err)
	}
	untouched()
}

// A pipe, a device or a huge file in the place of one does not keep the command for ever.
func TestOddFiles(t *testing.T) {
	dir := t.TempDir()
	install(t, dir, Company)
	pipe := func(name string) {
		if err := os.RemoveAll(filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
		if err := syscall.Mkfifo(filepath.Join(dir, name), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	pipe("ru/hold.wav")
	if err := os.Truncate(filepath.Join(dir, "ru/closing.wav"), 1<<40); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(dir, "ru/return.wav")); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "ru/return.wav"), 0o755); err != nil {
		t.Fatal(err)
	}
	done := make(chan string, 1)
	go func() {
		r, err := Install(dir, Company)
		done <- fmt.Sprint(r, err, CheckDir(dir, Company))
	}()
	select {
	case said := <-done:
		for _, want := range []string{"3 unknown files kept", "it is not a regular file", "it is larger than 32 MB"} {
			if !strings.Contains(said, want) {
				t.Errorf("nothing says %q: %.2000s", want, said)
			}
		}
	case <-time.After(20 * time.Second):
		t.Fatal("it waits for ever")
	}
	pipe(ManifestName)
	if _, err := Install(dir, Company); err == nil {
		t.Error("a pipe was taken for the manifest")
	}
}

// The error of a write names the file that was wanted.
func TestWriteNamesTheFile(t *testing.T) {
	d, err := Create(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if err := os.Mkdir(filepath.Join(d.root.Name(), "x.wav"), 0o755); err != nil {
		t.Fatal(err)
	}
	err = d.Write("x.wav", nil)
	if err == nil || strings.Contains(err.Error(), ".kezek-") || !strings.HasPrefix(err.Error(), "x.wav: ") {
		t.Errorf("%v", err)
	}
	if left, _ := fs.Glob(os.DirFS(d.root.Name()), ".kezek-*"); len(left) != 0 {
		t.Errorf("left behind: %q", left)
	}
}
