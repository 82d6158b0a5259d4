package dialplan_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"kezek/dialplan"
	"kezek/queue"
)

// What the server does in every run that went well.
const (
	moreTime = `SET VARIABLE "TIMEOUT(absolute)" "120"`
	said     = `SET VARIABLE "KEZEK_SAID" "yes"`
	listen   = `SET VARIABLE "KEZEK_LISTEN" "yes"`
)

func play(id string) string { return `STREAM FILE "kezek/ru/` + id + `" ""` }

const (
	askPIN   = `GET DATA "kezek/ru/enter-pin" "5000" "16"`
	askAgain = `GET DATA "kezek/ru/wrong-pin" "5000" "16"`
)

func TestCodes(t *testing.T) {
	noLeak(t)
	for name, test := range map[string]struct {
		code, phone, pin string
		lamp             string // of the status key that was pressed
		keys             []string
		want             []string // commands, without those of every run
		events           []queue.Event
	}{
		"log in": {
			code: "10", phone: "PJSIP/1001", keys: []string{"4821"},
			want:   []string{askPIN, play("logged-in")},
			events: []queue.Event{queue.LogIn{Phone: "PJSIP/1001", PIN: "4821"}},
		},
		"log in, PIN dialled in one go": {
			code: "10", phone: "PJSIP/1001", pin: "4821",
			want:   []string{play("logged-in")},
			events: []queue.Event{queue.LogIn{Phone: "PJSIP/1001", PIN: "4821"}},
		},
		"wrong PIN in one go, then by key after a pause": {
			code: "10", phone: "PJSIP/1001", pin: "1", keys: []string{" (timeout)", "4821 (timeout)"},
			want: []string{askAgain, askAgain, play("logged-in")},
			events: []queue.Event{
				queue.LogIn{Phone: "PJSIP/1001", PIN: "1"},
				queue.LogIn{Phone: "PJSIP/1001", PIN: "4821"},
			},
		},
		"a star, a letter, a long number": {
			code: "10", phone: "PJSIP/1001", keys: []string{"48*1", "4A21", "1234567890123456"},
			want: []string{askPIN, askAgain, askAgain, play("wrong-pin")},
			events: []queue.Event{
				queue.LogIn{Phone: "PJSIP/1001", Agent: "48", PIN: "1"},
				queue.LogIn{Phone: "PJSIP/1001", PIN: "4A21"},
				queue.LogIn{Phone: "PJSIP/1001", PIN: "1234567890123456"},
			},
		},
		"a phone that is nobody's": {
			code: "10", phone: "PJSIP/2001", keys: []string{"1012", "1", "4821"},
			want:   []string{`GET DATA "kezek/ky/enter-agent-number" "5000" "16"`, `GET DATA "kezek/ky/enter-pin" "5000" "16"`, askAgain, play("logged-in")},
			events: []queue.Event{queue.LogIn{Phone: "PJSIP/2001", Agent: "1012", PIN: "1"}, queue.LogIn{Phone: "PJSIP/2001", Agent: "1012", PIN: "4821"}},
		},
		"number and PIN in one go": {
			code: "10", phone: "PJSIP/2001", pin: "1012*4821",
			want:   []string{play("logged-in")},
			events: []queue.Event{queue.LogIn{Phone: "PJSIP/2001", Agent: "1012", PIN: "4821"}},
		},
		"no key at all": {
			code: "10", phone: "PJSIP/1001", keys: []string{" (timeout)", "", " (timeout)"},
			want: []string{askPIN, askPIN, askPIN},
		},
		"an agent without PIN": {
			code: "10", phone: "PJSIP/1006", keys: []string{"4821"}, // the agent has one by now
			want: []string{askAgain, play("logged-in")},
			events: []queue.Event{
				queue.LogIn{Phone: "PJSIP/1006"},
				queue.LogIn{Phone: "PJSIP/1006", PIN: "4821"},
			},
		},
		"log out": {
			code: "11", phone: "PJSIP/1001", want: []string{play("logged-out")},
			events: []queue.Event{queue.LogOut{Phone: "PJSIP/1001"}},
		},
		"waiting": {
			code: "12", phone: "PJSIP/1001", want: []string{play("status-set")},
			events: []queue.Event{queue.SetStatus{Phone: "PJSIP/1001", Status: queue.StatusReady}},
		},
		"my state": {
			code: "13", phone: "PJSIP/1001", want: []string{play("status-waiting")},
			events: []queue.Event{queue.AskState{Phone: "PJSIP/1001"}},
		},
		"more time after a call": {
			code: "14", phone: "PJSIP/1001", want: []string{play("status-set")},
			events: []queue.Event{queue.ExtendWrapUp{Phone: "PJSIP/1001"}},
		},
		"the result of a call": {
			code: "41", phone: "PJSIP/1001", want: []string{play("status-set")},
			events: []queue.Event{queue.SetResult{Phone: "PJSIP/1001", Code: "1"}},
		},
		"a status of the table": {
			code: "31", phone: "PJSIP/1001", want: []string{play("status-set")},
			events: []queue.Event{queue.SetStatus{Phone: "PJSIP/1001", Status: "coffee"}},
		},
		"a code that is no status": {
			code: "39", phone: "PJSIP/1001", want: []string{play("status-set")},
			events: []queue.Event{queue.SetStatus{Phone: "PJSIP/1001", Status: "*39"}},
		},
		"a supervisor listens": {
			code: "81", phone: "PJSIP/1001", pin: "1006",
			want:   []string{play("monitor-listen"), listen},
			events: []queue.Event{queue.Supervise{Phone: "PJSIP/1001", Channel: "pbx-1.1", Mode: queue.MonitorListen, Agent: "1006"}},
		},
		"a supervisor at another phone, agent by key": {
			code: "83", phone: "PJSIP/2001", keys: []string{"1006", "1001*1", "1001*4821"},
			want: []string{`GET DATA "kezek/ky/enter-agent-number" "5000" "16"`, `GET DATA "kezek/ky/enter-agent-number" "5000" "16"`, askAgain, play("monitor-listen"), listen},
			events: []queue.Event{
				queue.Supervise{Phone: "PJSIP/2001", Channel: "pbx-1.1", Mode: queue.MonitorJoin, Agent: "1006"},
				queue.Supervise{Phone: "PJSIP/2001", Channel: "pbx-1.1", Mode: queue.MonitorJoin, Agent: "1006", Supervisor: "1001", PIN: "1"},
				queue.Supervise{Phone: "PJSIP/2001", Channel: "pbx-1.1", Mode: queue.MonitorJoin, Agent: "1006", Supervisor: "1001", PIN: "4821"},
			},
		},
		"the notice, by a supervisor at their own phone": {
			code: "17", phone: "PJSIP/1008", keys: []string{"1", "4821"},
			want:   []string{askPIN, askAgain, play("maintenance-on")},
			events: []queue.Event{queue.NoticeCode{Phone: "PJSIP/1008"}, queue.NoticeCode{Phone: "PJSIP/1008", PIN: "1"}, queue.NoticeCode{Phone: "PJSIP/1008", PIN: "4821"}},
		},
		"the notice, at the phone of one who is no supervisor": {
			code: "17", phone: "PJSIP/1001", keys: []string{"1008*4821"},
			want:   []string{`GET DATA "kezek/ru/enter-agent-number" "5000" "16"`, play("maintenance-on")},
			events: []queue.Event{queue.NoticeCode{Phone: "PJSIP/1001"}, queue.NoticeCode{Phone: "PJSIP/1001", Supervisor: "1008", PIN: "4821"}},
		},
		"no agent keyed in, and no number": {
			code: "81", phone: "PJSIP/2001", keys: []string{""},
			want: []string{`GET DATA "kezek/ky/enter-agent-number" "5000" "16"`},
		},
		"a status key": {
			lamp: "kezek-status-1001-coffee", phone: "PJSIP/1001", want: []string{play("status-set")},
			events: []queue.Event{queue.SetStatus{Phone: "PJSIP/1001", Status: "coffee", Key: "1001"}},
		},
		"a status key of nobody's": {
			lamp: "kezek-status-1999-coffee", phone: "PJSIP/1001", want: []string{play("status-set")},
			events: []queue.Event{queue.SetStatus{Phone: "PJSIP/1001", Status: "kezek-status-1999-coffee"}},
		},
		"an agent who does not talk": {
			code: "82", phone: "PJSIP/1001", pin: "1007",
			want:   []string{play("monitor-no-talk")},
			events: []queue.Event{queue.Supervise{Phone: "PJSIP/1001", Channel: "pbx-1.1", Mode: queue.MonitorWhisper, Agent: "1007"}},
		},
		"nobody's phone": {
			code: "11", phone: "PJSIP/", want: []string{play("logged-out")},
			events: []queue.Event{queue.LogOut{Phone: "PJSIP/"}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			d := reception()
			addr := serve(t, d, nil)
			x := connect(t, addr)
			if test.lamp != "" {
				x.send(press(test.lamp, test.phone))
			} else {
				x.send(describe(test.code, test.phone, test.pin))
			}
			got := x.run(test.keys...)
			want := append(append([]string{moreTime}, test.want...), said)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("commands (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(test.events, d.events()); diff != "" {
				t.Errorf("events (-want +got):\n%s", diff)
			}
		})
	}
}

