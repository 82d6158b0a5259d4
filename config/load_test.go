package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"kezek/queue"
)

const small = `
site: bishkek
company: Skynet
timezone: Asia/Bishkek
languages: [ru]
queues: {sales: {did: ["+996312900800"]}}
agents: {"1012": {endpoint: PJSIP/1012, languages: [ru], queues: [sales], pin: "4821"}}
`

// write puts files into a folder and returns the path of the last one.
func write(t *testing.T, mode os.FileMode, files ...string) string {
	t.Helper()
	dir, path := t.TempDir(), ""
	for i := 0; i < len(files); i += 2 {
		path = filepath.Join(dir, files[i])
		if err := os.WriteFile(path, []byte(files[i+1]), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, mode); err != nil { // whatever the umask is
			t.Fatal(err)
		}
	}
	return path
}

func TestPasswordComesFromEnvironmentFileOrConfig(t *testing.T) {
	inFile := small + "asterisk: {password_file: ari.txt}\nredis: {password_file: redis.txt}\n"
	inConfig := small + "asterisk: {password: in-config}\nredis: {url: \"redis://kezek:in-url@127.0.0.1/0\"}\n"
	for name, test := range map[string]struct{ config, env, ari, redis string }{
		"file":                 {inFile, "", "in-ari-file", "in redis file"},
		"config":               {inConfig, "", "in-config", "in-url"},
		"environment":          {small, "in-env", "in-env", "in-env"},
		"environment, file":    {inFile, "in-env", "in-env", "in-env"},
		"environment, config":  {inConfig, "in-env", "in-env", "in-env"},
		"environment, no file": {strings.ReplaceAll(inFile, ".txt", ".none"), "in-env", "in-env", "in-env"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("KEZEK_ARI_PASSWORD", test.env)
			t.Setenv("KEZEK_REDIS_PASSWORD", test.env)
			path := write(t, 0o640, "ari.txt", "in-ari-file", "redis.txt", "in redis file\r\n", "kezek.yaml", test.config)
			c, err := Load(path)
			if err != nil {
				t.Fatal(err)
			}
			if string(c.Asterisk.Password) != test.ari || string(c.Redis.Password) != test.redis {
				t.Errorf("passwords %q and %q", string(c.Asterisk.Password), string(c.Redis.Password))
			}
			if strings.Contains(c.Redis.URL, "in-url") || len(c.Warnings) > 0 {
				t.Errorf("URL %q, warnings %q", c.Redis.URL, c.Warnings)
			}
		})
	}
}

func TestLoadFails(t *testing.T) {
	t.Setenv("KEZEK_ARI_PASSWORD", "")
	for name, test := range map[string]struct{ path, want string }{
		"no file":     {filepath.Join(t.TempDir(), "kezek.yaml"), "kezek.yaml: no such file"},
		"long value":  {write(t, 0o600, "kezek.yaml", strings.Replace(small, "bishkek", strings.Repeat("ы", 1000), 1)), strings.Repeat("ы", 60) + "\"… is not allowed"},
		"a folder":    {t.TempDir(), "is a directory"},
		"no password": {write(t, 0o600, "kezek.yaml", small), "asterisk.password: missing"},
		"too large":   {write(t, 0o600, "kezek.yaml", strings.Repeat("#", maxFile+1)), "larger than"},
		"no tokens":   {write(t, 0o600, "t.yaml", "tokens:\n", "kezek.yaml", small+"asterisk: {password: x}\nops: {tokens_file: t.yaml}\n"), "t.yaml:1:1: tokens: missing"},
	} {
		if c, err := Load(test.path); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, %v; want %q", name, c, err, test.want)
		}
	}
}

