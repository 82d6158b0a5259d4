package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"kezek/lab"
	"kezek/lab/ear"
	"kezek/lab/phone"
	"kezek/ops"
	"kezek/queue"
)

const (
	didRecorded = "+996312900887"
	didSilent   = "+996312900888"
	didKeeps    = "+996312900889"
)

// TestRecording looks into the files: both sides, silence in pauses and on hold.
func TestRecording(t *testing.T) {
	t.Parallel()
	s := open(t, "queues:"+
		deskQueue("recorded", didRecorded, "\n    recording: {on: true, pause: 10s}")+
		deskQueue("silent", didSilent, "")+
		deskQueue("keeps", didKeeps, "\n    recording: {on: true}")+`
agents:
  "1001": {queues: [recorded]}
  "1002": {queues: [silent]}
  "1003": {queues: [keeps]}
  "1011": {queues: [], supervisor: true, speech: ru}
`)
	t.Run("all", func(t *testing.T) {
		t.Run("pause and hold", func(t *testing.T) { recordsTalk(t, s) })
		t.Run("the daemon is killed", func(t *testing.T) { recordsThroughKill(t, s) })
	})
	s.nothingLeft(t)
	if n := len(s.recordings(t, "silent")); n > 0 {
		t.Errorf("%d recordings of a queue that has none", n)
	}
}

// recordings are the files of a queue.
func (s *site) recordings(t testing.TB, name string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(s.Dir, "asterisk", "spool", "recording", "kezek", "*", name, "*.wav"))
	must(t, err)
	return files
}

// recorded reads the two sides of a recording.
func (s *site) recorded(t testing.TB, name string) (caller, agent []int16) {
	t.Helper()
	read := func(side string) []int16 {
		pcm, err := ear.ReadWAV(filepath.Join(s.Dir, "asterisk", "spool", "recording", name+"-"+side+".wav"))
		must(t, err)
		return pcm
	}
	return read("caller"), read("agent")
}

// sounds tells for each tenth of a second what of a file is: the tone '+', silence '.', anything else '?'.
func sounds(pcm []int16, hz int) string {
	var b strings.Builder
	for len(pcm) >= ear.Rate/10 {
		part := pcm[:ear.Rate/10]
		pcm = pcm[len(part):]
		peak := 0
		for _, v := range part {
			peak = max(peak, int(v), -int(v))
		}
		switch {
		case peak < 100:
			b.WriteByte('.')
		case ear.ToneShare(part, float64(hz)) > 0.9:
			b.WriteByte('+')
		default:
			b.WriteByte('?')
		}
	}
	return b.String()
}

// longest is the longest run of a letter.
func longest(text string, letter byte) (n int) {
	for _, run := range strings.FieldsFunc(text, func(r rune) bool { return r != rune(letter) }) {
		n = max(n, len(run))
	}
	return n
}

