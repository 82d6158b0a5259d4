package prompts

import (
	"encoding/binary"
	"io/fs"
	"math"
	"strings"
	"testing"
	"testing/fstest"

	"kezek/prompts/sound"
)

// few is a small catalogue: the folder of its audio is quick to break and to check.
func few(t *testing.T) ([]Line, fstest.MapFS) {
	t.Helper()
	var lines []Line
	for _, l := range Lines(Company) {
		if l.ID == "hold" || l.ID == "return" || l.ID == "welcome" || l.Base == "wait-7" {
			lines = append(lines, l)
		}
	}
	dir, m := fstest.MapFS{}, Manifest{}
	for _, l := range lines {
		data, err := fs.ReadFile(Audio(), l.File())
		if err != nil {
			t.Fatal(err)
		}
		dir[l.File()] = &fstest.MapFile{Data: data}
		m[Stem(l.File())] = shipped()[Stem(l.File())]
	}
	dir[ManifestName] = &fstest.MapFile{Data: m.Encode()}
	return lines, dir
}

// edit changes the samples of a wave file as SoX writes it: a header of 44 bytes, then the samples.
func edit(data []byte, change func(s []int16) []int16) []byte {
	s, err := sound.Decode("x.wav", data)
	if err != nil {
		panic(err)
	}
	out := append([]byte{}, data[:44]...)
	for _, v := range change(s.Samples) {
		out = binary.LittleEndian.AppendUint16(out, uint16(v))
	}
	binary.LittleEndian.PutUint32(out[4:], uint32(len(out)-8))
	binary.LittleEndian.PutUint32(out[40:], uint32(len(out)-44))
	return out
}

func scale(by float64) func([]int16) []int16 {
	return func(s []int16) []int16 {
		for i, v := range s {
			s[i] = int16(max(-32768, min(32767, by*float64(v))))
		}
		return s
	}
}

func TestShippedAudioIsGood(t *testing.T) {
	for _, f := range Check(Audio(), Company) {
		if f.Severity != Info {
			t.Errorf("audio/%s: %s. In the repository: make prompts", f.File, f.Problem)
		}
	}
}

// The prompts follow one another in a caller's ear, so that their levels must be alike: about -20 dBFS, like Asterisk's own.
func TestShippedLevels(t *testing.T) {
	sum, n := 0.0, 0
	for stem, e := range shipped() {
		data, err := fs.ReadFile(Audio(), e.File)
		if err != nil {
			t.Fatal(err)
		}
		s, err := sound.Decode(e.File, data)
		if err != nil {
			t.Fatal(err)
		}
		if l := s.Level(); l < -25 || l > -15 {
			t.Errorf("%s: %.1f dBFS, want -25 to -15", stem, l)
		}
		if math.Abs(s.Seconds()-e.Seconds) > 0.001 {
			t.Errorf("%s: %.3f s, the manifest says %.3f", stem, s.Seconds(), e.Seconds)
		}
		sum += s.Level()
		n++
	}
	if mean := sum / float64(n); mean < -22 || mean > -18 {
		t.Errorf("mean level %.1f dBFS, want about -20", mean)
	}
}

func TestCheckFinds(t *testing.T) {
	const file = "ru/hold.wav"
	type broken struct {
		damage   func(dir fstest.MapFS)
		severity Severity
		kind     Kind
		where    string
		says     string // in the line
	}
	change := func(file string, how func([]int16) []int16) func(fstest.MapFS) {
		return func(dir fstest.MapFS) { dir[file] = &fstest.MapFile{Data: edit(dir[file].Data, how)} }
	}
	manifest := func(how func(m Manifest)) func(fstest.MapFS) {
		return func(dir fstest.MapFS) {
			m, err := ReadManifest(dir)
			if err != nil {
				t.Fatal(err)
			}
			how(m)
			dir[ManifestName] = &fstest.MapFile{Data: m.Encode()}
		}
	}
	for name, tt := range map[string]broken{
		"missing": {func(d fstest.MapFS) { delete(d, file) }, Error, Missing, file, "kezek prompts install"},
		"stale": {manifest(func(m Manifest) {
			e := m["ru/hold"]
			e.Text = "Подождите."
			m["ru/hold"] = e
		}), Error, Stale, file, `says "Подождите.", but should say "Ожидайте`},
		"stale recording": {manifest(func(m Manifest) {
			e := m["ru/hold"]
			e.Text, e.By = "Подождите.", Recording
			m["ru/hold"] = e
		}), Error, Stale, file, "kezek prompts accept ru/hold.wav"},
		"changed":           {change(file, scale(0.9)), Warning, Changed, file, "kezek prompts accept ru/hold.wav"},
		"not in manifest":   {manifest(func(m Manifest) { delete(m, "ru/hold") }), Warning, Changed, file, "not the file that the manifest knows"},
		"silent":            {change(file, scale(0)), Error, Silent, file, "nothing is heard"},
		"too long":          {change("ru/return.wav", func(s []int16) []int16 { return append(s, make([]int16, 800)...) }), Warning, Long, "ru/return.wav", "1.05s"},
		"too quiet":         {change(file, scale(0.25)), Warning, Level, file, "dBFS"},
		"too loud":          {change(file, scale(2.4)), Warning, Level, file, "dBFS"},
		"overdriven":        {change(file, scale(4)), Warning, Clipped, file, "it is clipped"},
		"cut beginning":     {change(file, func(s []int16) []int16 { return s[2400:] }), Warning, Cut, file, "in the middle of a sound"},
		"cut end":           {change(file, func(s []int16) []int16 { return s[:8000] }), Warning, Cut, file, "in the middle of a sound"},
		"empty":             {func(d fstest.MapFS) { d[file] = &fstest.MapFile{} }, Error, Format, file, "sox IN -r 8000"},
		"16 kHz":            {func(d fstest.MapFS) { d[file].Data[25] = 0x3e; d[file].Data[24] = 0x80 }, Error, Format, file, "8000 Hz"},
		"another format":    {func(d fstest.MapFS) { d["ru/hold.mp3"] = d[file]; delete(d, file) }, Error, Format, "ru/hold.mp3", `ending ".mp3"`},
		"two files":         {func(d fstest.MapFS) { d["ru/hold.sln16"] = d[file] }, Warning, Twice, "ru/hold.sln16", "ru/hold.wav"},
		"no such phrase":    {func(d fstest.MapFS) { d["ky/holt.wav"] = d[file] }, Warning, Extra, "ky/holt.wav", "never played"},
		"broken manifest":   {func(d fstest.MapFS) { d[ManifestName] = &fstest.MapFile{Data: []byte("{")} }, Error, Format, ManifestName, "Delete it"},
		"an empty folder":   {func(d fstest.MapFS) { clear(d) }, Error, Missing, ".", "kezek prompts install"},
		"a language absent": {func(d fstest.MapFS) { remove(d, "ky/") }, Error, Missing, "ky/wait-7.wav", "install"},
	} {
		t.Run(name, func(t *testing.T) {
			lines, dir := few(t)
			tt.damage(dir)
			findings := check(dir, lines)
			for _, f := range findings {
				if f.Severity == tt.severity && f.Kind == tt.kind && f.File == tt.where && strings.Contains(f.Problem+". "+f.Fix, tt.says) {
					return
				}
			}
			t.Errorf("want %s %s in %s saying %q; found %v", tt.severity, tt.kind, tt.where, tt.says, findings)
		})
	}
}

