package state

import (
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kezek/queue"
)

// At is a time with all that a clock may carry.
var at = time.Date(2026, 3, 5, 14, 7, 9, 123456789, time.FixedZone("Bishkek", 6*3600))

func TestEncodePlainFields(t *testing.T) {
	call := &queue.Call{
		ID: "pbx1-17.4", Queue: "sales", DID: "+996312900800", Number: "+996555123456", Name: "Айбек \"x\"\n",
		Language: "ky", State: queue.CallOffered, Since: at, Arrived: at.Add(-time.Minute), PlaceInLine: queue.PlaceInLine{Head: true}, Offering: queue.Offering{Misses: 2, Offers: []queue.Offer{{Agent: "1012", Leg: "pbx1-17.4-l7", Since: at.UTC()}}}, Serial: 7,
	}
	same(t, "call", fieldsOf(t, call), map[string]string{
		"id": "pbx1-17.4", "queue": "sales", "did": "+996312900800", "number": "+996555123456", "name": "Айбек \"x\"\n",
		"language": "ky", "state": "offered",
		"since": "2026-03-05T08:07:09.123456789Z", "arrived": "2026-03-05T08:06:09.123456789Z",
		"priority": "0", "head": "true", "misses": "2", "serial": "7",
		"offers": `[{"agent":"1012","leg":"pbx1-17.4-l7","since":"2026-03-05T08:07:09.123456789Z"}]`,
	})
	empty := fieldsOf(t, &queue.Call{Offering: queue.Offering{Offers: []queue.Offer{}}})
	if _, ok := empty["offers"]; ok {
		t.Error("no offers are written")
	}
	same(t, "line", fieldsOf(t, &queue.Line{Queue: "sales", Handle: 90 * time.Second, Day: "2026-03-05"}), map[string]string{
		"queue": "sales", "handle": "1m30s", "day": "2026-03-05",
		"answered": "0", "answered_in_time": "0", "abandoned": "0", "abandoned_in_time": "0",
	})
}

// entities are the types that the codec keeps, as zero values.
func entities() []any {
	list := []any{new(queue.WireEntry)}
	for _, k := range kinds {
		list = append(list, k.new())
	}
	return list
}

func TestRoundTrip(t *testing.T) {
	for _, zero := range entities() {
		typ := reflect.TypeOf(zero).Elem()
		t.Run(typ.Name(), rapid.MakeCheck(func(t *rapid.T) {
			want := reflect.New(typ)
			draw(t, want.Elem(), true)
			got := reflect.New(typ)
			list, err := encode(nil, want.Interface())
			if err != nil {
				t.Fatal(err)
			}
			hash := map[string]string{"of_a_newer_version": "1"}
			for i := 0; i < len(list); i += 2 {
				hash[list[i]] = list[i+1]
			}
			if err := decode(hash, got.Interface()); err != nil {
				t.Fatal(err)
			}
			if diff := difference(want.Interface(), got.Interface()); diff != "" {
				t.Fatalf("(-want +got):\n%s", diff)
			}
		}))
	}
}

// draw fills a value with anything. Strings inside JSON are text; those of a
// hash itself may be any bytes.
func draw(t *rapid.T, v reflect.Value, top bool) {
	switch v.Type() {
	case timeType:
		if rapid.Bool().Draw(t, "zero time") {
			return
		}
		sec := rapid.Int64Range(-60_000_000_000, 250_000_000_000).Draw(t, "sec")
		nsec := rapid.Int64Range(0, 999_999_999).Draw(t, "nsec")
		zone := rapid.IntRange(-12*60, 14*60).Draw(t, "zone")
		v.Set(reflect.ValueOf(time.Unix(sec, nsec).In(time.FixedZone("", zone*60))))
		return
	case reflect.TypeFor[time.Duration]():
		v.SetInt(rapid.Int64().Draw(t, "duration"))
		return
	}
	switch v.Kind() {
	case reflect.String:
		s := rapid.String().Draw(t, "text")
		if top && rapid.Bool().Draw(t, "odd") {
			s = string(rapid.SliceOf(rapid.Byte()).Draw(t, "bytes"))
		}
		v.SetString(s)
	case reflect.Bool:
		v.SetBool(rapid.Bool().Draw(t, "bool"))
	case reflect.Int:
		v.SetInt(rapid.Int64().Draw(t, "int"))
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 0, 3))
		for range rapid.IntRange(0, 3).Draw(t, "len") {
			e := reflect.New(v.Type().Elem()).Elem()
			draw(t, e, false)
			v.Set(reflect.Append(v, e))
		}
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		for range rapid.IntRange(0, 3).Draw(t, "entries") {
			key, e := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
			draw(t, key, false)
			draw(t, e, false)
			v.SetMapIndex(key, e)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if f := v.Type().Field(i); !f.IsExported() || f.Tag.Get("json") == "-" {
				continue
			}
			draw(t, v.Field(i), top && (v.Field(i).Kind() != reflect.Struct || v.Type().Field(i).Anonymous)) // one in another is kept as JSON, which is UTF-8
		}
	default:
		t.Fatalf("no values for a %v yet", v.Type())
	}
}

