package demo

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"kezek/lab"
	"kezek/lab/ear"
	"kezek/lab/phone"
)

func TestVerdict(t *testing.T) {
	var p promises
	if p.verdict() == nil {
		t.Error("a day without promises counts as kept")
	}
	p.promise(true, "one", "by hand", "%d", 1)
	if err := p.verdict(); err != nil {
		t.Error(err)
	}
	p.promise(false, "two", "by hand", "%d", 2)
	if err := p.verdict(); err == nil || err.Error() != "1 of 2 promises were broken" {
		t.Errorf("verdict %v", err)
	}
	var out strings.Builder
	p.print(&out)
	if lines := strings.Split(out.String(), "\n"); !strings.HasPrefix(lines[1], "kept ") || !strings.HasPrefix(lines[2], "BROKEN ") {
		t.Errorf("table\n%s", out.String())
	}
}

var errWrong = errors.New("something is wrong")

func TestSceneBreaksOff(t *testing.T) {
	d := &day{story: newStory(&strings.Builder{})}
	others := 0
	err := d.play(t.Context(), func(d *day) {
		d.together(
			func() { d.stop(errWrong) },
			func() {
				d.await("what never comes", func(ctx context.Context) error {
					<-ctx.Done()
					return context.Cause(ctx)
				})
				others++
			},
		)
		others++
	})
	if err != errWrong || others != 0 {
		t.Errorf("%v; %d acts went on", err, others)
	}
	if err := d.play(t.Context(), func(*day) {}); err != nil {
		t.Error(err)
	}
}

// voice is a recording: a tone for some time, silence, and the tone again.
func voice(at time.Time, hz float64, tone, silence, again time.Duration) phone.Recording {
	rec := phone.Recording{Start: at}
	for _, part := range []struct {
		length time.Duration
		level  float64
	}{{tone, 8000}, {silence, 0}, {again, 8000}} {
		for i := range int(part.length * ear.Rate / time.Second) {
			rec.PCM = append(rec.PCM, int16(part.level*math.Sin(2*math.Pi*hz*float64(i)/ear.Rate)))
		}
	}
	return rec
}

func TestMissing(t *testing.T) {
	at := time.Now()
	rec := voice(at, 1000, 2*time.Second, 300*time.Millisecond, time.Second)
	for _, test := range []struct {
		from, to time.Duration
		hz       int
		want     time.Duration
	}{
		{0, 3300 * time.Millisecond, 1000, 300 * time.Millisecond},
		{0, 3300 * time.Millisecond, 1500, 3300 * time.Millisecond}, // somebody else's
		{time.Second, 5 * time.Second, 1000, 2 * time.Second},       // and 1.7 s after its end
		{2300 * time.Millisecond, 3300 * time.Millisecond, 1000, 0}, // all there
		{2300 * time.Millisecond, 3200 * time.Millisecond, 1000, 0}, // more than was asked for
		{5 * time.Second, 6 * time.Second, 1000, time.Second},       // nothing at all
	} {
		if got := missing(rec, at.Add(test.from), at.Add(test.to), test.hz); got != test.want {
			t.Errorf("%v to %v of %d Hz: %v missing, want %v", test.from, test.to, test.hz, got, test.want)
		}
	}
}

func TestQuietest(t *testing.T) {
	at := time.Now()
	rec := voice(at, 1000, 2*time.Second, 300*time.Millisecond, time.Second)
	for _, test := range []struct{ from, to, want time.Duration }{
		{0, 3 * time.Second, 300 * time.Millisecond},
		{0, 2 * time.Second, 0},
		{0, 4 * time.Second, 700 * time.Millisecond}, // the recording ended
	} {
		if got := quietest(rec, at.Add(test.from), at.Add(test.to)); got != test.want {
			t.Errorf("%v to %v: quiet for %v, want %v", test.from, test.to, got, test.want)
		}
	}
}

