package dialplan_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"kezek/dialplan"
	"kezek/queue"
)

var rewrite = flag.Bool("rewrite", false, "write testdata anew")

// site is a small call centre.
func site() *queue.Rules {
	sales, support := queue.DefaultQueue(), queue.DefaultQueue()
	sales.Name, sales.DID, sales.DefaultLanguage = "sales", []string{"+996312900800"}, "ru"
	support.Name, support.DefaultLanguage = "support", "ky"
	support.DID = []string{"+996312900801", "996312900801", "+996312900802"}
	support.DIDLanguage = map[string]queue.Language{"+996312900802": "ru"}
	support.Music, support.Fallback = "calm", "voicemail,support,1"
	return &queue.Rules{
		Languages: []queue.Language{"ky", "ru"},
		Queues:    map[string]*queue.QueueRules{"sales": &sales, "support": &support},
		Agents: map[string]*queue.AgentRules{
			"1001": {ID: "1001", Endpoint: "PJSIP/1001", PIN: "1001", Speech: "ru"},
			"1006": {ID: "1006", Endpoint: "PJSIP/1006", Speech: "ky"},
			"1008": {ID: "1008", Endpoint: "PJSIP/1008", PIN: "1008", Speech: "ru", Supervisor: true},
		},
		Statuses: map[string]*queue.StatusRules{
			"lunch":  {Name: "lunch", Code: "32"},
			"coffee": {Name: "coffee", Code: "31"},
		},
		Results: map[string]*queue.ResultRules{
			"contract": {Name: "contract", Code: "1", Queues: []string{"sales"}},
			"repaired": {Name: "repaired", Code: "1", Queues: []string{"support"}},
			"refusal":  {Name: "refusal", Code: "2"},
		},
	}
}

// soundFile names sounds as the prompts package does.
func soundFile(p queue.Phrase) string { return "kezek/" + string(p.Language) + "/" + p.ID }

func params() dialplan.Params {
	return dialplan.Params{
		Version: "1.2.3", App: "kezek", AGI: "127.0.0.1:4573", Rules: site(), Sound: soundFile,
		Fallback: "from-internal,100,1", FallbackAfter: 90 * time.Second,
	}
}

func TestWrite(t *testing.T) {
	open := params()
	open.AnyNumber, open.Fallback, open.LampsOff = true, "", true
	for file, p := range map[string]dialplan.Params{"extensions.conf": params(), "any-number.conf": open} {
		var b bytes.Buffer
		if err := dialplan.Write(&b, p); err != nil {
			t.Fatal(err)
		}
		compare(t, file, b.Bytes())
	}
	var b bytes.Buffer
	if err := dialplan.WriteSettings(&b, dialplan.Settings{Version: "1.2.3", ARIUser: "kezek"}); err != nil {
		t.Fatal(err)
	}
	compare(t, "settings.conf", b.Bytes())
	for line := range strings.Lines(b.String()) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, ";") {
			t.Errorf("settings: line not commented out: %s", line)
		}
	}
}

// Every extension of the codes is among those that kezek check asks for.
func TestDials(t *testing.T) {
	p := params()
	var b bytes.Buffer
	if err := dialplan.Write(&b, p); err != nil {
		t.Fatal(err)
	}
	_, agents, _ := strings.Cut(b.String(), "[kezek-agents]\n")
	agents, _, _ = strings.Cut(agents, "\n[kezek-code]")
	needed, others := p.Dials()
	asked := slices.Concat(needed, others)
	seen := 0
	for line := range strings.Lines(agents) {
		extension, is := strings.CutPrefix(line, "exten => ")
		if !is {
			continue
		}
		seen++
		extension, _, _ = strings.Cut(extension, ",")
		form := strings.NewReplacer("_", "^", "*", "\\*", "X", "[0-9]", "Z", "[1-9]", ".", ".+").Replace(extension)
		if !slices.ContainsFunc(asked, func(d string) bool { return regexp.MustCompile(form + "$").MatchString(d) }) {
			t.Errorf("%v asks for nothing like %s", asked, extension)
		}
	}
	if seen < 10 || !slices.Contains(asked, "kezek-status-0-0") {
		t.Errorf("%d extensions", seen)
	}
}