func recordsTalk(t *testing.T, s *site) {
	a, c := s.agent(t, "1001"), s.call(t, didRecorded)
	leg := a.answers(c)
	answered := time.Now()
	heardWhole(t, s, c.Call, "ru/recorded", leg.At(phone.AnswerSent).Add(time.Minute))
	supervisor := s.phone(t, "1011")
	time.Sleep(2 * time.Second)

	// Two seconds of payment data, then on hold for as long.
	must(t, leg.Keys(within(t, patience), "*7"))
	begun := hears(t, s, leg, "ru/recording-paused", time.Time{})
	time.Sleep(2 * time.Second)
	must(t, leg.Keys(within(t, patience), "*7"))
	hears(t, s, leg, "ru/recording-resumed", begun)
	time.Sleep(2 * time.Second)
	must(t, leg.Keys(within(t, patience), "*1"))
	c.hears("ru/hold")
	time.Sleep(2 * time.Second)
	must(t, leg.Keys(within(t, patience), "*1"))
	talk(t, leg, c, hears(t, s, c.Call, "ru/return", begun).Add(2*time.Second))

	// A supervisor cannot fetch it yet.
	calls, err := s.calls(t)
	must(t, err)
	i := slices.IndexFunc(calls, func(c ops.Call) bool { return c.Recording != nil && c.Queue == "recorded" })
	if i < 0 {
		t.Fatalf("no call shows its recording: %+v", calls)
	}
	file := strings.Replace(calls[i].Recording.Name, "kezek/", "/api/v1/recordings/", 1) + "-caller.wav"
	code, body, err := s.fetch(t, file, lab.TokenSupervisor)
	must(t, err)
	if code != http.StatusConflict {
		t.Errorf("%s while the talk goes on: %d %s", file, code, body)
	}

	// Forgotten, the pause ends by itself.
	again := time.Now()
	must(t, leg.Keys(within(t, patience), "*7"))
	resumed := hears(t, s, leg, "ru/recording-resumed", again)
	if took := resumed.Sub(again); took < 9*time.Second || took > 12*time.Second {
		t.Errorf("a pause ends after %v", took)
	}
	time.Sleep(time.Second)

	// A supervisor who joins is heard in it as the caller hears them.
	line := supervisor.dials("*831001")
	hears(t, s, line, "ru/enter-pin", time.Time{})
	must(t, line.Keys(within(t, patience), "1011#"))
	hearsTones(t, "the caller", c.Call, again, line.Tone(), leg.Tone())
	time.Sleep(500 * time.Millisecond)
	must(t, line.Hangup(within(t, patience)))
	time.Sleep(time.Second) // on a busy machine a recording is up to half a second late, and lacks that at its end
	c.hangUp(queue.OutcomeCompletedByCaller)
	a.free()

	var all []struct {
		Name           string
		Length, Paused time.Duration
	}
	record := c.told(queue.EntryCallEnded)["recorded"]
	must(t, json.Unmarshal([]byte(record), &all))
	if len(all) != 1 || !strings.Contains(all[0].Name, "/recorded/") || all[0].Paused < 11*time.Second {
		t.Fatalf("the record tells of %s", record)
	}
	caller, agent := s.recorded(t, all[0].Name)
	stored, err := os.ReadFile(filepath.Join(s.Dir, "asterisk", "spool", "recording", all[0].Name+"-caller.wav"))
	must(t, err)
	code, body, err = s.fetch(t, file, lab.TokenSupervisor)
	must(t, err)
	if code != http.StatusOK || !bytes.Equal(body, stored) {
		t.Errorf("%s: %d, %d bytes, want the %d of the file", file, code, len(body), len(stored))
	}
	code, _, err = s.fetch(t, file, lab.TokenViewer)
	must(t, err)
	if code != http.StatusForbidden {
		t.Errorf("%s for a viewer: %d", file, code)
	}
	heardCaller, heardAgent := sounds(caller, c.Tone()), sounds(agent, leg.Tone())
	t.Logf("caller %s\nagent  %s", heardCaller, heardAgent)
	for who, heard := range map[string]string{"caller": heardCaller, "agent": heardAgent} {
		pauses := strings.FieldsFunc(heard, func(r rune) bool { return r != '.' })
		long := 0
		for _, p := range pauses {
			if len(p) >= 18 {
				long++
			}
		}
		if long < 3 || who == "caller" && long > 3 || // the agent is not heard either while they are told something
			longest(heard, '+') < 15 {
			t.Errorf("the %s's side has %d long silences, want 3 (pause, hold, pause): %s", who, long, heard)
		}
	}
	if longest(heardCaller, '?') > 2 {
		t.Errorf("the caller's side has somebody else: %s", heardCaller)
	}
	lost := watch().lost(answered)
	if d := ear.Duration(len(caller)) - ear.Duration(len(agent)); d.Abs() > 200*time.Millisecond+lost {
		t.Errorf("the sides differ by %v", d)
	}
	if d := ear.Duration(len(caller)) - all[0].Length; d.Abs() > time.Second+lost {
		t.Errorf("a recording of %v has %v", all[0].Length, ear.Duration(len(caller)))
	}
	if !ear.Together(agent, line.Tone()) {
		t.Errorf("the supervisor who joined is not in the recording")
	}
}

// recordsThroughKill: the files go on while the daemon is away, and end with the talk.
func recordsThroughKill(t *testing.T, s *site) {
	a, c := s.agent(t, "1003"), s.call(t, didKeeps)
	leg := a.answers(c)
	begun := time.Now()
	time.Sleep(time.Second)
	s.KillDaemon()
	must(t, s.WaitDaemon(within(t, patience)))
	s.ready(t)
	time.Sleep(time.Second)
	length := time.Since(begun)
	c.hangUp(queue.OutcomeCompletedByCaller)
	a.free()
	eventually(t, "one recording, ended", func() error {
		files := s.recordings(t, "keeps")
		if len(files) != 2 {
			return fmt.Errorf("%v", files)
		}
		for _, file := range files {
			if info, err := os.Stat(file); err != nil || ear.Duration(int(info.Size()/2)) < length-time.Second {
				return fmt.Errorf("%s: %v, %v", file, info, err)
			}
		}
		return nil
	})
	for _, side := range s.recordings(t, "keeps") {
		pcm, err := ear.ReadWAV(side)
		must(t, err)
		hz := c.Tone()
		if strings.HasSuffix(side, "-agent.wav") {
			hz = leg.Tone()
		}
		if heard := sounds(pcm, hz); (strings.Contains(heard, ".") || strings.Count(heard, "?") > 5) && !stoodStill(t, begun) {
			t.Errorf("%s has %s", side, heard)
		}
	}
}
