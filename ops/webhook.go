package ops

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"time"

	"go.uber.org/zap"

	"kezek/queue"
	"kezek/queue/journal"
)

const (
	// webhookBuffer is how many events wait in memory; what is more is read in Redis.
	webhookBuffer = 1000
	// webhookTimeout bounds one try.
	webhookTimeout = 5 * time.Second
	// webhookPause follows the first failed try and doubles with each, up to webhookLongest.
	webhookPause   = time.Second
	webhookLongest = time.Minute
	// webhookIdle is how long its place may be behind for events that it does not send.
	webhookIdle = time.Second
	// webhookReader names the webhook among the readers of the journal.
	webhookReader = "webhook"
)

// Places keeps how far the readers of the journal are, over restarts.
type Places interface {
	Place(ctx context.Context, reader string) (at journal.Position, ok bool, err error)
	SetPlace(ctx context.Context, reader string, at journal.Position) error
}

// WebhookOptions say where events are sent. All are needed but Secret and Log.
type WebhookOptions struct {
	URL, Site string
	// Secret signs what is sent; empty does not.
	Secret string
	// Events are the kinds that are sent.
	Events []queue.EntryKind
	// Feed tells what happens, Journal what happened before; Places has how far it is.
	Feed    *Feed
	Journal Journal
	Places  Places
	// Owner reports whether this daemon runs the site: the others send nothing.
	Owner func() bool
	// Keep is how long the journal keeps an event: for so long its delivery is tried.
	Keep    time.Duration
	Metrics *Metrics
	Log     *zap.Logger
}

// Webhook tells another program what happens, by a POST for each event, in order, and each at least once: it goes on
// behind the last event that was delivered, over restarts too. It never makes a call wait.
type Webhook struct {
	opt     WebhookOptions
	client  *http.Client
	pause   time.Duration
	failing bool
	now     func() time.Time
	// ctx is that of Run.
	ctx context.Context
	// at is how far it is, kept what Places has, since keptAt.
	at, kept journal.Position
	keptAt   time.Time
}

// NewWebhook makes one that sends nothing until Run.
func NewWebhook(opt WebhookOptions) *Webhook {
	if opt.Log == nil {
		opt.Log = zap.NewNop()
	}
	return &Webhook{
		opt: opt, pause: webhookPause, now: time.Now,
		client: &http.Client{
			Timeout: webhookTimeout,
			// What is meant for one address is not carried to another.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
}

// Run sends until ctx ends.
func (h *Webhook) Run(ctx context.Context) {
	h.ctx = ctx
	l := h.opt.Feed.follow(webhookBuffer)
	defer h.opt.Feed.Leave(l)
	for {
		at, err := h.start()
		if err == nil {
			h.at, h.kept = at, at
			break
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(followPause / 4):
		}
	}
	_ = (&follower{feed: h.opt.Feed, store: h.opt.Journal, l: l, out: h, idle: webhookIdle, at: h.at, begun: true}).run(ctx)
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), webhookIdle)
	defer cancel()
	h.keep(last)
}

// errNotOwner: another daemon sends.
var errNotOwner = errors.New("this daemon does not run the site")

// start is where it was, or at the first time where the journal ends.
func (h *Webhook) start() (at journal.Position, err error) {
	if !h.opt.Owner() {
		return at, errNotOwner
	}
	at, ok, err := h.opt.Places.Place(h.ctx, webhookReader)
	if err != nil || ok {
		return at, err
	}
	if at, err = h.opt.Journal.Newest(h.ctx); err == nil {
		err = h.opt.Places.SetPlace(h.ctx, webhookReader, at)
	}
	return at, err
}

// keep writes down how far it is. If it cannot, it does so later; until then a restart sends some events again.
func (h *Webhook) keep(ctx context.Context) {
	if h.at != h.kept && h.opt.Places.SetPlace(ctx, webhookReader, h.at) == nil {
		h.kept, h.keptAt = h.at, h.now()
	}
}

func (h *Webhook) begins() error { return nil }