func compare(t *testing.T, file string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", file)
	if *rewrite {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-want +got; -rewrite if meant):\n%s", path, diff)
	}
}

// evil are words that mean something to Asterisk's dialplan or end a line of it.
var evil = []string{
	"a,b", "a;b", "a\nexten => x,1,System(id)", "${SHELL(id)}", "$[1+1]", "a&b", "a]", "a)b", `a"b`, "a b",
	"\x00", "a\r", "Отдел", strings.Repeat("a", 400), "../../etc", "",
}

func TestWriteRefusesWhatDialplansCannotHold(t *testing.T) {
	// Each puts a word of a config into one place and says how the error names it.
	places := map[string]func(*dialplan.Params, string){
		"asterisk.app": func(p *dialplan.Params, w string) { p.App = w },
		"agi.listen":   func(p *dialplan.Params, w string) { p.AGI = w + ":4573" },
		"dialplan.fallback": func(p *dialplan.Params, w string) {
			p.Fallback = "from-internal," + w + ",1"
		},
		"queues.sales.did":      func(p *dialplan.Params, w string) { p.Rules.Queues["sales"].DID[0] = w },
		"queues.sales.music":    func(p *dialplan.Params, w string) { p.Rules.Queues["sales"].Music = w + "," },
		"queues.sales.fallback": func(p *dialplan.Params, w string) { p.Rules.Queues["sales"].Fallback = w + ",s,1" },
		"the name of queues.":   func(p *dialplan.Params, w string) { p.Rules.Queues[w] = p.Rules.Queues["sales"] },
		"the id of agents.":     func(p *dialplan.Params, w string) { p.Rules.Agents[w] = p.Rules.Agents["1001"] },
		"the name of statuses.": func(p *dialplan.Params, w string) { p.Rules.Statuses[w] = p.Rules.Statuses["lunch"] },
		"results.refusal.code":  func(p *dialplan.Params, w string) { p.Rules.Results["refusal"].Code = w },
		"statuses.lunch.code":   func(p *dialplan.Params, w string) { p.Rules.Statuses["lunch"].Code = w },
		"phrase": func(p *dialplan.Params, w string) {
			p.Sound = func(q queue.Phrase) string { return "kezek/" + w + "," }
		},
	}
	for field, put := range places {
		for _, w := range evil {
			p := params()
			put(&p, w)
			var b bytes.Buffer
			err := dialplan.Write(&b, p)
			if err == nil || !strings.Contains(err.Error(), field) {
				t.Errorf("%s with %.40q: error %v does not name it", field, w, err)
			}
			if b.Len() > 0 {
				t.Errorf("%s with %.40q: something was written in spite of the error", field, w)
			}
		}
	}
	for _, w := range evil {
		if err := dialplan.WriteSettings(&bytes.Buffer{}, dialplan.Settings{ARIUser: w}); err == nil {
			t.Errorf("settings with user %.40q: no error", w)
		}
	}
}

