package config

import (
	"flag"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"kezek/lab"
	"kezek/queue"
)

var update = flag.Bool("update", false, "write the tables of docs/timers.md anew")

// The tables of the manual are those of the code: go test ./config -run TestTimersPage -update.
func TestTimersPage(t *testing.T) {
	lab.Tables(t, "../docs/timers.md", "timers", timerTables(t), *update)
}

func timerTables(t *testing.T) string {
	var b strings.Builder
	all := queue.Deadlines()
	for _, kind := range []struct{ of, title string }{
		{"call", "Of a call"}, {"agent", "Of an agent"}, {"callback", "Of a callback"}, {"queue", "Of a queue"},
	} {
		fmt.Fprintf(&b, "\n## %s\n\n| deadline | states | set | while | length | then |\n|---|---|---|---|---|---|\n", kind.title)
		for _, d := range all {
			if d.Of != kind.of {
				continue
			}
			name, in, set := "`"+d.Name+"`", "any", "maybe"
			if d.Waits {
				name += " *"
			}
			if d.States != nil {
				in = strings.Join(d.States, ", ")
			}
			if d.Must {
				set = "yes"
			}
			fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s |\n", name, in, set, d.What, length(t, d), d.Does)
		}
	}
	b.WriteString("\n")
	return b.String()
}

// length is how long a deadline is, with the setting that says so.
func length(t *testing.T, d queue.Deadline) string {
	if d.Setting == "" {
		if d.Fixed == 0 {
			return ""
		}
		return short(d.Fixed)
	}
	path := strings.Split(d.Setting, ".")
	v := reflect.ValueOf(defaults()).Elem()
	switch path[0] {
	case "queues":
		v, path = reflect.ValueOf(queue.DefaultQueue()), path[1:]
	case "statuses":
		v, path = reflect.ValueOf(queue.StatusRules{}), path[1:]
	}
	name := "`" + strings.Join(path, ".") + "`"
	for _, key := range path {
		field := slices.IndexFunc(reflect.VisibleFields(v.Type()), func(f reflect.StructField) bool { return f.Tag.Get("yaml") == key })
		if field < 0 {
			t.Fatalf("%s of a %s is set by %s, which the config does not have", d.Name, d.Of, d.Setting)
		}
		v = v.FieldByIndex(reflect.VisibleFields(v.Type())[field].Index)
	}
	if v.Int() == 0 {
		return name + ", off"
	}
	return name + ", " + short(time.Duration(v.Int()))
}

// short writes 2m0s as 2m.
func short(d time.Duration) string {
	text := d.String()
	for _, zero := range []string{"m0s", "h0m"} {
		if strings.HasSuffix(text, zero) {
			text = text[:len(text)-2]
		}
	}
	return text
}
