// Command build makes the audio of the phrase catalogue: go run ./prompts/cmd/build.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"kezek/prompts"
	"kezek/prompts/build"
)

func main() {
	o := build.Options{Out: os.Stdout}
	flag.StringVar(&o.Dir, "dir", "prompts/audio", "folder of audio to bring up to date")
	flag.StringVar(&o.Company, "company", prompts.Company, "company that the phrases name")
	flag.StringVar(&o.Say, "say", "", "pronunciation of the company's name, in Cyrillic")
	flag.StringVar(&o.Engine, "engine", build.Engines[0], "synthesiser: "+strings.Join(build.Engines, " or "))
	flag.BoolVar(&o.Force, "force", false, "make every file again, also those that are up to date")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	result, err := build.Run(ctx, o)
	if err != nil {
		fmt.Fprintln(os.Stderr, "prompts:", err)
		os.Exit(1)
	}
	fmt.Printf("%s: %s\n", o.Dir, result)
}
