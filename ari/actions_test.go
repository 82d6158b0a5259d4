package ari

import (
	"cmp"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"kezek/queue"
)

func TestLampsOff(t *testing.T) {
	for off, want := range map[bool]int{false: 1, true: 0} {
		asked := 0
		e := New(Options{URL: "http://127.0.0.1:1/ari", LampsOff: off, Metrics: Metrics{Request: func(string, time.Duration) { asked++ }}})
		e.Do(time.Now(), []queue.Action{queue.Lamp{Name: queue.AgentLamp("1012"), State: queue.LampOn}})
		e.scheduler.wait()
		if asked != want {
			t.Errorf("lamps off %v: %d requests, want %d", off, asked, want)
		}
	}
}

// Every type of action that the rules have is handled, and no other.
func TestEveryActionIsHandled(t *testing.T) {
	var handled []string
	for action := range handlers {
		handled = append(handled, action.Name())
	}
	slices.Sort(handled)
	if want := actionsOfTheRules(t); !slices.Equal(handled, want) {
		t.Errorf("handled and of the rules: %s", gocmp.Diff(handled, want))
	}
	for action, h := range handlers {
		if does := reflect.ValueOf(h).Elem().FieldByName("does"); does.IsNil() {
			t.Errorf("%s: nothing does it", action.Name())
		}
	}
}

// actionsOfTheRules are the types of package queue that implement queue.Action, by its source.
func actionsOfTheRules(t *testing.T) (names []string) {
	t.Helper()
	files, err := filepath.Glob("../queue/*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, decl := range file.Decls {
			if f, ok := decl.(*ast.FuncDecl); ok && f.Recv != nil && f.Name.Name == "Channels" && !strings.HasSuffix(name, "_test.go") {
				names = append(names, f.Recv.List[0].Type.(*ast.Ident).Name)
			}
		}
	}
	slices.Sort(names)
	return names
}

// filled is an action of a type, every text of which is the name of its field.
func filled(action reflect.Type) queue.Action {
	v := reflect.New(action).Elem()
	for i := range v.NumField() {
		if f := v.Field(i); f.Kind() == reflect.String {
			f.SetString(action.Field(i).Name)
		}
	}
	return v.Interface().(queue.Action)
}

// The parts of a handler agree: a channel that is expected is told as living while it is
// being made; what is revoked is as it was; and whoever changes a bridge waits for it.
func TestHandlersAgree(t *testing.T) {
	for action, h := range handlers {
		a := filled(action)
		x := newTracker()
		x.expect(a)
		r := &reading{before: x.channels, known: map[string]*channel{},
			channels: map[string]queue.LiveChannel{}, bridges: map[string]queue.LiveBridge{}, lamps: map[string]queue.LampState{}}
		h.overlay(r, a)
		if expected, comes := slices.Sorted(maps.Keys(x.channels)), slices.Sorted(maps.Keys(r.channels)); !slices.Equal(expected, comes) {
			t.Errorf("%s: expects the channels %q, but %q show in a reading", action.Name(), expected, comes)
		}

		x = newTracker()
		for _, id := range a.Channels() {
			x.channels[id] = &channel{up: true}
		}
		x.expect(a)
		h.note(x, a, false)
		for id, c := range x.channels {
			if *c != (channel{up: true}) {
				t.Errorf("%s: when it is revoked, channel %s is %+v", action.Name(), id, *c)
			}
		}

		if _, bridge := action.FieldByName("Bridge"); bridge && !slices.Contains(keysOf(a), bridgeKey("Bridge")) {
			t.Errorf("%s: its order is not kept for its bridge", action.Name())
		}
	}
}

// keysOf are those that the order of an action is kept for, without what is done before it.
func keysOf(a queue.Action) []string {
	e := New(Options{URL: "http://127.0.0.1:1", App: "kezek", Media: func(queue.Phrase) string { return "" }}) // nobody listens there
	e.scheduler.observe()
	e.Do(time.Now(), []queue.Action{a})
	e.scheduler.wait()
	return slices.MaxFunc(e.scheduler.observed, func(a, b *task) int { return cmp.Compare(a.number, b.number) }).keys
}
