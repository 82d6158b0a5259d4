package ari

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.uber.org/zap"

	"kezek/queue"
)

// Do starts the actions and returns at once. Those that share a channel are
// done in their order, also with those of earlier calls; only what a channel hears
// is ended beside what comes next. Cause is when the event was received that led to them.
func (e *Exchange) Do(cause time.Time, actions []queue.Action) {
	for _, a := range actions {
		e.table.expect(a)
		do := func() { e.perform(cause, a) }
		switch a := a.(type) {
		case queue.Resync:
			e.resync.ask()
		case queue.StopPlay:
			e.order.aside(a, keys(a), do) // Asterisk does what comes next when it has ended
		case queue.Lamp:
			if !e.opts.LampsOff {
				e.order.start(a, keys(a), do)
			}
		case queue.Play:
			if b := e.table.seats.mixedOf(a.Channel); b != "" {
				e.order.start(a, append(keys(a), bridgeKey(b)), func() { e.conclude(a, e.reseat(context.Background(), b)) })
			}
			e.order.start(a, keys(a), do)
		case queue.Connect:
			e.order.start(a, []string{bridgeKey(a.Bridge)}, func() { e.conclude(a, e.makeBridge(context.Background(), a.Bridge)) })
			e.order.start(a, keys(a), do)
		default:
			e.order.start(a, keys(a), do)
		}
	}
}

// keys are what the order of an action is kept for: its channels, and what
// else it changes.
func keys(a queue.Action) []string {
	keys := a.Channels()
	var bridge string
	switch a := a.(type) {
	case queue.Lamp:
		keys = append(keys, "lamp "+a.Name)
	case queue.Connect:
		bridge = a.Bridge
	case queue.Disconnect:
		bridge = a.Bridge
	case queue.Part:
		bridge = a.Bridge
	case queue.Join:
		bridge = a.Bridge
	case queue.Announce:
		bridge = a.Bridge
	case queue.Tap:
		bridge = a.Bridge
	}
	if bridge != "" {
		keys = append(keys, bridgeKey(bridge))
	}
	return slices.DeleteFunc(keys, func(k string) bool { return k == "" })
}

func bridgeKey(id string) string { return "bridge " + id }

// perform does one action and makes sure that its outcome becomes known.
func (e *Exchange) perform(cause time.Time, a queue.Action) {
	var (
		ctx = context.Background() // each request has its own deadline
		err error
	)
	switch a := a.(type) {
	case queue.AnswerCall:
		err = e.client.post(ctx, path("channels", a.Channel, "answer"), nil)
	case queue.Play:
		err = e.play(ctx, a)
	case queue.StopPlay:
		err = e.stopPlay(ctx, a.ID)
	case queue.Music:
		err = e.client.post(ctx, query(path("channels", a.Channel, "moh"), "mohClass", a.Class), nil)
	case queue.StopMusic:
		err = e.client.delete(ctx, path("channels", a.Channel, "moh"))
	case queue.Dial:
		err = e.dialAgent(ctx, cause, a)
	case queue.DialClient:
		err = e.dialClient(ctx, a)
	case queue.Take:
		err = e.take(ctx, a)
	case queue.Hangup:
		err = e.client.delete(ctx, query(path("channels", a.Channel), "reason", string(a.Reason)))
	case queue.Connect:
		err = e.join(ctx, a.Bridge, a.Agent, a.Caller)
	case queue.Disconnect:
		err = e.disconnect(ctx, a)
	case queue.Part:
		err = e.part(ctx, a.Bridge, a.Caller)
	case queue.Join:
		err = e.join(ctx, a.Bridge, a.Caller)
	case queue.Announce:
		err = e.announce(ctx, a)
	case queue.Tap:
		err = e.tap(ctx, a)
	case queue.SendKey:
		err = e.client.post(ctx, query(path("channels", a.Channel, "dtmf"), "dtmf", string(a.Key)), nil)
	case queue.TransferDone:
		state := map[bool]string{true: "channel_answered", false: "channel_declined"}[a.OK]
		err = e.client.post(ctx, query(path("channels", a.Channel, "transfer_progress"), "states", state), nil)
	case queue.DetectTalk:
		err = e.detectTalk(ctx, a)
	case queue.Record:
		err = e.record(ctx, a)
	case queue.MuteRecording:
		err = e.mute(ctx, a)
	case queue.Leave:
		err = e.leave(ctx, a)
	case queue.Lamp:
		err = e.lamp(ctx, a)
	default:
		err = fmt.Errorf("no way to do %T", a)
	}
	e.conclude(a, err)
}

