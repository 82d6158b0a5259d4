package queue

import "testing"

// An extension that is written like the number of a queue's line is rung as an extension.
func TestExtensionGoesFirst(t *testing.T) {
	const keyed = "0312900802"
	r := &Rules{Queues: map[string]*QueueRules{"repair": {Name: "repair", DID: []string{"+996312900802"}}}}
	r.Trunk.Normalize = func(string) string { return "+996312900802" }
	s := &State{rules: r, queueByDID: r.byDID()}
	if q := s.queueMeant(keyed); q == nil {
		t.Error("the number of a line means no queue")
	}
	r.Transfer.Extension = func(to string) bool { return to == keyed }
	if q := s.queueMeant(keyed); q != nil {
		t.Errorf("the extension means the queue %s", q.Name)
	}
}
