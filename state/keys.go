package state

import (
	"fmt"
	"net/url"
	"regexp"
	"time"

	"kezek/queue"
)

// keys builds the names of one site's keys. The braces make them one slot of
// a Redis cluster. Ids come from outside and are escaped as in a URL path, so
// none can pass for another key.
type keys struct{ prefix string }

var siteName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$`)

func keysOf(site string) (keys, error) {
	if !siteName.MatchString(site) {
		return keys{}, fmt.Errorf("site %q: allowed are 1 to 63 letters, digits and _ . - with a letter or digit first", site)
	}
	return keys{"kezek:{" + site + "}:"}, nil
}

func (k keys) owner() string  { return k.prefix + "owner" }
func (k keys) events() string { return k.prefix + "events" }

// readers has the place in events up to which each reader was.
func (k keys) readers() string { return k.prefix + "readers" }

// erased are the ids of events that were erased, scored with their numbers.
func (k keys) erased() string { return k.prefix + "erased" }

// broken lists what was moved aside, with the reasons.
func (k keys) broken() string { return k.prefix + "broken" }

// aside is where a thing stands that broken lists under this name.
func (k keys) aside(name string) string { return k.broken() + ":" + name }

// index is the sorted set of a kind's members, scored with their expiry.
func (k keys) index(kind string) string { return k.prefix + kind + "s" }

// entity is the hash of one entity; member is its escaped id, as the index has it.
func (k keys) entity(kind, member string) string { return k.prefix + kind + ":" + member }

func member(id string) string { return url.PathEscape(id) }

// kind is how one sort of entity is kept.
type kind struct {
	name string
	new  func() queue.Entity
	// put adds an entity to a snapshot; all lists those in it.
	put func(*queue.Snapshot, queue.Entity)
	all func(*queue.Snapshot) []queue.Entity
	// expiry is when Redis may delete the entity; nil or zero is never. An
	// entity of such a kind changes only together with its expiry.
	expiry func(queue.Entity) time.Time
	// history: what has an expiry is no part of a snapshot and stays until then.
	history bool
}

// kinds are all that a [queue.Snapshot] holds.
var kinds = []*kind{
	kindOf(func(s *queue.Snapshot) *[]*queue.Agent { return &s.Agents }, nil, nil),
	kindOf(func(s *queue.Snapshot) *[]*queue.Call { return &s.Calls }, nil, nil),
	callbackKind,
	kindOf(func(s *queue.Snapshot) *[]*queue.Line { return &s.Lines }, nil, nil),
	kindOf(func(s *queue.Snapshot) *[]*queue.Caller { return &s.Callers }, func(c *queue.Caller) time.Time { return c.Until }, nil),
	timesheetKind,
}

var (
	callbackKind = kindOf(func(s *queue.Snapshot) *[]*queue.Callback { return &s.Callbacks },
		func(cb *queue.Callback) time.Time { return cb.Until }, func(cb *queue.Callback) bool { return cb.Outcome != "" })
	// The last timesheet of each agent is not over.
	timesheetKind = kindOf(func(s *queue.Snapshot) *[]*queue.Timesheet { return &s.Timesheets },
		func(t *queue.Timesheet) time.Time { return t.Until }, func(t *queue.Timesheet) bool { return !t.Until.IsZero() })
)

// kindOf makes a kind of what a list of a snapshot holds. Until is the expiry, nil if it has none. Over tells which
// are history: they stay in Redis until then and are no part of a snapshot; nil if none are.
func kindOf[T any, P interface {
	*T
	queue.Entity
}](list func(*queue.Snapshot) *[]P, until func(P) time.Time, over func(P) bool) *kind {
	k := &kind{
		name: P(new(T)).Kind(),
		new:  func() queue.Entity { return P(new(T)) },
		put: func(s *queue.Snapshot, e queue.Entity) {
			if e := e.(P); over == nil || !over(e) {
				l := list(s)
				*l = append(*l, e)
			}
		},
		all: func(s *queue.Snapshot) []queue.Entity {
			l := *list(s)
			all := make([]queue.Entity, len(l))
			for i, e := range l {
				all[i] = e
			}
			return all
		},
		history: over != nil,
	}
	if until != nil {
		k.expiry = func(e queue.Entity) time.Time { return until(e.(P)) }
	}
	return k
}

func kindNamed(name string) (*kind, error) {
	for _, k := range kinds {
		if k.name == name {
			return k, nil
		}
	}
	return nil, fmt.Errorf("no kind of entity is named %q", name)
}
