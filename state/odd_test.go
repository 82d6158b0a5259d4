package state

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"

	"kezek/queue"
	"kezek/queue/queuetest"
)

// What odd things are done to a whole state before it is loaded.

// stored is an entity as Redis has it.
type stored struct {
	kind *kind
	m    string
	hash map[string]string
	// entity is what it was made of; odd: the hash says something else by now.
	entity queue.Entity
	odd    bool
}

// moment is a whole state as Redis has it, and what lives on the exchange.
type moment struct {
	queuetest.Moment
	all []stored
	// ids are all words that refer to something.
	ids []string
}

// corpus is a list of moments, and all values that each field had in them.
type corpus struct {
	moments []moment
	values  map[string][]string // by kind and field
}

func newCorpus(seeds uint64, every int) (*corpus, error) {
	found, err := queuetest.Moments(seeds, every)
	if err != nil {
		return nil, err
	}
	c := &corpus{values: map[string][]string{}}
	for _, f := range found {
		m := moment{Moment: f}
		f.Saved.Callers = f.Saved.Callers[:min(3, len(f.Saved.Callers))]
		for _, k := range kinds {
			for _, e := range k.all(f.Saved) {
				if sheet, ok := e.(*queue.Timesheet); ok && !sheet.Until.IsZero() {
					continue
				}
				list, err := encode(nil, e)
				if err != nil {
					return nil, err
				}
				hash := map[string]string{}
				for i := 0; i < len(list); i += 2 {
					hash[list[i]] = list[i+1]
					key := k.name + "." + list[i]
					if len(c.values[key]) < 200 && !slices.Contains(c.values[key], list[i+1]) {
						c.values[key] = append(c.values[key], list[i+1])
					}
				}
				m.all = append(m.all, stored{kind: k, m: member(e.Key()), hash: hash, entity: e})
				m.ids = append(m.ids, e.Key())
			}
		}
		for _, ch := range f.Truth.Channels {
			m.ids = append(m.ids, ch.ID)
		}
		for _, b := range f.Truth.Bridges {
			m.ids = append(m.ids, b.ID)
		}
		c.moments = append(c.moments, m)
	}
	return c, nil
}

// oddity is one try: a moment with some things changed.
type oddity struct {
	*corpus
	rng *rand.Rand
	moment
	log []string
}

func (c *corpus) odd(rng *rand.Rand) *oddity {
	o := &oddity{corpus: c, rng: rng, moment: c.moments[rng.IntN(len(c.moments))]}
	o.all = slices.Clone(o.all)
	o.Truth.Channels, o.Truth.Bridges = slices.Clone(o.Truth.Channels), slices.Clone(o.Truth.Bridges)
	for range 1 + rng.IntN(4) {
		o.change()
	}
	return o
}

func pick[T any](rng *rand.Rand, from []T) T { return from[rng.IntN(len(from))] }

func (o *oddity) note(format string, args ...any) {
	o.log = append(o.log, fmt.Sprintf(format, args...))
}

// busy picks an entity, calls, agents and callbacks rather than others.
func (o *oddity) busy() *stored {
	for range 8 {
		s := &o.all[o.rng.IntN(len(o.all))]
		switch s.kind.name {
		case "call", "agent", "callback":
			return s
		}
	}
	return &o.all[o.rng.IntN(len(o.all))]
}

func (s *stored) own() {
	if !s.odd {
		s.hash, s.odd = maps.Clone(s.hash), true
	}
}

// change does one odd thing.
func (o *oddity) change() {
	if len(o.all) == 0 {
		return
	}
	s := o.busy()
	switch n := o.rng.IntN(20); {
	case n < 3: // its hash is gone
		o.note("drop %s %s", s.kind.name, s.m)
		o.all = slices.Delete(o.all, slices.IndexFunc(o.all, func(x stored) bool { return x.kind == s.kind && x.m == s.m }), 1+slices.IndexFunc(o.all, func(x stored) bool { return x.kind == s.kind && x.m == s.m }))
	case n < 11:
		o.set(s)
	case n < 13: // a field that others of its kind have
		s.own()
		var fields []string
		for key := range o.values {
			if strings.HasPrefix(key, s.kind.name+".") {
				fields = append(fields, key)
			}
		}
		slices.Sort(fields)
		key := pick(o.rng, fields)
		field := strings.TrimPrefix(key, s.kind.name+".")
		s.hash[field] = pick(o.rng, o.values[key])
		o.note("%s %s: %s = %.60s, of another", s.kind.name, s.m, field, s.hash[field])
	case n < 14: // two swap a field
		t := o.busy()
		if t.kind != s.kind {
			return
		}
		s.own()
		t.own()
		f := pick(o.rng, slices.Sorted(maps.Keys(s.hash)))
		s.hash[f], t.hash[f] = t.hash[f], s.hash[f]
		o.note("swap %s of %s and %s", f, s.m, t.m)
	case n < 15: // it is there twice
		twin := *s
		twin.hash, twin.odd = maps.Clone(s.hash), true
		twin.m = member(s.m + strconv.Itoa(o.rng.IntN(9)))
		for _, id := range []string{"id", "number", "queue", "agent"} {
			if s.hash[id] != "" && member(s.hash[id]) == s.m {
				twin.hash[id] = twin.m
				break
			}
		}
		if s.kind.name == "callback" && o.rng.IntN(2) == 0 {
			twin.hash["number"] += strconv.Itoa(o.rng.IntN(9))
		}
		if !slices.ContainsFunc(o.all, func(x stored) bool { return x.kind == twin.kind && x.m == twin.m }) {
			o.all = append(o.all, twin)
			o.note("twin %s %s", s.kind.name, twin.m)
		}
	case n < 16 && len(o.Truth.Channels) > 0:
		i := o.rng.IntN(len(o.Truth.Channels))
		if o.rng.IntN(3) == 0 {
			o.Truth.Channels[i].Up = !o.Truth.Channels[i].Up
			return
		}
		o.note("channel %s is gone", o.Truth.Channels[i].ID)
		o.Truth.Channels = slices.Delete(o.Truth.Channels, i, i+1)
	case n < 17 && len(o.Truth.Bridges) > 0:
		i := o.rng.IntN(len(o.Truth.Bridges))
		o.note("bridge %s is gone", o.Truth.Bridges[i].ID)
		o.Truth.Bridges = slices.Delete(o.Truth.Bridges, i, i+1)
	case n < 18:
		o.At = o.At.Add(time.Duration(o.rng.Int64N(int64(50 * time.Hour))))
		o.note("it is %v", o.At)
	default:
		o.set(s)
	}
}

