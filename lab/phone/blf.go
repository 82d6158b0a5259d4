package phone

import (
	"context"
	"encoding/xml"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/emiago/sipgo/sip"
	"github.com/google/uuid"
)

// LampState is what a lamp key shows: the state of the watched dialog as
// RFC 4235 names it.
type LampState string

const (
	LampOff    LampState = "terminated"
	LampBlinks LampState = "early"
	LampOn     LampState = "confirmed"
)

// Notice is one NOTIFY that a lamp got.
type Notice struct {
	At    time.Time
	State LampState
	order [2]uint32 // subscription, CSeq: the network and goroutines may swap two of them
}

// Lamp is a lamp key (BLF): it subscribes to the state of an extension, and
// keeps the subscription until it is closed, also over restarts of the
// exchange and after the phone was away.
type Lamp struct {
	phone     *Phone
	extension string

	subscribing sync.Mutex // one SUBSCRIBE at a time

	mu      sync.Mutex
	line    *line
	dialog  dialog
	epoch   uint32 // counts the subscriptions
	timer   *time.Timer
	closed  bool
	notices []Notice
	bell    chan struct{} // closed at the next notice; nil while nobody waits
}

// Watch puts the state of an extension on a lamp key of the phone. It returns
// when the exchange has taken the subscription and told the state. Like a
// registration it is renewed at half of [Config.Expires].
func (p *Phone) Watch(ctx context.Context, extension string) (*Lamp, error) {
	w := &Lamp{phone: p, extension: extension}
	p.mu.Lock()
	p.lamps = append(p.lamps, w) // the first notice may come before the response
	p.mu.Unlock()
	granted, err := w.subscribe(ctx, p.expires)
	if err == nil {
		w.start(granted / 2)
		_, err = w.WaitSince(ctx, "", time.Time{})
	}
	if err != nil {
		_ = w.Close(ctx)
		return nil, err
	}
	return w, nil
}

func (w *Lamp) String() string { return fmt.Sprintf("phone %s, lamp %s", w.phone.name, w.extension) }

// State is what the lamp shows now.
func (w *Lamp) State() LampState {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.notices[len(w.notices)-1].State
}

// Log returns every notice so far, in the order that the exchange sent them.
// Each renewal brings one, though the state may be the same.
func (w *Lamp) Log() []Notice {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.notices)
}

// Wait waits until the lamp shows a state; it may do so already.
func (w *Lamp) Wait(ctx context.Context, s LampState) (Notice, error) {
	w.mu.Lock()
	now := w.notices[len(w.notices)-1]
	w.mu.Unlock()
	return w.WaitSince(ctx, s, now.At)
}

// WaitSince waits for the first notice of a state, or of any if s is empty,
// that came at or after since.
func (w *Lamp) WaitSince(ctx context.Context, s LampState, since time.Time) (Notice, error) {
	for {
		w.mu.Lock()
		for _, n := range w.notices {
			if !n.At.Before(since) && (s == "" || n.State == s) {
				w.mu.Unlock()
				return n, nil
			}
		}
		if w.bell == nil {
			w.bell = make(chan struct{})
		}
		bell := w.bell
		w.mu.Unlock()
		select {
		case <-bell:
		case <-ctx.Done():
			return Notice{}, fmt.Errorf("%v: waiting for %q, told so far %v: %w", w, s, w.Log(), context.Cause(ctx))
		}
	}
}

// Close takes the lamp off its key: the subscription ends.
func (w *Lamp) Close(ctx context.Context) error {
	if !w.stop() {
		return nil
	}
	p := w.phone
	defer func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.lamps = slices.DeleteFunc(p.lamps, func(other *Lamp) bool { return other == w })
	}()
	w.mu.Lock()
	none := w.line == nil
	w.mu.Unlock()
	if none {
		return nil
	}
	_, err := w.subscribe(ctx, 0)
	return err
}

