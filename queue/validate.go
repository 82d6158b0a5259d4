package queue

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// What must hold of a stored entity by itself, field by field: closed sets,
// ranges, and what fields of one entity must say together. A store is data that
// anything may have written, so it is held against this after decoding. What
// entities say about each other is [State.Check]'s, and is mended by [New].

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
	// longestText bounds ids, numbers and names; mostListed the lists of an entity.
	longestText, mostListed = 512, 1000
)

// Times from oldest to newest can be told in ns since 1970 and subtracted. A machine
// without a clock begins in 1970, and what was written then is as true as the rest.
var (
	oldest = time.Date(1969, 1, 1, 0, 0, 0, 0, time.UTC)
	newest = time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC)
)

// Stored is an entity that can be held against what must hold of it by itself.
type Stored interface {
	Entity
	// Validate tells what is wrong with the entity, of a store that was written
	// until a time: nil, or an error that names each field, its value and what is allowed.
	Validate(now time.Time) error
}

// named is a field with its value.
type named[T any] struct {
	field string
	value T
}

// vet holds fields against what is allowed.
type vet struct {
	now    time.Time
	faults []string
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

func (v *vet) err() error {
	if len(v.faults) == 0 {
		return nil
	}
	return errors.New(strings.Join(v.faults, "; "))
}

// past is when something happened, zero if it has not.
func (v *vet) past(field string, t time.Time) { v.until(field, t, tolerance) }

// at is the same of something that has happened.
func (v *vet) at(field string, t time.Time) {
	v.must(!t.IsZero(), field, t, "a time")
	v.past(field, t)
}

// by is a deadline of what is going on, zero if there is none.
func (v *vet) by(field string, t time.Time) { v.until(field, t, longestStep) }

// stay is one for which the config sets the time.
func (v *vet) stay(field string, t time.Time) { v.until(field, t, longestStay) }

// until is a time no further ahead than so long, or zero.
func (v *vet) until(field string, t time.Time, ahead time.Duration) {
	if last := v.now.Add(ahead); !t.IsZero() && (t.Before(oldest) || t.After(last)) {
		v.must(false, field, t.Format(time.RFC3339), "a time from 1969 to "+last.UTC().Format(time.DateOnly))
	}
}

// some is any time that can be counted with, or zero.
func (v *vet) some(field string, t time.Time) {
	if !t.IsZero() && (t.Before(oldest) || !t.Before(newest)) {
		v.must(false, field, t.Format(time.RFC3339), "a time from 1969 to 2099")
	}
}

func (v *vet) count(field string, n int) {
	v.must(n >= 0 && n <= mostOf, field, n, "a count")
}

func (v *vet) number(field string, n int) {
	v.must(n >= -mostOf && n <= mostOf, field, n, "a number of nine digits at most")
}

func (v *vet) span(field string, d time.Duration) {
	v.must(d >= 0 && d <= longestSpan, field, d, "a duration up to a year")
}

// text is anything that may be shown and said on, "" included.
func (v *vet) text(field string, all ...string) {
	for _, s := range all {
		v.must(len(s) <= longestText && utf8.ValidString(s) && !strings.ContainsFunc(s, isControl), field, s, "a line of text")
	}
}

// id is the same, and not "".
func (v *vet) id(field, s string) {
	v.must(s != "", field, s, "not empty")
	v.text(field, s)
}

func isControl(r rune) bool { return r < ' ' || r == 0x7f }

func (v *vet) listed(field string, n int) {
	v.must(n <= mostListed, field, n, "1000 entries at most")
}

// made holds that an id is one that was made for something, see nextID; "" is none.
func (v *vet) made(field, id, prefix string) {
	v.must(id == "" || callOf(id) == prefix, field, id, "an id that begins with "+prefix)
}

// among holds that a value is one of a closed set.
func among[T ~string](v *vet, field string, value T, set ...T) {
	if !slices.Contains(set, value) {
		v.must(false, field, value, fmt.Sprintf("one of %q", set))
	}
}

// or holds that a value is one of a set, or none.
func or[T ~string](v *vet, field string, value T, set ...T) {
	if value != "" {
		among(v, field, value, set...)
	}
}