func TestSecretsThatOthersCanReadAreWarnedOf(t *testing.T) {
	files := []string{
		"ari.txt", "secret",
		"tokens.yaml", "tokens: [{token: secret-token-0123, role: admin}]",
		"agents.yaml", `agents: {"1013": {endpoint: PJSIP/1013, languages: [ru], pin: "4822"}}`,
		"kezek.yaml", small + "asterisk: {password_file: ari.txt}\nops: {tokens_file: tokens.yaml}\nagents_file: agents.yaml\n",
	}
	c, err := Load(write(t, 0o640, files...))
	if err != nil || len(c.Warnings) > 0 {
		t.Errorf("closed files: %v, %q", err, c.Warnings)
	}
	path := write(t, 0o644, files...)
	if c, err = Load(path); err != nil {
		t.Fatal(err)
	}
	all := strings.ReplaceAll(strings.Join(c.Warnings, "\n"), filepath.Dir(path)+"/", "")
	want := `kezek.yaml:1:1: ` + publicText + `
kezek.yaml:8:27: asterisk.password_file: ari.txt: ` + publicText + `
kezek.yaml:9:20: ops.tokens_file: tokens.yaml: ` + publicText + `
agents.yaml:1:1: ` + publicText
	if diff := cmp.Diff(want, all); diff != "" {
		t.Errorf("open files (-want +got):\n%s", diff)
	}
	if _, _, err := LoadTokens("testdata/bad/tokens.txt"); err == nil || !strings.Contains(err.Error(), "superviser") {
		t.Errorf("bad tokens: %v", err)
	}
	if _, _, err := LoadTokens("testdata/bad/nosuch.txt"); err == nil {
		t.Error("no tokens, and no error")
	}
	if _, warnings, err := LoadTokens(filepath.Join(filepath.Dir(path), "tokens.yaml")); err != nil || len(warnings) != 1 {
		t.Errorf("tokens: %v, %q", err, warnings)
	}
}

func TestSharedConfigMeansWhatItSays(t *testing.T) {
	c, err := Load("testdata/good/shared.yaml")
	if err != nil {
		t.Fatal(err)
	}
	both := []queue.Language{"ky", "ru"}
	wantAgents := map[string]*queue.AgentRules{
		"aigul": {
			ID: "aigul", Name: map[queue.Language]string{"ky": "Айгүл"}, Endpoint: "PJSIP/aigul", Languages: both,
			Queues: []queue.Membership{{Queue: "support", Penalty: 2}, {Queue: "sales"}},
			Skills: []string{"modems"}, PIN: "0421", Speech: "ru", Order: 0,
		},
		"1005": {
			ID: "1005", Endpoint: "PJSIP/1005", Languages: []queue.Language{"ru"},
			Queues: []queue.Membership{{Queue: "sales"}}, Speech: "ky", Order: 1,
		},
		"1004": {ID: "1004", Endpoint: "SIP/1004", Languages: []queue.Language{"ru"}, Speech: "ru", Order: 2},
	}
	sameHours := cmp.Comparer(func(a, b queue.Hours) bool { return a.String() == b.String() })
	if diff := cmp.Diff(wantAgents, c.Rules.Agents, sameHours); diff != "" {
		t.Errorf("agents (-want +got):\n%s", diff)
	}
	sales, support := queue.DefaultQueue(), queue.DefaultQueue()
	for _, q := range []*queue.QueueRules{&sales, &support} {
		q.DefaultLanguage, q.WrapUp, q.Overflow, q.Announce.Every = "ru", 0, false, 0
		q.Holidays = []queue.Holiday{{Date: "03-21", Open: "10:00-14:00"}, {Date: "2026-08-31"}}
	}
	sales.Name, sales.DID = "sales", []string{"+996312900800"}
	support.Name, support.DID = "support", []string{"+996312900801", "+996312900802"}
	support.DIDLanguage = map[string]queue.Language{"+996312900802": "ru"}
	support.Skills, support.Fallback = []string{"modems"}, "voicemail,s,1"
	want := map[string]*queue.QueueRules{"sales": &sales, "support": &support}
	if diff := cmp.Diff(want, c.Rules.Queues, sameHours); diff != "" {
		t.Errorf("queues (-want +got):\n%s", diff)
	}
	if c.Rules.Menu != queue.DefaultMenu() || c.Rules.Queues["support"].Hold != queue.DefaultHold() {
		t.Errorf("menu %+v, hold %+v", c.Rules.Menu, c.Rules.Queues["support"].Hold)
	}
	if c.Asterisk.URL != "https://pbx.example:8089/ari" || c.Redis.URL != "rediss://redis.example/2" ||
		c.Redis.Username != "kezek" || string(c.Redis.Password) != "p@ss" || string(c.Asterisk.Password) != "0" {
		t.Errorf("Asterisk %q, Redis %q, user %q", c.Asterisk.URL, c.Redis.URL, c.Redis.Username)
	}
}

