package prompts

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"kezek/prompts/numeral"
	"kezek/queue"
)

func TestName(t *testing.T) {
	for _, tt := range []struct {
		id, lang string
		n        int
		want     string
	}{
		{"hold", "ru", 0, "kezek/ru/hold"},
		{"hold", "ky", 7, "kezek/ky/hold"},
		{"menu", "ky", 1, "kezek/ky/menu-1"},
		{"position", "ru", 3, "kezek/ru/position-3"},
		{"position", "ru", 50, "kezek/ru/position-50"},
		{"position", "ru", 51, "kezek/ru/position-over"},
		{"position", "ky", 1_000_000, "kezek/ky/position-over"},
		{"wait", "ru", 0, "kezek/ru/wait-under"},
		{"wait", "ru", -5, "kezek/ru/wait-under"},
		{"wait", "ru", 30, "kezek/ru/wait-30"},
		{"wait", "ru", 31, "kezek/ru/wait-over"},
		{"waiting-calls", "ru", 0, "kezek/ru/waiting-calls-under"},
		{"since", "ky", 31, "kezek/ky/since-over"},
		{"status-set-lunch", "ru", 0, "kezek/ru/status-set-lunch"},
		{"status-set-gym", "ru", 0, "kezek/ru/status-set"},
		{"status-refused-solar-eclipse", "ky", 0, "kezek/ky/status-refused"},
	} {
		got, err := Name(tt.id, tt.lang, tt.n)
		if err != nil || got != tt.want {
			t.Errorf("Name(%q, %q, %d) = %q, %v; want %q", tt.id, tt.lang, tt.n, got, err, tt.want)
		}
		if !Has(tt.id, tt.lang, tt.n) {
			t.Errorf("Has(%q, %q, %d) = false", tt.id, tt.lang, tt.n)
		}
	}
}

func TestNameRefuses(t *testing.T) {
	for _, tt := range []struct {
		id, lang string
		n        int
		want     string
	}{
		{"holt", "ru", 0, `id "holt"`},
		{"", "ru", 0, `id ""`},
		{"hold", "en", 0, `language "en": want one of ru, ky`},
		{"greeting-day", "ru", 0, "no audio"},
		{"menu", "ru", 3, "no number 3: want 1 to 2"},
		{"menu", "ru", 0, "no number 0"},
		{"position", "ru", 0, "no number 0"},
		{"status-sets", "ru", 0, `id "status-sets"`},
	} {
		name, err := Name(tt.id, tt.lang, tt.n)
		if !errors.Is(err, ErrUnknown) || !strings.Contains(err.Error(), tt.want) || name != "" {
			t.Errorf("Name(%q, %q, %d) = %q, %v; want an error with %q", tt.id, tt.lang, tt.n, name, err, tt.want)
		}
		if Has(tt.id, tt.lang, tt.n) {
			t.Errorf("Has(%q, %q, %d) = true", tt.id, tt.lang, tt.n)
		}
	}
}

