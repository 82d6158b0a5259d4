package history

import (
	"context"
	"fmt"
	"strings"
)

// readyTime is how long agents who serve the same waited for calls in one hour, by its quarters.
type readyTime struct {
	Hour   int64  `db:"hour"`
	Serves string `db:"serves"`
	Q0     int64  `db:"q0"`
	Q1     int64  `db:"q1"`
	Q2     int64  `db:"q2"`
	Q3     int64  `db:"q3"`
}

// waitedForCalls tells how long agents waited for calls, for each line that they serve, in slots.
func (db *DB) waitedForCalls(ctx context.Context, q Query, add func(s slot, ms int64)) error {
	from, to := q.From.UnixMilli(), q.To.UnixMilli()
	count := func(at, ms int64, serves string) {
		if ms <= 0 || at < from || at >= to {
			return
		}
		for _, one := range strings.Split(strings.Trim(serves, "|"), "|") {
			name, language, _ := strings.Cut(one, " ")
			if (q.Queue == "" || q.Queue == name) && (q.Language == "" || q.Language == language) {
				add(slot{at / slotLength.Milliseconds(), name, language}, ms)
			}
		}
	}
	var quarters strings.Builder
	for i := range 4 {
		a, b := int64(i)*slotLength.Milliseconds(), int64(i+1)*slotLength.Milliseconds()
		fmt.Fprintf(&quarters, `, CAST(sum(CASE WHEN e > %[1]d AND s < %[2]d THEN
			(CASE WHEN e < %[2]d THEN e ELSE %[2]d END) - (CASE WHEN s > %[1]d THEN s ELSE %[1]d END) ELSE 0 END) AS BIGINT) AS q%[3]d`, a, b, i)
	}
	// only those in which the agent waits have what they serve; statuses_ready has all that is read here
	// stays that are over are cut at full hours: s and e are ms from that of their begin
	var over []readyTime
	if err := db.query(ctx, &over, `SELECT hour, serves`+quarters.String()+` FROM (
			SELECT started / 3600000 AS hour, serves, started % 3600000 AS s, started % 3600000 + ended - started AS e FROM statuses
			WHERE site = ? AND started / 3600000 >= ? AND started / 3600000 <= ? AND ended > 0 AND serves <> '') stays
		GROUP BY hour, serves`, q.Site, from/hour, to/hour); err != nil {
		return err
	}
	for _, r := range over {
		for i, ms := range []int64{r.Q0, r.Q1, r.Q2, r.Q3} {
			count(r.Hour*hour+int64(i)*slotLength.Milliseconds(), ms, r.Serves)
		}
	}
	var open []statusRow
	if err := db.query(ctx, &open, `SELECT * FROM statuses WHERE site = ? AND agent > '' AND ended = 0 AND serves <> ''`, q.Site); err != nil {
		return err
	}
	until := min(to, q.now().UnixMilli())
	for _, r := range open {
		for at := max(r.Started, from); at < until; {
			next := min(until, (at/slotLength.Milliseconds()+1)*slotLength.Milliseconds())
			count(at, next-at, r.Serves)
			at = next
		}
	}
	return nil
}
