package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"kezek/queue"
)

// wrongValues are what each flag refuses, beside an empty value, which every one refuses. A flag that takes any text has none.
var wrongValues = map[string][]string{
	"config": nil, "token": nil, "socket": nil, "user": nil, "asterisk-dir": nil, "write": nil, "dir": nil, "company": nil, "say": nil,
	"url":   {"foo", "ftp://x", "http://", "http://:8086", "http://a:b@x", "http://x:0", "http://x:65536", "http://x?y", "http://x/#y"},
	"queue": {"a b", "-x", "x/y", "Отдел", "sales,", ",sales", strings.Repeat("q", 33)},
	"agent": {"a b", "../x", "1001,1002"}, "owner": {"a b", "\x1b[2J"}, "phrase": {"a b", "x.y"},
	"language": {"RU", "russian", "r", "ru,ky"}, "class": {"soon", "Manager", "manager,complaint"},
	"reason": {" ", "a\nb", strings.Repeat("ө", 201)}, "note": {"\t", "a\x00b", strings.Repeat("x", 201)},
	"limit": {"0", "-1", "1001", "many", "1.5", "99999999999999999999"},
	"day":   {"foo", "2026-02-30", "2026-3-2", "02.03.2026", "2026-03-02T00:00:00Z", "today"},
	"until": {"25:00", "18:60", "18", "tomorrow", "2026-02-30 10:00", "2026-03-02", "2026-03-02T18:00:00"},
	"for":   {"0", "-1h", "90", "7d1s", "8d", "tomorrow", "0s"},
	"due":   {"25:00", "18", "tomorrow", "2026-03-02"}, "mode": {"shout", "Listen"},
	"only": {"foo", "redis,foo", "redis,"}, "card": {"en", "RU"},
	"from": {"yesterday", "2026-02-30", "05.03.2026", "2026-13"}, "to": {"tomorrow", "12:00"}, "every": {"2h", "Day", "60"}, "formula": {"best"}, "words": {"de"}, "columns": {"Wait", "wait,", "a b"},
	"number": {"foo", "+9965550000012345678"}, "outcome": nil, "out": nil, "report for": {"pdf", "CSV"}, "report limit": {"0", "100001", "many"},
	"docs": {"operate.md", "ftp://x/y", "https://x/y#z", "https://x/a b", "https:///y"}, "calls": {"-1", "many", "100001"}, "scale": {"0", "1.5", "1001"},
	"log-format": {"xml", "JSON"}, "log-level": {"loud", "fatal"}, "engine": {"festival"},
}

// each runs do for each command, with its path and arguments that it takes.
func each(do func(cmd *cobra.Command, line []string)) {
	args := map[string][]string{
		"agent": {"1001", "status", "coffee"}, "callback add": {"+996555000001", "--queue", "sales"}, "callback cancel": {"cb", "--reason", "x"}, "callback abandoned": {"--all"}, "callback move": {"cb", "--agent", "1001", "--reason", "x"},
		"why": {"lab-1.2"}, "call end": {"lab-1.2", "--reason", "x"}, "call move": {"lab-1.2", "sales", "--reason", "x"}, "call listen": {"lab-1.2", "1020"},
		"timesheet correct": {"1001", "2026-03-02", "8:00", "--reason", "x"}, "timesheet restore": {"1001", "2026-03-02", "--reason", "x"},
		"number clear": {"+996555000001", "--reason", "x"}, "prompts accept": {"ru/hold.wav"}, "uninstall": {"--state"}, "dialplan": {"--card", "ru"},
	}
	var walk func(cmd *cobra.Command, path []string)
	walk = func(cmd *cobra.Command, path []string) {
		do(cmd, append(slices.Clone(path), args[strings.Join(path, " ")]...))
		for _, below := range cmd.Commands() {
			walk(below, append(slices.Clone(path), below.Name()))
		}
	}
	walk((&app{}).root(), nil)
}

