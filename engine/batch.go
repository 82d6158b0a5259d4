package engine

import (
	"slices"

	"kezek/queue"
)

// batch gathers what several steps changed, each entity once.
type batch struct {
	changed, gone []queue.Entity
	journal       []queue.Entry
	seen          map[queue.Entity]bool
}

func (b *batch) add(fx queue.Effects) {
	if b.seen == nil {
		b.seen = map[queue.Entity]bool{}
	}
	for _, e := range fx.Changed {
		if !b.seen[e] {
			b.seen[e] = true
			b.changed = append(b.changed, e)
		}
	}
	for _, e := range fx.Gone {
		if b.seen[e] {
			b.changed = slices.DeleteFunc(b.changed, func(c queue.Entity) bool { return c == e })
		}
		b.gone = append(b.gone, e)
	}
	b.journal = append(b.journal, fx.Journal...)
}

func (b *batch) empty() bool {
	return len(b.changed) == 0 && len(b.gone) == 0 && len(b.journal) == 0
}
