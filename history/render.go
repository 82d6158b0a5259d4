package history

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"

	"kezek/queue"
)

// Format is how a table is written.
type Format string

// The formats. Excel is CSV as Excel of a Russian or Kyrgyz Windows opens it: with a byte order mark, semicolons, heads
// in words, and times and lengths that it understands.
const (
	JSON  Format = "json"
	CSV   Format = "csv"
	Excel Format = "excel"
	XLSX  Format = "xlsx"
)

// Formats are all.
var Formats = []Format{JSON, CSV, Excel, XLSX}

// Languages are those that have words.
var Languages = []string{"en", "ru", "ky"}

// Types are the media types of the formats.
var Types = map[Format]string{
	JSON: "application/json", CSV: "text/csv; charset=utf-8", Excel: "text/csv; charset=utf-8",
	XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}

// Write writes the table in a format, with heads in a language where it has words.
func (t *Table) Write(f Format, language string) ([]byte, error) {
	switch f {
	case JSON:
		return t.json()
	case CSV:
		return t.csv(',', "", t.plain)
	case Excel:
		return t.csv(';', language, t.excel)
	case XLSX:
		return t.xlsx(language)
	}
	return nil, &BadQuery{"format", string(f), "one of json, csv, excel, xlsx"}
}

// In is a text in a language, in English if it has none in that one.
func (w Words) In(language string) string {
	if text, ok := w[language]; ok {
		return text
	}
	return w["en"]
}

// json has an object for each row: times in RFC 3339, lengths in seconds, as everywhere in the API.
func (t *Table) json() ([]byte, error) {
	type column struct {
		ID    string `json:"id"`
		Title Words  `json:"title"`
		Unit  Unit   `json:"unit"`
	}
	answer := struct {
		Report  string           `json:"report"`
		From    time.Time        `json:"from"`
		To      time.Time        `json:"to"`
		Columns []column         `json:"columns"`
		Items   []map[string]any `json:"items"`
		Sums    []map[string]any `json:"sums,omitempty"`
		Next    string           `json:"next,omitempty"`
	}{Report: t.ID, From: t.From, To: t.To, Items: make([]map[string]any, len(t.Rows)), Next: t.Next}
	for _, c := range t.Columns {
		answer.Columns = append(answer.Columns, column{c.ID, c.Title, c.Unit})
	}
	for i, row := range t.Rows {
		answer.Items[i] = t.object(row)
	}
	for _, row := range t.Sums() {
		answer.Sums = append(answer.Sums, t.object(row))
	}
	return json.Marshal(answer)
}

// object is a row by the ids of the columns.
func (t *Table) object(row []any) map[string]any {
	item := map[string]any{}
	for j, v := range row {
		switch n, _ := v.(int64); {
		case v == nil:
		case t.Columns[j].Unit == Moment:
			v = time.UnixMilli(n).In(t.Zone)
		case t.Columns[j].Unit == Date:
			v = time.UnixMilli(n).In(t.Zone).Format(time.DateOnly)
		case t.Columns[j].Unit == Duration, t.Columns[j].Unit == Hours:
			v = float64(n) / 1000
		}
		item[t.Columns[j].ID] = v
	}
	return item
}

// csv writes a line for each row, with the ids of the columns as heads, or with words of a language.
func (t *Table) csv(comma rune, language string, cell func(Unit, any) string) ([]byte, error) {
	var out bytes.Buffer
	if comma == ';' {
		out.WriteString("\uFEFF")
	}
	w := csv.NewWriter(&out)
	w.Comma, w.UseCRLF = comma, comma == ';'
	line := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		if line[i] = c.ID; language != "" {
			line[i] = c.Title.In(language)
		}
	}
	if err := w.Write(line); err != nil {
		return nil, err
	}
	for _, shown := range t.shown() {
		if shown.sum && language == "" {
			continue // a program adds up by itself
		}
		for i, v := range shown.row {
			if line[i] = ""; v != nil {
				line[i] = cell(t.Columns[i].Unit, v)
			}
		}
		if shown.sum {
			line[0] = t.sumHead(shown.row, language)
		}
		if err := w.Write(line); err != nil {
			return nil, err
		}
	}
	w.Flush()
	return out.Bytes(), w.Error()
}

