package prompts

import (
	"regexp"
	"strings"

	"kezek/prompts/numeral"
)

var minute = numeral.Noun{One: "минута", Few: "минуты", Many: "минут", Gender: numeral.Feminine}

// grammar says how each language writes the number of a phrase into its placeholders.
var grammar = map[string]map[string]func(n int) string{
	"ru": {
		"number":       func(n int) string { return numeral.Russian(n, numeral.Masculine, numeral.Nominative) },
		"minutes":      minute.Count,
		"more number":  func(n int) string { return numeral.Russian(n, numeral.Masculine, numeral.Genitive) },
		"more minutes": minute.CountGenitive,
	},
	"ky": {
		"number":       numeral.Kyrgyz,
		"ordinal":      numeral.KyrgyzOrdinal,
		"key":          numeral.KyrgyzAccusative,
		"minutes":      func(n int) string { return numeral.Kyrgyz(n) + " мүнөт" },
		"more number":  numeral.KyrgyzAblative,
		"more minutes": func(n int) string { return numeral.Kyrgyz(n) + " мүнөттөн" },
	},
}

var placeholder = regexp.MustCompile(`\{([^{}]*)\}`)

func placeholders(text string) []string {
	var names []string
	for _, m := range placeholder.FindAllStringSubmatch(text, -1) {
		names = append(names, m[1])
	}
	return names
}

// inflect writes the number into the placeholders that ask for it and leaves the others.
func inflect(text, lang string, n int) string {
	return placeholder.ReplaceAllStringFunc(text, func(p string) string {
		if write, ok := grammar[lang][strings.Trim(p, "{}")]; ok {
			return write(n)
		}
		return p
	})
}

// stress is the combining acute accent after a stressed vowel.
const stress = "\u0301"

// plain is the text as people write it: company filled in, stress marks removed.
func plain(speech, company string) string {
	return strings.ReplaceAll(strings.ReplaceAll(speech, "{company}", company), stress, "")
}
