package queue

// Cause is why a channel ended, as far as the rules care.
type Cause string

// The causes.
const (
	// Normal is a hang-up.
	Normal Cause = "normal"
	// Declined is an agent's refusal (SIP 603) and Busy the phone's (486).
	Declined Cause = "declined"
	Busy     Cause = "busy"
	// NoAnswer rang out.
	NoAnswer Cause = "no_answer"
	// Unreachable: no contact, or the phone does not answer the network.
	Unreachable Cause = "unreachable"
	// Cancelled: Kezek itself ended the ringing.
	Cancelled Cause = "cancelled"
	// Dropped: the connection broke (no audio any more, network failure).
	Dropped Cause = "dropped"
	// HoldTooLong took the caller away from an agent who had them on hold for too long.
	HoldTooLong Cause = "hold_too_long"
	// PassedOn was put into another line by the agent.
	PassedOn Cause = "transferred"
	// FellIll took the caller away from an agent who could not go on. Unheard is a
	// client that we called and could not hear.
	FellIll Cause = "unwell"
	Unheard Cause = "not_heard"
	// Failed: the exchange could not do it.
	Failed Cause = "failed"
)

// isHangup reports whether a talk was ended by a person, not by a fault.
func (c Cause) isHangup() bool {
	switch c {
	case Normal, Declined, Busy, NoAnswer, Cancelled:
		return true
	}
	return false
}
