package queue

// Cause is why a channel ended, as far as the rules care.
type Cause string

// The causes.
const (
	// CauseNormal is a hang-up.
	CauseNormal Cause = "normal"
	// CauseDeclined is an agent's refusal (SIP 603), CauseBusy the phone's (486).
	CauseDeclined Cause = "declined"
	CauseBusy     Cause = "busy"
	// CauseNoAnswer: the phone rang out.
	CauseNoAnswer Cause = "no_answer"
	// CauseUnreachable: no contact, or the phone does not answer the network.
	CauseUnreachable Cause = "unreachable"
	// CauseCancelled: Kezek itself ended the ringing.
	CauseCancelled Cause = "cancelled"
	// CauseDropped: the connection broke (no audio any more, network failure).
	CauseDropped Cause = "dropped"
	// CauseHoldTooLong: the caller was taken from an agent who had them on hold for too long.
	CauseHoldTooLong Cause = "hold_too_long"
	// CauseTransferred: the agent put the caller into another line.
	CauseTransferred Cause = "transferred"
	// CauseUnwell: the agent could not go on. CauseNotHeard: the client who was called could not be heard.
	CauseUnwell   Cause = "unwell"
	CauseNotHeard Cause = "not_heard"
	// CauseFailed: the exchange could not do it.
	CauseFailed Cause = "failed"
)

// isHangup reports whether a talk was ended by a person, not by a fault.
func (c Cause) isHangup() bool {
	switch c {
	case CauseNormal, CauseDeclined, CauseBusy, CauseNoAnswer, CauseCancelled:
		return true
	}
	return false
}
