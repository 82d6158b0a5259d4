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
var kinds = []kind{
	kindOf(func(s *queue.Snapshot) *[]*queue.Agent { return &s.Agents }),
	kindOf(func(s *queue.Snapshot) *[]*queue.Call { return &s.Calls }),
	callbacks(),
	kindOf(func(s *queue.Snapshot) *[]*queue.Line { return &s.Lines }),
	expiring(kindOf(func(s *queue.Snapshot) *[]*queue.Caller { return &s.Callers }),
		func(e queue.Entity) time.Time { return e.(*queue.Caller).Until }),
	timesheets(),
}

func kindOf[T any, P interface {
	*T
	queue.Entity
}](list func(*queue.Snapshot) *[]P) kind {
	return kind{
		name: P(new(T)).Kind(),
		new:  func() queue.Entity { return P(new(T)) },
		put: func(s *queue.Snapshot, e queue.Entity) {
			l := list(s)
			*l = append(*l, e.(P))
		},
		all: func(s *queue.Snapshot) []queue.Entity {
			l := *list(s)
			all := make([]queue.Entity, len(l))
			for i, e := range l {
				all[i] = e
			}
			return all
		},
	}
}

// callbacks that are over stay in Redis as history until they expire. They are
// no part of a snapshot.
func callbacks() kind {
	k := kindOf(func(s *queue.Snapshot) *[]*queue.Callback { return &s.Callbacks })
	k.put = func(s *queue.Snapshot, e queue.Entity) {
		if cb := e.(*queue.Callback); cb.Outcome == "" {
			s.Callbacks = append(s.Callbacks, cb)
		}
	}
	k.history = true
	return expiring(k, func(e queue.Entity) time.Time { return e.(*queue.Callback).Until })
}

// timesheets of days that are over stay until they expire; the last one of each
// agent is part of a snapshot.
func timesheets() kind {
	k := kindOf(func(s *queue.Snapshot) *[]*queue.Timesheet { return &s.Timesheets })
	k.put = func(s *queue.Snapshot, e queue.Entity) {
		if t := e.(*queue.Timesheet); t.Until.IsZero() {
			s.Timesheets = append(s.Timesheets, t)
		}
	}
	k.history = true
	return expiring(k, func(e queue.Entity) time.Time { return e.(*queue.Timesheet).Until })
}

func expiring(k kind, at func(queue.Entity) time.Time) kind {
	k.expiry = at
	return k
}

func kindNamed(name string) (*kind, error) {
	for i := range kinds {
		if kinds[i].name == name {
			return &kinds[i], nil
		}
	}
	return nil, fmt.Errorf("no kind of entity is named %q", name)
}
