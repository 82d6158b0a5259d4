// Package build makes the audio of the phrase catalogue with a speech synthesiser.
package build

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"runtime"
	"strings"
	"sync"
	"time"
	"unicode"

	"kezek/prompts"
	"kezek/prompts/sound"
)

// Options say what to build.
type Options struct {
	Dir     string    // folder of audio to bring up to date; it is created
	Company string    // the company the phrases name; "" is prompts.Company
	Say     string    // how a synthesiser should read the company's name; "" as it is written
	Engine  string    // a name from Engines; "" is RHVoice
	Force   bool      // make every synthetic file anew, also those that are up to date
	Site    bool      // take the shipped audio for what it says, so that only what names the site's own company is spoken
	Out     io.Writer // progress, for people
}

// Result counts what was done with the files.
type Result struct {
	Made, UpToDate, Removed int
	Recordings              int // accepted recordings, left alone
	Unknown                 int // files that were neither built nor accepted, left alone
}

// job is one file to make.
type job struct {
	prompts.Entry
	speech string        // what a synthesiser is given
	within time.Duration // how long it may take; 0 is as long as it takes
}

// said is how the shipped company's name is written for a synthesiser.
var said = map[string]string{prompts.Company: "Скайнет"}

// Run makes the files that are missing or out of date, and leaves recordings by people alone. It installs the engine if needed and
// permitted. What was made before an error stays and counts as made in the next run.
func Run(ctx context.Context, o Options) (Result, error) {
	o, err := o.withDefaults()
	if err != nil {
		return Result{}, err
	}
	engine, err := engineNamed(o.Engine)
	if err != nil {
		return Result{}, err
	}
	if o.Site && !o.Force {
		if _, err := prompts.Install(o.Dir, o.Company); err != nil {
			return Result{}, err
		}
	}
	dir, err := prompts.Create(o.Dir)
	if err != nil {
		return Result{}, err
	}
	defer dir.Close()
	manifest, err := prompts.ReadManifest(dir)
	if err != nil {
		return Result{}, err
	}
	jobs, result := plan(o, dir, engine, manifest)
	if len(jobs) > 0 {
		if err := engine.ensure(ctx, o.Out); err != nil {
			return result, err
		}
	}
	made, err := synthesiseAll(ctx, o, dir, engine, jobs)
	for _, e := range made {
		manifest[prompts.Stem(e.File)] = e
	}
	result.Made = len(made)
	if err == nil {
		result.Removed, err = prompts.Prune(dir, manifest)
	}
	return result, errors.Join(err, dir.Write(prompts.ManifestName, manifest.Encode()))
}

// plan compares the folder with the catalogue: what has to be made, and what is left as it is.
func plan(o Options, dir *prompts.Dir, engine engine, manifest prompts.Manifest) (jobs []job, result Result) {
	for _, l := range prompts.Lines(o.Company) {
		j := job{prompts.Entry{File: l.File(), By: engine.voice[l.Lang], Text: l.Text}, strings.ReplaceAll(l.Speech, "{company}", o.Say), l.Within}
		j.Recipe = engine.recipe(j.By, j.speech, j.within)
		old, known := manifest[prompts.Stem(j.File)]
		switch {
		case known && old.By == prompts.Recording:
			result.Recordings++
			if old.Text != j.Text {
				fmt.Fprintf(o.Out, "%s: kept, but it is a recording of another text: now %q\n", old.File, j.Text)
			}
		case unknown(dir, j.File, old):
			result.Unknown++
			fmt.Fprintf(o.Out, "%s: kept, but unknown: accept it as a recording, or delete it\n", j.File)
		case known && !o.Force && old.Text == j.Text && dir.Has(j.File) && (old.Recipe == j.Recipe || o.Site && l.Shipped()):
			result.UpToDate++
		default:
			jobs = append(jobs, j)
		}
	}
	return jobs, result
}

func (o Options) withDefaults() (Options, error) {
	if o.Dir == "" {
		return o, errors.New("build: no folder given")
	}
	if o.Company == "" {
		o.Company = prompts.Company
	}
	if o.Out == nil {
		o.Out = io.Discard
	}
	if o.Say == "" {
		o.Say = said[o.Company]
	}
	if o.Say == "" {
		o.Say = o.Company
		if strings.ContainsFunc(o.Say, func(r rune) bool { return unicode.Is(unicode.Latin, r) }) {
			fmt.Fprintf(o.Out, "note: %q has Latin letters, which the voices have to guess; give its pronunciation in Cyrillic with --say\n", o.Say)
		}
	}
	return o, nil
}

// unknown reports whether the file is there and is not the one of the entry.
func unknown(dir *prompts.Dir, file string, e prompts.Entry) bool {
	data, err := dir.ReadFile(file)
	if err != nil {
		return !errors.Is(err, fs.ErrNotExist) // a link that leads out, say: somebody put it there
	}
	return prompts.Sum(data) != e.SHA256
}

// synthesiseAll makes the jobs' files, several at a time, and returns those that were made, also when one has failed.
func synthesiseAll(ctx context.Context, o Options, dir *prompts.Dir, engine engine, jobs []job) ([]prompts.Entry, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var (
		mu   sync.Mutex
		made []prompts.Entry
		wg   sync.WaitGroup
		todo = make(chan job)
	)
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for j := range todo {
				done, err := synthesise(ctx, dir, engine, j)
				if err != nil {
					cancel(fmt.Errorf("%s: %w", j.File, err))
					continue
				}
				mu.Lock()
				made = append(made, done)
				if n := len(made); n%20 == 0 || n == len(jobs) {
					fmt.Fprintf(o.Out, "%d of %d made\n", n, len(jobs))
				}
				mu.Unlock()
			}
		})
	}
feed:
	for _, j := range jobs {
		select {
		case todo <- j:
		case <-ctx.Done():
			break feed
		}
	}
	close(todo)
	wg.Wait()
	return made, context.Cause(ctx)
}

// synthesise makes one file and completes its entry. Audio that the check would refuse is not written.
func synthesise(ctx context.Context, dir *prompts.Dir, engine engine, j job) (prompts.Entry, error) {
	e := j.Entry
	data, err := engine.speak(ctx, e.By, j.speech, j.within)
	if err != nil {
		return e, err
	}
	s, err := sound.Decode(e.File, data)
	if err != nil {
		return e, err
	}
	if faults := prompts.Faults(s); len(faults) > 0 {
		return e, fmt.Errorf("the synthesiser's audio is bad: %s", faults[0].Problem)
	}
	e.Seconds, e.SHA256 = s.Seconds(), prompts.Sum(data)
	return e, dir.Write(e.File, data)
}

func digest(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:6])
}

// String tells the result in a sentence.
func (r Result) String() string {
	return fmt.Sprintf("%d made, %d up to date, %d removed, %d recordings and %d unknown files kept",
		r.Made, r.UpToDate, r.Removed, r.Recordings, r.Unknown)
}
