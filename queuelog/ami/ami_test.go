package ami

import (
	"bufio"
	"context"
	"crypto/md5"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"kezek/queue"
)

// site is a server with real rules behind it.
type site struct {
	*Server
	addr string
	stop func()

	mu    sync.Mutex
	state *queue.State
	away  error
	// counts of what the metrics were told.
	counts map[string]int
}

func (s *site) Ask(_ context.Context, ev queue.Event) (queue.Answer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.away != nil {
		return queue.Answer{}, s.away
	}
	return s.step(ev), nil
}

func (s *site) View(_ context.Context, look func(*queue.State)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.away != nil {
		return s.away
	}
	look(s.state)
	return nil
}

func (s *site) step(ev queue.Event) queue.Answer {
	fx := s.state.Step(time.Now(), ev)
	s.Happened(fx.Journal)
	return fx.Answer
}

// happen is one event after the other.
func (s *site) happen(events ...queue.Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, ev := range events {
		s.step(ev)
	}
}

func (s *site) count(what string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.counts[what]++
}

func (s *site) counted(what string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.counts[what]
}

const did = "+996312900800"

func testRules() *queue.Rules {
	sales := queue.DefaultQueue()
	sales.Name, sales.DID, sales.DefaultLanguage, sales.WrapUp, sales.Ring.Broken, sales.Welcome = "sales", []string{did}, "ru", 0, 0, false
	sales.DIDLanguage = map[string]queue.Language{did: "ru"}
	sales.Weight, sales.MaxWaiting = 3, 50
	repair := queue.DefaultQueue()
	repair.Name, repair.DID, repair.DefaultLanguage = "repair", []string{"+996312900801"}, "ru"
	agent := func(id string, order int, queues ...queue.Membership) *queue.AgentRules {
		return &queue.AgentRules{
			ID: id, Name: map[queue.Language]string{"ru": "Оператор " + id}, Endpoint: "PJSIP/" + id,
			Languages: []queue.Language{"ru"}, Queues: queues, PIN: id, Speech: "ru", Order: order,
		}
	}
	return &queue.Rules{
		Languages: []queue.Language{"ru"},
		Queues:    map[string]*queue.QueueRules{"sales": &sales, "repair": &repair},
		Agents: map[string]*queue.AgentRules{
			"1001": agent("1001", 0, queue.Membership{Queue: "sales", Penalty: 2}),
			"1012": agent("1012", 1, queue.Membership{Queue: "sales"}, queue.Membership{Queue: "repair"}),
		},
		Statuses: map[string]*queue.StatusRules{
			"coffee":   {Name: "coffee", Code: "31", Title: map[queue.Language]string{"ru": "Кофе-брейк"}},
			"printing": {Name: "printing", Code: "37", ForbiddenTo: []string{"sales"}},
		},
		Location: time.UTC, Menu: queue.DefaultMenu(),
	}
}

// newSite is a server with phones that are registered and nobody logged in.
func newSite(t *testing.T) *site {
	t.Helper()
	s := &site{state: queue.New(testRules(), nil), counts: map[string]int{}}
	s.Server = New(Options{
		Engine: s, Channel: func(id string) string {
			if strings.HasPrefix(id, "gone") {
				return ""
			}
			return "PJSIP/" + id
		},
		Settings: Settings{Users: []User{
			{"panel", "secret of the panel", true, true}, {"board", "secret of the board", true, false}, {"scraper", "scraper's secret", false, false},
		}},
		Metrics: Metrics{
			Clients: func(n int) { s.count(fmt.Sprint("clients ", n)) }, LogIn: s.count, Action: s.count, Cut: func() { s.count("cut") },
		},
	})
	s.happen(queue.Synced{Phones: []queue.PhoneChanged{{Endpoint: "PJSIP/1001", Reachable: true}, {Endpoint: "PJSIP/1012", Reachable: true}}})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.addr = l.Addr().String()
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- s.Serve(ctx, l) }()
	s.stop = sync.OnceFunc(func() {
		cancel()
		select {
		case err := <-served:
			if err != nil {
				t.Error(err)
			}
		case <-time.After(5 * time.Second):
			t.Error("it does not stop")
		}
	})
	t.Cleanup(s.stop)
	return s
}

