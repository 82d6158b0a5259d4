package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/user"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"

	"kezek/ops"
	"kezek/queue"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// at is a time so long before noon.
func at(ago time.Duration) *time.Time { t := noon.Add(-ago); return &t }

func ref[T any](v T) *T { return &v }

// kezek runs one command and returns what it wrote and its exit code.
func kezek(t *testing.T, args ...string) (out, errs string, code int) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	a := &app{out: &stdout, errs: &stderr, clock: func() time.Time { return noon }, sockets: "/none"}
	code = a.run(t.Context(), args)
	return stdout.String(), stderr.String(), code
}

// whoami is the name under which the daemon records who runs this test.
func whoami(t *testing.T) string {
	t.Helper()
	u, err := user.Current()
	fatal(t, err)
	host, err := os.Hostname()
	fatal(t, err)
	return u.Username + "@" + host
}

// api is a daemon that answers what it is told to.
type api struct {
	*httptest.Server
	// answers by path, of other methods than GET by "POST /path".
	answers map[string]any
	status  map[string]int
	// asked is the last request that was no GET, with its body.
	asked string
}

func newAPI(t *testing.T) *api {
	p := &api{status: map[string]int{}, answers: map[string]any{
		"/readyz": ops.Readiness{
			Ready: true, Faults: []string{}, Owner: true, Loaded: true, Exchange: true, Redis: true, Saved: true,
			Version: "1.0", Since: *at(3*time.Hour + 25*time.Minute),
		},
		"PUT /api/v1/agents/1001/status": ops.Agent{ID: "1001", Status: "talking", After: ref(queue.Status("lunch"))},
		"PUT /api/v1/agents/1001/penalty": ops.Agent{
			ID: "1001", Queues: []string{"sales", "repair"}, Penalties: []ops.Penalty{{Queue: "sales", Penalty: 5, By: ref("aida"), Since: at(time.Minute)}, {Queue: "repair"}},
		},
		"/api/v1/timesheets?day=2026-03-02": listOf(
			ops.Timesheet{
				Agent: "1001", Name: "=Айбек", Day: "2026-03-02", LogIn: at(9 * time.Hour), LogOut: at(time.Hour), Paid: 28800, Calls: 41,
				Spent: map[queue.Status]float64{"waiting": 14400, "coffee": 1200}, Late: 300, Overstays: 1, Overstayed: 300, Missing: []queue.Status{"lunch"},
			},
			ops.Timesheet{Agent: "1003", Name: "Ө", Day: "2026-03-02", LogIn: at(time.Hour), Paid: 1160, Spent: map[queue.Status]float64{"waiting": 1160}, Missing: []queue.Status{},
				Corrected: &ops.Correction{Agent: "1003", Day: "2026-03-02", Recorded: 1160, Paid: 27000, By: "aida", At: *at(time.Minute), Reason: "phone was broken"}},
			ops.Timesheet{Agent: "1002", Name: "Ян", Day: "2026-03-02", Spent: map[queue.Status]float64{}, Absences: 1, Missing: []queue.Status{}},
		),
		"/api/v1/history": listOf(
			ops.ReportInfo{ID: "calls", Title: map[string]string{"en": "Calls"}, Parameters: []string{"from", "number", "to"}},
			ops.ReportInfo{ID: "queues", Title: map[string]string{"en": "Queues"}, Parameters: []string{"every", "from", "to"}},
		),
		"/api/v1/history/queues?every=1h&limit=10000": map[string]any{
			"report": "queues", "next": "1.2.3", "columns": []ops.ReportColumn{
				{ID: "begin", Unit: "time"}, {ID: "queue", Unit: "text"}, {ID: "offered", Unit: "count"}, {ID: "service_level", Unit: "percent"}, {ID: "mean_wait", Unit: "duration"}, {ID: "other", Unit: "text"},
			},
			"items": []map[string]any{
				{"begin": noon, "queue": "sales", "offered": 12, "service_level": 83.333, "mean_wait": 3723.5, "other": ""},
				{"begin": noon.Add(time.Hour), "queue": "re\x1bpair", "offered": 0, "service_level": nil, "mean_wait": nil},
			},
		},
		"PUT /api/v1/timesheets/1001/2026-03-02": ops.Correction{Agent: "1001", Day: "2026-03-02", Recorded: 1160, Paid: 30600},
		"/api/v1/history/calls/lab-17.5?words=en": map[string]any{
			"report": "call", "columns": []ops.ReportColumn{{ID: "at", Unit: "time"}, {ID: "what", Unit: "text"}, {ID: "words", Unit: "text"}, {ID: "length", Unit: "duration"}, {ID: "outcome", Unit: "text"}},
			"items": []map[string]any{
				{"at": noon, "what": "visit", "words": "Waits in line of sales (ru), place 1: answered", "length": 19.4, "outcome": ""},
				{"at": noon.Add(19 * time.Second), "what": "talk", "words": "Talks with 1012", "length": 66, "outcome": ""},
			},
		},
		"/api/v1/history/abandoned?limit=1000&queue=sales": map[string]any{"next": "1.2.3", "items": []map[string]any{
			{"started": noon.Add(-time.Hour), "number": "+996555000001", "queue": "sales", "language": "ru", "wait": 40, "call": "lab-1"},
			{"started": noon.Add(-50 * time.Minute), "number": "+996555000002", "queue": "sales", "language": "ky", "wait": 70.4, "call": "lab-2"},
		}},
		"/api/v1/history/abandoned?after=1.2.3&limit=1000&queue=sales": map[string]any{"items": []map[string]any{
			{"started": noon.Add(-40 * time.Minute), "number": "+996555000001", "queue": "sales", "language": "ky", "wait": 3, "call": "lab-3"},
		}},
		"/api/v1/history/abandoned?limit=1000": map[string]any{"items": []map[string]any{}},
		"/api/v1/history/timesheet?from=2026-03&limit=10000": map[string]any{
			"report": "timesheet", "columns": []ops.ReportColumn{{ID: "day", Unit: "date"}, {ID: "agent", Unit: "text"}, {ID: "log_in", Unit: "time"}, {ID: "paid", Unit: "hours"}, {ID: "late", Unit: "hours"}, {ID: "talks", Unit: "count"}},
			"items": []map[string]any{
				{"day": "2026-03-02", "agent": "1001", "log_in": noon, "paid": 1140, "late": 0, "talks": 3},
				{"day": "2026-03-03", "agent": "1001", "log_in": noon, "paid": 576000, "late": 0, "talks": 4},
			},
			"sums": []map[string]any{{"agent": "1001", "paid": 577140, "talks": 7, "late": 0}, {"paid": 577140, "talks": 7, "late": 0}},
		},
		"/api/v1/agents": listOf(
			ops.Agent{ID: "1001", Name: "Айбек Жумабаев", Status: "talking", After: ref(queue.Status("coffee")), Since: at(65 * time.Second), Languages: []queue.Language{"ru"},
				Queues: []string{"sales"}, Call: ref("lab-17.5"), Reachable: true, Calls: 12},
			ops.Agent{ID: "1012", Name: "Нургүл Ө.", Status: "waiting", Since: at(2*time.Hour + 3*time.Second), Languages: []queue.Language{"ru", "ky"},
				Queues: []string{"sales", "repair"}, Penalties: []ops.Penalty{{Queue: "sales", Penalty: 2, Config: 2}, {Queue: "repair", Config: 1, By: ref("aida"), Since: at(time.Hour)}}, Reachable: true, InUse: true, Callback: ref("cb-a"), Owes: []string{"cb-a"}, Holds: ops.Holds{Count: 12, Total: 700, Longest: 110}},
			ops.Agent{ID: "1013", Name: "Ян", Status: "coffee", Since: at(time.Minute), Languages: []queue.Language{"ky"}, Queues: []string{"repair"}},
			ops.Agent{ID: "1014", Name: "", Status: "offline", Languages: []queue.Language{"ky"}, Queues: []string{"repair"}},
		),
		"/api/v1/calls": listOf(
			ops.Call{ID: "lab-17.5", Number: "+996555000001", Queue: "sales", Language: ref(queue.Language("ru")), State: queue.CallTalking,
				Agent: ref("1001"), Since: at(64 * time.Second), Waited: 4.2, Holds: ops.Holds{Count: 2, Total: 80, Longest: 61.2}},
			ops.Call{ID: "lab-17.9", Number: "+996555000009", Queue: "sales", Language: ref(queue.Language("ru")), State: queue.CallHeld,
				Agent: ref("1002"), Since: at(34 * time.Second), Hold: &ops.Hold{Since: *at(34 * time.Second), By: queue.HeldByKey, Agent: "1002", Length: 34, ActAt: *at(-76 * time.Second)}},
			ops.Call{ID: "lab-17.11", Number: "+996555000011", Queue: "sales", Language: ref(queue.Language("ru")), State: queue.CallParked,
				Hold: &ops.Hold{Since: *at(20 * time.Second), By: queue.HeldByParking, Agent: "1002", Length: 20, ActAt: *at(-70 * time.Second), Slot: ref(3)}, Since: at(20 * time.Second)},
			ops.Call{ID: "lab-18.6", Number: "", Queue: "sales", Language: ref(queue.Language("ky")), State: queue.CallOffered,
				OfferedTo: []string{"1012"}, Since: at(5 * time.Second), Position: ref(1), Waited: 61},
			ops.Call{ID: "lab-19.7", Number: "1\x1b[2J\n2", Queue: "sales", State: queue.CallInMenu, Since: at(2 * time.Second)},
		),
		"/api/v1/calls/lab-18.6/why?words=en": ops.Why{
			Call: "lab-18.6", Queue: "sales", Language: ref(queue.Language("ky")), State: queue.CallWaiting, Asked: noon, Summary: queue.ReasonAllBusy, Words: queue.ReasonAllBusy.Words("en"),
			Agents: []ops.WhyAgent{
				{Agent: "1012", Name: "Нургүл Ө.", Reasons: []ops.WhyReason{
					{Code: queue.ReasonOnCall, Words: queue.ReasonOnCall.Words("en"), Status: "talking", Since: *at(65 * time.Second), Call: "lab-17.5"},
					{Code: queue.ReasonBefore, Words: queue.ReasonBefore.Words("en"), Call: "lab-18.1"},
				}},
				{Agent: "1013", Name: "Ян", Reasons: []ops.WhyReason{{Code: queue.ReasonStatus, Words: queue.ReasonStatus.Words("en"), Status: "coffee", Since: *at(time.Minute), Until: *at(-9 * time.Minute)}}},
				{Agent: "1014", Reasons: []ops.WhyReason{{Code: queue.ReasonQueue, Words: "does not serve\n this queue"}}},
			},
		},
		"/api/v1/calls/lab-17.5/why?words=en": ops.Why{Call: "lab-17.5", Queue: "sales", State: queue.CallTalking, Summary: queue.ReasonNotWaiting, Words: queue.ReasonNotWaiting.Words("en"), Agents: []ops.WhyAgent{}},
		"/api/v1/callbacks": listOf(
			ops.Callback{ID: "cb-a", Number: "+996555000001", Queue: "sales", Language: "ru", Class: queue.ClassComplaint, State: queue.CallbackOffered,
				DueIn: -65, Urgent: true, Breached: true, Place: *at(61 * time.Minute), Attempts: 2, Owner: ref("1001"), Agent: ref("1012")},
			ops.Callback{ID: "cb-b", Number: "+996555000002", Queue: "sales", Language: "ky", Class: queue.ClassInformation, State: queue.CallbackOpen,
				DueIn: 1500.4, Place: *at(5 * time.Minute), Attempts: 1, NextAt: at(-290 * time.Second)},
			ops.Callback{ID: "cb-c", Number: "+996555000003", Queue: "repair", Language: "ky", Class: queue.ClassInformation, State: queue.CallbackOpen,
				DueIn: 36000, Place: *at(10 * time.Second)},
		),
		"/api/v1/queues": listOf(
			ops.Queue{Name: "repair", Title: "Ремонт", Notice: &ops.Notice{Phrase: "maintenance", Since: noon.Add(-time.Hour), Until: noon.Add(2 * time.Hour), By: "aida"}, Waiting: map[queue.Language]int{"ky": 0, "ru": 0}, Agents: map[queue.Status]int{"offline": 2},
				ServiceLevel: ops.ServiceLevel{Within: 20, Target: 80}},
			ops.Queue{Name: "sales", Title: "Отдел продаж", Waiting: map[queue.Language]int{"ky": 1, "ru": 2}, LongestWait: 61, ExpectedWait: 3600,
				Agents: map[queue.Status]int{"talking": 1, "waiting": 1, "offline": 5}, AnsweredToday: 120, AbandonedToday: 7,
				ServiceLevel: ops.ServiceLevel{Within: 20, Target: 80, Percent: ref(92.3)}},
		),
	}}
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		place := r.URL.Path
		if r.URL.RawQuery != "" {
			place += "?" + r.URL.RawQuery
		}
		if r.Method != http.MethodGet {
			body, _ := io.ReadAll(r.Body)
			place = r.Method + " " + place
			p.asked = place + " " + string(body) + "\n"
		}
		answer, known := p.answers[place]
		status := p.status[place]
		switch {
		case !strings.HasPrefix(r.Header.Get("Authorization"), "Bearer right"):
			answer, status = ops.Problem{Status: 401, Detail: "unknown token"}, 401
		case !known:
			status = 404
		case status == 0:
			status = 200
		}
		w.WriteHeader(status)
		if text, ok := answer.(string); ok {
			_, _ = w.Write([]byte(text))
			return
		}
		_ = json.NewEncoder(w).Encode(answer)
	}))
	t.Cleanup(p.Close)
	t.Setenv("KEZEK_TOKEN", "right")
	return p
}

