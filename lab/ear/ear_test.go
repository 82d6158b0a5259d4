package ear_test

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"kezek/lab/ear"
	"kezek/lab/phone"
)

func write(t testing.TB, path string, pcm []int16) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := ear.WriteWAV(path, pcm); err != nil {
		t.Fatal(err)
	}
}

// near tells that two times are a packet apart at most.
func near(a, b time.Duration) bool { return math.Abs(float64(a-b)) <= float64(20*time.Millisecond) }

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

func TestPromptsAreToldInOrderWithTheirTimes(t *testing.T) {
	t.Parallel()
	l := library(t)
	var rec []int16
	type spot struct{ from, to time.Duration }
	var want []spot
	names := []string{"ru/welcome", "ru/position-4", "ky/position-3", "ru/hold", "ru/return", "ru/hold"}
	for i, name := range names {
		rec = append(rec, silence(0.1+0.0371*float64(i))...) // never at the same place of a packet
		pcm := voice(phrases[name])
		want = append(want, spot{ear.Duration(len(rec)), ear.Duration(len(rec) + len(pcm))})
		rec = append(rec, pcm...)
	}
	got := l.Listen(coded(rec))
	if !slices.Equal(got.Prompts(), names) {
		t.Fatalf("heard %v, want %v", got, names)
	}
	for i, h := range got.Of(ear.Prompt) {
		if !near(h.From, want[i].from) || !near(h.To, want[i].to) || !h.Whole() || h.Score < 0.99 || h.Or != nil {
			t.Errorf("%v (score %.3f), played %v–%v", h, h.Score, want[i].from, want[i].to)
		}
	}
}

// The words in common are the same sound: only the rest tells.
func TestNearlyIdenticalPromptsAreToldApart(t *testing.T) {
	t.Parallel()
	l := library(t)
	for _, name := range []string{"ru/position-3", "ru/position-4", "ru/position-5", "ky/position-3", "ky/position-4"} {
		rec := coded(join(chords(1, 1), voice(phrases[name]), chords(1, 2)))
		if got := l.Listen(lost(rec, 11)).Prompts(); !slices.Equal(got, []string{name}) {
			t.Errorf("%s: heard %v", name, got)
		}
	}
}

// A whole prompt is likelier than another one that was cut just there.
func TestPromptThatOthersBeginWith(t *testing.T) {
	t.Parallel()
	l := library(t)
	got := l.Listen(coded(join(voice(phrases["ru/thanks"]), silence(0.5)))).Of(ear.Prompt)
	if len(got) != 1 || got[0].Name != "ru/thanks" || !got[0].Whole() || got[0].Or != nil {
		t.Errorf("heard %v", got)
	}
}

func TestCutPromptIsHeardInPart(t *testing.T) {
	t.Parallel()
	l := library(t)
	for _, cut := range []float64{0.7, 1.2} {
		rec := coded(join(silence(0.333), voice(phrases["ru/hold"])[:int(cut*ear.Rate)], chords(3, 3)))
		got, ok := l.Listen(rec).Find("ru/hold")
		if !ok {
			t.Errorf("cut after %v s: not heard", cut)
			continue
		}
		whole := float64(len(voice(phrases["ru/hold"]))) / ear.Rate
		if !near(got.From, seconds(0.333)) || math.Abs((got.To-got.From).Seconds()-cut) > 0.05 ||
			math.Abs(got.Part-cut/whole) > 0.03 || got.Whole() {
			t.Errorf("cut after %v s of %.2f: %v", cut, whole, got)
		}
	}
}

