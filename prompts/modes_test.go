package prompts

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// under runs the rest of the test with another umask. Tests of this package do not run side by side.
func under(t *testing.T, umask int) {
	old := syscall.Umask(umask)
	t.Cleanup(func() { syscall.Umask(old) })
}

// closed lists what under dir another user could not read, or could change.
func closed(t *testing.T, dir string) (names []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		want := fs.FileMode(0o644)
		if d.IsDir() {
			want = 0o755
		}
		if info.Mode().Perm() != want {
			names = append(names, info.Mode().String()+" "+name)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func TestAsteriskReadsWhatIsInstalled(t *testing.T) {
	for _, umask := range []int{0o077, 0o000, 0o777} {
		top := filepath.Join(t.TempDir(), "asterisk") // stands for the folders that are missing above
		dir := filepath.Join(top, "sounds", "kezek")
		if os.Geteuid() != 0 && umask == 0o777 {
			continue // only root can go on in a folder that it has closed to itself
		}
		under(t, umask)
		install(t, dir, Company)
		if names := closed(t, top); len(names) > 0 {
			t.Errorf("umask %03o: %q", umask, names)
		}
	}
}

// Some places answer that the folder above does not exist, although it does.
func TestInstallWhereNoFolderCanBeMade(t *testing.T) {
	nowhere := filepath.Join(t.TempDir(), "nowhere")
	if err := os.Symlink("missing/target", nowhere); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{"/proc/kezek", filepath.Join(nowhere, "kezek"), nowhere} {
		if _, err := Install(dir, Company); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), dir) {
			t.Errorf("%s: %v; want that it does not exist", dir, err)
		}
	}
}

// A folder that an earlier installation, or a copy by hand, has closed is opened again.
func TestInstallOpensWhatIsClosed(t *testing.T) {
	dir := t.TempDir()
	install(t, dir, Company)
	for name, mode := range map[string]fs.FileMode{"ru/hold.wav": 0o600, "ky": 0o700, "ru": 0o700 | fs.ModeSetgid, ".": 0o700} {
		if err := os.Chmod(filepath.Join(dir, name), mode); err != nil {
			t.Fatal(err)
		}
	}
	install(t, dir, Company)
	if names := closed(t, dir); len(names) > 0 {
		t.Error(names)
	}
	if info, err := os.Stat(filepath.Join(dir, "ru")); err != nil || info.Mode()&fs.ModeSetgid == 0 {
		t.Errorf("ru: %v, %v; want its group bit kept", info.Mode(), err)
	}
}

func TestAcceptOpensTheRecording(t *testing.T) {
	dir := t.TempDir()
	install(t, dir, Company)
	under(t, 0o077)
	studio := edit(get(t, dir, "ru/hold.wav"), scale(0.8))
	if err := os.Remove(filepath.Join(dir, "ru/hold.wav")); err != nil {
		t.Fatal(err)
	}
	put(t, dir, "ru/hold.wav", studio)
	if len(closed(t, dir)) != 1 {
		t.Fatal("the copied file is not closed: this test shows nothing")
	}
	if _, err := Accept(dir, Company, "ru/hold.wav"); err != nil {
		t.Fatal(err)
	}
	if names := closed(t, dir); len(names) > 0 {
		t.Error(names)
	}
}

