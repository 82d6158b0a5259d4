package main

import (
	"bytes"
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/spf13/cobra"

	"kezek/ops"
)

// hostile is what moves a cursor, sets a title, turns text around and begins a line of its own.
const hostile = "\x1b]0;x\x07\u009b31m\x7f\u202e\u2028\nkezek: all is well\r\n"

// fill makes every text of a value hostile.
func fill(v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(hostile)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem())
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(v.Index(0))
	case reflect.Map:
		key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		fill(key)
		fill(value)
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(key, value)
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			v.Set(reflect.ValueOf(noon))
			return
		}
		for i := range v.NumField() {
			fill(v.Field(i))
		}
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64:
		v.SetInt(3)
	case reflect.Float64:
		v.SetFloat(3)
	}
}

func filled[T any]() (v T) {
	fill(reflect.ValueOf(&v).Elem())
	return v
}

// raw is JSON that leaves as it is what it may.
func raw(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(v)
	return bytes.ReplaceAll(b.Bytes(), []byte(`\u2028`), []byte("\u2028"))
}

// asking are all commands that ask the daemon, with arguments that each takes.
func asking(t *testing.T) (all [][]string) {
	var walk func(cmd *cobra.Command, path []string)
	walk = func(cmd *cobra.Command, path []string) {
		if cmd.Flags().Lookup("url") != nil {
			args := map[string][]string{
				"agent": {"1001", "status", "coffee"}, "callback add": {"0555", "--queue", "sales"}, "callback cancel": {"cb", "--reason", "x"}, "callback abandoned": {"--all"},
				"why": {"lab-1.2"}, "call end": {"lab-1.2", "--reason", "x"}, "call move": {"lab-1.2", "sales", "--reason", "x"}, "call listen": {"lab-1.2", "1020"}, "callback move": {"cb", "--agent", "1001", "--reason", "x"},
				"sessions end": {"tys4"}, "number clear": {"0555", "--reason", "x"}, "number show": {"0555"}, "number erase": {"0555", "--reason", "x"}, "timesheet correct": {"1001", "2026-03-02", "8:00", "--reason", "x"}, "timesheet restore": {"1001", "2026-03-02", "--reason", "x"},
			}[strings.Join(path, " ")]
			line := append(append([]string{}, path...), args...)
			all = append(all, line)
			for _, more := range []string{"json", "over"} {
				if cmd.Flags().Lookup(more) != nil {
					all = append(all, append(append([]string{}, line...), "--"+more))
				}
			}
			if strings.HasPrefix(cmd.Use, "callbacks") {
				all = append(all, append(append([]string{}, line...), "cb"))
			}
		}
		for _, below := range cmd.Commands() {
			walk(below, append(append([]string{}, path...), below.Name()))
		}
	}
	walk((&app{}).root(), nil)
	if len(all) < 15 {
		t.Fatalf("only %q ask the daemon", all)
	}
	return all
}

