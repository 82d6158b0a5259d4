package queue

import "time"

// SupervisorRules are the phones where an escalation is told.
type SupervisorRules struct {
	// Call are the phones, in order; they are no agents'. Language is what is spoken.
	Call     []string
	Language Language
}

// Roster is what a list of days says about one agent. It overrides the agent's weekly
// hours.
type Roster struct {
	// Days are the local dates that it lists, days off included.
	Days map[string]bool
	// Shifts are those of these days, by start; none overlaps another.
	Shifts []Shift
}

// TimesheetRules are how attendance is recorded.
type TimesheetRules struct {
	// Keep is how long a timesheet is kept.
	Keep time.Duration `yaml:"keep"`
	// Grace is how much later or earlier than the roster says is still on time.
	Grace time.Duration `yaml:"grace"`
	// WorkingDay is what of a day is paid.
	WorkingDay WorkingDay `yaml:"working_day"`
}

// WorkingDay says what of a day is paid.
type WorkingDay string

// The choices.
const (
	// WorkingDaySpan: from the first log-in to the last log-out (S3).
	WorkingDaySpan WorkingDay = "span"
	// WorkingDaySum: the times in which the agent is logged in. The gap between two shifts is not paid.
	WorkingDaySum WorkingDay = "sum"
)

// WorkingDays in the order that help texts name them.
var WorkingDays = []WorkingDay{WorkingDaySpan, WorkingDaySum}

// StatusRules is a line of the table of statuses (S3, «Линия 24»).
type StatusRules struct {
	Name string `yaml:"-"`
	// Code is what an agent dials after the star: "31". Empty: the daemon sets the status.
	Code  string              `yaml:"code"`
	Title map[Language]string `yaml:"title"`
	// Longest is how long an agent may stay; 0 is no limit. A longer stay is recorded.
	Longest       time.Duration `yaml:"longest"`
	RefusedAtPeak bool          `yaml:"refused_at_peak"`
	RequiredDaily bool          `yaml:"required_daily"`
	// AtOnce is how many agents of a queue may be in it at one time; 0 is no limit.
	AtOnce int `yaml:"at_once"`
	// ForbiddenTo are the queues whose agents may not use it.
	ForbiddenTo []string `yaml:"forbidden_to"`
}

// PeakRules say when a queue has its peak: statuses that are refused at peak
// are refused to its agents then.
type PeakRules struct {
	// Wait: somebody waits for longer; 0 does not count.
	Wait time.Duration `yaml:"wait"`
	// ServiceLevel: the service level of today is under its target.
	ServiceLevel bool `yaml:"service_level"`
}
