package numeral

import "strings"

// form selects one of the forms of a Kyrgyz number word.
type form int

const (
	cardinal form = iota
	ordinal
	accusative
	ablative
)

// kyrgyz holds the forms of every number word. The endings follow the vowels and the last sound of the word, so the words are
// written out: the table is shorter than the rules, and a speaker of Kyrgyz can check it.
var kyrgyz = map[int][4]string{
	0:   {"нөл", "нөлүнчү", "нөлдү", "нөлдөн"},
	1:   {"бир", "биринчи", "бирди", "бирден"},
	2:   {"эки", "экинчи", "экини", "экиден"},
	3:   {"үч", "үчүнчү", "үчтү", "үчтөн"},
	4:   {"төрт", "төртүнчү", "төрттү", "төрттөн"},
	5:   {"беш", "бешинчи", "бешти", "бештен"},
	6:   {"алты", "алтынчы", "алтыны", "алтыдан"},
	7:   {"жети", "жетинчи", "жетини", "жетиден"},
	8:   {"сегиз", "сегизинчи", "сегизди", "сегизден"},
	9:   {"тогуз", "тогузунчу", "тогузду", "тогуздан"},
	10:  {"он", "онунчу", "онду", "ондон"},
	20:  {"жыйырма", "жыйырманчы", "жыйырманы", "жыйырмадан"},
	30:  {"отуз", "отузунчу", "отузду", "отуздан"},
	40:  {"кырк", "кыркынчы", "кыркты", "кырктан"},
	50:  {"элүү", "элүүнчү", "элүүнү", "элүүдөн"},
	60:  {"алтымыш", "алтымышынчы", "алтымышты", "алтымыштан"},
	70:  {"жетимиш", "жетимишинчи", "жетимишти", "жетимиштен"},
	80:  {"сексен", "сексенинчи", "сексенди", "сексенден"},
	90:  {"токсон", "токсонунчу", "токсонду", "токсондон"},
	100: {"жүз", "жүзүнчү", "жүздү", "жүздөн"},
}

// Kyrgyz writes n (0–999) in words: "жыйырма бир". A noun after it stays singular. It panics outside the range.
func Kyrgyz(n int) string { return kyrgyzIn(cardinal, n) }

// KyrgyzOrdinal writes the ordinal of n (0–999): "жыйырма биринчи". It panics outside the range.
func KyrgyzOrdinal(n int) string { return kyrgyzIn(ordinal, n) }

// KyrgyzAccusative writes n (0–999) as an object, as of "press": "жыйырма бирди". It panics outside the range.
func KyrgyzAccusative(n int) string { return kyrgyzIn(accusative, n) }

// KyrgyzAblative writes n (0–999) as it stands before "ашык" (more) and "аз" (less): "жыйырма бирден". It panics outside the range.
func KyrgyzAblative(n int) string { return kyrgyzIn(ablative, n) }

// kyrgyzIn inflects the last word only; the words before it stay cardinal.
func kyrgyzIn(f form, n int) string {
	mustBeInRange(n)
	var values []int
	for _, part := range parts(n) {
		if hundreds := part / 100; hundreds > 1 {
			values = append(values, hundreds) // "эки жүз", but "жүз" for one hundred
			part = 100
		}
		if tens := part / 10 * 10; part > 10 && part < 20 {
			values = append(values, tens) // "он бир": the teens are two words
			part -= tens
		}
		values = append(values, part)
	}
	words := make([]string, len(values))
	for i, value := range values {
		words[i] = kyrgyz[value][cardinal]
	}
	last := len(values) - 1
	words[last] = kyrgyz[values[last]][f]
	return strings.Join(words, " ")
}