func TestDurations(t *testing.T) {
	const day = 24 * time.Hour
	for text, want := range map[string]time.Duration{
		"0": 0, "0s": 0, "90s": 90 * time.Second, "1h30m": 90 * time.Minute, "90d": 90 * day, "1d12h": 36 * time.Hour, "0d": 0,
	} {
		if got, err := parseDuration(text); err != nil || got != want {
			t.Errorf("%s: %s, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "60", "d", "1dd", "-1d", "1.5d", "1d2", "5 s", "99999d", "1w"} {
		if got, err := parseDuration(text); err == nil {
			t.Errorf("%q is %s", text, got)
		}
	}
	for d, want := range map[time.Duration]string{
		0: "0s", time.Second: "1s", 90 * time.Second: "1m30s", time.Minute: "1m", time.Hour: "1h", day: "24h", 90 * day: "90d", -time.Hour: "-1h",
	} {
		if got := figure(d); got != want {
			t.Errorf("%d is written %s, not %s", d, got, want)
		}
	}
}

func TestTrunkAllowsWholeNumbersOnly(t *testing.T) {
	var p Pattern
	if err := p.UnmarshalText([]byte(`\+996[0-9]{9}|\+996`)); err != nil {
		t.Fatal(err)
	}
	for number, want := range map[string]bool{
		"+996312900800": true, "+996": true, "+9963129008001": false, "00+996312900800": false, "+996312900800\n": false, "": false,
	} {
		if p.Match(number) != want {
			t.Errorf("%q: %t", number, !want)
		}
	}
}

// What cannot be called is not allowed, so that nothing is promised that cannot be kept.
func TestTrunkRules(t *testing.T) {
	const dial, allow = `dial: "PJSIP/{number}@x"`, `allow: ["^\\+99655[0-9]{7}$", "^\\+99670[0-9]{7}$"]`
	for text, want := range map[string]struct {
		allowed                   bool
		perNumber, inAir, maxOpen int
	}{
		"":                                      {false, 6, 20, 1000},
		dial:                                    {false, 6, 20, 1000},
		allow:                                   {false, 6, 20, 1000},
		dial + ", " + allow:                     {true, 6, 20, 1000},
		dial + ", allow: []":                    {false, 6, 20, 1000},
		dial + ", " + allow + ", per_number: 1": {true, 1, 20, 1000},
		dial + ", " + allow + ", in_air: 3":     {true, 6, 3, 1000},
		dial + ", " + allow + ", max_open: 9":   {true, 6, 20, 9},
	} {
		c, err := Parse("kezek.yaml", []byte(small+"trunk: {"+text+"}\n"))
		if err != nil {
			t.Fatal(err)
		}
		r := c.Rules.Trunk
		if (r.Allowed != nil) != want.allowed || r.PerNumber != want.perNumber || r.InAir != want.inAir || r.MaxOpen != want.maxOpen {
			t.Errorf("{%s}: %+v", text, r)
		}
		if !want.allowed {
			continue
		}
		for number, may := range map[string]bool{
			"+996551234567": true, "+996701234567": true, "+996771234567": false, "+79001234567": false, "+9965512345678": false, "996551234567": false, "": false,
			"+19005551234": false, "+882161234567": false, "0900123": false, "+996551234567;": false, "+996551234567@evil": false, "PJSIP/+996551234567": false,
		} {
			if r.Allowed(number) != may {
				t.Errorf("{%s}: %q: %t", text, number, !may)
			}
		}
	}
}

// Sites on one machine do not share their promises.
func TestSpoolIsTheSitesOwn(t *testing.T) {
	for text, want := range map[string]string{
		"":                       "/var/lib/kezek/bishkek.spool.json",
		"spool: /srv/kezek.json": "/srv/kezek.json",
		"spool: run/kezek.json":  "/etc/kezek/run/kezek.json",
		`spool: ""`:              "",
	} {
		c, err := Parse("/etc/kezek/kezek.yaml", []byte(small+text+"\n"))
		if err != nil || c.Spool != want {
			t.Errorf("%q: %v, %v, want %s", text, c, err, want)
		}
	}
}

// Each site has its own socket, so that its commands find its daemon.
func TestSocketIsTheSitesOwn(t *testing.T) {
	for text, want := range map[string]string{
		"":                               "/run/kezek/bishkek.sock",
		"ops: {socket: /srv/kezek.sock}": "/srv/kezek.sock",
		"ops: {socket: kezek.sock}":      "/etc/kezek/kezek.sock",
		`ops: {socket: ""}`:              "",
	} {
		c, err := Parse("/etc/kezek/kezek.yaml", []byte(small+text+"\n"))
		if err != nil || c.Ops.Socket != want {
			t.Errorf("%q: %v, %v, want %s", text, c, err, want)
		}
	}
	if _, err := Parse("kezek.yaml", []byte(small+"ops: {socket: /run/"+strings.Repeat("k", 103)+"}\n")); err == nil || !strings.Contains(err.Error(), "has 108 bytes: want 107 at most") {
		t.Errorf("a path that is too long: %v", err)
	}
	for host, want := range map[string]string{"PBX.example": "", "2001:db8::1": "", "pbx:8086": "want the name or address", "http://pbx": "want the name", "": "want the name"} {
		c, err := Parse("kezek.yaml", []byte(small+fmt.Sprintf("ops: {hosts: [%q]}\n", host)))
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), "ops.hosts[0]") {
			t.Errorf("host %q: %v", host, err)
		}
		if err == nil && c.Ops.Hosts[0] != strings.ToLower(host) {
			t.Errorf("host %q is kept as %q", host, c.Ops.Hosts[0])
		}
	}
}

