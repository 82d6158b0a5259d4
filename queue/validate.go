package queue

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"
)

// What must hold of a stored entity by itself, field by field: closed sets,
// ranges, and what fields of one entity must say together. A store is data that
// anything may have written, so it is held against this after decoding. What
// entities say about each other is [State.Check]'s, and is mended by [New].
//
// Each saved field is held against its type, and against what its tags say beside it:
//
//	must:"set"     it is not empty
//	ahead:"step"   a time that may be ahead by [longestStep]; "stay", "wait": by
//	               [longestStay], [longestWait]; "ever": by any time that can be counted with.
//	               Without this tag it has passed.
//	clock:"day"    a time that is planned for a time of day: it stays when the clock is set, see clock.go
//	is:"signed"    a number that may be below 0
//	is:"date"      a local date that has begun
//	is:"prose"     a text of many lines

// Bounds of what is stored.
const (
	// tolerance is how far a clock may have been set back since something was written,
	// beyond what the store itself can tell of when that was.
	tolerance = 24 * time.Hour
	// longestStep bounds deadlines of a step: a phone that rings, a rest, a hold.
	longestStep = tolerance + time.Hour
	// longestStay bounds those of what the config sets the time for: a wait, a status, a lock.
	longestStay = 31 * 24 * time.Hour
	// longestWait bounds deadlines that wait for opening hours, which may be a year away.
	longestWait = 2 * 366 * 24 * time.Hour
	// longestSpan bounds durations, so that sums and products of them do not overflow.
	longestSpan = 366 * 24 * time.Hour
	// longestHandle bounds the mean time of a call, which is multiplied by lengths of lines.
	longestHandle = 24 * time.Hour
	// mostOf bounds counts.
	mostOf = 1 << 30
	// longestText bounds ids, numbers and names, longestProse notes; mostListed the lists of an entity.
	longestText, longestProse, mostListed = 512, 64 << 10, 1000
)

// ahead is how far beyond now a time may be, by the tag.
var ahead = map[string]time.Duration{"": tolerance, "step": longestStep, "stay": longestStay, "wait": longestWait, "ever": math.MaxInt64}

// Times from oldest to newest can be told in ns since 1970 and subtracted. A machine
// without a clock begins in 1970, and what was written then is as true as the rest.
var (
	oldest = time.Date(1969, 1, 1, 0, 0, 0, 0, time.UTC)
	newest = time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC)
)

// closedSets are those that fields of their type are held against. Why something ended
// is told only, so any text may be.
var closedSets = byType(
	CallStates, Outcomes, HeldBys, Ways, MonitorModes, KeyingStates, RatingStates,
	CallbackStates, CallbackOutcomes, CallbackClasses, AlarmStates, ShiftEnds,
)

func byType(sets ...any) map[reflect.Type][]string {
	all := map[reflect.Type][]string{}
	for _, set := range sets {
		for _, one := range reflect.ValueOf(set).Seq2() {
			all[one.Type()] = append(all[one.Type()], one.String())
		}
	}
	return all
}

// Stored is an entity that can be held against what must hold of it by itself.
type Stored interface {
	Entity
	// Validate tells what is wrong with the entity, of a store that was written
	// until a time: nil, or an error that names each field, its value and what is allowed.
	Validate(now time.Time) error
}

// vet holds fields against what is allowed.
type vet struct {
	now    time.Time
	faults []string
}

// vetted has held each field of an entity against its type and its tags.
func vetted(e Entity, now time.Time) *vet {
	v := &vet{now: now}
	v.fields("", reflect.ValueOf(e).Elem())
	return v
}

func (v *vet) err() error {
	if len(v.faults) == 0 {
		return nil
	}
	return errors.New(strings.Join(v.faults, "; "))
}

