package numeral

import "strings"

// Gender is the grammatical gender of the counted Russian noun.
type Gender int

// The genders: один, одна, одно.
const (
	Masculine Gender = iota
	Feminine
	Neuter
)

// Case is the grammatical case of a Russian number.
type Case int

// The cases that the phrases need: "две минуты", "более двух минут".
const (
	Nominative Case = iota
	Genitive
)

// russian holds both cases of every number that is one word. One and two, which also have a gender, are in russianOne and russianTwo.
var russian = map[int][2]string{
	0: {"ноль", "ноля"}, 3: {"три", "трёх"}, 4: {"четыре", "четырёх"}, 5: {"пять", "пяти"}, 6: {"шесть", "шести"},
	7: {"семь", "семи"}, 8: {"восемь", "восьми"}, 9: {"девять", "девяти"}, 10: {"десять", "десяти"},
	11: {"одиннадцать", "одиннадцати"}, 12: {"двенадцать", "двенадцати"}, 13: {"тринадцать", "тринадцати"},
	14: {"четырнадцать", "четырнадцати"}, 15: {"пятнадцать", "пятнадцати"}, 16: {"шестнадцать", "шестнадцати"},
	17: {"семнадцать", "семнадцати"}, 18: {"восемнадцать", "восемнадцати"}, 19: {"девятнадцать", "девятнадцати"},
	20: {"двадцать", "двадцати"}, 30: {"тридцать", "тридцати"}, 40: {"сорок", "сорока"},
	50: {"пятьдесят", "пятидесяти"}, 60: {"шестьдесят", "шестидесяти"}, 70: {"семьдесят", "семидесяти"},
	80: {"восемьдесят", "восьмидесяти"}, 90: {"девяносто", "девяноста"},
	100: {"сто", "ста"}, 200: {"двести", "двухсот"}, 300: {"триста", "трёхсот"}, 400: {"четыреста", "четырёхсот"},
	500: {"пятьсот", "пятисот"}, 600: {"шестьсот", "шестисот"}, 700: {"семьсот", "семисот"},
	800: {"восемьсот", "восьмисот"}, 900: {"девятьсот", "девятисот"},
}

var (
	russianOne = [2][3]string{Nominative: {"один", "одна", "одно"}, Genitive: {"одного", "одной", "одного"}}
	russianTwo = [2][3]string{Nominative: {"два", "две", "два"}, Genitive: {"двух", "двух", "двух"}}
)

// Russian writes n (0–999) in words, agreeing with a noun of gender g: 21 is "двадцать один", "двадцать одна", in the genitive
// "двадцати одного". It panics outside the range.
func Russian(n int, g Gender, c Case) string {
	mustBeInRange(n)
	words := make([]string, 0, 3)
	for _, part := range parts(n) {
		switch part {
		case 1:
			words = append(words, russianOne[c][g])
		case 2:
			words = append(words, russianTwo[c][g])
		default:
			words = append(words, russian[part][c])
		}
	}
	return strings.Join(words, " ")
}

// Noun holds the three forms of a Russian noun that numbers ask for: 1 минута, 2 минуты, 5 минут.
type Noun struct {
	One, Few, Many string
	Gender         Gender
}

// Count writes n (0–999) with the noun: "двадцать одна минута", "две минуты", "одиннадцать минут".
func (noun Noun) Count(n int) string {
	return Russian(n, noun.Gender, Nominative) + " " + noun.form(n)
}

// CountGenitive writes n (0–999) with the noun as it stands after «более»: "двадцати одной минуты", "тридцати минут".
func (noun Noun) CountGenitive(n int) string {
	form := noun.Many
	if noun.form(n) == noun.One {
		form = noun.Few // the genitive singular is the form after two: "более одной минуты"
	}
	return Russian(n, noun.Gender, Genitive) + " " + form
}

func (noun Noun) form(n int) string {
	switch ones, teens := n%10, n%100; {
	case ones == 1 && teens != 11:
		return noun.One
	case ones >= 2 && ones <= 4 && (teens < 12 || teens > 14):
		return noun.Few
	default:
		return noun.Many
	}
}