// client is a program.
type client struct {
	t    *testing.T
	conn net.Conn
	in   *bufio.Reader
}

// packetOf is what a client got: headers by name.
type packetOf map[string]string

func (s *site) connect(t *testing.T) *client {
	t.Helper()
	conn, err := net.Dial("tcp", s.addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	c := &client{t, conn, bufio.NewReader(conn)}
	_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
	line, err := c.in.ReadString('\n')
	if err != nil || line != "Asterisk Call Manager/11.0.0\r\n" {
		t.Fatalf("banner %q, %v", line, err)
	}
	return c
}

func (s *site) logIn(t *testing.T, user, secret string, more ...string) *client {
	t.Helper()
	c := s.connect(t)
	c.send(append([]string{"Action: Login", "Username: " + user, "Secret: " + secret}, more...)...)
	if p := c.read(); p["Message"] != "Authentication accepted" || p["Response"] != "Success" {
		t.Fatalf("log-in: %v", p)
	}
	return c
}

func (c *client) send(lines ...string) {
	c.t.Helper()
	if _, err := c.conn.Write([]byte(strings.Join(lines, "\r\n") + "\r\n\r\n")); err != nil {
		c.t.Fatal(err)
	}
}

// next reads a packet, whatever it is; nil at the end.
func (c *client) next() packetOf {
	p := packetOf{}
	for {
		line, err := c.in.ReadString('\n')
		if err != nil {
			return nil
		}
		line, ok := strings.CutSuffix(line, "\r\n")
		if !ok {
			c.t.Errorf("line %q does not end with CRLF", line)
		}
		if line == "" {
			return p
		}
		name, value, ok := strings.Cut(line, ": ")
		if !ok {
			c.t.Errorf("%q is no header", line)
		}
		if _, twice := p[name]; twice {
			c.t.Errorf("header %s comes twice", name)
		}
		p[name] = value
	}
}

// read is the next packet.
func (c *client) read() packetOf {
	c.t.Helper()
	p := c.next()
	if p == nil {
		c.t.Fatal("the connection is closed")
	}
	return p
}

// event is the next event of a name; what comes before it is passed over.
func (c *client) event(name string) packetOf {
	c.t.Helper()
	for {
		if p := c.read(); p["Event"] == name {
			return p
		}
	}
}

// ask sends an action and reads its answer, with the events of a list.
func (c *client) ask(lines ...string) (answer packetOf, events []packetOf) {
	c.t.Helper()
	c.send(append(lines, "ActionID: 7")...)
	for {
		p := c.read()
		switch {
		case p["Response"] != "":
			if answer = p; p["EventList"] == "" {
				return answer, nil
			}
		case answer != nil:
			if events = append(events, p); p["EventList"] == "Complete" {
				return answer, events
			}
		}
		if p["Privilege"] == "" && p["ActionID"] != "7" {
			c.t.Errorf("%v has not the id of the action", p)
		}
	}
}

// wants compares some headers.
func (p packetOf) wants(t *testing.T, want packetOf) {
	t.Helper()
	for name, value := range want {
		if p[name] != value {
			t.Errorf("%s: %q, want %q, in %v", name, p[name], value, p)
		}
	}
}

func TestLogIn(t *testing.T) {
	s := newSite(t)
	c := s.connect(t)
	c.send("Action: QueueStatus")
	c.read().wants(t, packetOf{"Response": "Error", "Message": "Permission denied"})
	c.send("action: challenge", "authtype: md5", "ActionID: x")
	p := c.read()
	p.wants(t, packetOf{"Response": "Success", "ActionID": "x"})
	sum := md5.Sum([]byte(p["Challenge"] + "secret of the panel"))
	c.send("Action: Login", "AuthType: MD5", "Username: panel", "Key: "+hex.EncodeToString(sum[:]))
	c.read().wants(t, packetOf{"Response": "Success", "Message": "Authentication accepted"})
	c.event("FullyBooted").wants(t, packetOf{"Privilege": "system,all", "Status": "Fully Booted"})
	p, _ = c.ask("Action: Ping")
	p.wants(t, packetOf{"Response": "Success", "Ping": "Pong"})
	p, _ = c.ask("Action: Login", "Username: panel", "Secret: x")
	p.wants(t, packetOf{"Message": "Already authenticated"})
	c.send("Action: Logoff")
	c.read().wants(t, packetOf{"Response": "Goodbye", "Message": "Thanks for all the fish."})
	if c.next() != nil {
		t.Error("it goes on after the goodbye")
	}
}

func TestWrongLogIns(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.logIn(t, "board", "secret of the board")
	for _, wrong := range [][]string{
		{"Username: panel", "Secret: secret of the board"}, {"Username: nobody", "Secret: "}, {"Secret: secret of the panel"},
		{"Username: panel", "AuthType: MD5", "Key: d41d8cd98f00b204e9800998ecf8427e"},
	} {
		c := s.connect(t)
		before := time.Now()
		c.send(append([]string{"Action: Login"}, wrong...)...)
		c.read().wants(t, packetOf{"Response": "Error", "Message": "Authentication failed"})
		if time.Since(before) < wrongPause || c.next() != nil {
			t.Error("a wrong log-in is answered at once, or may try again")
		}
	}
	// A right one is not looked at now, unless the user was right before.
	c := s.connect(t)
	c.send("Action: Login", "Username: panel", "Secret: secret of the panel")
	c.read().wants(t, packetOf{"Message": "Authentication failed"})
	s.logIn(t, "board", "secret of the board")
	if s.counted(LogInWrong) != 4 || s.counted(LogInSlowed) != 1 || s.counted(LogInAccepted) != 2 {
		t.Errorf("counted %v", s.counts)
	}
}

func TestGuesses(t *testing.T) {
	var g guesses
	at := time.Now()
	for i, pause := range []time.Duration{0, 0, time.Second, 2 * time.Second, 4 * time.Second} {
		g.was(false, "", at)
		if g.looks("panel", at.Add(pause-1)) != (pause == 0) || !g.looks("panel", at.Add(pause)) {
			t.Errorf("after %d wrong ones it does not wait for %v", i+1, pause)
		}
	}
	for range 100 {
		g.was(false, "", at)
	}
	if g.looks("panel", at.Add(longestPause-1)) || !g.looks("panel", at.Add(longestPause)) {
		t.Error("the longest pause is another")
	}
	g.was(false, "", at.Add(forgetGuesses+time.Second))
	if !g.looks("panel", at.Add(forgetGuesses+time.Second)) {
		t.Error("old ones are not forgotten")
	}
}

func TestEventMask(t *testing.T) {
	s := newSite(t)
	c := s.logIn(t, "panel", "secret of the panel", "Events: off")
	for _, tt := range []struct{ mask, want string }{
		{"on", "On"}, {"off", "Off"}, {"system,call,agent", "On"}, {"0", "Off"}, {"32", "On"}, {"none", "Off"}, {"nonsense", "Off"}, {"", ""},
	} {
		p, _ := c.ask("Action: Events", "EventMask: "+tt.mask)
		if p["Events"] != tt.want || tt.want == "" && p["Message"] != "Invalid event mask" {
			t.Errorf("mask %q: %v", tt.mask, p)
		}
	}
	// Who may not read gets no events, whatever they ask for.
	deaf := s.logIn(t, "scraper", "scraper's secret", "Events: on")
	deaf.ask("Action: Events", "EventMask: on")
	hears := s.logIn(t, "board", "secret of the board", "Events: agent")
	s.listening(t)
	s.happen(queue.LogIn{Agent: "1001", Trusted: true})
	hears.event("QueueMemberAdded").wants(t, packetOf{"Privilege": "agent,all", "Queue": "sales", "MemberName": "Оператор 1001", "Interface": "PJSIP/1001", "Status": "1", "Penalty": "2", "Ringinuse": "0"})
	deaf.send("Action: Ping")
	if p := deaf.read(); p["Ping"] != "Pong" {
		t.Errorf("it hears %v", p)
	}
}

// listening waits until the server has taken its first view: what happens from now on is news.
func (s *site) listening(t *testing.T) {
	t.Helper()
	for end := time.Now().Add(5 * time.Second); !s.narrating.Load(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("it never looks at the state")
		}
	}
}

