package queue

import "strings"

// byDID are the queues by the numbers that are called.
func (r *Rules) byDID() map[string]*QueueRules {
	all := map[string]*QueueRules{}
	for _, q := range r.Queues {
		for _, did := range q.DID {
			all[did] = q
		}
	}
	return all
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
