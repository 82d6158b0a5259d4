package prompts

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"unicode"
)

// Dir is a folder of audio on disk. Root brings it up to date, but Asterisk's user may write there too: so no name and no link leads
// out of it, only plain files are opened, and none of any size.
type Dir struct{ root *os.Root }

// maxFile bounds what is read of a file, in bytes: half an hour of audio.
const maxFile = 32 << 20

// Open opens a folder that is there. [Dir.Close] must follow. Links that lead to it are followed only if root or our own user has made them:
// Asterisk's user may own a folder above, and would have root write elsewhere.
func Open(name string) (*Dir, error) {
	root, err := os.OpenRoot(name)
	if err != nil {
		return nil, err
	}
	opened, err := root.Stat(".")
	if err == nil {
		err = trusted(name, opened)
	}
	if err != nil {
		root.Close()
		return nil, err
	}
	return &Dir{root}, nil
}

// Create opens a folder, and makes it and the languages' folders in it where they are missing, open to all. A link in the place of a language's
// folder is an error: what is installed would be written elsewhere.
func Create(name string) (*Dir, error) {
	if err := makeParents(name); err != nil {
		return nil, err
	}
	d, err := Open(name)
	if err != nil {
		return nil, err
	}
	if err := d.makeLanguages(name); err != nil {
		d.Close()
		return nil, err
	}
	return d, nil
}

func (d *Dir) makeLanguages(name string) error {
	for _, lang := range Languages() { // all are looked at before the first is made
		if info, err := d.root.Lstat(lang); err == nil && !info.IsDir() {
			return fmt.Errorf("%s: %w", path.Join(name, lang), errNoFolder)
		}
	}
	for _, lang := range Languages() {
		if err := d.root.Mkdir(lang, openFolder); err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
	}
	return d.openAll()
}

var (
	errNoFolder = errors.New("it is a link or a file, not a folder: move it away")
	errNoFile   = errors.New("it is not a regular file")
	errBig      = fmt.Errorf("it is larger than %d MB", maxFile>>20)
	errLeadsOut = errors.New("it is a link that points out of the folder")
)

// Close forgets the folder.
func (d *Dir) Close() error { return d.root.Close() }

// Open opens a plain file or a folder in the folder. With [io/fs] it makes Dir fit [Check] and [ReadManifest].
func (d *Dir) Open(name string) (fs.File, error) {
	if !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrInvalid}
	}
	f, err := d.root.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0) // a pipe would keep us for ever
	if err != nil {
		return nil, d.explain(name, err)
	}
	info, err := f.Stat()
	switch {
	case err != nil:
	case info.IsDir():
		return f, nil
	case !info.Mode().IsRegular():
		err = errNoFile
	case info.Size() > maxFile:
		err = errBig
	default:
		return f, nil
	}
	f.Close()
	return nil, &fs.PathError{Op: "open", Path: name, Err: err}
}

// explain says of a link that leads out what it is. The standard library has no error to tell it by.
func (d *Dir) explain(name string, err error) error {
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
		return err
	}
	at := ""
	for part := range strings.SplitSeq(name, "/") {
		at = path.Join(at, part)
		if info, lerr := d.root.Lstat(at); lerr == nil && info.Mode()&fs.ModeSymlink != 0 {
			return &fs.PathError{Op: "open", Path: at, Err: errLeadsOut}
		}
	}
	return err
}

// Write replaces a file at once: a reader, such as Asterisk in the middle of a call, sees the old or the new one, never a part. A
// link of that name is replaced, not followed.
func (d *Dir) Write(name string, data []byte) error {
	beside := path.Join(path.Dir(name), ".kezek-"+rand.Text())
	f, err := d.root.OpenFile(beside, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("%s: %w", name, reason(err))
	}
	defer d.root.Remove(beside) // there is nothing left to remove after the rename
	_, err = f.Write(data)
	if err = errors.Join(err, f.Chmod(openFile), f.Close()); err != nil {
		return fmt.Errorf("%s: %w", name, reason(err))
	}
	if err := d.root.Rename(beside, name); err != nil {
		return fmt.Errorf("%s: %w", name, reason(err))
	}
	return nil
}

// reason is the error without the name of the file beside, of which nobody knows.
func reason(err error) error {
	var at *fs.PathError
	var link *os.LinkError
	switch {
	case errors.As(err, &at):
		return at.Err
	case errors.As(err, &link):
		return link.Err
	}
	return err
}

// ReadFile reads a plain file.
func (d *Dir) ReadFile(name string) ([]byte, error) {
	f, err := d.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1)) // it may grow
	if err == nil && len(data) > maxFile {
		err = &fs.PathError{Op: "read", Path: name, Err: errBig}
	}
	return data, err
}

// Has reports whether there is a file of that name.
func (d *Dir) Has(name string) bool {
	_, err := d.root.Stat(name)
	return err == nil
}

// remove removes a file, or a link and not what it leads to. One that is gone is no error.
func (d *Dir) remove(name string) error {
	if err := d.root.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

var fileForm = regexp.MustCompile(`^([a-z]{2,3})/([a-z0-9][a-z0-9_-]{0,99})\.[a-z0-9]{1,8}$`)

// ours reports whether a file of that name can be one of the catalogue's, of this version or another: a plain name in a language's
// folder, and not a recording of the site's own.
func ours(file string) bool {
	m := fileForm.FindStringSubmatch(file)
	return m != nil && slices.Contains(Languages(), m[1]) && !strings.HasPrefix(m[2], Own)
}

// shown is a name that anybody may have chosen, as it may be printed.
func shown(name string) string {
	if name == "" || strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) }) || len(name) > 200 {
		return strconv.Quote(name[:min(len(name), 200)])
	}
	return name
}
