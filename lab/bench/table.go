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

const (
	failed  = "**failed**"
	unknown = "–" // in place of a figure
)

// rows are those of all parts that were wanted. What was measured is shown also
// of a part that failed, which has a line that says so.
func (r *Report) rows() (rows []row) {
	for _, p := range []struct {
		part Part
		rows []row
	}{
		{Line, r.lineRows()}, {Cost, r.costRows()}, {Holds, r.holdRows()}, {Crowd, r.crowdRows()}, {Steps, r.stepRows()},
	} {
		if !r.Plan.wants(p.part) {
			continue
		}
		failure := r.failure(p.part)
		for _, row := range p.rows {
			if row.kezek == unknown {
				row.kept = ""
				if failure != nil {
					row.kept = failed
				}
			}
			rows = append(rows, row)
		}
		if failure != nil {
			rows = append(rows, row{what: fmt.Sprintf("The part %s, %s: ended too early", p.part, failure.What), kept: failed})
		}
	}
	return rows
}

func (r *Report) lineRows() []row {
	k, a := &r.Kezek, &r.AppQueue
	const limit = 30 * time.Millisecond
	return []row{
		quantiles("Agent hangs up → next INVITE at the agent's phone, callers waiting: p50", 10*time.Millisecond, .5, k.Freed, a.Freed),
		quantiles("the same: p99", limit, .99, k.Freed, a.Freed),
		{what: "the same: the machine's processors meanwhile", kezek: k.Load.String(), appQueue: a.Load.String()},
		quantiles("Agent answers → agent and caller hear each other: p50", 0, .5, k.Heard, a.Heard),
		quantiles("the same: p99", limit, .99, k.Heard, a.Heard),
		{what: "the same: not at all", limit: "0", kezek: known(len(k.Load) > 0, k.Deaf), kept: verdict(k.Deaf == 0), appQueue: known(len(a.Load) > 0, a.Deaf)},
	}
}

func (r *Report) costRows() []row {
	k, a := &r.Kezek, &r.AppQueue
	costs := func(what string, programs ...string) row {
		return row{what: what, kezek: k.costCell(programs...), appQueue: a.costCell(programs...)}
	}
	daemon := row{what: "the same, on a machine where app_queue's call costs 5.6 ms", limit: ms(2 * time.Millisecond), kezek: unknown, appQueue: ms(referenceCall)}
	ratio := row{what: "the same, in units of app_queue's", limit: "1.6 ×", kezek: unknown, appQueue: "1 ×"}
	if k.cost(all...) > 0 && a.cost(all...) > 0 {
		here := r.onReference(k.cost(lab.Daemon))
		daemon.kezek, daemon.kept = ms(here), verdict(here <= 2*time.Millisecond)
		ratio.kezek, ratio.kept = fmt.Sprintf("%.2f ×", r.ratio()), verdict(r.ratio() <= 1.6)
	}
	return []row{
		costs("Processor time of a whole call: Asterisk", lab.Asterisk),
		costs("the same: daemon", lab.Daemon),
		daemon,
		costs("the same: Redis", lab.Redis),
		costs("the same: all three", all...),
		ratio,
	}
}

func (r *Report) holdRows() []row {
	const limit = 30 * time.Millisecond
	return []row{
		quantiles(fmt.Sprintf("Hold key → the caller hears the phrase, %d calls at the same time: p50", r.Plan.Concurrent), 0, .5, r.Held),
		quantiles("the same: p99", limit, .99, r.Held),
		quantiles("Return key → the caller hears the phrase: p50", 0, .5, r.Returned),
		quantiles("the same: p99", limit, .99, r.Returned),
		{what: "the same: the machine's processors meanwhile", kezek: r.HoldLoad.String()},
		{what: "Phrases of a hold not heard at all", limit: "0", kezek: known(len(r.Held) > 0, r.Unheard), kept: verdict(r.Unheard == 0)},
	}
}

func (r *Report) crowdRows() []row {
	took := func(what string, limit, took time.Duration) row {
		cell := unknown
		if took > 0 {
			cell = seconds(took)
		}
		return row{what: what, limit: fmt.Sprintf("%g s", limit.Seconds()), kezek: cell, kept: verdict(took <= limit)}
	}
	memory := unknown
	if r.Memory > 0 {
		memory = mb(r.Memory)
	}
	return []row{
		{what: fmt.Sprintf("Daemon's resident memory, %s callers waiting", thousands(r.Plan.Waiting)), limit: "80 MB", kezek: memory, kept: verdict(r.Memory <= 80<<20)},
		{what: "the same: the machine's processors meanwhile", kezek: r.CrowdLoad.String()},
		took(fmt.Sprintf("kill -9 with %d calls → ready again, restart after 1 s included", r.Plan.Killed), 2*time.Second, r.Ready),
		took("the same → next INVITE for an agent who hung up meanwhile", 2*time.Second, r.FirstCall),
		{what: "the same: calls lost, or out of their place in line", limit: "0", kezek: known(r.Killed > 0, r.Lost), kept: verdict(r.Lost == 0)},
	}
}

func (r *Report) stepRows() (rows []row) {
	step := func(of crowd) string {
		if r.Steps == nil {
			return unknown
		}
		return us(r.Steps[of])
	}
	for _, of := range stepsOf {
		row := row{what: fmt.Sprintf("A step of the rules, %s callers waiting, 1,000 agents", thousands(of.waiting)), kezek: step(of)}
		if of.callbacks > 0 {
			row.what = fmt.Sprintf("the same, and %s open callbacks", thousands(of.callbacks))
		}
		if of.waiting == manyWaiting.waiting {
			row.limit, row.kept = "10 µs", verdict(r.Steps[of] <= 10_000)
		}
		rows = append(rows, row)
	}
	growth := row{
		what:  fmt.Sprintf("the same: growth from %s to %s callers", thousands(fewWaiting.waiting), thousands(manyWaiting.waiting)),
		limit: fmt.Sprintf("%.0f × (logarithmic)", logarithmic), kezek: unknown,
	}
	if r.Steps != nil {
		growth.kezek, growth.kept = fmt.Sprintf("%.2f ×", r.growth()), verdict(r.growth() <= logarithmic)
	}
	return append(rows, growth)
}

// quantiles is a row of measured times, beside app_queue's where it has the thing.
func quantiles(what string, limit time.Duration, q float64, kezek samples, beside ...samples) row {
	row := row{what: what, kezek: kezek.cell(q)}
	for _, appQueue := range beside {
		row.appQueue = appQueue.cell(q)
	}
	if limit > 0 {
		row.limit, row.kept = ms(limit), verdict(kezek.quantile(q) <= limit)
	}
	return row
}

// cell is a quantile as the table shows it.
func (s samples) cell(q float64) string {
	if len(s) == 0 {
		return unknown
	}
	return ms(s.quantile(q))
}

// costCell is the cost of a call in some programs as the table shows it.
func (s *Side) costCell(programs ...string) string {
	if len(s.Costs) == 0 {
		return unknown
	}
	return ms(s.cost(programs...))
}

// known is a count, where it was taken.
func known(taken bool, n int) string {
	if !taken {
		return unknown
	}
	return fmt.Sprint(n)
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