// TestLanguage holds that an agent is asked in their own language, with the
// phrases' numbers untouched.
func TestLanguage(t *testing.T) {
	rules := site()
	rules.Agents["1006"].PIN = "1"
	d := &desk{answer: func(queue.Event) (queue.Answer, error) {
		return queue.Answer{Say: []queue.Phrase{{ID: "since", Language: "ky", N: 7}, {ID: "a\"b\\c", Language: "ky"}}}, nil
	}}
	addr := serve(t, d, func(o *dialplan.ServerOptions) {
		o.Rules = func() *queue.Rules { return rules }
		o.Sound = func(p queue.Phrase) string { return fmt.Sprint(p.Language, "/", p.ID, p.N) }
	})
	got := dial(t, addr, "10", "PJSIP/1006", "").run("1")
	want := []string{
		moreTime, `GET DATA "ky/enter-pin0" "5000" "16"`,
		`STREAM FILE "ky/since7" ""`, `STREAM FILE "ky/a\"b\\c0" ""`, said,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("commands (-want +got):\n%s", diff)
	}
}

func TestDeskCannot(t *testing.T) {
	d := &desk{answer: func(queue.Event) (queue.Answer, error) { return queue.Answer{}, errors.New("Redis is away") }}
	addr := serve(t, d, nil)
	got := dial(t, addr, "11", "PJSIP/1001", "").run()
	if diff := cmp.Diff([]string{moreTime, play("service-unavailable"), said}, got); diff != "" {
		t.Errorf("commands (-want +got):\n%s", diff)
	}

	// A supervisor asked for the PIN does not listen before the rules have seen it.
	asked := reception()
	d.answer = func(ev queue.Event) (queue.Answer, error) {
		if s, ok := ev.(queue.Supervise); ok && s.PIN != "" {
			return queue.Answer{}, errors.New("Redis is away")
		}
		return asked.answer(ev)
	}
	got = dial(t, addr, "81", "PJSIP/2001", "1006").run("1001*4821")
	want := []string{moreTime, `GET DATA "kezek/ky/enter-agent-number" "5000" "16"`, `STREAM FILE "kezek/ky/service-unavailable" ""`, said}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("commands (-want +got):\n%s", diff)
	}
}