func TestStatusOfQueues(t *testing.T) {
	s := newSite(t)
	s.happen(queue.LogIn{Agent: "1001", Trusted: true}, queue.LogIn{Agent: "1012", Trusted: true}, queue.SetStatus{Agent: "1012", Status: "coffee"},
		queue.CallArrived{Channel: "a", DID: did, Number: "+996555000001", Name: "Ann\r\nEvent: Forged"}, queue.CallArrived{Channel: "gone-b", DID: did, Priority: 5})
	c := s.logIn(t, "scraper", "scraper's secret")
	answer, events := c.ask("Action: QueueStatus")
	answer.wants(t, packetOf{"Response": "Success", "EventList": "start", "Message": "Queue status will follow"})
	var got []string
	for _, e := range events {
		got = append(got, strings.TrimSpace(e["Event"]+" "+e["Queue"]+" "+e["Location"]+e["Uniqueid"]))
	}
	want := "QueueParams repair|QueueMember repair PJSIP/1012|QueueParams sales|QueueMember sales PJSIP/1001|QueueMember sales PJSIP/1012|" +
		"QueueEntry sales gone-b|QueueEntry sales a|QueueStatusComplete"
	if strings.Join(got, "|") != want {
		t.Fatalf("the list is %s", strings.Join(got, "|"))
	}
	now := fmt.Sprint(time.Now().Unix())[:8]
	events[2].wants(t, packetOf{"Max": "50", "Strategy": "leastrecent", "Calls": "2", "Completed": "0", "Weight": "3", "ServiceLevel": "20", "ServicelevelPerf": "0.0"})
	events[3].wants(t, packetOf{"Name": "Оператор 1001", "Membership": "dynamic", "Penalty": "2", "Status": "6", "Paused": "0", "InCall": "0", "PausedReason": ""})
	events[4].wants(t, packetOf{"Status": "1", "Paused": "1", "PausedReason": "coffee"})
	if !strings.HasPrefix(events[4]["LastPause"], now) || !strings.HasPrefix(events[4]["LoginTime"], now) {
		t.Errorf("times of %v", events[4])
	}
	events[5].wants(t, packetOf{"Position": "1", "CallerIDNum": "unknown", "CallerIDName": "unknown", "Channel": "gone-b", "Priority": "5"})
	events[6].wants(t, packetOf{"Position": "2", "CallerIDNum": "+996555000001", "CallerIDName": "Ann  Event: Forged", "Channel": "PJSIP/a", "Wait": "0"})
	events[7].wants(t, packetOf{"ListItems": "7", "EventList": "Complete"})

	if _, events = c.ask("Action: QueueStatus", "Queue: SALES", "Member: Оператор 1012"); len(events) != 5 || events[1]["Location"] != "PJSIP/1012" {
		t.Errorf("filtered: %v", events)
	}
	if _, events = c.ask("Action: QueueStatus", "Queue: none"); len(events) != 1 || events[0]["ListItems"] != "0" {
		t.Errorf("of no queue: %v", events)
	}
	if _, events = c.ask("Action: QueueSummary", "Queue: sales"); len(events) != 2 {
		t.Fatalf("summary: %v", events)
	}
	events[0].wants(t, packetOf{"Event": "QueueSummary", "LoggedIn": "2", "Available": "0", "Callers": "2"})
	events[1].wants(t, packetOf{"Event": "QueueSummaryComplete", "ListItems": "1"})
	s.mu.Lock()
	s.away = errors.New("not in charge")
	s.mu.Unlock()
	answer, _ = c.ask("Action: QueueSummary")
	answer.wants(t, packetOf{"Response": "Error", "Message": "Kezek is not ready: not in charge"})
}

