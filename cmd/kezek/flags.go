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

// checked is a flag that takes what fits, and can say what that is.
type checked struct {
	// kind is the type by which the help and cobra know it.
	kind, want string
	// usual is the value that it has without being given, as the help shows it.
	usual string
	// set takes a value over; it reports false for one that does not fit.
	set func(value string) bool
}

// errNotWanted is replaced by [wrongFlag] with words that name the flag.
var errNotWanted = errors.New("is not allowed")

// Set implements [pflag.Value].
func (c checked) Set(value string) error {
	if !c.set(value) {
		return errNotWanted
	}
	return nil
}

// String implements [pflag.Value].
func (c checked) String() string { return c.usual }

// Type implements [pflag.Value].
func (c checked) Type() string { return c.kind }

// taken sets what a value means, if it fits.
func taken[T any](to *T, v T, fits bool) bool {
	if fits {
		*to = v
	}
	return fits
}

// textFlag is a flag whose value has a form.
func textFlag(to *string, usual string, f form) checked {
	*to = usual
	return checked{"string", f.want, usual, func(value string) bool { return taken(to, value, f.fits(value)) }}
}

// countFlag is a flag that is a number within bounds.
func countFlag(to *int, usual, least, most int) checked {
	*to = usual
	return checked{"int", fmt.Sprintf("a whole number from %d to %d", least, most), strconv.Itoa(usual), func(value string) bool {
		n, err := strconv.Atoi(value)
		return taken(to, n, err == nil && n >= least && n <= most)
	}}
}

// durationFlag is a flag that is written as times of the config are: 90s, 2h, 2d.
func durationFlag(to *time.Duration, most time.Duration) checked {
	want := fmt.Sprintf("a time with its unit, such as 90s, 2h or 2d, more than 0 and at most %dd", int(most.Hours())/24)
	return checked{"duration", want, "", func(value string) bool {
		v, err := config.ParseDuration(value)
		return taken(to, v, err == nil && v > 0 && v <= most)
	}}
}

// give adds a flag with the values it takes. They are completed with how, or with the words of the form, or as the names of files.
func give(cmd *cobra.Command, to *string, name, usual string, f form, usage string, how completion) {
	cmd.Flags().Var(textFlag(to, usual, f), name, usage)
	f.complete(cmd, name, how)
}

// giveList is [give] for several values: joined by commas, or by giving the flag again.
func giveList(cmd *cobra.Command, to *[]string, name string, f form, usage string, how completion) {
	cmd.Flags().Var(checked{"stringSlice", f.want + ", or several joined by commas", "", func(value string) bool {
		parts := strings.Split(value, ",")
		return taken(to, append(*to, parts...), !slices.ContainsFunc(parts, func(part string) bool { return !f.fits(part) }))
	}}, name, usage)
	f.complete(cmd, name, how)
}

// wrongFlag says in the words of a user what is wrong with the flags.
func wrongFlag(cmd *cobra.Command, err error) error {
	if invalid := (*pflag.InvalidValueError)(nil); errors.As(err, &invalid) {
		f, want := invalid.GetFlag(), "true or false" // all other flags are switches
		if c, ok := f.Value.(checked); ok {
			want = c.want
		}
		err = fmt.Errorf("--%s: %q is not allowed: want %s", f.Name, invalid.GetValue(), want)
	}
	return usageError{fmt.Errorf("%w; see %s --help", err, cmd.CommandPath())}
}
