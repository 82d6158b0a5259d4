package config

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	_ "time/tzdata"

	"github.com/google/go-cmp/cmp"

	"kezek/queue"
)

var rewrite = flag.Bool("rewrite", false, "write the expected errors and warnings anew")

// TestCorpus holds the loader against testdata: each file of good loads with
// the warnings of its .warn file, none if there is no such file; each file of
// bad fails with exactly the errors of its .err file.
func TestCorpus(t *testing.T) {
	for kind, ext := range map[string]string{"good": ".warn", "bad": ".err"} {
		files, err := filepath.Glob("testdata/" + kind + "/*.yaml")
		if err != nil || len(files) == 0 {
			t.Fatalf("no %s files: %v", kind, err)
		}
		for _, file := range files {
			t.Run(kind+"/"+filepath.Base(file), func(t *testing.T) {
				data, err := os.ReadFile(file)
				if err != nil {
					t.Fatal(err)
				}
				var got string
				c, err := Parse(file, data, Files(openClosed))
				switch {
				case kind == "bad" && err == nil:
					t.Fatal("loads")
				case kind == "bad":
					got = err.Error() + "\n"
				case err != nil:
					t.Fatal(err)
				default:
					sound(t, c)
					for _, w := range c.Warnings {
						got += w + "\n"
					}
				}
				compare(t, strings.TrimSuffix(file, ".yaml")+ext, got)
			})
		}
	}
}

// compare holds text against a file that may lack when the text is empty.
func compare(t *testing.T, file, got string) {
	t.Helper()
	want, err := os.ReadFile(file)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	if string(want) == got {
		return
	}
	if *rewrite {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	t.Errorf("%s (-want +got):\n%s", file, cmp.Diff(string(want), got))
}

// openClosed opens a file as one that others cannot read, whatever a checkout made of its mode.
func openClosed(name string) (fs.File, error) {
	f, err := os.Open(name)
	return closedFile{f}, err
}

type closedFile struct{ fs.File }

func (f closedFile) Stat() (fs.FileInfo, error) {
	info, err := f.File.Stat()
	return closedInfo{info}, err
}

type closedInfo struct{ fs.FileInfo }

func (i closedInfo) Mode() fs.FileMode { return i.FileInfo.Mode() &^ 0o077 }

var commentedDefault = regexp.MustCompile(`(?m)^( *)#([^# \n])`)

// allKeys is the example with every default written out.
func allKeys() []byte { return commentedDefault.ReplaceAll(Example, []byte("$1$2")) }

func TestExampleLoadsWithoutWarning(t *testing.T) {
	c, err := Parse("kezek.example.yaml", Example)
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Warnings) > 0 {
		t.Error(strings.Join(c.Warnings, "\n"))
	}
	sound(t, c)
}

func TestExampleTellsTheRealDefaults(t *testing.T) {
	c, err := Parse("kezek.example.yaml", Example)
	if err != nil {
		t.Fatal(err)
	}
	all, err := Parse("kezek.example.yaml", allKeys())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(c, all, cmp.Exporter(func(reflect.Type) bool { return true }), sameFuncs); diff != "" {
		t.Errorf("a commented default is not the real one (-default +example):\n%s", diff)
	}
}

// sameFuncs compares what cannot be compared by whether it is there at all.
var sameFuncs = cmp.Comparer(func(a, b func(string) bool) bool { return (a == nil) == (b == nil) })

