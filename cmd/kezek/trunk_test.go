package main

import (
	"testing"

	"kezek/config"
)

// A command takes no mightier token than it needs.
func TestTokenFor(t *testing.T) {
	all := []config.Token{{Token: "a", Role: config.Admin}, {Token: "s", Role: config.Supervisor}, {Token: "v", Role: config.Viewer}}
	for _, tt := range []struct {
		tokens []config.Token
		need   config.Role
		want   string
	}{
		{all, config.Viewer, "v"}, {all, config.Supervisor, "s"}, {all, config.Admin, "a"},
		{all[:2], config.Viewer, "s"}, {all[:1], config.Supervisor, "a"}, {all[2:], config.Supervisor, ""}, {nil, config.Viewer, ""},
	} {
		if got := tokenFor(tt.tokens, tt.need); got != tt.want {
			t.Errorf("%v for %s: %q, want %q", tt.tokens, tt.need, got, tt.want)
		}
	}
}
