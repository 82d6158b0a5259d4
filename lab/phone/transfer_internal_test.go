package phone

import (
	"context"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"
)

// What became of a transfer is told though the call has ended before.
func TestTransferToldLate(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	desk, err := New(Config{Extension: "1012"})
	must(err)
	t.Cleanup(desk.Vanish)
	carrier, err := NewCarrier(CarrierConfig{Exchange: desk.Addr().String(), Listen: "127.0.0.1:0"})
	must(err)
	t.Cleanup(carrier.Close)
	desk.Behave(Answer)
	caller, err := carrier.Call(ctx, CallerID{Number: "+996700123456"}, "1012")
	must(err)
	must(caller.WaitAnswer(ctx))
	agent, err := desk.Expect(ctx)
	must(err)

	agent.note(ReferSent, "1013")
	agent.endpoint.referring(agent, true)
	must(caller.Hangup(ctx))
	_, err = agent.WaitEnd(ctx)
	must(err)
	notify := caller.dialog.request(sip.NOTIFY)
	notify.AppendHeader(sip.NewHeader("Event", "refer"))
	notify.SetBody([]byte("SIP/2.0 200 OK"))
	_, err = caller.line.send(ctx, notify, caller.endpoint.auth)
	must(err)
	if code, err := agent.TransferResult(ctx); err != nil || code != 200 {
		t.Errorf("told %d, %v", code, err)
	}
}
