package numeral

import (
	"strings"
	"testing"
)

func TestRussian(t *testing.T) {
	for _, tt := range []struct {
		n    int
		g    Gender
		c    Case
		want string
	}{
		{0, Masculine, Nominative, "ноль"},
		{1, Masculine, Nominative, "один"},
		{1, Feminine, Nominative, "одна"},
		{1, Neuter, Nominative, "одно"},
		{2, Masculine, Nominative, "два"},
		{2, Feminine, Nominative, "две"},
		{2, Neuter, Nominative, "два"},
		{3, Feminine, Nominative, "три"},
		{10, Masculine, Nominative, "десять"},
		{11, Feminine, Nominative, "одиннадцать"},
		{12, Feminine, Nominative, "двенадцать"},
		{19, Masculine, Nominative, "девятнадцать"},
		{20, Masculine, Nominative, "двадцать"},
		{21, Feminine, Nominative, "двадцать одна"},
		{42, Feminine, Nominative, "сорок две"},
		{90, Masculine, Nominative, "девяносто"},
		{100, Masculine, Nominative, "сто"},
		{101, Feminine, Nominative, "сто одна"},
		{112, Feminine, Nominative, "сто двенадцать"},
		{342, Neuter, Nominative, "триста сорок два"},
		{999, Masculine, Nominative, "девятьсот девяносто девять"},
		{0, Masculine, Genitive, "ноля"},
		{1, Masculine, Genitive, "одного"},
		{1, Feminine, Genitive, "одной"},
		{1, Neuter, Genitive, "одного"},
		{2, Feminine, Genitive, "двух"},
		{4, Masculine, Genitive, "четырёх"},
		{8, Masculine, Genitive, "восьми"},
		{30, Masculine, Genitive, "тридцати"},
		{40, Masculine, Genitive, "сорока"},
		{50, Masculine, Genitive, "пятидесяти"},
		{61, Feminine, Genitive, "шестидесяти одной"},
		{100, Masculine, Genitive, "ста"},
		{234, Masculine, Genitive, "двухсот тридцати четырёх"},
	} {
		if got := Russian(tt.n, tt.g, tt.c); got != tt.want {
			t.Errorf("Russian(%d, %d, %d) = %q, want %q", tt.n, tt.g, tt.c, got, tt.want)
		}
	}
}

func TestNoun(t *testing.T) {
	minute := Noun{One: "минута", Few: "минуты", Many: "минут", Gender: Feminine}
	for _, tt := range []struct {
		n               int
		count, genitive string
	}{
		{0, "ноль минут", "ноля минут"},
		{1, "одна минута", "одной минуты"},
		{2, "две минуты", "двух минут"},
		{4, "четыре минуты", "четырёх минут"},
		{5, "пять минут", "пяти минут"},
		{11, "одиннадцать минут", "одиннадцати минут"},
		{12, "двенадцать минут", "двенадцати минут"},
		{14, "четырнадцать минут", "четырнадцати минут"},
		{15, "пятнадцать минут", "пятнадцати минут"},
		{21, "двадцать одна минута", "двадцати одной минуты"},
		{22, "двадцать две минуты", "двадцати двух минут"},
		{25, "двадцать пять минут", "двадцати пяти минут"},
		{30, "тридцать минут", "тридцати минут"},
		{101, "сто одна минута", "ста одной минуты"},
		{111, "сто одиннадцать минут", "ста одиннадцати минут"},
		{113, "сто тринадцать минут", "ста тринадцати минут"},
		{122, "сто двадцать две минуты", "ста двадцати двух минут"},
	} {
		if got := minute.Count(tt.n); got != tt.count {
			t.Errorf("Count(%d) = %q, want %q", tt.n, got, tt.count)
		}
		if got := minute.CountGenitive(tt.n); got != tt.genitive {
			t.Errorf("CountGenitive(%d) = %q, want %q", tt.n, got, tt.genitive)
		}
	}
}

