package engine

import (
	"context"
	"errors"
	"time"

	"kezek/queue"
)

// Exchange does actions and tells events. The ari package fits it.
type Exchange interface {
	// Name is the exchange's own name, the prefix of its channel ids.
	Name() string
	// Run attaches to the exchange and stays attached, through faults, until ctx
	// ends. It sends events to sink in the order in which they happened; after
	// every (re)connect the first is a [queue.Synced]. It returns early only on
	// an error that trying again cannot heal.
	Run(ctx context.Context, sink func(Incoming)) error
	// Do starts the actions and returns at once. Those that share a channel are
	// done in order. Cause is when the event came in that led to them.
	Do(cause time.Time, actions []queue.Action)
	// Connected reports whether events flow.
	Connected() bool
}

// Incoming is an event with the time it was received.
type Incoming struct {
	At    time.Time
	Event queue.Event
}

// Store keeps the state. The state package fits it.
type Store interface {
	// Acquire waits until this daemon owns the site and returns its fencing
	// number. lost is closed when the ownership is lost.
	Acquire(ctx context.Context) (fence int64, lost <-chan struct{}, err error)
	// Load reads all that was saved.
	Load(ctx context.Context) (*queue.Snapshot, error)
	// Save writes one batch of changes atomically. It returns [ErrFenced] when
	// another daemon owns the site now; any other error leaves it open whether
	// the batch was stored. The entities are read before it returns.
	Save(ctx context.Context, batch Batch) error
	// Replace writes the whole state anew, after an outage.
	Replace(ctx context.Context, all *queue.Snapshot) error
	// Release gives the ownership up, so that a successor need not wait for the lease to end.
	Release(ctx context.Context) error
}

// Batch is what several steps have changed, each entity once.
type Batch struct {
	Changed []queue.Entity
	Gone    []queue.Entity
	Journal []queue.Entry
}

// ErrFenced says that a newer owner of the site has taken over.
var ErrFenced = errors.New("another daemon owns this site now")
