package e2e

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"kezek/lab/phone"
	"kezek/queue"
)

// TestEscalation: an agent who talks on and on lets a callback come close to
// its deadline. The supervisors hear of it by phone and by a signed POST, and
// when they are free the callback is made all the same.
func TestEscalation(t *testing.T) {
	t.Parallel()
	const secret, supervisor = "hush-hush-hush-hush", "" // the carrier itself
	posts := make(chan *http.Request, 100)
	bodies := make(chan []byte, 100)
	receiver := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		posts <- r
		bodies <- body
	}))
	t.Cleanup(receiver.Close)
	s := openCallbacks(t, fmt.Sprintf(`
supervisors:
  webhook: {url: %q, secret: %s}
  call: [PJSIP/carrier]
  language: ru
queues:
  sales: {callback: {information: 1m, handle: 10s, instant: 50ms}}
`, receiver.URL, secret))
	agent := s.agent(t, "1001")
	caller := s.call(t, "+996312900800")
	caller.press("2")
	busy := agent.answers(caller)
	supervisorPhone, client := s.clientAt(t, supervisor, answers), s.client(t, answers)
	client.isPromised("sales", "--language", "ru")

	alarm := supervisorPhone.isAlarmed()
	hears(t, s.site, alarm, "ru/callback-escalation", alarm.At(phone.AnswerSent))
	if _, err := alarm.WaitEnd(within(t, patience)); err != nil {
		t.Error(err)
	}
	client.told(queue.EntryCallbackEscalated)
	if cb := client.callback(); cb == nil || cb.Told == nil || *cb.Told != "PJSIP/carrier" {
		t.Errorf("who was told? %+v", cb)
	}
	r, body := <-posts, <-bodies
	mac := hmac.New(sha256.New, []byte(secret))
	fmt.Fprintf(mac, "%s.%s", r.Header.Get("Kezek-Timestamp"), body)
	if got, want := r.Header.Get("Kezek-Signature"), hex.EncodeToString(mac.Sum(nil)); got != want && got != "sha256="+want {
		t.Errorf("signature %q, want %q", got, want)
	}
	var posted queue.Entry
	if err := json.Unmarshal(body, &posted); err != nil || posted.Kind != queue.EntryCallbackEscalated || posted.Number != client.number {
		t.Errorf("posted %s: %v", body, err)
	}

	must(t, busy.Hangup(within(t, patience)))
	client.isServed(agent.ringsBack(client))
	caller.outcome(queue.OutcomeCompletedByAgent)
	s.check(t)
}

// isAlarmed waits for the call to a supervisor's phone.
func (c *client) isAlarmed() *phone.Call {
	c.t.Helper()
	ctx := within(c.t, 2*patience)
	select {
	case call := <-c.calls:
		return call
	case <-ctx.Done():
		c.t.Fatal("the supervisor is not called")
		return nil
	}
}
