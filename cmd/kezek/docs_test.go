package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"kezek/ops"
)

var (
	codeName = regexp.MustCompile("`(queue)((?:\\.[A-Z][A-Za-z]*)+)`")
	pageLink = regexp.MustCompile(`\]\(([^)#:]+)(?:#[^)]*)?\)`)
	testName = regexp.MustCompile(`\b(?:Test|Fuzz|Example|Benchmark)[A-Z][A-Za-z]+\b`)
	filePath = regexp.MustCompile("`([a-z][A-Za-z0-9_./*-]*\\.(?:go|md|txt|yaml|js|jsonl|tmpl|err))`")
)

// The glossary's names are in the code.
func TestGlossary(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("..", "..", "queue", "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	has := map[string]bool{}
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, decl := range file.Decls {
			switch d := decl.(type) {
			case *ast.FuncDecl:
				if star, ok := receiver(d).(*ast.StarExpr); ok {
					if of, ok := star.X.(*ast.Ident); ok {
						has[of.Name+"."+d.Name.Name] = true
					}
				}
			case *ast.GenDecl:
				for _, spec := range d.Specs {
					switch s := spec.(type) {
					case *ast.TypeSpec:
						has[s.Name.Name] = true
					case *ast.ValueSpec:
						for _, name := range s.Names {
							has[name.Name] = true
						}
					}
				}
			}
		}
	}
	found := codeName.FindAllStringSubmatch(page(t, "docs/glossary.md"), -1)
	if len(found) < 25 {
		t.Errorf("the glossary has %d names", len(found))
	}
	for _, name := range found {
		if !has[strings.TrimPrefix(name[2], ".")] {
			t.Errorf("the code has no %s", name[0])
		}
	}
}

func receiver(f *ast.FuncDecl) ast.Expr {
	if f.Recv == nil {
		return nil
	}
	return f.Recv.List[0].Type
}

// What the pages for engineers send a reader to is there: pages, files, and tests by name. The checklists of CONTRIBUTING
// are worth what the tests in them are.
func TestPagesForEngineers(t *testing.T) {
	tests := map[string]bool{}
	for _, file := range goFiles(t) {
		if !strings.HasSuffix(file, "_test.go") {
			continue
		}
		for line := range strings.Lines(page(t, file)) {
			if name, ok := strings.CutPrefix(line, "func "); ok {
				tests[strings.SplitN(name, "(", 2)[0]] = true
			}
		}
	}
	pages := []string{"CONTRIBUTING.md", "README.md", "docs/architecture.md", "docs/glossary.md"}
	decisions, err := filepath.Glob(filepath.Join(repository, "docs", "decisions", "*.md"))
	if err != nil || len(decisions) < 5 {
		t.Fatal(len(decisions), err)
	}
	for _, d := range decisions {
		pages = append(pages, "docs/decisions/"+filepath.Base(d))
	}
	named := 0
	for _, p := range pages {
		text := page(t, p)
		for _, m := range pageLink.FindAllStringSubmatch(text, -1) {
			if _, err := os.Stat(filepath.Join(repository, filepath.Dir(p), m[1])); err != nil {
				t.Errorf("%s sends to %s, which is not there", p, m[1])
			}
		}
		for _, m := range filePath.FindAllStringSubmatch(text, -1) {
			if all, err := filepath.Glob(filepath.Join(repository, m[1])); err != nil || len(all) == 0 {
				t.Errorf("%s names the file %s, which is not there", p, m[1])
			}
		}
		for _, name := range testName.FindAllString(text, -1) {
			if named++; !tests[name] {
				t.Errorf("%s names %s: there is no such test", p, name)
			}
		}
	}
	if named < 15 {
		t.Errorf("the pages name %d tests", named)
	}
}

// page is the text of a file of the repository.
func page(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(repository, filepath.FromSlash(path)))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// Each parameter of the reports is a flag, but for the page, which the command reads by itself.
func TestParametersOfReportsAreFlags(t *testing.T) {
	cmd := (&app{}).reportCommand()
	for _, p := range ops.ReportParameters {
		name := map[string]string{"format": "for"}[p]
		if name == "" {
			name = p
		}
		if p != "after" && cmd.Flags().Lookup(name) == nil {
			t.Errorf("kezek report has no --%s", name)
		}
	}
}