func listOf[T any](items ...T) map[string][]T { return map[string][]T{"items": items} }

// ofAudio are figures that change with every phrase.
var ofAudio = regexp.MustCompile(`\b[0-9.]+ (written|up to date|s that says)`)

// TestCommands runs the commands of testdata/cli.txt. "answer path=… status=… [method=…]" lets
// the daemon answer the text from then on, "asked" shows the last request that was no GET; "kezek ARGS" shows what a command
// writes to both outputs and its exit code, with URL for the daemon's address,
// DOWN for one where nobody listens, and DIR for a folder of files.
func TestCommands(t *testing.T) {
	p := newAPI(t)
	dir := t.TempDir()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	down := "http://" + l.Addr().String()
	l.Close()
	names := strings.NewReplacer(p.URL, "URL", down, "DOWN", dir, "DIR")
	values := strings.NewReplacer("URL", p.URL, "DOWN", down, "DIR", dir)
	datadriven.RunTest(t, "testdata/cli.txt", func(t *testing.T, d *datadriven.TestData) string {
		switch d.Cmd {
		case "answer":
			var path string
			var status int
			d.ScanArgs(t, "path", &path)
			d.ScanArgs(t, "status", &status)
			if d.HasArg("method") {
				var method string
				d.ScanArgs(t, "method", &method)
				path = method + " " + path
			}
			p.answers[path], p.status[path] = d.Input, status
			return ""
		case "asked":
			return p.asked
		case "token":
			t.Setenv("KEZEK_TOKEN", d.Input)
			return ""
		case "file":
			var name string
			d.ScanArgs(t, "name", &name)
			if err := os.WriteFile(filepath.Join(dir, name), []byte(values.Replace(d.Input)+"\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			return ""
		case "folder":
			var name string
			d.ScanArgs(t, "name", &name)
			if err := os.Mkdir(filepath.Join(dir, name), 0o700); err != nil {
				t.Fatal(err)
			}
			return ""
		case "kezek":
			out, errs, code := kezek(t, words(values.Replace(d.Input))...)
			result := ofAudio.ReplaceAllString(names.Replace(out), "N $1")
			if errs != "" {
				result += "stderr: " + names.Replace(errs)
			}
			return result + "exit " + string(rune('0'+code)) + "\n"
		}
		d.Fatalf(t, "unknown directive %s", d.Cmd)
		return ""
	})
}

// words are the arguments of a command; a "_" in one stands for a blank.
func words(line string) []string {
	fields := strings.Fields(line)
	for i := range fields {
		if strings.HasPrefix(fields[i], "--") && !strings.Contains(fields[i], "/") {
			fields[i] = strings.ReplaceAll(fields[i], "_", " ")
		}
	}
	return fields
}

// --watch goes on through a restart of the daemon, until it is interrupted.
func TestWatch(t *testing.T) {
	p := newAPI(t)
	ctx, interrupt := context.WithCancel(t.Context())
	asked := 0
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/api/v1/agents" {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		if asked++; asked == 1 {
			w.WriteHeader(http.StatusServiceUnavailable)
			_ = json.NewEncoder(w).Encode(ops.Problem{Detail: "the daemon is not ready"})
			return
		}
		p.Config.Handler.ServeHTTP(w, r)
	}))
	defer front.Close()
	out := &until{text: "Айбек Жумабаев", then: interrupt}
	var errs bytes.Buffer
	a := &app{out: out, errs: &errs, clock: func() time.Time { return noon }}
	if code := a.run(ctx, []string{"agents", "--watch", "--url", front.URL}); code != exitFine || errs.Len() > 0 {
		t.Errorf("exit %d, %s", code, &errs)
	}
	if want := "12:00:00\nkezek: " + front.URL + ": the daemon is not ready\n\n12:00:00\nAGENT "; !strings.HasPrefix(out.String(), want) {
		t.Errorf("want %s… in\n%s", want, out)
	}
}

