package config

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// A token ends with the last second of its day in the site's time zone, or at a moment.
func TestTokensEnd(t *testing.T) {
	path := write(t, 0o600,
		"tokens.yaml", `tokens:
  - {name: a, token: 0123456789abcdef, role: wall, queues: [sales], until: 2027-12-31}
  - {name: b, token: 0123456789abcdeg, role: viewer, until: "2027-12-31T18:00:00Z"}
  - {name: c, token: 0123456789abcdeh, role: viewer}
`,
		"kezek.yaml", small+"asterisk: {password: x}\nops: {tokens_file: tokens.yaml}\n")
	c, err := Load(filepath.Join(filepath.Dir(path), "kezek.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	day := time.Date(2028, 1, 1, 0, 0, 0, 0, c.Rules.Location)
	if tk := c.Ops.Tokens; !tk[0].Ends.Equal(day) || !slices.Equal(tk[0].Queues, []string{"sales"}) || !tk[1].Ends.Equal(time.Date(2027, 12, 31, 18, 0, 0, 0, time.UTC)) || !tk[2].Ends.IsZero() {
		t.Errorf("%+v", tk)
	}
}

// What is set about sign-on is taken; what would let nobody in is warned of.
func TestSignOn(t *testing.T) {
	of := func(text string) *Config {
		t.Helper()
		c, err := Parse("kezek.yaml", []byte(small+"asterisk: {password: x}\nops:\n  tokens_file: x\n  trusted_proxies: [127.0.0.1]\n  sign_on: "+text+"\n"))
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	c := of("{groups: {leads: {role: supervisor}}, proxy: {on: true, user: x-user, groups: \"\"}}")
	if p := c.Ops.SignOn.Proxy; !p.On || p.User != "X-User" || p.Groups != "" || p.Email != "X-Forwarded-Email" || c.Ops.SignOn.Lasts != 12*time.Hour || len(c.Warnings) > 0 {
		t.Errorf("%+v, %q", p, c.Warnings)
	}
	for _, text := range []string{"{proxy: {on: true}}", "{oidc: {issuer: \"https://id.example\", client_id: kezek, redirect: \"https://k.example/auth/callback\"}}"} {
		if c := of(text); len(c.Warnings) != 1 || !strings.Contains(c.Warnings[0], "nobody who signs on has a role") {
			t.Errorf("%s: %q", text, c.Warnings)
		}
	}
}
