package state

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// The codec writes a struct as the plain fields of a Redis hash, named by the
// json tags: strings as they are, times in RFC 3339 (UTC, nanoseconds),
// durations as Go writes them (1m30s), numbers and bools plain, everything
// else as JSON. What omitempty or omitzero leaves out is absent, and what is
// absent is zero. The fields of embedded structs stand among those of their owner.

// field is one field of a struct that the codec knows.
type field struct {
	name  string
	index []int                    // from the struct, through embedded ones
	omit  func(reflect.Value) bool // nil: never
}

// layouts caches the fields by reflect.Type.
var layouts sync.Map

// layout lists the fields of a struct type. It panics on one that the codec
// cannot keep: that is a mistake in the program, found by the first test.
func layout(t reflect.Type) []field {
	if l, ok := layouts.Load(t); ok {
		return l.([]field)
	}
	fields := flatten(t)
	for i, f := range fields {
		if slices.ContainsFunc(fields[:i], func(other field) bool { return other.name == f.name }) {
			panic(fmt.Sprintf("state: %v has two fields %q", t, f.name))
		}
	}
	l, _ := layouts.LoadOrStore(t, fields)
	return l.([]field)
}

// flatten lists the fields of a struct type, those of embedded structs in their place.
func flatten(t reflect.Type) (fields []field) {
	for i := range t.NumField() {
		sf := t.Field(i)
		name, opts, _ := strings.Cut(sf.Tag.Get("json"), ",")
		if name == "-" || !sf.IsExported() {
			continue
		}
		if sf.Anonymous && name == "" && sf.Type.Kind() == reflect.Struct {
			for _, f := range flatten(sf.Type) {
				f.index = append(slices.Clone(sf.Index), f.index...)
				fields = append(fields, f)
			}
			continue
		}
		if name == "" {
			panic(fmt.Sprintf("state: %v.%s needs a name in its json tag", t, sf.Name))
		}
		if !keeps(sf.Type) {
			panic(fmt.Sprintf("state: the codec cannot keep a %v", sf.Type))
		}
		f := field{name: name, index: sf.Index}
		switch opts {
		case "":
		case "omitempty":
			f.omit = isEmpty
		case "omitzero":
			f.omit = isZero
		default:
			panic(fmt.Sprintf("state: %v.%s has the json option %q", t, sf.Name, opts))
		}
		fields = append(fields, f)
	}
	return fields
}

// encode appends the fields and values of the struct that ptr points to.
func encode(dst []string, ptr any) ([]string, error) {
	v := reflect.ValueOf(ptr).Elem()
	for _, f := range layout(v.Type()) {
		fv := v.FieldByIndex(f.index)
		if f.omit != nil && f.omit(fv) {
			continue
		}
		s, err := put(fv)
		if err != nil {
			return nil, fmt.Errorf("field %q: %w", f.name, err)
		}
		dst = append(dst, f.name, s)
	}
	return dst, nil
}

// decode fills the zero struct that ptr points to. Fields it does not know are
// left alone: a newer version wrote them. One that cannot be read is an error,
// and zero; the others are filled.
func decode(hash map[string]string, ptr any) error {
	v := reflect.ValueOf(ptr).Elem()
	var wrong error
	for _, f := range layout(v.Type()) {
		s, ok := hash[f.name]
		if !ok {
			continue
		}
		if err := get(v.FieldByIndex(f.index), s); err != nil {
			v.FieldByIndex(f.index).SetZero()
			if wrong == nil {
				wrong = fmt.Errorf("field %q: %s %w", f.name, clip(s), err)
			}
		}
	}
	return wrong
}

// clip quotes a value for a message, and not all of it if it is long.
func clip(s string) string {
	const longest = 80
	if len(s) > longest {
		return strconv.Quote(s[:longest]) + "…"
	}
	return strconv.Quote(s)
}

var timeType = reflect.TypeFor[time.Time]()

// keeps reports whether the codec can keep a type.
func keeps(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.String, reflect.Bool, reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Struct, reflect.Slice, reflect.Map, reflect.Pointer:
		return true
	}
	return false
}

// put writes the value of a field.
func put(v reflect.Value) (string, error) {
	switch x := v.Addr().Interface().(type) {
	case *time.Time:
		t := x.UTC()
		if y := t.Year(); y < 0 || y > 9999 {
			return "", fmt.Errorf("the year %d cannot be written in RFC 3339", y)
		}
		return t.Format(time.RFC3339Nano), nil
	case *time.Duration:
		return x.String(), nil
	}
	switch {
	case v.Kind() == reflect.String:
		return v.String(), nil
	case v.Kind() == reflect.Bool:
		return strconv.FormatBool(v.Bool()), nil
	case v.CanInt():
		return strconv.FormatInt(v.Int(), 10), nil
	}
	b, err := json.Marshal(v.Interface())
	return string(b), err
}

// get reads the value of a field. After an error it may hold anything.
func get(v reflect.Value, s string) error {
	var err error
	want := "the JSON expected" // not what the library says: it tells of types of ours
	switch x := v.Addr().Interface().(type) {
	case *time.Time:
		want = "a time as 2006-01-02T15:04:05Z"
		*x, err = time.Parse(time.RFC3339Nano, s)
		if *x = x.UTC(); x.Year() < 0 || x.Year() > 9999 {
			err = strconv.ErrRange
		}
	case *time.Duration:
		want = "a duration as 1m30s"
		*x, err = time.ParseDuration(s)
	default:
		switch {
		case v.Kind() == reflect.String:
			v.SetString(s)
		case v.Kind() == reflect.Bool:
			var b bool
			want = "true or false"
			b, err = strconv.ParseBool(s)
			v.SetBool(b)
		case v.CanInt():
			var n int64
			want = "a whole number in range"
			n, err = strconv.ParseInt(s, 10, v.Type().Bits())
			v.SetInt(n)
		default:
			err = json.Unmarshal([]byte(s), x)
		}
	}
	if err != nil {
		return errors.New("is not " + want)
	}
	return nil
}

// isEmpty is what omitempty leaves out; isZero what omitzero does.
func isEmpty(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Struct:
		return false
	case reflect.Slice, reflect.Map:
		return v.Len() == 0
	}
	return v.IsZero()
}

func isZero(v reflect.Value) bool {
	if v.Type() == timeType {
		return v.Addr().Interface().(*time.Time).IsZero()
	}
	return v.IsZero()
}
