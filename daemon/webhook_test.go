package daemon

import (
	"context"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"go.uber.org/zap"

	"kezek/config"
	"kezek/ops"
	"kezek/queue"
)

// What the loop tells reaches the webhook of the config; without one nothing is sent.
func TestWebhookOfTheConfig(t *testing.T) {
	got := make(chan string, 1)
	p := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		got <- r.Header.Get("Kezek-Site") + " " + r.Header.Get("Kezek-Event")
	}))
	t.Cleanup(p.Close)
	c := &config.Config{Site: "lab"}
	metrics, feed := ops.NewMetrics("test"), ops.NewFeed()
	happened := []queue.Entry{{Kind: queue.EntryCallbackBreached}}
	if h := webhook(c, metrics, zap.NewNop()); h != nil {
		t.Error("a webhook though the config has none")
	}
	(&observer{Metrics: metrics, feed: feed}).Happened(happened)

	c.Supervisors.Webhook = config.Webhook{URL: p.URL, Events: []queue.EntryKind{queue.EntryCallbackBreached}}
	h := webhook(c, metrics, zap.NewNop())
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { h.Run(ctx) })
	(&observer{Metrics: metrics, feed: feed, webhook: h}).Happened(happened)
	if sent := <-got; sent != "lab callback.breach" {
		t.Errorf("sent %q", sent)
	}
	cancel()
	running.Wait()
}
