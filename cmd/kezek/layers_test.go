package main

import (
	"go/types"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/go/packages"
)

// The files of the rules stand in layers: each names only what is defined in files below it,
// so that whoever reads one need not know those above. Functions that would close a circle
// belong in another file.
func TestRulesStandInLayers(t *testing.T) {
	ties := tiesBetweenFiles(t, "./queue")
	if len(ties) < 50 {
		t.Fatalf("only %d files of the rules were read", len(ties))
	}
	if circle := circleIn(ties); circle != nil {
		for i, file := range circle[1:] {
			t.Logf("%s -> %s: %s", circle[i], file, strings.Join(ties[circle[i]][file], ", "))
		}
		t.Errorf("these files use each other in a circle: %s", strings.Join(circle, " -> "))
	}
	floors := floorsOfTheRules(t)
	for file, uses := range ties {
		if floors[file] == 0 {
			t.Errorf("docs/architecture.md does not say on which floor %s stands", file)
		}
		for other, names := range uses {
			if floors[file] < floors[other] {
				t.Errorf("%s (floor %d) uses %s of %s (floor %d)", file, floors[file], strings.Join(names, ", "), other, floors[other])
			}
		}
	}
	for file := range floors {
		if ties[file] == nil {
			t.Errorf("docs/architecture.md has %s, but the rules do not", file)
		}
	}
	// And the test bites.
	if circleIn(map[string]map[string][]string{"a": {"b": nil}, "b": {"c": nil}, "c": {"a": nil}}) == nil {
		t.Error("a circle was not found")
	}
}

// floorsOfTheRules reads the table of docs/architecture.md.
func floorsOfTheRules(t *testing.T) map[string]int {
	t.Helper()
	page, err := os.ReadFile(filepath.Join(repository, "docs", "architecture.md"))
	if err != nil {
		t.Fatal(err)
	}
	floors := map[string]int{}
	for _, row := range regexp.MustCompile("(?m)^\\| (\\d) \\| [^|]+ \\| (`.+`) \\|$").FindAllStringSubmatch(string(page), -1) {
		for _, name := range strings.Split(strings.ReplaceAll(row[2], "`", ""), ", ") {
			if floors[name+".go"] != 0 {
				t.Errorf("docs/architecture.md has %s twice", name)
			}
			floors[name+".go"] = int(row[1][0] - '0')
		}
	}
	return floors
}

// tiesBetweenFiles are the names that each file of a package uses of its other files.
func tiesBetweenFiles(t *testing.T, pkg string) map[string]map[string][]string {
	t.Helper()
	loaded, err := packages.Load(&packages.Config{
		Dir:  repository,
		Mode: packages.NeedName | packages.NeedFiles | packages.NeedSyntax | packages.NeedTypes | packages.NeedTypesInfo | packages.NeedImports | packages.NeedDeps,
	}, pkg)
	if err != nil || len(loaded) != 1 || len(loaded[0].Errors) > 0 {
		t.Fatalf("load %s: %v, %v", pkg, err, loaded)
	}
	p := loaded[0]
	file := func(o types.Object) string { return filepath.Base(p.Fset.Position(o.Pos()).Filename) }
	ties := map[string]map[string][]string{}
	for id, o := range p.TypesInfo.Uses {
		if f, ok := o.(*types.Func); ok {
			o = f.Origin()
		}
		_, method := o.(*types.Func)
		if o.Pkg() != p.Types || !method && o.Parent() != p.Types.Scope() {
			continue // a local name or a field, or of another package
		}
		from, to := filepath.Base(p.Fset.Position(id.Pos()).Filename), file(o)
		if ties[to] == nil {
			ties[to] = map[string][]string{}
		}
		if ties[from] == nil {
			ties[from] = map[string][]string{}
		}
		if from != to && !slices.Contains(ties[from][to], o.Name()) {
			ties[from][to] = append(ties[from][to], o.Name())
		}
	}
	return ties
}

// circleIn is a circle of files that use each other, the first one at both ends; nil if there is none.
func circleIn(ties map[string]map[string][]string) []string {
	done := map[string]bool{}
	var path []string
	var visit func(string) []string
	visit = func(file string) []string {
		if i := slices.Index(path, file); i >= 0 {
			return append(slices.Clone(path[i:]), file)
		}
		if done[file] {
			return nil
		}
		path = append(path, file)
		for _, next := range slices.Sorted(maps.Keys(ties[file])) {
			if circle := visit(next); circle != nil {
				return circle
			}
		}
		path = path[:len(path)-1]
		done[file] = true
		return nil
	}
	for _, file := range slices.Sorted(maps.Keys(ties)) {
		if circle := visit(file); circle != nil {
			return circle
		}
	}
	return nil
}
