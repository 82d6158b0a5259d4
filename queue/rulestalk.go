package queue

import (
	"slices"
	"strings"
	"time"
)

// ConductRules are about callers who were warned about their tone.
type ConductRules struct {
	// Flag is how long the next agents see that a caller was warned; 0 does not show it.
	Flag time.Duration `yaml:"flag"`
}

// DefaultConduct is what follows when the config says nothing.
func DefaultConduct() ConductRules { return ConductRules{Flag: 30 * 24 * time.Hour} }

// Escape is which keys of an agent go through to the far end.
type Escape string

// The ways.
const (
	EscapeCode   Escape = "code"   // those after *0
	EscapeDigits Escape = "digits" // digits that belong to no code as well
	EscapeNone   Escape = "none"
)

// KeyRules are about the keys that agents press in a call.
type KeyRules struct {
	Escape Escape `yaml:"escape"`
}

// DefaultKeys is what follows when the config says nothing.
func DefaultKeys() KeyRules { return KeyRules{Escape: EscapeCode} }

// NoticeRules are the notices that supervisors may switch on.
type NoticeRules struct {
	// Phrases to choose from; the first is taken when none is named.
	Phrases []string `yaml:"phrases"`
	// For is how long a notice stays when nobody says.
	For time.Duration `yaml:"for"`
}

// DefaultNotice is the text of S3, for two hours.
func DefaultNotice() NoticeRules {
	return NoticeRules{Phrases: []string{"maintenance"}, For: 2 * time.Hour}
}

// LongestNotice is how long a notice may stay at most.
const LongestNotice = 7 * 24 * time.Hour

// ParkingRules are how agents park callers.
type ParkingRules struct {
	// Slots are how many callers may be parked at once, 9 at most; 0: none.
	Slots int `yaml:"slots"`
	// Time is how long a caller may be parked, less if the rules of hold say so.
	Time time.Duration `yaml:"time"`
}

// MostSlots is how many slots have a number of one digit.
const MostSlots = 9

// DefaultParking is what follows when the config says nothing.
func DefaultParking() ParkingRules { return ParkingRules{Slots: MostSlots, Time: 90 * time.Second} }

// RatingRules are how callers of a queue rate their agents.
type RatingRules struct {
	// Ask for a rating after the closing phrase.
	Ask bool `yaml:"ask"`
	// Wait is the silence after the question in which the caller may still press a key.
	Wait time.Duration `yaml:"wait"`
}

// RecordingRules say what is recorded.
type RecordingRules struct {
	On bool `yaml:"on"`
	// Notice: no caller is connected before they have heard that the talk is recorded.
	Notice bool `yaml:"notice"`
	// Keep is how long the files are kept.
	Keep time.Duration `yaml:"keep"`
	// Pause is how long an agent's pause lasts at most; then the recording goes on.
	Pause time.Duration `yaml:"pause"`
}

// isTold reports whether callers must hear that they are recorded.
func (r *RecordingRules) isTold() bool { return r.On && r.Notice }

// ResultRules is a line of the table of results.
type ResultRules struct {
	Name string `yaml:"-"`
	// Code is one digit: an agent keys # and it in a call, or dials *4 and it afterwards.
	Code  string              `yaml:"code"`
	Title map[Language]string `yaml:"title"`
	// Queues are those whose calls may have it; none means all.
	Queues []string `yaml:"queues"`
}

// IsFor reports whether calls of a queue may have the result.
func (t *ResultRules) IsFor(queue string) bool {
	return len(t.Queues) == 0 || slices.Contains(t.Queues, queue)
}

// WrapUpRules are how an agent may make the wrap-up longer.
type WrapUpRules struct {
	// Step is how much longer one code makes it; 0 does not allow it. Most is the longest wrap-up that can result.
	Step time.Duration `yaml:"step"`
	Most time.Duration `yaml:"most"`
}

// SameAgentRules are how long a returning caller is offered first to the same agent.
type SameAgentRules struct {
	// Within is how long after their talk; Wait is how long the call is kept. 0 of either does not keep it.
	Within time.Duration `yaml:"within"`
	Wait   time.Duration `yaml:"wait"`
	// Extension is how long a call is kept for the agent whose extension the caller has keyed; 0 takes no extensions.
	Extension time.Duration `yaml:"extension"`
}

// TransferRules say where a caller may be passed on to, beside the queues and
// the numbers of the trunk.
type TransferRules struct {
	// Extension reports whether an extension may be called; nil allows none.
	Extension func(extension string) bool
	// Dial is the endpoint of an extension, with {extension} in it.
	Dial string
	// Ring is how long the far end rings.
	Ring time.Duration
}

// isExtension reports whether a target is an extension that may be called.
func (r *TransferRules) isExtension(to string) bool {
	return to != "" && strings.Trim(to, "0123456789") == "" && r.Extension != nil && r.Extension(to)
}

func (r *TransferRules) endpoint(extension string) string {
	return strings.ReplaceAll(r.Dial, "{extension}", extension)
}

// HoldThen is what happens to a caller who is on hold for too long.
type HoldThen string

// The ways out of a hold.
const (
	// HoldThenCallback promises the caller a callback by the same agent.
	HoldThenCallback HoldThen = "callback"
	// HoldThenReturn gives the caller back to the agent.
	HoldThenReturn HoldThen = "return"
	// HoldThenRequeue puts the caller at the head of the queue.
	HoldThenRequeue HoldThen = "requeue"
)

// HoldHangup is what happens to a caller on hold when the agent hangs up.
type HoldHangup string

// The ways on.
const (
	HoldHangupCloses   HoldHangup = "closing" // the caller hears the closing phrase
	HoldHangupRequeues HoldHangup = "requeue" // the caller goes to the head of the queue
)

// HoldAudio is when an agent who comes back is heard.
type HoldAudio string

// The moments.
const (
	HoldAudioPhraseFirst HoldAudio = "phrase_first" // after the return phrase, which the caller alone hears
	HoldAudioOverPhrase  HoldAudio = "over_phrase"  // at once; both hear the phrase over their voices
)

// HoldRules bound how long a caller may be on hold.
type HoldRules struct {
	// Limit is never reached: at Act, before it, Then is done. At Remind the agent is reminded.
	Limit  time.Duration `yaml:"limit"`
	Act    time.Duration `yaml:"act"`
	Remind time.Duration `yaml:"remind"`
	Then   HoldThen      `yaml:"then"`
	// Total is the most of all holds of a call together; what is left of it shortens the last ones.
	Total time.Duration `yaml:"total"`
	// Ring is how long a second line of the agent's phone rings as a reminder when
	// the first one holds, so that nothing is heard there; 0 does not ring.
	Ring time.Duration `yaml:"ring"`
	// Return is when an agent who comes back is heard.
	Return HoldAudio `yaml:"return"`
	// AgentHangup is what follows when the agent hangs up while the caller is on hold.
	AgentHangup HoldHangup `yaml:"agent_hangup"`
}

// DefaultHold is the longest hold that S3 allows.
func DefaultHold() HoldRules {
	return HoldRules{
		Limit: 120 * time.Second, Act: 110 * time.Second, Remind: 90 * time.Second, Then: HoldThenCallback,
		Total: 10 * time.Minute, Return: HoldAudioPhraseFirst, AgentHangup: HoldHangupCloses,
	}
}
