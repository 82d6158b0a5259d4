package config

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strings"
	"time"

	"kezek/queue"
)

// rosterHead are the columns of a roster.
var rosterHead = []string{"day", "agent", "start", "end"}

// parseRoster reads a roster: CSV with the columns day, agent, start and end,
// such as "2026-03-02,1012,09:00,18:00". An end that is not after the start is
// of the next day; without both the agent has a day off. Bad gets each mistake
// with its line.
func parseRoster(data []byte, r *queue.Rules, bad func(line int, format string, args ...any)) map[string]queue.Roster {
	roster := map[string]queue.Roster{}
	if isUTF16(data) {
		bad(1, "is UTF-16 text: save it as UTF-8")
		return roster
	}
	lines := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(data, []byte("\uFEFF")))) // as spreadsheets write it
	lines.FieldsPerRecord, lines.TrimLeadingSpace, lines.Comment = len(rosterHead), true, '#'
	lines.ReuseRecord = true
	for first := true; ; first = false {
		fields, err := lines.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if wrong := (*csv.ParseError)(nil); errors.As(err, &wrong) {
			if !errors.Is(err, csv.ErrFieldCount) {
				bad(wrong.Line, "a quote (\") is not closed, or is in the middle of a column: want %s", strings.Join(rosterHead, ","))
				break // nothing tells where the next line begins
			}
			bad(wrong.Line, "does not have %d columns: want %s", len(rosterHead), strings.Join(rosterHead, ","))
			continue
		}
		line, _ := lines.FieldPos(0)
		for i := range fields {
			fields[i] = strings.TrimSpace(fields[i])
		}
		if first && slices.Equal(fields, rosterHead) {
			continue
		}
		rosterLine(roster, r, fields, func(format string, args ...any) { bad(line, format, args...) })
	}
	for id, days := range roster {
		slices.SortFunc(days.Shifts, func(a, b queue.Shift) int { return a.Start.Compare(b.Start) })
		roster[id] = days
	}
	return roster
}

func rosterLine(roster map[string]queue.Roster, r *queue.Rules, fields []string, bad func(string, ...any)) {
	id, from, to := fields[1], fields[2], fields[3]
	day, err := time.ParseInLocation(time.DateOnly, fields[0], r.Location)
	if err != nil {
		bad("day %s is not allowed: want such as 2026-03-02", quoted(fields[0]))
		return
	}
	if r.Agents[id] == nil {
		bad("agent %s is not in the config", quoted(id))
		return
	}
	days := roster[id]
	if days.Days == nil {
		days.Days = map[string]bool{}
	}
	days.Days[fields[0]] = true
	defer func() { roster[id] = days }()
	if from == "" && to == "" {
		return
	}
	shift, err := queue.ParseShift(day, from, to)
	if err != nil || !shift.End.After(shift.Start) {
		bad("from %s to %s is not a shift: want such as 09:00 and 18:00, or nothing for a day off", quoted(from), quoted(to))
		return
	}
	for _, other := range days.Shifts {
		if shift.Start.Before(other.End) && other.Start.Before(shift.End) {
			bad("agent %s: the shift overlaps the one from %s", id, other.Start.In(r.Location).Format("2006-01-02 15:04"))
			return
		}
	}
	days.Shifts = append(days.Shifts, shift)
}
