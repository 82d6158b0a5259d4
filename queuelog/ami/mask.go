package ami

import (
	"strconv"
	"strings"
)

// mask is a set of the classes of events, as main/manager.c has them.
type mask int

// The classes of what Kezek sends. All is every class that there is.
const (
	maskSystem mask = 1 << 0
	maskAgent  mask = 1 << 5
	maskAll    mask = 1<<31 - 1
)

// classes are the names of all classes, with their bits in include/asterisk/manager.h.
var classes = map[string]mask{
	"system": maskSystem, "call": 1 << 1, "log": 1 << 2, "verbose": 1 << 3, "command": 1 << 4, "agent": maskAgent, "user": 1 << 6,
	"config": 1 << 7, "dtmf": 1 << 8, "reporting": 1 << 9, "cdr": 1 << 10, "dialplan": 1 << 11, "originate": 1 << 12, "agi": 1 << 13,
	"cc": 1 << 15, "aoc": 1 << 16, "test": 1 << 17, "security": 1 << 18, "message": 1 << 30, "all": maskAll, "none": 0,
}

// parseMask reads an EventMask: a number, yes or no, or names with commas between. It reports false for an empty one.
func parseMask(text string) (m mask, ok bool) {
	if text == "" {
		return 0, false
	}
	if n, err := strconv.ParseUint(text, 10, 31); err == nil {
		return mask(n), true
	}
	switch {
	case isFalse(text):
		return 0, true
	case isTrue(text):
		return maskAll, true
	}
	for name := range strings.SplitSeq(text, ",") {
		m |= classes[name]
	}
	return m, true
}
