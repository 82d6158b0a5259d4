package queue

import "time"

// HoldThen is what happens to a caller who is on hold for too long.
type HoldThen string

// The ways out of a hold.
const (
	// HoldCallback promises the caller a callback by the same agent.
	HoldThenCallback HoldThen = "callback"
	// HoldReturn gives the caller back to the agent.
	HoldThenReturn HoldThen = "return"
	// HoldRequeue puts the caller at the head of the queue.
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

// DefaultHold is the most that the order of work allows.
func DefaultHold() HoldRules {
	return HoldRules{
		Limit: 120 * time.Second, Act: 110 * time.Second, Remind: 90 * time.Second, Then: HoldThenCallback,
		Total: 10 * time.Minute, Return: HoldAudioPhraseFirst, AgentHangup: HoldHangupCloses,
	}
}
