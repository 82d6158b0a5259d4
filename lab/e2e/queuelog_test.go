package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"kezek/lab/phone"
	"kezek/queue"
)

// The numbers of Kezek's queues, and of app_queue's with the same names.
var (
	didsKezek    = map[string]string{"line": "+996312900941", "short": "+996312900942", "keys": "+996312900943", "leave": "+996312900944"}
	didsAppQueue = map[string]string{"line": "+996312900945", "short": "+996312900946", "keys": "+996312900947", "leave": "+996312900948"}
)

func queueLogConfig() string {
	const same = "\n    welcome: false\n    announce: {position: false, wait: false, every: 0s}\n    same_agent: {within: 0s}\n    ring: {timeout: 4s, rest: 1s}"
	return "queues:" + deskQueue("line", didsKezek["line"], same) + deskQueue("short", didsKezek["short"], same+"\n    max_wait: 5s\n    overflow: false") +
		deskQueue("keys", didsKezek["keys"], same) + deskQueue("leave", didsKezek["leave"], same+"\n    leave_when_empty: true") + `
agents:
  "1011": {queues: [line, leave], speech: ru}
  "1012": {queues: [keys], speech: ru}
statuses:
  coffee: {code: "31", title: {ru: "Кофе-брейк"}}
transfer: {extensions: ["^1006$"], ring: 10s}
queue_log: {to: asterisk, path: asterisk/log/queue_log, agent: endpoint, caller_name: true}
` + openTrunk
}

// besideQueues lets app_queue have the same queues, and gives phones codes for its members.
func (s *site) besideQueues(t testing.TB) {
	t.Helper()
	queues, numbers := "", ""
	for _, name := range []string{"line", "short", "keys", "leave"} {
		queues += "[" + name + "]\nstrategy = leastrecent\nringinuse = no\nretry = 1\ntimeout = 4\nwrapuptime = 0\njoinempty = yes\nannounce-frequency = 0\n"
		switch name {
		case "keys":
			queues += "context = keyed\n"
		case "leave":
			queues += "leavewhenempty = unavailable\n"
		}
		options := ""
		if name == "short" {
			options = ",,,,5"
		}
		numbers += "exten => " + didsAppQueue[name] + ",1,Answer()\n same => n,Queue(" + name + options + ")\n same => n,Hangup()\n"
	}
	s.edit(t, "queues.conf", "module reload app_queue.so", "[bench]\n", queues+"[bench]\n", "[general]\n", "[general]\nlog-caller-id-name = yes\n")
	s.edit(t, "extensions.conf", "dialplan reload",
		"[from-carrier]\n", "[keyed]\nexten => 1,1,Hangup()\n[from-carrier]\n"+numbers,
		"[kezek-agents]\n", `[kezek-agents]
exten => 1006,1,Dial(PJSIP/1006,20)
exten => 9001,1,AddQueueMember(line,PJSIP/1011)
 same => n,AddQueueMember(leave,PJSIP/1011)
 same => n,Answer()
 same => n,Playback(kezek/ru/closing)
exten => 9002,1,RemoveQueueMember(line,PJSIP/1011)
 same => n,RemoveQueueMember(leave,PJSIP/1011)
 same => n,Answer()
 same => n,Playback(kezek/ru/closing)
exten => 9003,1,PauseQueueMember(,PJSIP/1011,,coffee)
 same => n,Answer()
 same => n,Playback(kezek/ru/closing)
exten => 9004,1,UnpauseQueueMember(,PJSIP/1011)
 same => n,Answer()
 same => n,Playback(kezek/ru/closing)
`)
}

// logSide is one of the two that serve the same people.
type logSide struct {
	name string
	dids map[string]string
	// codes that an agent dials.
	logIn, logOut, coffee, back string
	// key by which a caller leaves, pressed once more after the time if it has to be confirmed.
	confirm bool
}

