package state

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"kezek/queue"
)

// largestSpool bounds what is read: many times what a site can promise.
const largestSpool = 64 << 20

// spoolTry is what a spool holds when very many promises are open, in bytes.
const spoolTry = 1 << 20

// FileSpool keeps promised callbacks in a local file while Redis is away. The
// file is whole at every moment: it is written beside, synced and renamed.
type FileSpool struct {
	Path string
	// Site is the site that the promises belong to; those of another are not loaded.
	Site string
}

// kept is a callback in the file. Files of before it named the site have none.
type kept struct {
	Site string `json:"site,omitempty"`
	*queue.Callback
}

// Keep has synced the callbacks to disk when it returns without error.
func (f FileSpool) Keep(callbacks []*queue.Callback) error {
	all := make([]kept, len(callbacks))
	for i, cb := range callbacks {
		all[i] = kept{f.Site, cb}
	}
	data, err := json.MarshalIndent(all, "", " ")
	if err == nil {
		err = writeFile(f.Path, data)
	}
	if err != nil {
		return fmt.Errorf("spool: %w", err)
	}
	return nil
}

// Load gives what is kept, nothing when there is no file. What cannot be read, or is
// no callback that the rules know, is named in the error; the file is then moved
// aside as it was, to Path.broken-TIME, so that nothing of it is lost. What is good
// in it is returned all the same, and is kept on.
func (f FileSpool) Load() ([]*queue.Callback, error) {
	data, err := readFile(f.Path, largestSpool)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var good []*queue.Callback
	if err == nil {
		good, err = readSpool(data, f.Site, f.writtenUntil())
	}
	if err == nil {
		return good, nil
	}
	aside, failed := f.aside()
	if failed == nil && len(good) > 0 {
		failed = f.Keep(good)
	}
	if failed != nil {
		return good, fmt.Errorf("spool %s: %w", f.Path, errors.Join(err, failed))
	}
	return good, fmt.Errorf("spool %s, moved to %s: %w", f.Path, aside, err)
}

// writtenUntil is a time that nothing in the file can be from after: now, or when it
// was written, should the clock have been set back since.
func (f FileSpool) writtenUntil() time.Time {
	now := time.Now()
	if at, err := os.Stat(f.Path); err == nil {
		now = later(now, at.ModTime())
	}
	return now
}

// readFile reads a file of so many bytes at most. Whatever else stands in its place, such as a
// pipe that nobody writes into, keeps nobody waiting.
func readFile(path string, most int64) ([]byte, error) {
	file, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	if info, err := file.Stat(); err != nil || !info.Mode().IsRegular() {
		return nil, cmp.Or(err, errors.New("it is not a file"))
	}
	data, err := io.ReadAll(io.LimitReader(file, most+1))
	if err == nil && int64(len(data)) > most {
		err = fmt.Errorf("it is larger than %d MiB", most>>20)
	}
	return data, err
}

// readSpool reads entry by entry: of a file that is cut off those before the cut are good.
func readSpool(data []byte, site string, until time.Time) (good []*queue.Callback, err error) {
	if len(bytes.TrimSpace(data)) == 0 {
		return nil, errors.New("it is empty")
	}
	list := json.NewDecoder(bytes.NewReader(data))
	if open, err := list.Token(); err != nil || open != json.Delim('[') {
		return nil, errors.Join(errors.New("it is not a list of callbacks"), err)
	}
	var bad []error
	seen := map[string]bool{}
	for n := 1; list.More(); n++ {
		var raw json.RawMessage
		if err := list.Decode(&raw); err != nil {
			return good, errors.Join(append(bad, fmt.Errorf("entry %d and what follows: %w", n, err))...)
		}
		cb, err := readPromise(raw, site, until)
		if err == nil && seen[cb.ID] {
			err = fmt.Errorf("duplicate callback %s", clip(cb.ID))
		}
		if err != nil {
			bad = append(bad, fmt.Errorf("entry %d: %w", n, err))
			continue
		}
		seen[cb.ID] = true
		good = append(good, cb)
	}
	if _, err := list.Token(); err != nil {
		bad = append(bad, fmt.Errorf("the end: %w", err))
	} else if _, err := list.Token(); !errors.Is(err, io.EOF) {
		bad = append(bad, errors.New("there is text after the list"))
	}
	return good, errors.Join(bad...)
}