func TestDecodeNamesFieldAndValue(t *testing.T) {
	for _, c := range []struct{ field, value, want string }{
		{"since", "yesterday", `field "since": "yesterday" is not a time as 2006-01-02T15:04:05Z`},
		{"since", "9999-12-31T23:59:59-05:00", `is not a time`},
		{"priority", "1.5", `field "priority": "1.5" is not a whole number in range`},
		{"serial", "99999999999999999999", "is not a whole number in range"},
		{"head", "perhaps", `field "head": "perhaps" is not true or false`},
		{"offers", "[{", `field "offers": "[{" is not the JSON expected`},
		{"offers", strings.Repeat("x", 1000), strings.Repeat("x", 80) + `"… is not`},
	} {
		err := decode(map[string]string{c.field: c.value}, new(queue.Call))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s=%s: got %v, want %s", c.field, c.value, err, c.want)
		}
	}
	err := decode(map[string]string{"handle": "ninety"}, new(queue.Line))
	if err == nil || !strings.Contains(err.Error(), `"ninety" is not a duration as 1m30s`) {
		t.Error(err)
	}
}

func TestEncodeRefusesWhatCannotBeReadAgain(t *testing.T) {
	agent := &queue.Agent{Since: time.Unix(math.MaxInt32*1000, 0)}
	if _, err := encode(nil, agent); err == nil || !strings.Contains(err.Error(), `field "since": the year`) {
		t.Error(err)
	}
}

func TestLayoutRefusesWhatItCannotKeep(t *testing.T) {
	for _, bad := range []any{
		struct{ NoTag string }{},
		struct {
			F chan int `json:"f"`
		}{},
		struct {
			N int `json:"n,string"`
		}{},
		struct {
			queue.Audio
			Other bool `json:"music"` // a field of that name is there
		}{},
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%T was taken", bad)
				}
			}()
			layout(reflect.TypeOf(bad))
		}()
	}
}

// Every list of a snapshot must be a kind, or it would not be saved.
func TestKindsCoverSnapshot(t *testing.T) {
	all := new(queue.Snapshot)
	for _, k := range kinds {
		k.put(all, k.new())
	}
	v := reflect.ValueOf(all).Elem()
	for i := range v.NumField() {
		if v.Field(i).Len() != 1 {
			t.Errorf("no kind keeps Snapshot.%s", v.Type().Field(i).Name)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(0, "since", "2026-03-05T08:07:09.123456789Z")
	f.Add(1, "offers", `[{"agent":"1012","since":"2026-03-05T08:07:09+06:00"}]`)
	f.Add(2, "handle", "1m30s")
	f.Add(3, "reachable", "true")
	f.Add(4, "calls", "-1")
	f.Fuzz(func(t *testing.T, which int, name, value string) {
		all := entities()
		e := all[uint(which)%uint(len(all))]
		if decode(map[string]string{name: value}, e) != nil {
			return
		}
		again := reflect.New(reflect.TypeOf(e).Elem()).Interface()
		if err := decode(fieldsOf(t, e), again); err != nil {
			t.Fatal(err)
		}
		if diff := difference(e, again); diff != "" {
			t.Fatal(diff)
		}
	})
}

func TestKeysCannotBeForged(t *testing.T) {
	k, err := keysOf("bishkek")
	if err != nil {
		t.Fatal(err)
	}
	for id, want := range map[string]string{
		"pbx1-1700000000.12":    "kezek:{bishkek}:call:pbx1-1700000000.12",
		"+996555123456":         "kezek:{bishkek}:call:+996555123456",
		"":                      "kezek:{bishkek}:call:",
		"a}b{c":                 "kezek:{bishkek}:call:a%7Db%7Bc",
		"x\r\nDEL y":            "kezek:{bishkek}:call:x%0D%0ADEL%20y",
		"../%2F*?":              "kezek:{bishkek}:call:..%2F%252F%2A%3F",
		"Айбек\xff":             "kezek:{bishkek}:call:%D0%90%D0%B9%D0%B1%D0%B5%D0%BA%FF",
		strings.Repeat("9", 99): "kezek:{bishkek}:call:" + strings.Repeat("9", 99),
	} {
		if got := k.entity("call", member(id)); got != want {
			t.Errorf("%q: got %s, want %s", id, got, want)
		}
	}
	for _, site := range []string{"", "a b", "a}", "{a", "a:b", "-a", "a\n", "биш", strings.Repeat("a", 64)} {
		if _, err := keysOf(site); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("%q", site)) {
			t.Errorf("site %q: %v", site, err)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		a := string(rapid.SliceOf(rapid.Byte()).Draw(t, "a"))
		b := string(rapid.SliceOf(rapid.Byte()).Draw(t, "b"))
		if (a == b) != (member(a) == member(b)) {
			t.Fatalf("%q and %q share a key", a, b)
		}
	})
}
