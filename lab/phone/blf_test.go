package phone

import (
	"fmt"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"
)

func TestDialogInfoIsRead(t *testing.T) {
	const head = `<?xml version="1.0" encoding="UTF-8"?><dialog-info xmlns="urn:ietf:params:xml:ns:dialog-info" version="3" state="full" entity="sip:1001@127.0.0.1">`
	for body, want := range map[string]LampState{
		head + `<dialog id="1001"><state>confirmed</state></dialog></dialog-info>`:                                                              LampOn,
		head + `<dialog id="1001" direction="recipient"><remote><identity>sip:x</identity></remote><state>early</state></dialog></dialog-info>`: LampBlinks,
		head + `</dialog-info>`: LampOff,
		head:                    "",
		`<presence/>`:           "",
		``:                      "",
	} {
		got, err := parseDialogInfo([]byte(body))
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%s: %q, %v", body, got, err)
		}
	}
}

// Goroutines take notices in any order; the log has that of the exchange.
func TestNoticesAreInOrder(t *testing.T) {
	w := &Lamp{epoch: 1}
	notify := func(seq uint32, state LampState) {
		t.Helper()
		r := sip.NewRequest(sip.NOTIFY, sip.Uri{})
		r.AppendHeader(&sip.CSeqHeader{SeqNo: seq, MethodName: sip.NOTIFY})
		r.SetBody(fmt.Appendf(nil, `<dialog-info><dialog><state>%s</state></dialog></dialog-info>`, state))
		if err := w.notified(time.Now(), r); err != nil {
			t.Fatal(err)
		}
	}
	notify(10, LampOff)
	notify(12, LampOn)
	notify(11, LampBlinks)
	if got := w.State(); got != LampOn {
		t.Errorf("shows %s after a notice that came late", got)
	}
	w.epoch = 2 // the exchange was restarted and counts anew
	notify(5, LampOff)
	var got []LampState
	for _, n := range w.Log() {
		got = append(got, n.State)
	}
	if want := []LampState{LampOff, LampBlinks, LampOn, LampOff}; fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%v, want %v", got, want)
	}
}
