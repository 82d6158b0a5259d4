package ear_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"kezek/lab/ear"
)

// prompts are the product's own.
func prompts(t testing.TB) *ear.Library {
	t.Helper()
	l, err := ear.Load("../../prompts/audio")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func read(t testing.TB, name string) []int16 {
	t.Helper()
	pcm, err := ear.ReadWAV("../../prompts/audio/" + name + ".wav")
	if err != nil {
		t.Fatal(err)
	}
	return pcm
}

// Each prompt of the product is told from all the others: the numbered ones
// share all words but one, to the sample. An eighth of them does for every
// day; with KEZEK_LAB=1 it is all.
func TestEveryPromptIsTold(t *testing.T) {
	t.Parallel()
	l := prompts(t)
	names := l.Names()
	if os.Getenv("KEZEK_LAB") != "1" {
		n := 0
		names = slices.DeleteFunc(names, func(string) bool { n++; return n%8 != 0 })
	}
	for chunk := range slices.Chunk(names, 24) {
		var rec []int16
		for i, name := range chunk {
			rec = append(append(rec, silence(0.0123*float64(i%9))...), read(t, name)...)
		}
		got := l.Listen(lost(coded(rec), 37))
		heard := got.Of(ear.Prompt)
		for i, name := range chunk {
			if i >= len(heard) || heard[i].Name != name && !slices.Contains(heard[i].Or, name) {
				t.Errorf("played %v\nheard %v", chunk, got)
				break
			}
			for _, or := range heard[i].Or { // some texts are the same, and so are their files
				if heard[i].Whole() && !slices.Equal(read(t, or), read(t, heard[i].Name)) {
					t.Errorf("%v: whole, yet not certain", heard[i])
				}
			}
		}
	}
}

// Half a second is enough to tell which phrase begins.
func TestEveryPhraseIsToldByItsBeginning(t *testing.T) {
	t.Parallel()
	l := prompts(t)
	for _, name := range l.Names() {
		if strings.ContainsAny(name, "0123456789") {
			continue
		}
		pcm := read(t, name)
		pcm = pcm[:min(len(pcm), 6*ear.Rate/10)]
		found := false
		for _, h := range l.Listen(coded(join(silence(0.3), pcm, silence(0.3)))).Of(ear.Prompt) {
			found = found || h.Name == name || slices.Contains(h.Or, name)
		}
		if !found {
			t.Errorf("%s: not told by its first 0.6 s", name)
		}
	}
}

func BenchmarkListenMinute(b *testing.B) {
	l := prompts(b)
	var rec []int16
	for i, name := range l.Names() {
		if i%20 == 0 {
			rec = append(append(rec, read(b, name)...), chords(1, uint64(i))...)
		}
	}
	rec = append(rec, silence(60)...)[:60*ear.Rate]
	l.Listen(rec)
	b.ResetTimer()
	for b.Loop() {
		l.Listen(rec)
	}
}
