package config

import (
	"maps"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// Each number and each time of the config has bounds: whatever is set to -1, or to more than anybody means, is refused.
// A file of testdata/bad shows what its error says.
func TestEveryNumberHasBounds(t *testing.T) {
	doc := defaults()
	if r := newReport(); !r.decode("kezek.example.yaml", allKeys(), doc) {
		t.Fatal(r.err())
	}
	for _, name := range mayHaveTitle {
		delete(doc.Statuses, string(name)) // of these nothing but the title is allowed
	}
	problems := func() []*Problem {
		l := newLoader("kezek.example.yaml")
		l.settings(doc)
		l.rules(doc)
		return l.problems
	}
	if p := problems(); len(p) > 0 {
		t.Fatal(p[0])
	}
	shown := badErrors(t)
	found := 0
	for path, v := range numbers("", reflect.ValueOf(doc)) {
		found++
		was := v.Int()
		for _, absurd := range []int64{-1, math.MaxInt64} {
			v.SetInt(absurd)
			if !slices.ContainsFunc(problems(), func(p *Problem) bool { return p.Path == path }) {
				t.Errorf("%s may be %v: give it bounds in config/rules.go or callback.go", path, v)
			}
		}
		v.SetInt(was)
		if re := regexp.MustCompile(": " + anyName.ReplaceAllString(regexp.QuoteMeta(path), `$1\.[^ ]+\.`) + ": .* is not allowed: want "); !re.MatchString(shown) {
			t.Errorf("no file of config/testdata/bad has a wrong value of %s: add one, in queues.yaml if it is a queue's, and run this package's TestCorpus with -rewrite", path)
		}
	}
	if found < 50 {
		t.Errorf("found %d numbers", found)
	}
}

// anyName is where a path, quoted, has a name of the config's own.
var anyName = regexp.MustCompile(`^(queues|statuses)\\\.[^.]+\\\.`)

// badErrors are the expected errors of all wrong configs.
func badErrors(t *testing.T) string {
	files, err := filepath.Glob("testdata/bad/*.err")
	if err != nil || len(files) == 0 {
		t.Fatal("no expected errors: ", err)
	}
	var all []byte
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, data...)
	}
	return string(all)
}

// numbers are the settable numbers and times of a decoded document, by path.
func numbers(path string, v reflect.Value) map[string]reflect.Value {
	all := map[string]reflect.Value{}
	add := func(name string, v reflect.Value) {
		maps.Copy(all, numbers(child(path, name), v))
	}
	switch {
	case v.Kind() == reflect.Pointer && !v.IsNil():
		return numbers(path, v.Elem())
	case v.Kind() == reflect.Int || v.Type() == reflect.TypeFor[time.Duration]():
		all[path] = v
	case v.Kind() == reflect.Map && v.Type().Elem().Kind() == reflect.Pointer:
		for _, key := range v.MapKeys() {
			add(key.String(), v.MapIndex(key))
		}
	case v.Kind() == reflect.Struct:
		for _, f := range fields(v.Type()) {
			add(f.name, v.FieldByIndex(f.index))
		}
	}
	return all
}

var (
	pageCode = regexp.MustCompile("(?s)```.*?```|`[^`\n]+`")
	codeWord = regexp.MustCompile(`[a-z][a-z0-9_]*`)
)

// The manual tells of each key: one of its sections has the key as code, beside the section of the config that it is in.
func TestManualHasEveryKey(t *testing.T) {
	page, err := os.ReadFile("../docs/configure.md")
	if err != nil {
		t.Fatal(err)
	}
	var sections []map[string]bool
	for section := range strings.SplitSeq(string(page), "\n## ") {
		words := map[string]bool{}
		for _, code := range pageCode.FindAllString(section, -1) {
			for _, word := range codeWord.FindAllString(code, -1) {
				words[word] = true
			}
		}
		sections = append(sections, words)
	}
	for _, key := range keys("", reflect.TypeFor[document]()) {
		key = strings.NewReplacer(`\.`, ".", `[^.]+`, "NAME", `\[\d+\]`, "").Replace(key)
		path := strings.Split(key, ".")
		last := path[len(path)-1]
		in := path[max(0, len(path)-2)]
		if in == "NAME" {
			in = last
		}
		if !slices.ContainsFunc(sections, func(words map[string]bool) bool { return words[last] && words[in] }) {
			t.Errorf("docs/configure.md does not tell of %s: name it there as code, in a section that names what it is in", key)
		}
	}
}