func TestPromptCutBeforeItDiffersIsAmbiguous(t *testing.T) {
	t.Parallel()
	l := library(t)
	common := len(voice("vash nomer v ocheredi")) - ear.Rate/8
	got := l.Listen(coded(join(voice(phrases["ru/position-4"])[:common], silence(0.5)))).Of(ear.Prompt)
	if len(got) != 1 {
		t.Fatalf("heard %v", got)
	}
	names := append([]string{got[0].Name}, got[0].Or...)
	slices.Sort(names)
	if want := []string{"ru/position-3", "ru/position-4", "ru/position-5"}; !slices.Equal(names, want) {
		t.Errorf("%v: may be %v, want %v", got, names, want)
	}
}

func TestBeginningMissed(t *testing.T) {
	t.Parallel()
	l := library(t)
	got, ok := l.Listen(coded(voice(phrases["ru/hold"])[6000:])).Find("ru/hold")
	if !ok || got.From > seconds(0.06) || math.Abs(got.Offset.Seconds()-0.75) > 0.06 {
		t.Errorf("heard %v, offset %v", got, got.Offset)
	}
}

func TestLevelNoiseAndLossDoNotMatter(t *testing.T) {
	t.Parallel()
	l := library(t)
	rec := join(voice(phrases["ru/welcome"]), voice(phrases["ru/position-3"]), voice(phrases["ky/hold"]))
	want := []string{"ru/welcome", "ru/position-3", "ky/hold"}
	quieter := append([]int16(nil), rec...)
	for i := range quieter {
		quieter[i] /= 5
	}
	for name, rec := range map[string][]int16{
		"14 dB quieter":    quieter,
		"noise at -40 dB":  mix(rec, noise(len(rec), 330)),
		"one packet in 8":  lost(rec, 8),
		"all three":        lost(mix(quieter, noise(len(rec), 60)), 10),
		"coded five times": coded(coded(coded(coded(coded(rec))))),
	} {
		if got := l.Listen(coded(rec)); !slices.Equal(got.Prompts(), want) {
			t.Errorf("%s: heard %v", name, got)
		}
	}
}

func TestOtherSpeechIsNoPrompt(t *testing.T) {
	t.Parallel()
	l := library(t)
	rec := coded(voice("drugie slova kotorykh net v kataloge sovsem nichego obshchego"))
	got := l.Listen(rec)
	if len(got.Prompts()) != 0 || got.Total(ear.Noise) < seconds(2) || got.Total(ear.Music) > 0 {
		t.Errorf("heard %v", got)
	}
}

func TestMusicTonesAndSilence(t *testing.T) {
	t.Parallel()
	l := library(t)
	music := t.TempDir()
	write(t, filepath.Join(music, "calm.wav"), chords(20, 9))
	if err := l.AddMusic(music); err != nil {
		t.Fatal(err)
	}
	l.NameTone(1250, "1012")
	l.NameTone(2400, "caller")
	rec := coded(join(
		voice(phrases["ru/welcome"]),
		chords(20, 9)[5*ear.Rate:8*ear.Rate], // known music, from its middle
		silence(1),
		chords(4, 10), // unknown music
		tone(1250, 1),
		mix(tone(1250, 1), tone(2400, 1)),
		tone(425, 0.5),
		silence(1)))
	got := l.Listen(rec)
	var names []string
	for _, h := range got {
		names = append(names, h.Name)
	}
	want := []string{"ru/welcome", "music/calm", "silence", "music", "tone of 1012", "tone of caller", "tone of 425 Hz", "silence"}
	if !slices.Equal(names, want) {
		t.Fatalf("heard %v, want %v", got, want)
	}
	at := voiceLength("ru/welcome")
	for i, length := range []float64{3, 1, 4, 2, 1, 0.5, 1} {
		h := got[i+1]
		from := at
		switch h.Name {
		case "tone of caller":
			from -= 1 // it begins in the middle of the other
			at -= 1
		}
		if math.Abs(h.From.Seconds()-from) > 0.05 || math.Abs((h.To-h.From).Seconds()-length) > 0.08 {
			t.Errorf("%v, want %.2f–%.2f", h, from, from+length)
		}
		at += length
	}
	if calm := got[1]; math.Abs(calm.Offset.Seconds()-5) > 0.03 {
		t.Errorf("%v began at %v of the piece, want 5 s", calm, calm.Offset)
	}
}