func TestOrders(t *testing.T) {
	s := newSite(t)
	board := s.logIn(t, "board", "secret of the board", "Events: off")
	for _, action := range []string{"QueueAdd", "QueueRemove", "QueuePause", "QueuePenalty"} {
		answer, _ := board.ask("Action: "+action, "Queue: sales", "Interface: PJSIP/1001", "Paused: 1", "Penalty: 1")
		answer.wants(t, packetOf{"Response": "Error", "Message": "Permission denied"})
	}
	c := s.logIn(t, "panel", "secret of the panel", "Events: off")
	status := func(id string) (is queue.Status) {
		_ = s.View(t.Context(), func(state *queue.State) {
			for _, a := range state.Agents() {
				if a.ID == id {
					is = a.Status
				}
			}
		})
		return is
	}
	const ok = "Success"
	for _, tt := range []struct {
		order    string
		response string
		message  string
		is       queue.Status // of 1001 afterwards
	}{
		{"QueuePause|Interface: PJSIP/1001|Paused: 1|Reason: coffee", "Error", "Interface not found", "offline"},
		{"QueueRemove|Queue: sales|Interface: PJSIP/1001", "Error", "Unable to remove interface: Not there", "offline"},
		{"QueueAdd|Queue: sales", "Error", "'Interface' not specified.", "offline"},
		{"QueueAdd|Interface: PJSIP/1001", "Error", "'Queue' not specified.", "offline"},
		{"QueueAdd|Queue: x|Interface: PJSIP/1001", "Error", "Unable to add interface to queue: No such queue", "offline"},
		{"QueueAdd|Queue: sales|Interface: PJSIP/9999", "Error", "Interface: no agent of the config has this phone", "offline"},
		{"QueueAdd|Queue: repair|Interface: PJSIP/1001", "Error", "queue: the agent does not serve it by the config", "offline"},
		{"QueueAdd|Queue: sales|Interface: PJSIP/1001|Penalty: 0", ok, "Added interface to queue", "waiting"},
		{"QueueAdd|Queue: sales|Interface: PJSIP/1001", "Error", "Unable to add interface: Already there", "waiting"},
		{"QueuePause|Interface: PJSIP/1001", "Error", "Need 'Interface' and 'Paused' parameters.", "waiting"},
		{"QueuePause|Interface: PJSIP/1001|Paused: 1|Reason: bored", "Error", "Reason: want the status that the agent takes: coffee, printing", "waiting"},
		{"QueuePause|Queue: repair|Interface: PJSIP/1001|Paused: 1|Reason: coffee", "Error", "Interface not found", "waiting"},
		{"QueuePause|Queue: sales|Interface: PJSIP/1001|Paused: true|Reason: printing", "Error",
			"the table forbids this status to agents of these queues: a supervisor may order it, for a reason", "waiting"},
		{"QueuePause|Queue: sales|Interface: pjsip/1001|Paused: true|Reason: КОФЕ-брейк", ok, "Interface paused successfully", "coffee"},
		{"QueuePause|Interface: PJSIP/1001|Paused: 0", ok, "Interface unpaused successfully", "waiting"},
		{"QueuePenalty|Interface: PJSIP/1001|Penalty: 5", ok, "Interface penalty set successfully", "waiting"},
		{"QueuePenalty|Interface: PJSIP/1001|Penalty: -5", "Error", "Invalid interface, queuename or penalty", "waiting"},
		{"QueuePenalty|Interface: PJSIP/1001|Queue: repair|Penalty: 5", "Error", "Invalid interface, queuename or penalty", "waiting"},
		{"QueuePenalty|Interface: PJSIP/1001|Penalty: 5000", "Error", "penalty: want a whole number from 0 to 1000", "waiting"},
		{"QueueRemove|Queue: sales|Interface: PJSIP/1001", ok, "Removed interface from queue", "offline"},
		{"QueueAdd|Queue: sales|Interface: PJSIP/1001|Penalty: 7|Paused: 1|Reason: coffee", ok, "Added interface to queue", "coffee"},
		{"Originate|Channel: PJSIP/1001", "Error",
			"Not supported by Kezek, which answers for its queues alone: Originate. Use Action: ListCommands to show available commands.", "coffee"},
	} {
		answer, _ := c.ask(strings.Split("Action: "+tt.order, "|")...)
		if answer["Response"] != tt.response || answer["Message"] != tt.message || status("1001") != tt.is {
			t.Errorf("%s: %v, then %s", tt.order, answer, status("1001"))
		}
	}
	_, events := c.ask("Action: QueueStatus", "Queue: sales", "Member: PJSIP/1001")
	events[1].wants(t, packetOf{"Penalty": "7", "Paused": "1", "PausedReason": "coffee"})
	// With a status for it, any reason will do.
	s.Configure(Settings{Users: s.settings.Load().Users, PauseStatus: "coffee"})
	c.ask("Action: QueuePause", "Interface: PJSIP/1001", "Paused: 0")
	answer, _ := c.ask("Action: QueuePause", "Interface: PJSIP/1001", "Paused: 1", "Reason: bored")
	if answer["Response"] != ok || status("1001") != "coffee" {
		t.Errorf("%v, then %s", answer, status("1001"))
	}
	// Commands that there are, to who may give them.
	if all, _ := c.ask("Action: ListCommands"); all["QueuePause"] == "" || all["QueueStatus"] != "Show queue status. (Priv: <none>)" {
		t.Errorf("the commands are %v", all)
	}
	if some, _ := board.ask("Action: ListCommands"); some["QueuePause"] != "" || some["Ping"] == "" {
		t.Errorf("the commands are %v", some)
	}
	if s.counted(ResultUnsupported) != 1 {
		t.Errorf("counted %v", s.counts)
	}
}

