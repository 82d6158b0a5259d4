package ari

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	asterisk "github.com/CyCoreSystems/ari/v6"
	"go.uber.org/zap"

	"kezek/queue"
)

// What brings a new channel to a person.
var dialActions = []handler{
	&kind[queue.Dial]{
		makes: func(a queue.Dial) []string { return []string{a.Channel} },
		does:  doer.dialAgent,
	},
	&kind[queue.DialClient]{
		makes: func(a queue.DialClient) []string { return []string{a.Channel} },
		does:  doer.dialClient,
	},
	&kind[queue.Take]{
		makes: func(a queue.Take) []string { return []string{a.Channel} },
		does:  doer.take,
	},
	&kind[queue.Fetch]{
		makes: func(a queue.Fetch) []string { return []string{a.Channel} },
		does:  doer.fetch,
	},
	&kind[queue.Equip]{does: doer.equip},
	&kind[queue.Show]{does: doer.show},
}

// dialAgent rings an agent's phone.
func (d doer) dialAgent(ctx context.Context, a queue.Dial) error {
	variables := shown(a.CallerName, a.CallerNumber)
	keysTold(variables, a.OwnHold, isSIP(a.Endpoint))
	if a.AutoAnswer && isSIP(a.Endpoint) {
		// Phones know one or the other.
		variables["PJSIP_HEADER(add,Call-Info)"] = "<sip:kezek>;answer-after=0"
		variables["PJSIP_HEADER(add,Alert-Info)"] = "<http://kezek>;info=alert-autoanswer;delay=0"
	}
	rings, err := d.ring(ctx, asterisk.OriginateRequest{ChannelID: a.Channel, Endpoint: a.Endpoint, Variables: variables, Originator: a.For}, a.Timeout)
	if rings && d.opts.Metrics.Dialled != nil {
		d.opts.Metrics.Dialled(time.Since(d.cause))
	}
	return err
}

// keysTold adds to the variables of a channel that the keys of its phone are told.
func keysTold(variables map[string]string, ownHold, sip bool) {
	if !ownHold {
		// The agent's hold key is an event for the rules, not music for the caller.
		variables["FRAME_DROP(RX)"] = "HOLD,UNHOLD"
	}
	if sip {
		// So is the transfer key (REFER): else Asterisk takes one of the two out of our hands. The dialplan does this for callers.
		variables["PJSIP_TRANSFER_HANDLING()"] = "ari-only"
	}
}

// equip does to a channel that is there what [Exchange.dialAgent] does to a new one.
func (e *Exchange) equip(ctx context.Context, a queue.Equip) error {
	variables := map[string]string{}
	keysTold(variables, a.OwnHold, e.tracker.isSIP(a.Channel))
	var failed error
	for _, name := range slices.Sorted(maps.Keys(variables)) {
		failed = worse(failed, e.set(ctx, a.Channel, name, variables[name]))
	}
	if a.CallerName+a.CallerNumber != "" {
		failed = worse(failed, e.show(ctx, queue.Show{Channel: a.Channel, CallerName: a.CallerName, CallerNumber: a.CallerNumber}))
	}
	return failed
}

// show tells a phone in a call who is at the other end: by an UPDATE or a re-INVITE with P-Asserted-Identity, if its
// endpoint has send_pai or send_rpid.
func (e *Exchange) show(ctx context.Context, a queue.Show) error {
	pause(ctx, e.tracker.shows(a))
	// Asterisk's own word may have been of a caller who withholds their number: then this would not be shown either.
	err := e.set(ctx, a.Channel, "CONNECTEDLINE(pres,i)", "allowed")
	return worse(err, e.set(ctx, a.Channel, "CONNECTEDLINE(all)", party(a.CallerName, a.CallerNumber)))
}

// set sets a variable, or a function of the dialplan, of a channel.
func (e *Exchange) set(ctx context.Context, channel, name, value string) error {
	return e.client.post(ctx, query(path("channels", channel, "variable"), "variable", name, "value", value))
}

// dialClient calls a number over the trunk. The rules have checked that it may
// be called; nothing but a plain number goes into the dial string.
func (e *Exchange) dialClient(ctx context.Context, a queue.DialClient) error {
	if e.opts.Trunk == "" || a.Number == "" || strings.Trim(a.Number, "+0123456789") != "" {
		e.log.Error("client cannot be called: no trunk, or no number", zap.String("trunk", e.opts.Trunk), zap.String("number", a.Number))
		e.tell(queue.ChannelGone{Channel: a.Channel, Cause: queue.CauseFailed})
		return nil
	}
	e.tracker.overTrunk(a.Channel)
	endpoint := strings.ReplaceAll(e.opts.Trunk, "{number}", a.Number)
	variables := shown("", e.opts.TrunkCallerID)
	keysTold(variables, true, isSIP(endpoint))
	rings, err := e.dialLeg(ctx, asterisk.OriginateRequest{ChannelID: a.Channel, Endpoint: endpoint, Variables: variables, Originator: a.For}, a.Timeout)
	if rings {
		e.tracker.awaitEarly(a.Channel)
	}
	return err
}