// conclude makes sure that what an action failed to do is found out.
func (e *Exchange) conclude(a queue.Action, err error) {
	switch {
	case err == nil:
	case gone(err):
		e.log.Debug("action came too late", zap.Any("action", a), zap.Error(err))
		e.doubt(a)
	default:
		e.table.revoke(a)
		e.resync.ask()
		if e.Connected() {
			e.log.Warn("action failed; reading what is true", zap.Any("action", a), zap.Error(err))
		}
	}
}

// doubtAfter is how long the end of a channel may take to be told: on a busy
// machine events wait in Asterisk while requests overtake them.
const doubtAfter = 2 * time.Second

// doubt looks again at a channel that was gone when something was asked of
// it. Its end is told by an event; if it is not, what lives is read.
func (e *Exchange) doubt(a queue.Action) {
	if _, ok := a.(queue.StopPlay); ok {
		return // the playback is gone, not the channel
	}
	time.AfterFunc(doubtAfter, func() {
		if e.table.hasAny(a.Channels()) {
			e.resync.ask()
		}
	})
}

// tell puts an outcome in line with the events.
func (e *Exchange) tell(ev queue.Event) { e.inbox.push(item{at: time.Now(), told: ev}) }

// announce lets those in a bridge hear phrases.
func (e *Exchange) announce(ctx context.Context, a queue.Announce) error {
	err := e.reseat(ctx, a.Bridge)
	e.table.seats.mix(a.Bridge)
	return worse(err, e.playAt(ctx, path("bridges", a.Bridge, "play", a.ID), a.Phrases))
}

// play tells the end of what cannot be played as well.
func (e *Exchange) play(ctx context.Context, a queue.Play) error {
	err := e.playAt(ctx, path("channels", a.Channel, "play", a.ID), a.Phrases)
	if err != nil {
		e.tell(queue.PlayEnded{Channel: a.Channel, Playback: a.ID})
	}
	if errors.Is(err, errNothingToPlay) {
		return nil
	}
	return err
}

// stopPlay ends a playback. Asterisk cannot end one that is just being opened.
func (e *Exchange) stopPlay(ctx context.Context, id string) error {
	const tries, pause = 10, 5 * time.Millisecond
	for try := 1; ; try++ {
		err := e.client.delete(ctx, path("playbacks", id))
		if status(err) != http.StatusInternalServerError || try == tries {
			return err
		}
		time.Sleep(pause)
	}
}

// errNothingToPlay: none of the phrases is recorded, which is logged.
var errNothingToPlay = errors.New("nothing to play")

// playAt lets a channel or a bridge hear phrases.
func (e *Exchange) playAt(ctx context.Context, at string, phrases []queue.Phrase) error {
	var media []string
	for _, phrase := range phrases {
		if phrase.ID == queue.Ringback {
			media = append(media, "tone:ring")
			continue
		}
		if m := e.opts.Media(phrase); m != "" {
			media = append(media, m)
		} else {
			e.log.Error("no recording of a phrase", zap.Any("phrase", phrase))
		}
	}
	if len(media) == 0 {
		return errNothingToPlay
	}
	media, folder := inFolder(media)
	return e.client.post(ctx, query(at, "media", strings.Join(media, ","), "lang", folder), nil)
}

// inFolder takes the folder off sounds that share one. Told as their language it
// is where Asterisk looks first: a look is a try of each format that it knows.
func inFolder(media []string) (names []string, folder string) {
	for i, m := range media {
		cut := strings.LastIndexByte(m, '/')
		if cut < 0 || i > 0 && m[:cut] != folder {
			return media, ""
		}
		folder = m[:cut]
		names = append(names, "sound:"+m[cut+1:])
	}
	return names, strings.TrimPrefix(folder, "sound:")
}

