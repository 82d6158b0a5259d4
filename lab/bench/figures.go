package bench

import (
	"math"
	"slices"
	"time"
)

// samples are measured times.
type samples []time.Duration

// quantile is the least of the samples that the share q of them does not
// exceed; 0 if there are none.
func (s samples) quantile(q float64) time.Duration {
	if len(s) == 0 {
		return 0
	}
	nth := int(math.Ceil(q * float64(len(s))))
	return slices.Sorted(slices.Values(s))[max(nth, 1)-1]
}
