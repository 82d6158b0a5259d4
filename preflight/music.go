package preflight

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// Music on hold: ARI does not tell of its classes, Asterisk's console on this machine does.

// classes reads what the console says of classes: "Class: NAME", then lines such as "File: PATH", of which it takes those of one name.
func classes(text, taken string) map[string][]string {
	is, class := map[string][]string{}, ""
	for line := range strings.Lines(text) {
		switch name, value, _ := strings.Cut(strings.TrimSpace(line), ": "); name {
		case "Class":
			class = value
			is[class] = nil
		case taken:
			is[class] = append(is[class], value)
		}
	}
	return is
}

// runs reports whether an identity may run a program, which may have arguments behind it; what cannot be tried is no fault.
func (l listener) runs(root *os.File, command string) (ok bool) {
	program, _, _ := strings.Cut(command, " ")
	err := l.as(func() {
		f, err := openIn(root, program, unix.O_PATH)
		if err != nil {
			return
		}
		defer f.Close()
		ok = unix.Faccessat2(int(f.Fd()), "", unix.X_OK, unix.AT_EACCESS|unix.AT_EMPTY_PATH) == nil
	})
	return ok || err != nil
}

// checkMusic looks whether what callers wait with can be played.
func (s *Site) checkMusic(ctx context.Context, console *consoleHere, modules map[string]bool) (found []Finding) {
	all, err := console.ask(ctx, "moh show classes")
	files, err2 := console.ask(ctx, "moh show files")
	known, err3 := console.ask(ctx, "core show file formats")
	if err = cmp.Or(err, err2, err3); err != nil {
		return []Finding{warning("run it as root: sudo kezek check", "the music classes and their formats are not known: %v", err)}
	}
	l, root := console.listener, console.root
	programs, broken := classes(all, "Application"), map[string]error{}
	for class, names := range classes(files, "File") {
		broken[class] = l.reads(root, names, fileFormats(known), modules)
	}
	for class, commands := range programs {
		for _, command := range commands {
			if program, _, _ := strings.Cut(command, " "); strings.HasPrefix(program, "/") && !l.runs(root, program) {
				broken[class] = fmt.Errorf("%s cannot be run", program)
			}
		}
	}
	plays := func(class string) bool {
		_, there := programs[class]
		return there && broken[class] == nil // streams and programs have no files
	}
	const (
		reload  = "then: asterisk -rx 'moh reload'"
		fix     = "check the class in musiconhold.conf and the rights of its folder, " + reload
		convert = "convert it to a format that Asterisk reads (asterisk -rx 'core show file formats'), such as: ffmpeg -i FILE -ar 8000 -ac 1 -c:a pcm_s16le FILE.wav; " +
			"or load the module for it (format_mp3 for mp3); " + reload
	)
	wanted := map[string][]string{"default": {"callers on hold"}}
	for _, name := range slices.Sorted(maps.Keys(s.Config.Rules.Queues)) {
		class := cmp.Or(s.Config.Rules.Queues[name].Music, "default")
		wanted[class] = append(wanted[class], "queue "+name)
	}
	for _, class := range slices.Sorted(maps.Keys(wanted)) {
		_, there := programs[class]
		switch {
		case plays(class):
		case !there && class != "default" && plays("default"):
			found = append(found, warning("write the class in musiconhold.conf, then: asterisk -rx 'moh reload'; or correct music in the config",
				"there is no music class %s (%s): the class default is played", class, few(wanted[class])))
		case there && errors.Is(broken[class], errFormat):
			found = append(found, fault(convert, "Asterisk plays no file of the music class %s (%s): %v: silence", class, few(wanted[class]), broken[class]))
		case there:
			found = append(found, fault(fix, "Asterisk cannot read a file of the music class %s, or run its program (%s): %v: silence", class, few(wanted[class]), broken[class]))
		default:
			found = append(found, fault(fix, "there is no music class %s with a file (%s): silence", class, few(wanted[class])))
		}
	}
	return found
}