// subscribe sends one SUBSCRIBE: the first of a subscription, a renewal, or
// with 0 the last. It returns the time that the exchange granted.
func (w *Lamp) subscribe(ctx context.Context, expires time.Duration) (time.Duration, error) {
	w.subscribing.Lock()
	defer w.subscribing.Unlock()
	l, err := w.phone.current()
	if err != nil {
		return 0, err
	}
	req := w.request(l, expires)
	res, err := l.send(ctx, req, w.phone.auth)
	if err == nil && !res.IsSuccess() {
		err = fmt.Errorf("SUBSCRIBE refused with code %d %s", res.StatusCode, res.Reason)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if err != nil {
		w.line = nil // whatever it was, the next one begins anew
		return 0, fmt.Errorf("%v: %w", w, err)
	}
	w.dialog.establish(req, res)
	w.dialog.seq = res.CSeq().SeqNo // a challenge counted on
	if s, err := strconv.Atoi(headerValue(res, "Expires")); err == nil && s > 0 {
		expires = time.Duration(s) * time.Second
	}
	return expires, nil
}

// request builds the next SUBSCRIBE, of a new subscription if there is none on
// this line.
func (w *Lamp) request(l *line, expires time.Duration) *sip.Request {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.line != l {
		w.line = l
		w.epoch++
		at := w.phone.exchange
		to := sip.Uri{Scheme: "sip", User: escapeUser(w.extension), Host: at.Addr().String(), Port: int(at.Port())}
		w.dialog = dialog{
			callID: sip.CallIDHeader(uuid.NewString()),
			local:  sip.FromHeader{Address: sip.Uri{Scheme: "sip", User: escapeUser(w.phone.name), Host: to.Host}},
			remote: sip.ToHeader{Address: to},
			target: to,
		}
		w.dialog.local.Params.Add("tag", uuid.NewString())
	}
	req := w.dialog.request(sip.SUBSCRIBE)
	seconds := sip.ExpiresHeader(expires / time.Second)
	req.AppendHeader(l.contact(w.phone.name))
	req.AppendHeader(sip.NewHeader("Event", "dialog"))
	req.AppendHeader(sip.NewHeader("Accept", dialogInfoType))
	req.AppendHeader(&seconds)
	return req
}

// renew keeps the subscription alive; an exchange that is away, or has
// forgotten it, is asked each second.
func (w *Lamp) renew() {
	granted, err := w.subscribe(context.Background(), w.phone.expires)
	if err != nil {
		granted = 2 * retryRegister
	}
	w.start(granted / 2)
}

// start sets the time of the next renewal, unless the lamp was closed.
func (w *Lamp) start(after time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case w.closed:
	case w.timer == nil:
		w.timer = time.AfterFunc(after, w.renew)
	default:
		w.timer.Reset(after)
	}
}

// stop ends the renewing. It tells whether the lamp was open.
func (w *Lamp) stop() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	was := !w.closed
	w.closed = true
	if w.timer != nil {
		w.timer.Stop()
	}
	return was
}

// notified takes a NOTIFY of the lamp's subscription.
func (w *Lamp) notified(at time.Time, r *sip.Request) error {
	if strings.HasPrefix(strings.ToLower(headerValue(r, "Subscription-State")), "terminated") {
		w.mu.Lock()
		w.line = nil
		w.mu.Unlock()
		w.start(retryRegister)
	}
	if len(r.Body()) == 0 {
		return nil
	}
	state, err := parseDialogInfo(r.Body())
	if err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return nil
	}
	n := Notice{At: at, State: state, order: [2]uint32{w.epoch, r.CSeq().SeqNo}}
	place := len(w.notices)
	for place > 0 && slices.Compare(w.notices[place-1].order[:], n.order[:]) > 0 {
		place--
	}
	w.notices = slices.Insert(w.notices, place, n)
	if w.bell != nil {
		close(w.bell)
		w.bell = nil
	}
	return nil
}

const dialogInfoType = "application/dialog-info+xml"

// parseDialogInfo reads the state of the first dialog of a document; without
// any, nobody speaks.
func parseDialogInfo(body []byte) (LampState, error) {
	var doc struct {
		XMLName xml.Name `xml:"dialog-info"`
		Dialogs []struct {
			State LampState `xml:"state"`
		} `xml:"dialog"`
	}
	if err := xml.Unmarshal(body, &doc); err != nil {
		return "", fmt.Errorf("dialog-info: %w", err)
	}
	if len(doc.Dialogs) == 0 {
		return LampOff, nil
	}
	return doc.Dialogs[0].State, nil
}

// lamp returns the lamp that a NOTIFY is for.
func (e *endpoint) lamp(r *sip.Request) *Lamp {
	if r.To() == nil || r.CallID() == nil || r.CSeq() == nil {
		return nil
	}
	key := dialogKey(string(*r.CallID()), r.To().Params)
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, w := range e.lamps {
		if w.subscribed(key) {
			return w
		}
	}
	return nil
}

func (w *Lamp) subscribed(key string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.line != nil && w.dialog.key() == key
}