// leg is the body of a request for a new channel.
type leg struct {
	Channel   string            `json:"channelId"`
	Endpoint  string            `json:"endpoint"`
	App       string            `json:"app"`
	Args      string            `json:"appArgs"`
	Variables map[string]string `json:"variables"`
	// Originator is the channel whose codec is offered first.
	Originator string `json:"originator,omitempty"`
}

// dialAgent rings an agent's phone.
func (e *Exchange) dialAgent(ctx context.Context, cause time.Time, a queue.Dial) error {
	variables := shown(a.CallerName, a.CallerNumber)
	if !a.OwnHold {
		// The agent's hold key is an event for the rules, not music for the caller.
		variables["FRAME_DROP(RX)"] = "HOLD,UNHOLD"
	}
	if strings.HasPrefix(a.Endpoint, "PJSIP/") {
		// So is his transfer key: else Asterisk takes the caller out of our hands.
		variables["PJSIP_TRANSFER_HANDLING()"] = "ari-only"
	}
	if a.AutoAnswer && strings.HasPrefix(a.Endpoint, "PJSIP/") {
		// Phones know one or the other.
		variables["PJSIP_HEADER(add,Call-Info)"] = "<sip:kezek>;answer-after=0"
		variables["PJSIP_HEADER(add,Alert-Info)"] = "<http://kezek>;info=alert-autoanswer;delay=0"
	}
	rings, err := e.dialLeg(ctx, leg{Channel: a.Channel, Endpoint: a.Endpoint, Variables: variables, Originator: a.For}, a.Timeout)
	if rings && e.opts.Metrics.Dialled != nil {
		e.opts.Metrics.Dialled(time.Since(cause))
	}
	return err
}

// dialClient calls a number over the trunk. The rules have checked that it may
// be called; nothing but a plain number goes into the dial string.
func (e *Exchange) dialClient(ctx context.Context, a queue.DialClient) error {
	if e.opts.Trunk == "" || a.Number == "" || strings.Trim(a.Number, "+0123456789") != "" {
		e.log.Error("client cannot be called: no trunk, or no number", zap.String("trunk", e.opts.Trunk), zap.String("number", a.Number))
		e.tell(queue.ChannelGone{Channel: a.Channel, Cause: queue.Failed})
		return nil
	}
	endpoint := strings.ReplaceAll(e.opts.Trunk, "{number}", a.Number)
	variables := shown("", e.opts.TrunkCallerID)
	_, err := e.dialLeg(ctx, leg{Channel: a.Channel, Endpoint: endpoint, Variables: variables, Originator: a.For}, a.Timeout)
	return err
}

// takeContext is where the dialplan takes a channel, named in takeVariable, out of its call.
const takeContext, takeVariable = "-take", "KEZEK_PARTY"

// take fetches somebody into our app. His own channel stays where the dialplan
// has it; the near half of a Local channel, which must not be optimized away, stands for him.
func (e *Exchange) take(ctx context.Context, a queue.Take) error {
	_, err := e.dialLeg(ctx, leg{
		Channel: a.Channel, Endpoint: "Local/take@" + e.opts.App + takeContext + "/n",
		Variables: map[string]string{takeVariable: a.Party},
	}, a.Timeout)
	return err
}

// shown is what the phone that is called shows as the caller.
func shown(name, number string) map[string]string {
	return map[string]string{"CONNECTEDLINE(all,i)": fmt.Sprintf(`"%s" <%s>`, inQuotes.Replace(name), number)}
}

