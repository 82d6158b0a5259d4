// Package numeral writes numbers in words, with the grammar of Russian and of Kyrgyz, for phrases that are recorded whole.
package numeral

import "fmt"

// Max is the largest number that the package writes; the smallest is 0.
const Max = 999

// parts splits n into what is spoken one after another: hundreds, then tens and ones; 10–19 stay together. 342 is 300, 40, 2.
func parts(n int) []int {
	if n == 0 {
		return []int{0}
	}
	var out []int
	if hundreds := n / 100 * 100; hundreds > 0 {
		out = append(out, hundreds)
	}
	rest := n % 100
	if rest >= 20 {
		out = append(out, rest/10*10)
		rest %= 10
	}
	if rest > 0 {
		out = append(out, rest)
	}
	return out
}

func mustBeInRange(n int) {
	if n < 0 || n > Max {
		panic(fmt.Sprintf("numeral: %d is outside 0–%d", n, Max))
	}
}
