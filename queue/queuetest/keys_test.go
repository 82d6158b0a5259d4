package queuetest

import (
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"
)

const keysSite = `
languages ru
supervisors PJSIP/1100
transfer extensions=12 ring=10s
trunk allow=+996
keys digits
queue sales did=100 strategy=linear limit=20s act=14s remind=8s then=return
queue repair did=200 code=702 strategy=linear
status coffee 21
agent 1001 ru sales
agent 1002 ru repair
`

// acts are what happens between the keys of an agent: at the agent's phone, at the phones that are rung, and to time.
var acts = map[byte]string{
	'h': "hold 1001", 'u': "unhold 1001", 'r': "refer 1001 2001", 'x': "hangup 1001", 'd': "dropped 1001",
	'a': "answer 2001", 'b': "busy 2001", 'z': "hangup 2001", 's': "answer 1100", 't': "busy 1100", 'e': "hangup 1100",
	'o': "client answers", 'q': "client hangs_up", 'p': "answer 1002", 'v': "hangup 1002",
	'w': "wait 3s", 'l': "wait 20s", 'f': "heard A", 'g': "whispered 1001", 'k': "daemon restarts", 'c': "hangup A", 'n': "answer 1001",
}

// FuzzKeys: no sequence of keys, whatever others do meanwhile, breaks a rule.
func FuzzKeys(f *testing.F) {
	for _, seed := range []string{
		"*42001#af*3f*1*3f*4zf", "*42001#bf*8s*1f*3f*1x", "*8tf*8ses", "*8s*5f*5f", "*42001#a*6f", "h*32001#ar", "hrbuf", "*0123**4*1f*1", "*5f*5f", "*40770000001#of*4q", "*41002#p*1fv", "*42001#kak*3kx", "*42001#allll",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, keys string) {
		s := NewScenario()
		var told strings.Builder
		do := func(command, input string) {
			out, err := s.Run(&datadriven.TestData{Cmd: command, Input: input})
			told.WriteString("> " + input + "\n" + out)
			if err != nil {
				t.Fatalf("%v\n%s", err, told.String())
			}
		}
		do("site", keysSite)
		do("do", "login 1001\nlogin 1002\ncall A\nanswer 1001")
		for _, key := range []byte(keys[:min(len(keys), 200)]) {
			line := acts[key]
			if strings.IndexByte("0123456789*#ABCD", key) >= 0 {
				line = "key 1001 " + string(key)
			}
			if words := strings.Fields(line); line != "" && s.may(words) {
				do("do", line)
			}
		}
		do("do", "wait 3m\nhangup A\nwait 3m")
		if left := s.state.Calls(); len(left) > 0 {
			t.Fatalf("%+v is left\n%s", left[0], told.String())
		}
	})
}

// may reports whether there is a live channel to do it.
func (s *Scenario) may(words []string) bool {
	switch words[0] {
	case "answer", "busy":
		return s.isRinging(s.rings[words[1]])
	case "hangup", "dropped", "whispered", "key", "refer":
		if words[1] == "A" {
			break
		}
		return s.isUp(s.rings[words[1]])
	case "client":
		return words[1] == "hangs_up" && s.isUp(s.client) || words[1] != "hangs_up" && s.isRinging(s.client)
	}
	return true
}
