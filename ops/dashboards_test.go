package ops

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/prometheus/prometheus/promql/parser"

	"kezek/ops/monitoring"
	"kezek/queue"
)

type dashboard struct {
	UID, Title string
	Templating struct{ List []struct{ Name, Type string } }
	Panels     []struct {
		ID                       int
		Type, Title, Description string
		Datasource               struct{ Type, UID string }
		FieldConfig              struct{ Defaults struct{ Unit string } }
		Targets                  []struct {
			Expr       string
			Datasource struct{ UID string }
		}
	}
}

// shown are the names of all metrics that a busy site shows.
func shown(t *testing.T) map[string]bool {
	t.Helper()
	s := busy(t)
	s.metrics.Expect(s.state.Rules())
	s.metrics.Requested("204", time.Millisecond)
	s.metrics.HistoryStands(true, false, 1, 0, 0)
	s.happen(queue.LogIn{Agent: "1001", Trusted: true})
	s.book(t, `{"number":"+996555000009","queue":"sales"}`)
	names := map[string]bool{"up": true}
	for line := range strings.Lines(s.do("GET", "/metrics", "seeing", "").Body.String()) {
		if !strings.HasPrefix(line, "#") {
			names[regexp.MustCompile(`^\w+`).FindString(line)] = true
		}
	}
	return names
}

// metricsOf are the metrics that an expression reads.
func metricsOf(t *testing.T, where, expression string) (names []string) {
	t.Helper()
	parsed, err := parser.NewParser(parser.Options{}).ParseExpr(expression)
	if err != nil {
		t.Errorf("%s: %s: %v", where, expression, err)
		return nil
	}
	parser.Inspect(parsed, func(n parser.Node, _ []parser.Node) error {
		if v, is := n.(*parser.VectorSelector); is {
			names = append(names, v.Name)
		}
		return nil
	})
	if len(names) == 0 {
		t.Errorf("%s: %s reads no metric", where, expression)
	}
	return names
}

// The dashboards can be imported into any Grafana, and show what there is.
func TestDashboards(t *testing.T) {
	files, err := monitoring.Files(monitoring.Defaults())
	if err != nil {
		t.Fatal(err)
	}
	there := shown(t)
	uids := map[string]bool{}
	for name, text := range files {
		if !strings.HasSuffix(name, ".json") {
			continue
		}
		var d dashboard
		if err := json.Unmarshal(text, &d); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if d.UID == "" || uids[d.UID] || d.Title == "" {
			t.Errorf("%s has the uid %q and the title %q", name, d.UID, d.Title)
		}
		uids[d.UID] = true
		if list := d.Templating.List; len(list) == 0 || list[0].Name != "datasource" || list[0].Type != "datasource" {
			t.Errorf("%s has no variable for the data source", name)
		}
		ids := map[int]bool{}
		for _, p := range d.Panels {
			where := name + ": " + p.Title
			if ids[p.ID] {
				t.Errorf("%s: another panel has the id %d", where, p.ID)
			}
			if ids[p.ID] = true; p.Type == "row" {
				continue
			}
			if p.Title == "" || p.Description == "" || p.FieldConfig.Defaults.Unit == "" || p.Datasource.UID != "${datasource}" || len(p.Targets) == 0 {
				t.Errorf("%s lacks a title, a description, a unit, its data source or an expression", where)
			}
			for _, target := range p.Targets {
				if target.Datasource.UID != "${datasource}" {
					t.Errorf("%s asks the data source %q", where, target.Datasource.UID)
				}
				if strings.Contains(target.Expr, "[") && strings.Count(target.Expr, "[") != strings.Count(target.Expr, "[$__rate_interval]") {
					t.Errorf("%s: a range is not $__rate_interval: %s", where, target.Expr)
				}
				for _, metric := range metricsOf(t, where, strings.ReplaceAll(target.Expr, "$__rate_interval", "1m")) {
					if !there[metric] {
						t.Errorf("%s reads %s, which is not in /metrics", where, metric)
					}
				}
			}
		}
	}
	if len(uids) < 2 {
		t.Errorf("there are %d dashboards", len(uids))
	}
}

// The alert rules read what there is, and nothing that goes away.
func TestAlertsReadMetrics(t *testing.T) {
	files, err := monitoring.Files(monitoring.Defaults())
	if err != nil {
		t.Fatal(err)
	}
	var rules struct {
		Groups []struct {
			Rules []struct{ Alert, Record, Expr string }
		}
	}
	if err := yaml.Unmarshal(files["kezek-alerts.yaml"], &rules); err != nil {
		t.Fatal(err)
	}
	there := shown(t)
	for _, g := range rules.Groups {
		for _, r := range g.Rules {
			there[r.Record] = true
		}
	}
	gone := []string{"kezek_wait_seconds_bucket", "kezek_service_level_ratio", "kezek_callback_breaches_total", "kezek_agent_rating"}
	for _, g := range rules.Groups {
		for _, r := range g.Rules {
			for _, metric := range metricsOf(t, r.Alert+r.Record, r.Expr) {
				if !there[metric] || slices.Contains(gone, metric) {
					t.Errorf("%s%s reads %s, which is not in /metrics, or goes away", r.Alert, r.Record, metric)
				}
			}
		}
	}
}
