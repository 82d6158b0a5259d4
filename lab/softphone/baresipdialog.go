package softphone

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"
)

// replacing is the other end of a call of baresip's own, to be replaced by who
// calls it: RFC 3891. Debian's baresip has no key for that, but takes a whole
// URI to transfer to.
func (b *baresip) replacing(id string) (string, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	tags, ok := b.tags[id]
	if !ok {
		return "", errors.New("baresip: no dialog of " + id)
	}
	return fmt.Sprintf("sip:joined@%s?Replaces=%s", b.Exchange, url.QueryEscape(fmt.Sprintf("%s;to-tag=%s;from-tag=%s", id, tags[1], tags[0]))), nil
}

// sipMessage is what was told so far of a message of SIP.
type sipMessage struct{ status, id, method, from, to string }

var (
	sipStatus = regexp.MustCompile(`^SIP/2\.0 ([0-9]{3}) `)
	sipHeader = regexp.MustCompile(`(?i)^(call-id|cseq|from|to):\s*(.*)$`)
	sipTag    = regexp.MustCompile(`;tag=([^;\s]+)`)
)

// output follows the dialogs: what is told of SIP.
func (b *baresip) output(line string) {
	line = strings.TrimSpace(escapes.ReplaceAllString(line, ""))
	if m := sipStatus.FindStringSubmatch(line); m != nil {
		b.message = sipMessage{status: m[1]}
		return
	}
	m := sipHeader.FindStringSubmatch(line)
	if m == nil {
		return
	}
	tag := func() string {
		if t := sipTag.FindStringSubmatch(m[2]); t != nil {
			return t[1]
		}
		return ""
	}
	switch strings.ToLower(m[1]) {
	case "call-id":
		b.message.id = m[2]
	case "cseq":
		_, b.message.method, _ = strings.Cut(m[2], " ")
	case "from":
		b.message.from = tag()
	case "to":
		b.message.to = tag()
	}
	if is := b.message; is.status == "200" && is.method == "INVITE" && is.id != "" && is.from != "" && is.to != "" {
		b.mu.Lock()
		b.tags[is.id] = [2]string{is.from, is.to}
		b.mu.Unlock()
	}
}

// escapes are the colours of a terminal.
var escapes = regexp.MustCompile(`\x1b\[[0-9;]*m`)
