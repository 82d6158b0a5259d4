package queue

import "time"

// A callback is booked by the key 1, and a caller who has booked one leaves the line. The same key
// chooses a language in the menu, and people press a key twice, or before they have heard what it
// is for. So it books only once its offer has been spoken to the caller; before that it has the
// offer spoken.

// offerHeard is how long the words of the offer must have been heard before the key can be meant for it.
const offerHeard = time.Second

// mayOffer reports whether a caller in line is to be offered a callback: the wait is long, and it can be kept.
func (c *Call) mayOffer(s *State) bool {
	return s.ExpectedWait(c) > s.queueRules(c.Queue).Callback.OfferOver && c.callerBooking(s).refusal(s) == ""
}

// offerCallback speaks the offer: in the caller's language, or in all of them to one who calls
// outside opening hours and has never chosen one.
func (c *Call) offerCallback(s *State) {
	phrases := []Phrase{c.say("callback-offer")}
	if c.Outcome == OutcomeClosed {
		phrases = c.sayClosed(s, "callback-offer-closed")
	}
	c.play(s, phrases...)
	c.OfferSpoken = s.now
}

// sayClosed is a phrase for a caller outside opening hours.
func (c *Call) sayClosed(s *State, id string) []Phrase {
	if q := s.rules.Queues[c.Queue]; q != nil && c.knownLanguage(s, q) == "" {
		return s.rules.inEachLanguage(id)
	}
	return []Phrase{c.say(id)}
}

// knownLanguage is the language fixed by the number dialled, or the one that
// the caller chose last time; empty when they must be asked.
func (c *Call) knownLanguage(s *State, q *QueueRules) Language {
	if l := q.DIDLanguage[c.DID]; l != "" {
		return l
	}
	if len(s.rules.Languages) == 1 {
		return s.rules.Languages[0]
	}
	return s.rememberedLanguage(c.known(s))
}