func TestEvents(t *testing.T) {
	s := newSite(t)
	s.happen(queue.LogIn{Agent: "1001", Trusted: true})
	c := s.logIn(t, "panel", "secret of the panel")
	s.listening(t)
	s.happen(queue.CallArrived{Channel: "a", DID: did, Number: "+996555000001", Name: "Ann"})
	caller := packetOf{"Channel": "PJSIP/a", "ChannelStateDesc": "Up", "CallerIDNum": "+996555000001", "CallerIDName": "Ann", "Uniqueid": "a", "Linkedid": "a", "Queue": "sales"}
	join := c.event("QueueCallerJoin")
	join.wants(t, caller)
	join.wants(t, packetOf{"Position": "1", "Count": "1", "Privilege": "agent,all", "Exten": did, "ConnectedLineNum": "<unknown>"})
	called := c.event("AgentCalled")
	called.wants(t, caller)
	called.wants(t, packetOf{"Interface": "PJSIP/1001", "MemberName": "Оператор 1001", "DestCallerIDNum": "1001", "DestChannelState": "0", "DestConnectedLineNum": "+996555000001"})
	leg := called["DestUniqueid"]
	c.event("QueueMemberStatus").wants(t, packetOf{"Status": "6", "InCall": "0"})
	s.happen(queue.ChannelGone{Channel: leg, Cause: queue.CauseDeclined})
	c.event("AgentRingNoAnswer").wants(t, packetOf{"DestUniqueid": leg})
	s.happen(queue.ChannelGone{Channel: "a", Cause: queue.CauseNormal})
	abandoned := c.event("QueueCallerAbandon")
	abandoned.wants(t, caller)
	abandoned.wants(t, packetOf{"Position": "1", "OriginalPosition": "1", "HoldTime": "0"})
	c.event("QueueCallerLeave").wants(t, packetOf{"Position": "1", "Count": "0", "Uniqueid": "a"})
}