// The example has the table of «Линия 24», by the rules of the sales department (S3).
func TestExampleHasTheTableOfStatuses(t *testing.T) {
	c, err := Parse("kezek.example.yaml", Example)
	if err != nil {
		t.Fatal(err)
	}
	sales := []string{"sales"}
	want := map[string]queue.StatusRules{ // by title
		"Ожидание": {}, "Работа с абонентом": {}, "Оформление заявки": {}, // set by Kezek
		"Кофе-брейк": {RefusedAtPeak: true, RequiredDaily: true},
		"Обед":       {RequiredDaily: true},
		"Формирование отчетов": {}, "Обучение": {},
		"Отбой (занят)": {ForbiddenTo: sales}, "Неактивка": {ForbiddenTo: sales}, "Распечатка договоров": {ForbiddenTo: sales},
		"Разноска договоров": {ForbiddenTo: sales}, "Подключение абонента": {ForbiddenTo: sales}, "Закрытие заявок": {ForbiddenTo: sales},
		"Обработка социальных сетей": {ForbiddenTo: sales},
	}
	got := map[string]queue.StatusRules{}
	for _, s := range c.Rules.Statuses {
		got[s.Title["ru"]] = queue.StatusRules{RefusedAtPeak: s.RefusedAtPeak, RequiredDaily: s.RequiredDaily, ForbiddenTo: s.ForbiddenTo}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the table of statuses (-want +got):\n%s", diff)
	}
}

func TestExampleHasEveryKey(t *testing.T) {
	r := newReport()
	r.decode("kezek.example.yaml", allKeys(), defaults())
	var have []string
	for path := range r.places {
		have = append(have, path)
	}
	for _, key := range keys("", reflect.TypeFor[document]()) {
		re := regexp.MustCompile("^" + key + "$")
		if !slices.ContainsFunc(have, re.MatchString) {
			t.Errorf("the example lacks %s", key)
		}
	}
}

// A queue sets the due time of each class of callbacks by the name of the class.
func TestClassesHaveKeys(t *testing.T) {
	for _, class := range queue.Classes {
		r, doc := newReport(), defaults()
		r.decode("classes", fmt.Appendf(nil, "queues: {sales: {callback: {%s: 61s}}}", class.Name), doc)
		if err := r.err(); err != nil {
			t.Error(err)
			continue
		}
		for _, other := range queue.Classes {
			want := other.Due
			if other.Name == class.Name {
				want = 61 * time.Second
			}
			if got := doc.Queues["sales"].Callback.Due(other.Name); got != want {
				t.Errorf("%s is set, and %s is due in %s, want %s", class.Name, other.Name, got, want)
			}
		}
	}
}

// keys are all paths of a type, as regular expressions.
func keys(path string, t reflect.Type) []string {
	switch {
	case reads(reflect.New(t).Elem()) || t == reflect.TypeFor[memberships]():
		return []string{path}
	case t.Kind() == reflect.Pointer:
		return keys(path, t.Elem())
	case t.Kind() == reflect.Map && t.Elem().Kind() == reflect.Pointer:
		return keys(path+`\.[^.]+`, t.Elem())
	case t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Struct && !reads(reflect.New(t.Elem()).Elem()):
		return keys(path+`\[\d+\]`, t.Elem())
	case t.Kind() != reflect.Struct:
		return []string{path}
	}
	var all []string
	for _, f := range fields(t) {
		all = append(all, keys(strings.TrimPrefix(path+`\.`+f.name, `\.`), f.typ)...)
	}
	return all
}

// TestDocsAreTrue holds the examples of the manual against the loader.
func TestDocsAreTrue(t *testing.T) {
	const manual = "../docs/configure.md"
	text, err := os.ReadFile(manual)
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?ms)^```yaml\n(.*?)^```$").FindAllSubmatchIndex(text, -1)
	if len(blocks) == 0 {
		t.Fatal("no examples")
	}
	for _, b := range blocks {
		r := newReport()
		line := 1 + bytes.Count(text[:b[2]], []byte("\n"))
		var v any = defaults()
		if bytes.HasPrefix(text[b[2]:], []byte("tokens:")) {
			v = &tokensDocument{}
		}
		r.decode(fmt.Sprintf("%s (lines from %d)", manual, line), text[b[2]:b[3]], v)
		if err := r.err(); err != nil {
			t.Error(err)
		}
	}
}
