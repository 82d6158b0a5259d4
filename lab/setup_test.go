package lab

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestSetupTellsWhatNeedsRoot(t *testing.T) {
	root := filepath.Join(t.TempDir(), rootName)
	want := []string{
		"apt-get update",
		"apt-get install --yes --no-install-recommends debootstrap redis-tools",
		"debootstrap --variant=minbase --include=asterisk,asterisk-core-sounds-ru-wav,asterisk-moh-opsound-wav sid " + root,
		"touch " + root + "/etc/resolv.conf",
		"touch " + root + "/etc/hosts",
	}
	if got := rootCommands([]string{"debootstrap", "redis-tools"}, true, root); !slices.Equal(got, want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
	if err := os.Mkdir(root, 0o755); err != nil {
		t.Fatal(err)
	}
	if got := rootCommands(nil, true, root); got[0] != "rm -r "+root {
		t.Errorf("a half-made root folder is not removed first: %q", got)
	}
	if got := rootCommands(nil, false, root); len(got) != 0 {
		t.Errorf("nothing is missing, and yet: %q", got)
	}
}

func TestSoftphonesAndBrowserAreForLongTestsAlone(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	long := missing(false, Needs{Long: true})
	for _, name := range []string{"baresip-core", "linphone-cli", "chromium-headless-shell", "npm"} {
		if !slices.Contains(long, name) {
			t.Errorf("make test-long installs %q, not %s", long, name)
		}
		if slices.Contains(missing(true, Needs{Daemon: true, Tests: true, Bench: true}), name) {
			t.Errorf("%s is installed for other things, too", name)
		}
	}
}

func TestHalfMadeRootIsNotUsed(t *testing.T) {
	cache := t.TempDir()
	t.Setenv("XDG_CACHE_HOME", cache)
	t.Setenv("ASTERISK", "")
	if err := os.MkdirAll(filepath.Join(cache, "kezek", rootName, "usr/sbin"), 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := Start(t.Context(), Options{Number: Any}); !errors.Is(err, errNotInstalled) {
		t.Errorf("got %v, want %v", err, errNotInstalled)
	}
}

func TestOldAsteriskIsRefused(t *testing.T) {
	binary := filepath.Join(t.TempDir(), "asterisk")
	t.Setenv("ASTERISK", binary)
	for output, want := range map[string]string{
		"Asterisk 18.26.4":                "too old",
		"Asterisk GIT-22-1234":            "", // goes on to look for the modules
		"Asterisk certified/18.9-cert12":  "too old",
		"Asterisk certified-20.7-cert2":   "",
		"something else":                  "cannot read the version",
		"Asterisk 22.10.1+dfsg+~cs6.17.6": "",
	} {
		if err := os.WriteFile(binary, []byte("#!/bin/sh\necho '"+output+"'\n"), 0o755); err != nil {
			t.Fatal(err)
		}
		err := checkVersion(t.Context(), binary)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: got %v, want %q", output, err, want)
		}
	}
}

// An interrupted apt-get is asked to end, not killed, and what it has unpacked is
// configured. The machine's packages are not for tests: a script stands in for each
// of the two programs.
func TestInterruptedInstallIsFinished(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
	log := filepath.Join(dir, "log")
	for name, script := range map[string]string{
		"apt-get": "case \"$*\" in *--simulate*) exit 0;; esac\ntrap 'echo apt-get ends >> " + log + "; exit 0' INT\necho Unpacking\nwhile :; do sleep 0.01; done\n",
		"dpkg":    "echo dpkg \"$@\" >> " + log + "\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n"+script), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	ctx, interrupt := context.WithCancel(t.Context())
	out := unpacking{interrupt}
	if err := install([]string{"some-package"}).do(ctx, out); err == nil {
		t.Error("an interrupted installation has no error")
	}
	if did, err := os.ReadFile(log); err != nil || string(did) != "apt-get ends\ndpkg --configure -a\n" {
		t.Errorf("%v; it did\n%s", err, did)
	}
}

// unpacking interrupts as soon as the first package is unpacked.
type unpacking struct{ interrupt func() }

func (u unpacking) Write(p []byte) (int, error) {
	if strings.Contains(string(p), "Unpacking") {
		u.interrupt()
	}
	return len(p), nil
}
