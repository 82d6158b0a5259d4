package preflight

import (
	"slices"
	"strconv"
	"strings"
)

// oldestVersion is the first Asterisk that has what Kezek asks for;
// soundVersion the first without known holes.
const oldestVersion, soundVersion = "20", "22.10.1"

func checkVersion(text string) Finding {
	switch {
	case parseVersion(text) == nil:
		return warning("Kezek supports Asterisk "+soundVersion, "Asterisk answers; its version %q is not understood", text)
	case olderThan(text, oldestVersion):
		return fault("install Asterisk "+soundVersion+" or newer", "Asterisk %s is too old", text)
	case olderThan(text, soundVersion):
		return warning("install Asterisk "+soundVersion+" or newer", "Asterisk %s has known security holes in ARI", text)
	}
	return fine("Asterisk %s answers", text)
}

// whisperFaults are the releases with Asterisk's issue 2134: a channel into which
// somebody whispers may stall, and cannot always be bridged any more.
var whisperFaults = [][]int{{20, 21}, {22, 11}, {23, 5}}

// checkWhisper warns of an Asterisk in which supervisors had better not whisper or join in.
func checkWhisper(text string) []Finding {
	v := parseVersion(text)
	if !slices.ContainsFunc(whisperFaults, func(faulty []int) bool { return len(v) >= 2 && slices.Equal(v[:2], faulty) }) {
		return nil
	}
	return []Finding{warning("install Asterisk "+soundVersion+", or a release in which it is fixed; until then use only *81, not *82 and *83",
		"Asterisk %s may stall a conversation into which a supervisor whispers (its issue 2134)", text)}
}

// olderThan compares the numbers that both versions have. One without any is older than all.
func olderThan(version, than string) bool {
	v, w := parseVersion(version), parseVersion(than)
	n := min(len(v), len(w))
	return n == 0 || slices.Compare(v[:n], w[:n]) < 0
}

// parseVersion reads the numbers of "22.10.1", the most important first, also with what packagers append; nil if there is none.
func parseVersion(s string) (v []int) {
	s = strings.TrimPrefix(s, "certified/")
	if end := strings.IndexFunc(s, func(r rune) bool { return r != '.' && (r < '0' || r > '9') }); end >= 0 {
		s = s[:end]
	}
	for part := range strings.SplitSeq(s, ".") {
		n, err := strconv.Atoi(part)
		if err != nil {
			break
		}
		v = append(v, n)
	}
	return v
}
