package ari

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"kezek/queue"
)

// Options say which Asterisk to attach to, and how.
type Options struct {
	// Name is the systemname in asterisk.conf: the prefix of the channel ids.
	Name string
	// URL of the REST interface, such as "http://127.0.0.1:8088/ari".
	URL string
	// App is the Stasis application: the dialplan hands calls over with Stasis(App).
	App                string
	Username, Password string
	// CAs are the authorities that may have signed Asterisk's certificate; nil: the system's.
	CAs *x509.CertPool
	// Endpoints are the phones to watch, such as "PJSIP/1012"; see also [Exchange.Watch].
	Endpoints []string
	// Media names what Asterisk plays for a phrase, such as "sound:kezek/ru/hold";
	// several are separated by commas. Empty: there is no recording of it. Required.
	Media func(queue.Phrase) string
	// Trunk is how clients are called, such as "PJSIP/{number}@carrier"; TrunkCallerID is what they see.
	Trunk, TrunkCallerID string
	// LampsOff leaves the lamps of phones alone.
	LampsOff bool
	// CDR lets Asterisk's own records of calls tell what became of them, if it writes any.
	CDR     bool
	Metrics Metrics
	// Log may be nil.
	Log *zap.Logger
}

// Metrics are told what is worth counting. Each may be nil.
type Metrics struct {
	// Request is the end of a request: the HTTP status as text, "timeout" or "error".
	Request func(code string, took time.Duration)
	// Connected tells whether events flow, at every change.
	Connected func(bool)
	// Dialled is a phone that was told to ring, so long after the event that was the reason.
	Dialled func(after time.Duration)
	// Misread is an event that could not be decoded.
	Misread func()
}

// ErrReplaced ends [Exchange.Run]: another program attached under the name of
// our app, and Asterisk sends it the events from now on.
var ErrReplaced = errors.New("another program has taken over the app")

// Exchange is one Asterisk. It fits the engine's interface of the same name.
type Exchange struct {
	opts   Options
	log    *zap.Logger
	client *Client
	dialer *dialer

	inbox     *inbox
	scheduler *scheduler
	tracker   *tracker
	resync    *resync

	// lasting is lastingAfter; tests hurry.
	lasting   time.Duration
	connected atomic.Bool
	// cdr: Asterisk writes records of calls.
	cdr atomic.Bool
	// saidMisread: an event that could not be decoded was logged. Run's own.
	saidMisread bool

	mu        sync.Mutex
	endpoints []string // to watch
}

// New returns an exchange that is not attached yet.
func New(o Options) *Exchange {
	if o.Log == nil {
		o.Log = zap.NewNop()
	}
	tracker := newTracker()
	tracker.codes = o.App + codesContext
	client := NewClient(o)
	client.names = tracker.onAsterisk
	return &Exchange{
		opts:      o,
		log:       o.Log.With(zap.String("exchange", o.Name)),
		client:    client,
		dialer:    newDialer(&o),
		inbox:     newInbox(),
		scheduler: newScheduler(),
		tracker:   tracker,
		resync:    newResync(),
		lasting:   lastingAfter,
		endpoints: slices.Clone(o.Endpoints),
	}
}

// Name is the systemname of the Asterisk.
func (e *Exchange) Name() string { return e.opts.Name }

// Connected reports whether events flow.
func (e *Exchange) Connected() bool { return e.connected.Load() }

// ChannelName is what Asterisk calls a channel of ours, such as PJSIP/1012-0000001f; "" if it is gone.
func (e *Exchange) ChannelName(id string) string { return e.tracker.nameOf(id) }

// Watch replaces the phones that are watched, after a reload of the config.
// A [queue.Synced] with their state follows.
func (e *Exchange) Watch(endpoints []string) {
	e.mu.Lock()
	e.endpoints = slices.Clone(endpoints)
	e.mu.Unlock()
	e.resync.ask()
}

// Run attaches to Asterisk and stays attached, through faults, until ctx
// ends; then it returns nil, after the actions under way. Sink gets the
// events in order from one goroutine. The only error is [ErrReplaced].
func (e *Exchange) Run(ctx context.Context, sink func(received time.Time, ev queue.Event)) error {
	defer e.scheduler.wait()
	defer e.client.Close()
	tries := newRetry(e.log.With(zap.String("url", e.opts.URL)))
	for gen := 1; ; gen++ {
		s := &session{Exchange: e, gen: gen, tries: tries, sink: sink}
		err := s.run(ctx)
		switch {
		case errors.Is(err, ErrReplaced): // also if ctx ends just then
			err = fmt.Errorf("%w %q at %s: check that only one daemon uses that name", err, e.opts.App, e.opts.URL)
			e.log.Error("detached from Asterisk", zap.Error(err))
			return err
		case ctx.Err() != nil:
			return nil
		}
		select {
		case <-time.After(tries.pause(err, s.synced)):
		case <-ctx.Done():
			return nil
		}
	}
}

// setConnected keeps what [Exchange.Connected] and the metric say.
func (e *Exchange) setConnected(yes bool) {
	if e.connected.Swap(yes) != yes && e.opts.Metrics.Connected != nil {
		e.opts.Metrics.Connected(yes)
	}
}