func readPromise(raw []byte, site string, until time.Time) (*queue.Callback, error) {
	if string(bytes.TrimSpace(raw)) == "null" {
		return nil, errors.New("it is null")
	}
	cb := new(queue.Callback)
	entry := kept{Callback: cb}
	if err := json.Unmarshal(raw, &entry); err != nil {
		return nil, err
	}
	if entry.Site != "" && site != "" && entry.Site != site {
		return nil, fmt.Errorf("callback %s: it is of site %s, not of %s", clip(cb.ID), clip(entry.Site), site)
	}
	if err := cb.Validate(until); err != nil {
		return nil, fmt.Errorf("callback %s: %w", clip(cb.ID), err)
	}
	return cb, nil
}

const brokenMark = ".broken-"

// aside moves the file, or whatever stands in its place, to a name that nothing has.
func (f FileSpool) aside() (to string, err error) {
	at := f.Path + brokenMark + time.Now().UTC().Format("20060102T150405Z")
	for n := 1; ; n++ {
		if to = at; n > 1 {
			to = fmt.Sprintf("%s.%d", at, n)
		}
		if _, err := os.Lstat(to); err != nil {
			break // it is free, or the rename tells
		}
	}
	if err := os.Rename(f.Path, to); err != nil {
		return "", err
	}
	return to, syncDir(filepath.Dir(f.Path))
}

// Broken are the files that were moved aside because they could not be read, the
// oldest first. They stay until a person has looked at them and moves them away.
func (f FileSpool) Broken() []string {
	entries, err := os.ReadDir(filepath.Dir(f.Path))
	if err != nil {
		return nil // there is no spool then, which is told elsewhere
	}
	var broken []string
	for _, e := range entries {
		if rest, ok := strings.CutPrefix(e.Name(), filepath.Base(f.Path)+brokenMark); ok && rest != "" {
			broken = append(broken, filepath.Join(filepath.Dir(f.Path), e.Name()))
		}
	}
	slices.Sort(broken)
	return broken
}

// Clear deletes what is kept.
func (f FileSpool) Clear() error {
	err := os.Remove(f.Path)
	if err == nil || errors.Is(err, fs.ErrNotExist) {
		err = syncDir(filepath.Dir(f.Path))
	}
	if err != nil {
		return fmt.Errorf("spool: %w", err)
	}
	return nil
}

// Fault says why this user cannot keep promises in the file. It writes as much as a full one
// beside it, waits until the disk has it, and deletes it.
func (f FileSpool) Fault() error {
	dir := filepath.Dir(f.Path)
	if info, err := os.Stat(dir); err != nil {
		return err
	} else if !info.IsDir() {
		return fmt.Errorf("%s is not a folder", dir)
	}
	if err := readable(f.Path); err != nil {
		return err
	}
	try, err := writeBeside(f.Path+".check", make([]byte, spoolTry))
	defer os.Remove(try)
	switch {
	case try == "":
		return fmt.Errorf("cannot write into %s: %w", dir, withoutName(err))
	case err != nil:
		return fmt.Errorf("cannot write %d KB into %s: %w", spoolTry>>10, dir, withoutName(err))
	}
	return nil
}

// readable says why the file, if there is one, cannot be read.
func readable(path string) error {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case !info.Mode().IsRegular():
		return fmt.Errorf("%s is not a file", path)
	}
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return f.Close()
}

// writeFile has replaced a file on disk when it returns without error.
func writeFile(path string, data []byte) error {
	next, err := writeBeside(path, data)
	defer os.Remove(next)
	if err == nil {
		err = os.Rename(next, path)
	}
	if err == nil {
		err = syncDir(filepath.Dir(path))
	}
	if err != nil {
		return fmt.Errorf("%s: %w", path, withoutName(err))
	}
	return nil
}

// writeBeside writes a new file in the folder of a path, and has synced it when it returns without error. The name is "" if
// none could be created.
func writeBeside(path string, data []byte) (name string, err error) {
	file, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return "", err
	}
	_, err = file.Write(data)
	return file.Name(), errors.Join(err, file.Sync(), file.Close())
}

// withoutName is an error without the name of a file that nobody knows.
func withoutName(err error) error {
	if e, is := errors.AsType[*fs.PathError](err); is {
		return e.Err
	}
	if e, is := errors.AsType[*os.LinkError](err); is {
		return e.Err
	}
	return err
}

// syncDir makes a rename or removal in a folder last.
func syncDir(path string) error {
	dir, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}
