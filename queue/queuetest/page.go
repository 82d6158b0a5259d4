package queuetest

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"kezek/queue"
)

// Page is queue/testdata/README.md: what a scenario can say, from the tables that its lines are read by.
func Page() string {
	var b strings.Builder
	b.WriteString(`# Scenarios

Each file is a story of the rules, and a test: ` + "`go test ./queue`" + ` plays it and compares what comes of
each command with what stands under its ` + "`----`" + `. After a wanted change ` + "`go test ./queue -rewrite`" + ` writes
down what comes of it now; the diff is for you to judge. A file has two commands, with a line for each
thing that is said. ` + "`#`" + ` begins a comment between commands.

In the tables a word in capitals stands for a value, ` + "`a|b`" + ` for one of these words; ` + "`[]`" + ` may be left
out, ` + "`name=VALUE`" + ` may stand anywhere, and ` + "`WORDS…`" + ` is the rest of the line. WHO is a caller, or the phone of
an agent; a PHONE is written as its extension. A TIME is as in Go: ` + "`90s`, `1h30m`" + `.

What the rules do is told with minutes and seconds (and hours, once there are some) since the beginning, a
Monday's midnight; what they have the exchange do is indented. A rule that
does not hold, or something that changed and was not saved, is no output: the test fails, and -rewrite writes nothing.

This page is made from the tables of ` + "`queue/queuetest`" + `, by the same test.
`)
	b.WriteString("\n## do: what happens\n\n")
	table(&b, commands)
	b.WriteString("\n## site: the config; a later one is a reload\n\n")
	table(&b, siteLines)
	fmt.Fprintf(&b, "\nThe options of a queue, as of a config file; `_` is a space: %s.\n", strings.Join(slices.Sorted(maps.Keys(queueOptions(&queue.QueueRules{}))), ", "))
	return b.String()
}

func table[T any](b *strings.Builder, forms []form[T]) {
	b.WriteString("| line | what it does | example |\n| --- | --- | --- |\n")
	for _, f := range forms {
		fmt.Fprintf(b, "| `%s` | %s | `%s` |\n", strings.ReplaceAll(f.usage, "|", `\|`), f.does, f.example)
	}
}