func TestSounds(t *testing.T) {
	heard := sounds{
		Timeline: ear.Timeline{
			{Kind: ear.Prompt, Name: "ru/all-busy", From: 1e9, To: 4e9, Part: 0.5},
			{Kind: ear.Silence, Name: "silence", From: 4e9, To: 5e9},
			{Kind: ear.Prompt, Name: "ru/all-busy", From: 5e9, To: 8e9, Part: 0.5},
			{Kind: ear.Prompt, Name: "ru/wait-10", From: 8e9, To: 9e9, Part: 0.8}, // misheard
			{Kind: ear.Prompt, Name: "ru/position-2", From: 8.8e9, To: 10e9, Part: 0.95, Or: []string{"ru/position-3"}},
			{Kind: ear.Prompt, Name: "ru/digit-3", From: 10e9, To: 10.4e9, Part: 1}, // misheard
			{Kind: ear.Noise, Name: "sound", From: 10e9, To: 10.1e9},
			{Kind: ear.Tone, Name: "tone of 1001", From: 10.1e9, To: 12e9},
		},
		awaited: []string{"ru/all-busy", "ru/position-3"},
	}
	if want := []string{"ru/all-busy", "ru/position-3"}; !slices.Equal(heard.prompts(), want) || !heard.say(want...) {
		t.Errorf("prompts %v", heard.prompts())
	}
	if heard.say("ru/all-busy") || heard.say("ru/position-3", "ru/all-busy") || heard.beginLike("ru/all-busy") {
		t.Error("what was said counts as something else")
	}
	if !heard.beginLike("ru/all-busy", "ru/position-3", "ru/wait-under") {
		t.Error("the beginning is not known")
	}
	if got := heard.total("ru/all-busy"); got != 6*time.Second {
		t.Errorf("all-busy for %v", got)
	}
	if from, to := heard.begin("ru/all-busy"), heard.end("ru/all-busy"); from != time.Second || to != 8*time.Second {
		t.Errorf("all-busy from %v to %v", from, to)
	}
	if got, want := heard.String(), "1.0 ru/all-busy (50 %) · 4.0 silence · 5.0 ru/all-busy (50 %) · 8.0 ru/wait-10 (80 %) · 8.8 ru/position-3 (95 %) · 10.0 ru/digit-3 · 10.1 tone of 1001"; got != want {
		t.Errorf("told as %s\nwant %s", got, want)
	}
}

func TestMedian(t *testing.T) {
	m, text := median([]time.Duration{9e6, 541e6, 7e6})
	if m != 9*time.Millisecond || text != "median 9 ms (7 to 541 ms, 3 times)" {
		t.Error(m, text)
	}
	if m, _ := median(nil); m != 0 {
		t.Error(m)
	}
}

func TestWords(t *testing.T) {
	for prompt, want := range map[string]string{
		"ru/position-2": "«Ваш номер в очереди — два.»",
		"ky/wait-under": "«Болжолдуу күтүү убактысы — бир мүнөттөн аз.»",
		"ru/nothing":    "ru/nothing",
	} {
		if got := words(prompt); got != want {
			t.Errorf("%s: %s, want %s", prompt, got, want)
		}
	}
}

func TestShowLogs(t *testing.T) {
	var out strings.Builder
	d := &day{story: newStory(&out), lab: &lab.Lab{Dir: t.TempDir()}}
	lines := "INFO begins\nERROR of old\n" + strings.Repeat("INFO goes on\n", 20) + "WARN of late\nINFO ends\n"
	if err := os.WriteFile(filepath.Join(d.lab.Dir, "kezek.log"), []byte(lines), 0o600); err != nil {
		t.Fatal(err)
	}
	d.showLogs()
	for text, want := range map[string]int{"begins": 0, "of old": 1, "goes on": 3, "of late": 1, "ends": 1, "No log": 2} {
		if n := strings.Count(out.String(), text); n != want {
			t.Errorf("%q is shown %d times, want %d", text, n, want)
		}
	}
	if strings.Index(out.String(), "of old") > strings.Index(out.String(), "of late") {
		t.Error("not in order")
	}
}
