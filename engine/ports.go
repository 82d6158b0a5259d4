package engine

import (
	"context"
	"time"

	"kezek/queue"
	"kezek/queue/journal"
)

// Exchange does actions and tells events. The ari package fits it.
type Exchange interface {
	// Name is the exchange's own name, the prefix of its channel ids.
	Name() string
	// Run attaches to the exchange and stays attached, through faults, until ctx
	// ends. It gives sink the events in the order in which they happened, with
	// the time they were received; after every (re)connect the first is a
	// [queue.Synced]. It returns early only on an error that trying again cannot heal.
	Run(ctx context.Context, sink func(received time.Time, ev queue.Event)) error
	// Do starts the actions and returns at once. Those that share a channel are
	// done in order. Cause is when the event was received that led to them.
	Do(cause time.Time, actions []queue.Action)
	// Connected reports whether events flow.
	Connected() bool
}

// Store keeps the state. The state package fits it.
type Store interface {
	// Acquire waits until this daemon owns the site. Lost is closed when the
	// ownership is lost to another daemon; the state must not be used then.
	Acquire(ctx context.Context) (lost <-chan struct{}, err error)
	// Load reads all that was saved.
	Load(ctx context.Context) (*queue.Snapshot, error)
	// CallbackOver reads a callback that is over and not deleted yet; nil if there is none of that id.
	CallbackOver(ctx context.Context, id string) (*queue.Callback, error)
	// Save writes the changes of one or more steps atomically, each entity once,
	// and has read the entities when it returns. It returns the places of the entries in the journal,
	// one for each. An error leaves it open whether they were stored. When another daemon owns the site, nothing is written and lost is closed
	// before Save returns.
	Save(ctx context.Context, changed, gone []queue.Entity, entries []queue.Entry) ([]journal.Position, error)
	// Forgot tells that so many entries before those of the next Save are lost: the store leaves their places free.
	Forgot(entries int)
	// Replace writes the whole state anew, after an outage; what is not in it is deleted.
	Replace(ctx context.Context, all *queue.Snapshot) error
	// MoveAside keeps what it has of an entity out of the way, with the reason: it is
	// no part of the state any more. Aside counts what was moved so since the start, at a Load too.
	MoveAside(ctx context.Context, e queue.Entity, reason string) error
	Aside() int
	// Release gives the ownership up, so that a successor need not wait for the lease to end.
	Release(ctx context.Context) error
}