func voiceLength(name string) float64 { return float64(len(voice(phrases[name]))) / ear.Rate }

// Keys that are heard inband, or a voice, are no phone's tone.
func TestDTMFIsNobodysTone(t *testing.T) {
	t.Parallel()
	l := library(t)
	for n := range 20 {
		l.NameTone(phone.ToneOf(fmt.Sprint(1001+n)), "phone")
	}
	for _, low := range []float64{697, 770, 852, 941} {
		for _, high := range []float64{1209, 1336, 1477} {
			if got := l.Listen(coded(mix(tone(low, 0.5), tone(high, 0.5)))).Of(ear.Tone); len(got) > 0 {
				t.Errorf("key of %v and %v Hz: heard %v", low, high, got)
			}
		}
	}
}

func TestTimelineIsReadable(t *testing.T) {
	t.Parallel()
	tl := ear.Timeline{
		{Kind: ear.Prompt, Name: "ru/welcome", To: seconds(3.12), Part: 1},
		{Kind: ear.Music, Name: "music", From: seconds(3.12), To: seconds(9.8)},
		{Kind: ear.Prompt, Name: "ru/position-3", From: seconds(9.8), To: seconds(10.5), Part: 0.4, Or: []string{"ru/position-4"}},
		{Kind: ear.Prompt, Name: "ru/hold", From: seconds(10.5), To: seconds(11), Part: 0.2, Or: []string{"a", "b", "c"}},
		{Kind: ear.Tone, Name: "tone of 1012", From: seconds(11), To: seconds(12)},
	}
	want := "0.00–3.12 ru/welcome · 3.12–9.80 music · 9.80–10.50 ru/position-3 or ru/position-4 (40 %) · " +
		"10.50–11.00 ru/hold or 3 others (20 %) · 11.00–12.00 tone of 1012"
	if got := tl.String(); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestOnly(t *testing.T) {
	t.Parallel()
	l := library(t)
	part, err := l.Only("ru/hold")
	if err != nil {
		t.Fatal(err)
	}
	if got := part.Names(); !slices.Equal(got, []string{"ru/hold"}) {
		t.Errorf("names %v", got)
	}
	if _, err := l.Only("ru/hold", "ru/nothing"); err == nil || !strings.Contains(err.Error(), "ru/nothing") {
		t.Errorf("error %v does not name the prompt that is not there", err)
	}
}

func TestWaveFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "a.wav")
	want := tone(440, 0.1)
	write(t, path, want)
	got, err := ear.ReadWAV(path)
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("what was written is not read: %v", err)
	}
	good, _ := os.ReadFile(path)
	stereo := slices.Clone(good)
	stereo[22] = 2
	wide := slices.Clone(good)
	wide[24], wide[25] = 0x80, 0x3e // 16000
	for name, b := range map[string][]byte{
		"not a wave file": []byte("hello"),
		"2 channels":      stereo,
		"16000 Hz":        wide,
		"cut off":         good[:30],
		"no data":         good[:36],
	} {
		if err := os.WriteFile(path, b, 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := ear.Load(dir); err == nil || !strings.Contains(err.Error(), name) || !strings.Contains(err.Error(), "a.wav") {
			t.Errorf("%s: error %v", name, err)
		}
	}
	if _, err := ear.Load(t.TempDir()); err == nil {
		t.Error("a folder without prompts is loaded")
	}
}

func TestShortAndEmptyRecordings(t *testing.T) {
	t.Parallel()
	l := library(t)
	for _, n := range []int{0, 1, 159, 160, 511, 512, 600} {
		if got := l.Listen(make([]int16, n)).Prompts(); len(got) > 0 {
			t.Errorf("%d samples of silence: heard %v", n, got)
		}
	}
}
