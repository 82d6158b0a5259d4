package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"go.uber.org/zap"

	"kezek/config"
	"kezek/daemon"
	"kezek/state"
)

// tellEvery is how often a long removal says that it goes on.
const tellEvery = 10 * time.Second

func (a *app) uninstallCommand() *cobra.Command {
	var theState bool
	var r removal
	cmd := &cobra.Command{
		Use: "uninstall", Short: "Remove a site's state: its keys in Redis and its spool", Args: arguments(),
		Long: "Remove all keys of the config's site from Redis, and the spool file: promised callbacks, agents' log-ins, timesheets, remembered data\n" +
			"of callers. Other sites and programs in the same Redis keep theirs. It shows what is there and asks before it removes anything.",
		Example: "  kezek uninstall --state --dry-run\n  kezek uninstall --state",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if !theState {
				return usageError{errors.New("say what to remove: --state")}
			}
			if r.yes && r.dry {
				return usageError{errors.New("--yes and --dry-run: want one of them")}
			}
			c, err := loadConfig(a.configPath)
			if err != nil {
				return err
			}
			r.answer = bufio.NewReader(cmd.InOrStdin())
			return a.removeState(cmd.Context(), c, r)
		},
	}
	cmd.Flags().BoolVar(&theState, "state", false, "remove the state of the site")
	cmd.Flags().BoolVar(&r.dry, "dry-run", false, "only show what there is to remove")
	cmd.Flags().BoolVar(&r.yes, "yes", false, "do not ask")
	cmd.Flags().BoolVar(&r.force, "force", false, "also while a daemon owns the site; a running daemon writes everything again")
	return cmd
}

// removal is how the state is removed.
type removal struct {
	dry, yes, force bool
	answer          *bufio.Reader
}

func (a *app) removeState(ctx context.Context, c *config.Config, r removal) error {
	store, err := state.New(daemon.StoreOptions(c, zap.NewNop()))
	if err != nil {
		return err
	}
	defer store.Close()

	if err := free(ctx, store, c.Site, r); err != nil {
		return err
	}
	found, err := telling(a, store.Inventory)(ctx)
	if err != nil {
		return fmt.Errorf("redis: %w", err)
	}
	files, err := spoolFiles(c.Spool)
	if err != nil {
		return err
	}
	fmt.Fprintf(a.out, "site %s in Redis: %s", c.Site, several(found.Total(), "key"))
	if found.Total() > 0 {
		fmt.Fprintf(a.out, " (%s)", found)
	}
	fmt.Fprintln(a.out)
	for _, f := range files {
		fmt.Fprintf(a.out, "spool: %s (%s)\n", f, promised(f))
	}
	switch {
	case found.Total() == 0 && len(files) == 0:
		fmt.Fprintln(a.out, "there is nothing to remove")
		return nil
	case r.dry:
		return nil
	case !r.yes:
		fmt.Fprintf(a.out, "Promised callbacks, timesheets and all other data of this site will be lost. Type its name, %s, to remove them: ", c.Site)
		answer, _ := r.answer.ReadString('\n') // at the end of the input what came counts
		if strings.TrimSpace(answer) != c.Site {
			fmt.Fprintln(a.out)
			return errors.New("not confirmed: nothing was removed")
		}
	}
	if err := free(ctx, store, c.Site, r); err != nil { // a daemon may have started meanwhile
		return err
	}
	n, err := telling(a, store.Remove)(ctx)
	if err != nil {
		return fmt.Errorf("%s removed, then: %w", several(n, "key"), err)
	}
	for _, f := range files {
		if err := os.Remove(f); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	fmt.Fprintf(a.out, "removed: %s, %s\n", several(n, "key"), several(len(files), "file"))
	if left, err := telling(a, store.Inventory)(ctx); err != nil || left.Total() > 0 {
		return errors.Join(err, fmt.Errorf("site %s has keys again (%s): a daemon still writes them. Stop it, then run this again", c.Site, left))
	}
	return nil
}

// free refuses while a daemon owns the site: it would write everything again, or lose what it must keep.
func free(ctx context.Context, store *state.Store, site string, r removal) error {
	owner, owned, err := store.Owned(ctx)
	switch {
	case err != nil:
		return fmt.Errorf("redis: %w", err)
	case owned && !r.force && !r.dry:
		return fmt.Errorf("a daemon owns site %s: instance %s (%s). Stop it on every machine: systemctl disable --now kezek. One that died a moment ago is forgotten after 5 s",
			site, printable(owner.Instance), printable(owner.Process))
	}
	return nil
}

// telling makes what takes long say that it goes on.
func telling[T any](a *app, do func(context.Context) (T, error)) func(context.Context) (T, error) {
	return func(ctx context.Context) (T, error) {
		ended := make(chan struct{})
		defer close(ended)
		go func() {
			tick := time.NewTicker(tellEvery)
			defer tick.Stop()
			for {
				select {
				case <-ended:
					return
				case <-tick.C:
					fmt.Fprintln(a.errs, "kezek: still going through the keys of Redis")
				}
			}
		}()
		return do(ctx)
	}
}

// spoolFiles are the spool, and what was left or moved aside beside it.
func spoolFiles(spool string) (files []string, err error) {
	if spool == "" {
		return nil, nil
	}
	entries, err := os.ReadDir(filepath.Dir(spool))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	for _, e := range entries {
		if name := e.Name(); e.Type().IsRegular() && (name == filepath.Base(spool) || strings.HasPrefix(name, filepath.Base(spool)+".")) {
			files = append(files, filepath.Join(filepath.Dir(spool), name))
		}
	}
	return files, err
}

// promised tells how many callbacks a spool file holds.
func promised(file string) string {
	if strings.HasSuffix(file, state.MarkSuffix) {
		return "this machine's record of the site"
	}
	data, _ := os.ReadFile(file) // nothing is no JSON
	var callbacks []json.RawMessage
	if json.Unmarshal(data, &callbacks) != nil {
		return "cannot be read"
	}
	return several(len(callbacks), "promised callback")
}
