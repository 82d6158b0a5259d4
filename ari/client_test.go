package ari

import (
	"errors"
	"testing"
)

// Refusals that only say that a channel is about to end need no reading.
func TestGone(t *testing.T) {
	for _, c := range []struct {
		err  error
		gone bool
	}{
		{nil, false},
		{errors.New("connection refused"), false},
		{&Error{Status: 404, Message: "Channel not found"}, true},
		{&Error{Status: 400, Message: "Channel not found"}, true},
		{&Error{Status: 412, Message: "Channel in invalid state"}, true},
		{&Error{Status: 409, Message: "Channel not in Stasis application"}, true},
		{&Error{Status: 500, Message: "Failed to answer channel"}, true},
		{&Error{Status: 500, Message: "Allocation failed"}, false},
		{&Error{Status: 400, Message: "Invalid parameter"}, false},
	} {
		if got := gone(c.err); got != c.gone {
			t.Errorf("gone(%v) = %v", c.err, got)
		}
	}
}