// A token that others may try to guess has 16 signs at least. What is shorter opens the API of a machine's own
// address alone, with a warning; and neither says the token.
func TestShortTokens(t *testing.T) {
	for _, tt := range []struct{ listen, token, fault, warning string }{
		{"127.0.0.1:8086", "lab-supervisor", "", "the tokens of shift are shorter than 16"},
		{"[::1]:8086", "lab-supervisor", "", "the tokens of shift are shorter than 16"},
		{"127.0.0.1:8086", "lab-sup", `tokens[0].token: the token of "shift": want 16 or more`, ""},
		{"0.0.0.0:8086", "lab-supervisor", `tokens[0].token: the token of "shift": want 16 or more`, ""},
		{":8086", "0123456789abcde", `tokens[0].token: the token of "shift": want 16 or more`, ""},
		{"192.0.2.1:8086", "0123456789abcde", `tokens[0].token: the token of "shift": want 16 or more`, ""},
		{"192.0.2.1:8086", "0123456789abcdef", "", ""},
		{"127.0.0.1:8086", "0123456789abcdef", "", ""},
	} {
		c, err := Load(write(t, 0o600,
			"tokens.yaml", fmt.Sprintf("tokens: [{name: shift, token: %q, role: admin}]", tt.token),
			"kezek.yaml", small+fmt.Sprintf("asterisk: {password: x}\nops: {listen: %q, tokens_file: tokens.yaml}\n", tt.listen),
		))
		fault, warnings := "", ""
		if err != nil {
			fault = err.Error()
		} else {
			warnings = strings.Join(c.Warnings, "\n")
		}
		if !strings.Contains(fault, tt.fault) || (fault == "") != (tt.fault == "") || !strings.Contains(warnings, tt.warning) || (warnings == "") != (tt.warning == "") {
			t.Errorf("%s, %d signs: fault %q, warnings %q", tt.listen, len(tt.token), fault, warnings)
		}
		if strings.Contains(fault+warnings, tt.token) {
			t.Errorf("it says the token: %s%s", fault, warnings)
		}
	}
}

