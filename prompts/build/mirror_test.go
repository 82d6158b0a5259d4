package build

import (
	"os/exec"
	"testing"
)

func TestMirrorOf(t *testing.T) {
	if _, err := exec.LookPath("apt-get"); err != nil {
		t.Skip("no apt-get on this machine")
	}
	if uri, err := mirrorOf("no-such-suite"); err == nil {
		t.Errorf("a suite that is not there comes from %s", uri)
	}
}
