package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"kezek/config"
	"kezek/queue"
)

// Checks of what callbacks stand on: the trunk, the spool, and the minutes that callers hear.

// trunkEndpoint is the endpoint behind a dial string that Asterisk can be
// asked about: PJSIP/carrier for "PJSIP/{number}@carrier"; "" if there is none.
func trunkEndpoint(dial string) string {
	_, name, ok := strings.Cut(dial, "@")
	if !ok || !strings.HasPrefix(dial, "PJSIP/") {
		return ""
	}
	return "PJSIP/" + name
}

// checkTrunk asks Asterisk for the trunk. That Asterisk does not answer is told elsewhere.
func checkTrunk(ctx context.Context, c *config.Config) []finding {
	endpoint := trunkEndpoint(c.Trunk.Dial)
	if endpoint == "" {
		return nil
	}
	var is struct{ State string }
	switch fromARI(ctx, c, "/endpoints/"+endpoint, &is) {
	case http.StatusOK:
	case http.StatusNotFound:
		return []finding{{areaAsterisk, isError, fmt.Sprintf("endpoint %s of trunk.dial does not exist: no client can be called back", endpoint),
			"define it in pjsip.conf, or correct trunk.dial"}}
	default:
		return nil
	}
	if is.State == "offline" {
		return []finding{{areaAsterisk, isWarning, fmt.Sprintf("the trunk %s cannot be reached: no client can be called back now", endpoint),
			"look at: asterisk -rx 'pjsip show endpoint " + strings.TrimPrefix(endpoint, "PJSIP/") + "'"}}
	}
	return []finding{{areaAsterisk, isInfo, "clients are called back over " + endpoint, ""}}
}

// spoolFault says why this user cannot keep promises in a file. It changes nothing.
func spoolFault(path string) error {
	const (
		read, write, enter = 4, 2, 1 // access(2)
	)
	dir := filepath.Dir(path)
	if info, err := os.Stat(dir); err != nil {
		return err
	} else if !info.IsDir() {
		return fmt.Errorf("%s is no folder", dir)
	}
	if err := syscall.Access(dir, write|enter); err != nil {
		return fmt.Errorf("this user cannot write into %s: %w", dir, err)
	}
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case !info.Mode().IsRegular():
		return fmt.Errorf("%s is no file", path)
	}
	if err := syscall.Access(path, read); err != nil {
		return fmt.Errorf("this user cannot read %s: %w", path, err)
	}
	return nil
}

// checkSpool looks at the spool, if anybody may be called back at all.
func checkSpool(c *config.Config) []finding {
	const lost = ": no callback can be promised while Redis is away"
	switch err := spoolFault(c.Spool); {
	case c.Rules.Trunk.Allowed == nil:
		return []finding{{areaSpool, isInfo, "not needed: trunk lets no number be called back", ""}}
	case c.Spool == "":
		return []finding{{areaSpool, isWarning, "there is none" + lost, "set spool to a file on a local disk"}}
	case err != nil:
		return []finding{{areaSpool, isWarning, err.Error() + lost, "install -d -o kezek -g kezek -m 750 " + filepath.Dir(c.Spool) + ", or correct spool"}}
	}
	return []finding{{areaSpool, isInfo, c.Spool + " can keep promises while Redis is away", ""}}
}

// checkMinutes compares what callers are promised with what they hear. The
// words name the most that a config may set, so they are never untrue.
func checkMinutes(rules *queue.Rules) []finding {
	var found []finding
	spoken := queue.DefaultCallback().Information
	for _, name := range slices.Sorted(maps.Keys(rules.Queues)) {
		if due := rules.Queues[name].Callback.Information; due != spoken {
			found = append(found, finding{areaPrompts, isWarning,
				fmt.Sprintf("queues.%s.callback.information is %gm, but callers hear %gm", name, due.Minutes(), spoken.Minutes()),
				"take the default, or record callback-offer and callback-confirmed anew"})
		}
	}
	return found
}
