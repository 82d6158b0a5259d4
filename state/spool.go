package state

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"kezek/queue"
)

// FileSpool keeps promised callbacks in a local file while Redis is away. The
// file is whole at every moment: it is written beside, synced and renamed.
type FileSpool struct{ Path string }

// Keep has synced the callbacks to disk when it returns without error.
func (f FileSpool) Keep(callbacks []*queue.Callback) error {
	data, err := json.MarshalIndent(callbacks, "", " ")
	if err != nil {
		return fmt.Errorf("spool: %w", err)
	}
	next, err := os.CreateTemp(filepath.Dir(f.Path), filepath.Base(f.Path)+".*")
	if err != nil {
		return fmt.Errorf("spool: %w", err)
	}
	defer os.Remove(next.Name())
	_, err = next.Write(data)
	if err = errors.Join(err, next.Sync(), next.Close()); err != nil {
		return fmt.Errorf("spool: %w", err)
	}
	if err := os.Rename(next.Name(), f.Path); err != nil {
		return fmt.Errorf("spool: %w", err)
	}
	return syncDir(filepath.Dir(f.Path))
}

// Load gives what is kept, nothing when there is no file.
func (f FileSpool) Load() ([]*queue.Callback, error) {
	data, err := os.ReadFile(f.Path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("spool: %w", err)
	}
	var callbacks []*queue.Callback
	if err := json.Unmarshal(data, &callbacks); err != nil {
		return nil, fmt.Errorf("spool %s: %w", f.Path, err)
	}
	return callbacks, nil
}

// Clear forgets what is kept.
func (f FileSpool) Clear() error {
	if err := os.Remove(f.Path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("spool: %w", err)
	}
	return syncDir(filepath.Dir(f.Path))
}

// syncDir makes a rename or removal in a folder last.
func syncDir(path string) error {
	dir, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("spool: %w", err)
	}
	if err := errors.Join(dir.Sync(), dir.Close()); err != nil {
		return fmt.Errorf("spool: %w", err)
	}
	return nil
}