// Nothing that a daemon, or what poses as one, answers reaches the terminal as it is.
func TestNothingHostileIsPrinted(t *testing.T) {
	answers := map[string]any{
		"/readyz": filled[ops.Readiness](), "/api/v1/agents": listOf(filled[ops.Agent]()), "/api/v1/calls": listOf(filled[ops.Call]()),
		"/api/v1/queues": listOf(filled[ops.Queue]()), "/api/v1/numbers": listOf(filled[ops.Number]()), "/api/v1/timesheets": listOf(filled[ops.Timesheet]()),
		"/api/v1/callbacks": listOf(filled[ops.Callback]()), "/api/v1/callbacks/cb": filled[ops.Callback](), "/api/v1/agents/1001/status": filled[ops.Agent](),
		"/api/v1/sessions": listOf(filled[ops.Session]()), "/api/v1/history": listOf(filled[ops.ReportInfo]()), "/api/v1/history/abandoned": listOf(filled[gaveUp]()), "/api/v1/timesheets/1001/2026-03-02": filled[ops.Correction](), "/api/v1/numbers/0555": filled[ops.NumberData](),
		"/api/v1/calls/lab-1.2/why": filled[ops.Why](), "/api/v1/calls/lab-1.2/queue": filled[ops.Call](),
	}
	ways := map[string]http.HandlerFunc{
		"answers": func(w http.ResponseWriter, r *http.Request) {
			switch answer := answers[r.URL.Path]; {
			case r.URL.Path == "/api/v1/erasures":
				_, _ = w.Write(raw(filled[ops.Erasure]()))
			case strings.HasSuffix(r.URL.Path, "/listeners"):
				w.WriteHeader(http.StatusNoContent)
			case r.Method == http.MethodPost:
				w.WriteHeader(http.StatusCreated)
				_, _ = w.Write(raw(filled[ops.Callback]()))
			case r.Method == http.MethodDelete || answer == nil:
				w.WriteHeader(http.StatusNoContent)
			default:
				_, _ = w.Write(raw(answer))
			}
		},
		"problems": func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusUnauthorized)
			_, _ = w.Write(raw(filled[ops.Problem]()))
		},
		"other JSON": func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write(raw(map[string]any{"items": map[string]string{hostile: hostile}}))
		},
		"no JSON": func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(hostile)) },
		"a redirect": func(w http.ResponseWriter, _ *http.Request) {
			w.Header()["Location"] = []string{"http://x/\u009b31m\u202e"}
			w.WriteHeader(http.StatusFound)
		},
		"a status line": func(w http.ResponseWriter, _ *http.Request) {
			conn, _, err := w.(http.Hijacker).Hijack()
			if err == nil {
				_, _ = conn.Write([]byte("HTTP/1.1 599 \x1b[31m\u009b31m\u202e\r\nContent-Length: 0\r\n\r\n"))
				conn.Close()
			}
		},
		"null": func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(" null\n")) },
		"a header without end": func(w http.ResponseWriter, _ *http.Request) {
			conn, _, err := w.(http.Hijacker).Hijack()
			if err == nil {
				_, _ = conn.Write([]byte("HTTP/1.1 200 OK\r\n" + strings.Repeat("A: b\r\n", 1000)))
				conn.Close()
			}
		},
		"no HTTP": func(w http.ResponseWriter, _ *http.Request) {
			conn, _, err := w.(http.Hijacker).Hijack()
			if err == nil {
				_, _ = conn.Write([]byte(hostile + "\r\n\r\n"))
				conn.Close()
			}
		},
	}
	t.Setenv("KEZEK_TOKEN", "right")
	for name, way := range ways {
		server := httptest.NewServer(way)
		defer server.Close()
		for _, args := range asking(t) {
			out, errs, _ := kezek(t, append(args, "--url", server.URL)...)
			if name == "answers" && out == "" {
				t.Errorf("%s: %q prints nothing: %s", name, args, errs)
			}
			for _, r := range out + errs {
				if r != '\n' && !unicode.IsPrint(r) {
					t.Errorf("%s: %q prints %q: %q %q", name, args, r, out, errs)
					break
				}
			}
			for line := range strings.Lines(out + errs) {
				if strings.HasPrefix(line, "kezek: all is well") {
					t.Errorf("%s: %q prints a line of the other side's: %q %q", name, args, out, errs)
				}
			}
			for _, word := range []string{"strconv", "json:", "Go struct", "time.Time", "/tmp/", "net/http", "deadline", "EOF", "2562047"} {
				if strings.Contains(errs, word) {
					t.Errorf("%s: %q speaks of %q: %q", name, args, word, errs)
				}
			}
		}
	}
}

// JSON stays what it was.
func TestJSONStaysJSON(t *testing.T) {
	want := filled[ops.Call]()
	want.Number = hostile + "\U000e0041😀 Нургүл \u00a0\u200d"
	var out bytes.Buffer
	if err := indented(&printer{w: &out}, raw(want)); err != nil {
		t.Fatal(err)
	}
	var got ops.Call
	if err := json.Unmarshal(out.Bytes(), &got); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%v: %+v, want %+v", err, got, want)
	}
	if !strings.Contains(out.String(), "Нургүл") {
		t.Errorf("letters are escaped: %s", &out)
	}
}

// A letter that comes in two writes is one.
func TestPrinterKeepsLettersTogether(t *testing.T) {
	var out bytes.Buffer
	p := &printer{w: &out}
	const text = "Нургүл Ө.\t😀\n"
	for i := range len(text) {
		if n, err := p.Write([]byte{text[i]}); n != 1 || err != nil {
			t.Fatal(n, err)
		}
	}
	if out.String() != text {
		t.Errorf("%q, want %q", &out, text)
	}
}

// The token does not go where a redirect leads.
func TestRedirectsAreNotFollowed(t *testing.T) {
	led := false
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { led = true }))
	defer other.Close()
	for _, status := range []int{301, 302, 303, 307, 308} {
		front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, other.URL, status) }))
		defer front.Close()
		t.Setenv("KEZEK_TOKEN", "right")
		for _, args := range asking(t) {
			_, errs, code := kezek(t, append(args, "--url", front.URL)...)
			if code != exitFault || !strings.Contains(errs, "redirects to") {
				t.Errorf("%d, %q: exit %d, %s", status, args, code, errs)
			}
		}
	}
	if led {
		t.Error("a command has followed")
	}
}

