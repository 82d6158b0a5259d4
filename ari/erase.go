package ari

import (
	"context"
	"fmt"
	"os"
)

// DeleteRecording has Asterisk delete both files of a recording of ours: what the caller said, and what they heard. Dir is Asterisk's
// folder of recordings, if it can be read here. A file that is not there any more is no error.
func (e *Exchange) DeleteRecording(ctx context.Context, dir, name string) error {
	root, err := os.OpenRoot(dir)
	if err == nil {
		defer root.Close()
	} else {
		root = nil
	}
	for _, side := range []string{"-caller", "-agent"} {
		if !recordingName.MatchString(name + side) {
			return fmt.Errorf("%q is no name of a recording", name)
		}
		if err := e.deleteRecording(ctx, root, name+side); err != nil {
			return err
		}
	}
	return nil
}
