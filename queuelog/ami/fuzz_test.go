package ami

import (
	"bytes"
	"context"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"kezek/queue"
)

// FuzzClient: whatever a program sends once it is logged in, it gets packets of headers, each of which begins as AMI's do, and
// nothing that it sends becomes a header of its own.
func FuzzClient(f *testing.F) {
	for _, seed := range []string{
		"Action: QueueStatus\r\nActionID: 1", "action:queuesummary\nqueue: sales", "Action: QueuePause\r\nInterface: PJSIP/1001\r\nPaused: 1\r\nReason: coffee\rX: y",
		"Action: QueueAdd\r\nQueue: sales\r\nInterface: PJSIP/1001\r\nPenalty: 99999999999999999999", "Action: Ping\r\nActionID: a\x00b\r\n\r\nAction: Events\r\nEventMask: on,off",
		strings.Repeat("A: b\r\n", 200), strings.Repeat("x", 5000), "\r\n\r\n\r\n", "Action: Login\r\nUsername: panel", "Action: \xff\xfe", "Action: Challenge\r\nAuthType: MD5",
		"Action: QueuePenalty\r\nInterface: pjsip/1012\r\nPenalty: 3\r\n\r\nAction: ListCommands",
	} {
		f.Add([]byte(seed))
	}
	s := &site{state: queue.New(testRules(), nil), counts: map[string]int{}}
	s.Server = New(Options{
		Engine: s, Channel: func(string) string { return "" }, Settings: Settings{Users: []User{{"panel", "secret", true, true}}},
		Metrics: Metrics{Clients: func(int) {}, LogIn: s.count, Action: s.count, Cut: func() {}},
	})
	s.happen(queue.Synced{Phones: []queue.PhoneChanged{{Endpoint: "PJSIP/1001", Reachable: true}}},
		queue.LogIn{Agent: "1012", Trusted: true}, queue.CallArrived{Channel: "a", DID: did, Number: "+996555000001", Name: "a\r\nb"})
	f.Fuzz(func(t *testing.T, sent []byte) {
		if bytes.Count(bytes.ToLower(sent), []byte("action")) > 10 {
			t.Skip("each action waits for its turn")
		}
		ours, theirs := net.Pipe()
		defer theirs.Close()
		_ = theirs.SetDeadline(time.Now().Add(time.Minute))
		s.enter(context.Background(), ours)
		go func() {
			for _, part := range []string{"Action: Login\r\nUsername: panel\r\nSecret: secret\r\nEvents: off\r\n\r\n", string(sent), "\r\n\r\nAction: Logoff\r\n\r\n"} {
				_, _ = io.WriteString(theirs, part)
			}
		}()
		got, err := io.ReadAll(theirs)
		if err != nil {
			t.Fatalf("%v after %q", err, got)
		}
		packets := strings.Split(strings.TrimPrefix(string(got), banner), "\r\n\r\n")
		if last := packets[len(packets)-1]; last != "" || !strings.Contains(packets[len(packets)-2], "Goodbye") {
			t.Errorf("it ends with %q", packets)
		}
		for _, p := range packets[:len(packets)-1] {
			lines := strings.Split(p, "\r\n")
			if !strings.HasPrefix(p, "Response: ") && !strings.HasPrefix(p, "Event: ") {
				t.Errorf("packet %q", p)
			}
			for _, line := range lines {
				if name, _, ok := strings.Cut(line, ": "); !ok || strings.ContainsAny(line, "\r\n\x00") || !strings.Contains(headers, " "+name+" ") && actions[strings.ToLower(name)].name == "" {
					t.Errorf("header %q in %q", line, p)
				}
			}
		}
	})
}

// headers are all that an answer may have.
const headers = " Response ActionID Message EventList ListItems Event Challenge Ping Timestamp Events Queue Max Strategy Calls Holdtime TalkTime Completed " +
	"Abandoned ServiceLevel ServicelevelPerf ServicelevelPerf2 Weight Name Location StateInterface Membership Penalty CallsTaken LastCall LastPause " +
	"LoginTime InCall Status Paused PausedReason Wrapuptime Position Channel Uniqueid CallerIDNum CallerIDName ConnectedLineNum ConnectedLineName Wait " +
	"Priority LoggedIn Available Callers HoldTime LongestHoldTime Privilege Uptime LastReload "
