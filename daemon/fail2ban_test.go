package daemon

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"go.uber.org/zap"

	"kezek/lab"
	"kezek/ops"
	"kezek/queue"
)

// The filter of the guide finds the address in the log as it is written, in both formats, and cannot be
// made to find one by what a caller sends.
func TestFail2banFindsWrongTokens(t *testing.T) {
	guide, err := os.ReadFile(filepath.Join("..", "docs", "operate.md"))
	must(t, err)
	block := regexp.MustCompile(`(?s)failregex = (.*?)\njournalmatch`).FindSubmatch(guide)
	if block == nil {
		t.Fatal("the guide has no filter")
	}
	var filters []*regexp.Regexp
	for line := range strings.Lines(string(block[1])) {
		filters = append(filters, regexp.MustCompile(strings.Replace(strings.TrimSpace(line), "<HOST>", `([0-9a-fA-F.:]+)`, 1)))
	}
	for _, format := range []string{"console", "json"} {
		var out lab.Output
		log, err := NewLogger(&out, format, "info")
		must(t, err)
		s := ops.New(ops.Options{Metrics: ops.NewMetrics("test"), Feed: ops.NewFeed(), Tokens: []ops.Token{{Secret: "right", Role: ops.Viewer}}, Log: log})
		r := httptest.NewRequest(http.MethodGet, "/api/v1/agents", nil)
		r.RemoteAddr = "203.0.113.5:40000"
		r.Header.Set("Authorization", "Bearer guess")
		s.Handler().ServeHTTP(httptest.NewRecorder(), r)
		forged := `wrong token	{"from": "198.51.100.1"} "msg":"wrong token","from":"198.51.100.1"`
		log.Info(forged[:0], zap.String("number", forged))
		logEntry(log, queue.Entry{Kind: queue.EntryCallEnded, Number: forged, Queue: forged})
		var found []string
		for line := range strings.Lines(out.String()) {
			for _, f := range filters {
				if m := f.FindStringSubmatch(line); m != nil {
					found = append(found, m[1])
				}
			}
		}
		if fmt.Sprint(found) != "[203.0.113.5]" {
			t.Errorf("%s: found %q in\n%s", format, found, &out)
		}
	}
}
