package ari

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"regexp"
	"strings"
	"syscall"
	"time"

	asterisk "github.com/CyCoreSystems/ari/v6"
)

// recordingName is a file of ours, with its day and queue, without its ending.
var recordingName = regexp.MustCompile(`^kezek/([0-9]{4}-[0-9]{2}-[0-9]{2})/([A-Za-z0-9_-]+)/[^/]+-(caller|agent)$`)

const (
	recordingsDir = "kezek" // among Asterisk's recordings
	recordingExt  = ".wav"
)

// Retention says which recordings [Exchange.Prune] deletes.
type Retention struct {
	// Dir is Asterisk's folder of recordings, if it can be read here. Asterisk's own list ends
	// at the first link that leads nowhere.
	Dir string
	// Keep is how long a queue's are kept; 0 for one that is not known, whose stay.
	Keep func(queue string) time.Duration
	// Most are deleted at once.
	Most int
}

// Pruned is what was found and done.
type Pruned struct {
	Left, Deleted int
	// Skipped are names of what could not be read or deleted, with the reason.
	Skipped []string
}

// skip takes note of something that must not stop the rest.
func (p *Pruned) skip(name string, why any) {
	p.Skipped = append(p.Skipped, fmt.Sprintf("%q: %v", name, why))
}

// Prune deletes recordings older than their queue keeps them. What cannot be read or deleted is skipped;
// an error says that nothing could be listed, or that Asterisk does not answer.
func (e *Exchange) Prune(ctx context.Context, now time.Time, r Retention) (Pruned, error) {
	var p Pruned
	dir, names := recordingsIn(r.Dir, &p)
	if dir != nil {
		defer dir.Close()
	} else {
		var stored []asterisk.StoredRecordingData
		if err := e.client.get(ctx, "/recordings/stored", &stored); err != nil {
			return p, fmt.Errorf("list of recordings: %w", err)
		}
		for _, s := range stored {
			names = append(names, s.Name)
		}
	}
	silent := 0 // requests in a row without an answer
	for _, name := range names {
		m := recordingName.FindStringSubmatch(name)
		if m == nil {
			continue
		}
		p.Left++
		day, err := time.ParseInLocation(time.DateOnly, m[1], now.Location())
		kept := r.Keep(m[2])
		if err != nil || kept == 0 || now.Before(day.AddDate(0, 0, 1).Add(kept)) || p.Deleted == r.Most {
			continue
		}
		if err := e.deleteRecording(ctx, dir, name); err != nil {
			p.skip(name, err)
			if silent++; Status(err) != 0 || errors.Is(err, errStays) {
				silent = 0
			}
			if silent == 3 || ctx.Err() != nil {
				return p, fmt.Errorf("recording %s: %w", name, err)
			}
			continue
		}
		silent = 0
		p.Left--
		p.Deleted++
	}
	return p, nil
}

// errStays is about a file of which Asterisk says that it is not there.
var errStays = errors.New("it exists, and Asterisk does not find it: is there a broken link beside it?")

// deleteRecording lets Asterisk delete a file, whose folder it is. It does not find those beside a link that leads nowhere.
func (e *Exchange) deleteRecording(ctx context.Context, dir *os.Root, name string) error {
	err := e.client.delete(ctx, path("recordings", "stored", name))
	if Status(err) != http.StatusNotFound {
		return err
	}
	if dir == nil {
		return nil // somebody else has deleted it
	}
	if err := dir.Remove(name + recordingExt); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return errStays
	}
	return nil
}

// linked reports whether a file has more than one name. Asterisk's user may have made one here for a file that is no recording.
func linked(e fs.DirEntry) bool {
	info, err := e.Info()
	if err != nil {
		return false // it is gone
	}
	at, ok := info.Sys().(*syscall.Stat_t)
	return ok && at.Nlink > 1
}

// recordingsIn lists our recordings in a folder, by their names without ending. No link is followed. The folder is nil if it cannot
// be read here or has none.
func recordingsIn(name string, p *Pruned) (dir *os.Root, names []string) {
	if name == "" {
		return nil, nil
	}
	dir, err := os.OpenRoot(name)
	if err != nil {
		return nil, nil
	}
	err = fs.WalkDir(dir.FS(), recordingsDir, func(at string, e fs.DirEntry, err error) error {
		file, sound := strings.CutSuffix(at, recordingExt)
		inQueue := strings.Count(at, "/") == 3 // below a day and a queue
		switch {
		case err != nil && at == recordingsDir:
			return err
		case errors.Is(err, fs.ErrNotExist): // it was just deleted
		case err != nil:
			p.skip(at, err)
		case e.Type()&fs.ModeSymlink != 0:
			p.skip(at, "it is a link")
		case !inQueue || !sound:
		case !e.Type().IsRegular():
			p.skip(at, "it is not a regular file")
		case linked(e):
			p.skip(at, "it has another name elsewhere (a hard link), which Asterisk does not create")
		default:
			names = append(names, file)
		}
		if inQueue && e.IsDir() {
			return fs.SkipDir
		}
		return nil
	})
	if err != nil {
		dir.Close()
		return nil, nil
	}
	return dir, names
}
