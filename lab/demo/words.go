package demo

import (
	"strings"

	"kezek/prompts"
)

// words are what a prompt says: that of "ru/position-2" is
// «Ваш номер в очереди — два.»
func words(prompt string) string {
	for _, l := range prompts.Lines(prompts.Company) {
		if l.Lang+"/"+l.Base == prompt {
			return "«" + l.Text + "»"
		}
	}
	return prompt
}

// list is names for people.
func list(names []string) string { return strings.Join(names, ", ") }
