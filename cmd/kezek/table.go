package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"
)

// table writes rows in aligned columns. Cells hold what callers sent: nothing
// in them can move the cursor or break a row.
func table(w io.Writer, heading []string, rows [][]string) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, row := range append([][]string{heading}, rows...) {
		cells := make([]string, len(row))
		for i, cell := range row {
			cells[i] = printable(cell)
		}
		fmt.Fprintln(t, strings.TrimRight(strings.Join(cells, "\t"), "\t"))
	}
	return t.Flush()
}

// lasting is a time as m:ss, or h:mm:ss from an hour on.
func lasting(d time.Duration) string {
	s := int(max(0, d.Round(time.Second)) / time.Second)
	if s < 3600 {
		return fmt.Sprintf("%d:%02d", s/60, s%60)
	}
	return fmt.Sprintf("%d:%02d:%02d", s/3600, s/60%60, s%60)
}

// seconds is the same for what the API gives, "" for none.
func seconds(s float64) string {
	if s == 0 {
		return ""
	}
	return lasting(time.Duration(s * float64(time.Second)))
}

// left is the time to a deadline, with a minus when it is past.
func left(s float64) string {
	if s < 0 {
		return "-" + lasting(time.Duration(-s*float64(time.Second)))
	}
	return lasting(time.Duration(s * float64(time.Second)))
}

// since is how long ago a time was, "" for none.
func since(t *time.Time, now time.Time) string {
	if t == nil {
		return ""
	}
	return lasting(now.Sub(*t))
}
