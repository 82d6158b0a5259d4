package history

import (
	"cmp"
	"slices"
)

// Sums below the rows of a report: of each value of a column, and of all.

// column is the place of a column, -1 if there is none of that id.
func (r *Report) column(id string) int {
	return slices.IndexFunc(r.Columns, func(c Column) bool { return c.ID == id })
}

// addUp adds the columns that are summed up to a row.
func (r *Report) addUp(sum, row []any) {
	for _, id := range r.Sums {
		i := r.column(id)
		a, _ := sum[i].(int64)
		b, _ := row[i].(int64)
		sum[i] = a + b
	}
}

// shownRow is a row of a table as it is shown.
type shownRow struct {
	row []any
	sum bool
}

// Sums are the sums of each group that has several rows, and the last one that of all; none without rows.
func (t *Table) Sums() (all [][]any) {
	for _, line := range t.shown() {
		if line.sum {
			all = append(all, line.row)
		}
	}
	return all
}

// shown are the rows in order, with the sum of a group behind it.
func (t *Table) shown() (all []shownRow) {
	group := t.column(cmp.Or(t.Group, "none"))
	total, of, n := make([]any, len(t.Columns)), make([]any, len(t.Columns)), 0
	for i, row := range t.Rows {
		all = append(all, shownRow{row, false})
		if len(t.Report.Sums) == 0 {
			continue
		}
		t.addUp(total, row)
		t.addUp(of, row)
		n++
		if group < 0 || i+1 < len(t.Rows) && t.Rows[i+1][group] == row[group] {
			continue
		}
		if n > 1 {
			of[group] = row[group]
			if i := t.column("name"); i >= 0 {
				of[i] = row[i]
			}
			all = append(all, shownRow{of, true})
		}
		of, n = make([]any, len(t.Columns)), 0
	}
	if len(t.Report.Sums) > 0 && len(t.Rows) > 0 {
		all = append(all, shownRow{total, true})
	}
	return all
}

// sumHead is what stands in the first column of a sum.
func (t *Table) sumHead(row []any, language string) string {
	if of, ok := row[0].(string); ok {
		return sumWord.In(language) + " " + of
	}
	return sumWord.In(language)
}

// sumWord stands in the first column of a sum.
var sumWord = Words{"en": "Total", "ru": "Итого", "ky": "Бардыгы"}
