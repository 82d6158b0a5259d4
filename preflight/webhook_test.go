package preflight

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"kezek/config"
	"kezek/queue"
)

// A webhook that cannot be reached is told, and one that can is sent nothing.
func TestWebhook(t *testing.T) {
	var asked atomic.Int32
	count := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) })
	plain, secure := httptest.NewServer(count), httptest.NewTLSServer(count)
	defer plain.Close()
	defer secure.Close()
	secure.Config.ErrorLog = nil
	for url, want := range map[string]string{
		plain.URL + "/x":                         "",
		secure.URL + "/x":                        "does not trust (O=Acme Co): supervisors get no events. have its certificate signed",
		"http://127.0.0.1:" + freePort(t) + "/x": "connection refused: supervisors get no events. start that program",
		"":                                       "",
	} {
		c := &config.Config{Supervisors: config.Supervisors{Webhook: config.Webhook{URL: url, Events: []queue.EntryKind{queue.EntryAgentUnwell}}}}
		found := checkWebhook(t.Context(), c)
		if (len(found) == 1) != (want != "") || len(found) == 1 && !strings.Contains(found[0].Problem+". "+found[0].Fix, want) {
			t.Errorf("%s: %+v, want %q", url, found, want)
		}
	}
	if n := asked.Load(); n != 0 {
		t.Errorf("it was asked %d times", n)
	}
}