// A language's folder that is a link to somewhere else opens nothing there.
func TestCreateStaysInside(t *testing.T) {
	dir, secret := t.TempDir(), filepath.Join(t.TempDir(), "secret")
	if err := os.Mkdir(secret, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(secret, filepath.Join(dir, "ru")); err != nil {
		t.Fatal(err)
	}
	if _, err := Create(dir); err == nil {
		t.Error("a link out of the folder is followed")
	}
	if info, err := os.Stat(secret); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}

// A second name of a secret, put into the folder, does not open it to all.
func TestInstallOpensNoFileOfAnotherName(t *testing.T) {
	top := t.TempDir()
	dir, secret := filepath.Join(top, "kezek"), filepath.Join(top, "secret")
	if err := os.WriteFile(secret, []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(dir, "ru"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Link(secret, filepath.Join(dir, "ru", "hold.wav")); err != nil {
		t.Fatal(err)
	}
	if r := install(t, dir, Company); len(r.Unknown) != 1 {
		t.Errorf("unknown files: %q", r.Unknown)
	}
	if info, err := os.Stat(secret); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the secret is %v now, %v", info.Mode(), err)
	}
}

// The folder itself may be a link of root's or one's own, and not of Asterisk's user.
func TestInstallFollowsNoLinkOfAnotherUser(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root: makes a link of another user")
	}
	top := t.TempDir()
	home, link := filepath.Join(top, "home"), filepath.Join(top, "kezek")
	if err := os.Mkdir(home, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(home, link); err != nil {
		t.Fatal(err)
	}
	if err := os.Lchown(link, 65534, 65534); err != nil {
		t.Fatal(err)
	}
	_, err := Install(link, Company)
	if !errors.Is(err, errOthersLink) {
		t.Errorf("another user's link: %v", err)
	}
	if _, err := Accept(link, Company, "ru/hold.wav"); !errors.Is(err, errOthersLink) {
		t.Errorf("accept through another user's link: %v", err)
	}
	if info, _ := os.Stat(home); info.Mode().Perm() != 0o700 {
		t.Errorf("the folder behind it is %v now", info.Mode())
	}
	if files, _ := os.ReadDir(home); len(files) > 0 {
		t.Errorf("written there: %v", files)
	}
	if err := os.Lchown(link, 0, 0); err != nil {
		t.Fatal(err)
	}
	install(t, link, Company)
}

// So it is for links higher up: an admin may have the sounds on another disk; the owner of a folder on the way may not lead root elsewhere.
func TestInstallFollowsNoLinkHigherUp(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root: makes links of another user")
	}
	for name, way := range map[string][]string{ // links as FROM TO, in a folder with the folders lib and home
		"the folder above":          {"lib/sounds ../home"},
		"an absolute one":           {"lib/sounds /home"},
		"one behind one of root's":  {"var lib", "lib/sounds ../home"},
		"one that leads to another": {"lib/sounds other", "lib/other ../home"},
	} {
		t.Run(name, func(t *testing.T) {
			top := t.TempDir()
			for _, dir := range []string{"lib", "home"} {
				if err := os.Mkdir(filepath.Join(top, dir), 0o755); err != nil {
					t.Fatal(err)
				}
			}
			last := ""
			for _, link := range way {
				from, to, _ := strings.Cut(link, " ")
				if filepath.IsAbs(to) {
					to = filepath.Join(top, to)
				}
				last = filepath.Join(top, from)
				if err := os.Symlink(to, last); err != nil {
					t.Fatal(err)
				}
			}
			dir := filepath.Join(top, "lib", "sounds", "x", "kezek")
			if strings.HasPrefix(way[0], "var ") {
				dir = filepath.Join(top, "var", "sounds", "x", "kezek")
			}
			if err := os.Lchown(last, 65534, 65534); err != nil {
				t.Fatal(err)
			}
			if _, err := Install(dir, Company); !errors.Is(err, errOthersLink) || !strings.Contains(err.Error(), filepath.Base(last)) {
				t.Errorf("a link of another user: %v", err)
			}
			if files, _ := os.ReadDir(filepath.Join(top, "home")); len(files) > 0 {
				t.Errorf("made behind it: %v", files)
			}
			if err := os.Lchown(last, 0, 0); err != nil {
				t.Fatal(err)
			}
			install(t, dir, Company)
			if _, err := os.Stat(filepath.Join(top, "home", "x", "kezek", "ru")); err != nil {
				t.Errorf("behind links of root: %v", err)
			}
			// The folder is there now: the same for what only opens it.
			if err := os.Lchown(last, 65534, 65534); err != nil {
				t.Fatal(err)
			}
			if _, err := Accept(dir, Company, "ru/hold.wav"); !errors.Is(err, errOthersLink) {
				t.Errorf("accept: %v", err)
			}
		})
	}
	top := t.TempDir()
	if err := os.Symlink("a", filepath.Join(top, "a")); err != nil {
		t.Fatal(err)
	}
	if _, err := Install(filepath.Join(top, "a", "kezek"), Company); err == nil {
		t.Error("a link that leads to itself")
	}
}
