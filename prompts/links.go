package prompts

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// mostLinks bounds the links on the way to a folder, as Linux does.
const mostLinks = 40

var (
	errOthersLink = errors.New("it is a link of another user: give the folder itself, or let root make the link")
	errMoved      = errors.New("it was replaced meanwhile")
	errManyLinks  = errors.New("too many links point there")
)

// trusted goes the way to a folder that was opened by a name, and reports an error if a link on it is of a user that we need not trust, or if it
// leads elsewhere. A link of root's or of our own is somebody's wish, such as sounds on another disk. The owner of a folder above,
// which may be Asterisk's user, could have put in any other.
func trusted(name string, opened fs.FileInfo) error {
	abs, err := filepath.Abs(name)
	if err != nil {
		return err
	}
	at, ahead := "/", parts(abs)
	for links := 0; len(ahead) > 0; {
		next := filepath.Join(at, ahead[0]) // ".." of a link too: no link is left in at
		ahead = ahead[1:]
		info, err := os.Lstat(next)
		if err != nil {
			return err
		}
		if info.Mode()&fs.ModeSymlink == 0 {
			at = next
			continue
		}
		if by, ok := info.Sys().(*syscall.Stat_t); !ok || by.Uid != 0 && int(by.Uid) != os.Geteuid() {
			return fmt.Errorf("%s: %w", next, errOthersLink)
		}
		if links++; links > mostLinks {
			return fmt.Errorf("%s: %w", name, errManyLinks)
		}
		to, err := os.Readlink(next)
		if err != nil {
			return err
		}
		if filepath.IsAbs(to) {
			at = "/"
		}
		ahead = slices.Concat(parts(to), ahead)
	}
	there, err := os.Lstat(at)
	if err == nil && !os.SameFile(there, opened) {
		err = fmt.Errorf("%s: %w", name, errMoved)
	}
	return err
}

// parts are the names in a path.
func parts(path string) []string {
	return strings.FieldsFunc(path, func(r rune) bool { return r == filepath.Separator })
}
