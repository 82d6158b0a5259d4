package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"go.uber.org/zap"

	"kezek/ari"
	"kezek/config"
	"kezek/dialplan"
	"kezek/prompts"
	"kezek/queue"
)

// finding is one thing that a check has to say.
type finding struct {
	Area string `json:"area"`
	// Severity is error: Kezek cannot work like this; warning: something does not work as it was meant; or info.
	Severity string `json:"severity"`
	Problem  string `json:"problem"`
	Fix      string `json:"fix,omitempty"`
}

const (
	isError   = "error"
	isWarning = "warning"
	isInfo    = "info"
)

const (
	areaConfig   = "config"
	areaAsterisk = "asterisk"
	areaDialplan = "dialplan"
	areaRedis    = "redis"
	areaSpool    = "spool"
	areaPrompts  = "prompts"
)

// areas in the order in which they are checked.
var areas = []string{areaConfig, areaAsterisk, areaDialplan, areaRedis, areaSpool, areaPrompts}

// checkWithin bounds all of the check.
const checkWithin = time.Minute

func (a *app) checkCommand() *cobra.Command {
	var asJSON bool
	var asterisk string
	var only []string
	cmd := &cobra.Command{
		Use: "check", Short: "Check config, Asterisk, dialplan, Redis, spool and prompts", Args: arguments(),
		Long: "Check the config and everything that it leads to, and print one line for each finding, with the fix. Nothing is changed,\n" +
			"and a running daemon is not disturbed. Exit code 1 when there is an error; warnings alone are no error.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			for _, area := range only {
				if !slices.Contains(areas, area) {
					return usageError{fmt.Errorf("--only %q: want some of %s", area, strings.Join(areas, ","))}
				}
			}
			if only == nil {
				only = areas
			}
			ctx, cancel := context.WithTimeout(cmd.Context(), checkWithin)
			defer cancel()
			return a.report(a.check(ctx, asterisk, only), asJSON)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the findings as JSON")
	cmd.Flags().StringSliceVar(&only, "only", nil, "check only some of "+strings.Join(areas, ","))
	cmd.Flags().StringVar(&asterisk, "asterisk-dir", "/etc/asterisk", "folder of Asterisk's config, where the dialplan is looked at")
	return cmd
}

// check goes through the areas; without a config there is nothing to go
// through. What may be done about prompts one day is told by prompts check.
func (a *app) check(ctx context.Context, asteriskDir string, only []string) []finding {
	c, err := config.Load(a.configPath)
	if err != nil {
		var found []finding
		for line := range strings.SplitSeq(err.Error(), "\n") {
			found = append(found, finding{areaConfig, isError, line, ""})
		}
		return found
	}
	checks := map[string]func() []finding{
		areaConfig:   func() []finding { return append(checkConfig(a.configPath, c), checkRecordings(c)...) },
		areaAsterisk: func() []finding { return checkAsterisk(ctx, c) },
		areaDialplan: func() []finding { return checkDialplan(c, asteriskDir) },
		areaRedis:    func() []finding { return checkRedis(ctx, c) },
		areaSpool:    func() []finding { return checkSpool(c) },
		areaPrompts: func() []finding {
			found := slices.DeleteFunc(checkPrompts(c.Prompts.Dir, c.Company), func(f finding) bool { return f.Severity == isInfo && f.Fix != "" })
			return append(append(found, checkMinutes(c.Rules)...), checkNotices(c)...)
		},
	}
	var found []finding
	for _, area := range areas {
		if slices.Contains(only, area) {
			found = append(found, checks[area]()...)
		}
	}
	return found
}

func checkConfig(path string, c *config.Config) []finding {
	found := []finding{{areaConfig, isInfo, path + ": " + c.String(), ""}}
	for _, w := range c.Warnings {
		found = append(found, finding{areaConfig, isWarning, w, ""})
	}
	for _, l := range c.Rules.Languages {
		if !slices.Contains(prompts.Languages(), string(l)) {
			found = append(found, finding{areaConfig, isError, fmt.Sprintf("languages: there are no phrases in %s", l),
				"take it out; there are " + strings.Join(prompts.Languages(), ", ")})
		}
	}
	return found
}

// checkRecordings looks whether what is recorded can be fetched.
func checkRecordings(c *config.Config) []finding {
	if !slices.ContainsFunc(slices.Collect(maps.Values(c.Rules.Queues)), func(q *queue.QueueRules) bool { return q.Recording.On }) {
		return nil
	}
	if _, err := os.ReadDir(c.Recordings.Dir); err != nil {
		return []finding{{areaConfig, isWarning, fmt.Sprintf("recordings.dir: %v: supervisors cannot fetch recordings", err),
			"name Asterisk's folder of recordings, and let the user of the daemon join Asterisk's group: usermod -aG asterisk kezek"}}
	}
	return nil
}

