package e2e

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"kezek/lab"
	"kezek/lab/phone"
	"kezek/ops"
	"kezek/queue"
)

const didFaultTold = "+996312900915"

// toldPhone is what other programs are told of an agent's phone.
type toldPhone struct {
	Kind   queue.EntryKind   `json:"kind"`
	Agent  string            `json:"agent"`
	Change queue.PhoneChange `json:"phone_change"`
	Cause  queue.Cause       `json:"cause"`
}

// TestPhoneFaultIsTold: of a phone that does not work supervisors are told by webhook, board, metric and API, and also when it works again.
func TestPhoneFaultIsTold(t *testing.T) {
	t.Parallel()
	posted := make(chan toldPhone, 100)
	receiver := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		var e toldPhone
		if body, err := io.ReadAll(r.Body); err == nil && json.Unmarshal(body, &e) == nil {
			posted <- e
		}
	}))
	t.Cleanup(receiver.Close)
	s := open(t, fmt.Sprintf(`
supervisors: {webhook: {url: %q, secret: hush-hush-hush-hush, events: [agent.phone]}}
queues: %s
agents:
  "1011": {queues: [told], speech: ru}
  "1012": {queues: [told], speech: ru}
`, receiver.URL, deskQueue("told", didFaultTold, "\n    strategy: linear\n    ring: {broken: 1s, rest: 1s}")))
	board := s.boardHears(t)
	bad, good := s.agent(t, "1011"), s.agent(t, "1012")
	isTold := func(change queue.PhoneChange, why queue.Cause) {
		t.Helper()
		for name, entries := range map[string]<-chan toldPhone{"webhook": posted, "board": board} {
			for found := false; !found; {
				select {
				case e := <-entries:
					found = e == toldPhone{queue.EntryAgentPhone, bad.id, change, why}
				case <-time.After(patience):
					t.Fatalf("%s does not tell that the phone of %s is %s (%s)", name, bad.id, change, why)
				}
			}
		}
		broken := 0.
		if why != "" {
			broken = 1
		}
		eventually(t, "the metric of broken phones", func() error {
			all, those := s.metric(t, "kezek_phones_broken"), s.metric(t, fmt.Sprintf("kezek_phones_broken{cause=%q}", why))
			if all != broken || those != broken {
				return fmt.Errorf("%v, %v of them for %s, want %v", all, those, why, broken)
			}
			return nil
		})
		bad.await("has a fault, or none", func(got ops.Agent) bool {
			return got.PhoneFault == nil && why == "" || got.PhoneFault != nil && *got.PhoneFault == why
		})
	}

	c := s.call(t, didFaultTold)
	_ = bad.rings().AnswerWith(within(t, patience), phone.NoSession) // Asterisk ends it at once
	isTold(queue.PhoneBroken, queue.CauseNoCodec)
	good.answers(c)
	next := s.call(t, didFaultTold)
	r := bad.answers(next)
	time.Sleep(1100 * time.Millisecond)
	must(t, r.Hangup(within(t, patience)))
	isTold(queue.PhoneWorks, "")
	next.outcome(queue.OutcomeCompletedByAgent)
	c.hangUp(queue.OutcomeCompletedByCaller)
	s.nothingLeft(t)
}

// boardHears is what the board reads: the stream of events.
func (s *site) boardHears(t *testing.T) <-chan toldPhone {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.OpsURL()+"/api/v1/events", nil)
	must(t, err)
	req.Header.Set("Authorization", "Bearer "+lab.TokenViewer)
	resp, err := http.DefaultClient.Do(req)
	must(t, err)
	t.Cleanup(func() { resp.Body.Close() })
	heard := make(chan toldPhone, 1000)
	go func() {
		for lines := bufio.NewScanner(resp.Body); lines.Scan(); {
			var e toldPhone
			if data, is := strings.CutPrefix(lines.Text(), "data: "); is && json.Unmarshal([]byte(data), &e) == nil {
				heard <- e
			}
		}
	}()
	return heard
}
