package bench

import (
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"kezek/lab"
)

// row is a line of the table. Limit, kept and appQueue are empty where there
// is nothing to say.
type row struct{ what, limit, kezek, kept, appQueue string }

// verdict says whether a limit was kept.
func verdict(kept bool) string {
	if kept {
		return "kept"
	}
	return "**missed**"
}

func (r *Report) rows() []row {
	k, a := &r.Kezek, &r.AppQueue
	kezekRow := func(what string, limit, kezek time.Duration) row {
		row := row{what: what, kezek: ms(kezek)}
		if limit > 0 {
			row.limit, row.kept = ms(limit), verdict(kezek <= limit)
		}
		return row
	}
	timeRow := func(what string, limit, kezek, appQueue time.Duration) row {
		row := kezekRow(what, limit, kezek)
		row.appQueue = ms(appQueue)
		return row
	}
	rows := []row{
		timeRow("Agent hangs up → next INVITE at his phone, callers waiting: p50", 10*time.Millisecond, k.Freed.quantile(.5), a.Freed.quantile(.5)),
		timeRow("the same: p99", 30*time.Millisecond, k.Freed.quantile(.99), a.Freed.quantile(.99)),
		{what: "the same: the machine's processors meanwhile", kezek: k.Load.String(), appQueue: a.Load.String()},
		timeRow("Agent answers → agent and caller hear each other: p50", 0, k.Heard.quantile(.5), a.Heard.quantile(.5)),
		timeRow("the same: p99", 30*time.Millisecond, k.Heard.quantile(.99), a.Heard.quantile(.99)),
		{what: "the same: not at all", limit: "0", kezek: fmt.Sprint(k.Deaf), kept: verdict(k.Deaf == 0), appQueue: fmt.Sprint(a.Deaf)},
		timeRow("Processor time of a whole call: Asterisk", 0, k.cost(lab.Asterisk), a.cost(lab.Asterisk)),
		timeRow("the same: daemon", 0, k.cost(lab.Daemon), 0),
		timeRow("the same, on a machine where app_queue's call costs 5.6 ms", 2*time.Millisecond, r.onReference(k.cost(lab.Daemon)), referenceCall),
		timeRow("the same: Redis", 0, k.cost(lab.Redis), 0),
		timeRow("the same: all three", 0, k.cost(all...), a.cost(all...)),
		{what: "the same, in units of app_queue's", limit: "1.6 ×", kezek: fmt.Sprintf("%.2f ×", r.ratio()), kept: verdict(r.ratio() <= 1.6), appQueue: "1 ×"},
	}
	rows = append(rows,
		kezekRow(fmt.Sprintf("Hold key → the caller hears the phrase, %d calls at the same time: p50", r.Plan.Concurrent), 0, r.Held.quantile(.5)),
		kezekRow("the same: p99", 30*time.Millisecond, r.Held.quantile(.99)),
		kezekRow("Return key → the caller hears the phrase: p50", 0, r.Returned.quantile(.5)),
		kezekRow("the same: p99", 30*time.Millisecond, r.Returned.quantile(.99)),
		row{what: "the same: the machine's processors meanwhile", kezek: r.HoldLoad.String()},
		row{what: "Phrases of a hold not heard at all", limit: "0", kezek: fmt.Sprint(r.Unheard), kept: verdict(r.Unheard == 0)},
		row{what: fmt.Sprintf("Daemon's resident memory, %s callers waiting", thousands(r.Waiting)), limit: "80 MB", kezek: mb(r.Memory), kept: verdict(r.Memory <= 80<<20)},
		row{what: fmt.Sprintf("kill -9 with %d calls → ready again, restart after 1 s included", r.Killed), limit: "2 s", kezek: seconds(r.Ready), kept: verdict(r.Ready <= 2*time.Second)},
		row{what: "the same → next INVITE for an agent who hung up meanwhile", limit: "2 s", kezek: seconds(r.FirstCall), kept: verdict(r.FirstCall <= 2*time.Second)},
		row{what: "the same: calls lost, or out of their place in line", limit: "0", kezek: fmt.Sprint(r.Lost), kept: verdict(r.Lost == 0)},
	)
	if r.Steps == nil {
		return rows
	}
	for _, of := range stepsOf {
		row := row{what: fmt.Sprintf("A step of the rules, %s callers waiting, 1,000 agents", thousands(of.waiting)), kezek: us(r.Steps[of])}
		if of.callbacks > 0 {
			row.what = fmt.Sprintf("the same, and %s open callbacks", thousands(of.callbacks))
		}
		if of.waiting == manyWaiting.waiting {
			row.limit, row.kept = "10 µs", verdict(r.Steps[of] <= 10_000)
		}
		rows = append(rows, row)
	}
	return append(rows, row{
		what:  fmt.Sprintf("the same: growth from %s to %s callers", thousands(fewWaiting.waiting), thousands(manyWaiting.waiting)),
		limit: fmt.Sprintf("%.0f × (logarithmic)", logarithmic),
		kezek: fmt.Sprintf("%.2f ×", r.growth()), kept: verdict(r.growth() <= logarithmic),
	})
}

// Table writes the table, in Markdown that a terminal shows as well.
func (r *Report) Table(out io.Writer) {
	cells := [][]string{{"what", "at most", "Kezek", "", "app_queue"}}
	for _, row := range r.rows() {
		cells = append(cells, []string{row.what, row.limit, row.kezek, row.kept, row.appQueue})
	}
	width := make([]int, len(cells[0]))
	for _, line := range cells {
		for i, cell := range line {
			width[i] = max(width[i], utf8.RuneCountInString(cell))
		}
	}
	for n, line := range cells {
		for i, cell := range line {
			fmt.Fprintf(out, "| %s%s ", cell, strings.Repeat(" ", width[i]-utf8.RuneCountInString(cell)))
		}
		fmt.Fprintln(out, "|")
		if n == 0 {
			for i := range line {
				fmt.Fprintf(out, "|%s", strings.Repeat("-", width[i]+2))
			}
			fmt.Fprintln(out, "|")
		}
	}
}

func ms(d time.Duration) string {
	return fmt.Sprintf("%.1f ms", float64(d)/float64(time.Millisecond))
}
func seconds(d time.Duration) string { return fmt.Sprintf("%.2f s", d.Seconds()) }
func us(ns float64) string           { return fmt.Sprintf("%.1f µs", ns/1000) }
func mb(bytes int) string            { return fmt.Sprintf("%.0f MB", float64(bytes)/(1<<20)) }

// thousands writes a number of up to six digits with a comma.
func thousands(n int) string {
	if n < 1000 {
		return fmt.Sprint(n)
	}
	return fmt.Sprintf("%d,%03d", n/1000, n%1000)
}
