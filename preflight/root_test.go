package preflight

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Asterisk runs as a user of its own; what that user may not read is not heard, and where it may
// not write nothing is recorded.
func TestFilesOfAsterisk(t *testing.T) {
	needRoot(t)
	t.Parallel()
	e := newExchange(t)
	home := filepath.Join(e.Dir, "asterisk")
	const uid = 101
	e.change("asterisk.conf", "[options]", "[options]\nrunuser = asterisk\nrungroup = asterisk", "")
	must(t, filepath.WalkDir(home, func(path string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Lchown(path, uid, uid)
	}))
	must(t, e.RestartAsterisk(t.Context()))
	e.phones("1001")
	s := e.site()
	s.ARI.Endpoints, s.ARI.Trunk = []string{"PJSIP/1001"}, ""
	for _, q := range s.Config.Rules.Queues {
		q.Recording.On = true
	}
	timeouts := "warning PJSIP/1001 has no rtp_timeout"
	e.expect(s, AreaAsterisk, timeouts)

	sounds := filepath.Join(home, "data", "sounds", "kezek")
	within := func(mode fs.FileMode, path, want string) {
		t.Helper()
		info, err := os.Stat(path)
		must(t, err)
		must(t, os.Chown(path, 0, 0))
		must(t, os.Chmod(path, mode))
		e.expect(s, AreaAsterisk, timeouts, want)
		must(t, os.Chmod(path, info.Mode()))
		must(t, os.Chown(path, uid, uid))
	}
	within(0o700, sounds, "may not read the phrases: open ")
	within(0o700, filepath.Join(sounds, "ru"), "may not read the phrases: open ")
	within(0o600, filepath.Join(sounds, "ru", "hold.wav"), "may not read 1 phrase: open ")
	within(0o755, filepath.Join(home, "spool", "recording"), "cannot record: write into ")
	// A folder that is there keeps its group, which may be there for other programs.
	recording := func(fix string) {
		t.Helper()
		all := s.Run(e.Context(), []string{AreaAsterisk})
		if !slices.ContainsFunc(all, func(f Finding) bool {
			return strings.Contains(f.Problem, "cannot record") && strings.HasPrefix(f.Fix, fix)
		}) {
			t.Errorf("no fix that begins with %q: %+v", fix, all)
		}
	}
	must(t, os.Chown(filepath.Join(home, "spool", "recording"), 0, 0))
	recording("chown ")
	must(t, os.Chown(filepath.Join(home, "spool", "recording"), uid, uid))
	must(t, os.Rename(filepath.Join(home, "spool", "recording"), filepath.Join(home, "spool", "away")))
	e.expect(s, AreaAsterisk, timeouts, "cannot record: open ")
	recording("install -d -o ")
	for _, q := range s.Config.Rules.Queues {
		q.Recording.On = false
	}
	e.expect(s, AreaAsterisk, timeouts)

	// Music: a class that is not there, one that is closed, none at all.
	s.Config.Rules.Queues["sales"].Music = "jazz"
	e.expect(s, AreaAsterisk, timeouts, "warning there is no music class jazz (queue sales): the class default is played")
	s.Config.Rules.Queues["sales"].Music = ""
	music := filepath.Join(home, "data", "own")
	must(t, os.Mkdir(music, 0o755))
	must(t, os.WriteFile(filepath.Join(music, "x.sln"), make([]byte, 16000), 0o644))
	e.change("musiconhold.conf", "directory = moh", "directory = own", "moh reload")
	e.expect(s, AreaAsterisk, timeouts)
	must(t, os.Chmod(music, 0o700))
	e.expect(s, AreaAsterisk, timeouts, "error Asterisk cannot read a file of the music class default, or run its program (callers on hold queue sales queue short): open ")
	must(t, os.Chmod(music, 0o755))
	e.change("musiconhold.conf", "[default]", "[other]", "moh reload")
	e.expect(s, AreaAsterisk, timeouts, "error there is no music class default with a file (callers on hold queue sales queue short): silence")
}

// Music that a program plays is heard if Asterisk may run it.
func TestMusicOfPrograms(t *testing.T) {
	is := classes("Class: default\n\tMode: files\n\tDirectory: moh\nClass: radio\n\tMode: custom\n\tDirectory: \n\tApplication: /usr/bin/mpg123 -q -s\n\tFormat: slin\n", "Application")
	if len(is) != 2 || len(is["default"]) > 0 || !slices.Equal(is["radio"], []string{"/usr/bin/mpg123 -q -s"}) {
		t.Errorf("%v", is)
	}
	dir := t.TempDir()
	closed := filepath.Join(dir, "closed")
	must(t, os.WriteFile(closed, nil, 0o644))
	root, err := os.Open("/")
	must(t, err)
	defer root.Close()
	l := listener{identity: self()}
	for program, want := range map[string]bool{"/bin/sh -q -s": true, filepath.Join(dir, "none"): false, closed: false} {
		if got := l.runs(root, program); got != want {
			t.Errorf("%s: %v", program, got)
		}
	}
}
