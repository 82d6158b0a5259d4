package dialplan_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"kezek/dialplan"
)

// Asterisk's user must be able to read the dialplan whatever the umask is, and a file that is there keeps its owner, group and mode.
func TestWriteFileForAsterisk(t *testing.T) {
	const asterisk = 65534 // stands for Asterisk's user and group
	if os.Geteuid() != 0 {
		t.Skip("only root can give files away")
	}
	for name, c := range map[string]struct {
		uid, gid  int
		old, want fs.FileMode // old 0: no file yet
	}{
		"new":                         {0, 0, 0, 0o644},
		"of Asterisk's group":         {0, asterisk, 0o640, 0o640},
		"Asterisk's own":              {asterisk, asterisk, 0o600, 0o600},
		"FreePBX":                     {asterisk, asterisk, 0o664, 0o664},
		"root's alone":                {0, 0, 0o600, 0o644},
		"root's, made under 077":      {0, 0, 0o700, 0o644},
		"group that is root's":        {0, 0, 0o640, 0o644},
		"anybody may write":           {0, 0, 0o666, 0o664},
		"the group may, but not read": {0, asterisk, 0o620, 0o644},
	} {
		for _, umask := range []int{0o077, 0o000} {
			t.Run(name, func(t *testing.T) {
				defer syscall.Umask(syscall.Umask(umask))
				path := filepath.Join(t.TempDir(), dialplan.FileName)
				if c.old != 0 {
					if err := os.WriteFile(path, []byte("old"), 0o600); err != nil {
						t.Fatal(err)
					}
					if err := os.Chown(path, c.uid, c.gid); err != nil {
						t.Fatal(err)
					}
					if err := os.Chmod(path, c.old); err != nil {
						t.Fatal(err)
					}
				}
				if err := dialplan.WriteFile(path, params()); err != nil {
					t.Fatal(err)
				}
				info, err := os.Stat(path)
				if err != nil {
					t.Fatal(err)
				}
				is := info.Sys().(*syscall.Stat_t)
				if info.Mode().Perm() != c.want || int(is.Uid) != c.uid || int(is.Gid) != c.gid {
					t.Errorf("umask %03o: %v of %d:%d, want %v of %d:%d", umask, info.Mode(), is.Uid, is.Gid, c.want, c.uid, c.gid)
				}
			})
		}
	}
}

// A link is replaced, and what it leads to is left alone.
func TestWriteFileFollowsNoLink(t *testing.T) {
	dir := t.TempDir()
	victim, path := filepath.Join(dir, "victim"), filepath.Join(dir, dialplan.FileName)
	if err := os.WriteFile(victim, []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(victim, path); err != nil {
		t.Fatal(err)
	}
	if err := dialplan.WriteFile(path, params()); err != nil {
		t.Fatal(err)
	}
	if data, err := os.ReadFile(victim); err != nil || string(data) != "secret" {
		t.Errorf("%q, %v", data, err)
	}
	if info, err := os.Lstat(path); err != nil || info.Mode() != 0o644 {
		t.Errorf("%v, %v; want a file of its own", info.Mode(), err)
	}
}
