package lab

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"syscall"
)

// An installation is an Asterisk that labs are run from. Nothing in it is
// changed by a lab.
type installation struct {
	root    string // folder that it is run in, "/" for the machine's own
	binary  string // this and the following are paths inside of root
	modules string
	data    string // sounds, music, documentation
}

// rootName names the root folder in the cache. A change of the recipe wants
// another name.
const rootName = "asterisk-sid"

// cacheDir holds what is made once for all checkouts.
func cacheDir() (string, error) {
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	return filepath.Join(dir, "kezek"), nil
}

// errNotInstalled says that there is no Asterisk yet, but Setup can make one.
var errNotInstalled = errors.New("the lab is not set up: run make up or .lab/bin/lab setup once")

// findInstallation returns the Asterisk of the environment variable ASTERISK,
// or else the one in the cached root folder.
func findInstallation(ctx context.Context) (installation, error) {
	if binary := os.Getenv("ASTERISK"); binary != "" {
		if err := checkVersion(ctx, binary); err != nil {
			return installation{}, err
		}
		return complete("/", binary)
	}
	cache, err := cacheDir()
	if err != nil {
		return installation{}, err
	}
	root := filepath.Join(cache, rootName)
	// etc/hosts is the last thing that the set-up makes.
	if _, err := os.Stat(filepath.Join(root, "etc/hosts")); err != nil {
		return installation{}, errNotInstalled
	}
	return complete(root, "/usr/sbin/asterisk")
}

// complete finds the other parts of the Asterisk under root.
func complete(root, binary string) (installation, error) {
	i := installation{root: root, binary: binary}
	var err error
	if i.modules, err = i.find("/usr/lib/*/asterisk/modules/res_ari.so", "/usr/lib*/asterisk/modules/res_ari.so"); err != nil {
		return i, err
	}
	if i.data, err = i.find("/usr/share/asterisk/documentation", "/var/lib/asterisk/documentation"); err != nil {
		return i, err
	}
	return i, nil
}

// find returns the folder of the first file that matches one of patterns.
func (i installation) find(patterns ...string) (string, error) {
	for _, p := range patterns {
		if found, _ := filepath.Glob(filepath.Join(i.root, p)); len(found) > 0 {
			dir, err := filepath.Rel(i.root, filepath.Dir(found[0]))
			return "/" + dir, err
		}
	}
	return "", fmt.Errorf("the Asterisk under %s lacks %s", i.root, patterns[0])
}

var version = regexp.MustCompile(`Asterisk [^0-9]*([0-9]+)`)

func checkVersion(ctx context.Context, binary string) error {
	out, err := exec.CommandContext(ctx, binary, "-V").Output()
	if err != nil {
		return fmt.Errorf("ASTERISK=%s: %w", binary, err)
	}
	m := version.FindSubmatch(out)
	if m == nil {
		return fmt.Errorf("ASTERISK=%s: cannot read the version %q", binary, out)
	}
	if major, _ := strconv.Atoi(string(m[1])); major < 20 {
		return fmt.Errorf("ASTERISK=%s: version %s is too old, 20 or newer is needed", binary, m[1])
	}
	return nil
}

// own tells whether the installation is the machine's own.
func (i installation) own() bool { return i.root == "/" }

// home is where an Asterisk run by command sees the folder dir.
func (i installation) home(dir string) string {
	if i.own() {
		return dir
	}
	return "/mnt"
}

// enter mounts what Asterisk needs into the root folder, and goes there.
// An empty resolv.conf together with the machine's name in hosts keeps PJSIP
// from asking a name server, and stalling, in every call.
const enter = `set -e
root=$1 dir=$2
shift 2
mount --rbind /proc "$root/proc"
mount --rbind /dev "$root/dev"
mount --bind "$dir/etc/hosts" "$root/etc/hosts"
mount --bind "$dir/etc/resolv.conf" "$root/etc/resolv.conf"
mount --bind "$dir" "$root/mnt"
exec chroot "$root" "$@"
`

// command returns asterisk with args, run on the configuration in dir. Its
// mounts are its own and go with it.
func (i installation) command(ctx context.Context, dir string, args ...string) *exec.Cmd {
	args = append([]string{i.binary, "-C", i.home(dir) + "/etc/asterisk.conf"}, args...)
	if i.own() {
		return exec.CommandContext(ctx, args[0], args[1:]...)
	}
	cmd := exec.CommandContext(ctx, "/bin/sh", append([]string{"-c", enter, "sh", i.root, dir}, args...)...)
	cmd.SysProcAttr = ownMounts()
	return cmd
}

// ownMounts lets a process mount what nobody else sees.
func ownMounts() *syscall.SysProcAttr {
	attr := &syscall.SysProcAttr{Unshareflags: syscall.CLONE_NEWNS}
	if uid := os.Geteuid(); uid != 0 { // only root may mount, be it of a namespace of one's own
		attr.Cloneflags = syscall.CLONE_NEWUSER
		attr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: uid, Size: 1}}
		attr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getegid(), Size: 1}}
	}
	return attr
}
