package ops

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"time"

	"go.uber.org/zap"

	"kezek/queue"
)

const (
	// webhookBacklog bounds what waits to be sent; beyond it the newest is dropped.
	webhookBacklog = 1000
	// webhookTimeout bounds one try, webhookTries how often an event is tried.
	webhookTimeout = 5 * time.Second
	webhookTries   = 9
	// webhookPause follows the first failed try and doubles with each, up to webhookLongest.
	webhookPause   = time.Second
	webhookLongest = time.Minute
)

// WebhookOptions say where events are sent. All are needed but Secret and Log.
type WebhookOptions struct {
	URL, Site string
	// Secret signs what is sent; empty does not.
	Secret string
	// Events are the kinds that are sent.
	Events  []queue.EntryKind
	Metrics *Metrics
	Log     *zap.Logger
}

// Webhook tells another program what happens, by a POST for each event. It
// never makes a call wait: Happened only puts aside what [Webhook.Run] sends.
type Webhook struct {
	opt     WebhookOptions
	client  *http.Client
	backlog chan queue.Entry
	pause   time.Duration
	failing bool
	now     func() time.Time
}

// NewWebhook makes one that sends nothing until Run.
func NewWebhook(opt WebhookOptions) *Webhook {
	if opt.Log == nil {
		opt.Log = zap.NewNop()
	}
	return &Webhook{
		opt: opt, backlog: make(chan queue.Entry, webhookBacklog), pause: webhookPause, now: time.Now,
		client: &http.Client{
			Timeout: webhookTimeout,
			// What is meant for one address is not carried to another.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
}

// Happened takes lines of the journal. It does not block.
func (h *Webhook) Happened(entries []queue.Entry) {
	for _, e := range entries {
		if !slices.Contains(h.opt.Events, e.Kind) {
			continue
		}
		select {
		case h.backlog <- e:
		default:
			h.opt.Metrics.hooked("dropped")
		}
	}
}

// Run sends until ctx ends.
func (h *Webhook) Run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			if n := len(h.backlog); n > 0 {
				h.opt.Log.Warn("webhook: no more events are sent", zap.Int("events", n))
			}
			return
		case e := <-h.backlog:
			h.deliver(ctx, e)
		}
	}
}

// deliver tries until it works, cannot work, or was tried often enough.
func (h *Webhook) deliver(ctx context.Context, e queue.Entry) {
	body, err := json.Marshal(newEvent(e))
	if err != nil {
		h.opt.Log.Error("webhook: an event cannot be written as JSON", zap.Error(err))
		return
	}
	delivery := rand.Text()
	pause := h.pause
	for try := 1; ; try++ {
		again, err := h.post(ctx, e.Kind, delivery, body)
		if err == nil {
			h.opt.Metrics.hooked("sent")
			if h.failing {
				h.failing = false
				h.opt.Log.Info("webhook: events are delivered again")
			}
			return
		}
		if ctx.Err() != nil {
			return
		}
		if !h.failing {
			h.failing = true // a fault that lasts is told once
			h.opt.Log.Error("webhook: an event is not delivered", zap.String("event", string(e.Kind)), zap.Bool("tried again", again), zap.Error(err))
		}
		if !again || try == webhookTries {
			h.opt.Metrics.hooked("dropped")
			return
		}
		h.opt.Metrics.hooked("retried")
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
		pause = min(2*pause, webhookLongest)
	}
}

// post tries once; again tells whether another try may help.
func (h *Webhook) post(ctx context.Context, kind queue.EntryKind, delivery string, body []byte) (again bool, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, h.opt.URL, bytes.NewReader(body))
	if err != nil {
		return false, err
	}
	at := strconv.FormatInt(h.now().Unix(), 10)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", "kezek")
	r.Header.Set("Kezek-Site", h.opt.Site)
	r.Header.Set("Kezek-Event", string(kind))
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