func checkAsterisk(ctx context.Context, c *config.Config) []finding {
	o := ariOptions(c)
	o.Endpoints = append(o.Endpoints, c.Rules.Supervisors.Call...)
	if o.Name == "" { // then any name is right
		if name, err := ari.NewClient(o).SystemName(ctx); err == nil {
			o.Name = name
		}
	}
	var found []finding
	for _, f := range ari.Check(ctx, o) {
		found = append(found, finding{areaAsterisk, string(f.Severity), f.What, f.Fix})
	}
	found = append(found, checkSounds(c.Prompts.Dir, soundsFolder(ctx, c))...)
	return append(found, checkTrunk(ctx, c)...)
}

// fromARI reads what Asterisk says of something, and returns the HTTP status: 0
// if there is no answer to be had. Why there is none is told by [ari.Check].
func fromARI(ctx context.Context, c *config.Config, path string, into any) int {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, c.Asterisk.URL+path, nil)
	if err != nil {
		return 0
	}
	r.SetBasicAuth(c.Asterisk.Username, string(c.Asterisk.Password))
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0
	}
	defer response.Body.Close()
	if response.StatusCode == http.StatusOK && json.NewDecoder(io.LimitReader(response.Body, largestAnswer)).Decode(into) != nil {
		return 0
	}
	return response.StatusCode
}

// soundsFolder is where Asterisk looks for the phrases, as it names it itself; "" if it does not say.
func soundsFolder(ctx context.Context, c *config.Config) string {
	var data struct{ Value string }
	if fromARI(ctx, c, "/asterisk/variable?variable=ASTDATADIR", &data) != http.StatusOK || data.Value == "" {
		return ""
	}
	return filepath.Join(data.Value, "sounds", "kezek")
}

// checkSounds looks whether the phrases in a folder are those that Asterisk plays. Nothing
// can be said of a folder of Asterisk's that is not to be seen from here: of another machine or container.
func checkSounds(dir, asterisks string) []finding {
	if _, err := os.Stat(filepath.Dir(asterisks)); asterisks == "" || err != nil || filepath.Clean(dir) == asterisks {
		return nil
	}
	played, err := os.Stat(asterisks)
	if ours, missing := os.Stat(dir); err == nil && missing == nil && os.SameFile(played, ours) {
		return nil
	}
	return []finding{{areaAsterisk, isError, fmt.Sprintf("prompts.dir is %s, and Asterisk looks for the phrases in %s: nobody hears them", dir, asterisks),
		"prompts: {dir: " + asterisks + "} in the config, then: kezek prompts install"}}
}

func checkRedis(ctx context.Context, c *config.Config) []finding {
	store, err := openStore(c, zap.NewNop())
	if err != nil {
		return []finding{{areaRedis, isError, err.Error(), "correct redis.url"}}
	}
	defer store.Close()
	var found []finding
	for _, f := range store.Check(ctx) {
		found = append(found, finding{areaRedis, string(f.Severity), f.Problem, f.Fix})
	}
	return found
}

func checkPrompts(dir, company string) []finding {
	all := prompts.CheckDir(dir, company)
	found := make([]finding, 0, len(all)+1)
	serious := false
	for _, f := range all {
		file := f.File
		if file == "." {
			file = dir
		}
		found = append(found, finding{areaPrompts, string(f.Severity), file + ": " + f.Problem, f.Fix})
		serious = serious || f.Severity != prompts.Info
	}
	if !serious {
		found = append(found, finding{areaPrompts, isInfo, dir + ": every phrase can be played and says what it should", ""})
	}
	return found
}

// checkNotices looks for the site's own recordings that callers may be told as a notice.
func checkNotices(c *config.Config) (found []finding) {
	for _, phrase := range c.Rules.Notice.Phrases {
		for _, l := range c.Rules.Languages {
			file := filepath.Join(string(l), phrase)
			if all, _ := filepath.Glob(filepath.Join(c.Prompts.Dir, file+".*")); strings.HasPrefix(phrase, prompts.Own) && len(all) == 0 {
				found = append(found, finding{areaPrompts, isError, "notice.phrases: there is no " + file + " in " + c.Prompts.Dir,
					"record it for each language: callers would not hear it"})
			}
		}
	}
	return found
}

