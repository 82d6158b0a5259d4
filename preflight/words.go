package preflight

import (
	"fmt"
	"regexp"
	"strings"
)

// several is "1 phone" or "2 phones".
func several(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return fmt.Sprintf("%d %s", n, noun)
}

// closed is what becomes of a connection that Asterisk, or another program, does not want.
const closed = "the connection was closed without an answer"

// libraries are words of libraries, and what they mean. What follows some is advice for another programmer.
var libraries = []struct {
	theirs, plain string
	advice        bool
}{
	{"fasthttp: the server closed connection before returning the first response byte", closed, true},
	{"tls: first record does not look like a TLS handshake", "what answers does not speak TLS", false},
	{"remote error: tls: certificate required", "it requires a client certificate", false},
	{"remote error: tls: bad certificate", "it does not accept our client certificate", false},
	{"context deadline exceeded", "no answer in time", false},
	{"i/o timeout", "no answer in time", false},
	{"fasthttp: timeout", "no answer in time", false},
	{"dialing to the given TCP address timed out", "no answer in time", false},
	{"no such host", "there is no host with that name", false},
	{"unexpected EOF", closed, true},
	{"EOF", closed, true},
	{"redis: invalid reply: ", "what answers is not Redis: ", false},
}

// dialling is what libraries say of the way to an address, which is named anyway.
var dialling = regexp.MustCompile(`(error when dialing \S+: )?dial (tcp|unix) \S+: (connect: )?`)

// plain is an error of the network in words that need no knowledge of the libraries behind it.
func plain(err error) string {
	if about, _ := certificate(err, "", false); about != "" {
		return about
	}
	text := dialling.ReplaceAllString(err.Error(), "")
	for _, l := range libraries {
		if before, after, found := strings.Cut(text, l.theirs); found {
			text = before + l.plain
			if !l.advice {
				text += after
			}
		}
	}
	return text
}

// known is what to do about an error that has some words.
type known struct{ words, fix string }

// fixOf is the first that fits; "" if none does.
func fixOf(err error, all []known) string {
	for _, k := range all {
		if strings.Contains(err.Error(), k.words) {
			return k.fix
		}
	}
	return ""
}
