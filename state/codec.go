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
	put   func(reflect.Value) (string, error)
	get   func(reflect.Value, string) error
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
		f := field{name: name, index: sf.Index}
		f.put, f.get = codecOf(sf.Type)
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
		s, err := f.put(fv)
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
		if err := f.get(v.FieldByIndex(f.index), s); err != nil {
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

var (
	timeType     = reflect.TypeFor[time.Time]()
	durationType = reflect.TypeFor[time.Duration]()
)

func codecOf(t reflect.Type) (put func(reflect.Value) (string, error), get func(reflect.Value, string) error) {
	switch t {
	case timeType:
		return putTime, getTime
	case durationType:
		return putDuration, getDuration
	}
	switch t.Kind() {
	case reflect.String:
		return putString, getString
	case reflect.Bool:
		return putBool, getBool
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return putInt, getInt
	case reflect.Struct, reflect.Slice, reflect.Map, reflect.Pointer:
		return putJSON, getJSON
	}
	panic(fmt.Sprintf("state: the codec cannot keep a %v", t))
}

func putString(v reflect.Value) (string, error) { return v.String(), nil }

func getString(v reflect.Value, s string) error {
	v.SetString(s)
	return nil
}

func putBool(v reflect.Value) (string, error) { return strconv.FormatBool(v.Bool()), nil }

func getBool(v reflect.Value, s string) error {
	b, err := strconv.ParseBool(s)
	if err != nil {
		return errors.New("is not true or false")
	}
	v.SetBool(b)
	return nil
}

func putInt(v reflect.Value) (string, error) { return strconv.FormatInt(v.Int(), 10), nil }

func getInt(v reflect.Value, s string) error {
	n, err := strconv.ParseInt(s, 10, v.Type().Bits())
	if err != nil {
		return errors.New("is not a whole number in range")
	}
	v.SetInt(n)
	return nil
}

func putTime(v reflect.Value) (string, error) {
	t := v.Addr().Interface().(*time.Time).UTC()
	if y := t.Year(); y < 0 || y > 9999 {
		return "", fmt.Errorf("the year %d cannot be written in RFC 3339", y)
	}
	return t.Format(time.RFC3339Nano), nil
}

func getTime(v reflect.Value, s string) error {
	t, err := time.Parse(time.RFC3339Nano, s)
	t = t.UTC()
	if err != nil || t.Year() < 0 || t.Year() > 9999 {
		return errors.New("is not a time as 2006-01-02T15:04:05Z")
	}
	*v.Addr().Interface().(*time.Time) = t
	return nil
}

func putDuration(v reflect.Value) (string, error) { return time.Duration(v.Int()).String(), nil }

func getDuration(v reflect.Value, s string) error {
	d, err := time.ParseDuration(s)
	if err != nil {
		return errors.New("is not a duration as 1m30s")
	}
	v.SetInt(int64(d))
	return nil
}

func putJSON(v reflect.Value) (string, error) {
	b, err := json.Marshal(v.Interface())
	return string(b), err
}

func getJSON(v reflect.Value, s string) error {
	if err := json.Unmarshal([]byte(s), v.Addr().Interface()); err != nil {
		return errors.New("is not the JSON expected") // the library tells of types of ours
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