// day is the same for both sides: what people do, and when.
func (l logSide) day(t *testing.T, s *site, a, far *agent) {
	t.Helper()
	from := func(n int) phone.CallerID {
		return phone.CallerID{Number: fmt.Sprintf("+99655500%04d", n), Name: fmt.Sprintf("Caller|%d", n)}
	}
	call := func(n int, in string) *caller {
		t.Helper()
		c := s.dial(t, from(n), l.dids[in])
		must(t, c.WaitAnswer(within(t, patience)))
		return c
	}
	hangUp := func(c *phone.Call) {
		t.Helper()
		must(t, c.Hangup(within(t, patience)))
		time.Sleep(1500 * time.Millisecond) // the next begins in another second, with a free agent
	}
	takes := func(c *caller, after time.Duration) *phone.Call {
		t.Helper()
		r := a.rings()
		time.Sleep(after)
		must(t, r.Answer(within(t, patience)))
		talk(t, r, c, time.Now())
		return r
	}
	code := func(code string) {
		t.Helper()
		a.code(code)
		time.Sleep(1500 * time.Millisecond)
	}
	code(l.logIn)
	code(l.coffee)
	code(l.back)

	c := call(1, "line") // the caller hangs up
	takes(c, 2*time.Second)
	time.Sleep(3 * time.Second)
	hangUp(c.Call)

	c = call(2, "line") // the agent hangs up
	r := takes(c, 0)
	time.Sleep(2 * time.Second)
	hangUp(r)

	a.Behave(phone.Ring) // not answered, then answered
	c = call(3, "line")
	_, err := a.rings().WaitEnd(within(t, patience))
	must(t, err)
	takes(c, 0)
	hangUp(c.Call)

	a.Behave(phone.Refuse(603)) // declined, then answered
	c = call(4, "line")
	_, err = a.rings().WaitEnd(within(t, patience))
	must(t, err)
	a.Behave(phone.Ring)
	takes(c, 0)
	hangUp(c.Call)

	c = call(5, "line") // gives up while the phone rings
	a.rings()
	time.Sleep(2 * time.Second)
	hangUp(c.Call)

	c = call(6, "line") // two wait, and give up
	takes(c, 0)
	second, third := call(7, "line"), (*caller)(nil)
	time.Sleep(time.Second)
	third = call(8, "line")
	time.Sleep(2 * time.Second)
	hangUp(second.Call)
	hangUp(third.Call)
	hangUp(c.Call)

	c = s.dial(t, phone.CallerID{Number: "+996555009999", Withheld: true}, l.dids["line"])
	must(t, c.WaitAnswer(within(t, patience)))
	takes(c, time.Second)
	hangUp(c.Call)

	c = call(10, "line") // blind transfer
	r = takes(c, 0)
	time.Sleep(2 * time.Second)
	must(t, r.Transfer(within(t, patience), "1006"))
	to := far.rings()
	must(t, to.Answer(within(t, patience)))
	talk(t, to, c, time.Now())
	hangUp(to)
	_ = c.Hangup(within(t, patience))

	c = call(11, "line") // attended transfer
	r = takes(c, 0)
	asking, answered := a.consults(r, far)
	time.Sleep(2 * time.Second)
	joinCalls(t, r, asking, false)
	talk(t, answered, c, time.Now())
	time.Sleep(time.Second)
	hangUp(c.Call)

	c = call(12, "short") // waits too long
	_, err = c.WaitEnd(within(t, patience))
	must(t, err)

	c = call(13, "keys") // leaves by the key
	began := time.Now()
	if l.confirm {
		c.press("1")
	}
	time.Sleep(time.Until(began.Add(6 * time.Second)))
	_ = c.Keys(within(t, patience), "1") // app_queue hangs up before the key is over
	_, err = c.WaitEnd(within(t, patience))
	must(t, err)

	code(l.coffee)
	c = call(14, "leave") // nobody is there any more
	time.Sleep(2 * time.Second)
	code(l.logOut)
	_, err = c.WaitEnd(within(t, patience))
	must(t, err)
}

