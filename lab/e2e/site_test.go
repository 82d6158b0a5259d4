package e2e

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/redis/go-redis/v9"

	"kezek/lab"
	"kezek/lab/ear"
	"kezek/lab/phone"
	"kezek/ops"
	"kezek/queue"
)

// patience is how long something may take that must come. Where a rule names a
// time the tests measure it; this only ends a test that has failed.
const patience = 40 * time.Second

// TestMain lets tests that mostly listen run side by side on a small machine.
func TestMain(m *testing.M) {
	flag.Parse()
	asked := false
	flag.Visit(func(f *flag.Flag) { asked = asked || f.Name == "test.parallel" })
	if !asked {
		if err := flag.Set("test.parallel", "8"); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(2)
		}
	}
	redis.SetLogger(silent{}) // Redis is stopped on purpose
	os.Exit(m.Run())
}

type silent struct{}

func (silent) Printf(context.Context, string, ...any) {}

// site is a running exchange with those who use it.
type site struct {
	*lab.Lab
	carrier *phone.Carrier
	ear     *ear.Library
	redis   *redis.Client
	journal *journal
	opened  time.Time
}

// open starts a lab with the daemon on this config, laid over the lab's own.
func open(t *testing.T, config string) *site {
	t.Helper()
	s := prepare(t, config)
	s.mustStart(t)
	return s
}

// prepare starts a lab without the daemon.
func prepare(t *testing.T, config string) *site {
	t.Helper()
	l := lab.ForTest(t, lab.Options{Config: quick(t, config), Build: true})
	watch()
	s := &site{Lab: l, ear: library(t, l, commonPrompt), opened: time.Now()}
	s.redis = redis.NewClient(&redis.Options{Addr: l.RedisAddr, MaxRetries: -1, DialerRetries: 1})
	t.Cleanup(func() { s.redis.Close() })
	s.journal = read(t, s.redis)
	carrier, err := phone.NewCarrier(phone.CarrierConfig{Exchange: l.SIPAddr, Listen: l.CarrierAddr})
	must(t, err)
	t.Cleanup(carrier.Close)
	s.carrier = carrier
	return s
}

// quick is a config in which phones may hang up right after their answer, unless a queue says otherwise: the agents of
// most tests have heard all there is to hear after some milliseconds.
func quick(t testing.TB, config string) string {
	t.Helper()
	var doc map[string]any
	must(t, yaml.Unmarshal([]byte(config), &doc))
	if doc == nil { // an empty config
		doc = map[string]any{}
	}
	queues, _ := doc["queues"].(map[string]any)
	if queues == nil {
		queues = map[string]any{}
		doc["queues"] = queues
	}
	if queues["sales"] == nil {
		queues["sales"] = map[string]any{} // the lab's own
	}
	for _, q := range queues {
		q := q.(map[string]any)
		ring, _ := q["ring"].(map[string]any)
		if ring == nil {
			ring = map[string]any{}
			q["ring"] = ring
		}
		if ring["broken"] == nil {
			ring["broken"] = "0s"
		}
	}
	text, err := yaml.Marshal(doc)
	must(t, err)
	return string(text)
}

func (s *site) mustStart(t testing.TB) {
	t.Helper()
	must(t, s.StartDaemon(within(t, patience)))
}

// library is the part of what the tests can hear with the names that match.
func library(t testing.TB, l *lab.Lab, match func(name string) bool) *ear.Library {
	t.Helper()
	everything.once.Do(func() { everything.all, everything.err = load(l.Music()) })
	must(t, everything.err)
	all := everything.all
	part, err := all.Only(slices.DeleteFunc(all.Names(), func(name string) bool { return !match(name) })...)
	must(t, err)
	return part
}

// everything has all prompts, the music on hold and the agents' tones. It is the
// same for all tests: to take the prints of its sounds needs a second.
var everything struct {
	once sync.Once
	all  *ear.Library
	err  error
}

func load(music string) (*ear.Library, error) {
	all, err := ear.Load("../../prompts/audio")
	if err != nil {
		return nil, err
	}
	for _, a := range lab.Agents() {
		all.NameTone(phone.ToneOf(a.Number), a.Number)
	}
	return all, all.AddMusic(music)
}

// commonPrompt: of the numbered phrases the first few will do, and music is
// something else: the fewer, the quicker.
func commonPrompt(name string) bool { return !manyDigits.MatchString(name) && !music(name) }

func music(name string) bool { return strings.HasPrefix(name, "music/") }

var manyDigits = regexp.MustCompile(`-([0-9]{2,}|[6-9])$`)

// number gives every caller one of their own.
func number() string { return fmt.Sprintf("+99670%07d", numbers.Add(1)) }

var numbers atomic.Int64

// edit replaces text in one of Asterisk's files and reloads what reads it.
func (s *site) edit(t testing.TB, file, reload string, oldNew ...string) {
	t.Helper()
	path := filepath.Join(s.Dir, "asterisk", "etc", file)
	text, err := os.ReadFile(path)
	must(t, err)
	for i := 0; i < len(oldNew); i += 2 {
		if !strings.Contains(string(text), oldNew[i]) {
			t.Fatalf("%s has no %q", file, oldNew[i])
		}
	}
	must(t, os.WriteFile(path, []byte(strings.NewReplacer(oldNew...).Replace(string(text))), 0o644))
	s.cli(t, reload)
}

func (s *site) cli(t testing.TB, command string) string {
	t.Helper()
	out, err := s.AsteriskCLI(within(t, patience), command)
	must(t, err)
	return out
}

