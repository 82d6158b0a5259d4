package queuelog

import (
	"strconv"
	"strings"
	"time"
	"unicode"
)

// none stands for what a row does not have.
const none = "NONE"

// Row is a line of queue_log.
type Row struct {
	At time.Time
	// Call, Queue and Agent are none or have a value.
	Call, Queue, Agent string
	Event              string
	Data               []string
}

// String is the row as it stands in the file, without the end of the line: its time in whole seconds, and a | behind the
// event also if there are no data.
func (r Row) String() string {
	return strconv.FormatInt(r.At.Unix(), 10) + "|" + r.untimed()
}

// untimed is the row without its time, which Asterisk gives to those that it writes.
func (r Row) untimed() string {
	return strings.Join([]string{r.Call, r.Queue, r.Agent, r.Event, r.data()}, "|")
}

func (r Row) data() string { return strings.Join(r.Data, "|") }

// The widths of the columns of Asterisk's own table.
const (
	widestCall  = 80
	widestName  = 80
	widestDatum = 100
)

// clean makes a field of a row of what may have come from anywhere. Programs cut rows at |, write them into SQL without a care for
// quotes, and cut fields at the width of their column. A | is a _ as in app_queue's own rows.
func clean(text string, widest int) string {
	text = strings.Map(func(r rune) rune {
		switch {
		case r == '|':
			return '_'
		case r == '\'' || r == '"' || r == '`' || r == '\\' || r == unicode.ReplacementChar:
			return -1
		case !unicode.IsPrint(r):
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, ""))
	text = strings.Join(strings.Fields(text), " ")
	if letters := []rune(text); len(letters) > widest {
		text = strings.TrimSpace(string(letters[:widest]))
	}
	return text
}

// named is a field that must not be empty.
func named(text string, widest int) string {
	if text = clean(text, widest); text == "" {
		return none
	}
	return text
}

// number is a datum that programs read as a whole number; empty or negative, it breaks their report.
func number[N int | int64](n N) string { return strconv.FormatInt(max(0, int64(n)), 10) }

// place is a position in line, from 1.
func place(n int) string { return number(max(1, n)) }