// TestQueueLog: what app_queue and Kezek write of the same people's day is the same, field by field.
func TestQueueLog(t *testing.T) {
	t.Parallel()
	s := prepare(t, queueLogConfig())
	s.besideQueues(t)
	s.mustStart(t)
	a, far := s.phone(t, "1011"), s.phone(t, "1006")
	onBreak := s.agent(t, "1012") // who could call back, and takes no call
	onBreak.code("*31")

	path := filepath.Join(s.Dir, "asterisk", "log", "queue_log")
	rotate := func() string {
		t.Helper()
		time.Sleep(time.Second) // rows are there within a second
		text, err := os.ReadFile(path)
		must(t, err)
		s.cli(t, "logger rotate")
		return string(text)
	}
	rotate()
	logSide{name: "app_queue", dids: didsAppQueue, logIn: "9001", logOut: "9002", coffee: "9003", back: "9004"}.day(t, s, a, far)
	want := rowsOf(t, rotate())
	logSide{name: "Kezek", dids: didsKezek, logIn: "*101011", logOut: "*11", coffee: "*31", back: "*12", confirm: true}.day(t, s, a, far)
	s.nothingLeft(t)
	text := rotate()
	got := rowsOf(t, text)
	compareRows(t, want, got)
	if t.Failed() {
		t.Logf("Kezek's:\n%s", text)
	}

	s.noTrouble(t)

	// The daemon is killed right after each of two calls: their rows are there once.
	a.code("*101011")
	a.free()
	for n := range 2 {
		c := s.callFrom(t, fmt.Sprintf("+99655500%04d", 20+n), didsKezek["line"])
		a.answers(c)
		must(t, c.Hangup(within(t, patience)))
		time.Sleep(time.Duration(n) * 200 * time.Millisecond)
		s.KillDaemon()
		must(t, s.WaitDaemon(within(t, patience)))
		s.ready(t)
		c.outcome(queue.OutcomeCompletedByCaller)
		a.free()
	}
	text = rotate()
	for _, event := range []string{"ENTERQUEUE", "CONNECT", "COMPLETECALLER"} {
		if n := strings.Count(text, "|"+event+"|"); n != 2 {
			t.Errorf("%d times %s of two calls:\n%s", n, event, text)
		}
	}
}

// TestQueueLogByManager: Asterisk writes the rows into its own log, each once, over a kill of the daemon and over reloads of the manager
// interface; kezek check tells whether it can.
func TestQueueLogByManager(t *testing.T) {
	t.Parallel()
	s := prepare(t, "queues:"+deskQueue("line", didsKezek["line"], "")+`
agents:
  "1011": {queues: [line], speech: ru}
queue_log: {to: manager, path: asterisk/log/queue_log, manager: {address: "127.0.0.1:5038", password: right}}
`)
	s.edit(t, "manager.conf", "manager reload", "", "[general]\nenabled = yes\nbindaddr = "+s.Host+"\nport = 5038\n[kezek]\nsecret = other\nread = agent\nwrite = agent\n")
	config, err := os.ReadFile(s.configFile())
	must(t, err)
	must(t, os.WriteFile(s.configFile(), []byte(strings.Replace(string(config), "127.0.0.1:5038", s.Host+":5038", 1)), 0o600))
	if out, _, code := s.kezek(t, "check", "--only", "queue_log"); code != 1 || !strings.Contains(out, "Authentication failed") {
		t.Errorf("exit %d: %s", code, out)
	}
	s.edit(t, "manager.conf", "manager reload", "secret = other", "secret = right")
	if out, errs, code := s.kezek(t, "check", "--only", "queue_log"); code != 0 {
		t.Errorf("exit %d: %s%s", code, out, errs)
	}
	s.mustStart(t)
	eventually(t, "the first start has found the end of the journal", func() error {
		return s.redis.HGet(within(t, patience), "kezek:{bishkek}:readers", "queue_log").Err()
	})
	a := s.agent(t, "1011")
	const calls = 3
	for n := range calls {
		c := s.call(t, didsKezek["line"])
		a.answers(c)
		must(t, c.Hangup(within(t, patience)))
		if n == 0 {
			s.cli(t, "manager reload")
		} else {
			s.KillDaemon()
			must(t, s.WaitDaemon(within(t, patience)))
			s.ready(t)
		}
		c.outcome(queue.OutcomeCompletedByCaller)
		a.free()
	}
	eventually(t, "each row is there, once", func() error {
		text, err := os.ReadFile(filepath.Join(s.Dir, "asterisk", "log", "queue_log"))
		must(t, err)
		for _, event := range []string{"ENTERQUEUE", "CONNECT", "COMPLETECALLER"} {
			if n := strings.Count(string(text), "|"+event+"|"); n != calls {
				return fmt.Errorf("%d times %s of %d calls:\n%s", n, event, calls, text)
			}
		}
		if want := "|NONE|NONE|Agent/1011|AGENTLOGIN|PJSIP/1011\n"; strings.Count(string(text), want) != 1 {
			return fmt.Errorf("not once %q in\n%s", want, text)
		}
		return nil
	})
}

