package queue

// Cause is why a channel ended, as far as the rules care.
type Cause string

// Ender is who brought the end of a channel about. The rules ask for it, and not for single causes:
// a cause that is new is decided as the others of its ender are.
type Ender string

// The enders.
const (
	// EndedByPerson is a person's act: they hung up, declined or did not answer. What a phone itself answers to
	// a call is its person's act too, whatever the answer is: they have set the phone so.
	EndedByPerson Ender = "person"
	// EndedByPhone is a phone that does not work, or its network.
	EndedByPhone Ender = "phone"
	// EndedByTrunk is the carrier, who did not take the call.
	EndedByTrunk Ender = "trunk"
	// EndedByExchange is Asterisk, which was shut down, or could not do it.
	EndedByExchange Ender = "exchange"
	// EndedByRules is Kezek.
	EndedByRules Ender = "rules"
)

// The causes.
const (
	// CauseNormal is a hang-up.
	CauseNormal Cause = "normal"
	// CauseDeclined is an agent's refusal (SIP 603), or any other final answer of the phone. CauseBusy is the phone's
	// own (486), CauseForwarded a phone that sends its calls elsewhere (302).
	CauseDeclined  Cause = "declined"
	CauseBusy      Cause = "busy"
	CauseForwarded Cause = "forwarded"
	// CauseNoAnswer: the phone rang out.
	CauseNoAnswer Cause = "no_answer"
	// CauseNoNumber: a client's number does not exist (404).
	CauseNoNumber Cause = "no_number"

	// CauseUnreachable: no contact, or the phone does not answer the network. A phone that answers 503 itself counts as one: pjproject
	// makes up the same answer for a phone that cannot be reached.
	CauseUnreachable Cause = "unreachable"
	// CauseDropped: the connection broke (no audio any more, network failure).
	CauseDropped Cause = "dropped"
	// CauseNoCodec: phone and Asterisk have no common codec, or the phone answered without saying which it speaks.
	CauseNoCodec Cause = "no_codec"
	// CauseNoAudio: no audio comes from a phone that has answered.
	CauseNoAudio Cause = "no_audio"
	// CauseBroken: a phone ended the call in the moment of its answer; see [RingRules.Broken].
	CauseBroken Cause = "broken"

	// CauseTrunk: the carrier did not take the call (503), or did not answer at all.
	CauseTrunk Cause = "trunk"

	// CauseLost: Asterisk was shut down, or has lost the channel.
	CauseLost Cause = "lost"
	// CauseFailed: the exchange could not do it.
	CauseFailed Cause = "failed"

	// CauseCancelled: Kezek itself ended the ringing.
	CauseCancelled Cause = "cancelled"
	// CauseHoldTooLong: the caller was taken from an agent who had them on hold for too long.
	CauseHoldTooLong Cause = "hold_too_long"
	// CauseTransferred: the agent put the caller into another line. CauseTransferFailed: the agent's line ended right
	// after a transfer that failed, so that the caller would have been left.
	CauseTransferred    Cause = "transferred"
	CauseTransferFailed Cause = "transfer_failed"
	// CauseUnwell: the agent could not go on. CauseNotHeard: the client who was called could not be heard.
	CauseUnwell   Cause = "unwell"
	CauseNotHeard Cause = "not_heard"
)

// enders has the ender of each cause.
var enders = map[Cause]Ender{
	CauseNormal: EndedByPerson, CauseDeclined: EndedByPerson, CauseBusy: EndedByPerson, CauseForwarded: EndedByPerson,
	CauseNoAnswer: EndedByPerson, CauseNoNumber: EndedByPerson,
	CauseUnreachable: EndedByPhone, CauseDropped: EndedByPhone, CauseNoCodec: EndedByPhone, CauseNoAudio: EndedByPhone, CauseBroken: EndedByPhone,
	CauseTrunk: EndedByTrunk,
	CauseLost:  EndedByExchange, CauseFailed: EndedByExchange,
	CauseCancelled: EndedByRules, CauseHoldTooLong: EndedByRules, CauseTransferred: EndedByRules, CauseTransferFailed: EndedByRules,
	CauseUnwell: EndedByRules, CauseNotHeard: EndedByRules,
}

// By is who brought it about.
func (c Cause) By() Ender { return enders[c] }

// Words say why a phone does not work, for people; "" if that is not what the cause says.
func (c Cause) Words() string {
	return map[Cause]string{
		CauseUnreachable: "no answer from the phone, or 503",
		CauseDropped:     "its connection broke",
		CauseNoCodec:     "no common codec",
		CauseNoAudio:     "no audio comes from it",
		CauseBroken:      "it hangs up when it answers",
	}[c]
}
