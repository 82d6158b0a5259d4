package ari_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"kezek/ari"
	"kezek/lab"
	"kezek/lab/phone"
	"kezek/queue"
)

// TestNotRecorded holds, on a real Asterisk, that a recording which cannot be written is told of, whatever stands in its way.
func TestNotRecorded(t *testing.T) {
	l := lab.ForTest(t, lab.Options{})
	s := attach(t, l, nil)
	k := carrier(t, l)
	n := 0 // each case has folders and names of its own: a recorder of the one before may still make its folder
	for name, spoil := range map[string]func(t *testing.T, dir string){
		"nothing": nil,
		"a file in the place of the folder": func(t *testing.T, dir string) { // root gets no further either
			must(t, os.MkdirAll(filepath.Dir(dir), 0o777))
			must(t, os.WriteFile(dir, nil, 0o644))
		},
		"a file in the place of the folder above": func(t *testing.T, dir string) { // refused at once, with a 500
			must(t, os.MkdirAll(filepath.Dir(filepath.Dir(dir)), 0o777))
			must(t, os.WriteFile(filepath.Dir(dir), nil, 0o644))
		},
		"a folder in the place of the file": func(t *testing.T, dir string) {
			must(t, os.MkdirAll(filepath.Join(dir, fmt.Sprintf("x%d-caller.wav", n)), 0o777))
			must(t, os.MkdirAll(filepath.Join(dir, fmt.Sprintf("x%d-agent.wav", n)), 0o777))
		},
	} {
		t.Run(name, func(t *testing.T) {
			site, day, file := fmt.Sprint("kezek", n), "2026-03-01", fmt.Sprint("x", n)
			spool := filepath.Join(l.Dir, "asterisk", "spool", "recording", site)
			if spoil != nil {
				spoil(t, filepath.Join(spool, day))
			}
			n++
			caller, arrived := s.call(t, k, phone.CallerID{Number: "+996700123456"})
			ch := arrived.Channel
			s.do(queue.AnswerCall{Channel: ch})
			must(t, caller.WaitAnswer(within(t, 20*time.Second)))
			s.do(queue.Record{Channel: ch, In: ch + "-r1", Out: ch + "-r2", Name: site + "/" + day + "/" + file})
			broke := func(e queue.RecordingBroke) bool { return e.Channel == ch+"-r1" || e.Channel == ch+"-r2" }
			if spoil == nil {
				time.Sleep(1500 * time.Millisecond) // something to write
			} else if e := await(t, s.told, broke); e.Kept || e.Why == "" {
				t.Errorf("%+v, want nothing kept and a reason", e)
			}
			must(t, caller.Hangup(within(t, 20*time.Second)))
			s.gone(t, ch)
			if spoil == nil { // the rules know that the talk is over when its recorders end
				for i, ev := range s.told.all() {
					if e, ok := ev.(queue.RecordingBroke); ok && broke(e) && !slices.Contains(s.told.all()[:i], queue.Event(queue.ChannelGone{Channel: ch, Cause: queue.CauseNormal})) {
						t.Errorf("a good recording is told as broken: %+v", e)
					}
				}
				if files := wavs(t, spool); len(files) != 2 {
					t.Errorf("recorded: %q", files)
				}
			}
		})
	}
}

// wavs are the files of sound in a folder and those below.
func wavs(t *testing.T, dir string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*", "*.wav"))
	must(t, err)
	return files
}

// TestRetentionBesideALink holds, on a real Asterisk, that a link that leads nowhere does not keep old recordings for ever.
func TestRetentionBesideALink(t *testing.T) {
	l := lab.ForTest(t, lab.Options{})
	s := attach(t, l, nil)
	spool := filepath.Join(l.Dir, "asterisk", "spool", "recording")
	day := filepath.Join(spool, "kezek", "2026-03-01", "sales")
	must(t, os.MkdirAll(day, 0o777))
	for _, name := range []string{"a-caller", "a-agent", "m-caller", "z-caller", "z-agent"} {
		must(t, os.WriteFile(filepath.Join(day, name+".wav"), []byte("RIFF"), 0o666))
	}
	must(t, os.Symlink("/gone", filepath.Join(day, "b-caller.wav")))
	must(t, os.Symlink("..", filepath.Join(day, "loop")))
	keep := func(string) time.Duration { return 24 * time.Hour }
	p, err := s.x.Prune(t.Context(), time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC), ari.Retention{Dir: spool, Keep: keep, Most: 1000})
	if err != nil || p.Deleted != 5 || p.Left != 0 || len(p.Skipped) != 2 {
		t.Errorf("%+v, %v; want five deleted and both links named", p, err)
	}
	if files := wavs(t, filepath.Join(spool, "kezek", "2026-03-01")); len(files) != 1 {
		t.Errorf("left: %q, want the link alone", files)
	}
}
