package build

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// install installs Debian packages, those of the non-free component too. Where the machine's own sources do not have them, it reads
// Debian's archive through a package list of its own: /etc/apt stays as it is.
func install(ctx context.Context, out io.Writer, packages []string) error {
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
		if private, err = privateSources(ctx, dir); err != nil {
			return err
		}
		fmt.Fprintln(out, "reading the package list of Debian main and non-free")
		if err := apt(ctx, out, private, "update"); err != nil {
			return fmt.Errorf("%w; %s", err, byHand(packages))
		}
	}
	args := append([]string{"install", "--yes", "--no-install-recommends"}, packages...)
	if err := apt(ctx, out, private, args...); err != nil {
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
	return apt(ctx, io.Discard, nil, append([]string{"install", "--simulate", "--no-install-recommends"}, packages...)...) == nil
}

// privateSources writes a list of Debian's sources into dir and returns the options that make apt use it alone.
func privateSources(ctx context.Context, dir string) ([]string, error) {
	text, err := os.ReadFile("/etc/os-release")
	if err != nil {
		return nil, err
	}
	system := map[string]string{}
	for line := range strings.Lines(string(text)) {
		if key, value, ok := strings.Cut(strings.TrimSpace(line), "="); ok {
			system[key] = strings.Trim(value, `"`)
		}
	}
	if system["ID"] != "debian" {
		return nil, fmt.Errorf("this is %s, not Debian: install RHVoice with its Russian and Kyrgyz voices by hand, or build with --engine espeak-ng",
			system["PRETTY_NAME"])
	}
	targets, err := exec.CommandContext(ctx, "apt-get", "indextargets", "--format", targetFormat).Output()
	if err != nil {
		return nil, fmt.Errorf("apt-get indextargets: %w", err)
	}
	source, err := sourceOf(system["VERSION_CODENAME"], string(targets))
	if err != nil {
		return nil, err
	}
	if err := os.Chmod(dir, 0o755); err != nil { // apt reads and writes as a user of its own
		return nil, err
	}
	lists := filepath.Join(dir, "lists")
	for _, made := range []string{lists, filepath.Join(lists, "partial")} {
		if err := os.Mkdir(made, 0o755); err != nil {
			return nil, err
		}
		if err := os.Chmod(made, 0o755); err != nil {
			return nil, err
		}
	}
	entry := fmt.Sprintf("deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] %s main non-free\n", source)
	file := filepath.Join(dir, "sources.list")
	if err := errors.Join(os.WriteFile(file, []byte(entry), 0o644), os.Chmod(file, 0o644)); err != nil {
		return nil, err
	}
	return []string{
		"-o", "Dir::Etc::sourcelist=" + file, "-o", "Dir::Etc::sourceparts=-", "-o", "Dir::State::lists=" + lists,
		"-o", "Dir::Cache::pkgcache=", "-o", "Dir::Cache::srcpkgcache=",
	}, nil
}

// targetFormat makes apt tell of each of its sources: whose, which release under which names, where.
const targetFormat = "$(ORIGIN)|$(RELEASE)|$(CODENAME)|$(REPO_URI)"

// sourceOf is the mirror and release from which this machine gets Debian, as a list of sources has them. A machine of the
// release in the making says the next one's name, forky, also where it follows sid: then apt knows only sid.
func sourceOf(release, targets string) (string, error) {
	unstable := ""
	for line := range strings.Lines(targets) {
		f := strings.Split(strings.TrimSpace(line), "|")
		if len(f) != 4 || f[0] != "Debian" && f[0] != "" { // empty: its lists were not fetched yet
			continue
		}
		switch source := f[3] + " " + f[1]; {
		case release != "" && (f[1] == release || f[2] == release):
			return source, nil
		case unstable == "" && (f[1] == "sid" || f[1] == "unstable"):
			unstable = source
		}
	}
	if unstable == "" {
		return "", fmt.Errorf("apt has no source of Debian %s; run apt-get update, or see /etc/apt/sources.list", release)
	}
	return unstable, nil
}

// stalledAfter is how long apt-get may be at the same point, longer than it waits for another package manager and for a silent
// mirror. How long all of it takes depends on the line to the mirror, so that has no bound.
var stalledAfter = 12 * time.Minute

var errStalled = errors.New("no progress")

// apt waits for another package manager to finish instead of failing, and tells out how far it is.
func apt(ctx context.Context, out io.Writer, options []string, args ...string) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	command := slices.Concat([]string{"-qq", "-o", "DPkg::Lock::Timeout=600", "-o", "APT::Status-Fd=1"}, options, args)
	cmd := exec.CommandContext(ctx, "apt-get", command...)
	cmd.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive", "LC_ALL=C.UTF-8")
	// A dpkg that is killed must be repaired by hand: it is asked to end.
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	said := newProgress(out, stalledAfter, func() { cancel(errStalled) })
	defer said.end()
	cmd.Stdout, cmd.Stderr = said, said
	if err := cmd.Run(); err != nil {
		if cause := context.Cause(ctx); errors.Is(cause, errStalled) {
			err = fmt.Errorf("%w for %v: %s", cause, stalledAfter, said.at())
		}
		return fmt.Errorf("apt-get %s: %w: %s", args[0], err, said.complaint())
	}
	return nil
}