// What is heard, to the letter: the words of the documents, and one of each grammatical kind.
func TestText(t *testing.T) {
	for _, tt := range []struct {
		id     string
		n      int
		ru, ky string
	}{
		{"welcome", 0, "Здравствуйте! Вы позвонили в компанию Skynet.", "Саламатсызбы! Сиз Skynet компаниясына чалдыңыз."},
		{"menu", 1, "Для обслуживания на русском языке нажмите один.", "Кыргыз тилинде тейлөө үчүн бирди басыңыз."},
		{"menu", 2, "Для обслуживания на русском языке нажмите два.", "Кыргыз тилинде тейлөө үчүн экини басыңыз."},
		{"hold", 0, "Ожидайте, пожалуйста, на линии, я уточню данную информацию.", ""},
		{"return", 0, "Спасибо за ожидание.", ""},
		{"closing", 0, "Спасибо за Ваш звонок, всего доброго.", "Чалганыңыз үчүн ыракмат, саламатта болуңуз."},
		{"not-heard", 0, "Говорите, пожалуйста. Я Вас слушаю. Вас не слышно, перезвоните, пожалуйста.", ""},
		{"tone-warn", 0, "Просьба не вести разговор в таком тоне.", ""},
		{"tone-end", 0, "Наш разговор не может быть продолжен. Всего доброго.", ""},
		{"unwell", 0, "Минуту, пожалуйста.", ""},
		{"transfer", 0, "Для решения этого вопроса я сейчас вас переведу на специалиста, который подскажет данную информацию.", ""},
		{"manager-callback", 0, "Менеджер перезвонит Вам в течение пятнадцати минут.", ""},
		{"position", 1, "Ваш номер в очереди — один.", "Сиз кезекте биринчи орунда турасыз."},
		{"position", 42, "Ваш номер в очереди — сорок два.", "Сиз кезекте кырк экинчи орунда турасыз."},
		{"position", 51, "Ваш номер в очереди — более пятидесяти.", "Сиздин кезектеги номериңиз элүүдөн ашык."},
		{"wait", 0, "Примерное время ожидания — менее минуты.", "Болжолдуу күтүү убактысы — бир мүнөттөн аз."},
		{"wait", 1, "Примерное время ожидания — одна минута.", "Болжолдуу күтүү убактысы — бир мүнөт."},
		{"wait", 22, "Примерное время ожидания — двадцать две минуты.", "Болжолдуу күтүү убактысы — жыйырма эки мүнөт."},
		{"wait", 31, "Примерное время ожидания — более тридцати минут.", "Болжолдуу күтүү убактысы — отуз мүнөттөн ашык."},
		{"waiting-calls", 0, "Ожидающих нет.", "Күткөндөр жок."},
		{"waiting-calls", 21, "Ожидающих — двадцать один.", "Күткөндөр — жыйырма бир."},
		{"since", 21, "двадцать одна минута.", "жыйырма бир мүнөт."},
	} {
		for lang, want := range map[string]string{"ru": tt.ru, "ky": tt.ky} {
			got, err := Text(tt.id, lang, tt.n, Company)
			if err != nil || want != "" && got != want {
				t.Errorf("%s %d %s: %q, %v; want %q", tt.id, tt.n, lang, got, err, want)
			}
		}
	}
	if _, err := Text("holt", "ru", 0, Company); !errors.Is(err, ErrUnknown) {
		t.Errorf("unknown id: %v", err)
	}
}

// The ids that a call needs, so that none is lost from the catalogue.
func TestIDs(t *testing.T) {
	for _, id := range strings.Fields(`
		welcome wrong-key recorded maintenance closed queue-full nobody-here all-busy please-wait other-language connecting agent-lost
		no-answer service-unavailable sorry-ended hold return hold-long closing not-heard tone-warn tone-end unwell transfer transfer-failed
		information-callback manager-callback complaint-callback callback-offer callback-confirmed callback-refused callback-greeting callback-cancelled language-set
		enter-pin wrong-pin try-again too-many-tries unknown-agent logged-in already-logged-in logged-out not-logged-in
		status-waiting status-set status-set-coffee status-set-lunch status-set-reports status-set-training status-set-order status-set-busy
		status-set-idle status-set-printing status-set-filing status-set-connecting status-set-closing status-set-social status-after-call
		enter-agent-number unknown-phone phone-taken
		status-refused status-refused-unknown status-refused-peak status-refused-not-allowed status-refused-too-many
		status-refused-callback-due status-refused-in-call my-talking my-wrapup my-paused my-unreachable
		callback-offer-closed callback-confirmed-closed callback-refused-closed enter-number number-refused your-number-is confirm-number
		digit-0 digit-1 digit-2 digit-3 digit-4 digit-5 digit-6 digit-7 digit-8 digit-9
		callback-class-information callback-class-manager callback-class-complaint client-busy client-no-answer client-unreached
		callback-not-booked whisper-ru whisper-ky whisper-queue whisper-flagged callback-whisper callback-booked hold-reminder hold-expired supervisor-called`) {
		for _, lang := range Languages() {
			if !Has(id, lang, 0) {
				t.Errorf("%s: no phrase in %s", id, lang)
			}
		}
	}
	for id, r := range map[string]Range{"menu": {1, 2}, "position": {1, 51}, "wait": {0, 31}, "since": {0, 31}, "waiting-calls": {0, 51}} {
		for n := r.From; n <= r.To; n++ {
			for _, lang := range Languages() {
				if !Has(id, lang, n) {
					t.Errorf("%s %d: no phrase in %s", id, n, lang)
				}
			}
		}
	}
}