// inQuotes is a name as Asterisk wants it between quotes.
var inQuotes = strings.NewReplacer(`\`, `\\`, `"`, `\"`)

// enterWithin is how long a new leg is waited for before it is dialled on trust.
const enterWithin = 20 * time.Millisecond

// dialLeg creates a channel, which is ours from its first moment, and lets it
// ring. That it could not be done is told as its end.
func (e *Exchange) dialLeg(ctx context.Context, l leg, timeout time.Duration) (rings bool, err error) {
	if e.table.cancelled(l.Channel) {
		e.tell(queue.ChannelGone{Channel: l.Channel, Cause: queue.Cancelled})
		return false, nil
	}
	l.App, l.Args = e.opts.App, legArg
	err = e.client.post(ctx, path("channels", "create"), l)
	switch {
	case noContact(err):
		e.tell(queue.ChannelGone{Channel: l.Channel, Cause: queue.Unreachable})
		return false, nil
	case err != nil && status(err) != http.StatusConflict: // 409: it was created before
		return false, e.abandon(ctx, l.Channel, err)
	}
	at := path("channels", l.Channel, "dial")
	if timeout > 0 {
		at = query(at, "timeout", strconv.Itoa(int((timeout+time.Second-1)/time.Second)))
	}
	// Asterisk answers a create before the channel has entered our app, and events
	// may come late.
	e.table.waitEntered(l.Channel, enterWithin)
	err = e.client.post(ctx, at, nil)
	if notInApp(err) {
		e.table.waitEntered(l.Channel, requestWithin)
		err = e.client.post(ctx, at, nil)
	}
	switch {
	case status(err) == http.StatusNotFound: // its end is told by an event
		return false, nil
	case status(err) == http.StatusConflict && !notInApp(err): // it was dialled before
		return false, nil
	case err != nil:
		return false, e.abandon(ctx, l.Channel, err)
	}
	return true, nil
}

// noContact: Asterisk has no way to call that endpoint, or does not know it.
func noContact(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.Status == http.StatusInternalServerError && e.Message == "Allocation failed"
}

// abandon gives up a leg of which it is not known whether it exists.
func (e *Exchange) abandon(ctx context.Context, channel string, cause error) error {
	e.table.fail(channel)
	// If it lives, its end is told by the event of it, otherwise by us.
	if e.client.delete(ctx, path("channels", channel)) != nil {
		e.tell(queue.ChannelGone{Channel: channel, Cause: queue.Failed})
	}
	return cause
}

// makeBridge makes an empty bridge. The keys of nobody in it are heard by the
// others: they are told to us, and an agent's are codes.
func (e *Exchange) makeBridge(ctx context.Context, id string) error {
	err := e.client.post(ctx, query("/bridges", "type", "mixing,dtmf_events", "bridgeId", id, "name", e.opts.App), nil)
	if status(err) == http.StatusConflict { // it was made before
		return nil
	}
	return err
}

// whispers is where to a snoop of the agent's leg sends what the supervisor says:
// out is to the agent, in is into what comes from him, which the caller hears.
var whispers = map[queue.MonitorMode]string{queue.Listen: "none", queue.Whisper: "out", queue.JoinIn: "both"}

// tap hangs a snoop on an agent's leg and joins the supervisor with it. The
// bridge of the talk is not touched.
func (e *Exchange) tap(ctx context.Context, a queue.Tap) error {
	if e.table.cancelled(a.Snoop) {
		e.tell(queue.ChannelGone{Channel: a.Snoop, Cause: queue.Cancelled})
		return nil
	}
	if err := e.snoop(ctx, a.Leg, a.Snoop, "both", whispers[a.Mode]); err != nil {
		return e.abandon(ctx, a.Snoop, err)
	}
	if err := e.makeBridge(ctx, a.Bridge); err != nil {
		return err
	}
	return e.join(ctx, a.Bridge, a.Supervisor, a.Snoop)
}

// snoop makes a channel that hears another, and waits until it can be used.
func (e *Exchange) snoop(ctx context.Context, of, id, spy, whisper string) error {
	err := e.client.post(ctx, query(path("channels", of, "snoop", id),
		"spy", spy, "whisper", whisper, "app", e.opts.App, "appArgs", legArg), nil)
	if err != nil && status(err) != http.StatusConflict { // 409: it was made before
		return err
	}
	e.table.waitEntered(id, requestWithin)
	return nil
}

// talkModule tells of callers who speak.
const talkModule = "func_talkdetect"

// detectTalk lets Asterisk tell of a caller's first word. If it cannot, nobody is
// to believe that he says nothing.
func (e *Exchange) detectTalk(ctx context.Context, a queue.DetectTalk) error {
	set := func(how string) error {
		return e.client.post(ctx, query(path("channels", a.Channel, "variable"), "variable", "TALK_DETECT("+how+")"), nil)
	}
	if !a.On {
		return set("remove")
	}
	err := set("set")
	if err == nil && !e.client.runs(ctx, talkModule) {
		err = errors.New("module " + talkModule + " is not running") // to set it succeeds all the same
	}
	if err != nil {
		e.tell(queue.CallerSpeaks{Channel: a.Channel})
	}
	return err
}

// join brings channels into a bridge. Phones go on showing what they showed when
// they rang, and the trunk is not told which agent a client talks to.
func (e *Exchange) join(ctx context.Context, bridge string, channels ...string) error {
	if err := e.reseat(ctx, bridge); err != nil {
		return err
	}
	err := e.enter(ctx, bridge, channels...)
	if err == nil {
		e.table.seats.sit(bridge, channels...)
	}
	return err
}

func (e *Exchange) enter(ctx context.Context, bridge string, channels ...string) error {
	return e.client.post(ctx, query(path("bridges", bridge, "addChannel"), "channel", strings.Join(channels, ","),
		"absorbDTMF", "true", "inhibitConnectedLineUpdates", "true"), nil)
}

// disconnect takes the bridge away. The caller is taken out of it first, which
// is done when it is answered: a bridge that is deleted lets its channels go a
// little later, and what they are told to play until then is lost, end and all.
func (e *Exchange) disconnect(ctx context.Context, a queue.Disconnect) error {
	var out error
	if a.Caller != "" {
		out = e.part(ctx, a.Bridge, a.Caller)
	}
	e.table.seats.end(a.Bridge)
	return worse(out, e.client.delete(ctx, path("bridges", a.Bridge)))
}

// part takes a channel out of a bridge, which goes on with who else is in it.
func (e *Exchange) part(ctx context.Context, bridge, channel string) error {
	e.table.seats.rise(channel)
	_, err := e.takeOut(ctx, bridge, channel)
	return err
}

func (e *Exchange) takeOut(ctx context.Context, bridge, channel string) (was bool, err error) {
	err = e.client.post(ctx, query(path("bridges", bridge, "removeChannel"), "channel", channel), nil)
	if status(err) == http.StatusUnprocessableEntity { // it is not in it
		return false, nil
	}
	return err == nil, err
}

// worse is the error that explains itself less.
func worse(a, b error) error {
	if a == nil || b != nil && gone(a) {
		return b
	}
	return a
}

// lampScheme is what Asterisk's name of a lamp begins with.
const lampScheme = "Stasis:"

// lampAtRest is the device state of a lamp that is dark. To delete the state
// would not do: Asterisk tells the phones the old one then, or none.
const lampAtRest = "NOT_INUSE"

// lamp sets a device state, which Asterisk keeps over its restarts.
func (e *Exchange) lamp(ctx context.Context, a queue.Lamp) error {
	state := cmp.Or(string(a.State), lampAtRest)
	return e.client.put(ctx, query(path("deviceStates", lampScheme+a.Name), "deviceState", state), nil)
}

// leave sends a caller's channel back to the dialplan: to the place that is
// named, or where it came from.
func (e *Exchange) leave(ctx context.Context, a queue.Leave) error {
	names := []string{"context", "extension", "priority"}
	place := strings.Split(a.Place, ",")
	var params []string
	for i, name := range names[:min(len(names), len(place))] {
		if value := strings.TrimSpace(place[i]); value != "" {
			params = append(params, name, value)
		}
	}
	if i := slices.Index(params, "priority"); i >= 0 {
		if _, err := strconv.Atoi(params[i+1]); err != nil {
			params[i] = "label"
		}
	}
	return e.client.post(ctx, query(path("channels", a.Channel, "continue"), params...), nil)
}
