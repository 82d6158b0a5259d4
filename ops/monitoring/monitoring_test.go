package monitoring

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"kezek/lab"
)

// rules are the alert rules as Prometheus reads them.
type rules struct {
	Groups []struct {
		Rules []struct {
			Alert, Record, Expr string
			Labels, Annotations map[string]string
		}
	}
}

func read(t *testing.T) (all rules) {
	t.Helper()
	made, err := Files(Defaults())
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(made["kezek-alerts.yaml"], &all); err != nil {
		t.Fatal(err)
	}
	return all
}

// Each alert says how bad it is, what it is, and where the manual says what to do.
func TestAlertsLeadToTheManual(t *testing.T) {
	manual, err := os.ReadFile("../../docs/operate.md")
	if err != nil {
		t.Fatal(err)
	}
	anchors := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^#+ (\w+)$`).FindAllStringSubmatch(string(manual), -1) {
		anchors[strings.ToLower(m[1])] = true
	}
	alerts := map[string]bool{}
	for _, g := range read(t).Groups {
		for _, r := range g.Rules {
			if r.Alert == "" {
				continue
			}
			alerts[strings.ToLower(r.Alert)] = true
			if s := r.Labels["severity"]; s != "critical" && s != "warning" {
				t.Errorf("%s has the severity %q", r.Alert, s)
			}
			if r.Annotations["summary"] == "" {
				t.Errorf("%s has no summary", r.Alert)
			}
			page, anchor, _ := strings.Cut(r.Annotations["runbook_url"], "#")
			if page != Defaults().Docs || anchor != strings.ToLower(r.Alert) || !anchors[anchor] {
				t.Errorf("%s sends to %s#%s, which is not there", r.Alert, page, anchor)
			}
		}
	}
	for anchor := range anchors {
		if strings.HasPrefix(anchor, "kezek") && !alerts[anchor] {
			t.Errorf("docs/operate.md describes %s: there is no such alert", anchor)
		}
	}
	if len(alerts) < 20 {
		t.Errorf("there are %d alerts", len(alerts))
	}
}

// What somebody has changed by hand is not lost.
func TestFilesAreNotOverwritten(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new")
	names, err := Write(dir, Defaults(), false)
	if err != nil || len(names) != 5 {
		t.Fatal(names, err)
	}
	if _, err := Write(dir, Defaults(), false); err != nil {
		t.Errorf("the same again: %v", err)
	}
	changed := filepath.Join(dir, "alertmanager.yaml")
	if err := os.WriteFile(changed, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	missing := filepath.Join(dir, names[0])
	if missing == changed {
		missing = filepath.Join(dir, names[1])
	}
	if err := os.Remove(missing); err != nil {
		t.Fatal(err)
	}
	if _, err := Write(dir, Defaults(), false); !errors.Is(err, ErrDiffers) || !strings.Contains(err.Error(), changed) {
		t.Errorf("over a changed file: %v", err)
	}
	if text, _ := os.ReadFile(changed); string(text) != "mine" {
		t.Errorf("the changed file is %q", text)
	}
	if _, err := os.Stat(missing); err == nil {
		t.Error("another file was written")
	}
	if _, err := Write(dir, Defaults(), true); err != nil {
		t.Error(err)
	}
	if text, _ := os.ReadFile(changed); string(text) == "mine" {
		t.Error("it is not replaced")
	}
}

// Scaled rules are the same but for their times.
func TestScale(t *testing.T) {
	o := Defaults()
	o.Scale = 60
	small, err := Files(o)
	if err != nil {
		t.Fatal(err)
	}
	full, err := Files(Defaults())
	if err != nil {
		t.Fatal(err)
	}
	times := regexp.MustCompile(`\[\d+[smh]\]|for: \d+[smh]|_seconds [<>] \d+`)
	strip := func(text []byte) string { return string(times.ReplaceAll(text, nil)) }
	if strip(small["kezek-alerts.yaml"]) != strip(full["kezek-alerts.yaml"]) {
		t.Error("scaled rules differ in more than times")
	}
	for _, want := range []string{"[1h]", "[5m]", "for: 30s", "kezek_longest_wait_seconds > 180"} {
		if !bytes.Contains(full["kezek-alerts.yaml"], []byte(want)) {
			t.Errorf("the rules have no %s", want)
		}
	}
	for _, want := range []string{"[1m]", "[8s]", "for: 1s", "kezek_longest_wait_seconds > 4"} {
		if !bytes.Contains(small["kezek-alerts.yaml"], []byte(want)) {
			t.Errorf("the scaled rules have no %s", want)
		}
	}
	if o.Scale = 0; true {
		if _, err := Files(o); err == nil {
			t.Error("a scale of 0 is taken")
		}
	}
}

// The programs that use the files take them, and the rules fire and stay silent where testdata says so.
func TestFilesAreValid(t *testing.T) {
	dir := t.TempDir()
	if _, err := Write(dir, Defaults(), false); err != nil {
		t.Fatal(err)
	}
	cases, err := os.ReadFile("testdata/kezek-alerts_test.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "kezek-alerts_test.yaml"), cases, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, g := range read(t).Groups {
		for _, r := range g.Rules {
			fires := regexp.MustCompile(`(?m)alertname: ` + r.Alert + `\n|count\(ALERTS.*\b` + r.Alert + `\b`)
			if r.Alert != "" && !fires.Match(cases) {
				t.Errorf("testdata has no case in which %s fires", r.Alert)
			}
		}
	}
	for _, command := range [][]string{
		{"promtool", "check", "rules", "kezek-alerts.yaml"},
		{"promtool", "check", "config", "prometheus.yaml"},
		{"promtool", "test", "rules", "kezek-alerts_test.yaml"},
		{"amtool", "check-config", "alertmanager.yaml"},
	} {
		program, err := lab.Tool(command[0])
		if err != nil {
			lab.SkipOrFail(t, err)
		}
		cmd := exec.CommandContext(t.Context(), program, command[1:]...)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%v: %v\n%s", command, err, out)
		}
	}
}
