package preflight

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"kezek/state"
)

// SpoolFault says why this user cannot keep promises in a file. It changes nothing.
func SpoolFault(path string) error {
	const (
		read, write, enter = 4, 2, 1 // access(2)
	)
	dir := filepath.Dir(path)
	if info, err := os.Stat(dir); err != nil {
		return err
	} else if !info.IsDir() {
		return fmt.Errorf("%s is no folder", dir)
	}
	if err := syscall.Access(dir, write|enter); err != nil {
		return fmt.Errorf("this user cannot write into %s: %w", dir, err)
	}
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case !info.Mode().IsRegular():
		return fmt.Errorf("%s is no file", path)
	}
	if err := syscall.Access(path, read); err != nil {
		return fmt.Errorf("this user cannot read %s: %w", path, err)
	}
	return nil
}

// checkSpool looks at the spool, if anybody may be called back at all.
func (s *Site) checkSpool(context.Context) []Finding {
	const lost = "no callback can be promised while Redis is away"
	c := s.Config
	switch err := SpoolFault(c.Spool); {
	case c.Rules.Trunk.Allowed == nil:
		return []Finding{fine("not needed: trunk lets no number be called back")}
	case c.Spool == "":
		return []Finding{warning("set spool to a file on a local disk", "there is none: %s", lost)}
	case err != nil:
		return []Finding{warning("install -d -o kezek -g kezek -m 750 "+filepath.Dir(c.Spool)+", or correct spool", "%v: %s", err, lost)}
	}
	var found []Finding
	for _, broken := range (state.FileSpool{Path: c.Spool}).Broken() {
		found = append(found, warning("see which callbacks stand in it, book them (kezek callback add), and move it away",
			"%s is a spool that could not be read as it was: promises may stand in it", broken))
	}
	return append(found, fine("%s can keep promises while Redis is away", c.Spool))
}