func TestSecretsAreNotPrinted(t *testing.T) {
	c, err := Parse("kezek.yaml", []byte(small+"asterisk: {password: hunter2}\nredis: {url: \"redis://:hunter3@127.0.0.1/0\"}\n"))
	if err != nil {
		t.Fatal(err)
	}
	c.Ops.Tokens = []Token{{Name: "board", Token: "hunter4", Role: Viewer}}
	var out strings.Builder
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d", "%T %v"} {
		for _, v := range []any{c, *c, c.Asterisk, c.Redis, c.Ops, c.Asterisk.Password} {
			if strings.Contains(verb, "%T") {
				fmt.Fprintf(&out, verb, v, v)
			} else {
				fmt.Fprintf(&out, verb, v)
			}
		}
	}
	for _, v := range []any{c, c.Asterisk, c.Redis, c.Ops} {
		data, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		out.Write(data)
	}
	for _, secret := range []string{"hunter", "4821", fmt.Sprintf("%x", "hunter")} {
		if strings.Contains(out.String(), secret) {
			t.Errorf("%q is printed:\n%s", secret, out.String())
		}
	}
	if want := "site bishkek, asterisk http://127.0.0.1:8088/ari, redis redis://127.0.0.1/0, 1 queue, 1 agent, languages [ru]"; c.String() != want {
		t.Errorf("%s, want\n%s", c, want)
	}
}

