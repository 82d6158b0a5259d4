package ari

import "kezek/queue"

// Hangup causes, as Asterisk and Q.850 number them.
const (
	unallocated       = 1 // also SIP 404
	normalClearing    = 16
	userBusy          = 17 // 486, 600
	noUserResponse    = 18 // 408
	noAnswer          = 19 // 480, and a dial that timed out
	subscriberAbsent  = 20
	callRejected      = 21 // 603, 403
	numberChanged     = 22 // 410
	redirected        = 23 // 3xx
	outOfOrder        = 27 // 502
	noSuchNumber      = 28 // 484
	circuitCongestion = 34 // 503
	networkOutOfOrder = 38 // 500
	temporaryFailure  = 41
	switchCongestion  = 42
	noChannel         = 44 // no RTP for rtp_timeout
	noBearer          = 58 // 488, 606
	noBearerNow       = 65
	timerExpired      = 102 // 504
)

// What ChannelHangupRequest gives as the cause of a soft hangup: who asked.
const (
	softDevice   = 1  // the driver: rtp_timeout
	softShutdown = 4  // Asterisk is shut down
	softExplicit = 32 // dial's time-out, a request to ARI, somebody at the console
)

// ended translates why a channel ended into the words of the rules. Where
// Asterisk knows no cause it says a normal one, or none. It forgets one that it
// was told, too: the frame that carries it is not read any more if the channel's
// thread sees first that it is hung up. What was asked for is known by an event.
func (c *channel) ended(cause, sip int) queue.Cause {
	if c.cause != 0 && (cause == 0 || cause == normalClearing) {
		cause, sip = c.cause, max(sip, c.sip)
	}
	switch {
	case c.shutdown:
		return queue.CauseLost
	case c.failed:
		return queue.CauseFailed
	case c.leg && !c.up && c.ending:
		return queue.CauseCancelled
	case c.leg && !c.up && c.trunk:
		return c.notReached(cause, sip)
	case c.leg && !c.up:
		return c.notAnswered(cause, sip)
	case c.ending:
		return queue.CauseNormal
	case c.leg && (sip == 406 || sip == 415 || sip == 488 || sip == 606): // Asterisk has ended it: the phone's answer has no codec for it
		if c.trunk {
			return queue.CauseTrunk
		}
		return queue.CauseNoCodec
	case c.leg && sip >= 300: // nothing came any more
		return queue.CauseDropped
	}
	switch cause {
	case noUserResponse, subscriberAbsent, outOfOrder, networkOutOfOrder,
		temporaryFailure, switchCongestion, noChannel, timerExpired:
		return queue.CauseDropped
	}
	return queue.CauseNormal
}

// notAnswered is why an agent's phone was not picked up. Whatever the phone itself has answered is a refusal, except that
// it knows no codec of ours. pjproject makes up answers of its own for a phone from which nothing comes; no phone that has
// rung gives these.
func (c *channel) notAnswered(cause, sip int) queue.Cause {
	silent := c.rang.IsZero()
	switch cause {
	case normalClearing: // somebody else hung it up
		return queue.CauseNoAnswer
	case noAnswer:
		if c.timedOut && silent {
			return queue.CauseUnreachable // not one answer from the phone, all the time
		}
		return queue.CauseNoAnswer
	case userBusy:
		return queue.CauseBusy
	case redirected:
		return queue.CauseForwarded
	case noBearer, noBearerNow:
		return queue.CauseNoCodec
	case temporaryFailure, switchCongestion:
		if sip == 0 { // no phone has said so: it is a leg that the dialplan was to fetch
			return queue.CauseFailed
		}
	case noUserResponse, subscriberAbsent, outOfOrder, circuitCongestion, timerExpired:
		if silent {
			return queue.CauseUnreachable
		}
	case 0:
		return queue.CauseFailed
	}
	return queue.CauseDeclined
}

// notReached is why a client was not reached over the trunk. What cannot be the client's own answer is the carrier's fault.
func (c *channel) notReached(cause, sip int) queue.Cause {
	silent := c.rang.IsZero()
	switch cause {
	case userBusy:
		return queue.CauseBusy
	case noAnswer, normalClearing:
		if c.timedOut && silent && !c.early {
			return queue.CauseTrunk // not one answer, all the time
		}
		return queue.CauseNoAnswer
	case noUserResponse, subscriberAbsent:
		if !silent || c.early {
			return queue.CauseNoAnswer
		}
	case callRejected:
		if sip == 0 || sip >= 600 || !silent { // 401, 403, 407: the carrier does not let us call
			return queue.CauseDeclined
		}
	case unallocated, numberChanged, noSuchNumber:
		return queue.CauseNoNumber
	}
	if !silent {
		return queue.CauseDeclined
	}
	return queue.CauseTrunk
}
