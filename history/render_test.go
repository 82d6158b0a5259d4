package history

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"
)

// oddTable has a value of each unit, none, and texts of a caller that a spreadsheet might run.
func oddTable() *Table {
	bishkek := time.FixedZone("Bishkek", 6*3600)
	return &Table{
		Report: &Report{ID: "odd", Title: Words{"en": "Odd", "ru": "Странное", "ky": "Кызык"}, Columns: []Column{
			{"at", Words{"en": "At", "ru": "Время", "ky": "Убактысы"}, Moment, ""}, {"number", Words{"en": "Number", "ru": "Номер", "ky": "Номер"}, Text, ""},
			{"wait", Words{"en": "Wait", "ru": "Ожидание", "ky": "Күтүү"}, Duration, ""}, {"level", Words{"en": "Level", "ru": "Уровень", "ky": "Деңгээл"}, Percent, ""},
			{"n", Words{"en": "N", "ru": "N", "ky": "N"}, Count, ""},
		}},
		Query: Query{From: noon, To: noon.Add(time.Hour), Zone: bishkek},
		Rows: [][]any{
			{noon.UnixMilli(), "+996555000001", int64(93_784_500), 33.333, int64(7)},
			{noon.UnixMilli(), `=cmd|' /c calc'!A0`, nil, nil, int64(0)},
			{nil, `a;"b",c`, int64(1160), 100.0, int64(1)},
		},
		Next: "1.2.3",
	}
}

func TestTablesAreWritten(t *testing.T) {
	for _, tt := range []struct {
		format         Format
		language, want string
	}{
		{JSON, "", `{"report":"odd","from":"2026-03-05T06:00:00Z","to":"2026-03-05T07:00:00Z","columns":[` +
			`{"id":"at","title":{"en":"At","ky":"Убактысы","ru":"Время"},"unit":"time"},{"id":"number","title":{"en":"Number","ky":"Номер","ru":"Номер"},"unit":"text"},` +
			`{"id":"wait","title":{"en":"Wait","ky":"Күтүү","ru":"Ожидание"},"unit":"duration"},{"id":"level","title":{"en":"Level","ky":"Деңгээл","ru":"Уровень"},"unit":"percent"},` +
			`{"id":"n","title":{"en":"N","ky":"N","ru":"N"},"unit":"count"}],"items":[` +
			`{"at":"2026-03-05T12:00:00+06:00","level":33.333,"n":7,"number":"+996555000001","wait":93784.5},` +
			`{"at":"2026-03-05T12:00:00+06:00","level":null,"n":0,"number":"=cmd|' /c calc'!A0","wait":null},` +
			`{"at":null,"level":100,"n":1,"number":"a;\"b\",c","wait":1.16}],"next":"1.2.3"}`},
		{CSV, "ru", "at,number,wait,level,n\n2026-03-05 12:00:00,+996555000001,93784.5,33.3,7\n2026-03-05 12:00:00,=cmd|' /c calc'!A0,,,0\n,\"a;\"\"b\"\",c\",1.16,100.0,1\n"},
		{Excel, "ru", "\uFEFFВремя;Номер;Ожидание;Уровень;N\r\n05.03.2026 12:00:00;\"=\"\"+996555000001\"\"\";26:03:05;33,3;7\r\n05.03.2026 12:00:00;'=cmd|' /c calc'!A0;;;0\r\n;\"a;\"\"b\"\",c\";0:00:01;100,0;1\r\n"},
	} {
		got, err := oddTable().Write(tt.format, tt.language)
		if err != nil || string(got) != tt.want {
			t.Errorf("%s: %v\n%s\nwant\n%s", tt.format, err, got, tt.want)
		}
	}

	text, err := oddTable().Write(XLSX, "ky")
	if err != nil {
		t.Fatal(err)
	}
	book, err := excelize.OpenReader(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	defer book.Close()
	rows, err := book.GetRows("Кызык")
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, row := range rows {
		lines = append(lines, strings.Join(row, "|"))
	}
	want := "Убактысы|Номер|Күтүү|Деңгээл|N\n05.03.2026 12:00:00|+996555000001|26:03:05|33.3|7\n05.03.2026 12:00:00|=cmd|' /c calc'!A0|||0\n|a;\"b\",c|0:00:01|100.0|1"
	if got := strings.Join(lines, "\n"); got != want {
		t.Errorf("the sheet has\n%s\nwant\n%s", got, want)
	}
	if f, err := book.GetCellFormula("Кызык", "B3"); err != nil || f != "" {
		t.Errorf("the number of a caller is the formula %q, %v", f, err)
	}

	if _, err := oddTable().Write("pdf", ""); err == nil {
		t.Error("a table is written as pdf")
	}
}
