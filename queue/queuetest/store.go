package queuetest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
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
	for _, list := range reflect.ValueOf(all).Elem().Fields() {
		kind := reflect.New(list.Type().Elem().Elem()).Interface().(queue.Entity).Kind()
		for _, key := range slices.Sorted(maps.Keys(s[kind])) {
			e := reflect.New(list.Type().Elem().Elem())
			if err := json.Unmarshal(s[kind][key], e.Interface()); err != nil {
				return nil, fmt.Errorf("load %s %s: %w", kind, key, err)
			}
			list.Set(reflect.Append(list, e))
		}
	}
	all.Callbacks = slices.DeleteFunc(all.Callbacks, func(cb *queue.Callback) bool { return cb.Outcome != "" })
	return all, nil
}

// CallbackOver is one that is over; nil if there is none of that id.
func (s Store) CallbackOver(id string) *queue.Callback {
	var cb queue.Callback
	if err := json.Unmarshal(s["callback"][id], &cb); err != nil || cb.Outcome == "" {
		return nil
	}
	return &cb
}

// lacks are the entities that were changed and not handed over to be saved, or not taken out of the store.
func (s Store) lacks(state *queue.State) error {
	var wrong []error
	live := map[string]int{}
	for _, e := range entities(state.Snapshot()) {
		live[e.Kind()]++
		if data, err := json.Marshal(e); err != nil || !bytes.Equal(data, s[e.Kind()][e.Key()]) {
			wrong = append(wrong, fmt.Errorf("%s %s is not saved: %s\nbut is: %s", e.Kind(), e.Key(), data, s[e.Kind()][e.Key()]))
		}
	}
	for _, kind := range []string{"call", "agent"} {
		if saved := len(s[kind]); saved > live[kind] {
			wrong = append(wrong, fmt.Errorf("of kind %s %d live, and %d are saved", kind, live[kind], saved))
		}
	}
	return errors.Join(wrong...)
}

// entities are all of a state.
func entities(s *queue.Snapshot) (all []queue.Entity) {
	for _, list := range reflect.ValueOf(s).Elem().Fields() {
		for i := range list.Len() {
			all = append(all, list.Index(i).Interface().(queue.Entity))
		}
	}
	return all
}