func TestRestart(t *testing.T) {
	parse := func(text string) *Config {
		t.Helper()
		c, err := Parse("kezek.yaml", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	old := parse(small + "asterisk: {password: x}\n")
	if got := Restart(old, parse(small+"asterisk: {password: x}\n")); len(got) > 0 {
		t.Errorf("nothing changed: %q", got)
	}
	live := strings.NewReplacer("Skynet", "Sky", "sales", "shop", "4821", "1248", "Asia/Bishkek", "UTC").Replace(small)
	if got := Restart(old, parse(live+"asterisk: {password: x}\ntrunk: {allow: [\"^1$\"], per_number: 1, in_air: 1}\nops: {tokens_file: x}\n")); len(got) > 0 {
		t.Errorf("rules changed: %q", got)
	}
	other := strings.Replace(small, "site: bishkek", "site: osh", 1) + `
asterisk: {url: "https://pbx.example/ari", app: other, name: pbx, username: other, password: y}
redis: {url: "redis://other:secret@127.0.0.1/1", events: {keep: 72h, most: 10000}}
history: {url: "postgres://kezek:secret@127.0.0.1/kezek"}
queue_log: {to: manager, path: /var/log/x, manager: {address: "127.0.0.1:5039", username: other, password: y}, agent: name, caller_name: true}
agi: {listen: "127.0.0.1:4574", allow: [10.0.0.1]}
ops: {listen: "127.0.0.1:8087", hosts: [pbx], trusted_proxies: [127.0.0.1]}
trunk: {dial: "PJSIP/{number}@x", caller_id: "+996312900800"}
spool: ""
`
	want := []string{
		"site", "asterisk.url", "asterisk.app", "asterisk.name", "asterisk.username", "asterisk.password",
		"redis.url", "redis.username", "redis.password", "redis.events.keep", "redis.events.most", "agi.listen", "agi.allow", "ops.listen",
		"ops.hosts", "ops.trusted_proxies", "ops.socket", "history.url", "history.password", "queue_log.to", "queue_log.path",
		"queue_log.manager.address", "queue_log.manager.username", "queue_log.manager.password", "spool", "trunk.dial", "trunk.caller_id",
	}
	if diff := cmp.Diff(want, Restart(old, parse(other))); diff != "" {
		t.Errorf("all changed (-want +got):\n%s", diff)
	}
}

func TestAliasesCannotBlowUp(t *testing.T) {
	var b strings.Builder
	b.WriteString(small[:strings.Index(small, "queues:")])
	fmt.Fprintf(&b, "queues:\n  q: {did: &many [%s]}\n", strings.Repeat("x, ", 2000))
	for i := range 2000 {
		fmt.Fprintf(&b, "  q%d: {did: *many}\n", i)
	}
	if _, err := Parse("kezek.yaml", []byte(b.String())); err == nil || !strings.Contains(err.Error(), "aliases expand it to more than") {
		t.Errorf("%.200s", fmt.Sprint(err))
	}
}

// Everybody is no proxy: who asks would be whoever they say.
func TestTrustedProxies(t *testing.T) {
	for value, fault := range map[string]string{
		"[127.0.0.1, \"::1\", 10.1.0.0/24]": "", "[]": "",
		"[0.0.0.0/0]": "ops.trusted_proxies[0]", "[127.0.0.1, \"::/0\"]": "ops.trusted_proxies[1]", "[proxy.example]": "ops.trusted_proxies[0]",
	} {
		_, err := Parse("kezek.yaml", []byte(small+"asterisk: {password: x}\nops: {tokens_file: x, trusted_proxies: "+value+"}\n"))
		if (err == nil) != (fault == "") || err != nil && !strings.Contains(err.Error(), fault) {
			t.Errorf("%s: %v", value, err)
		}
	}
}

// TestPlacesOfAllValues: a problem of any value is told at its own line.
func TestPlacesOfAllValues(t *testing.T) {
	r := newReport()
	r.decode("x", allKeys(), defaults())
	lines := strings.Split(string(allKeys()), "\n")
	for path, at := range r.places {
		key := strings.Trim(path[strings.LastIndex(path, ".")+1:], `"`)
		if !strings.HasSuffix(key, "]") && !strings.Contains(lines[at.line-1], key) {
			t.Errorf("%s at line %d: %s", path, at.line, lines[at.line-1])
		}
	}
	if n := len(r.places); n < 100 {
		t.Errorf("only %d places", n)
	}
}

func TestEveryFieldIsReadOrNot(t *testing.T) {
	// A field without a yaml tag would silently be none of the config's keys.
	seen := map[reflect.Type]bool{}
	var tagged func(reflect.Type)
	tagged = func(typ reflect.Type) {
		switch kind := typ.Kind(); {
		case typ == reflect.TypeFor[memberships](): // is read by hand
		case kind == reflect.Pointer || kind == reflect.Map || kind == reflect.Slice:
			tagged(typ.Elem())
		case kind != reflect.Struct || seen[typ] || reads(reflect.New(typ).Elem()):
		default:
			seen[typ] = true
			for f := range typ.Fields() {
				tag, ok := f.Tag.Lookup("yaml")
				if !ok && f.IsExported() {
					t.Errorf("%s.%s has no yaml tag: give it its key, or \"-\"", typ, f.Name)
				}
				if tag != "-" && f.IsExported() {
					tagged(f.Type)
				}
			}
		}
	}
	tagged(reflect.TypeFor[document]())
	// AgentRules is filled by hand, as it is written in another form.
	have := reflect.TypeFor[agentEntry]()
	for f := range reflect.TypeFor[queue.AgentRules]().Fields() {
		if _, ok := have.FieldByName(f.Name); !ok && f.Name != "ID" && f.Name != "Order" {
			t.Errorf("agents have no key for %s", f.Name)
		}
	}
}

// A password file that is wrong is told once, and blanks that hardly belong to a password are.
func TestPasswordFiles(t *testing.T) {
	t.Setenv("KEZEK_ARI_PASSWORD", "")
	for text, want := range map[string]string{
		"secret\r\n":                 "",
		"\xef\xbb\xbfsecret\n":       "",
		"two\nlines\n":               "ari.txt: want only the password, on one line",
		"":                           "ari.txt: want only the password, on one line",
		"secret \n":                  "ari.txt: the password in it starts or ends with a space",
		"\tsecret":                   "ari.txt: the password in it starts or ends with a space",
		"s\x00e\x00c\x00r\x00\n\x00": "on one line",
	} {
		path := write(t, 0o600, "ari.txt", text, "kezek.yaml", small+"asterisk: {password_file: ari.txt}\n")
		c, err := Load(path)
		var told []string
		if err != nil {
			told = strings.Split(err.Error(), "\n")
		} else {
			told = c.Warnings
		}
		if want == "" && len(told) > 0 || want != "" && (len(told) != 1 || !strings.Contains(told[0], want)) {
			t.Errorf("%q: %q, want %q", text, told, want)
		}
	}
}

// A pipe that nobody writes to, in the place of a file, is an error and keeps nobody waiting; one that is written to is read.
func TestPipesKeepNobodyWaiting(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "kezek.yaml")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(pipe); err == nil {
		t.Error("nobody writes: no error")
	}
	held, err := os.OpenFile(pipe, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer held.Close()
	if _, err := Load(pipe); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("one that stays silent: %v", err)
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	go func() {
		_, _ = w.WriteString("site: [\n")
		w.Close()
	}()
	if _, err := Load(fmt.Sprint("/dev/fd/", r.Fd())); err == nil || !strings.Contains(err.Error(), "not YAML") {
		t.Errorf("one that is written to: %v", err)
	}
}
