// Package state keeps a site's live state in Redis: readable hashes, a stream
// of what happened, and the ownership that lets one daemon at a time write.
//
// Every write carries the owner's fence and the number of the write before
// it, and Redis refuses it when either is not the one it has. So a former
// owner cannot write, and a Redis that was emptied, went back to an older
// copy, or did or did not get a write whose answer was lost is noticed at the
// next one. The cure is always the same: [Store.Replace].
//
// docs/redis.md describes the keys for other programs.
package state

import (
	"cmp"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net/url"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
	"go.uber.org/zap"

	"kezek/queue"
	"kezek/queue/journal"
)

// How long a request may take, and how often something is looked at that must change.
const (
	requestTimeout = 500 * time.Millisecond
	readTimeout    = 5 * time.Second        // reading thousands of entities at once
	probeEvery     = 250 * time.Millisecond // a Redis that is away, or another owner
)

const (
	longestLease = time.Minute
	// farthest is how long a lease may have left by Redis's clock, which may have
	// been set back meanwhile. One that claims more is not believed.
	farthest = 3 * longestLease
)

// Errors of a [Store]. Others say that Redis does not answer, and why.
var (
	// ErrLost says that another daemon owns the site now.
	ErrLost = errors.New("another daemon owns the site")
	// ErrNotOwner says that the site was not acquired, or was released.
	ErrNotOwner = errors.New("the site is not owned")
	// ErrBehind says that Redis does not have all that was given to be saved,
	// or no longer; it will after a [Store.Replace].
	ErrBehind = errors.New("redis is behind, the whole state must be written again")
)

// Options of a [Store].
type Options struct {
	// Site names the keys: letters, digits and _ . -
	Site string
	// URL is redis://[user:password@]host:port/db, rediss:// for TLS, or unix:///path?db=0.
	URL string
	// Username and Password stand above those in URL.
	Username, Password string
	// CAs are the authorities that may have signed the certificate of Redis; nil: the system's.
	CAs *x509.CertPool
	// Instance names this installation of the daemon and stays the same over
	// restarts: a restarted daemon takes its own lease over at once, another
	// instance waits for its end. Default: the host's name.
	Instance string
	// Lease is how long after its last sign of life an owner may be replaced
	// by another instance. Default: 5 s, at most one minute.
	Lease time.Duration
	// Events is how long the stream keeps what happened.
	Events Keep
	// Mark is a local file in which this machine remembers what Redis had, to notice one that
	// comes up empty or with an older copy. Empty: it does not.
	Mark string
	Log  *zap.Logger
}

// Keep bounds the stream of events, by time and by number; Redis keeps a few more.
type Keep struct {
	// Keep is how long a reader may be away without a loss, unless there are more than Most.
	Keep time.Duration
	Most int
}

// DefaultKeep is what a site needs whose readers are mended on the second day. Two million entries are those of
// about 150,000 calls, and about 600 MB.
var DefaultKeep = Keep{Keep: 48 * time.Hour, Most: 2_000_000}

// Store keeps the state of one site in Redis.
type Store struct {
	opts Options
	keys keys
	rdb  *redis.Client
	log  *zap.Logger
	// probe is probeEvery; tests hurry. now is the clock; tests set it wrong.
	probe time.Duration
	now   func() time.Time

	health health
	// whole: Redis has all that was given to be saved. Only then are changes
	// of a part accepted.
	whole atomic.Bool
	// moved counts what was moved aside.
	moved atomic.Int64
	poke  chan struct{} // asks the keeper of the lease to look again soon

	// lost is why Redis seems to lack what the site had; see mark.
	lost     atomic.Pointer[string]
	used     atomic.Bool  // the site has, or had, some state
	written  atomic.Int64 // seq, for those that do not hold mu
	unmarked atomic.Bool  // that the mark cannot be written was said
	// told is the newest time that Redis and the mark told, in Unix ms; stamped that of the newest
	// event's id, which never goes back.
	told, stamped atomic.Int64
	ahead         atomic.Int64 // of Redis's clock, as a Duration
	wrongClock    atomic.Bool  // that a clock is wrong was said

	// mu makes writes one after another, and guards what follows.
	mu    sync.Mutex
	lease *lease // nil: never acquired, or released
	// seq is the number of the last write that Redis has, tried the greatest
	// that was sent.
	seq, tried int64
	// doubtful is the journal in the write numbered doubt, whose answer was
	// lost. If it proves to be stored it is moved to stored, for it will be given again.
	doubtful, stored []queue.Entry
	storedAt         []journal.Position // the places of stored
	forgotten        int                // entries that no Save will bring, since the last one; lostBefore are those of them that are not stored
	lostBefore       int
	doubt            int64
}

