package e2e

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kezek/lab"
	"kezek/ops"
	"kezek/queue"
)

const didErased = "+996312900971"

// TestErase: a caller is recorded, and asks that all that is known of them be erased. It is refused while they are in the call; then the
// recording is gone from Asterisk's disk, and the number from wherever Kezek has it, as the command itself finds.
func TestErase(t *testing.T) {
	t.Parallel()
	s := open(t, openTrunk+"queues:"+deskQueue("erased", didErased, "\n    recording: {on: true}")+`
agents:
  "1001": {queues: [erased]}
`)
	a, c := s.agent(t, "1001"), s.call(t, didErased)
	a.answers(c)
	time.Sleep(time.Second)
	erase := func(number string) (string, string, int) {
		return s.kezek(t, "number", "erase", number, "--reason", "they asked for it", "--token", lab.TokenAdmin)
	}
	if out, errs, code := erase(c.number); code == 0 || !strings.Contains(errs, "is in a call") {
		t.Errorf("while they talk: exit %d: %s%s", code, out, errs)
	}
	c.hangUp(queue.OutcomeCompletedByCaller)
	a.free()
	known := func() (n ops.NumberData) {
		out, errs, code := s.kezek(t, "number", "show", c.number, "--json", "--token", lab.TokenSupervisor)
		if code != 0 {
			t.Fatalf("kezek number show: exit %d: %s", code, errs)
		}
		must(t, json.Unmarshal([]byte(out), &n))
		return n
	}
	eventually(t, "the history has the recording", func() error {
		if n := known(); len(n.Kept.Recordings) != 1 || n.Kept.Events == 0 {
			return fmt.Errorf("%+v", n)
		}
		return nil
	})
	if files := s.recordings(t, "erased"); len(files) != 2 {
		t.Fatalf("the files are %v", files)
	}
	if _, errs, code := s.kezek(t, "number", "erase", c.number, "--reason", "x", "--token", lab.TokenSupervisor); code == 0 {
		t.Errorf("a supervisor may erase: %s", errs)
	}
	out, errs, code := erase(c.number)
	if code != 0 || !strings.Contains(out, "in its place: erased-") {
		t.Fatalf("exit %d: %s%s", code, out, errs)
	}
	t.Log(out)
	if files := s.recordings(t, "erased"); len(files) > 0 {
		t.Errorf("left on the disk: %v", files)
	}
	if n := known(); n.Remembered != nil || len(n.Kept.History)+len(n.Kept.Recordings)+n.Kept.Events+n.Kept.CallbacksOver > 0 {
		t.Errorf("left: %+v", n)
	}
	rows, err := s.rowsOf(t, "calls")
	must(t, err)
	if len(rows) != 1 || !strings.HasPrefix(fmt.Sprint(rows[0]["number"]), "erased-") {
		t.Errorf("the report has %v", rows)
	}
	must(t, filepath.WalkDir(filepath.Join(s.Dir, "asterisk", "spool", "recording"), func(path string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			t.Errorf("%s is left", path)
		}
		return err
	}))
	s.nothingLeft(t)
}
