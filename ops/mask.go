package ops

import (
	"net/http"
	"reflect"
	"regexp"
	"strings"
	"unicode"

	"kezek/queue/journal"
)

// Numbers of clients, and words about clients in which a number may stand: whole for a supervisor of the queue, masked for
// a viewer, gone for the wall. This is the one place where it is done: whatever goes out as JSON passes here, and the tags of its
// fields say what they hold:
//
//	mask:"number"  a client's number; a field named "number" in JSON is one without the tag
//	mask:"words"   words that people write, or that come from the exchange
//
// How much somebody sees is by the "queue" of the object, or of the one around it.

// answer is a response to somebody who may not see all.
type answer struct {
	http.ResponseWriter
	asker who
}

// Unwrap lets [http.ResponseController] find the connection.
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }

// answerFor is the response to somebody.
func answerFor(w http.ResponseWriter, asker who) http.ResponseWriter {
	if asker.rights.in(everywhere) >= Supervisor {
		return w
	}
	return &answer{w, asker}
}

// masked is a body as those may see it to whom the response goes.
func masked(w http.ResponseWriter, body any) any {
	if a, ok := w.(*answer); ok {
		return a.asker.mask(body)
	}
	return body
}

// mask is a value as somebody may see it. It may change what the value points to.
func (w who) mask(body any) any {
	v := reflect.New(reflect.TypeOf(body)).Elem()
	v.Set(reflect.ValueOf(body))
	w.maskValue(v, w.role)
	return v.Interface()
}

// maskValue masks what is in a value. As is the role that counts for it.
func (w who) maskValue(v reflect.Value, as Role) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			w.maskValue(v.Elem(), as)
		}
	case reflect.Slice:
		for i := range v.Len() {
			w.maskValue(v.Index(i), as)
		}
	case reflect.Struct:
		if q := v.FieldByName("Queue"); q.IsValid() && q.Kind() == reflect.String && q.String() != "" {
			as = w.rights.in(q.String())
		}
		if as >= Supervisor {
			return
		}
		for i := range v.NumField() {
			f, field := v.Type().Field(i), v.Field(i)
			if !f.IsExported() {
				continue
			}
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			switch tag := f.Tag.Get("mask"); {
			case tag == "words":
				change(field, as, maskWords)
			case tag == "number", name == "number":
				change(field, as, maskNumber)
			default:
				w.maskValue(field, as)
			}
		}
	}
}

// change masks a text, or one that may be null.
func change(v reflect.Value, as Role, mask func(string) string) {
	if v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return
		}
		if as < Viewer {
			v.SetZero()
			return
		}
		v = v.Elem()
	}
	if as < Viewer {
		v.SetString("")
		return
	}
	v.SetString(mask(v.String()))
}

const (
	// hidden stands for the digits that are not shown.
	hidden = "•••"
	// shownDigits at the end of a number are enough to tell apart clients who wait, and to recognise who calls again.
	shownDigits = 3
	// leastDigits is the shortest text of digits that is a client's number: internal ones are shorter.
	leastDigits = 6
)

// maskNumber is the end of a number. What has few digits would be told whole by its end.
func maskNumber(number string) string {
	digits := digitsOf(number)
	switch {
	case number == "" || strings.HasPrefix(number, Pseudonym):
		return number
	case len(digits) < leastDigits:
		return hidden
	}
	return hidden + string(digits[len(digits)-shownDigits:])
}

var (
	// numberLike are digits as people write a number.
	numberLike = regexp.MustCompile(`\+?\(?\p{Nd}(?:[ \x{A0}().\-/]{0,2}\p{Nd}){5,}`)
	dateLike   = regexp.MustCompile(`^20\d\d-\d\d-\d\d(?: \d\d)?$`)
)

// maskWords masks the numbers in words.
func maskWords(words string) string {
	return numberLike.ReplaceAllStringFunc(words, func(found string) string {
		if dateLike.MatchString(found) {
			return found
		}
		return maskNumber(found)
	})
}

func digitsOf(text string) []rune {
	return []rune(strings.Map(func(c rune) rune {
		if unicode.IsDigit(c) {
			return c
		}
		return -1
	}, text))
}

// eventFor is a line of the journal as somebody may see it.
func eventFor(asker who, l *journal.Line) Event {
	e := newEvent(l.Entry)
	if asker.rights.in(everywhere) < Supervisor {
		e = asker.mask(e).(Event)
	}
	return e
}
