package e2e

import (
	"bufio"
	"cmp"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"kezek/lab/phone"
	"kezek/queue"
)

const (
	didCompared = "+996312900941"
	didAppQueue = "+996312900942"
)

// TestAMI: the same happens in a queue of app_queue and in one of Kezek on one Asterisk, and a program that listens to both over AMI, and asks
// both, gets the same packets, header by header, but for what amiDiffers allows.
func TestAMI(t *testing.T) {
	t.Parallel()
	kezek, asterisk := freePort(t), freePort(t)
	s := prepare(t, `
ami: {listen: "`+kezek+`", users: {panel: {password: "lab-panel-password", write: true}}}
queues:`+deskQueue("compared", didCompared, `
    weight: 2
    max_waiting: 9
    service_level: {within: 20s, target: 80}
    ring: {timeout: 4s, rest: 1s}`)+`
statuses:
  smoking: {code: "38", title: {ru: "Перекур"}, forbidden_to: [compared]}
agents:
  "1011": {queues: [compared], speech: ru}
`)
	_, port, _ := net.SplitHostPort(asterisk)
	must(t, os.WriteFile(filepath.Join(s.Dir, "asterisk", "etc", "manager.conf"), []byte(`[general]
enabled = yes
bindaddr = 127.0.0.1
port = `+port+`
[panel]
secret = lab-panel-password
read = all
write = all
`), 0o644))
	s.cli(t, "manager reload")
	s.edit(t, "queues.conf", "queue reload all", "[bench]\n", `[compared]
strategy = leastrecent
ringinuse = no
retry = 1
timeout = 4
weight = 2
maxlen = 9
servicelevel = 20
joinempty = yes

[bench]
`)
	s.edit(t, "extensions.conf", "dialplan reload", "[from-carrier]\n", "[from-carrier]\nexten => "+didAppQueue+",1,Answer()\n same => n,Queue(compared)\n same => n,Hangup()\n")
	s.mustStart(t)
	a := s.phone(t, "1011")

	const busy, plain = "device_state_busy_at = 1\n", "device_state_busy_at = 0\n"
	s.edit(t, "pjsip.conf", "module reload res_pjsip.so", busy, plain) // else app_queue calls busy both what rings and what talks
	theirs := amiScript(t, s, a, openAMI(t, asterisk), didAppQueue)
	s.edit(t, "pjsip.conf", "module reload res_pjsip.so", plain, busy)
	ours := amiScript(t, s, a, openAMI(t, kezek), didCompared)
	compareAMI(t, theirs, ours)
	amiOrders(t, s, a, openAMI(t, kezek))
	s.nothingLeft(t)
	s.noTrouble(t)
}

// amiDiffers are the headers in which Kezek's packets may differ from app_queue's, and why. docs/ami.md says the same.
var amiDiffers = map[string]string{
	"*/Language":     "the caller's language, not that of the channel",
	"*/DestLanguage": "the caller's language, not that of the channel",
	"*/Context":      "Kezek's callers are in no context of the dialplan",
	"*/DestContext":  "as are the calls to its agents",
	"*/Priority":     "nor at a priority of it",
	// app_queue has the caller id of the endpoint, here the extension.
	"*/DestCallerIDName":        "the agent's name",
	"*/ConnectedLineName":       "the agent's name",
	"unknown: Response/Message": "AMI's own words do not say that Kezek is another program",
}

// amiRaces are the headers in which app_queue's packets differ from one time to the next.
var amiRaces = map[string]string{
	"rings: AgentCalled/DestChannelState":         "the phone rings already, or not yet",
	"rings: AgentCalled/DestChannelStateDesc":     "as above",
	"rings: status: QueueEntry/ConnectedLineNum":  "the caller's channel is told of the phone that rings, or not yet",
	"rings: status: QueueEntry/ConnectedLineName": "as above",
	"answered: QueueMemberStatus/InCall":          "the phone is in use before the talk begins",
}

// amiStage is what a program saw at a stage of the script.
type amiStage struct {
	name    string
	packets []amiPacket
}

