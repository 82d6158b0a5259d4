package lab

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

// Postgres is a private PostgreSQL on a socket in a folder of its own, without a port.
type Postgres struct {
	dir, bin string
	running  *process
	as       *syscall.Credential // it does not run as root
}

// postgresBin is the folder of PostgreSQL's programs, which Debian keeps out of PATH.
func postgresBin() (string, error) {
	if path, err := exec.LookPath("postgres"); err == nil {
		path, err = filepath.EvalSymlinks(path)
		return filepath.Dir(path), err
	}
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/postgres")
	if err != nil || len(found) == 0 {
		return "", fmt.Errorf("postgres: %w", errNotInstalled)
	}
	return filepath.Dir(found[len(found)-1]), nil
}

// Debian's PostgreSQL makes a database of its own and starts it, on a port of this machine, unless it is told not to.
const (
	noClusterFile = "/etc/postgresql-common/createcluster.d/kezek-lab.conf"
	noClusterText = "create_main_cluster = false"
)

// noCluster keeps the package from starting anything.
func noCluster() step {
	return step{"telling PostgreSQL's package to start nothing", "", func(context.Context, io.Writer) error {
		if err := os.MkdirAll(filepath.Dir(noClusterFile), 0o755); err != nil {
			return err
		}
		return os.WriteFile(noClusterFile, []byte(noClusterText+"\n"), 0o644)
	}}
}

// StartPostgres makes one without databases, and starts it. It keeps what is committed over a [Postgres.Kill].
func StartPostgres() (*Postgres, error) {
	bin, err := postgresBin()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "kezek-pg") // short enough for a socket
	if err != nil {
		return nil, err
	}
	p := &Postgres{dir: dir, bin: bin}
	err = p.initialize()
	if err == nil {
		err = p.Start()
	}
	if err != nil {
		p.Remove()
		return nil, err
	}
	return p, nil
}

func (p *Postgres) initialize() error {
	if os.Geteuid() == 0 {
		nobody, err := user.Lookup("nobody")
		if err != nil {
			return err
		}
		uid, _ := strconv.ParseUint(nobody.Uid, 10, 32)
		gid, _ := strconv.ParseUint(nobody.Gid, 10, 32)
		p.as = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid), NoSetGroups: true}
		if err := os.Chown(p.dir, int(uid), int(gid)); err != nil {
			return err
		}
	}
	return p.run("initdb", "--pgdata", p.data(), "--username", "kezek", "--auth", "trust", "--encoding", "UTF8", "--no-sync")
}

func (p *Postgres) data() string { return filepath.Join(p.dir, "data") }

func (p *Postgres) command(program string, args ...string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(p.bin, program), args...)
	cmd.Dir = p.dir
	cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8", "HOME="+p.dir)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: p.as}
	return cmd
}

func (p *Postgres) run(program string, args ...string) error {
	if out, err := p.command(program, args...).CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w: %s", program, err, out)
	}
	return nil
}

// Start starts it with the data that it has, and returns when it answers.
func (p *Postgres) Start() (err error) {
	log := filepath.Join(p.dir, "log")
	p.running, err = start(p.command("postgres", "-D", p.data(), "-k", p.dir, "-c", "listen_addresses="), log, filepath.Join(p.dir, "pid"))
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	err = poll(ctx, p.running, "postgres", func() error { return p.run("pg_isready", "--quiet", "--host", p.dir) })
	if err != nil {
		text, _ := os.ReadFile(log)
		err = fmt.Errorf("%w\n%s", err, text)
	}
	return err
}

// Kill ends it at once, as a crash does: nothing more is written.
func (p *Postgres) Kill() {
	if p.running != nil {
		_ = p.running.Signal(syscall.SIGQUIT)
		<-p.running.done
		p.running = nil
	}
}

// Remove ends it, and removes its data.
func (p *Postgres) Remove() {
	p.Kill()
	_ = os.RemoveAll(p.dir)
}

// Database makes an empty database and returns its URL.
func (p *Postgres) Database(name string) (string, error) {
	return "postgres://kezek@/" + name + "?host=" + p.dir, p.run("createdb", "--host", p.dir, "--username", "kezek", name)
}
