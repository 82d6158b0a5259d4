package ops

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"kezek/queue"
)

// scraped holds that a scrape has each of the lines.
func scraped(t *testing.T, s *site, when string, lines ...string) {
	t.Helper()
	body := s.do("GET", "/metrics", "seeing", "").Body.String()
	for _, line := range lines {
		if strings.Contains(body, "\n"+line+"\n") {
			continue
		}
		series, _, _ := strings.Cut(line, " ")
		t.Errorf("%s: no line %s", when, line)
		for is := range strings.Lines(body) {
			if strings.HasPrefix(is, series+" ") {
				t.Logf("it is %s", is)
			}
		}
	}
}

// Who was answered and who gave up are told apart, each in time or not.
func TestServiceIsCounted(t *testing.T) {
	s := newSite(t)
	s.metrics.Expect(s.state.Rules())
	s.happen(queue.LogIn{Agent: "1001", Trusted: true}, arrive("c1", "+996312900800", "+996555000001"))
	s.at = s.at.Add(6 * time.Second)
	s.happen(queue.LegAnswered{Channel: s.legOf("1001")}) // after 7 s
	s.happen(arrive("c2", "+996312900800", "+996555000002"), arrive("c3", "+996312900800", "+996555000003"))
	s.happen(queue.ChannelGone{Channel: "c2", Cause: queue.CauseNormal}) // after 2 s
	s.at = s.at.Add(29 * time.Second)
	s.happen(queue.ChannelGone{Channel: "c3", Cause: queue.CauseNormal}) // after 31 s
	talked := s.at
	s.happen(queue.ChannelGone{Channel: "c1", Cause: queue.CauseNormal})
	s.at = s.at.Add(20 * time.Second)
	s.happen(queue.SetStatus{Agent: "1001", Status: queue.StatusReady})
	const ru = `{language="ru",queue="sales"}`
	scraped(t, s, "after three calls",
		"kezek_calls_offered_total"+ru+" 3", "kezek_calls_answered_within_total"+ru+" 1", "kezek_calls_abandoned_within_total"+ru+" 1",
		"kezek_answer_seconds_count"+ru+" 1", "kezek_answer_seconds_sum"+ru+" 7",
		"kezek_abandon_seconds_count"+ru+" 2", "kezek_abandon_seconds_sum"+ru+" 33",
		"kezek_ring_seconds_count"+ru+" 1", "kezek_ring_seconds_sum"+ru+" 7",
		"kezek_talk_seconds_count"+ru+" 1", fmt.Sprintf("kezek_talk_seconds_sum%s %v", ru, talked.Sub(start.Add(10*time.Second)).Seconds()+1),
		"kezek_wrapup_seconds_count"+ru+" 1", "kezek_wrapup_seconds_sum"+ru+" 21",
		`kezek_calls_offered_total{language="ky",queue="repair"} 0`,
		`kezek_service_level_target_ratio{queue="sales"} 0.8`, `kezek_service_level_within_seconds{queue="sales"} 20`,
	)
}