// New returns a store that is not yet connected: Redis may come later. An
// error is about the options.
func New(opts Options) (*Store, error) {
	ro, err := redis.ParseURL(opts.URL)
	if err != nil {
		// The URL itself is not repeated: it may hold a password.
		if ue := new(url.Error); errors.As(err, &ue) {
			err = ue.Err
		}
		return nil, fmt.Errorf("redis url: %w; expected redis://host:port/db, rediss://… or unix:///path", err)
	}
	return open(opts, ro)
}

func open(opts Options, ro *redis.Options) (*Store, error) {
	keys, err := keysOf(opts.Site)
	if err != nil {
		return nil, err
	}
	if opts.Instance == "" {
		if opts.Instance, err = os.Hostname(); err != nil {
			return nil, fmt.Errorf("name of this host: %w", err)
		}
	}
	if opts.Lease == 0 {
		opts.Lease = 5 * time.Second
	}
	if opts.Lease < 0 || opts.Lease > longestLease {
		return nil, fmt.Errorf("lease %v: allowed are up to %v", opts.Lease, longestLease)
	}
	opts.Events = Keep{cmp.Or(opts.Events.Keep, DefaultKeep.Keep), cmp.Or(opts.Events.Most, DefaultKeep.Most)}
	if opts.Log == nil {
		opts.Log = zap.NewNop()
	}
	ro.Username = cmp.Or(opts.Username, ro.Username)
	ro.Password = cmp.Or(opts.Password, ro.Password)
	if ro.TLSConfig != nil {
		ro.TLSConfig.RootCAs = opts.CAs
	}
	ro.ClientName = "kezek-" + opts.Site
	ro.DisableIdentity = true
	ro.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	// A write is never repeated by the client: Redis may already have done it.
	ro.MaxRetries = -1
	ro.DialerRetries = 1
	ro.DialTimeout = requestTimeout
	ro.ReadTimeout, ro.WriteTimeout = readTimeout, readTimeout
	ro.ContextTimeoutEnabled = true
	ro.PipelinePoolSize = -1
	// The library has no other place for it. Every failure is reported by the
	// store itself, once; the library would repeat it at each try.
	redis.SetLogger(silent{})

	return &Store{
		opts: opts, keys: keys, rdb: redis.NewClient(ro), log: opts.Log.Named("redis"),
		probe: probeEvery, now: time.Now, poke: make(chan struct{}, 1),
	}, nil
}

type silent struct{}

func (silent) Printf(context.Context, string, ...any) {}

// Whole reports whether Redis has everything that was given to be saved.
func (s *Store) Whole() bool { return s.whole.Load() }

// Close ends the connections. It does not give up the site: see [Store.Release].
func (s *Store) Close() error {
	s.letGo()
	return s.rdb.Close()
}

// letGo ends the ownership here, and tells Redis nothing.
func (s *Store) letGo() {
	s.mu.Lock()
	l := s.lease
	s.lease = nil
	s.whole.Store(false)
	s.mu.Unlock()
	if l != nil {
		l.end()
	}
}
