package queue

import (
	"fmt"
	"iter"
	"reflect"
	"strings"
	"testing"
	"time"
)

// notTold are saved fields whose wrong values are not told, and why.
var notTold = map[string]string{
	"callback.note":   "a text of many lines, whose length alone is bounded",
	"callback.reason": "the same",
}

// Validate looks at each time, text, number and list that is saved: a wrong one is told with its value.
func TestValidateLooksAtEachField(t *testing.T) {
	now := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	for _, e := range []Stored{&Call{}, &Agent{}, &Callback{}, &Caller{}, &Line{}, &Timesheet{}} {
		told := func(path, value string) {
			err := e.Validate(now)
			switch isTold := err != nil && strings.Contains(err.Error(), value); {
			case !isTold && notTold[path] == "":
				t.Errorf("%s may be %s: look at it in Validate of %T, in queue/validate.go", path, value, e)
			case isTold && notTold[path] != "":
				t.Errorf("%s is looked at: take it off the list notTold", path)
			}
		}
		var walk func(path string, v reflect.Value)
		walk = func(path string, v reflect.Value) {
			was := reflect.ValueOf(v.Interface())
			defer func() { v.Set(was) }()
			switch {
			case v.Type() == reflect.TypeFor[time.Time]():
				v.Set(reflect.ValueOf(time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)))
				told(path, "9999-12-31")
			case v.Type() == reflect.TypeFor[time.Duration]():
				v.SetInt(int64(-77 * time.Hour))
				told(path, "-77h")
			case v.Kind() == reflect.Int:
				v.SetInt(-1 << 40)
				told(path, fmt.Sprint(-1<<40))
			case v.Kind() == reflect.String:
				v.SetString("bad\x00")
				told(path, `bad\x00`)
			case v.Kind() == reflect.Struct:
				for name, field := range saved(v) {
					walk(path+"."+name, field)
				}
			case v.Kind() == reflect.Slice:
				v.Set(reflect.MakeSlice(v.Type(), mostListed+1, mostListed+1))
				told(path, fmt.Sprint(mostListed+1))
				v.Set(v.Slice(0, 1))
				walk(path+"[]", v.Index(0))
			case v.Kind() == reflect.Map:
				v.Set(reflect.MakeMap(v.Type()))
				for i := range mostListed + 1 {
					v.SetMapIndex(reflect.ValueOf(fmt.Sprint(i)).Convert(v.Type().Key()), reflect.Zero(v.Type().Elem()))
				}
				told(path, fmt.Sprint(mostListed+1))
				v.Set(reflect.MakeMap(v.Type()))
				v.SetMapIndex(reflect.ValueOf("bad\x00").Convert(v.Type().Key()), reflect.ValueOf(-77*time.Hour).Convert(v.Type().Elem()))
				told(path+" key", `bad\x00`)
				told(path+" value", "-77h")
			case v.Kind() != reflect.Bool:
				t.Errorf("%s: the test does not know how to break a %s", path, v.Type())
			}
		}
		walk(e.Kind(), reflect.ValueOf(e).Elem())
	}
}

// saved are the fields of a struct that are saved, by name.
func saved(v reflect.Value) iter.Seq2[string, reflect.Value] {
	return func(yield func(string, reflect.Value) bool) {
		for _, f := range reflect.VisibleFields(v.Type()) {
			if name, _, _ := strings.Cut(f.Tag.Get("json"), ","); name != "" && name != "-" && !yield(name, v.FieldByIndex(f.Index)) {
				return
			}
		}
	}
}

// A tag that Validate does not know, or that says nothing about a field of the type, holds nothing.
func TestTagsOfSavedFields(t *testing.T) {
	moment, text, number := reflect.TypeFor[time.Time](), reflect.TypeFor[string](), reflect.TypeFor[int]()
	known := map[string]reflect.Type{
		`must:"set"`: nil, `ahead:"step"`: moment, `ahead:"stay"`: moment, `ahead:"wait"`: moment, `ahead:"ever"`: moment, `clock:"day"`: moment,
		`is:"signed"`: number, `is:"date"`: text, `is:"prose"`: text,
	}
	var walk func(of reflect.Type)
	walk = func(of reflect.Type) {
		for f := range of.Fields() {
			if f.Tag.Get("json") == "" && !f.Anonymous {
				continue
			}
			for _, tag := range strings.Fields(string(f.Tag)) {
				if is, ok := known[tag]; !strings.HasPrefix(tag, "json:") && (!ok || is != nil && is != f.Type) {
					t.Errorf("%v.%s is a %v and has the tag %s: want one of queue/validate.go for its type", of, f.Name, f.Type, tag)
				}
			}
			inner := f.Type
			if inner.Kind() == reflect.Slice {
				inner = inner.Elem()
			}
			if inner.Kind() == reflect.Struct && inner.PkgPath() == of.PkgPath() {
				walk(inner)
			}
		}
	}
	for _, e := range []Stored{&Call{}, &Agent{}, &Callback{}, &Caller{}, &Line{}, &Timesheet{}} {
		walk(reflect.TypeOf(e).Elem())
	}
}