func TestWriteRefusesWhatCannotWork(t *testing.T) {
	for want, spoil := range map[string]func(*dialplan.Params){
		"one machine":             func(p *dialplan.Params) { p.AGI = "0.0.0.0:4573" },
		"allowed: host:port":      func(p *dialplan.Params) { p.AGI = "127.0.0.1" },
		"allowed as port":         func(p *dialplan.Params) { p.AGI = "127.0.0.1:0" },
		"leads back to Kezek":     func(p *dialplan.Params) { p.Fallback = "kezek-inbound,+996312900800,1" },
		"number of queue sales":   func(p *dialplan.Params) { p.Rules.Queues["support"].DID = []string{"+996312900800"} },
		"code of coffee":          func(p *dialplan.Params) { p.Rules.Statuses["lunch"].Code = "31" },
		"fallback_after":          func(p *dialplan.Params) { p.FallbackAfter = -time.Second },
		"phrase for waiting":      func(p *dialplan.Params) { p.Rules.Languages = nil },
		"Rules and Sound":         func(p *dialplan.Params) { p.Rules = nil },
		"context,extension,prior": func(p *dialplan.Params) { p.Fallback = "voicemail" },
	} {
		p := params()
		spoil(&p)
		if err := dialplan.Write(&bytes.Buffer{}, p); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error is %v; want one with %q", err, want)
		}
	}
	p := params()
	p.AGI = "[2001:db8::1]:4573"
	if err := dialplan.Write(&bytes.Buffer{}, p); err != nil {
		t.Error(err)
	}
}

// TestWriteTellsAll checks that one run names every fault, not the first alone.
func TestWriteTellsAll(t *testing.T) {
	p := params()
	p.App, p.AGI, p.Rules.Queues["sales"].Music = "a,b", "nowhere", "x y"
	err := dialplan.Write(&bytes.Buffer{}, p)
	for _, field := range []string{"asterisk.app", "agi.listen", "queues.sales.music"} {
		if err == nil || !strings.Contains(err.Error(), field) {
			t.Errorf("error does not name %s: %v", field, err)
		}
	}
}

func TestWriteFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, dialplan.FileName)
	if err := dialplan.WriteFile(path, params()); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if info, _ := os.Stat(path); info.Mode().Perm() != 0o644 {
		t.Errorf("mode is %o; Asterisk's user must be able to read it", info.Mode().Perm())
	}
	bad := params()
	bad.App = "a,b"
	if err := dialplan.WriteFile(path, bad); err == nil {
		t.Error("no error")
	}
	if after, _ := os.ReadFile(path); !bytes.Equal(before, after) {
		t.Error("an error changed the file")
	}
	entries, _ := os.ReadDir(dir)
	if len(entries) != 1 {
		t.Errorf("files left behind: %v", entries)
	}
}

// An error names the file that was wanted, not the one beside it.
func TestWriteFileNamesTheFile(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{filepath.Join(file, "x.conf"), filepath.Join(dir, "gone", "x.conf"), dir} {
		err := dialplan.WriteFile(path, params())
		if err == nil || !strings.HasPrefix(err.Error(), path+": ") || strings.Contains(err.Error(), ".conf.") {
			t.Errorf("the error for %s is %v", path, err)
		}
	}
}

// FuzzWrite holds that no word of a config can change what the dialplan does:
// there are as many lines as with harmless words, and each is of a known form.
func FuzzWrite(f *testing.F) {
	for _, w := range evil {
		f.Add(w, w, w, w)
	}
	f.Add("sales", "+996312900800", "1001", "default")
	form := regexp.MustCompile(`^(;.*|\[kezek-[a-z]+\]|exten => .+| same => n(\([a-z]+\))?,.+|include => kezek-hints|)$`)
	write := func(queueName, did, agent, music string) (string, error) {
		p := params()
		q := p.Rules.Queues["sales"]
		q.DID, q.Music = []string{did}, music
		p.Rules.Queues = map[string]*queue.QueueRules{queueName: q}
		p.Rules.Agents = map[string]*queue.AgentRules{agent: {ID: agent}}
		var b strings.Builder
		err := dialplan.Write(&b, p)
		return b.String(), err
	}
	harmless, err := write("sales", "+996312900800", "1001", "default")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, queueName, did, agent, music string) {
		got, err := write(queueName, did, agent, music)
		if err != nil {
			return
		}
		if strings.Count(got, "\n") != strings.Count(harmless, "\n") {
			t.Errorf("a word added lines:\n%s", got)
		}
		for line := range strings.Lines(got) {
			if !form.MatchString(strings.TrimSuffix(line, "\n")) {
				t.Errorf("line of no known form: %q", line)
			}
		}
	})
}
