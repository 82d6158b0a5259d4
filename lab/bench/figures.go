package bench

import (
	"fmt"
	"math"
	"slices"
	"time"
)

// samples are measured times.
type samples []time.Duration

// shares are measured parts of a whole, a round each.
type shares []float64

// String is their mean: "83 % busy".
func (s shares) String() string {
	if len(s) == 0 {
		return unknown
	}
	sum := 0.0
	for _, part := range s {
		sum += part
	}
	return fmt.Sprintf("%.0f %% busy", 100*sum/float64(len(s)))
}

// quantile is the least of the samples that the share q of them does not
// exceed; 0 if there are none.
func (s samples) quantile(q float64) time.Duration {
	if len(s) == 0 {
		return 0
	}
	nth := int(math.Ceil(q * float64(len(s))))
	return slices.Sorted(slices.Values(s))[max(nth, 1)-1]
}