// The commands find a running daemon by its socket though the file on disk is faulty.
func TestCommandsWhileTheFileIsFaulty(t *testing.T) {
	config, opsAddr := writeConfig(t, "http://127.0.0.1:1/ari", "127.0.0.1:1")
	dir := filepath.Dir(config)
	socket := filepath.Join(dir, "kezek.sock")
	// A daemon that crashed has left its own.
	old, err := net.ListenUnix("unix", &net.UnixAddr{Name: socket, Net: "unix"})
	fatal(t, err)
	old.SetUnlinkOnClose(false)
	old.Close()
	d := serve(t, config, opsAddr)
	for deadline := time.Now().Add(10 * time.Second); !answers(t.Context(), socket); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the socket does not answer")
		}
	}
	if info, err := os.Stat(socket); err != nil || info.Mode().Perm() != 0o660 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	run := func(args ...string) (out, errs string, code int) {
		var stdout, stderr bytes.Buffer
		a := &app{out: &stdout, errs: &stderr, clock: func() time.Time { return noon }, sockets: dir}
		code = a.run(t.Context(), append(args, "--config", config))
		return stdout.String(), stderr.String(), code
	}
	t.Setenv("KEZEK_TOKEN", "")
	if _, errs, code := run("callback", "cancel", "cb", "--reason", "x"); code != exitFault || !strings.Contains(errs, socket+": the daemon is not ready") {
		t.Errorf("with a good file an order goes over the socket: exit %d, %s", code, errs)
	}
	text, err := os.ReadFile(config)
	fatal(t, err)
	fatal(t, os.WriteFile(config, []byte(strings.Replace(string(text), "queues:", "queus:", 1)), 0o600))
	out, errs, code := run("status")
	if code != exitFault || !strings.Contains(out, "DOES NOT ANSWER") || !strings.Contains(errs, "note: the config on disk cannot be used") || !strings.Contains(errs, socket) {
		t.Errorf("status: exit %d\n%s%s", code, out, errs)
	}
	for _, args := range [][]string{{"agents"}, {"callback", "cancel", "cb", "--reason", "x"}} {
		if _, errs, code := run(args...); code != exitFault || !strings.Contains(errs, "the daemon is not ready: Redis does not answer") {
			t.Errorf("%q: exit %d, %s", args, code, errs)
		}
	}
	// The daemon's clock is the site's.
	a := &app{out: &bytes.Buffer{}, errs: &bytes.Buffer{}, clock: time.Now, configPath: config, sockets: dir}
	if _, err := a.client(t.Context(), clientFlags{}, "viewer"); err != nil || a.zone == nil || a.zone.String() != "Asia/Bishkek" {
		t.Errorf("%v, %v", a.zone, err)
	}
	// Of several daemons one must be named.
	second, err := net.Listen("unix", filepath.Join(dir, "other.sock"))
	fatal(t, err)
	defer second.Close()
	if _, errs, code := run("agents"); code != exitUsage || !strings.Contains(errs, "choose one with --socket: "+socket+", "+second.Addr().String()) {
		t.Errorf("several: exit %d, %s", code, errs)
	}
	if _, errs, code := run("agents", "--socket", socket); code != exitFault || !strings.Contains(errs, "the daemon is not ready") {
		t.Errorf("the one named: exit %d, %s", code, errs)
	}
	if code := d.end(); code != exitFine {
		t.Errorf("exit %d", code)
	}
	if _, err := os.Stat(socket); err == nil {
		t.Error("the socket is left")
	}
}

// A daemon that cannot have its socket says so and goes on.
func TestServeWithoutItsSocket(t *testing.T) {
	config, opsAddr := writeConfig(t, "http://127.0.0.1:1/ari", "127.0.0.1:1")
	socket := filepath.Join(filepath.Dir(config), "kezek.sock")
	fatal(t, os.WriteFile(socket, []byte("precious"), 0o600))
	d := serve(t, config, opsAddr)
	for deadline := time.Now().Add(10 * time.Second); d.said("ops.socket: .*exists and is not a socket") == 0; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("it does not say so")
		}
	}
	if d.readiness().Timezone != "Asia/Bishkek" {
		t.Error("it does not answer over HTTP")
	}
	if text, err := os.ReadFile(socket); err != nil || string(text) != "precious" {
		t.Errorf("the file is %q, %v", text, err)
	}
	if code := d.end(); code != exitFine {
		t.Errorf("exit %d", code)
	}
}

// Version and completion are where people look for them.
func TestVersionAndCompletion(t *testing.T) {
	out, _, code := kezek(t, "--version")
	other, _, _ := kezek(t, "version")
	if code != exitFine || out != other || !strings.HasPrefix(out, "kezek ") {
		t.Errorf("exit %d, %q, and version says %q", code, out, other)
	}
	if help, _, _ := kezek(t, "--help"); !strings.Contains(help, "\n  completion ") {
		t.Errorf("the help does not name it:\n%s", help)
	}
	for _, shell := range []string{"bash", "zsh", "fish"} {
		if out, errs, code := kezek(t, "completion", shell); code != exitFine || !strings.Contains(out, "__complete") || strings.Contains(out, "·") {
			t.Errorf("%s: exit %d, %d bytes, %s", shell, code, len(out), errs)
		}
	}
}
