package sorted

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// The set against a sorted slice, for any sequence of operations.
func TestAgainstSlice(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		set := New(cmp.Compare[int])
		var want []int
		// Few items, or so many that they take several pages; more come, then more go.
		most := rapid.SampledFrom([]int{50, 10 * pageSize}).Draw(t, "most")
		operations := rapid.IntRange(0, 6*most).Draw(t, "operations")
		rnd := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		for i := range operations {
			item := rnd.IntN(most)
			at, found := slices.BinarySearch(want, item)
			if set.Has(item) != found || set.Rank(item) != at {
				t.Fatalf("item %d: has %v rank %d, want %v %d", item, set.Has(item), set.Rank(item), found, at)
			}
			if rnd.IntN(operations) > i {
				if set.Insert(item) == found {
					t.Fatalf("insert %d of %v", item, want)
				}
				if !found {
					want = slices.Insert(want, at, item)
				}
			} else {
				if set.Delete(item) != found {
					t.Fatalf("delete %d of %v", item, want)
				}
				if found {
					want = slices.Delete(want, at, at+1)
				}
			}
			if got := slices.Collect(set.All()); !slices.Equal(got, want) || set.Len() != len(want) {
				t.Fatalf("got %v, want %v", got, want)
			}
			for j, p := range set.pages {
				if len(p) == 0 || len(p) > pageSize || j > 0 && len(p)+len(set.pages[j-1]) <= pageSize/4 {
					t.Fatalf("page %d of %d has %d items", j, len(set.pages), len(p))
				}
			}
			probe := rnd.IntN(most + 2)
			at, _ = slices.BinarySearch(want, probe)
			if got := slices.Collect(set.From(probe)); !slices.Equal(got, want[at:]) {
				t.Fatalf("from %d on: %v of %v", probe, got, want)
			}
			if item, ok := set.At(probe); ok != (probe < len(want)) || ok && item != want[probe] {
				t.Fatalf("item %d is %v %v in %v", probe, item, ok, want)
			}
			if first, ok := set.Min(); ok != (len(want) > 0) || ok && first != want[0] {
				t.Fatalf("min %v %v of %v", first, ok, want)
			}
		}
	})
}

func BenchmarkInsertDelete(b *testing.B) {
	set := New(cmp.Compare[int])
	for i := range 10_000 {
		set.Insert(i * 7919 % 10_007)
	}
	for i := 0; b.Loop(); i++ {
		item := 20_000 + i%5_000
		set.Insert(item)
		set.Delete(item)
	}
}