func (v *vet) must(ok bool, field string, value any, want string) {
	if !ok {
		text := []rune(fmt.Sprintf("%q", fmt.Sprint(value)))
		if len(text) > 80 {
			text = append(text[:80], '…')
		}
		v.faults = append(v.faults, fmt.Sprintf("field %q: %s, want %s", field, string(text), want))
	}
}

// savedField is a field that is saved, its name there, and its tags.
type savedField struct {
	index                 []int
	name, must, ahead, is string
}

// savedFields has those of a struct, embedded ones in their place, by its type: they are read once.
var savedFields sync.Map

func fieldsOf(t reflect.Type) (all []savedField) {
	if known, ok := savedFields.Load(t); ok {
		return known.([]savedField)
	}
	for _, f := range reflect.VisibleFields(t) {
		if name, _, _ := strings.Cut(f.Tag.Get("json"), ","); name != "" {
			all = append(all, savedField{f.Index, name, f.Tag.Get("must"), f.Tag.Get("ahead"), f.Tag.Get("is")})
		}
	}
	savedFields.Store(t, all)
	return all
}

// fields holds those of a struct, which is named in front of them.
func (v *vet) fields(of string, all reflect.Value) {
	for _, rule := range fieldsOf(all.Type()) {
		v.field(of+rule.name, all.FieldByIndex(rule.index), rule)
	}
}

// field holds one of them, or an item of its list.
func (v *vet) field(name string, f reflect.Value, rule savedField) {
	if f.IsZero() && rule.must == "" {
		return
	}
	set, isClosed := closedSets[f.Type()]
	switch {
	case f.Type() == reflect.TypeFor[time.Time]():
		v.must(!f.IsZero(), name, f, "a time")
		v.until(name, f.Interface().(time.Time), ahead[rule.ahead])
	case f.Type() == reflect.TypeFor[time.Duration]():
		v.must(f.Int() >= 0 && f.Int() <= int64(longestSpan), name, f, "a duration up to a year")
	case isClosed:
		if !slices.Contains(set, f.String()) {
			v.must(false, name, f, fmt.Sprintf("one of %q", set))
		}
	case rule.is == "signed":
		v.must(f.Int() >= -mostOf && f.Int() <= mostOf, name, f, "a number of nine digits at most")
	case rule.is == "date":
		at, err := time.Parse(time.DateOnly, f.String())
		v.must(err == nil, name, f, "a date as 2006-01-02")
		v.until(name, at, 2*tolerance)
	case rule.is == "prose":
		v.must(f.Len() <= longestProse, name, f.Len(), "64 KiB at most")
	case f.Kind() == reflect.Int:
		v.must(f.Int() >= 0 && f.Int() <= mostOf, name, f, "a count")
	case f.Kind() == reflect.String:
		v.must(f.Len() > 0, name, f, "not empty")
		v.must(isText(f.String()), name, f, "a line of text")
	case f.Kind() == reflect.Struct:
		v.fields(name+".", f)
	case f.Kind() == reflect.Slice, f.Kind() == reflect.Map:
		v.must(f.Len() <= mostListed, name, f.Len(), "1000 entries at most")
		for key, item := range f.Seq2() {
			v.field(name, key, savedField{}) // a slice's is its index
			v.field(name, item, savedField{})
		}
	}
}

// until is a time no further ahead than so long, or zero.
func (v *vet) until(field string, t time.Time, ahead time.Duration) {
	last := v.now.Add(ahead)
	if !last.Before(newest) {
		last = newest.Add(-1)
	}
	if !t.IsZero() && (t.Before(oldest) || t.After(last)) {
		v.must(false, field, t.Format(time.RFC3339), "a time from 1969 to "+last.UTC().Format(time.DateOnly))
	}
}

// isText reports whether something may be shown and said on, "" included.
func isText(s string) bool {
	return len(s) <= longestText && utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f })
}

// made holds that an id is one that was made for something, see nextID; "" is none.
func (v *vet) made(field, id, prefix string) {
	v.must(id == "" || callOf(id) == prefix, field, id, "an id that begins with "+prefix)
}
