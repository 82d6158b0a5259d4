package queuetest

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"kezek/queue"
)

// kept is what the store has of the entities: what a daemon that takes over now would know.
type kept map[string][]byte

func keptAs(e queue.Entity) string { return e.Kind() + " " + e.Key() }

// save stores what a step has changed, as the store would.
func (k kept) save(fx queue.Effects) error {
	for _, e := range fx.Changed {
		data, err := json.Marshal(e)
		if err != nil {
			return err
		}
		k[keptAs(e)] = data
	}
	for _, e := range fx.Gone {
		delete(k, keptAs(e))
	}
	return nil
}

// lacks are the entities that were changed and not handed over to be saved, or not taken out of the store.
func (k kept) lacks(s *queue.State) (wrong []string) {
	snapshot := s.Snapshot()
	var all []queue.Entity
	all = appendAll(all, snapshot.Agents)
	all = appendAll(all, snapshot.Calls)
	all = appendAll(all, snapshot.Callers)
	all = appendAll(all, snapshot.Lines)
	all = appendAll(all, snapshot.Callbacks)
	all = appendAll(all, snapshot.Timesheets)
	live := map[string]bool{}
	for _, e := range all {
		live[keptAs(e)] = true
		if data, err := json.Marshal(e); err != nil || !bytes.Equal(data, k[keptAs(e)]) {
			wrong = append(wrong, keptAs(e)+" is not saved: "+string(data)+"\nbut is: "+string(k[keptAs(e)]))
		}
	}
	for name := range k {
		if kind, _, _ := strings.Cut(name, " "); !live[name] && (kind == "call" || kind == "agent") {
			wrong = append(wrong, name+" is over, and still saved")
		}
	}
	slices.Sort(wrong)
	return wrong
}

func appendAll[T queue.Entity](all []queue.Entity, some []T) []queue.Entity {
	for _, e := range some {
		all = append(all, e)
	}
	return all
}
