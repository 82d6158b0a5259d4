package config

import (
	"errors"
	"strings"
	"testing"
)

func TestGuarded(t *testing.T) {
	if err := guarded(func() error { var none []int; _ = none[len(none)]; return nil }); err == nil || !strings.Contains(err.Error(), "index out of range") {
		t.Error(err)
	}
	plain := errors.New("plain")
	if err := guarded(func() error { return plain }); err != plain {
		t.Error(err)
	}
}
