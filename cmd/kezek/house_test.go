package main

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// adapters are between the rules and the world. They know neither each other nor the engine, but fit its interfaces.
var adapters = []string{"ari", "dialplan", "state", "history", "queuelog", "ops", "prompts", "config"}

// The dependency rule of the house: each part, and the other parts that it may
// import; docs/architecture.md has the picture. Beneath its own folder a part is free; queue has nothing but the
// standard library. The lab stands outside of the product and may use all of it.
var house = map[string][]string{
	"queue":     {},
	"engine":    {"queue"},
	"ari":       {"queue"},
	"dialplan":  {"queue"},
	"state":     {"queue"},
	"history":   {"queue"},
	"queuelog":  {"queue"},
	"ops":       {"queue"},
	"prompts":   {"queue"},
	"config":    {"queue"},
	"preflight": append([]string{"queue"}, adapters...),
	"daemon":    append([]string{"queue", "engine"}, adapters...),
	"cmd":       {"queue", "daemon", "preflight", "dialplan", "state", "history", "queuelog", "ops", "prompts", "config"},
	"lab":       append([]string{"queue", "engine", "daemon", "preflight", "cmd"}, adapters...),
}

// Tests may stand on the lab, and on what plays the rules for tests.
var forTests = []string{"lab", "queue"}

const module = "kezek"

func TestTheHouse(t *testing.T) {
	seen := map[string]bool{}
	for _, rel := range goFiles(t) {
		for _, wrong := range importsAgainstTheRule(t, rel, filepath.Join(repository, rel)) {
			t.Error(wrong)
		}
		part, _, _ := strings.Cut(rel, "/")
		seen[part] = true
	}
	for part := range house {
		if !seen[part] {
			t.Errorf("the rule has %s, but the repository does not", part)
		}
	}
}

// repository is the root folder, as tests of this package see it.
var repository = filepath.Join("..", "..")

// goFiles are the Go files of the repository, by their paths in it with slashes.
func goFiles(t *testing.T) (files []string) {
	t.Helper()
	err := filepath.WalkDir(repository, func(file string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && file != repository && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata"):
			return fs.SkipDir
		case d.IsDir() || !strings.HasSuffix(file, ".go"):
			return nil
		}
		rel, err := filepath.Rel(repository, file)
		files = append(files, filepath.ToSlash(rel))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// importsAgainstTheRule lists what a file imports and may not.
func importsAgainstTheRule(t *testing.T, rel, file string) (wrong []string) {
	t.Helper()
	part, _, _ := strings.Cut(rel, "/")
	allowed, known := house[part]
	if !known {
		return []string{rel + ": the rule does not know this part of the house"}
	}
	test := strings.HasSuffix(rel, "_test.go") || path.Dir(rel) == "queue/queuetest"
	source, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := parser.ParseFile(token.NewFileSet(), file, source, parser.ImportsOnly)
	if err != nil {
		t.Fatal(err)
	}
	for _, spec := range parsed.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			t.Fatal(err)
		}
		inner, ours := strings.CutPrefix(imported, module+"/")
		other, _, _ := strings.Cut(inner, "/")
		switch {
		case ours && (other == part || slices.Contains(allowed, other)):
		case ours && test && slices.Contains(forTests, other):
		case ours:
			wrong = append(wrong, rel+" imports "+imported+": dependencies point from cmd to daemon and preflight, from those to the engine and the adapters, and from these to queue alone")
		case part == "queue" && !test && strings.Contains(imported, "."):
			wrong = append(wrong, rel+" imports "+imported+": the rules use the standard library alone")
		}
	}
	return wrong
}

// The rule finds what breaks it.
func TestTheHouseIsGuarded(t *testing.T) {
	for _, tt := range []struct {
		file, imported string
		wrong          bool
	}{
		{"ops/x.go", "kezek/queue", false},
		{"ops/x.go", "kezek/ops/web", false},
		{"ops/x.go", "net/http", false},
		{"ops/x.go", "kezek/engine", true},
		{"ops/x_test.go", "kezek/engine", true},
		{"ops/x_test.go", "kezek/lab", false},
		{"ops/x.go", "kezek/lab", true},
		{"engine/x.go", "kezek/state", true},
		{"state/x.go", "kezek/ari", true},
		{"queue/x.go", "kezek/config", true},
		{"queue/x.go", "go.uber.org/zap", true},
		{"queue/x.go", "kezek/queue/internal/sorted", false},
		{"queue/x_test.go", "pgregory.net/rapid", false},
		{"queue/queuetest/x.go", "pgregory.net/rapid", false},
		{"cmd/kezek/x.go", "kezek/state", false},
		{"cmd/kezek/x.go", "kezek/engine", true},
		{"cmd/kezek/x.go", "kezek/lab", true},
		{"preflight/x.go", "kezek/ari", false},
		{"preflight/x.go", "kezek/engine", true},
		{"preflight/x.go", "kezek/daemon", true},
		{"daemon/x.go", "kezek/engine", false},
		{"daemon/x.go", "kezek/preflight", true},
		{"engine/x.go", "kezek/daemon", true},
		{"ari/x.go", "kezek/preflight", true},
		{"lab/x.go", "kezek/config", false},
		{"helpers/x.go", "fmt", true},
	} {
		file := filepath.Join(t.TempDir(), "x.go")
		if err := os.WriteFile(file, []byte("package x\nimport _ "+strconv.Quote(tt.imported)+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if got := importsAgainstTheRule(t, tt.file, file); (len(got) > 0) != tt.wrong {
			t.Errorf("%s imports %s: found %v, want a breach: %v", tt.file, tt.imported, got, tt.wrong)
		}
	}
}

// A page or a file of Asterisk's that is made from a template must fail when a
// name is missing; text/template writes "<no value>" into it otherwise.
func TestTemplatesFailWhereANameIsMissing(t *testing.T) {
	root := "../.."
	found := 0
	err := filepath.WalkDir(root, func(file string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && file != root && strings.HasPrefix(d.Name(), "."):
			return fs.SkipDir
		case d.IsDir() || !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go"):
			return nil
		}
		source, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		made := strings.Count(string(source), "template.New(") + strings.Count(string(source), "template.Parse")
		strict := strings.Count(string(source), `Option("missingkey=error")`)
		if found += made; made != strict {
			t.Errorf("%s makes %d templates, %d with the option missingkey=error", file, made, strict)
		}
		return nil
	})
	if err != nil || found == 0 {
		t.Errorf("found %d templates, error %v", found, err)
	}
}
