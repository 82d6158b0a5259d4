package ops

import (
	"encoding/json"
	"io/fs"
	"maps"
	"net/http"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"kezek/queue"
)

// wordsOfPage reads the words of the page in a language: an ES module whose only value is written as JSON.
func wordsOfPage(t *testing.T, language string) map[string]string {
	t.Helper()
	module, err := web.ReadFile("web/words/" + language + ".js")
	if err != nil {
		t.Fatal(err)
	}
	text, ok := strings.CutPrefix(strings.TrimSuffix(strings.TrimSpace(string(module)), ";"), "export default ")
	var words map[string]string
	if !ok || json.Unmarshal([]byte(text), &words) != nil {
		t.Fatalf("web/words/%s.js: want \"export default \" and an object as JSON has it", language)
	}
	return words
}

var wordLanguagesOfPage = []string{"en", "ru", "ky"}

// Each language has the same keys, with the same {values}, and no word is empty.
func TestPageSpeaksItsLanguages(t *testing.T) {
	value := regexp.MustCompile(`\{\w+\}`)
	values := func(text string) []string { return slices.Sorted(slices.Values(value.FindAllString(text, -1))) }
	english := wordsOfPage(t, "en")
	for _, language := range wordLanguagesOfPage {
		words := wordsOfPage(t, language)
		if diff := cmp.Diff(slices.Sorted(maps.Keys(english)), slices.Sorted(maps.Keys(words))); diff != "" {
			t.Errorf("%s (-en +%s):\n%s", language, language, diff)
		}
		for key, text := range words {
			if strings.TrimSpace(text) == "" {
				t.Errorf("%s: %q is empty", language, key)
			}
			if diff := cmp.Diff(values(english[key]), values(text)); diff != "" {
				t.Errorf("%s: %q puts in other values than English:\n%s", language, key, diff)
			}
		}
	}
}

// Whatever the page shows of the daemon's own has its word.
func TestPageHasWordsForEverySet(t *testing.T) {
	words := wordsOfPage(t, "en")
	var want []string
	add := func(set string, codes ...string) {
		for _, code := range codes {
			want = append(want, set+"."+code)
		}
	}
	add("call", texts(queue.CallStates)...)
	add("callback", texts(queue.CallbackStates)...)
	add("class", texts(queue.CallbackClasses)...)
	add("ended", texts(queue.CallbackOutcomes)...)
	add("outcome", texts(queue.Outcomes)...)
	add("held", texts(queue.HoldEnds)...)
	add("hold", texts(queue.HoldThens)...)
	add("mode", texts(queue.MonitorModes)...)
	add("status", texts(queue.SetByDaemon)...)
	add("violation", texts(queue.ViolationKinds)...)
	add("refusal", texts(queue.Refusals)...)
	add("role", roleNames...)
	add("flag", rude)
	for _, why := range queue.Causes {
		if why.By() == queue.EndedByPhone {
			add("fault", string(why))
		}
	}
	script, err := web.ReadFile("web/alarms.js")
	if err != nil {
		t.Fatal(err)
	}
	alarmed := regexp.MustCompile(`const alarmed = (\[.*\]);`).FindSubmatch(script)
	var kinds []queue.EntryKind
	if alarmed == nil || json.Unmarshal(alarmed[1], &kinds) != nil || len(kinds) == 0 {
		t.Fatal("the page alarms of nothing")
	}
	for _, kind := range kinds {
		if kind != "callback.unreached" && !slices.Contains(queue.EntryKinds, kind) {
			t.Errorf("the page alarms of %q, which never happens", kind)
		}
		add("alarm", string(kind))
	}
	for _, key := range want {
		if words[key] == "" {
			t.Errorf("the page has no words for %s", key)
		}
	}
}

// Every key that the page's files name has words, and so has every column.
func TestPageKnowsItsWords(t *testing.T) {
	words := wordsOfPage(t, "en")
	said := regexp.MustCompile(`\bsay\("([a-z0-9_.]+)"|data-say(?:-label)?="([a-z0-9_.]+)"|\{ id: "([a-z]+)",(?: head: true,| live: true,)* text:`)
	err := fs.WalkDir(web, "web", func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || path.Dir(file) != "web" {
			return err
		}
		text, err := fs.ReadFile(web, file)
		for _, found := range said.FindAllSubmatch(text, -1) {
			key := string(found[1]) + string(found[2])
			if len(found[3]) > 0 {
				key = "column." + string(found[3])
			}
			if words[key] == "" {
				t.Errorf("%s: %q has no words", file, key)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// What a page loads is served, with the type that a browser wants, and comes from here alone.
func TestPageLoads(t *testing.T) {
	s := newSite(t)
	loads := regexp.MustCompile(`(?:src|href)="(/web/[^"]+)"|from "\./([^"]+)"|import "\./([^"]+)"`)
	foreign := regexp.MustCompile(`(?i)(?:src|href)="https?:|<style|<script>|\son[a-z]+="|\sstyle="|import\("`)
	seen := map[string]bool{}
	var load func(at string)
	load = func(at string) {
		if seen[at] {
			return
		}
		seen[at] = true
		w := s.do(http.MethodGet, at, "", "")
		if w.Code != http.StatusOK {
			t.Fatalf("%s: %d", at, w.Code)
		}
		want := map[string]string{".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8"}[path.Ext(at)]
		if got := w.Header().Get("Content-Type"); want != "" && got != want {
			t.Errorf("%s is %s, want %s", at, got, want)
		}
		if path.Dir(at) == "/web/uplot" {
			return // it is not ours
		}
		body := w.Body.String()
		if bad := foreign.FindString(body); bad != "" {
			t.Errorf("%s has %q: the policy of content forbids it", at, bad)
		}
		for _, found := range loads.FindAllStringSubmatch(body, -1) {
			if found[1] != "" {
				load(found[1])
			} else {
				load(path.Join(path.Dir(at), found[2]+found[3]))
			}
		}
	}
	for _, at := range []string{"/", "/history", "/wall"} {
		load(at)
	}
	err := fs.WalkDir(web, "web", func(file string, d fs.DirEntry, err error) error {
		if ext := path.Ext(file); (ext == ".js" || ext == ".css") && !seen["/"+file] {
			t.Errorf("%s is loaded by no page", file)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