// Each command looks at all that it is given before it asks the daemon, or anybody else: what cannot be right is told
// with its flag, the value and what is allowed, and ends with the exit code of wrong usage.
func TestValuesAreLookedAtFirst(t *testing.T) {
	var asked atomic.Int32
	daemon := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) }))
	defer daemon.Close()
	t.Setenv("KEZEK_TOKEN", "right")
	seen := map[string]bool{}
	refuses := func(line []string, what, value string) {
		t.Helper()
		_, errs, code := kezek(t, line...)
		if code != exitUsage || !strings.Contains(errs, what) || !strings.Contains(errs, printable(fmt.Sprintf("%q", value))) || !strings.Contains(errs, "want ") || !strings.Contains(errs, "--help") {
			t.Errorf("%q: exit %d, %s", line, code, errs)
		}
	}
	each(func(cmd *cobra.Command, line []string) {
		asks := cmd.Flags().Lookup("url") != nil
		cmd.Flags().VisitAll(func(f *pflag.Flag) {
			if f.Value.Type() == "bool" {
				refuses(append(slices.Clone(line), "--"+f.Name+"=perhaps"), "--"+f.Name, "perhaps")
				return
			}
			name := f.Name
			if own := cmd.Name() + " " + f.Name; wrongValues[own] != nil { // what another command has under this name is another thing
				name = own
			}
			wrong, known := wrongValues[name]
			if !known {
				t.Errorf("kezek %s: what does --%s refuse?", strings.Join(line, " "), f.Name)
			}
			seen[name] = true
			for _, value := range append([]string{""}, wrong...) {
				whole := slices.Clone(line)
				if asks && f.Name != "url" {
					whole = append(whole, "--url", daemon.URL)
				}
				refuses(append(whole, "--"+f.Name+"="+value), "--"+f.Name, value)
			}
		})
	})
	if _, errs, code := kezek(t, "agents", "--config", ""); code != exitUsage || !strings.Contains(errs, "--config") {
		t.Errorf("an empty --config: exit %d, %s", code, errs)
	}
	for name := range wrongValues {
		if !seen[name] && name != "config" {
			t.Errorf("no command has --%s", name)
		}
	}
	for _, tt := range []struct {
		line        []string
		what, value string
	}{
		{[]string{"agent", "a b", "status", "coffee"}, "ID", "a b"},
		{[]string{"agent", "", "status", "coffee"}, "ID", ""},
		{[]string{"agent", "1001", "state", "coffee"}, "status", "state"},
		{[]string{"agent", "1001", "status", "Coffee break"}, "STATUS", "Coffee break"},
		{[]string{"callbacks", ""}, "ID", ""},
		{[]string{"callbacks", "../x"}, "ID", "../x"},
		{[]string{"callback", "cancel", "a b", "--reason", "x"}, "ID", "a b"},
		{[]string{"callback", "add", "foo", "--queue", "sales"}, "NUMBER", "foo"},
		{[]string{"callback", "add", "+9965550000012345678", "--queue", "sales"}, "NUMBER", "+9965550000012345678"},
		{[]string{"number", "clear", "", "--reason", "x"}, "NUMBER", ""},
		{[]string{"number", "clear", "sales", "--reason", "x"}, "NUMBER", "sales"},
		{[]string{"prompts", "accept", " "}, "FILE", " "},
	} {
		if tt.line[0] != "prompts" {
			tt.line = append(tt.line, "--url", daemon.URL)
		}
		refuses(tt.line, tt.what, tt.value)
	}
	if n := asked.Load(); n > 0 {
		t.Errorf("the daemon was asked %d times", n)
	}
}

// A shell offers values of each flag, or nothing: names of files where one is wanted alone.
func TestFlagsAreCompleted(t *testing.T) {
	files := []string{"config", "socket", "asterisk-dir", "write", "dir", "out"}
	each(func(cmd *cobra.Command, line []string) {
		cmd.Flags().VisitAll(func(f *pflag.Flag) {
			if f.Value.Type() == "bool" {
				return
			}
			out, errs, code := kezek(t, append(append([]string{cobra.ShellCompRequestCmd}, line...), "--"+f.Name, "")...)
			want := ":4\n" // no files
			if slices.Contains(files, f.Name) {
				want = ":0\n"
			}
			if code != exitFine || !strings.HasSuffix(out, want) {
				t.Errorf("kezek %s --%s: exit %d, %q, %s", strings.Join(line, " "), f.Name, code, out, errs)
			}
		})
	})
	for flag, want := range map[string]string{
		"callback add --class": strings.Join(texts(queue.CallbackClasses), "\n") + "\n", "dialplan --card": "ru\nky\n", "serve --log-level": "debug\ninfo\nwarn\nerror\n",
		"prompts list --language": "ru\nky\n", "check --only": "config\n",
	} {
		if out, _, _ := kezek(t, append([]string{cobra.ShellCompRequestCmd}, append(strings.Fields(flag), "")...)...); !strings.HasPrefix(out, want) {
			t.Errorf("%s offers %q, want %q", flag, out, want)
		}
	}
}
