// Package sorted is an ordered set that also knows ranks. It keeps its items in
// pages, one after the other in memory: a step of the rules stays fast with
// 10,000 callers in line, and the garbage collector has little to look at.
package sorted

import (
	"iter"
	"slices"
)

// Set holds items in the order of a comparison. The zero value is not usable;
// see [New]. An item must not change its order while it is in the set.
type Set[T any] struct {
	compare func(a, b T) int
	pages   [][]T // in order, none of them empty
	len     int
}

// A page has at most so many items; two neighbours have more than a quarter of it together.
const pageSize = 128

// New makes an empty set. Items for which compare gives 0 are the same item.
func New[T any](compare func(a, b T) int) *Set[T] { return &Set[T]{compare: compare} }

// Len is the number of items.
func (s *Set[T]) Len() int { return s.len }

// find is where an item is or belongs: in the first page that does not end before it, or
// at the end of the last.
func (s *Set[T]) find(item T) (page, at int, found bool) {
	if s.len == 0 {
		return 0, 0, false
	}
	page, _ = slices.BinarySearchFunc(s.pages[:len(s.pages)-1], item, func(p []T, item T) int { return s.compare(p[len(p)-1], item) })
	at, found = slices.BinarySearchFunc(s.pages[page], item, s.compare)
	return page, at, found
}

// Insert adds an item and reports whether it was new.
func (s *Set[T]) Insert(item T) bool {
	page, at, found := s.find(item)
	if found {
		return false
	}
	if s.len == 0 {
		s.pages = append(s.pages, nil)
	}
	p := slices.Insert(s.pages[page], at, item)
	if len(p) > pageSize {
		half := len(p) / 2
		s.pages = slices.Insert(s.pages, page+1, append(make([]T, 0, pageSize+1), p[half:]...))
		clear(p[half:])
		p = p[:half]
	}
	s.pages[page] = p
	s.len++
	return true
}

// Delete takes an item out and reports whether it was in.
func (s *Set[T]) Delete(item T) bool {
	page, at, found := s.find(item)
	if !found {
		return false
	}
	s.pages[page] = slices.Delete(s.pages[page], at, at+1)
	s.len--
	if len(s.pages[page]) == 0 {
		s.pages = slices.Delete(s.pages, page, page+1)
		return true
	}
	s.join(page)
	s.join(page - 1)
	return true
}

// Move takes an item out of a set and puts one into a set, the same or another; the zero value is none.
func Move[T comparable](from, to *Set[T], was, is T) {
	var none T
	if from == to && was == is {
		return
	}
	if was != none {
		from.Delete(was)
	}
	if is != none {
		to.Insert(is)
	}
}

// join makes one page of two neighbours that have few items left.
func (s *Set[T]) join(page int) {
	if page >= 0 && page+1 < len(s.pages) && len(s.pages[page])+len(s.pages[page+1]) <= pageSize/4 {
		s.pages[page] = append(s.pages[page], s.pages[page+1]...)
		s.pages = slices.Delete(s.pages, page+1, page+2)
	}
}

// Has reports whether the item is in the set.
func (s *Set[T]) Has(item T) bool {
	_, _, found := s.find(item)
	return found
}

// Rank is the number of items before this one, in the set or not.
func (s *Set[T]) Rank(item T) int {
	page, rank, _ := s.find(item)
	for i := range page {
		rank += len(s.pages[i])
	}
	return rank
}

// Min is the first item; ok is false when the set is empty.
func (s *Set[T]) Min() (item T, ok bool) { return s.At(0) }

// At is the item of a rank from 0; ok is false when there are not so many.
func (s *Set[T]) At(rank int) (item T, ok bool) {
	for _, p := range s.pages {
		if rank < len(p) {
			return p[rank], true
		}
		rank -= len(p)
	}
	return item, false
}

// All yields the items in order. The set must not change meanwhile.
func (s *Set[T]) All() iter.Seq[T] { return s.from(0, 0) }

// From yields the items that are not before this one, in order. The set must not change meanwhile.
func (s *Set[T]) From(item T) iter.Seq[T] {
	page, at, _ := s.find(item)
	return s.from(page, at)
}

func (s *Set[T]) from(page, at int) iter.Seq[T] {
	return func(yield func(T) bool) {
		at := at
		for i := page; i < len(s.pages); i++ {
			for _, item := range s.pages[i][at:] {
				if !yield(item) {
					return
				}
			}
			at = 0 // of the next page
		}
	}
}
