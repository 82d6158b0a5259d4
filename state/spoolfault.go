package state

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// spoolTry is what a spool holds when very many promises are open, in bytes.
const spoolTry = 1 << 20

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