// A callback is in time, or not, once: whatever becomes of it after its deadline.
func TestPromisesAreCounted(t *testing.T) {
	s := newSite(t)
	scraped(t, s, "at the start", `kezek_callbacks_due_total{class="complaint"} 0`, `kezek_callback_seconds_count{class="manager"} 0`)
	s.happen(queue.LogIn{Agent: "1001", Trusted: true})
	call := func(class string, after time.Duration) {
		id := s.book(t, `{"number":"+996555000001","queue":"sales","class":"`+class+`"}`)
		s.at = s.at.Add(after)
		s.happen(queue.Tick{})
		leg, _, _, _ := s.legs(id)
		s.happen(queue.LegAnswered{Channel: leg})
		_, _, whisper, _ := s.legs(id)
		s.happen(queue.PlayEnded{Channel: leg, Playback: whisper})
		_, client, _, _ := s.legs(id)
		s.happen(queue.LegAnswered{Channel: client})
		_, _, _, greeting := s.legs(id)
		s.happen(queue.PlayEnded{Channel: client, Playback: greeting})
		s.at = s.at.Add(30 * time.Second)
		s.happen(queue.ChannelGone{Channel: client, Cause: queue.CauseNormal})
		if len(s.over) == 0 || s.over[0].ID != id || s.over[0].Outcome != queue.CallbackCompleted {
			t.Fatalf("%s is not completed: %+v", id, s.over)
		}
		s.at = s.at.Add(10 * time.Minute)
		s.happen(queue.Tick{})
	}
	call("manager", 0)
	manager := func(due, in, breached int) []string {
		return []string{
			fmt.Sprintf(`kezek_callbacks_due_total{class="manager"} %d`, due), fmt.Sprintf(`kezek_callbacks_in_time_total{class="manager"} %d`, in),
			fmt.Sprintf(`kezek_callbacks_breached_total{class="manager"} %d`, breached),
		}
	}
	scraped(t, s, "one in time", append(manager(1, 1, 0), `kezek_callback_seconds_count{class="manager"} 1`, `kezek_callback_seconds_bucket{class="manager",le="30"} 1`)...)

	id := s.book(t, `{"number":"+996555000002","queue":"sales","class":"manager"}`)
	leg, _, _, _ := s.legs(id)
	s.happen(queue.ChannelGone{Channel: leg, Cause: queue.CauseDeclined})
	s.at = s.at.Add(16 * time.Minute)
	s.happen(queue.Tick{})
	scraped(t, s, "at the deadline of another", manager(2, 1, 1)...)
	s.do("DELETE", "/api/v1/callbacks/"+id+"?reason=x", "steering", "")
	scraped(t, s, "when that was cancelled", manager(2, 1, 1)...)
	id = s.book(t, `{"number":"+996555000003","queue":"sales","class":"manager"}`)
	s.do("DELETE", "/api/v1/callbacks/"+id+"?reason=x", "steering", "")
	scraped(t, s, "when one was cancelled in time", manager(2, 1, 1)...)
}

// The time of agents is added up by status, and so is that of the roster; scrapes in between change nothing.
func TestTimeOfAgentsIsCounted(t *testing.T) {
	s := newSite(t)
	rules := testRules()
	s.change(func(r *queue.Rules) {
		r.Roster = map[string]queue.Roster{"1001": {
			Days:   map[string]bool{start.Format(time.DateOnly): true},
			Shifts: []queue.Shift{{Start: start.Add(10 * time.Minute), End: start.Add(20 * time.Minute)}},
		}}
	})
	s.metrics.Expect(rules)
	scraped(t, s, "at the start", `kezek_agent_status_seconds_total{status="coffee"} 0`, "kezek_scheduled_seconds_total 0")
	at := func(minute int) {
		s.at = start.Add(time.Duration(minute)*time.Minute - time.Second)
	}
	at(5)
	s.happen(queue.LogIn{Agent: "1001", Trusted: true})
	scraped(t, s, "at log-in", `kezek_agent_status_seconds_total{status="waiting"} 0`)
	at(12)
	s.happen(queue.SetStatus{Agent: "1001", Status: "coffee"})
	at(15)
	s.happen(queue.LogOut{Agent: "1001"})
	at(25)
	s.happen(queue.LogIn{Agent: "1001", Trusted: true})
	s.at = start.Add(26 * time.Minute)
	scraped(t, s, "after the shift",
		`kezek_agent_status_seconds_total{status="waiting"} 480`, `kezek_agent_status_seconds_total{status="coffee"} 180`,
		"kezek_scheduled_seconds_total 600", "kezek_adherent_seconds_total 300")
	s.away, s.health.Owner = errAway, false
	scraped(t, s, "while another daemon runs the site", `kezek_agent_status_seconds_total{status="waiting"} 480`)
	s.at, s.away, s.health.Owner = s.at.Add(time.Hour), nil, true
	scraped(t, s, "when this one runs it again", `kezek_agent_status_seconds_total{status="waiting"} 480`)
}

