package build

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// install installs Debian packages, those of the non-free component too. Where the machine's own sources do not have them, it reads
// Debian's archive through a package list of its own: /etc/apt stays as it is.
func install(ctx context.Context, out io.Writer, packages []string) error {
	ctx, cancel := context.WithTimeout(ctx, 15*time.Minute)
	defer cancel()
	if _, err := exec.LookPath("apt-get"); err != nil {
		return fmt.Errorf("there is no apt-get here: install %s by hand, or build with --engine espeak-ng", strings.Join(packages, " "))
	}
	if os.Geteuid() != 0 {
		return errors.New("installing needs root: " + byHand(packages))
	}
	var private []string
	if !aptKnows(ctx, packages) {
		dir, err := os.MkdirTemp("", "kezek-apt-")
		if err != nil {
			return err
		}
		defer os.RemoveAll(dir)
		if private, err = privateSources(dir); err != nil {
			return err
		}
		fmt.Fprintln(out, "reading the package list of Debian main and non-free")
		if err := apt(ctx, private, "update"); err != nil {
			return fmt.Errorf("%w; %s", err, byHand(packages))
		}
	}
	args := append([]string{"install", "--yes", "--no-install-recommends"}, packages...)
	if err := apt(ctx, private, args...); err != nil {
		return fmt.Errorf("%w; %s", err, byHand(packages))
	}
	return nil
}

func byHand(packages []string) string {
	return "add the component non-free to Debian's entry in /etc/apt/sources.list, then run: " +
		"sudo apt-get update && sudo apt-get install --no-install-recommends " + strings.Join(packages, " ") +
		"; or build with --engine espeak-ng, which is less clear"
}

// aptKnows reports whether the machine's own sources have the packages.
func aptKnows(ctx context.Context, packages []string) bool {
	return apt(ctx, nil, append([]string{"install", "--simulate", "--no-install-recommends"}, packages...)...) == nil
}

// privateSources writes a list of Debian's sources into dir and returns the options that make apt use it alone.
func privateSources(dir string) ([]string, error) {
	release, err := os.ReadFile("/etc/os-release")
	if err != nil {
		return nil, err
	}
	values := map[string]string{}
	for line := range strings.Lines(string(release)) {
		if key, value, ok := strings.Cut(strings.TrimSpace(line), "="); ok {
			values[key] = strings.Trim(value, `"`)
		}
	}
	suite := values["VERSION_CODENAME"]
	if values["ID"] != "debian" || suite == "" {
		return nil, fmt.Errorf("this is %s, not a Debian release: install RHVoice with its Russian and Kyrgyz voices by hand, or build with --engine espeak-ng",
			values["PRETTY_NAME"])
	}
	if err := os.Chmod(dir, 0o755); err != nil { // apt reads and writes as a user of its own
		return nil, err
	}
	lists := filepath.Join(dir, "lists")
	if err := os.MkdirAll(filepath.Join(lists, "partial"), 0o755); err != nil {
		return nil, err
	}
	mirror, err := mirrorOf(suite)
	if err != nil {
		return nil, err
	}
	entry := fmt.Sprintf("deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] %s %s main non-free\n", mirror, suite)
	file := filepath.Join(dir, "sources.list")
	if err := os.WriteFile(file, []byte(entry), 0o644); err != nil {
		return nil, err
	}
	return []string{
		"-o", "Dir::Etc::sourcelist=" + file, "-o", "Dir::Etc::sourceparts=-", "-o", "Dir::State::lists=" + lists,
		"-o", "Dir::Cache::pkgcache=", "-o", "Dir::Cache::srcpkgcache=",
	}, nil
}

// mirrorOf is the mirror from which this machine gets a suite.
func mirrorOf(suite string) (string, error) {
	out, err := exec.Command("apt-get", "indextargets", "--format", "$(RELEASE) $(REPO_URI)").Output()
	if err != nil {
		return "", fmt.Errorf("apt-get indextargets: %w", err)
	}
	for line := range strings.Lines(string(out)) {
		if release, uri, ok := strings.Cut(strings.TrimSpace(line), " "); ok && release == suite {
			return uri, nil
		}
	}
	return "", fmt.Errorf("apt has no source of %s; run apt-get update, or see /etc/apt/sources.list", suite)
}

// apt waits for another package manager to finish instead of failing.
func apt(ctx context.Context, options []string, args ...string) error {
	command := append([]string{"env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq", "-o", "DPkg::Lock::Timeout=600"}, options...)
	return run(ctx, "", append(command, args...)...)
}
