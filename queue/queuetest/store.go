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

// store has the entities as they were saved, as JSON by kind and key: what a daemon that takes over would know.
type store map[string]map[string][]byte

// save stores what a step has changed, and holds that it would be taken back.
func (k store) save(now time.Time, fx queue.Effects) error {
	for _, e := range fx.Changed {
		if err := e.(queue.Stored).Validate(now); err != nil {
			return fmt.Errorf("save %s %s, which would not be taken back: %w", e.Kind(), e.Key(), err)
		}
		data, err := json.Marshal(e)
		if err != nil {
			return fmt.Errorf("save %s %s: %w", e.Kind(), e.Key(), err)
		}
		if k[e.Kind()] == nil {
			k[e.Kind()] = map[string][]byte{}
		}
		k[e.Kind()][e.Key()] = data
	}
	for _, e := range fx.Gone {
		delete(k[e.Kind()], e.Key())
	}
	return nil
}

// load reads what was saved.
func (k store) load() (*queue.Snapshot, error) {
	s := &queue.Snapshot{}
	err := errors.Join(
		loadAll(k["agent"], &s.Agents), loadAll(k["call"], &s.Calls), loadAll(k["caller"], &s.Callers),
		loadAll(k["queue"], &s.Lines), loadAll(k["timesheet"], &s.Timesheets), loadAll(k["callback"], &s.Callbacks),
	)
	s.Callbacks = slices.DeleteFunc(s.Callbacks, func(cb *queue.Callback) bool { return cb.Outcome != "" })
	return s, err
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
func (k store) lacks(s *queue.State) (wrong []string) {
	snapshot := s.Snapshot()
	var all []queue.Entity
	all = appendAll(all, snapshot.Agents)
	all = appendAll(all, snapshot.Calls)
	all = appendAll(all, snapshot.Callers)
	all = appendAll(all, snapshot.Lines)
	all = appendAll(all, snapshot.Callbacks)
	all = appendAll(all, snapshot.Timesheets)
	live := map[string]int{}
	for _, e := range all {
		live[e.Kind()]++
		if data, err := json.Marshal(e); err != nil || !bytes.Equal(data, k[e.Kind()][e.Key()]) {
			wrong = append(wrong, fmt.Sprintf("%s %s is not saved: %s\nbut is: %s", e.Kind(), e.Key(), data, k[e.Kind()][e.Key()]))
		}
	}
	for _, kind := range []string{"call", "agent"} {
		if saved := len(k[kind]); saved > live[kind] {
			wrong = append(wrong, fmt.Sprintf("of kind %s %d live, and %d are saved", kind, live[kind], saved))
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