// A site's own notice is in no catalogue, and has a name.
func TestOwnNotice(t *testing.T) {
	if name, err := Name("notice-internet", "ky", 0); name != Folder+"/ky/notice-internet" || err != nil {
		t.Errorf("%q %v", name, err)
	}
	if name, err := Name("notice-internet", "en", 0); name != "" || !errors.Is(err, ErrUnknown) {
		t.Errorf("%q %v", name, err)
	}
}

// Whatever anybody hears in a scenario of the rules has words and a recording.
func TestRulesSayWhatThereIs(t *testing.T) {
	scenarios, err := filepath.Glob("../queue/testdata/*.txt")
	if err != nil || len(scenarios) == 0 {
		t.Fatalf("no scenarios: %v", err)
	}
	heard := regexp.MustCompile(`\b(ru|ky)/([a-z]+(?:-[a-z]+)*)(?:-([0-9]+))?\b`)
	ids := map[string]bool{}
	for _, file := range scenarios {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range heard.FindAllStringSubmatch(string(text), -1) {
			lang, id := m[1], m[2]
			n, _ := strconv.Atoi(m[3]) // 0 when it has none
			if !strings.HasPrefix(id, Own) && !Has(id, lang, n) && !Has(id+"-"+m[3], lang, 0) {
				t.Errorf("%s: %s is heard, but there is no such phrase", filepath.Base(file), m[0])
			}
			ids[id] = true
		}
	}
	if len(ids) < 20 {
		t.Errorf("only %d phrases are heard: does the pattern still fit the scenarios?", len(ids))
	}
}

// A promise that is spoken names the longest time that a config may set: whatever a site
// sets, the caller was told the truth. TestCorpus of config holds those bounds.
func TestSpokenMinutesAreTheMost(t *testing.T) {
	most := queue.DefaultCallback()
	spoken := map[string]time.Duration{
		"callback-offer": most.Information, "callback-confirmed": most.Information, "hold-long": most.Information,
		"callback-offer-closed": most.Information, "callback-confirmed-closed": most.Information,
	}
	for _, class := range queue.Classes {
		if class.Due < time.Hour { // "within an hour" is no number of minutes
			spoken[string(class.Name)+"-callback"] = class.Due
		}
	}
	for id, due := range spoken {
		minutes := int(due.Minutes())
		for lang, words := range map[string]string{
			"ru": numeral.Russian(minutes, numeral.Masculine, numeral.Genitive) + " минут", "ky": numeral.Kyrgyz(minutes) + " мүнөт",
		} {
			if text, err := Text(id, lang, 0, Company); err != nil || !strings.Contains(text, words) {
				t.Errorf("%s %s: %q, %v; want %q", id, lang, text, err, words)
			}
		}
	}
}

// Each class of callbacks has its words for the agent who makes it and for the client.
func TestClassesHavePhrases(t *testing.T) {
	for _, class := range queue.Classes {
		for _, lang := range Languages() {
			for _, id := range []string{"callback-class-" + string(class.Name), string(class.Name) + "-callback"} {
				if !Has(id, lang, 0) {
					t.Errorf("the catalogue lacks %s in %s", id, lang)
				}
			}
		}
	}
}

var (
	cyrillic = regexp.MustCompile(`^[А-Яа-яЁёҢңӨөҮү \-—.,:!\x{301}]+$`)
	accented = regexp.MustCompile(`[^аеиоуыэюя]\x{301}`)
)

