package prompts

import (
	"flag"
	"fmt"
	"strings"
	"testing"

	"kezek/lab"
)

var update = flag.Bool("update", false, "write the tables of docs/prompts.md anew")

// The tables in the manual are the catalogue: go test ./prompts -run TestManual -update.
func TestManual(t *testing.T) {
	lab.Tables(t, "../docs/prompts.md", "catalogue", manualTables(), *update)
}

func manualTables() string {
	var b strings.Builder
	for _, hearer := range []struct{ to, title string }{
		{ToCaller, "For callers"}, {ToAgent, "For agents"}, {Live, "Spoken by the agent: no recording"},
	} {
		fmt.Fprintf(&b, "\n### %s\n\n| name | when | Russian | Kyrgyz |\n|---|---|---|---|\n", hearer.title)
		for _, p := range Catalogue() {
			if p.To != hearer.to {
				continue
			}
			words := func(n int) string {
				if p.To == Live {
					return cell(p.Words["ru"].Text, p.Words["ru"]) + " | " + cell(p.Words["ky"].Text, p.Words["ky"])
				}
				ru, _ := p.line("ru", n)
				ky, _ := p.line("ky", n)
				return cell(ru.Speech, p.Words["ru"]) + " | " + cell(ky.Speech, p.Words["ky"])
			}
			if p.Numbers == nil {
				fmt.Fprintf(&b, "| `%s` | %s | %s |\n", p.ID, p.When, words(0))
				continue
			}
			fmt.Fprintf(&b, "| `%s-%d` … `%s-%d` | %s | %s |\n", p.ID, p.Numbers.From, p.ID, p.Numbers.To, p.When, words(p.Numbers.From))
			for _, n := range []int{p.Numbers.From - 1, p.Numbers.To + 1} {
				if l, ok := p.line("ru", n); ok {
					fmt.Fprintf(&b, "| `%s` | %s | %s |\n", l.Base, map[bool]string{true: "less", false: "more"}[n < p.Numbers.From], words(n))
				}
			}
		}
	}
	b.WriteString("\n")
	return b.String()
}

func cell(speech string, w Words) string {
	text := strings.ReplaceAll(speech, stress, "")
	if w.Source != Proposal {
		text += " (" + w.Source + ")"
	}
	if !w.Reviewed {
		text += " \\*"
	}
	return text
}
