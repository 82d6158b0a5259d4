package queue

import "time"

// Caller is what is remembered about a number.
type Caller struct {
	marks
	Number   string    `json:"number" must:"set"`
	Language Language  `json:"language"`
	Seen     time.Time `json:"seen"`
	// Agent had the caller last, until Talked.
	Agent  string    `json:"agent,omitempty"`
	Talked time.Time `json:"talked,omitzero"`
	// Dials counts our calls to it since DialsSince, within an hour.
	Dials      int       `json:"dials,omitempty"`
	DialsSince time.Time `json:"dials_since,omitzero"`
	// RudeUntil: until then agents see that the caller was warned about their tone, by RudeBy at RudeAt.
	RudeUntil time.Time `json:"rude_until,omitzero" ahead:"ever"`
	RudeAt    time.Time `json:"rude_at,omitzero"`
	RudeBy    string    `json:"rude_by,omitempty"`
	// Until is when it is forgotten. Each change moves it, by which a store tells an old one.
	Until time.Time `json:"until" ahead:"ever"`
}

// keep remembers the number at least until then.
func (c *Caller) keep(until time.Time) {
	if c.Until.Before(until) {
		c.Until = until
	}
}

// Kind and Key implement [Entity].
func (*Caller) Kind() string  { return "caller" }
func (c *Caller) Key() string { return c.Number }