// A word that could end a command and begin another is not sent.
func TestNoCommandInACommand(t *testing.T) {
	d := &desk{answer: func(queue.Event) (queue.Answer, error) {
		return queue.Answer{Say: []queue.Phrase{{ID: "x\nEXEC System reboot", Language: "ru"}}}, nil
	}}
	got := dial(t, serve(t, d, nil), "11", "PJSIP/1001", "").run()
	if diff := cmp.Diff([]string{moreTime}, got); diff != "" {
		t.Errorf("commands (-want +got):\n%s", diff)
	}
}

// hangups are replies that end a run before its time.
var hangups = map[string]string{
	"HANGUP alone":                       "HANGUP\n",
	"HANGUP in one packet with a reply":  "200 result=1\nHANGUP\n",
	"a command on a channel that is off": "200 result=1\n511 Command Not Permitted on a dead channel or intercept routine\n",
	"speech cut short":                   "200 result=1\n200 result=-1 endpos=160\n",
	"a command that is not known":        "200 result=1\n510 Invalid or unknown command\n",
	"a usage text":                       "200 result=1\n520-Invalid command syntax.  Proper usage follows:\nUsage\n520 End of proper usage.\n",
	"an empty line":                      "200 result=1\n\n",
	"nonsense":                           "200 result=1\nGET / HTTP/1.1\n",
	"the end":                            "",
}