var oddTimes = []string{
	"0001-01-01T00:00:00Z", "1969-12-31T23:59:59Z", "1999-12-31T00:00:00Z", "2000-01-01T00:00:00Z", "2099-12-31T00:00:00Z",
	"2262-04-11T23:47:17Z", "2554-07-21T23:34:33.709551615Z", "9999-12-31T23:59:59Z", "yesterday", "",
}

var oddWords = []string{"", "x", "-", "-a", "null", "kg-1", "offline", "waiting", "talking", "held", "open", "over", "\x00", "\xff", strings.Repeat("9", 20), strings.Repeat("a", 2000)}

var oddNumbers = []string{"0", "1", "-1", "2", "7", "1000", "2147483647", "9223372036854775807", "-9223372036854775808", "1e300", "NaN", ""}

var oddSpans = []string{"0s", "-1h", "1s", "24h", "8784h", "2562047h47m16.854775807s", "-2562047h47m16.854775808s", "soon"}

// set changes a field.
func (o *oddity) set(s *stored) {
	s.own()
	if len(s.hash) == 0 {
		return
	}
	f := pick(o.rng, slices.Sorted(maps.Keys(s.hash)))
	was := s.hash[f]
	if o.rng.IntN(10) == 0 {
		delete(s.hash, f)
	} else {
		s.hash[f] = o.instead(s.kind.name+"."+f, was)
	}
	o.note("%s %s: %s = %.60q", s.kind.name, s.m, f, s.hash[f])
}

// instead is another value for one: of the same sort, mostly.
func (o *oddity) instead(key, was string) string {
	if all := o.values[key]; len(all) > 0 && o.rng.IntN(3) == 0 {
		return pick(o.rng, all)
	}
	if at, err := time.Parse(time.RFC3339Nano, was); err == nil {
		if o.rng.IntN(2) == 0 {
			return pick(o.rng, oddTimes)
		}
		far := pick(o.rng, []time.Duration{time.Nanosecond, time.Second, time.Minute, time.Hour, 20 * time.Hour, 500 * time.Hour, 9000 * time.Hour})
		return at.Add(time.Duration(o.rng.Int64N(2*int64(far))) - far).Format(time.RFC3339Nano)
	}
	if _, err := strconv.ParseBool(was); err == nil && len(was) > 1 {
		return strconv.FormatBool(was != "true")
	}
	if _, err := strconv.Atoi(was); err == nil && len(was) < 4 {
		return pick(o.rng, oddNumbers)
	}
	if _, err := time.ParseDuration(was); err == nil {
		return pick(o.rng, oddSpans)
	}
	if strings.HasPrefix(was, "{") || strings.HasPrefix(was, "[") {
		return o.oddJSON(was)
	}
	if o.rng.IntN(3) == 0 {
		return pick(o.rng, oddWords)
	}
	return pick(o.rng, o.ids)
}

// oddJSON changes one leaf, or takes a list's entry out or in once more.
func (o *oddity) oddJSON(was string) string {
	if o.rng.IntN(8) == 0 {
		return pick(o.rng, []string{"", "{}", "[]", "null", "[null]", "[{}]", "0", was[:len(was)-1]})
	}
	var v any
	if json.Unmarshal([]byte(was), &v) != nil {
		return was
	}
	data, err := json.Marshal(o.oddLeaf(v))
	if err != nil {
		return was
	}
	return string(data)
}

func (o *oddity) oddLeaf(v any) any {
	switch v := v.(type) {
	case map[string]any:
		if len(v) == 0 {
			return nil
		}
		f := pick(o.rng, slices.Sorted(maps.Keys(v)))
		if o.rng.IntN(8) == 0 {
			delete(v, f)
		} else {
			v[f] = o.oddLeaf(v[f])
		}
		return v
	case []any:
		switch i := o.rng.IntN(len(v) + 1); {
		case i == len(v):
			return append(v, v...)
		case o.rng.IntN(4) == 0:
			return slices.Delete(v, i, i+1)
		default:
			v[i] = o.oddLeaf(v[i])
			return v
		}
	case string:
		return o.instead("", v)
	case float64:
		return pick(o.rng, []float64{0, -1, 1, 5, 1e9, 9e18, -9e18, 1.5})
	case bool:
		return !v
	}
	return pick(o.rng, []any{nil, 1, "x", true})
}
