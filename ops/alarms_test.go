package ops

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"kezek/queue"
)

// Alarms of the last day are listed with who has seen them. A supervisor acknowledges one, with the name, once.
func TestAlarms(t *testing.T) {
	s := newSite(t)
	if w := s.do("GET", "/api/v1/alarms", "seeing", ""); w.Code != http.StatusNotFound {
		t.Errorf("without a history: %d %s", w.Code, w.Body)
	}
	if w := s.do("PUT", "/api/v1/alarms/1000-3", "steering", ""); w.Code != http.StatusNotFound {
		t.Errorf("without a history: %d %s", w.Code, w.Body)
	}
	seen := Acknowledged{"aida", start}
	s.Server.reports = &books{alarms: []Alarm{
		{ID: "1000-3", At: start, Kind: queue.EntryCallbackBreached, Severity: queue.SeverityCritical, Callback: "cb-1"},
		{ID: "1000-2", At: start.Add(-time.Hour), Kind: queue.EntryTrunkDown, Severity: queue.SeverityCritical, Acknowledged: &seen},
		{ID: "900-1", At: start.Add(-30 * time.Hour), Kind: queue.EntryViolation, Severity: queue.SeverityWarning},
	}}
	if all := get[items[Alarm]](t, s, "/api/v1/alarms").Items; len(all) != 2 || all[0].ID != "1000-3" || all[0].Acknowledged != nil || *all[1].Acknowledged != seen {
		t.Errorf("of the last day: %+v", all)
	}
	if all := get[items[Alarm]](t, s, "/api/v1/alarms?since="+start.Add(-48*time.Hour).Format(time.RFC3339)).Items; len(all) != 3 {
		t.Errorf("of two days: %+v", all)
	}
	for _, tt := range []struct {
		method, path, token, body string
		status                    int
		says                      string
	}{
		{"GET", "/api/v1/alarms?since=yesterday", "seeing", "", 422, `since: invalid time "yesterday"`},
		{"PUT", "/api/v1/alarms/1000-3", "seeing", "{}", 403, "needs the role supervisor"},
		{"PUT", "/api/v1/alarms/1000-9", "steering", "{}", 404, "not among those of the history"},
		{"PUT", "/api/v1/alarms/nothing", "steering", "{}", 404, "not among those of the history"},
		{"PUT", "/api/v1/alarms/1000-3", "steering", `{"by":"x"}`, 400, `"by": unknown field`},
		{"PUT", "/api/v1/alarms/1000-3", "ruling", "{}", 200, `"acknowledged":{"by":"admin"`},
		{"PUT", "/api/v1/alarms/1000-2", "ruling", "", 200, `"acknowledged":{"by":"aida"`}, // the first one stays
	} {
		if status, says := s.sends(t, tt.method, tt.path, tt.token, tt.body); status != tt.status || !strings.Contains(says, tt.says) {
			t.Errorf("%s %s %s: %d %s, want %d %s", tt.method, tt.path, tt.body, status, says, tt.status, tt.says)
		}
	}
	if told := s.told(queue.EntryAlarmSeen); len(told) != 1 || told[0].Alarm != "1000-3" || told[0].By != "admin" {
		t.Errorf("told: %+v", told)
	}
}
