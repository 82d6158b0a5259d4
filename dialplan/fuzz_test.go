package dialplan_test

import (
	"fmt"
	"io"
	"net"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"kezek/dialplan"
	"kezek/queue"
)

// script is a connection whose other end has said all it ever will.
type script struct {
	in     io.Reader
	sent   strings.Builder
	closed bool
}

func (x *script) Read(p []byte) (int, error)       { return x.in.Read(p) }
func (x *script) Write(p []byte) (int, error)      { return x.sent.Write(p) }
func (x *script) Close() error                     { x.closed = true; return nil }
func (x *script) LocalAddr() net.Addr              { return nil }
func (x *script) RemoteAddr() net.Addr             { return nil }
func (x *script) SetDeadline(time.Time) error      { return nil }
func (x *script) SetReadDeadline(time.Time) error  { return nil }
func (x *script) SetWriteDeadline(time.Time) error { return nil }

// wordForms are what may reach the rules, by the field of an event; no other field is told.
var wordForms = map[string]*regexp.Regexp{
	"Phone":      regexp.MustCompile(`^[A-Za-z0-9]{1,20}/[^\s]{0,80}$`),
	"Agent":      regexp.MustCompile(`^[^\n]{0,48}$`),
	"Supervisor": regexp.MustCompile(`^[^\n]{0,48}$`),
	"PIN":        regexp.MustCompile(`^[^\n]{0,48}$`),
	"Channel":    regexp.MustCompile(`^[A-Za-z0-9._-]{0,150}$`),
	"Mode":       regexp.MustCompile(`^(listen|whisper|join)$`),
	"Status":     regexp.MustCompile(`^([A-Za-z0-9_-]{0,100}|\*[0-9]{2})$`),
	"Key":        regexp.MustCompile(`^(1001|1006|1008)?$`),
	"Code":       regexp.MustCompile(`^[0-9]$`),
}

// FuzzAGI throws what it likes at the server, as description and as replies:
// whatever comes, it ends, and what reaches the desk is well formed.
func FuzzAGI(f *testing.F) {
	f.Add(describe("10", "PJSIP/1001", ""), "200 result=1\n200 result=4821\n200 result=0\n")
	f.Add(describe("10", "PJSIP/1001", "12"), "200 result=1\nHANGUP\n")
	f.Add(describe("13", "PJSIP/1001", ""), "200 result=1\n520-Usage\n")
	f.Add(press("kezek-status-1001-coffee", "PJSIP/1001"), "200 result=1\n200 result=0\n")
	f.Add(describe("83", "PJSIP/1008", "1006"), "200 result=1\n200 result=1008*4821\n200 result=0\n")
	f.Add(describe("17", "PJSIP/2001", ""), "200 result=1\n200 result=1008\n200 result=4821\n200 result=0\n")
	f.Add(describe("41", "PJSIP/1001", ""), "200 result=1\n200 result=0\n")
	f.Add(describe("31", "", ""), "200 result=-1 (timeout)\r\n\n\n")
	f.Add("agi_network_script\n: \n\n", "200 result=99999999999999999999\n")
	for _, text := range badDescriptions {
		f.Add(text, "200 result=1\n")
	}
	for _, replies := range hangups {
		f.Add(describe("11", "PJSIP/1001", ""), replies)
	}
	d := reception()
	rules := site()
	s, err := dialplan.NewServer(dialplan.ServerOptions{
		Listen: "127.0.0.1:0", Desk: d, Sound: soundFile, Rules: func() *queue.Rules { return rules },
	})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { s.Close() })
	f.Fuzz(func(t *testing.T, description, replies string) {
		x := &script{in: strings.NewReader(description + replies)}
		if !s.ServeConn(t.Context(), x) || !x.closed {
			t.Error("something of the run is left behind")
		}
		for line := range strings.Lines(x.sent.String()) {
			verb, _, _ := strings.Cut(line, ` "`)
			if !slices.Contains([]string{"SET VARIABLE", "STREAM FILE", "GET DATA"}, verb) || !strings.HasSuffix(line, "\"\n") {
				t.Errorf("command %q", line)
			}
		}
		d.mu.Lock()
		asked := d.asked
		d.asked = nil
		d.mu.Unlock()
		for _, ev := range asked {
			v := reflect.ValueOf(ev)
			for i := range v.NumField() {
				form := wordForms[v.Type().Field(i).Name]
				if form == nil && !v.Field(i).IsZero() || form != nil && !form.MatchString(fmt.Sprint(v.Field(i))) {
					t.Errorf("%s of %#v", v.Type().Field(i).Name, ev)
				}
			}
		}
	})
}
