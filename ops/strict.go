package ops

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// What a request brings is read strictly: an order that is not understood in each of
// its words may mean something else than the one who gave it thought.

// decode reads a body into a struct: one object that has each key once, spelled as
// openapi.yaml has it, and no null. It has answered the request itself if it reports false.
func decode(w http.ResponseWriter, r *http.Request, into any) bool {
	data, err := io.ReadAll(r.Body)
	if large, is := errors.AsType[*http.MaxBytesError](err); is {
		problem(w, http.StatusRequestEntityTooLarge, fmt.Sprintf("the body is larger than %d bytes", large.Limit))
		return false
	}
	if err == nil {
		err = unmarshal(data, into)
	} else {
		err = errors.New("the body is incomplete")
	}
	if err != nil {
		problem(w, http.StatusBadRequest, err.Error())
	}
	return err == nil
}

// unmarshal is [json.Unmarshal] for a struct, without its tolerance.
func unmarshal(data []byte, into any) error {
	if len(bytes.TrimSpace(data)) == 0 {
		return errors.New("the body is empty: want one JSON object")
	}
	if !utf8.Valid(data) {
		return errors.New("the body is not UTF-8")
	}
	if err := json.Unmarshal(data, new(json.RawMessage)); err != nil {
		if strings.Contains(err.Error(), "after top-level value") {
			return errors.New("want one JSON object and nothing after it")
		}
		return fmt.Errorf("the body is not JSON as described in openapi.yaml: %w", err)
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	if err := walk(d, reflect.TypeOf(into).Elem(), ""); err != nil {
		return err
	}
	err := json.Unmarshal(data, into)
	if wrong := (*json.UnmarshalTypeError)(nil); errors.As(err, &wrong) { // a number beyond all bounds
		return fmt.Errorf("%s: %s is not allowed: want a number", wrong.Field, strings.TrimPrefix(wrong.Value, "number "))
	}
	return err
}

// walk compares the next value, of well-formed JSON, with a type. Path is where it stands, "" at the top.
func walk(d *json.Decoder, t reflect.Type, path string) error {
	value, err := d.Token()
	if err != nil {
		return err
	}
	isTime := t == reflect.TypeFor[time.Time]()
	form := forms[t.Kind()]
	want := form
	if isTime {
		form, want = forms[reflect.String], "a time"
	}
	switch got := formOf(value); {
	case form == "":
		panic("ops: no order has a " + t.Kind().String()) // a new one: teach walk what it looks like
	case got != form:
		return fmt.Errorf("%s: want %s, not %s", cmp.Or(path, "the body"), want, got)
	}
	switch kind := t.Kind(); {
	case isTime:
		if at, err := time.Parse(time.RFC3339, value.(string)); err != nil || at.IsZero() { // which would count as none
			return fmt.Errorf("%s: invalid time %q: want RFC 3339, such as \"2026-11-22T18:00:00+06:00\"", path, value)
		}
		return nil
	case kind == reflect.String:
		return nil
	case kind == reflect.Float64:
		if f, _ := value.(json.Number).Float64(); f == 0 { // which would count as none
			return fmt.Errorf("%s: %s is not allowed: give another number, or leave it out", path, value)
		}
		return nil
	case kind == reflect.Pointer: // to a whole number, which may be 0: left out it is nil
		if _, err := value.(json.Number).Int64(); err != nil {
			return fmt.Errorf("%s: %s is not allowed: want a whole number", path, value)
		}
		return nil
	case kind == reflect.Slice:
		i := 0
		for ; d.More(); i++ {
			if err := walk(d, t.Elem(), fmt.Sprintf("%s[%d]", path, i)); err != nil {
				return err
			}
		}
		if i == 0 { // which would count as none, and that may mean all
			return fmt.Errorf("%s: is empty: name one at least, or leave it out", path)
		}
	case kind == reflect.Struct:
		if err := walkFields(d, t, path); err != nil {
			return err
		}
	}
	_, err = d.Token() // the bracket at the end
	return err
}

// walkFields compares the fields of an object with those of a struct.
func walkFields(d *json.Decoder, t reflect.Type, path string) error {
	types := map[string]reflect.Type{}
	for i := range t.NumField() {
		name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		types[name] = t.Field(i).Type
	}
	seen := map[string]bool{}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return err
		}
		name := key.(string) // in well-formed JSON
		where := strings.TrimPrefix(path+"."+name, ".")
		switch typ := types[name]; {
		case typ == nil:
			return fmt.Errorf("%q: unknown field; allowed: %s", where, strings.Join(sortedKeys(types), ", "))
		case seen[name]:
			return fmt.Errorf("%s: is given twice", where)
		default:
			seen[name] = true
			if err := walk(d, typ, where); err != nil {
				return err
			}
		}
	}
	return nil
}

// forms are the values in JSON of the kinds that an order has.
var forms = map[reflect.Kind]string{
	reflect.String: "a string", reflect.Float64: "a number", reflect.Pointer: "a number", reflect.Slice: "a list", reflect.Struct: "an object",
}

// formOf is what JSON calls a value.
func formOf(value json.Token) string {
	switch value := value.(type) {
	case nil:
		return "null"
	case string:
		return "a string"
	case bool:
		return "true or false"
	case json.Delim:
		if value == '[' {
			return "a list"
		}
		return "an object"
	}
	return "a number"
}

// wrongQuery tells what a route does not know of a request's query; "" if nothing. What is
// left out for a typing mistake may mean all, and of two values one would be left out.
func wrongQuery(r *http.Request, once, often []string) string {
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return "the query cannot be read: want NAME=VALUE, joined by &, with other characters written as %XX"
	}
	for _, name := range sortedKeys(query) {
		switch {
		case slices.Contains(often, name):
		case !slices.Contains(once, name) && len(once)+len(often) == 0:
			return fmt.Sprintf("the query: %q is not allowed: there are no parameters here", name)
		case !slices.Contains(once, name):
			return noneOf("the query", name, slices.Concat(once, often))
		case len(query[name]) > 1:
			return fmt.Sprintf("%s: is given %d times: want it once", name, len(query[name]))
		case query.Get(name) == "":
			return name + ": is empty: give a value, or leave it out"
		}
	}
	return ""
}