// TestHangup holds that a phone that hangs up ends the run, but does not take
// back what was asked before.
func TestHangup(t *testing.T) {
	noLeak(t)
	for name, replies := range hangups {
		t.Run(name, func(t *testing.T) {
			d := reception()
			x := dial(t, serve(t, d, nil), "11", "PJSIP/1001", "")
			x.send(replies)
			if err := x.conn.(*net.TCPConn).CloseWrite(); err != nil {
				t.Fatal(err)
			}
			if got := x.closed(); strings.Contains(got, said) {
				t.Errorf("claims to have said an answer; sent %q", got)
			}
			want := 1
			if !strings.HasPrefix(replies, "200") {
				want = 0
			}
			if got := len(d.events()); got != want {
				t.Errorf("asked %d times, want %d", got, want)
			}
		})
	}
	for name, pin := range map[string]string{
		"while the PIN is asked for":    "-1",
		"more keys than were asked for": "12345678901234567",
	} {
		t.Run(name, func(t *testing.T) {
			d := reception()
			x := dial(t, serve(t, d, nil), "10", "PJSIP/1001", "")
			x.send("200 result=1\n200 result=" + pin + "\n")
			x.closed()
			if got := d.events(); len(got) != 0 {
				t.Errorf("asked %v", got)
			}
		})
	}
}

var long = strings.Repeat("a", 5000)

// badDescriptions are what no Asterisk sends.
var badDescriptions = map[string]string{
	"HTTP":              "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
	"TLS":               "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + long,
	"empty":             "\n",
	"no code":           describe("", "PJSIP/1001", ""),
	"a long code":       describe("1000", "PJSIP/1001", ""),
	"no phone":          describe("11", "", ""),
	"a phone of spaces": describe("11", "PJSIP/10 01", ""),
	"a long phone":      describe("11", "PJSIP/"+long[:200], ""),
	"a PIN of letters":  describe("10", "PJSIP/1001", "secret"),
	"a long PIN":        describe("10", "PJSIP/1001", strings.Repeat("1", 100)),
	"no lamp's name":    press("kezek status", "PJSIP/1001"),
	"no channel's id":   strings.Replace(describe("81", "PJSIP/1001", "1006"), "pbx-1.1", "../1", 1),
	"an oversized line": "agi_request: " + long + "\n" + describe("11", "PJSIP/1001", ""),
	"too many lines":    strings.Repeat("agi_x: y\n", 300) + describe("11", "PJSIP/1001", ""),
	"long lines":        strings.Repeat("agi_x: "+long[:1000]+"\n", 40) + describe("11", "PJSIP/1001", ""),
	"zeroes":            strings.Repeat("\x00", 100) + "\n\n",
}

func TestBadDescriptions(t *testing.T) {
	noLeak(t)
	for name, text := range badDescriptions {
		t.Run(name, func(t *testing.T) {
			d := reception()
			x := connect(t, serve(t, d, nil))
			_, _ = io.WriteString(x.conn, text) // it may be cut off in the middle
			if got := x.closed(); got != "" {
				t.Errorf("the server sent %q", got)
			}
			if got := d.events(); len(got) != 0 {
				t.Errorf("asked %v", got)
			}
		})
	}
}

// TestAddresses holds that only those may connect who are allowed to.
func TestAddresses(t *testing.T) {
	noLeak(t)
	d := reception()
	addr := serve(t, d, func(o *dialplan.ServerOptions) {
		o.Allow = []netip.Prefix{netip.MustParsePrefix("127.0.0.9/32")}
	})
	x := connect(t, addr)
	_, _ = io.WriteString(x.conn, describe("11", "PJSIP/1001", ""))
	if got := x.closed(); got != "" || len(d.events()) != 0 {
		t.Errorf("127.0.0.1 was served: %q %v", got, d.events())
	}
	from := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 9)}}
	conn, err := from.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	x = &exchange{t, conn, bufio.NewReader(conn)}
	x.send(describe("11", "PJSIP/1001", ""))
	if got := x.run(); !slices.Contains(got, said) {
		t.Errorf("127.0.0.9 was not served: %q", got)
	}
}