// A Latin c or o in a Cyrillic word looks right and sounds wrong; so does a stress mark on a consonant.
func TestLettersCanBeSpoken(t *testing.T) {
	kyrgyzOnly := regexp.MustCompile(`[ҢңӨөҮү]`)
	for _, l := range Lines("") {
		text := strings.ReplaceAll(l.Speech, "{company}", "")
		if !cyrillic.MatchString(text) {
			t.Errorf("%s: %q has letters or signs that are not spoken", l.File(), text)
		}
		if accented.MatchString(text) {
			t.Errorf("%s: %q has a stress mark that is not on a vowel", l.File(), text)
		}
		if l.Lang == "ru" && kyrgyzOnly.MatchString(text) {
			t.Errorf("%s: %q has Kyrgyz letters", l.File(), text)
		}
	}
}

func TestLinesAreDistinct(t *testing.T) {
	files, perLanguage := map[string]bool{}, map[string]int{}
	for _, l := range Lines(Company) {
		if files[l.File()] {
			t.Errorf("%s: two lines have this file", l.File())
		}
		files[l.File()] = true
		perLanguage[l.Lang]++
	}
	for lang, n := range perLanguage {
		if n != perLanguage["ru"] {
			t.Errorf("%s has %d lines, ru has %d", lang, n, perLanguage["ru"])
		}
	}
}

func TestSources(t *testing.T) {
	source := regexp.MustCompile(`^S[0-4]$`)
	for _, p := range Catalogue() {
		for lang, w := range p.Words {
			if !source.MatchString(w.Source) && w.Source != Proposal {
				t.Errorf("%s %s: source %q: want S0 to S4 or %s", p.ID, lang, w.Source, Proposal)
			}
			if w.Source != Proposal && !w.Reviewed {
				t.Errorf("%s %s: the words of a document need no review", p.ID, lang)
			}
		}
	}
}

func TestParseRefuses(t *testing.T) {
	good, err := os.ReadFile("catalogue.yaml")
	if err != nil {
		t.Fatal(err)
	}
	words := "{source: proposal, reviewed: false, text: \"Да.\"}"
	entry := func(lines ...string) string {
		return "- id: x\n  to: agent\n  when: always\n  " + strings.Join(lines, "\n  ") + "\n"
	}
	for name, tt := range map[string]struct{ yaml, want string }{
		"unknown key":         {entry("ru: "+words, "ky: "+words, "de: "+words), "de"},
		"no Kyrgyz":           {entry("ru: " + words), "ky: text and source must be given"},
		"unknown hearer":      {strings.Replace(entry("ru: "+words, "ky: "+words), "to: agent", "to: supervisor", 1), `"supervisor": want caller`},
		"same id twice":       {string(good) + entry("ru: "+words, "ky: "+words) + entry("ru: "+words, "ky: "+words), `"x": it is listed twice`},
		"unknown placeholder": {entry("ru: "+strings.Replace(words, "Да", "{colour}", 1), "ky: "+words), "{colour} means nothing"},
		"number of nothing":   {entry("ru: "+strings.Replace(words, "Да", "{number}", 1), "ky: "+words), "{number} means nothing"},
		"agent in a prompt":   {entry("ru: "+strings.Replace(words, "Да", "{agent}", 1), "ky: "+words), "{agent} means nothing"},
		"Kyrgyz case in ru":   {entry("numbers: {from: 1, to: 2}", "ru: "+strings.Replace(words, "Да", "{key}", 1), "ky: "+words), "{key} means nothing"},
		"empty range":         {entry("numbers: {from: 3, to: 2}", "ru: "+words, "ky: "+words), "numbers: 3–2"},
		"huge range":          {entry("numbers: {from: 1, to: 1000}", "ru: "+words, "ky: "+words), "numbers: 1–1000"},
	} {
		if _, err := parseCatalogue([]byte(tt.yaml)); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: error %v, want one with %q", name, err, tt.want)
		}
	}
}