// Who reads no events is cut off, and nobody else is kept waiting.
func TestSlowClient(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.happen(queue.LogIn{Agent: "1001", Trusted: true})
	slow := s.logIn(t, "panel", "secret of the panel")
	_ = slow.conn.(*net.TCPConn).SetReadBuffer(4096)
	deadline := time.Now().Add(15 * time.Second)
	body := packet(strings.Repeat("x", 8000))
	for s.counted("cut") == 0 && time.Now().Before(deadline) {
		s.tell("Test", body)
	}
	if s.counted("cut") != 1 {
		t.Fatal("a client that does not read is kept")
	}
	c := s.logIn(t, "board", "secret of the board", "Events: off")
	if p, _ := c.ask("Action: Ping"); p["Ping"] != "Pong" {
		t.Error(p)
	}
}

func TestBoundsOfConnections(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	first := s.connect(t)
	for range mostStrangers {
		s.connect(t)
	}
	if first.next() != nil {
		t.Error("the first stranger has not made room")
	}
	var boards []*client
	for range mostOfOneUser {
		boards = append(boards, s.logIn(t, "board", "secret of the board", "Events: off"))
	}
	c := s.connect(t)
	c.send("Action: Login", "Username: board", "Secret: secret of the board")
	c.read().wants(t, packetOf{"Response": "Error", "Message": "Login Already In Use"})
	other := s.logIn(t, "panel", "secret of the panel", "Events: off")
	// A reload that takes a user's rights ends their sessions, and no other's.
	s.Configure(Settings{Users: []User{{"panel", "secret of the panel", true, true}}})
	for _, c := range boards {
		if c.next() != nil {
			t.Error("who is no user any more stays")
		}
	}
	other.ask("Action: Ping")
}

