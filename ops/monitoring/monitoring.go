// Package monitoring has what Prometheus, Alertmanager and Grafana need to watch Kezek: alert rules, a scrape config, an
// example for a chat, dashboards. They are files for people to copy; nothing of it runs here.
package monitoring

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/template"
	"time"
)

//go:embed files
var files embed.FS

// Options are what the files depend on.
type Options struct {
	// Target is the daemon's ops.listen, Site the site's name.
	Target, Site string
	// Job is the name of the job in Prometheus.
	Job string
	// Docs is where docs/operate.md can be read: alerts send people there.
	Docs string
	// Calls is how many calls an hour must bring before its service level is worth an alert.
	Calls int
	// Scale divides all times of the alert rules, so that somebody can try them out without waiting for hours; 1 is for service.
	Scale int
}

// Defaults are for service.
func Defaults() Options {
	return Options{Target: "127.0.0.1:8086", Site: "main", Job: "kezek", Docs: "file:///usr/share/doc/kezek/operate.md", Calls: 20, Scale: 1}
}

// What a window of rates and a threshold are at least when they are scaled: a rate needs some scrapes.
const (
	leastWindow    = 8 * time.Second
	leastThreshold = 4 * time.Second
)

// Windows are those over which the service level is looked at, CallbackWindows those for callbacks.
func (Options) Windows() []string         { return []string{"5m", "30m", "1h", "4h"} }
func (Options) CallbackWindows() []string { return []string{"5m", "30m", "1h", "6h"} }

// Interval is how often Prometheus looks.
func (o Options) Interval() string { return text(max(time.Second, o.scaled(15*time.Second))) }

func (o Options) scaled(d time.Duration) time.Duration {
	return (d / time.Duration(o.Scale)).Round(time.Second)
}

// text is a time as Prometheus reads it: in whole seconds, or as it was if it is one of its units.
func text(d time.Duration) string {
	for _, unit := range []struct {
		of   time.Duration
		name string
	}{{time.Hour, "h"}, {time.Minute, "m"}} {
		if d > 0 && d%unit.of == 0 {
			return fmt.Sprintf("%d%s", d/unit.of, unit.name)
		}
	}
	return fmt.Sprintf("%ds", d/time.Second)
}

func (o Options) functions() template.FuncMap {
	scaled := func(least time.Duration) func(string) (time.Duration, error) {
		return func(value string) (time.Duration, error) {
			d, err := time.ParseDuration(value)
			if o.Scale == 1 {
				return d, err
			}
			return max(least, o.scaled(d)), err
		}
	}
	window := scaled(leastWindow)
	threshold := scaled(leastThreshold)
	wait := scaled(0)
	return template.FuncMap{
		"window":  func(v string) (string, error) { d, err := window(v); return text(d), err },
		"wait":    func(v string) (string, error) { d, err := wait(v); return text(d), err },
		"seconds": func(v string) (int, error) { d, err := threshold(v); return int(d / time.Second), err },
	}
}

// Files are all files, by their names.
func Files(o Options) (map[string][]byte, error) {
	if o.Scale < 1 {
		return nil, fmt.Errorf("scale %d: want 1 or more", o.Scale)
	}
	made := map[string][]byte{}
	err := fs.WalkDir(files, "files", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := files.ReadFile(path)
		if err != nil {
			return err
		}
		name := filepath.Base(path)
		if plain, is := strings.CutSuffix(name, ".tmpl"); is {
			t, err := template.New(name).Option("missingkey=error").Delims("<%", "%>").Funcs(o.functions()).Parse(string(content))
			if err != nil {
				return err
			}
			var out bytes.Buffer
			if err := t.Execute(&out, o); err != nil {
				return err
			}
			name, content = plain, out.Bytes()
		}
		made[name] = content
		return nil
	})
	return made, err
}

// ErrDiffers says that a file is there with another content: it may have been changed by hand.
var ErrDiffers = errors.New("is there already, and differs")

// Write writes all files into a folder, which it makes if need be. Unless they may be replaced it writes nothing if one is there with
// another content, and says which; those that are there with the same content stay. It returns the names of all files.
func Write(dir string, o Options, replace bool) ([]string, error) {
	made, err := Files(o)
	if err != nil {
		return nil, err
	}
	names := slices.Sorted(maps.Keys(made))
	var other []error
	for _, name := range names {
		there, err := os.ReadFile(filepath.Join(dir, name))
		switch {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			return nil, err
		case !replace && !bytes.Equal(there, made[name]):
			other = append(other, fmt.Errorf("%s %w", filepath.Join(dir, name), ErrDiffers))
		}
	}
	if len(other) > 0 {
		return nil, errors.Join(other...)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	for _, name := range names {
		if err := writeWhole(filepath.Join(dir, name), made[name]); err != nil {
			return nil, err
		}
	}
	return names, nil
}

// writeWhole writes a file completely or not at all.
func writeWhole(path string, content []byte) (err error) {
	if there, err := os.ReadFile(path); err == nil && bytes.Equal(there, content) {
		return nil
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".kezek-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(f.Name())
		}
	}()
	_, err = f.Write(content)
	if err := errors.Join(err, f.Chmod(0o644), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
