package lab

import (
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
