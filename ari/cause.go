package ari

import "kezek/queue"

// Hangup causes, as Asterisk and Q.850 number them.
const (
	unallocated          = 1 // also SIP 404
	noRouteToDestination = 3
	normalClearing       = 16
	userBusy             = 17 // 486, 600
	noUserResponse       = 18 // 408
	noAnswer             = 19 // 480, and a dial that timed out
	subscriberAbsent     = 20
	callRejected         = 21 // 603, 403
	numberChanged        = 22 // 410
	destinationOutOrder  = 27 // 502
	circuitCongestion    = 34 // 503
	networkOutOfOrder    = 38 // 500
	temporaryFailure     = 41
	switchCongestion     = 42
	channelUnavailable   = 44 // no RTP for rtp_timeout
	timerExpired         = 102
)

// What ChannelHangupRequest gives as the cause of a soft hangup: who asked.
const (
	softDevice   = 1  // the driver: rtp_timeout
	softExplicit = 32 // dial's time-out, a request to ARI, somebody at the console
)

// ended translates why a channel ended into the words of the rules. Where
// Asterisk knows no cause it says a normal one, or none. It forgets one that it
// was told, too: the frame that carries it is not read any more if the channel's
// thread sees first that it is hung up. What was asked for is known by an event.
func (c *channel) ended(cause int) queue.Cause {
	if c.cause != 0 && (cause == 0 || cause == normalClearing) {
		cause = c.cause
	}
	switch {
	case c.failed:
		return queue.CauseFailed
	case c.leg && !c.up && c.ending:
		return queue.CauseCancelled
	case c.leg && !c.up:
		return c.unanswered(cause)
	case c.ending:
		return queue.CauseNormal
	}
	switch cause {
	case noUserResponse, subscriberAbsent, destinationOutOrder, networkOutOfOrder,
		temporaryFailure, switchCongestion, channelUnavailable, timerExpired:
		return queue.CauseDropped
	}
	return queue.CauseNormal
}

// unanswered is why a phone was not picked up.
func (c *channel) unanswered(cause int) queue.Cause {
	switch cause {
	case userBusy:
		return queue.CauseBusy
	case callRejected:
		return queue.CauseDeclined
	case noAnswer:
		if c.timedOut && c.rang.IsZero() {
			return queue.CauseUnreachable // not one answer from the phone, all the time
		}
		return queue.CauseNoAnswer
	case normalClearing: // somebody else hung it up
		return queue.CauseNoAnswer
	case unallocated, noRouteToDestination, noUserResponse, subscriberAbsent, numberChanged,
		destinationOutOrder, circuitCongestion, timerExpired:
		return queue.CauseUnreachable
	}
	return queue.CauseFailed
}
