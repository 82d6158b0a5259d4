package prompts

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"syscall"
)

// What is open to all: folders to enter and list, files to read.
const (
	openFolder fs.FileMode = 0o755
	openFile   fs.FileMode = 0o644
)

// openAll opens the folder, the languages' folders and the files in them: Asterisk runs as another user, and plays nothing and logs
// nothing where it may not read. So modes follow from what must be read, not from the umask. Folders above are not touched.
func (d *Dir) openAll() error {
	if err := open(d.root, ".", openFolder); err != nil {
		return err
	}
	for _, lang := range Languages() {
		if err := open(d.root, lang, openFolder); err != nil {
			return err
		}
		files, err := fs.ReadDir(d, lang)
		if err != nil {
			return err
		}
		for _, f := range files {
			if !f.Type().IsRegular() {
				continue
			}
			if err := open(d.root, path.Join(lang, f.Name()), openFile); err != nil {
				return err
			}
		}
	}
	return nil
}

// makeParents makes dir and the missing folders above it, all of them open. It makes none behind a link that [Open] does not follow.
func makeParents(dir string) error {
	there, err := Open(dir)
	if err == nil {
		return there.Close()
	}
	above := filepath.Dir(dir)
	if !errors.Is(err, fs.ErrNotExist) || above == dir {
		return err
	}
	if err := makeParents(above); err != nil {
		return err
	}
	d, err := Open(above)
	if err != nil { // a link that leads nowhere
		return &fs.PathError{Op: "mkdir", Path: dir, Err: reason(err)}
	}
	defer d.Close()
	name := filepath.Base(dir)
	switch err := d.root.Mkdir(name, openFolder); {
	case errors.Is(err, fs.ErrExist): // a link that leads nowhere, or somebody else has just made it
		return nil
	case err != nil:
		return &fs.PathError{Op: "mkdir", Path: dir, Err: reason(err)}
	}
	return open(d.root, name, openFolder)
}

// open adds the mode to a folder or file that some could not read. A file that has a name elsewhere too is left alone: Asterisk's user may
// have put that name here, and the file may be a secret.
func open(root *os.Root, name string, mode fs.FileMode) error {
	const write = 0o222
	info, err := root.Lstat(name)
	if need := mode &^ write; err != nil || info.Mode()&need == need {
		return err
	}
	f, err := root.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK|syscall.O_NOFOLLOW, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	if info, err = f.Stat(); err != nil { // of what was opened: the name may lead elsewhere by now
		return err
	}
	if at, ok := info.Sys().(*syscall.Stat_t); ok && info.Mode().IsRegular() && at.Nlink > 1 {
		return nil
	}
	return f.Chmod(info.Mode() | mode)
}
