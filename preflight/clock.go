package preflight

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"kezek/ari"
	"kezek/state"
)

// clocksApart is how far Asterisk's clock may be from ours: its log and its recordings are
// compared with Kezek's, and it tells the time in whole seconds.
const clocksApart = 2 * time.Second

// checkClock compares the time of Asterisk with ours.
func checkClock(ctx context.Context, c *ari.Client) []Finding {
	before := time.Now()
	text, err := c.Variable(ctx, "EPOCH")
	after := time.Now()
	seconds, err2 := strconv.ParseInt(text, 10, 64)
	if err != nil || err2 != nil {
		return nil // an Asterisk that does not tell it
	}
	return clockFinding(time.Unix(seconds, 0), before, after)
}

// checkRedisClock compares the time of Redis with ours.
func checkRedisClock(ctx context.Context, store *state.Store) []Finding {
	store.CompareClocks(ctx)
	if why := store.Clock(); why != "" {
		return []Finding{warning("synchronise both machines with a time server: timedatectl set-ntp true", "%s: deadlines come early or late", why)}
	}
	return nil
}

// clockFinding is about a time, cut to the second, that was asked for between two of ours.
func clockFinding(theirs, before, after time.Time) []Finding {
	var apart time.Duration
	switch {
	case theirs.After(after):
		apart = theirs.Sub(after)
	case theirs.Add(time.Second).Before(before):
		apart = theirs.Add(time.Second).Sub(before)
	}
	if apart.Abs() < clocksApart {
		return nil
	}
	word := "ahead of"
	if apart < 0 {
		word = "behind"
	}
	return []Finding{warning("synchronise both machines with a time server: timedatectl set-ntp true",
		"Asterisk's clock is %s %s ours: its log and the times of recordings do not match Kezek's", days(apart.Abs()), word)}
}

// days is a time in days, if it is long, for nobody counts in hundreds of hours.
func days(d time.Duration) string {
	const day = 24 * time.Hour
	if d < 2*day {
		return d.Round(time.Second).String()
	}
	return fmt.Sprintf("%d days", d/day)
}
