package phone

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"

	"github.com/emiago/sipgo/sip"
	"github.com/google/uuid"
)

// CarrierConfig describes a carrier; all fields have defaults.
type CarrierConfig struct {
	Exchange string // ip:port of the exchange; 127.0.0.1:5060
	Listen   string // ip:port of the carrier; 127.0.0.2:5060. The exchange knows it by this address.
	NoRecord bool   // keep nothing of what is heard, for loads
}

// Carrier is the other end of the exchange's trunk: the public network with
// all its callers. It does not register. Any number of calls go over its one
// socket, in both directions.
type Carrier struct {
	endpoint
	placed atomic.Int64
}

// NewCarrier makes a carrier that is ready for calls.
func NewCarrier(c CarrierConfig) (*Carrier, error) {
	k := &Carrier{}
	k.name, k.noRecord = "carrier", c.NoRecord
	var sounds []Sound
	for n := range len(tones) - agentTones {
		sounds = append(sounds, Tone(callerTone(n)))
	}
	k.sound = func() Sound { return sounds[int(k.placed.Add(1)-1)%len(sounds)] }
	if c.Listen == "" {
		c.Listen = "127.0.0.2:5060"
	}
	if err := k.setup(c.Exchange, c.Listen); err != nil {
		return nil, err
	}
	return k, nil
}

// CallerID is how a caller is presented. The zero CallerID has neither
// number nor name.
type CallerID struct {
	Number   string // "+996700123456"; any text, escaped for the URI
	Name     string // any text, quoted; line breaks become spaces
	Withheld bool   // From says anonymous, Privacy: id; the number is only asserted to the exchange
	Asserted string // number in P-Asserted-Identity, where it differs from Number
	Raw      string // the From header as it goes out, without tag, instead of all this
}

// headers are those of the INVITE that present the caller, from host.
func (id CallerID) headers(host string) ([]sip.Header, error) {
	user := ""
	if id.Number != "" {
		user = escapeUser(id.Number) + "@"
	}
	from := "<sip:" + user + host + ">"
	asserted := id.Asserted
	switch {
	case id.Raw != "":
		from = id.Raw
	case id.Withheld:
		from = `"Anonymous" <sip:anonymous@anonymous.invalid>`
		if asserted == "" {
			asserted = id.Number
		}
	case id.Name != "":
		from = quote(id.Name) + " " + from
	}
	if _, err := sip.ParseAddressValue(from, &sip.Uri{}, &sip.HeaderParams{}); err != nil {
		return nil, fmt.Errorf("caller id: From %q: %w", from, err)
	}
	headers := []sip.Header{sip.NewHeader("From", from+";tag="+uuid.NewString())}
	if asserted != "" {
		headers = append(headers, sip.NewHeader("P-Asserted-Identity", "<sip:"+escapeUser(asserted)+"@"+host+">"))
	}
	if id.Withheld {
		headers = append(headers, sip.NewHeader("Privacy", "id"))
	}
	return headers, nil
}

// quote makes a name fit for a header. A line break cannot stand there, not
// even folded (Asterisk drops such a packet without a word), and becomes a
// space; a number keeps it, as %0A.
func quote(name string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\r\n", " ", "\n", " ", "\r", " ").Replace(name) + `"`
}

// Call places a call of a caller to a number of the exchange (a DID). It
// returns when the INVITE has left; see [Call.WaitAnswer]. Each call sends a
// tone of its own in turn, unless told otherwise; see [Call.Tone].
func (k *Carrier) Call(ctx context.Context, from CallerID, did string, options ...Option) (*Call, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	headers, err := from.headers(k.Addr().Addr().String())
	if err != nil {
		return nil, err
	}
	return k.call(did, headers, options)
}

// Close hangs up all calls and closes the socket.
func (k *Carrier) Close() {
	ctx, cancel := context.WithTimeout(context.Background(), requestTimeout)
	defer cancel()
	k.hangupAll(ctx)
	k.vanish()
}
