package main

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"kezek/config"
)

// wanted is a flag that knows what it takes.
type wanted interface {
	pflag.Value
	want() string
}

// errNotWanted is replaced by [wrongFlag] with words that name the flag.
var errNotWanted = errors.New("is not allowed")

// textFlag is a flag whose value has a form.
type textFlag struct {
	to   *string
	form form
}

// Set implements [pflag.Value].
func (t textFlag) Set(value string) error {
	if !t.form.fits(value) {
		return errNotWanted
	}
	*t.to = value
	return nil
}

// String implements [pflag.Value].
func (t textFlag) String() string {
	if t.to == nil { // pflag asks a zero value
		return ""
	}
	return *t.to
}

// Type implements [pflag.Value].
func (textFlag) Type() string   { return "string" }
func (t textFlag) want() string { return t.form.want }

// listFlag is a flag that takes several values of a form: joined by commas, or by giving it again.
type listFlag struct {
	to   *[]string
	form form
}

// Set implements [pflag.Value].
func (l listFlag) Set(value string) error {
	parts := strings.Split(value, ",")
	if slices.ContainsFunc(parts, func(part string) bool { return !l.form.fits(part) }) {
		return errNotWanted
	}
	*l.to = append(*l.to, parts...)
	return nil
}

// String implements [pflag.Value].
func (l listFlag) String() string {
	if l.to == nil {
		return ""
	}
	return strings.Join(*l.to, ",")
}

// Type implements [pflag.Value]. By it cobra knows that it may stand there again.
func (listFlag) Type() string   { return "stringSlice" }
func (l listFlag) want() string { return l.form.want + ", or several joined by commas" }

// countFlag is a flag that is a number within bounds.
type countFlag struct {
	to          *int
	least, most int
}

// Set implements [pflag.Value].
func (c countFlag) Set(value string) error {
	n, err := strconv.Atoi(value)
	if err != nil || n < c.least || n > c.most {
		return errNotWanted
	}
	*c.to = n
	return nil
}

// String implements [pflag.Value].
func (c countFlag) String() string {
	if c.to == nil {
		return ""
	}
	return strconv.Itoa(*c.to)
}

// Type implements [pflag.Value].
func (countFlag) Type() string   { return "int" }
func (c countFlag) want() string { return fmt.Sprintf("a whole number from %d to %d", c.least, c.most) }

// durationFlag is a flag that is written as times of the config are: 90s, 2h, 2d.
type durationFlag struct {
	to   *time.Duration
	most time.Duration
}

// Set implements [pflag.Value].
func (d durationFlag) Set(value string) error {
	v, err := config.ParseDuration(value)
	if err != nil || v <= 0 || v > d.most {
		return errNotWanted
	}
	*d.to = v
	return nil
}

// String implements [pflag.Value].
func (d durationFlag) String() string {
	if d.to == nil || *d.to == 0 {
		return ""
	}
	return d.to.String()
}

// Type implements [pflag.Value].
func (durationFlag) Type() string { return "duration" }
func (d durationFlag) want() string {
	return fmt.Sprintf("a time with its unit, such as 90s, 2h or 2d, more than 0 and at most %dd", int(d.most.Hours())/24)
}

// give adds a flag with the values it takes. They are completed with how, or with the words of the form, or as the names of files.
func give(cmd *cobra.Command, to *string, name, usual string, f form, usage string, how completion) {
	*to = usual
	cmd.Flags().Var(textFlag{to, f}, name, usage)
	f.complete(cmd, name, how)
}

// giveList is [give] for several values.
func giveList(cmd *cobra.Command, to *[]string, name string, f form, usage string, how completion) {
	cmd.Flags().Var(listFlag{to, f}, name, usage)
	f.complete(cmd, name, how)
}

// wrongFlag says in the words of a user what is wrong with the flags.
func wrongFlag(cmd *cobra.Command, err error) error {
	if invalid := (*pflag.InvalidValueError)(nil); errors.As(err, &invalid) {
		f, want := invalid.GetFlag(), "true or false" // all other flags are switches
		if w, ok := f.Value.(wanted); ok {
			want = w.want()
		}
		err = fmt.Errorf("--%s: %q is not allowed: want %s", f.Name, invalid.GetValue(), want)
	}
	return usageError{fmt.Errorf("%w; see %s --help", err, cmd.CommandPath())}
}
