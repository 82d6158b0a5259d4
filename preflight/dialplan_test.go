package preflight

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kezek/config"
	"kezek/dialplan"
	"kezek/queue"
)

// Where Asterisk cannot be asked, its files must have the config's dialplan, with all its contexts, and lead to it.
func TestCheckDialplan(t *testing.T) {
	c, err := config.Parse("kezek.example.yaml", config.Example)
	must(t, err)
	params := dialplan.Params{App: "kezek", AGI: c.AGI.Address, Rules: c.Rules, Sound: func(p queue.Phrase) string { return "kezek/" + p.ID }}
	var plan strings.Builder
	must(t, dialplan.Write(&plan, params))
	dir := t.TempDir()
	write := func(file, text string) { must(t, os.WriteFile(filepath.Join(dir, file), []byte(text), 0o600)) }
	check := func(want ...string) {
		t.Helper()
		want = append(want, "warning what Asterisk has loaded is not known: ")
		found := findings((&Site{Config: c, Dialplan: params, AsteriskDir: dir}).checkDialplan(t.Context()))
		if strings.Count(found, "\n") != len(want) {
			t.Errorf("found %s", found)
		}
		for _, w := range want {
			if !strings.Contains(found, w) {
				t.Errorf("found %s, want %s", found, w)
			}
		}
	}
	check("warning " + filepath.Join(dir, dialplan.FileName) + " does not exist")
	older := plan.String()
	older = older[:strings.Index(older, "[kezek-take]")]
	write(dialplan.FileName, older)
	check("made from another config or version, and lacks [kezek-take] [kezek-hints] [kezek-loaded]")
	write(dialplan.FileName, strings.Replace(plan.String(), "Stasis(", "Queue(", 1))
	check("error " + filepath.Join(dir, dialplan.FileName) + " does not match the config: it was made from another config or version\n")
	write(dialplan.FileName, plan.String())
	check("error no file of " + dir + " includes " + dialplan.FileName)
	write("extensions.conf", "; include => kezek-agents\n[from-trunk]\ninclude => kezek-inbound\n#include \"kezek-extensions.conf\"\n")
	check("info ", "warning no file of "+dir+" names the context kezek-agents: agents' codes, status keys and lamps reach nothing")
	write("pjsip.conf", "[1001]\ncontext = kezek-agents\n")
	check("info ")
}