// until does something when a text was written.
type until struct {
	bytes.Buffer
	text string
	then func()
}

func (u *until) Write(p []byte) (int, error) {
	n, err := u.Buffer.Write(p)
	if strings.Contains(u.String(), u.text) {
		u.then()
	}
	return n, err
}

// The files for Prometheus are made for this site, and one that was changed stays as it is.
func TestMonitoringFiles(t *testing.T) {
	dir := t.TempDir()
	config := filepath.Join(dir, "kezek.yaml")
	example, err := os.ReadFile(filepath.Join(repository, "config", "kezek.example.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"kezek.yaml": strings.ReplaceAll(string(example), "/etc/kezek/", dir+"/"), "ari.password": "secret", "tokens.yaml": `tokens: [{name: board, token: "0123456789abcdef", role: viewer}]`,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write := func(args ...string) (string, string, int) {
		return kezek(t, append([]string{"monitoring", "--config", config, "--write", filepath.Join(dir, "to")}, args...)...)
	}
	out, errs, code := write()
	if code != exitFine || !strings.Contains(out, "kezek-alerts.yaml") {
		t.Fatal(code, out, errs)
	}
	scrape := filepath.Join(dir, "to", "prometheus.yaml")
	if text, err := os.ReadFile(scrape); err != nil || !strings.Contains(string(text), `targets: ["127.0.0.1:8086"]`) || !strings.Contains(string(text), "site: bishkek") {
		t.Errorf("%s, %v", text, err)
	}
	if err := os.WriteFile(scrape, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, errs, code := write(); code != exitFault || !strings.Contains(errs, scrape) || !strings.Contains(errs, "--replace") {
		t.Errorf("over a changed file: exit %d, %s", code, errs)
	}
	if _, errs, code := write("--replace"); code != exitFine {
		t.Error(code, errs)
	}
	if _, errs, code := kezek(t, "monitoring"); code != exitUsage || !strings.Contains(errs, "--write DIR") {
		t.Errorf("without a folder: exit %d, %s", code, errs)
	}
}
