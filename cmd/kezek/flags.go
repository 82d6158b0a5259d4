package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"kezek/config"
)

// duration is a flag that is written as times of the config are: 90s, 2h, 2d.
type duration time.Duration

// Set implements [pflag.Value].
func (d *duration) Set(text string) error {
	v, err := config.ParseDuration(text)
	*d = duration(v)
	return err
}

// String implements [pflag.Value].
func (d *duration) String() string {
	if *d == 0 {
		return ""
	}
	return time.Duration(*d).String()
}

// Type implements [pflag.Value].
func (*duration) Type() string { return "duration" }

// wantOf says what a flag of a type takes.
var wantOf = map[string]string{
	"int": "a whole number", "bool": "true or false", "duration": "a time with its unit, such as 90s, 2h or 2d",
}

// wrongFlag says in the words of a user what is wrong with the flags.
func wrongFlag(cmd *cobra.Command, err error) error {
	if invalid := (*pflag.InvalidValueError)(nil); errors.As(err, &invalid) {
		f := invalid.GetFlag()
		if want, known := wantOf[f.Value.Type()]; known {
			err = fmt.Errorf("--%s: %q is not allowed: want %s", f.Name, invalid.GetValue(), want)
		}
	}
	return usageError{fmt.Errorf("%w; see %s --help", err, cmd.CommandPath())}
}
