// Package ari attaches Kezek to an Asterisk over its REST interface.
//
// What happens on the exchange is translated to the events of the rules, and
// the actions of the rules to requests. One goroutine ([Exchange.Run]) tells
// the events, in order; every action runs in a goroutine of its own, after
// the earlier actions on the same channels.
//
// After every (re)connect, and whenever an action failed for a reason that
// does not explain itself, the channels, bridges and phones that really live
// are read and told as [queue.Synced]: reading, not trust, says what is true.
//
// # Where things are
//
// An action of the rules has one entry of type kind, in the do_ file of its family.
// The entry holds all that is known of it: what its order is kept for, which channels it
// makes or ends, how it is done, and what a reading that is taken meanwhile must add.
// A new action is a new entry; TestEveryActionIsHandled fails without it.
//
// An event of Asterisk's has one handler in the map events. The keys of the map are the filter
// that Asterisk is given, so what has no handler is not sent. A new event is a new line there and
// a recorded example in testdata; TestEventsAreRecorded fails without it.
//
// The tracker is what is known of the channels in our app and of the watched phones,
// so that everything is told once. A session is one connection of the event socket. A snapshot
// is what was read of Asterisk, and adopt makes it what the tracker knows.
//
// # CyCoreSystems/ari
//
// What is read seldom is read into the types of github.com/CyCoreSystems/ari/v6: the answers to
// requests, a request for a new channel, events that come a few times a day. Tests hold that what is
// read of the other events is what that library reads. Its client, its event bus and its
// decoder of events are not used; docs/decisions/3-own-ari-socket.md says why.
package ari
