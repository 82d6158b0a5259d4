package preflight

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// oldestVersion is the first Asterisk that has what Kezek asks for;
// soundVersion the first without known holes.
var (
	oldestVersion = version{20}
	soundVersion  = version{22, 10, 1}
)

func checkVersion(text string) Finding {
	v := parseVersion(text)
	switch {
	case v == nil:
		return warning(fmt.Sprintf("Kezek supports Asterisk %s", soundVersion), "Asterisk answers; its version %q is not understood", text)
	case v.before(oldestVersion):
		return fault(fmt.Sprintf("install Asterisk %s or newer", soundVersion), "Asterisk %s is too old", text)
	case v.before(soundVersion):
		return warning(fmt.Sprintf("install Asterisk %s or newer", soundVersion), "Asterisk %s has known security holes in ARI", text)
	}
	return fine("Asterisk %s answers", text)
}

// whisperFaults are the releases with Asterisk's issue 2134: a channel into which
// somebody whispers may stall, and cannot always be bridged any more.
var whisperFaults = []version{{20, 21}, {22, 11}, {23, 5}}

// checkWhisper warns of an Asterisk in which supervisors had better not whisper or join in.
func checkWhisper(text string) []Finding {
	v := parseVersion(text)
	if !slices.ContainsFunc(whisperFaults, func(faulty version) bool { return len(v) >= 2 && slices.Equal(v[:2], faulty) }) {
		return nil
	}
	return []Finding{warning(fmt.Sprintf("install Asterisk %s, or a release in which it is fixed; until then use only *81, not *82 and *83", soundVersion),
		"Asterisk %s may stall a conversation into which a supervisor whispers (its issue 2134)", text)}
}

// version is a release's numbers, the most important first.
type version []int

func (v version) String() string {
	return strings.Trim(strings.ReplaceAll(fmt.Sprint([]int(v)), " ", "."), "[]")
}

func (v version) before(w version) bool {
	for i := range min(len(v), len(w)) {
		if v[i] != w[i] {
			return v[i] < w[i]
		}
	}
	return false
}

// parseVersion reads "22.10.1", also with what packagers append; nil if there is no number.
func parseVersion(s string) version {
	s = strings.TrimPrefix(s, "certified/")
	if end := strings.IndexFunc(s, func(r rune) bool { return r != '.' && (r < '0' || r > '9') }); end >= 0 {
		s = s[:end]
	}
	var v version
	for part := range strings.SplitSeq(s, ".") {
		n, err := strconv.Atoi(part)
		if err != nil {
			break
		}
		v = append(v, n)
	}
	return v
}