// A reader of the journal that has stopped falls behind, whether it says so or not.
func TestReadersFallBehind(t *testing.T) {
	s := newSite(t)
	at := start
	s.metrics.readers.now = func() time.Time { return at }
	s.metrics.HistoryStands(true, false, 1, 0, 0)
	at = at.Add(time.Minute)
	scraped(t, s, "in silence", `kezek_journal_behind_seconds{reader="history"} 60`)
	s.metrics.HistoryStands(false, true, 1, 0, 0)
	s.metrics.QueueLogStands(true, false, 0, 0, 0)
	at = at.Add(time.Minute)
	scraped(t, s, "behind", `kezek_journal_behind_seconds{reader="history"} 120`, `kezek_journal_behind_seconds{reader="queue_log"} 60`)
	s.metrics.HistoryStands(true, false, 2, 0, 0)
	scraped(t, s, "when all is read", `kezek_journal_behind_seconds{reader="history"} 0`)
}

func TestReloadsAreTold(t *testing.T) {
	s := newSite(t)
	s.metrics.Reloaded(true)
	scraped(t, s, "at the start", "kezek_config_last_reload_successful 1")
	s.metrics.Reloaded(false)
	scraped(t, s, "refused", "kezek_config_last_reload_successful 0")
}

// A name that goes away is marked where people read of it: in the help and in the manual, with what to use.
func TestDeprecatedMetricsAreMarked(t *testing.T) {
	s := busy(t)
	manual, err := os.ReadFile("../docs/operate.md")
	if err != nil {
		t.Fatal(err)
	}
	help := s.do("GET", "/metrics", "seeing", "").Body.String()
	for _, name := range []string{"kezek_wait_seconds", "kezek_service_level_ratio", "kezek_callback_breaches_total"} {
		if !strings.Contains(help, "# HELP "+name+" Deprecated") {
			t.Errorf("the help of %s does not say that it goes away", name)
		}
	}
	for _, name := range []string{"kezek_wait_seconds", "kezek_service_level_ratio", "kezek_callback_breaches_total", "kezek_agent_rating"} {
		marked := false
		for line := range strings.Lines(string(manual)) {
			marked = marked || strings.HasPrefix(line, "| `"+name) && strings.Contains(line, "**deprecated**")
		}
		if !marked {
			t.Errorf("docs/operate.md does not mark %s", name)
		}
	}
}

// How many series there are follows from the config alone, as the manual says.
func TestSeriesAreBounded(t *testing.T) {
	count := func(queues, languages int) (n int) {
		rules := testRules()
		rules.Queues, rules.Languages, rules.Results = map[string]*queue.QueueRules{}, nil, nil
		for i := range queues {
			q := queue.DefaultQueue()
			q.Name = fmt.Sprintf("q%d", i)
			rules.Queues[q.Name] = &q
		}
		for i := range languages {
			rules.Languages = append(rules.Languages, queue.Language(fmt.Sprintf("l%d", i)))
		}
		m := NewMetrics("test")
		m.Expect(rules)
		families, err := m.registry.Gather()
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range families {
			if !strings.HasPrefix(f.GetName(), "kezek_") {
				continue
			}
			for _, series := range f.GetMetric() {
				if h := series.GetHistogram(); h != nil {
					n += len(h.GetBucket()) + 3 // and +Inf, sum, count
				} else {
					n++
				}
			}
		}
		return n
	}
	each := count(3, 2) - count(2, 2)
	perLanguage := count(2, 2) - count(2, 1) // of two queues
	if line, other := count(4, 3)-count(3, 3), perLanguage/2; line != each+other || count(5, 4) != count(1, 1)+4*(count(2, 1)-count(1, 1))+5*3*other {
		t.Errorf("a queue has %d series in two languages and %d in three, a language %d: that is no sum", each, line, other)
	}
	manual, err := os.ReadFile("../docs/operate.md")
	if err != nil {
		t.Fatal(err)
	}
	want := fmt.Sprintf("%d series for each queue and language", perLanguage/2)
	if !strings.Contains(strings.ReplaceAll(string(manual), "\n", " "), want) {
		t.Errorf("docs/operate.md does not say: %s", want)
	}
}