// checkDialplan compares the dialplan that Asterisk includes with the one that the config asks for.
func checkDialplan(c *config.Config, dir string) []finding {
	path := filepath.Join(dir, dialplan.FileName)
	write := "kezek dialplan --write " + path + ", then: asterisk -rx 'dialplan reload'"
	var want bytes.Buffer
	if err := dialplan.Write(&want, dialplanParams(c)); err != nil {
		return []finding{{areaDialplan, isError, err.Error(), "correct the config"}}
	}
	got, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return []finding{{areaDialplan, isWarning, path + " is not there: no caller and no code reaches Kezek through it", write + ". Is Asterisk on another machine? See --asterisk-dir"}}
	case err != nil:
		return []finding{{areaDialplan, isWarning, err.Error(), "run this as a user who may read Asterisk's config"}}
	case code(got) != code(want.Bytes()):
		why := "it was made from another config or version"
		if lacks := without(contexts(want.Bytes()), contexts(got)); len(lacks) > 0 {
			why += ", and lacks " + strings.Join(lacks, " ")
		}
		return []finding{{areaDialplan, isError, path + " is not what the config asks for: " + why, write}}
	}
	if !included(dir) {
		return []finding{{areaDialplan, isError, "no file of " + dir + " includes " + dialplan.FileName,
			`add at the end of extensions.conf (FreePBX: extensions_custom.conf): #include "` + dialplan.FileName + `"`}}
	}
	found := []finding{{areaDialplan, isInfo, path + " is what the config asks for", ""}}
	for _, entrance := range entrances {
		if !named(dir, entrance.context) {
			found = append(found, finding{areaDialplan, isWarning, fmt.Sprintf("no file of %s names the context %s: %s", dir, entrance.context, entrance.lost), entrance.fix})
		}
	}
	return found
}

// entrances are the contexts to which a site's own config must lead.
var entrances = []struct{ context, lost, fix string }{
	{"kezek-inbound", "no caller reaches Kezek", "include => kezek-inbound in the context of the trunk"},
	{"kezek-agents", "agents' codes, status keys and lamps reach nothing", "include => kezek-agents in the context of agents' phones"},
}

// contexts are those of a dialplan, as they stand in it: "[kezek-take]".
func contexts(file []byte) (names []string) {
	for line := range strings.Lines(code(file)) {
		if line = strings.TrimSpace(line); strings.HasPrefix(line, "[") {
			names = append(names, line)
		}
	}
	return names
}

// without are the names that are not among the others.
func without(names, others []string) []string {
	return slices.DeleteFunc(names, func(name string) bool { return slices.Contains(others, name) })
}

// named reports whether another file of Asterisk's names a context, be it to include it or to put endpoints into it.
func named(dir, context string) bool {
	return inFiles(dir, func(line string) bool { return strings.Contains(line, context) })
}

// included reports whether another file of Asterisk's includes the dialplan.
func included(dir string) bool {
	return inFiles(dir, func(line string) bool {
		return strings.HasPrefix(line, "#") && strings.Contains(line, dialplan.FileName)
	})
}

// inFiles reports whether a line of another file of Asterisk's is as wanted.
func inFiles(dir string, wanted func(line string) bool) bool {
	files, _ := filepath.Glob(filepath.Join(dir, "*.conf")) // fails on a bad pattern only
	for _, file := range files {
		if filepath.Base(file) == dialplan.FileName {
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			continue
		}
		for line := range strings.Lines(code(text)) {
			if wanted(line) {
				return true
			}
		}
	}
	return false
}

// code is a dialplan without comments: those name the version that made it.
func code(file []byte) string {
	var lines []string
	for line := range strings.Lines(string(file)) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, ";") {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "\n")
}

// report prints findings and says by its error whether there is a serious one.
func (a *app) report(found []finding, asJSON bool) error {
	if asJSON {
		out := json.NewEncoder(a.out)
		out.SetEscapeHTML(false)
		out.SetIndent("", "  ")
		if err := out.Encode(found); err != nil {
			return err
		}
	}
	count := map[string]int{}
	for _, f := range found {
		count[f.Severity]++
		if asJSON {
			continue
		}
		line := fmt.Sprintf("%-8s%-10s%s", f.Severity, f.Area, printable(f.Problem))
		if f.Fix != "" {
			line += ". Fix: " + printable(f.Fix)
		}
		fmt.Fprintln(a.out, line)
	}
	if !asJSON {
		fmt.Fprintf(a.out, "%s, %s\n", several(count[isError], "error"), several(count[isWarning], "warning"))
	}
	if count[isError] > 0 {
		return errSaid
	}
	return nil
}

// several is "1 error" or "2 errors".
func several(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return fmt.Sprintf("%d %s", n, noun)
}