// takeContext is where the dialplan takes a channel, named in takeVariable, out of its call.
const takeContext, takeVariable, replacesVariable = "-take", "KEZEK_PARTY", "KEZEK_REPLACES"

// take fetches somebody into our app. Their own channel stays where the dialplan
// has it; the near half of a Local channel, which must not be optimized away, stands for them.
func (e *Exchange) take(ctx context.Context, a queue.Take) error {
	_, err := e.dialLeg(ctx, asterisk.OriginateRequest{
		ChannelID: a.Channel, Endpoint: "Local/take@" + e.opts.App + takeContext + "/n",
		Variables: map[string]string{takeVariable: a.Party},
	}, a.Timeout)
	return err
}

// fetch sends somebody into our app, with the channel that they have.
func (e *Exchange) fetch(ctx context.Context, a queue.Fetch) error {
	_, err := e.dialLeg(ctx, asterisk.OriginateRequest{
		ChannelID: a.Channel, Endpoint: "Local/fetch@" + e.opts.App + takeContext + "/n",
		Variables: map[string]string{takeVariable: a.Party, replacesVariable: a.Replaces},
	}, a.Timeout)
	return err
}

// shown is what the phone that is called shows as the caller.
func shown(name, number string) map[string]string {
	return map[string]string{"CONNECTEDLINE(all,i)": party(name, number)}
}

// party is who is at the other end, as Asterisk reads it.
func party(name, number string) string {
	return fmt.Sprintf(`"%s" <%s>`, inQuotes.Replace(name), number)
}

// inQuotes is a name as Asterisk wants it between quotes.
var inQuotes = strings.NewReplacer(`\`, `\\`, `"`, `\"`)

// enterWithin is how long a new leg is waited for before it is dialled on trust.
const enterWithin = 20 * time.Millisecond

// dialLeg creates a channel, which is ours from its first moment, and lets it
// ring. That it could not be done is told as its end.
func (e *Exchange) dialLeg(ctx context.Context, l asterisk.OriginateRequest, timeout time.Duration) (rings bool, err error) {
	if made, err := e.makeLeg(ctx, l); !made {
		return false, err
	}
	return e.letRing(ctx, l.ChannelID, timeout)
}

// makeLeg creates the channel. Its Originator is the channel whose codec is offered first.
func (e *Exchange) makeLeg(ctx context.Context, l asterisk.OriginateRequest) (made bool, err error) {
	if e.tracker.cancelled(l.ChannelID) {
		e.tell(queue.ChannelGone{Channel: l.ChannelID, Cause: queue.CauseCancelled})
		return false, nil
	}
	l.App, l.AppArgs, l.Originator = e.opts.App, legArg, e.tracker.onAsterisk(l.Originator)
	err = e.client.do(ctx, http.MethodPost, path("channels", "create"), l, nil)
	switch {
	case noContact(err):
		e.tell(queue.ChannelGone{Channel: l.ChannelID, Cause: e.tracker.unreachable(l.ChannelID)})
		return false, nil
	case err != nil && Status(err) != http.StatusConflict: // 409: it was created before
		return false, e.abandon(ctx, l.ChannelID, err)
	}
	return true, nil
}

// letRing lets a channel that was created ring.
func (e *Exchange) letRing(ctx context.Context, channel string, timeout time.Duration) (rings bool, err error) {
	at := path("channels", channel, "dial")
	if timeout > 0 {
		at = query(at, "timeout", strconv.Itoa(int((timeout+time.Second-1)/time.Second)))
	}
	// Asterisk answers a create before the channel has entered our app, and events
	// may come late.
	e.tracker.waitEntered(channel, enterWithin)
	err = e.client.post(ctx, at)
	if notInApp(err) {
		e.tracker.waitEntered(channel, requestWithin)
		err = e.client.post(ctx, at)
	}
	switch {
	case Status(err) == http.StatusNotFound: // its end is told by an event
		return false, nil
	case Status(err) == http.StatusConflict && !notInApp(err): // it was dialled before
		return false, nil
	case err != nil:
		return false, e.abandon(ctx, channel, err)
	}
	return true, nil
}

// noContact: Asterisk has no way to call that endpoint, or does not know it.
func noContact(err error) bool {
	e := refusalOf(err)
	return e.Status == http.StatusInternalServerError && e.Message == "Allocation failed"
}

// abandon gives up a leg of which it is not known whether it exists.
func (e *Exchange) abandon(ctx context.Context, channel string, cause error) error {
	e.tracker.fail(channel)
	// If it lives, its end is told by the event of it, otherwise by us.
	if e.client.delete(ctx, path("channels", channel)) != nil {
		e.tell(queue.ChannelGone{Channel: channel, Cause: queue.CauseFailed})
	}
	return cause
}