// amiScript is what happens in a queue.
func amiScript(t *testing.T, s *site, a *agent, c *amiClient, did string) (stages []amiStage) {
	t.Helper()
	const member = "PJSIP/1011"
	stage := func(name string, packets ...amiPacket) {
		stages = append(stages, amiStage{name, packets})
	}
	ask := func(name string, lines ...string) { stage(name, c.ask(lines...)...) }
	status := func(name string) {
		ask(name+": status", "Action: QueueStatus", "Queue: compared")
		ask(name+": summary", "Action: QueueSummary", "Queue: compared")
	}
	order := func(name, event string, lines ...string) {
		mark := c.mark()
		ask(name, lines...)
		if event != "" {
			stage(name+": event", c.await(mark, event))
		}
	}
	add := []string{"Action: QueueAdd", "Queue: compared", "Interface: " + member, "MemberName: Оператор 1011", "Penalty: 0"}

	ask("ping", "Action: Ping")
	ask("nobody pauses", "Action: QueuePause", "Queue: compared", "Interface: "+member, "Paused: 1")
	ask("nobody leaves", "Action: QueueRemove", "Queue: compared", "Interface: "+member)
	ask("no such queue", "Action: QueueAdd", "Queue: none", "Interface: "+member)
	ask("no such queue to leave", "Action: QueueRemove", "Queue: none", "Interface: "+member)
	ask("no interface", "Action: QueuePenalty", "Penalty: 1")
	status("nobody")
	order("added", "QueueMemberAdded", add...)
	ask("added again", add...)
	status("free")
	ask("one member", "Action: QueueStatus", "Queue: compared", "Member: "+member)
	ask("no member", "Action: QueueStatus", "Queue: compared", "Member: PJSIP/9")
	order("paused", "QueueMemberPause", "Action: QueuePause", "Queue: compared", "Interface: "+member, "Paused: true", "Reason: coffee")
	status("paused")
	order("unpaused", "QueueMemberPause", "Action: QueuePause", "Interface: "+member, "Paused: false")
	order("penalty", "QueueMemberPenalty", "Action: QueuePenalty", "Interface: "+member, "Queue: compared", "Penalty: 3")
	status("penalty")

	mark := c.mark()
	first := s.dial(t, phone.CallerID{Number: number(), Name: "Ann"}, did)
	must(t, first.WaitAnswer(within(t, patience)))
	r := a.rings()
	ringing := func(in amiPacket) bool { return in.get("Status") == "6" }
	stage("rings", c.await(mark, "QueueCallerJoin"), c.await(mark, "AgentCalled"), c.await(mark, "QueueMemberStatus", ringing))
	status("rings")
	_, err := r.WaitEnd(within(t, patience))
	must(t, err)
	stage("no answer", c.await(mark, "AgentRingNoAnswer"))
	mark = c.mark()
	r = a.rings()
	must(t, r.Answer(within(t, patience)))
	talks := func(in amiPacket) bool { return in.get("Status") == "2" }
	stage("answered", c.await(mark, "QueueCallerLeave"), c.await(mark, "AgentConnect"), c.await(mark, "QueueMemberStatus", talks))
	talk(t, r, first, r.At(phone.AnswerSent))
	status("talks")

	mark = c.mark()
	second := s.dial(t, phone.CallerID{Number: number()}, did)
	must(t, second.WaitAnswer(within(t, patience)))
	stage("waits", c.await(mark, "QueueCallerJoin"))
	time.Sleep(2 * time.Second) // a wait that is to be told
	status("waits")
	must(t, second.Hangup(within(t, patience)))
	stage("abandoned", c.await(mark, "QueueCallerAbandon"), c.await(mark, "QueueCallerLeave"))

	mark = c.mark()
	must(t, first.Hangup(within(t, patience)))
	free := func(in amiPacket) bool { return in.get("Status") == "1" }
	stage("caller hangs up", c.await(mark, "AgentComplete"), c.await(mark, "QueueMemberStatus", free))
	status("over")

	mark = c.mark()
	third := s.dial(t, phone.CallerID{Number: number()}, did)
	must(t, third.WaitAnswer(within(t, patience)))
	r = a.rings()
	must(t, r.Answer(within(t, patience)))
	talk(t, r, third, r.At(phone.AnswerSent))
	must(t, r.Hangup(within(t, patience)))
	stage("agent hangs up", c.await(mark, "AgentComplete"))
	_ = third.Hangup(within(t, patience))
	c.await(mark, "QueueMemberStatus", free)
	order("removed", "QueueMemberRemoved", "Action: QueueRemove", "Queue: compared", "Interface: "+member)
	ask("removed again", "Action: QueueRemove", "Queue: compared", "Interface: "+member)
	status("at the end")
	ask("unknown", "Action: Nonsense")
	ask("goodbye", "Action: Logoff")
	return stages
}

