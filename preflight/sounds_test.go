package preflight

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kezek/ari"
)

// The phrases must be where Asterisk looks for them, as far as that can be seen from here.
func TestCheckSounds(t *testing.T) {
	dir := t.TempDir()
	ours, theirs := filepath.Join(dir, "ours", "kezek"), filepath.Join(dir, "theirs", "sounds", "kezek")
	must(t, os.MkdirAll(ours, 0o700))
	if got := findings(checkSounds(ours, theirs)); got != "" {
		t.Errorf("nothing is known of a folder that cannot be seen: %q", got)
	}
	must(t, os.MkdirAll(filepath.Dir(theirs), 0o700))
	want := "error prompts.dir is " + ours + ", and Asterisk looks for the phrases in " + theirs + ": they are not heard\n"
	if got := findings(checkSounds(ours, theirs)); got != want {
		t.Errorf("Asterisk's own folder has none: %q, want %q", got, want)
	}
	if got := findings(checkSounds(theirs+"/", theirs)) + findings(checkSounds(ours, "")); got != "" {
		t.Errorf("the same folder, and none named: %q", got)
	}
	must(t, os.Symlink(ours, theirs))
	if got := findings(checkSounds(ours, theirs)); got != "" {
		t.Errorf("one is a link to the other: %q", got)
	}
	must(t, os.Remove(theirs))
	must(t, os.Mkdir(theirs, 0o700))
	if got := findings(checkSounds(ours, theirs)); got != want {
		t.Errorf("phrases of two folders: %q, want %q", got, want)
	}
}

func TestTrunkEndpoint(t *testing.T) {
	for dial, want := range map[string]string{
		"PJSIP/{number}@carrier":        "PJSIP/carrier",
		"PJSIP/9{number}@beeline-trunk": "PJSIP/beeline-trunk",
		"Local/{number}@from-internal":  "",
		"DAHDI/{number}":                "",
		"":                              "",
	} {
		if got := trunkEndpoint(dial); got != want {
			t.Errorf("%s: %q, want %q", dial, got, want)
		}
	}
}

func TestCheckTrunk(t *testing.T) {
	asterisk := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, password, _ := r.BasicAuth()
		switch {
		case user != "kezek" || password != "secret":
			w.WriteHeader(http.StatusUnauthorized)
		case r.URL.Path == "/ari/endpoints/PJSIP/here":
			_, _ = w.Write([]byte(`{"technology":"PJSIP","resource":"here","state":"online","channel_ids":[]}`))
		case strings.HasPrefix(r.URL.Path, "/ari/asterisk/config/dynamic/res_pjsip/endpoint/") && !strings.HasSuffix(r.URL.Path, "/gone"):
			_, _ = w.Write([]byte("[]"))
		case r.URL.Path == "/ari/endpoints/PJSIP/away", r.URL.Path == "/ari/endpoints/PJSIP/gone":
			_, _ = w.Write([]byte(`{"technology":"PJSIP","resource":"away","state":"offline","channel_ids":[]}`))
		case r.URL.Path == "/ari/endpoints/PJSIP/silent":
			_, _ = w.Write([]byte(`{"technology":"PJSIP","resource":"silent","state":"unknown","channel_ids":[]}`))
		default:
			w.WriteHeader(http.StatusNotFound)
		}
	}))
	defer asterisk.Close()
	for dial, want := range map[string]string{
		"PJSIP/{number}@here":   "info clients are called back over PJSIP/here",
		"PJSIP/{number}@silent": "info clients are called back over PJSIP/silent", // not asked whether it is there
		"PJSIP/{number}@away":   "warning the trunk PJSIP/away cannot be reached",
		"PJSIP/{number}@none":   "error endpoint PJSIP/none of trunk.dial does not exist",
		"PJSIP/{number}@gone":   "error endpoint PJSIP/gone of trunk.dial does not exist", // taken out of pjsip.conf since Asterisk started
		"Local/{number}@x":      "",
		"":                      "",
	} {
		o := ari.Options{URL: asterisk.URL + "/ari", Username: "kezek", Password: "secret"}
		var got string
		for _, f := range checkTrunk(t.Context(), &pjsip{client: ari.NewClient(o)}, dial) {
			got += string(f.Severity) + " " + f.Problem
		}
		if !strings.HasPrefix(got, want) || (got == "") != (want == "") {
			t.Errorf("%s: %q, want %q", dial, got, want)
		}
		o.Password = "wrong"
		if found := checkTrunk(t.Context(), &pjsip{client: ari.NewClient(o)}, dial); found != nil {
			t.Errorf("%s: a wrong password is told elsewhere, not here: %v", dial, found)
		}
	}
}