func remove(dir fstest.MapFS, prefix string) {
	for name := range dir {
		if strings.HasPrefix(name, prefix) {
			delete(dir, name)
		}
	}
}

// A fault is told once, and nothing else is blamed for it.
func TestCheckTellsOneFaultOnce(t *testing.T) {
	lines, dir := few(t)
	delete(dir, "ky/wait-7.wav")
	var told []Fault
	for _, f := range check(dir, lines) {
		if f.Severity != Info {
			told = append(told, f)
		}
	}
	if len(told) != 1 {
		t.Errorf("got %v, want one finding", told)
	}
}

func TestCheckOfAnotherCompany(t *testing.T) {
	stale := map[string]bool{}
	for _, f := range Check(Audio(), "Ала-Тоо") {
		if f.Kind == Stale && strings.Contains(f.Fix, "kezek prompts build") {
			stale[f.File] = true
		} else if f.Severity != Info && f.Kind != Missing { // what is missing, TestShippedAudioIsGood reports
			t.Error(f)
		}
	}
	for _, file := range []string{"ru/welcome.wav", "ky/welcome.wav", "ru/callback-greeting.wav", "ky/callback-greeting.wav"} {
		if !stale[file] {
			t.Errorf("%s names another company and is not called stale", file)
		}
	}
	if len(stale) != 4 {
		t.Errorf("stale: %v, want the four that name the company", stale)
	}
}

func TestCheckListsUnreviewedWords(t *testing.T) {
	var told []string
	for _, f := range Check(Audio(), Company) {
		if f.Kind == Unreviewed {
			told = append(told, f.File+": "+f.Problem)
		}
	}
	want := map[string]bool{}
	for _, p := range Catalogue() {
		for lang, w := range p.Words {
			want[lang+" "+p.ID] = !w.Reviewed
		}
	}
	for _, line := range told {
		lang, ids, _ := strings.Cut(line, ": ")
		_, ids, _ = strings.Cut(ids, ": ")
		for _, id := range strings.Fields(ids) {
			if !want[lang+" "+id] {
				t.Errorf("%s %s is called unreviewed", lang, id)
			}
			delete(want, lang+" "+id)
		}
	}
	for phrase, unreviewed := range want {
		if unreviewed {
			t.Errorf("%s is unreviewed and not listed", phrase)
		}
	}
}

// A recording in better quality may stand in for the shipped file.
func TestCheckTakesWideband(t *testing.T) {
	lines, dir := few(t)
	narrow, err := sound.Decode("x.wav", dir["ru/hold.wav"].Data)
	if err != nil {
		t.Fatal(err)
	}
	var wide []byte
	for _, v := range narrow.Samples {
		wide = binary.LittleEndian.AppendUint16(binary.LittleEndian.AppendUint16(wide, uint16(v)), uint16(v))
	}
	delete(dir, "ru/hold.wav")
	dir["ru/hold.sln16"] = &fstest.MapFile{Data: wide}
	m, err := ReadManifest(dir)
	if err != nil {
		t.Fatal(err)
	}
	e := m["ru/hold"]
	e.File, e.By, e.SHA256 = "ru/hold.sln16", Recording, Sum(wide)
	m["ru/hold"] = e
	dir[ManifestName] = &fstest.MapFile{Data: m.Encode()}
	for _, f := range check(dir, lines) {
		if f.Severity != Info {
			t.Error(f)
		}
	}
}