// kezek runs a command of the daemon's program on the lab's config.
func (s *site) kezek(t testing.TB, args ...string) (out, errs string, code int) {
	t.Helper()
	cmd := exec.CommandContext(within(t, patience), s.binary(), append(args, "--config", s.configFile())...)
	var stdout, stderr strings.Builder
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		exit, ok := errors.AsType[*exec.ExitError](err)
		if !ok {
			t.Fatal(err)
		}
		code = exit.ExitCode()
	}
	return stdout.String(), stderr.String(), code
}

// binary is the daemon's program, as the lab has built it.
func (s *site) binary() string { return filepath.Join(s.Dir, "..", "bin", "kezek") }

func (s *site) configFile() string { return filepath.Join(s.Dir, "kezek.yaml") }

// log is all that the daemon has written so far.
func (s *site) log(t testing.TB) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(s.Dir, "kezek.log"))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	return string(text)
}

// said counts the lines of the daemon's log that match.
func (s *site) said(t testing.TB, pattern string) int {
	t.Helper()
	return len(regexp.MustCompile("(?m)"+pattern).FindAllString(s.log(t), -1))
}

// awaitLog waits for the n-th line that matches.
func (s *site) awaitLog(t testing.TB, pattern string, n int) {
	t.Helper()
	eventually(t, "a line of the log: "+pattern, func() error {
		if got := s.said(t, pattern); got < n {
			return fmt.Errorf("%d such lines, want %d", got, n)
		}
		return nil
	})
}

// fetch gets the body of a path of the API.
func (s *site) fetch(t testing.TB, path, token string) (code int, body []byte, err error) {
	t.Helper()
	req, err := http.NewRequestWithContext(within(t, 5*time.Second), http.MethodGet, s.OpsURL()+path, nil)
	must(t, err)
	req.Header.Set("Authorization", "Bearer "+token)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer resp.Body.Close()
	body, err = io.ReadAll(resp.Body)
	return resp.StatusCode, body, err
}

// ask gets a list or an object of the API, as a supervisor: others do not see whole numbers.
func ask[T any](t testing.TB, s *site, path string) (into T, err error) {
	t.Helper()
	code, body, err := s.fetch(t, path, lab.TokenSupervisor)
	if err != nil {
		return into, err
	}
	if code != http.StatusOK && path != "/readyz" {
		return into, fmt.Errorf("GET %s: %d %s", path, code, body)
	}
	err = json.Unmarshal(body, &into)
	return into, err
}

type list[T any] struct{ Items []T }

func (s *site) agents(t testing.TB) ([]ops.Agent, error) {
	l, err := ask[list[ops.Agent]](t, s, "/api/v1/agents")
	return l.Items, err
}

func (s *site) calls(t testing.TB) ([]ops.Call, error) {
	l, err := ask[list[ops.Call]](t, s, "/api/v1/calls")
	return l.Items, err
}

// readiness waits until /readyz says what is wanted.
func (s *site) readiness(t testing.TB, what string, want func(ops.Readiness) bool) {
	t.Helper()
	eventually(t, what, func() error {
		r, err := ask[ops.Readiness](t, s, "/readyz")
		if err == nil && !want(r) {
			err = fmt.Errorf("it is %+v", r)
		}
		return err
	})
}

func (s *site) ready(t testing.TB) {
	t.Helper()
	s.readiness(t, "ready", func(r ops.Readiness) bool { return r.Ready })
}

// nothingLeft checks that all is over and told once: for when all callers have hung up.
func (s *site) nothingLeft(t testing.TB) {
	t.Helper()
	eventually(t, "an empty exchange", func() error {
		calls, err := s.calls(t)
		if err != nil {
			return err
		}
		if len(calls) > 0 {
			return fmt.Errorf("calls live: %+v", calls)
		}
		for command, want := range map[string]string{
			"core show channels count": "0 active channels", "bridge show all": "",
		} {
			out := s.cli(t, command)
			if want == "" && strings.Count(strings.TrimSpace(out), "\n") > 0 || !strings.Contains(out, want) {
				return fmt.Errorf("%s: %s", command, out)
			}
		}
		agents, err := s.agents(t)
		if err != nil {
			return err
		}
		for _, a := range agents {
			if a.Call != nil || a.Status == queue.StatusRinging || a.Status == queue.StatusOnCall {
				return fmt.Errorf("agent has a call: %+v", a)
			}
		}
		n, err := s.redis.ZCard(within(t, patience), "kezek:{bishkek}:calls").Result()
		if err == nil && n > 0 {
			err = fmt.Errorf("%d calls in Redis", n)
		}
		return err
	})
	s.journal.check(t)
}

// noTrouble checks that the daemon has complained of nothing but its config, and phones that tests break.
func (s *site) noTrouble(t testing.TB) {
	t.Helper()
	if stoodStill(t, s.opened) {
		return
	}
	for line := range strings.Lines(s.log(t)) {
		if complaint.MatchString(line) && !expected.MatchString(line) {
			t.Errorf("the daemon complains: %s", line)
		}
	}
}

var (
	complaint = regexp.MustCompile(`\t(WARN|ERROR)\t`)
	expected  = regexp.MustCompile(`\tWARN\t(config|agent's phone does not work|no callback can be promised while Redis is away)\t`)
)

// eventually asks until there is no error any more.
func eventually(t testing.TB, what string, try func() error) {
	t.Helper()
	deadline := time.Now().Add(patience)
	for {
		err := try()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s: %v", what, err)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// within is a context for one step of a test.
func within(t testing.TB, d time.Duration) context.Context {
	ctx, cancel := context.WithTimeoutCause(context.Background(), d, fmt.Errorf("not within %s", d))
	t.Cleanup(cancel)
	return ctx
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