// plain is a value for programs: times as 2026-03-05 14:30:00 of the site, lengths in seconds.
func (t *Table) plain(unit Unit, v any) string {
	switch v := v.(type) {
	case int64:
		switch unit {
		case Moment:
			return time.UnixMilli(v).In(t.Zone).Format(time.DateTime)
		case Date:
			return time.UnixMilli(v).In(t.Zone).Format(time.DateOnly)
		case Duration, Hours:
			return strconv.FormatFloat(float64(v)/1000, 'f', -1, 64)
		}
		return strconv.FormatInt(v, 10)
	case float64:
		return strconv.FormatFloat(v, 'f', 1, 64)
	}
	return fmt.Sprint(v)
}

// excel is a value for Excel: days first, lengths as hours, minutes and seconds, a comma in fractions.
func (t *Table) excel(unit Unit, v any) string {
	switch v := v.(type) {
	case int64:
		switch unit {
		case Moment:
			return time.UnixMilli(v).In(t.Zone).Format("02.01.2006 15:04:05")
		case Date:
			return time.UnixMilli(v).In(t.Zone).Format("02.01.2006")
		case Hours:
			return queue.HoursMinutes(time.Duration(v) * time.Millisecond)
		case Duration:
			return clock(v)
		}
	case float64:
		return strings.Replace(strconv.FormatFloat(v, 'f', 1, 64), ".", ",", 1)
	case string:
		return harmless(v)
	}
	return fmt.Sprint(v)
}

// clock writes a length as hours, minutes and seconds.
func clock(ms int64) string {
	s := int64(math.Round(float64(ms) / 1000))
	return fmt.Sprintf("%d:%02d:%02d", s/3600, s/60%60, s%60)
}

// harmless keeps Excel from taking a text of a caller for a formula. A number stays the text that it is.
func harmless(s string) string {
	switch {
	case s == "" || !strings.ContainsRune("=+-@\t\r", rune(s[0])):
		return s
	case s[0] == '+' && strings.Trim(s[1:], "0123456789") == "":
		return `="` + s + `"`
	}
	return "'" + s
}

// xlsx is a workbook with one sheet, whose first line stays in view.
func (t *Table) xlsx(language string) (_ []byte, err error) {
	book := excelize.NewFile()
	defer book.Close()
	const sheet = "Sheet1"
	formats := map[Unit]string{Moment: "dd.mm.yyyy hh:mm:ss", Date: "dd.mm.yyyy", Duration: "[h]:mm:ss", Hours: "[h]:mm", Percent: "0.0", Number: "0.0"}
	bold, err := book.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}})
	if err != nil {
		return nil, err
	}
	styles, sums := map[Unit]int{}, map[Unit]int{Count: bold, Text: bold}
	for unit, format := range formats {
		if styles[unit], err = book.NewStyle(&excelize.Style{CustomNumFmt: &format}); err != nil {
			return nil, err
		}
		if sums[unit], err = book.NewStyle(&excelize.Style{CustomNumFmt: &format, Font: &excelize.Font{Bold: true}}); err != nil {
			return nil, err
		}
	}
	w, err := book.NewStreamWriter(sheet)
	if err != nil {
		return nil, err
	}
	if err := w.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return nil, err
	}
	if err := w.SetColWidth(1, len(t.Columns), 18); err != nil {
		return nil, err
	}
	head := make([]any, len(t.Columns))
	for i, c := range t.Columns {
		head[i] = excelize.Cell{StyleID: bold, Value: c.Title.In(language)}
	}
	if err := w.SetRow("A1", head); err != nil {
		return nil, err
	}
	for n, shown := range t.shown() {
		styles := styles
		if shown.sum {
			styles = sums
		}
		cells := make([]any, len(shown.row))
		if shown.sum {
			cells[0] = excelize.Cell{StyleID: bold, Value: t.sumHead(shown.row, language)}
		}
		for i, v := range shown.row {
			unit := t.Columns[i].Unit
			switch ms, _ := v.(int64); {
			case v == nil, shown.sum && i == 0:
				continue
			case unit == Moment, unit == Date:
				at := time.UnixMilli(ms).In(t.Zone)
				_, offset := at.Zone()
				v = at.UTC().Add(time.Duration(offset) * time.Second) // a sheet knows no zones
			case unit == Duration, unit == Hours:
				v = float64(ms) / 86_400_000
			}
			cells[i] = excelize.Cell{StyleID: styles[unit], Value: v}
		}
		if err := w.SetRow(fmt.Sprintf("A%d", n+2), cells); err != nil {
			return nil, err
		}
	}
	if err := w.Flush(); err != nil {
		return nil, err
	}
	if err := book.SetSheetName(sheet, t.Title.In(language)); err != nil {
		return nil, err
	}
	out, err := book.WriteToBuffer()
	if err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}
