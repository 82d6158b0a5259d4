package queue

import "cmp"

// deadline orders what is due, or has waited since, by time.
type deadline struct {
	at int64
	id string
}

func compareDeadlines(a, b deadline) int {
	if c := cmp.Compare(a.at, b.at); c != 0 {
		return c
	}
	return cmp.Compare(a.id, b.id)
}
