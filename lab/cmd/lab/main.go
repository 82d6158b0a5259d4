// Command lab sets up and runs the private exchange of package lab.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	root := &cobra.Command{
		Use:           "lab",
		Short:         "A private exchange: real Asterisk, real Redis, and Kezek",
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.AddCommand(setup(), up(), down(), status(), run(), demo(), benchmark())
	if err := root.ExecuteContext(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "lab:", strings.TrimSpace(err.Error()))
		os.Exit(1)
	}
}
