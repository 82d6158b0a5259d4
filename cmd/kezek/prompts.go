package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/spf13/cobra"

	"kezek/config"
	"kezek/preflight"
	"kezek/prompts"
	"kezek/prompts/build"
)

// promptFlags say which folder of audio, and for which company it was made.
type promptFlags struct{ dir, company string }

func (f *promptFlags) addCompany(cmd *cobra.Command) {
	give(cmd, &f.company, "company", "", someForm, "company that the phrases name (default company of the config)", nil)
}

// complete takes from the config what the flags do not tell. With a folder
// given it may be on a machine that has no config.
func (a *app) complete(f *promptFlags) error {
	if f.dir != "" && f.company != "" {
		return nil
	}
	c, err := config.Load(a.configPath)
	switch {
	case errors.Is(err, fs.ErrNotExist) && f.dir != "":
		c = &config.Config{Company: prompts.Company}
	case err != nil:
		return usageError{err}
	}
	f.dir, f.company = cmp.Or(f.dir, c.Prompts.Dir), cmp.Or(f.company, c.Company)
	return nil
}

// onFolder completes a command that does something with a folder of audio.
func (a *app) onFolder(cmd *cobra.Command, do func(ctx context.Context, f promptFlags, args []string) error) *cobra.Command {
	var f promptFlags
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if err := a.complete(&f); err != nil {
			return err
		}
		return do(cmd.Context(), f, args)
	}
	give(cmd, &f.dir, "dir", "", fileForm, "folder of the audio (default prompts.dir of the config)", nil)
	f.addCompany(cmd)
	return cmd
}

func (a *app) promptsCommand() *cobra.Command {
	return group("prompts", "What Kezek says: list, check, install, accept, build",
		a.promptsList(), a.promptsCheck(), a.promptsInstall(), a.promptsAccept(), a.promptsBuild())
}

func (a *app) promptsList() *cobra.Command {
	var f promptFlags
	var language string
	var asJSON bool
	cmd := &cobra.Command{
		Use: "list", Short: "List every recording with its text", Args: arguments(),
		RunE: func(*cobra.Command, []string) error {
			f.dir = "." // does not matter here
			if err := a.complete(&f); err != nil {
				return err
			}
			type line struct {
				File string `json:"file"`
				Text string `json:"text"`
			}
			var lines []line
			var rows [][]string
			for _, l := range prompts.Lines(f.company) {
				if language == "" || l.Lang == language {
					lines = append(lines, line{l.File(), l.Text})
					rows = append(rows, []string{l.File(), l.Text})
				}
			}
			if asJSON {
				return printPlainJSON(a.out, lines)
			}
			return table(a.out, []string{"FILE", "WORDS"}, rows)
		},
	}
	f.addCompany(cmd)
	give(cmd, &language, "language", "", oneOf(prompts.Languages()), "only this language", nil)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print it as JSON")
	return cmd
}

func (a *app) promptsCheck() *cobra.Command {
	var asJSON bool
	cmd := a.onFolder(&cobra.Command{
		Use: "check", Short: "Find files that are missing, stale, silent, clipped or of a wrong format", Args: arguments(),
	}, func(_ context.Context, f promptFlags, _ []string) error {
		return a.report(preflight.Prompts(f.dir, f.company), asJSON)
	})
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the findings as JSON")
	return cmd
}

func (a *app) promptsInstall() *cobra.Command {
	return a.onFolder(&cobra.Command{
		Use: "install", Short: "Install the audio for Asterisk, or update it", Args: arguments(),
		Long: "Install the audio for Asterisk, or update it after an upgrade. It may run at any time.\n" +
			"Recordings that were accepted, and audio built for the site's own company, are left alone.",
	}, func(_ context.Context, f promptFlags, _ []string) error {
		done, err := prompts.Install(f.dir, f.company)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(a.out, "%s: %s\n", f.dir, done)
		return err
	})
}

func (a *app) promptsAccept() *cobra.Command {
	return a.onFolder(&cobra.Command{
		Use: "accept FILE", Short: "Accept a file as a recording of the phrase that it is named after", Args: arguments(argument{"FILE", fileForm}),
	}, func(_ context.Context, f promptFlags, args []string) error {
		e, err := prompts.Accept(f.dir, f.company, args[0])
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(a.out, "%s: a recording of %.1f s that says: %s\n", e.File, e.Seconds, e.Text)
		return err
	})
}

func (a *app) promptsBuild() *cobra.Command {
	o := build.Options{Site: true}
	cmd := a.onFolder(&cobra.Command{
		Use: "build", Short: "Synthesise the phrases with the company's own name", Args: arguments(),
		Long: "Make the audio that is missing or stale. Shipped audio is used where it fits; phrases that name the site's own company are\n" +
			"spoken by a speech synthesiser, which is installed if this runs as root on Debian.",
	}, func(ctx context.Context, f promptFlags, _ []string) error {
		o.Dir, o.Company, o.Out = f.dir, f.company, a.out
		done, err := build.Run(ctx, o)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(a.out, "%s: %s\n", f.dir, done)
		return err
	})
	give(cmd, &o.Say, "say", "", someForm, "pronunciation of the company's name, in Cyrillic", nil)
	give(cmd, &o.Engine, "engine", build.Engines[0], oneOf(build.Engines), "synthesiser: "+strings.Join(build.Engines, " or "), nil)
	cmd.Flags().BoolVar(&o.Force, "force", false, "synthesise every phrase again, also those that are up to date")
	return cmd
}
