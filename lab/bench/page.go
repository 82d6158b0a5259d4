package bench

import (
	"bytes"
	_ "embed"
	"fmt"
	"strings"
	"text/template"
	"time"
)

//go:embed page.md
var pageText string

var pageTemplate = template.Must(template.New("page").Parse(pageText))

// Page is docs/performance.md.
func (r *Report) Page() ([]byte, error) {
	var table, page bytes.Buffer
	r.Table(&table)
	err := pageTemplate.Execute(&page, map[string]any{
		"Minutes":    fmt.Sprintf("%.0f", r.Took.Minutes()),
		"Table":      table.String(),
		"Summary":    r.Summary(),
		"Machine":    r.Machine,
		"LoadBefore": r.LoadBefore,
		"LoadAfter":  r.LoadAfter,
		"Stolen":     fmt.Sprintf("%.0f", 100*r.Stolen),
		"Versions":   strings.Join(r.Versions, ", "),
		"Date":       r.Began.Format(time.DateOnly),
		"Samples":    r.samples(),
		"Agents":     r.Plan.Agents,
		"PerSecond":  r.Plan.PerSecond,
		"TalkFor":    fmt.Sprintf("%g s", r.Plan.TalkFor.Seconds()),
		"ShortTalk":  fmt.Sprintf("%g s", r.Plan.ShortTalk.Seconds()),
		"Arrive":     r.Plan.Arrive,
	})
	return page.Bytes(), err
}

// Summary says in a line how many limits were kept.
func (r *Report) Summary() string {
	limits, missed := 0, 0
	for _, row := range r.rows() {
		if row.kept != "" {
			limits++
		}
		if row.kept == verdict(false) {
			missed++
		}
	}
	if missed == 0 {
		return fmt.Sprintf("All %d limits are kept.", limits)
	}
	return fmt.Sprintf("%d of %d limits are missed.", missed, limits)
}

// samples tells how many measurements are behind the figures.
func (r *Report) samples() string {
	count := func(s *Side) string {
		return fmt.Sprintf("%d next calls, %d answers, %d calls for the processor time", len(s.Freed), len(s.Heard), s.Calls)
	}
	return fmt.Sprintf("%d rounds of each kind on each side; Kezek: %s, %d hold and return keys; app_queue: %s",
		r.Plan.Rounds, count(&r.Kezek), len(r.Held)+len(r.Returned), count(&r.AppQueue))
}
