package lab

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"text/template"
	"time"

	"github.com/goccy/go-yaml"
)

// What a lab is configured with: etc/asterisk for Asterisk, the rest for the
// daemon and Redis.
//
//go:embed etc
var etc embed.FS

// site is what the templates see.
type site struct {
	Addresses
	Name    string // of the Asterisk
	Dir     string // the lab's folder
	Home    string // where Asterisk sees its own part of it
	Modules string // Asterisk's modules
	Files   uint64 // how many it may have open

	App, ARIUser, ARIPassword, DID, ShortDID, BenchDID, ReceptionDID string
	Agents                                                           []Agent
}

// render writes the templates of the folder from into the folder to.
func render(from, to string, s site) error {
	entries, err := etc.ReadDir(from)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.IsDir() {
			continue
		}
		t, err := template.New(e.Name()).
			Option("missingkey=error").
			Funcs(template.FuncMap{"join": strings.Join}).
			ParseFS(etc, from+"/"+e.Name())
		if err != nil {
			return err
		}
		path := filepath.Join(to, e.Name())
		if err := os.RemoveAll(path); err != nil {
			return err
		}
		f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o600) // there are secrets in some
		if err != nil {
			return err
		}
		err = t.Execute(f, s)
		if cerr := f.Close(); err == nil {
			err = cerr
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// overlay lays the YAML text over the YAML file at path: maps are merged,
// anything else is replaced.
func overlay(path, text string) error {
	if text == "" {
		return nil
	}
	below, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var base, over map[string]any
	if err := yaml.Unmarshal(below, &base); err != nil {
		return err
	}
	if err := yaml.Unmarshal([]byte(text), &over); err != nil {
		return fmt.Errorf("Options.Config: %w", err)
	}
	merge(base, over)
	merged, err := yaml.Marshal(base)
	if err != nil {
		return err
	}
	return os.WriteFile(path, merged, 0o600)
}

func merge(base, over map[string]any) {
	for key, value := range over {
		below, ok := base[key].(map[string]any)
		above, isMap := value.(map[string]any)
		if ok && isMap {
			merge(below, above)
		} else {
			base[key] = value
		}
	}
}

// lend makes the folder to look like Asterisk's data folder, with links into
// the installation's own and Kezek's prompts beside its sounds.
func lend(i installation, to, prompts string) error {
	sounds := filepath.Join(to, "sounds")
	if err := os.MkdirAll(sounds, 0o755); err != nil {
		return err
	}
	for _, dir := range []string{"", "sounds"} {
		entries, err := os.ReadDir(filepath.Join(i.root, i.data, dir))
		if err != nil {
			return err
		}
		for _, e := range entries {
			if e.Name() == "sounds" || e.Name() == "kezek" {
				continue
			}
			if err := os.Symlink(filepath.Join(i.data, dir, e.Name()), filepath.Join(to, dir, e.Name())); err != nil {
				return err
			}
		}
	}
	if _, err := os.Stat(prompts); err != nil {
		return os.Mkdir(filepath.Join(sounds, "kezek"), 0o755)
	}
	return os.CopyFS(filepath.Join(sounds, "kezek"), os.DirFS(prompts))
}

// checkout returns the folder of go.mod at or above the working directory.
func checkout() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for d := dir; ; d = filepath.Dir(d) {
		if _, err := os.Stat(filepath.Join(d, "go.mod")); err == nil {
			return d, nil
		}
		if d == filepath.Dir(d) {
			return "", &fs.PathError{Op: "find go.mod above", Path: dir, Err: fs.ErrNotExist}
		}
	}
}

// lockFile waits until it alone has the lock on path. It calls waiting once if
// somebody else has it.
func lockFile(ctx context.Context, path string, waiting func()) (unlock func(), err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDONLY, 0o644)
	if err != nil {
		return nil, err
	}
	for first := true; ; first = false {
		err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			return func() { f.Close() }, nil
		}
		if first {
			waiting()
		}
		select {
		case <-time.After(100 * time.Millisecond):
		case <-ctx.Done():
			f.Close()
			return nil, fmt.Errorf("lock %s: %w", path, context.Cause(ctx))
		}
	}
}