// amiOrders: a program's orders are the agent's own wishes, refused with the rule's reason, and recorded under its name.
func amiOrders(t *testing.T, s *site, a *agent, c *amiClient) {
	t.Helper()
	const member = "PJSIP/1011"
	says := func(want string, lines ...string) {
		t.Helper()
		if p := c.ask(lines...)[0]; p.get("Message") != want {
			t.Errorf("%v is answered %v, want %q", lines, p, want)
		}
	}
	mark := s.journal.mark()
	says("Added interface to queue", "Action: QueueAdd", "Queue: compared", "Interface: "+member)
	a.status(queue.StatusReady)
	says("the table forbids this status to agents of these queues: a supervisor may order it, for a reason",
		"Action: QueuePause", "Interface: "+member, "Paused: 1", "Reason: Перекур")
	a.status(queue.StatusReady)
	says("Interface paused successfully", "Action: QueuePause", "Interface: "+member, "Paused: 1", "Reason: кофе-БРЕЙК")
	a.status("coffee")
	// The agent's own log-out is told, too.
	from := c.mark()
	a.code("*11")
	c.await(from, "QueueMemberRemoved")
	for _, kind := range []queue.EntryKind{queue.EntryAgentLogIn, queue.EntryRefused, queue.EntryAgentOrder} {
		s.journal.await(t, mark, string(kind)+" by panel", func(e entry) bool { return e.kind() == kind && e["by"] == "panel" && e["agent"] == a.id })
	}
	if n := s.metric(t, "kezek_ami_clients"); n != 1 { // the one of the script has left
		t.Errorf("%v clients", n)
	}
}

// compareAMI compares what both gave, stage by stage.
func compareAMI(t *testing.T, theirs, ours []amiStage) {
	t.Helper()
	used := map[string]bool{}
	for i, stage := range theirs {
		if len(stage.packets) != len(ours[i].packets) {
			t.Errorf("%s: app_queue sends %d packets, Kezek %d:\n%v\n%v", stage.name, len(stage.packets), len(ours[i].packets), stage.packets, ours[i].packets)
			continue
		}
		for j, want := range stage.packets {
			got := ours[i].packets[j]
			if !slices.Equal(want.names(), got.names()) {
				t.Errorf("%s: the headers are %v, app_queue's %v", stage.name, got.names(), want.names())
			}
			for _, h := range want {
				is, what := got.get(h.name), stage.name+": "+cmp.Or(want.get("Event"), "Response")+"/"+h.name
				if sameHeader(h.name, h.value, is) {
					continue
				}
				_, here := amiDiffers[what]
				_, race := amiRaces[what]
				if _, everywhere := amiDiffers["*/"+h.name]; !here && !race && !everywhere {
					t.Errorf("%s is %q, app_queue's %q", what, is, h.value)
				}
				used[what], used["*/"+h.name] = true, true
			}
		}
	}
	for what := range amiDiffers {
		if !used[what] {
			t.Errorf("%s does not differ: amiDiffers need not allow it", what)
		}
	}
}

var channelNumber = regexp.MustCompile(`-[0-9a-f]{8}$`)

// sameHeader compares two values: times are of today on both sides or 0, lengths may differ by a second, ids are there on both sides.
func sameHeader(name, a, b string) bool {
	number := func(text string) int {
		n, err := strconv.Atoi(text)
		if err != nil {
			return -1 << 40
		}
		return n
	}
	near := func(most int) bool { d := number(a) - number(b); return d <= most && d >= -most }
	switch name {
	case "LastCall", "LastPause", "LoginTime":
		now := int(time.Now().Unix())
		return a == b || now-number(a) < 300 && now-number(b) < 300
	case "Wait", "HoldTime", "Holdtime", "TalkTime", "LongestHoldTime":
		return near(1)
	case "RingTime":
		return near(1000)
	case "Uniqueid", "Linkedid", "DestUniqueid", "DestLinkedid", "Timestamp":
		return (a == "") == (b == "")
	case "Channel", "DestChannel":
		return channelNumber.ReplaceAllString(a, "") == channelNumber.ReplaceAllString(b, "")
	case "CallerIDNum", "DestConnectedLineNum", "ConnectedLineNum":
		return a == b || strings.HasPrefix(a, "+99670") && strings.HasPrefix(b, "+99670")
	case "Exten", "DestExten":
		return a == b || strings.HasPrefix(a, "+99631290094") && strings.HasPrefix(b, "+99631290094")
	}
	return a == b
}

