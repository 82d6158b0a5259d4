package main

import (
	"cmp"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"kezek/daemon"
	"kezek/queue"
)

// form is what a value has to look like, whatever the config or the daemon know of it. It
// is held against it before either is asked.
type form struct {
	want string
	fits func(value string) bool
	// words are all that fit, where they are few. Files: it is the name of one.
	words []string
	files bool
}

// longestLine bounds what people write for people, in letters, as the API does.
const longestLine = 200

var (
	nameRE     = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,31}$`) // as in the config
	languageRE = regexp.MustCompile(`^[a-z]{2,3}$`)
	callbackRE = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$`)
)

var (
	someForm     = form{want: "some text", fits: func(v string) bool { return strings.TrimSpace(v) != "" }}
	fileForm     = form{want: "the name of a file or folder", fits: someForm.fits, files: true}
	nameForm     = form{want: "a name of the config: 1 to 32 letters, digits, - and _", fits: nameRE.MatchString}
	languageForm = form{want: "a language such as ru or ky", fits: languageRE.MatchString}
	callbackForm = form{want: "the id of a callback, as kezek callbacks shows it", fits: callbackRE.MatchString}
	numberForm   = form{want: "a telephone number such as +996555000001", fits: func(v string) bool { return daemon.Normalize(v) != "" }}
	lineForm     = form{want: fmt.Sprintf("one line of 1 to %d characters", longestLine), fits: isLine}
	dayForm      = form{want: "a date such as 2026-03-02", fits: func(v string) bool { _, err := time.Parse(time.DateOnly, v); return err == nil }}
	momentForm   = form{want: "such as 18:00, 2026-03-02 18:00 or 2026-03-02T18:00:00+06:00", fits: func(v string) bool {
		_, ok := pointInTime(v, time.Time{})
		return ok
	}}
	phoneForm   = form{want: "the id of an agent, or a phone such as PJSIP/1020", fits: regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.@/-]{0,99}$`).MatchString}
	penaltyForm = form{want: fmt.Sprintf("a whole number from 0 to %d, or config", queue.MostPenalty), fits: func(v string) bool {
		n, err := strconv.Atoi(v)
		return v == "config" || err == nil && n >= 0 && n <= queue.MostPenalty
	}}
	docsForm = form{want: "an address such as https://wiki.example.com/kezek/operate or file:///usr/share/doc/kezek/operate.md, without #", fits: isPage}
	urlForm  = form{want: "such as http://127.0.0.1:8086", fits: isURL}
)

// oneOf is the form of a value that is one of a few words.
func oneOf[T ~string](words []T) form {
	all := texts(words)
	f := form{want: "one of " + strings.Join(all, ", "), words: all, fits: func(value string) bool { return slices.Contains(all, value) }}
	if len(all) == 1 {
		f.want = all[0]
	}
	return f
}

func texts[T ~string](words []T) (all []string) {
	for _, w := range words {
		all = append(all, string(w))
	}
	return all
}

func isLine(value string) bool {
	return strings.TrimSpace(value) != "" && utf8.RuneCountInString(value) <= longestLine && !strings.ContainsFunc(value, unicode.IsControl)
}

// pointInTime reads a time of the clock of now, of its day if none is named, or RFC 3339.
func pointInTime(value string, now time.Time) (at time.Time, ok bool) {
	if at, err := time.Parse(time.RFC3339, value); err == nil {
		return at, true
	}
	for _, full := range []string{value, now.Format(time.DateOnly) + " " + value} {
		if at, err := time.ParseInLocation("2006-01-02 15:04", full, now.Location()); err == nil {
			return at, true
		}
	}
	return time.Time{}, false
}

// complete says how the values of a flag are completed.
func (f form) complete(cmd *cobra.Command, name string, how completion) {
	switch {
	case how != nil:
	case f.files:
		return // as a shell does by itself
	case f.words != nil:
		how = cobra.FixedCompletions(f.words, cobra.ShellCompDirectiveNoFileComp)
	default:
		how = cobra.NoFileCompletions
	}
	completeFlag(cmd, name, how)
}

// argument is one that a command takes.
type argument struct {
	// name is as the usage has it.
	name string
	form form
}

// arguments takes exactly these.
func arguments(all ...argument) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) != len(all) {
			var names []string
			for _, a := range all {
				names = append(names, a.name)
			}
			want := cmp.Or(strings.Join(names, " "), "no arguments")
			return usageError{fmt.Errorf("want %s after %s, %s; see --help", want, cmd.CommandPath(), instead(args))}
		}
		for i, a := range all {
			if err := a.check(cmd, args[i]); err != nil {
				return err
			}
		}
		return nil
	}
}

func (a argument) check(cmd *cobra.Command, value string) error {
	if a.form.fits(value) {
		return nil
	}
	return usageError{fmt.Errorf("%s: %q is not allowed: want %s; see %s --help", a.name, value, a.form.want, cmd.CommandPath())}
}

// instead says what was given.
func instead(args []string) string {
	if len(args) == 0 {
		return "but nothing was given"
	}
	return "not " + strings.Trim(fmt.Sprintf("%q", args), "[]")
}

// isPage: it can be put into a file of YAML as it is, and a place in the page behind it.
func isPage(v string) bool {
	u, err := url.Parse(v)
	return err == nil && slices.Contains([]string{"https", "http", "file"}, u.Scheme) && (u.Host != "" || u.Scheme == "file") && !strings.ContainsAny(v, " '\"#{}\\\t\r\n")
}
