package bench

import (
	"bytes"
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"text/template"
	"time"
)

//go:embed page.md
var pageText string

var pageTemplate = template.Must(template.New("page").Option("missingkey=error").Parse(pageText))

// page is what the template sees: a name that is none of its fields is an error.
type page struct {
	*Report
	Minutes        string
	Table, Summary string
	Stolen         string
	Versions, Date string
	Samples        string
	Rate           string
	TalkFor        string
	ShortTalk      string
}

// Page is docs/performance.md.
func (r *Report) Page() ([]byte, error) {
	var table, text bytes.Buffer
	r.Table(&table)
	err := pageTemplate.Execute(&text, page{
		Report:    r,
		Minutes:   fmt.Sprintf("%.0f", r.Took.Minutes()),
		Table:     table.String(),
		Summary:   r.Summary(),
		Stolen:    fmt.Sprintf("%.0f", 100*r.Stolen),
		Versions:  strings.Join(r.Versions, ", "),
		Date:      r.Began.Format(time.DateOnly),
		Samples:   r.samples(),
		Rate:      r.rate(),
		TalkFor:   fmt.Sprintf("%g s", r.Plan.TalkFor.Seconds()),
		ShortTalk: fmt.Sprintf("%g s", r.Plan.ShortTalk.Seconds()),
	})
	return text.Bytes(), err
}

// Summary says how many limits were kept, and what has failed.
func (r *Report) Summary() string {
	limits, missed, unmeasured := 0, 0, 0
	for _, row := range r.rows() {
		if row.limit == "" {
			continue
		}
		limits++
		switch {
		case row.kezek == unknown:
			unmeasured++
		case row.kept == verdict(false):
			missed++
		}
	}
	var said []string
	if missed > 0 {
		said = append(said, fmt.Sprintf("%d of %d limits are missed", missed, limits))
	}
	if unmeasured > 0 {
		said = append(said, fmt.Sprintf("%d of %d limits are not measured", unmeasured, limits))
	}
	if len(said) == 0 {
		said = append(said, fmt.Sprintf("All %d limits are kept", limits))
	}
	text := strings.Join(said, ", ") + "."
	for _, f := range r.Failures {
		text += fmt.Sprintf("\n- **%s** (%s) failed: %s", f.Part, f.What, f.reason())
	}
	return text
}

// samples tells how many measurements are behind the figures.
func (r *Report) samples() string {
	count := func(s *Side) string {
		return fmt.Sprintf("%d next calls, %d answers, %d calls for the processor time", len(s.Freed), len(s.Heard), s.Calls)
	}
	return fmt.Sprintf("%d rounds of each kind on each side; Kezek: %s, %d hold and return keys; app_queue: %s",
		r.Plan.Rounds, count(&r.Kezek), len(r.Held)+len(r.Returned), count(&r.AppQueue))
}

// rate tells how fast the crowds came together.
func (r *Report) rate() string {
	if len(r.Arrivals) == 0 {
		return "none came"
	}
	least, most := slices.Min(r.Arrivals), slices.Max(r.Arrivals)
	if least == most {
		return fmt.Sprintf("%d a second", most)
	}
	return fmt.Sprintf("%d to %d a second, the fewer the more were there", least, most)
}
