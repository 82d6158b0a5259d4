package queue

import "strings"

// byDID are the queues by the numbers that are called. The number that the site shows means its queue, if it has only one.
func (r *Rules) byDID() map[string]*QueueRules {
	all := map[string]*QueueRules{}
	for _, q := range r.Queues {
		for _, did := range q.DID {
			all[did] = q
		}
		if shown := r.Trunk.CallerID; shown != "" && len(r.Queues) == 1 {
			all[shown] = q
		}
	}
	return all
}

// leastExtension is how many digits an extension that callers key has at least.
const leastExtension = 2

// lengths are the fewest and the most digits of the extensions that callers can key; 0 if there are none.
type lengths struct{ least, most int }

// keyable are the lengths of the agents' numbers.
func (r *Rules) keyable() (l lengths) {
	for id := range r.Agents {
		if n := len(id); n >= leastExtension && strings.Trim(id, "0123456789") == "" {
			if l.least == 0 || n < l.least {
				l.least = n
			}
			l.most = max(l.most, n)
		}
	}
	return l
}

// extensions are the agents' numbers and the names of their phones.
func (r *Rules) extensions() map[string]bool {
	all := map[string]bool{}
	for id, a := range r.Agents {
		_, name, _ := strings.Cut(a.Endpoint, "/")
		all[id], all[name] = true, true
	}
	return all
}
