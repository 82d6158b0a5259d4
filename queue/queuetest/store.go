package queuetest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"kezek/queue"
)

// Store is the model of the store: the entities as they were saved, as JSON by kind
// and key. What it loads is what a daemon that takes over would know.
type Store map[string]map[string][]byte

// Save stores what has changed, and holds that it would be taken back.
func (s Store) Save(now time.Time, changed, gone []queue.Entity) error {
	for _, e := range changed {
		if err := e.(queue.Stored).Validate(now); err != nil {
			return fmt.Errorf("save %s %s, which would not be taken back: %w", e.Kind(), e.Key(), err)
		}
		data, err := json.Marshal(e)
		if err != nil {
			return fmt.Errorf("save %s %s: %w", e.Kind(), e.Key(), err)
		}
		if s[e.Kind()] == nil {
			s[e.Kind()] = map[string][]byte{}
		}
		s[e.Kind()][e.Key()] = data
	}
	for _, e := range gone {
		delete(s[e.Kind()], e.Key())
	}
	return nil
}

// Replace stores a whole state anew. Callbacks that are over are history, and stay.
func (s Store) Replace(now time.Time, all *queue.Snapshot) error {
	for kind := range s {
		maps.DeleteFunc(s[kind], func(id string, _ []byte) bool { return s.CallbackOver(id) == nil })
	}
	return s.Save(now, entities(all), nil)
}

// Load reads what was saved.
func (s Store) Load() (*queue.Snapshot, error) {
	all := &queue.Snapshot{}
	err := errors.Join(
		loadAll(s["agent"], &all.Agents), loadAll(s["call"], &all.Calls), loadAll(s["caller"], &all.Callers),
		loadAll(s["queue"], &all.Lines), loadAll(s["timesheet"], &all.Timesheets), loadAll(s["callback"], &all.Callbacks),
	)
	all.Callbacks = slices.DeleteFunc(all.Callbacks, func(cb *queue.Callback) bool { return cb.Outcome != "" })
	return all, err
}

// CallbackOver is one that is over; nil if there is none of that id.
func (s Store) CallbackOver(id string) *queue.Callback {
	var cb queue.Callback
	if err := json.Unmarshal(s["callback"][id], &cb); err != nil || cb.Outcome == "" {
		return nil
	}
	return &cb
}

func loadAll[T any](saved map[string][]byte, all *[]*T) error {
	for _, key := range slices.Sorted(maps.Keys(saved)) {
		entity := new(T)
		if err := json.Unmarshal(saved[key], entity); err != nil {
			return fmt.Errorf("load %s: %w", key, err)
		}
		*all = append(*all, entity)
	}
	return nil
}

// lacks are the entities that were changed and not handed over to be saved, or not taken out of the store.
func (s Store) lacks(state *queue.State) (wrong []string) {
	live := map[string]int{}
	for _, e := range entities(state.Snapshot()) {
		live[e.Kind()]++
		if data, err := json.Marshal(e); err != nil || !bytes.Equal(data, s[e.Kind()][e.Key()]) {
			wrong = append(wrong, fmt.Sprintf("%s %s is not saved: %s\nbut is: %s", e.Kind(), e.Key(), data, s[e.Kind()][e.Key()]))
		}
	}
	for _, kind := range []string{"call", "agent"} {
		if saved := len(s[kind]); saved > live[kind] {
			wrong = append(wrong, fmt.Sprintf("of kind %s %d live, and %d are saved", kind, live[kind], saved))
		}
	}
	slices.Sort(wrong)
	return wrong
}

// entities are all of a state.
func entities(s *queue.Snapshot) (all []queue.Entity) {
	all = appendAll(all, s.Agents)
	all = appendAll(all, s.Calls)
	all = appendAll(all, s.Callers)
	all = appendAll(all, s.Lines)
	all = appendAll(all, s.Callbacks)
	return appendAll(all, s.Timesheets)
}

func appendAll[T queue.Entity](all []queue.Entity, some []T) []queue.Entity {
	for _, e := range some {
		all = append(all, e)
	}
	return all
}