// What is too long is refused, and the connection goes on.
func TestTooLong(t *testing.T) {
	s := newSite(t)
	c := s.logIn(t, "panel", "secret of the panel", "Events: off")
	for text, lines := range map[string][]string{
		"Failed to parse message: line too long":          {"Action: Ping", "X: " + strings.Repeat("x", 5000)},
		"Too many lines in message or allocation failure": append([]string{"Action: Ping"}, slices.Repeat([]string{"X: y"}, mostLines)...),
	} {
		c.send(lines...)
		c.read().wants(t, packetOf{"Response": "Error", "Message": text})
		if p, _ := c.ask("Action: Ping"); p["Ping"] != "Pong" {
			t.Errorf("afterwards: %v", p)
		}
	}
	c.send("", "")
	c.read().wants(t, packetOf{"Response": "Error", "Message": "Missing action in request"})
}

// A client that does not read keeps the daemon from stopping for a second only.
func TestStopsBesideStuckClient(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	stuck := s.logIn(t, "panel", "secret of the panel")
	_ = stuck.conn.(*net.TCPConn).SetReadBuffer(4096)
	body := packet(strings.Repeat("x", 8000))
	pending := func() (n int64) {
		s.Server.mu.Lock()
		defer s.Server.mu.Unlock()
		for c := range s.clients {
			n += c.pending.Load()
		}
		return n
	}
	for pending() < mostBytes/2 { // more than the machine takes for it
		s.tell("Test", body)
	}
	begun := time.Now()
	s.stop()
	if took := time.Since(begun); took > 2*goodbye || s.counted("cut") > 1 {
		t.Errorf("it stops after %v, %v", took, s.counts)
	}
}
