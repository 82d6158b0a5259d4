// Package sorted is an ordered set that also knows ranks. All operations take
// logarithmic time, which is what keeps a step of the rules fast with 10,000
// callers in line.
package sorted

import "iter"

// Set holds items in the order of a comparison. The zero value is not usable;
// see [New]. An item must not change its order while it is in the set.
type Set[T any] struct {
	compare func(a, b T) int
	root    *node[T]
	// seed gives each node its priority. It is fixed, so equal histories build equal trees.
	seed uint64
}

// node of a treap: ordered by item from left to right, by priority from top to bottom.
type node[T any] struct {
	item        T
	priority    uint64
	size        int
	left, right *node[T]
}

// New makes an empty set. Items for which compare gives 0 are the same item.
func New[T any](compare func(a, b T) int) *Set[T] {
	return &Set[T]{compare: compare, seed: 0x9e3779b97f4a7c15}
}

// Len is the number of items.
func (s *Set[T]) Len() int { return s.root.len() }

// Insert adds an item and reports whether it was new.
func (s *Set[T]) Insert(item T) bool {
	if s.Has(item) {
		return false
	}
	s.seed ^= s.seed << 13
	s.seed ^= s.seed >> 7
	s.seed ^= s.seed << 17
	s.root = s.insert(s.root, &node[T]{item: item, priority: s.seed, size: 1})
	return true
}

func (s *Set[T]) insert(at, n *node[T]) *node[T] {
	if at == nil {
		return n
	}
	if n.priority > at.priority {
		n.left, n.right = s.split(at, n.item)
		return n.update()
	}
	if s.compare(n.item, at.item) < 0 {
		at.left = s.insert(at.left, n)
	} else {
		at.right = s.insert(at.right, n)
	}
	return at.update()
}

// split parts a tree into the items before and after one that is not in it.
func (s *Set[T]) split(at *node[T], item T) (before, after *node[T]) {
	if at == nil {
		return nil, nil
	}
	if s.compare(at.item, item) < 0 {
		at.right, after = s.split(at.right, item)
		return at.update(), after
	}
	before, at.left = s.split(at.left, item)
	return before, at.update()
}

// Delete takes an item out and reports whether it was in.
func (s *Set[T]) Delete(item T) bool {
	if !s.Has(item) {
		return false
	}
	s.root = s.remove(s.root, item)
	return true
}

func (s *Set[T]) remove(at *node[T], item T) *node[T] {
	switch c := s.compare(item, at.item); {
	case c < 0:
		at.left = s.remove(at.left, item)
	case c > 0:
		at.right = s.remove(at.right, item)
	default:
		return join(at.left, at.right)
	}
	return at.update()
}

// join makes one tree of two, all items of a before those of b.
func join[T any](a, b *node[T]) *node[T] {
	switch {
	case a == nil:
		return b
	case b == nil:
		return a
	case a.priority > b.priority:
		a.right = join(a.right, b)
		return a.update()
	default:
		b.left = join(a, b.left)
		return b.update()
	}
}

// Has reports whether the item is in the set.
func (s *Set[T]) Has(item T) bool {
	for at := s.root; at != nil; {
		switch c := s.compare(item, at.item); {
		case c < 0:
			at = at.left
		case c > 0:
			at = at.right
		default:
			return true
		}
	}
	return false
}

// Rank is the number of items before this one, in the set or not.
func (s *Set[T]) Rank(item T) int {
	rank := 0
	for at := s.root; at != nil; {
		if s.compare(item, at.item) <= 0 {
			at = at.left
		} else {
			rank += at.left.len() + 1
			at = at.right
		}
	}
	return rank
}

// Min is the first item; ok is false when the set is empty.
func (s *Set[T]) Min() (item T, ok bool) {
	if s.root == nil {
		return item, false
	}
	at := s.root
	for at.left != nil {
		at = at.left
	}
	return at.item, true
}

// Ceil is the first item that is not before this one; ok is false when there is none.
func (s *Set[T]) Ceil(item T) (ceil T, ok bool) {
	for at := s.root; at != nil; {
		if s.compare(at.item, item) < 0 {
			at = at.right
		} else {
			ceil, ok = at.item, true
			at = at.left
		}
	}
	return ceil, ok
}

// At is the item of a rank from 0; ok is false when there are not so many.
func (s *Set[T]) At(rank int) (item T, ok bool) {
	for at := s.root; at != nil; {
		switch left := at.left.len(); {
		case rank < left:
			at = at.left
		case rank > left:
			rank -= left + 1
			at = at.right
		default:
			return at.item, true
		}
	}
	return item, false
}

// All yields the items in order. The set must not change meanwhile.
func (s *Set[T]) All() iter.Seq[T] {
	return func(yield func(T) bool) { s.root.walk(yield) }
}

func (n *node[T]) walk(yield func(T) bool) bool {
	return n == nil || n.left.walk(yield) && yield(n.item) && n.right.walk(yield)
}

func (n *node[T]) len() int {
	if n == nil {
		return 0
	}
	return n.size
}

func (n *node[T]) update() *node[T] {
	n.size = n.left.len() + n.right.len() + 1
	return n
}
