package queuelog

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// File is a queue_log: Kezek's own, or Asterisk's, in which both write. Programs that rotate it rename it; it is looked for
// before each write.
type File struct {
	Path string
	// Create: it is Kezek's own. Asterisk makes its own file, after a rotation at once; made by Kezek, Asterisk might not be
	// allowed to write it.
	Create bool

	file  *os.File
	info  fs.FileInfo
	end   int64 // behind the last whole row
	whole bool  // the file is known to end with a whole line
}

const (
	// filePage is how many entries' rows are written at once.
	filePage = 500
	// looksBack is how much of a file is read to find rows that were written, longestLine how much for the begin of a row.
	looksBack   = 8 << 20
	longestLine = 8 << 10
)

// Most implements [Writer].
func (*File) Most() int { return filePage }

// Stands implements [Writer].
func (*File) Stands(r Row) string { return r.String() }

// Write implements [Writer]: all rows in one write, so that none of Asterisk's comes into the middle of one.
func (w *File) Write(_ context.Context, rows []Row) (int, error) {
	if len(rows) == 0 {
		return 0, nil
	}
	if err := w.open(); err != nil {
		return 0, err
	}
	var text []byte
	for _, r := range rows {
		text = append(append(text, r.String()...), '\n')
	}
	text, err := w.goOn(text)
	if err != nil {
		return 0, err
	}
	n, err := w.file.Write(text)
	w.whole = n == len(text)
	whole := bytes.LastIndexByte(text[:n], '\n') + 1
	if at, err := w.file.Seek(0, io.SeekCurrent); err == nil && whole > 0 {
		w.end = at - int64(n-whole)
	}
	if w.whole {
		return len(rows), err
	}
	if err == nil {
		err = io.ErrShortWrite
	}
	return len(rows) - bytes.Count(text[whole:], []byte{'\n'}), fmt.Errorf("write queue_log: %w", err)
}

// goOn is what is to be written of a text if the file ends in the middle of a line, after a disk that was full or a loss of power:
// the rest, or, if it is another line, an end for that first.
func (w *File) goOn(text []byte) ([]byte, error) {
	if w.whole {
		return text, nil
	}
	size, err := w.file.Seek(0, io.SeekEnd)
	if err != nil {
		return nil, err
	}
	last := make([]byte, min(size, longestLine))
	if _, err := w.file.ReadAt(last, size-int64(len(last))); err != nil {
		return nil, err
	}
	switch begun := last[bytes.LastIndexByte(last, '\n')+1:]; {
	case bytes.HasPrefix(text, begun):
		return text[len(begun):], nil
	default:
		return append([]byte{'\n'}, text...), nil
	}
}

// open opens the file, anew if another one has its name.
func (w *File) open() error {
	there, err := os.Stat(w.Path)
	if w.file != nil && err == nil && os.SameFile(there, w.info) && there.Size() >= w.end {
		return nil
	}
	w.forget()
	flags := os.O_APPEND | os.O_RDWR
	if w.Create {
		flags |= os.O_CREATE
	}
	if w.file, err = os.OpenFile(w.Path, flags, 0o640); err != nil {
		w.file = nil
		return err
	}
	if w.info, err = w.file.Stat(); err != nil {
		return err
	}
	if w.Create && w.info.Size() == 0 {
		_ = w.file.Chmod(0o640) // whatever the daemon's umask: others are to read it
	}
	if !w.info.Mode().IsRegular() {
		w.forget()
		return fmt.Errorf("%s is no file", w.Path)
	}
	w.end = w.info.Size()
	return nil
}

func (w *File) forget() {
	if w.file != nil {
		w.file.Close()
	}
	w.file, w.info, w.whole, w.end = nil, nil, false, 0
}

// ProbeFile reports whether a file can be written. One that is not there is not made; its folder must let it be, if it is Kezek's own.
func ProbeFile(path string, own bool) error {
	w := File{Path: path}
	err := w.open()
	if own && errors.Is(err, fs.ErrNotExist) {
		var probe *os.File
		if probe, err = os.CreateTemp(filepath.Dir(path), ".kezek-check-*"); err == nil {
			probe.Close()
			err = os.Remove(probe.Name())
		}
	}
	return errors.Join(err, w.Close())
}

// Place implements [Writer]: "INODE:OFFSET".
func (w *File) Place() (string, error) {
	if err := w.open(); err != nil {
		return "", err
	}
	return strconv.FormatUint(inode(w.info), 10) + ":" + strconv.FormatInt(w.end, 10), nil
}

func inode(info fs.FileInfo) uint64 {
	if s, ok := info.Sys().(*syscall.Stat_t); ok {
		return s.Ino
	}
	return 0
}

// Since implements [Writer]. The file may have been rotated meanwhile.
func (w *File) Since(place string) ([]string, error) { return linesSince(w.Path, place) }

// Close implements [Writer].
func (w *File) Close() error {
	w.forget()
	return nil
}

// linesSince are the lines of a file behind a place. If it has been renamed since, they are those of the file that it was, and all
// of the one that has its name now.
func linesSince(path, place string) ([]string, error) {
	number, offset, ok := strings.Cut(place, ":")
	ino, err := strconv.ParseUint(number, 10, 64)
	from, err2 := strconv.ParseInt(offset, 10, 64)
	if place == "" || !ok || err != nil || err2 != nil {
		return nil, nil // it is another writer's
	}
	files, err := filepath.Glob(strings.NewReplacer("*", "\\*", "?", "\\?", "[", "\\[", "\\", "\\\\").Replace(path) + "*")
	if err != nil {
		return nil, err
	}
	var lines []string
	is := false
	for _, name := range files {
		info, err := os.Stat(name)
		if err != nil || !info.Mode().IsRegular() || inode(info) != ino || info.Size() < from {
			continue
		}
		is = name == path
		if lines, err = tail(name, from); err != nil {
			return nil, err
		}
		break
	}
	if !is {
		more, err := tail(path, 0)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		lines = append(lines, more...)
	}
	return lines, nil
}

// tail are the whole lines of a file from a place on, the last ones of many.
func tail(name string, from int64) ([]string, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	size, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(io.NewSectionReader(f, max(from, size-looksBack), looksBack))
	if err != nil {
		return nil, err
	}
	lines := strings.Split(string(text), "\n")
	return lines[:len(lines)-1], nil
}
