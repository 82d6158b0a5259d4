package lab

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"
)

// Postgres is a private PostgreSQL on a socket in a folder of its own, without a port.
type Postgres struct {
	t       testing.TB
	dir     string
	bin     string
	running *exec.Cmd
	ended   <-chan struct{}
	as      *syscall.Credential // it does not run as root
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

// StartPostgres starts PostgreSQL for t, with the settings of a server that may lose power (fsync), and stops it when
// t ends. Where it is not installed t is skipped, or fails if the environment has KEZEK_LAB=1.
func StartPostgres(t testing.TB) *Postgres {
	t.Helper()
	bin, err := postgresBin()
	if err != nil {
		if os.Getenv("KEZEK_LAB") == "1" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	dir, err := os.MkdirTemp("", "kezek-pg") // t.TempDir is too long for a socket
	if err != nil {
		t.Fatal(err)
	}
	p := &Postgres{t: t, dir: dir, bin: bin}
	t.Cleanup(func() {
		p.Kill()
		os.RemoveAll(dir)
	})
	if os.Geteuid() == 0 {
		nobody, err := user.Lookup("nobody")
		if err != nil {
			t.Fatal(err)
		}
		uid, _ := strconv.ParseUint(nobody.Uid, 10, 32)
		gid, _ := strconv.ParseUint(nobody.Gid, 10, 32)
		p.as = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid), NoSetGroups: true}
		if err := os.Chown(dir, int(uid), int(gid)); err != nil {
			t.Fatal(err)
		}
	}
	if out, err := p.command("initdb", "--pgdata", p.data(), "--username", "kezek", "--auth", "trust", "--encoding", "UTF8", "--no-sync").CombinedOutput(); err != nil {
		t.Fatalf("initdb: %v\n%s", err, out)
	}
	p.Start()
	return p
}

func (p *Postgres) data() string { return filepath.Join(p.dir, "data") }

func (p *Postgres) command(program string, args ...string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(p.bin, program), args...)
	cmd.Dir = p.dir
	cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8", "HOME="+p.dir)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: p.as}
	return cmd
}

// Start starts it with the data that it has, and returns when it answers.
func (p *Postgres) Start() {
	p.t.Helper()
	p.running = p.command("postgres", "-D", p.data(), "-k", p.dir, "-c", "listen_addresses=")
	log, err := os.OpenFile(filepath.Join(p.dir, "log"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		p.t.Fatal(err)
	}
	defer log.Close()
	p.running.Stdout, p.running.Stderr = log, log
	if p.ended, err = Spawn(p.running); err != nil {
		p.t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	err = poll(ctx, &process{Process: p.running.Process, cmd: p.running, done: p.ended}, "postgres", func() error {
		return p.command("pg_isready", "--quiet", "--host", p.dir).Run()
	})
	if err != nil {
		text, _ := os.ReadFile(filepath.Join(p.dir, "log"))
		p.t.Fatalf("%v\n%s", err, text)
	}
}

// Kill ends it and all its helpers at once, as a loss of power does.
func (p *Postgres) Kill() {
	if p.running == nil {
		return
	}
	_ = p.running.Process.Signal(syscall.SIGQUIT) // immediate shutdown: nothing is written any more
	<-p.ended
	p.running = nil
}

// Database makes an empty database and returns its URL.
func (p *Postgres) Database(name string) string {
	p.t.Helper()
	if out, err := p.command("createdb", "--host", p.dir, "--username", "kezek", name).CombinedOutput(); err != nil {
		p.t.Fatalf("createdb: %v\n%s", err, out)
	}
	return "postgres://kezek@/" + name + "?host=" + p.dir
}
