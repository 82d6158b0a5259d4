package queue

import "time"

// Line is what is known about a queue as a whole, kept over restarts.
type Line struct {
	marks
	armed
	Queue string `json:"queue" must:"set"`
	// Handle is the recent mean time an agent needs for a call, wrap-up included.
	Handle time.Duration `json:"handle"`
	// LastAgent is where rrmemory stands.
	LastAgent string `json:"last_agent,omitempty"`
	// Day is the local date that the counts belong to. They count visits, see [Visit].
	Day            string `json:"day" must:"set" is:"date"`
	Answered       int    `json:"answered"`
	AnsweredInTime int    `json:"answered_in_time"`
	Abandoned      int    `json:"abandoned"`
	// AbandonedInTime hung up within the time of the service level; they do not count in it.
	AbandonedInTime int `json:"abandoned_in_time"`
	// Unverified counts the callbacks booked for unverified numbers since UnverifiedSince, within an hour.
	Unverified      int       `json:"unverified,omitempty"`
	UnverifiedSince time.Time `json:"unverified_since,omitzero"`
	// Notice is what its callers hear on entry; zero is none.
	Notice Notice `json:"notice,omitzero"`
}

// Kind and Key implement [Entity].
func (*Line) Kind() string  { return "queue" }
func (l *Line) Key() string { return l.Queue }

// Judged is how many visits of the day count for the service level: callers who
// gave up within its time do not.
func (l *Line) Judged() int { return l.Answered + l.Abandoned - l.AbandonedInTime }

// bookedUnverified is how many callbacks for unverified numbers were booked within the hour.
func (l *Line) bookedUnverified(now time.Time) int {
	if l == nil || now.Sub(l.UnverifiedSince) >= time.Hour {
		return 0
	}
	return l.Unverified
}

// bookUnverified counts one.
func (l *Line) bookUnverified(now time.Time) {
	if now.Sub(l.UnverifiedSince) >= time.Hour {
		l.Unverified, l.UnverifiedSince = 0, now
	}
	l.Unverified++
}

// Notice is what the callers of a queue are told on entry; zero is nothing.
type Notice struct {
	Phrase string    `json:"phrase"`
	Since  time.Time `json:"since"`
	Until  time.Time `json:"until" ahead:"stay"`
	// By is the supervisor who switched it on: a token's name, or an agent's id.
	By string `json:"by"`
}