// logRow is a row, with its time after the first one of its call.
type logRow struct {
	at     int64
	fields []string // queue, agent, event, data
}

// rowsOf are the rows of each call in order, and those of agent 1011, the last ones. What only one of the two has is left out.
func rowsOf(t testing.TB, text string) (groups [][]logRow) {
	t.Helper()
	at := map[string]int{}
	var ofAgent []logRow
	last := int64(0)
	for _, line := range strings.Split(strings.TrimSpace(text), "\n") {
		f := strings.Split(line, "|")
		if len(f) < 6 {
			t.Errorf("%q is no row", line)
			continue
		}
		when, err := strconv.ParseInt(f[0], 10, 64)
		must(t, err)
		if when < last {
			t.Errorf("%q is older than the row before", line)
		}
		last = when
		for i := range f { // how the lab's carrier withholds a number, which Kezek knows
			if strings.EqualFold(f[i], "anonymous") {
				f[i] = ""
			}
		}
		row := logRow{when, f[2:]}
		switch event := f[4]; {
		case slices.Contains([]string{"QUEUESTART", "CONFIGRELOAD", "CALLERONHOLD", "CALLEROFFHOLD", "AGENTLOGIN", "AGENTLOGOFF"}, event) || f[3] == "PJSIP/1012" || f[2] == "bench":
		case slices.Contains([]string{"ADDMEMBER", "REMOVEMEMBER", "PAUSE", "UNPAUSE", "PAUSEALL", "UNPAUSEALL"}, event):
			ofAgent = append(ofAgent, row)
		default:
			i, known := at[f[1]]
			if !known {
				i = len(groups)
				at[f[1]] = i
				groups = append(groups, nil)
			}
			groups[i] = append(groups[i], row)
		}
	}
	return append(groups, ofAgent)
}

// freeFields are those that name something of one side alone: the agent's channel, the context of a transfer, a bridge.
var freeFields = map[string][]int{"CONNECT": {4}, "BLINDTRANSFER": {4}, "ATTENDEDTRANSFER": {3, 4}}

func compareRows(t testing.TB, want, got [][]logRow) {
	t.Helper()
	if len(want) != len(got) {
		t.Errorf("%d calls, app_queue has %d", len(got), len(want))
	}
	compared := 0
	for i := range min(len(want), len(got)) {
		if len(want[i]) != len(got[i]) {
			t.Errorf("call %d:\n%v\napp_queue:\n%v", i+1, got[i], want[i])
			continue
		}
		for n := range want[i] {
			w, g := want[i][n], got[i][n]
			same := len(w.fields) == len(g.fields) && (i == len(want)-1 || apart(w.at-want[i][0].at, g.at-got[i][0].at, 1))
			for k := range min(len(w.fields), len(g.fields)) {
				same = same && (w.fields[k] == g.fields[k] || slices.Contains(freeFields[w.fields[2]], k) || nearField(w.fields[2], w.fields[k], g.fields[k]))
				compared++
			}
			if !same {
				t.Errorf("call %d: %v, app_queue: %v", i+1, g, w)
			}
		}
	}
	if compared < 200 {
		t.Errorf("only %d fields are compared", compared)
	}
}

func apart(a, b, by int64) bool { return a-b <= by && b-a <= by }

// nearField compares numbers: seconds, but milliseconds of a ring that was not answered.
func nearField(event, want, got string) bool {
	a, err1 := strconv.ParseInt(want, 10, 64)
	b, err2 := strconv.ParseInt(got, 10, 64)
	by := int64(1)
	if strings.HasPrefix(event, "RING") {
		by = 1000
	}
	return err1 == nil && err2 == nil && len(want) < 8 && apart(a, b, by)
}
