package history

import (
	"context"
	"time"
)

// Correction of the paid time of an agent's day, by a supervisor. What was recorded stays as it is.
type Correction struct {
	Agent string
	// Day is a local date such as 2026-03-05.
	Day        string
	Paid       time.Duration
	By, Reason string
	At         time.Time
}

// Corrections are those in force of a day and of an agent, either of which may be empty, by day and agent.
func (db *DB) Corrections(ctx context.Context, site, day, agent string) ([]Correction, error) {
	limited, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	if err := db.open(limited); err != nil {
		return nil, err
	}
	c := &condition{}
	c.and("site = ?", site)
	if day != "" {
		c.and("day = ?", day)
	}
	if agent != "" {
		c.and("agent = ?", agent)
	}
	var rows []correctionRow
	// the last one of each day
	if err := db.query(limited, &rows, "SELECT * FROM corrections c"+c.String()+` AND restored = 0 AND
		NOT EXISTS (SELECT 1 FROM corrections l WHERE l.site = c.site AND l.day = c.day AND l.agent = c.agent AND l.entry > c.entry) ORDER BY day, agent`, c.args...); err != nil {
		return nil, err
	}
	all := make([]Correction, len(rows))
	for i, r := range rows {
		all[i] = Correction{r.Agent, r.Day, time.Duration(r.Paid) * time.Millisecond, r.OrderedBy, r.Reason, time.UnixMilli(r.Happened)}
	}
	return all, nil
}

// Recorded is the paid time of an agent's day as it was recorded; unknown if nothing was.
func (db *DB) Recorded(ctx context.Context, q Query) (paid time.Duration, known bool, err error) {
	t, err := db.Run(ctx, timesheetReport.ID, q)
	if err != nil || len(t.Rows) == 0 {
		return 0, false, err
	}
	ms, _ := t.Rows[0][timesheetReport.column("recorded")].(int64)
	return time.Duration(ms) * time.Millisecond, true, nil
}
