package lab

import (
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
)

// Kezek runs one command of the daemon's program with the lab's config, such
// as "agents", and returns what it prints.
func (l *Lab) Kezek(ctx context.Context, args ...string) (string, error) {
	if l.binary == "" {
		return "", errNotBuilt
	}
	cmd := exec.CommandContext(ctx, l.binary, append(args, "--config", l.config())...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		return out.String(), fmt.Errorf("kezek %v: %w: %s", args, err, bytes.TrimSpace(errs.Bytes()))
	}
	return out.String(), nil
}

// Prompts is the folder of the prompts that Asterisk plays, by language.
func (l *Lab) Prompts() string { return filepath.Join(l.asteriskDir(), "data", "sounds", "kezek") }

// Music is the folder of the music on hold.
func (l *Lab) Music() string { return filepath.Join(l.installation.root, l.installation.data, "moh") }