func TestKyrgyz(t *testing.T) {
	for _, tt := range []struct {
		n                                       int
		cardinal, ordinal, accusative, ablative string
	}{
		{0, "нөл", "нөлүнчү", "нөлдү", "нөлдөн"},
		{1, "бир", "биринчи", "бирди", "бирден"},
		{2, "эки", "экинчи", "экини", "экиден"},
		{3, "үч", "үчүнчү", "үчтү", "үчтөн"},
		{4, "төрт", "төртүнчү", "төрттү", "төрттөн"},
		{5, "беш", "бешинчи", "бешти", "бештен"},
		{6, "алты", "алтынчы", "алтыны", "алтыдан"},
		{7, "жети", "жетинчи", "жетини", "жетиден"},
		{8, "сегиз", "сегизинчи", "сегизди", "сегизден"},
		{9, "тогуз", "тогузунчу", "тогузду", "тогуздан"},
		{10, "он", "онунчу", "онду", "ондон"},
		{11, "он бир", "он биринчи", "он бирди", "он бирден"},
		{19, "он тогуз", "он тогузунчу", "он тогузду", "он тогуздан"},
		{20, "жыйырма", "жыйырманчы", "жыйырманы", "жыйырмадан"},
		{21, "жыйырма бир", "жыйырма биринчи", "жыйырма бирди", "жыйырма бирден"},
		{30, "отуз", "отузунчу", "отузду", "отуздан"},
		{34, "отуз төрт", "отуз төртүнчү", "отуз төрттү", "отуз төрттөн"},
		{40, "кырк", "кыркынчы", "кыркты", "кырктан"},
		{50, "элүү", "элүүнчү", "элүүнү", "элүүдөн"},
		{60, "алтымыш", "алтымышынчы", "алтымышты", "алтымыштан"},
		{70, "жетимиш", "жетимишинчи", "жетимишти", "жетимиштен"},
		{80, "сексен", "сексенинчи", "сексенди", "сексенден"},
		{90, "токсон", "токсонунчу", "токсонду", "токсондон"},
		{100, "жүз", "жүзүнчү", "жүздү", "жүздөн"},
		{110, "жүз он", "жүз онунчу", "жүз онду", "жүз ондон"},
		{200, "эки жүз", "эки жүзүнчү", "эки жүздү", "эки жүздөн"},
		{999, "тогуз жүз токсон тогуз", "тогуз жүз токсон тогузунчу", "тогуз жүз токсон тогузду", "тогуз жүз токсон тогуздан"},
	} {
		got := [4]string{Kyrgyz(tt.n), KyrgyzOrdinal(tt.n), KyrgyzAccusative(tt.n), KyrgyzAblative(tt.n)}
		if want := [4]string{tt.cardinal, tt.ordinal, tt.accusative, tt.ablative}; got != want {
			t.Errorf("%d: %q, want %q", tt.n, got, want)
		}
	}
}

// Every number of the range has words, and no two numbers sound alike.
func TestEveryNumberDiffers(t *testing.T) {
	for name, write := range map[string]func(int) string{
		"Russian":          func(n int) string { return Russian(n, Masculine, Nominative) },
		"Russian feminine": func(n int) string { return Russian(n, Feminine, Nominative) },
		"Russian genitive": func(n int) string { return Russian(n, Masculine, Genitive) },
		"Kyrgyz":           Kyrgyz, "ordinal": KyrgyzOrdinal, "accusative": KyrgyzAccusative, "ablative": KyrgyzAblative,
	} {
		seen := map[string]int{}
		for n := range Max + 1 {
			words := write(n)
			if strings.Contains(" "+words+" ", "  ") {
				t.Errorf("%s: %d is %q: a word is missing", name, n, words)
			}
			if other, ok := seen[words]; ok {
				t.Errorf("%s: %d and %d are both %q", name, other, n, words)
			}
			seen[words] = n
		}
	}
}

// Kyrgyz endings follow the last vowel of the word (а/ы, е/и, о/у, ө/ү): a slip in the table would break the harmony.
func TestKyrgyzVowelHarmony(t *testing.T) {
	ordinals := map[rune]string{'а': "нчы", 'ы': "нчы", 'е': "нчи", 'и': "нчи", 'о': "нчу", 'у': "нчу", 'ө': "нчү", 'ү': "нчү"}
	ablatives := map[rune]string{'а': "ан", 'ы': "ан", 'е': "ен", 'и': "ен", 'о': "он", 'у': "ан", 'ө': "өн", 'ү': "өн"}
	for n, forms := range kyrgyz {
		var last rune
		for _, r := range forms[cardinal] {
			if _, ok := ordinals[r]; ok {
				last = r
			}
		}
		if !strings.HasSuffix(forms[ordinal], ordinals[last]) {
			t.Errorf("%d: ordinal %q should end in %q", n, forms[ordinal], ordinals[last])
		}
		if !strings.HasSuffix(forms[ablative], ablatives[last]) {
			t.Errorf("%d: ablative %q should end in %q", n, forms[ablative], ablatives[last])
		}
	}
}

func TestOutOfRangePanics(t *testing.T) {
	for _, n := range []int{-1, Max + 1} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%d: no panic", n)
				}
			}()
			Kyrgyz(n)
		}()
	}
}