// TestIdle holds that connections that say nothing, or next to nothing, cost
// no more than their number, are closed in time, and do not keep codes out.
func TestIdle(t *testing.T) {
	noLeak(t)
	const bound = 100
	d := reception()
	addr := serve(t, d, func(o *dialplan.ServerOptions) { o.MaxConns = bound })
	began := time.Now()
	idle := make([]*exchange, 1000)
	for i := range idle {
		idle[i] = connect(t, addr)
	}
	drip := idle[len(idle)-1] // a byte at a time, for ever
	go func() {
		for {
			if _, err := drip.conn.Write([]byte("a")); err != nil {
				return
			}
			time.Sleep(100 * time.Millisecond)
		}
	}()
	if got := dial(t, addr, "11", "PJSIP/1001", "").run(); !slices.Contains(got, said) {
		t.Errorf("a code meanwhile got %q", got)
	}
	for _, x := range idle[:len(idle)-bound] {
		x.closed()
	}
	if took := time.Since(began); took > 3*time.Second {
		t.Errorf("connections over the bound were closed after %s, want at once", took)
	}
	for _, x := range idle {
		x.closed()
	}
	if took := time.Since(began); took < 4*time.Second || took > 8*time.Second {
		t.Errorf("idle connections were closed after %s, want 5 s", took)
	}
}

// TestOnePhone holds that the codes of one phone do not keep out those of others, nor its own next one.
func TestOnePhone(t *testing.T) {
	noLeak(t)
	addr := serve(t, reception(), func(o *dialplan.ServerOptions) { o.MaxConns = 1 })
	var stuck []*exchange
	for range 4 {
		x := dial(t, addr, "10", "PJSIP/1001", "")
		x.expect(moreTime)
		stuck = append(stuck, x)
	}
	if got := dial(t, addr, "11", "PJSIP/1006", "").run(); !slices.Contains(got, said) {
		t.Errorf("another phone got %q", got)
	}
	if got := dial(t, addr, "11", "PJSIP/1001", "").run(); !slices.Contains(got, said) {
		t.Errorf("the phone's fifth code got %q", got)
	}
	stuck[0].closed()
	stuck[3].send("200 result=1\n")
	stuck[3].expect(askPIN) // the others stay
}

// TestStop holds that the end of the server cuts a run that hangs in the middle.
func TestStop(t *testing.T) {
	noLeak(t)
	asked := make(chan struct{})
	addr, stop := start(t, askFunc(func(ctx context.Context) (queue.Answer, error) {
		close(asked)
		<-ctx.Done()
		return queue.Answer{}, ctx.Err()
	}), nil)
	middle := dial(t, addr, "10", "PJSIP/1001", "") // has been asked for the PIN and says nothing
	middle.expect(moreTime)
	middle.send("200 result=1\n")
	middle.expect(askPIN)
	waiting := dial(t, addr, "11", "PJSIP/1001", "") // waits for the desk
	waiting.send("200 result=1\n")
	<-asked
	stop()
}

type askFunc func(context.Context) (queue.Answer, error)

func (f askFunc) Ask(ctx context.Context, _ queue.Event) (queue.Answer, error) { return f(ctx) }

// TestSameCodeTwice holds that a code does not wait for another of the same phone.
func TestSameCodeTwice(t *testing.T) {
	d := reception()
	addr := serve(t, d, nil)
	first := dial(t, addr, "10", "PJSIP/1001", "")
	first.expect(moreTime)
	first.send("200 result=1\n")
	first.expect(askPIN)
	if got := dial(t, addr, "10", "PJSIP/1001", "").run("4821"); !slices.Contains(got, play("logged-in")) {
		t.Errorf("the second got %q", got)
	}
	first.send("200 result=4821\n")
	if got := first.run(); !slices.Contains(got, play("logged-in")) {
		t.Errorf("the first got %q", got)
	}
}

func TestPortTaken(t *testing.T) {
	addr := serve(t, reception(), nil)
	if _, err := dialplan.NewServer(dialplan.ServerOptions{Listen: addr}); err == nil || !strings.Contains(err.Error(), "agi.listen") {
		t.Errorf("error is %v; want one that names agi.listen", err)
	}
}
