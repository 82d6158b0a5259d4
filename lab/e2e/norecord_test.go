package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kezek/ops"
	"kezek/queue"
)

const didNoRecord = "+996312900886"

// TestRecordingFails: talks go on where Asterisk cannot write their recordings, and everything that tells of recordings says so.
func TestRecordingFails(t *testing.T) {
	t.Parallel()
	s := open(t, "queues:"+deskQueue("closed", didNoRecord, "\n    recording: {on: true, notice: false}")+`
agents:
  "1001": {queues: [closed]}
`)
	spool := filepath.Join(s.Dir, "asterisk", "spool", "recording", "kezek")
	bishkek, err := time.LoadLocation("Asia/Bishkek")
	must(t, err)
	inTheWay := func(file string) { // of a folder: root gets no further either
		t.Helper()
		must(t, os.RemoveAll(spool))
		must(t, os.MkdirAll(filepath.Dir(file), 0o777))
		must(t, os.WriteFile(file, nil, 0o644))
	}
	a := s.agent(t, "1001")
	// Asterisk refuses the third at once; the others it calls done, after 0 s.
	for i := range 3 {
		if today := time.Now().In(bishkek).Format(time.DateOnly); i < 2 {
			inTheWay(filepath.Join(spool, today, "closed"))
		} else {
			inTheWay(spool)
		}
		c := s.call(t, didNoRecord)
		a.answers(c)
		e := c.told(queue.EntryRecordingFailed)
		if e["agent"] != "1001" || e["detail"] == "" {
			t.Errorf("the journal says %v", e)
		}
		calls, err := s.calls(t)
		must(t, err)
		if len(calls) != 1 || calls[0].Recording != nil || calls[0].State != queue.CallTalking {
			t.Errorf("while they talk: %+v", calls)
		}
		if n := s.metric(t, "kezek_recordings_running"); n != 0 {
			t.Errorf("%v recordings run", n)
		}
		c.hangUp(queue.OutcomeCompletedByCaller)
		if record := c.told(queue.EntryCallEnded)["recorded"]; record != "" {
			t.Errorf("the call's record names %s", record)
		}
		a.free()
	}
	if n := s.metric(t, "kezek_recording_failures_total"); n != 3 {
		t.Errorf("%v failures are counted, want 3", n)
	}
	s.awaitLog(t, "ERROR\ta conversation is not recorded", 3)
	s.readiness(t, "a warning", func(r ops.Readiness) bool {
		return r.Ready && len(r.Warnings) == 1 && strings.HasPrefix(r.Warnings[0], "the last 3 recordings have failed: ")
	})

	must(t, os.RemoveAll(spool))
	c := s.call(t, didNoRecord)
	a.answers(c)
	time.Sleep(1500 * time.Millisecond)
	c.hangUp(queue.OutcomeCompletedByCaller)
	if record := c.told(queue.EntryCallEnded)["recorded"]; !strings.Contains(record, "/closed/") {
		t.Errorf("with the folder open the call's record names %q", record)
	}
	s.readiness(t, "no warning any more", func(r ops.Readiness) bool { return r.Ready && len(r.Warnings) == 0 })
	if n := len(s.recordings(t, "closed")); n != 2 {
		t.Errorf("%d files, want 2", n)
	}
	s.nothingLeft(t)
}