func (h *Webhook) line(l journal.Line) error {
	if slices.Contains(h.opt.Events, l.Entry.Kind) {
		delivery := l.Position.String()
		if l.ID == "" { // Redis is away
			delivery = rand.Text()
		}
		if err := h.deliver(string(l.Entry.Kind), delivery, l.Entry.At, newEvent(l.Entry)); err != nil {
			return err
		}
		if l.ID != "" {
			h.at = l.Position
			h.keep(h.ctx)
		}
	} else if l.ID != "" {
		h.at = l.Position
	}
	return nil
}

func (h *Webhook) lost(n int64, known bool, after, before journal.Position) error {
	h.opt.Metrics.lostEvents("webhook", n)
	h.opt.Log.Error("webhook: events were gone from Redis before they were sent", zap.Int64("events", n), zap.Bool("number_known", known),
		zap.Stringer("after", after), zap.Stringer("before", before))
	return h.deliver(kindLost, kindLost+" "+before.String(), h.now(), newLost(n, known, after, before))
}

func (h *Webhook) reached(at journal.Position) error {
	if h.at = at; h.now().Sub(h.keptAt) > webhookIdle {
		h.keep(h.ctx)
	}
	return nil
}

func (h *Webhook) away(error) error { return nil }

func (h *Webhook) quiet() error {
	h.opt.Metrics.behind.Set(0)
	h.opt.Metrics.readers.stands(readerWebhook, false)
	h.keep(h.ctx)
	return nil
}

// deliver tries until it works, cannot work, or the event is older than what the journal keeps. An error is that of ctx.
func (h *Webhook) deliver(kind, delivery string, at time.Time, event any) error {
	body, err := json.Marshal(event)
	if err != nil {
		h.opt.Log.Error("webhook: an event cannot be written as JSON", zap.Error(err))
		return nil
	}
	h.opt.Metrics.readers.stands(readerWebhook, true)
	pause := h.pause
	for {
		h.opt.Metrics.behind.Set(max(0, h.now().Sub(at).Seconds()))
		again, err := h.post(h.ctx, kind, delivery, body)
		if err == nil {
			h.opt.Metrics.hooked("sent")
			if h.failing {
				h.failing = false
				h.opt.Log.Info("webhook: events are delivered again")
			}
			return nil
		}
		if h.ctx.Err() != nil {
			return h.ctx.Err()
		}
		if !h.failing {
			h.failing = true // a fault that lasts is told once
			h.opt.Log.Error("webhook: an event is not delivered", zap.String("event", kind), zap.Bool("tried again", again), zap.Error(err))
		}
		if !again || h.now().Sub(at) > h.opt.Keep {
			h.opt.Metrics.hooked("dropped")
			return nil
		}
		h.opt.Metrics.hooked("retried")
		select {
		case <-h.ctx.Done():
			return h.ctx.Err()
		case <-time.After(pause):
		}
		pause = min(2*pause, webhookLongest)
	}
}

// post tries once; again tells whether another try may help.
func (h *Webhook) post(ctx context.Context, kind, delivery string, body []byte) (again bool, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, h.opt.URL, bytes.NewReader(body))
	if err != nil {
		return false, err
	}
	at := strconv.FormatInt(h.now().Unix(), 10)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", "kezek")
	r.Header.Set("Kezek-Site", h.opt.Site)
	r.Header.Set("Kezek-Event", kind)
	r.Header.Set("Kezek-Delivery", delivery)
	r.Header.Set("Kezek-Timestamp", at)
	if h.opt.Secret != "" {
		r.Header.Set("Kezek-Signature", sign(h.opt.Secret, at, body))
	}
	response, err := h.client.Do(r)
	if err != nil {
		return true, err
	}
	defer response.Body.Close()
	_, _ = io.CopyN(io.Discard, response.Body, maxBody) // so that the connection can be used again
	switch code := response.StatusCode; {
	case code/100 == 2:
		return false, nil
	case code == http.StatusRequestTimeout, code == http.StatusTooManyRequests, code/100 == 5:
		return true, fmt.Errorf("it answers %s", response.Status)
	default:
		return false, fmt.Errorf("it answers %s", response.Status)
	}
}

// sign is what the receiver computes as well: the time is signed with the
// body, so that an old event cannot be sent again by somebody else.
func sign(secret, at string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(at + "."))
	mac.Write(body)
	return "sha256=" + hex.EncodeToString(mac.Sum(nil))
}