// amiPacket is a packet of AMI: its headers in order.
type amiPacket []struct{ name, value string }

func (p amiPacket) get(name string) string {
	for _, h := range p {
		if h.name == name {
			return h.value
		}
	}
	return ""
}

func (p amiPacket) names() (names []string) {
	for _, h := range p {
		names = append(names, h.name)
	}
	return names
}

// amiClient is a program that speaks AMI.
type amiClient struct {
	t    *testing.T
	conn net.Conn

	mu      sync.Mutex
	changed chan struct{}
	packets []amiPacket
	asked   int
}

// openAMI logs in, and reads from then on.
func openAMI(t *testing.T, addr string) *amiClient {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	must(t, err)
	t.Cleanup(func() { conn.Close() })
	c := &amiClient{t: t, conn: conn, changed: make(chan struct{})}
	t.Cleanup(func() {
		for _, p := range c.packets[:c.mark()] {
			if testing.Verbose() && t.Failed() && p.get("Queue") == "compared" && p.get("ActionID") == "" {
				t.Logf("%s sent %v", addr, p)
			}
		}
	})
	in := bufio.NewReader(conn)
	banner, err := in.ReadString('\n')
	must(t, err)
	if banner != "Asterisk Call Manager/11.0.0\r\n" {
		t.Errorf("%s says %q", addr, banner)
	}
	go c.reads(in)
	if p := c.ask("Action: Login", "Username: panel", "Secret: lab-panel-password"); p[0].get("Message") != "Authentication accepted" {
		t.Fatalf("%s: %v", addr, p)
	}
	time.Sleep(200 * time.Millisecond) // what comes with the log-in, and is no event of a queue
	return c
}

func (c *amiClient) reads(in *bufio.Reader) {
	var p amiPacket
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		line = strings.TrimRight(line, "\r\n")
		if name, value, ok := strings.Cut(line, ":"); ok {
			p = append(p, struct{ name, value string }{name, strings.TrimPrefix(value, " ")})
			continue
		}
		c.mu.Lock()
		c.packets = append(c.packets, p)
		close(c.changed)
		c.changed = make(chan struct{})
		c.mu.Unlock()
		p = nil
	}
}

func (c *amiClient) mark() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.packets)
}

// find waits for a packet since a mark, and returns the mark behind it.
func (c *amiClient) find(mark int, what string, match func(amiPacket) bool) (amiPacket, int) {
	c.t.Helper()
	limit := time.After(patience)
	for {
		c.mu.Lock()
		packets, changed := c.packets, c.changed
		c.mu.Unlock()
		for ; mark < len(packets); mark++ {
			if match(packets[mark]) {
				return packets[mark], mark + 1
			}
		}
		select {
		case <-changed:
		case <-limit:
			c.t.Fatalf("%s: no %s", c.conn.RemoteAddr(), what)
		}
	}
}

// await waits for an event about the compared queue.
func (c *amiClient) await(mark int, event string, also ...func(amiPacket) bool) amiPacket {
	c.t.Helper()
	p, _ := c.find(mark, event, func(p amiPacket) bool {
		return p.get("Event") == event && p.get("Queue") == "compared" && p.get("ActionID") == "" && (len(also) == 0 || also[0](p))
	})
	return p
}

// ask sends an action and waits for its answer, with all events of a list.
func (c *amiClient) ask(lines ...string) (answer []amiPacket) {
	c.t.Helper()
	c.asked++
	id := fmt.Sprintf("%s-%d", "action", c.asked)
	mark := c.mark()
	_, err := fmt.Fprintf(c.conn, "%s\r\nActionID: %s\r\n\r\n", strings.Join(lines, "\r\n"), id)
	must(c.t, err)
	for {
		var p amiPacket
		p, mark = c.find(mark, "answer to "+lines[0], func(p amiPacket) bool { return p.get("ActionID") == id })
		answer = append(answer, p)
		if answer[0].get("EventList") == "" || p.get("EventList") == "Complete" {
			return answer
		}
	}
}

// freePort is an address of this machine where nobody listens.
func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer l.Close()
	return l.Addr().String()
}
