package lab

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
)

// errNotBuilt is a fault of the program that started the lab.
var errNotBuilt = errors.New("the daemon is not built: start the lab with Options.Daemon or Options.Build")

// built is the daemon's program, once this process has compiled it.
var built struct {
	sync.Mutex
	path string
}

// buildDaemon compiles the daemon of the checkout root, once a process. With
// empty caches it takes minutes, so it belongs before anything that has a
// deadline.
func buildDaemon(ctx context.Context, root string, log io.Writer) (string, error) {
	built.Lock()
	defer built.Unlock()
	if built.path != "" {
		return built.path, nil
	}
	if err := work(ctx, log, compileDaemon(root)); err != nil {
		return "", err
	}
	built.path = daemonPath(root)
	return built.path, nil
}

func daemonPath(root string) string { return filepath.Join(root, ".lab", "bin", "kezek") }

// compileDaemon compiles the daemon, and fetches the modules that it wants.
func compileDaemon(root string) step {
	return step{"compiling the daemon", "a minute or two at the first time", func(ctx context.Context, out io.Writer) error {
		path := daemonPath(root)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		// Tests of several packages may build at the same time.
		unlock, err := lockFile(ctx, path+".lock", func() { fmt.Fprintln(out, "waiting for another process that compiles it") })
		if err != nil {
			return err
		}
		defer unlock()
		return goTool(ctx, root, out, "build", "-v", "-o", path, "./cmd/kezek")
	}}
}

// fetchModules fetches the modules that go list wants for args, and no others.
func fetchModules(root string, args ...string) step {
	return step{"fetching Go modules", "", func(ctx context.Context, out io.Writer) error {
		return goTool(ctx, root, out, append([]string{"list", "-deps"}, args...)...)
	}}
}

// compileTests compiles what go test will link: the tests of the product with
// the race detector, the lab's own without, as make test runs them.
func compileTests(root string) step {
	return step{"compiling the tests", "some minutes at the first time", func(ctx context.Context, out io.Writer) error {
		product, lab, err := packages(ctx, root)
		if err != nil {
			return err
		}
		if err := compile(ctx, root, out, append([]string{"-race"}, product...)...); err != nil {
			return err
		}
		return compile(ctx, root, out, lab...)
	}}
}

// compileRules compiles the benchmarks of the rules.
func compileRules(root string) step {
	return step{"compiling the benchmarks of the rules", "", func(ctx context.Context, out io.Writer) error {
		return compile(ctx, root, out, "./queue/queuetest")
	}}
}

// compile compiles packages and their tests into Go's build cache.
func compile(ctx context.Context, root string, out io.Writer, packages ...string) error {
	return goTool(ctx, root, out, append([]string{"list", "-test", "-export"}, packages...)...)
}

// packages are those of the product, and the lab's own. The Makefile's target
// test divides them in the same way.
func packages(ctx context.Context, root string) (product, lab []string, err error) {
	cmd := asked(exec.CommandContext(ctx, "go", "list", "./..."))
	cmd.Dir = root
	out, err := cmd.Output()
	if err != nil {
		return nil, nil, fmt.Errorf("%v: %w", cmd.Args, err)
	}
	for name := range strings.FieldsSeq(string(out)) {
		if strings.Contains(name, "/lab") {
			lab = append(lab, name)
		} else {
			product = append(product, name)
		}
	}
	return product, lab, nil
}

// goTool runs a command of Go's in the checkout. What it says about its work
// goes to out; its output proper is of no use here.
func goTool(ctx context.Context, root string, out io.Writer, args ...string) error {
	cmd := asked(exec.CommandContext(ctx, "go", args...))
	cmd.Dir, cmd.Stderr = root, out
	return cmd.Run()
}
