package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"kezek/queue"
)

// sound checks what everybody who uses a loaded config relies on, apart from
// how the loader checks it.
func sound(t *testing.T, c *Config) {
	t.Helper()
	holds := func(ok bool, format string, args ...any) {
		t.Helper()
		if !ok {
			t.Errorf(format, args...)
		}
	}
	within := func(what string, d, least, most time.Duration) {
		t.Helper()
		holds(d >= least && d <= most, "%s: %s", what, d)
	}
	r := c.Rules
	holds(c.Site != "" && !strings.ContainsAny(c.Site, "{}: \n"), "site %q", c.Site)
	holds(r.Location != nil && r.Location.String() == c.Timezone, "time zone %v", r.Location)
	holds(strings.HasSuffix(c.Asterisk.URL, "/ari"), "ARI at %q", c.Asterisk.URL)
	holds(!strings.Contains(c.Redis.URL, "@"), "Redis at %q", c.Redis.URL)
	holds(len(r.Languages) > 0 && len(r.Languages) <= 9 && len(r.Queues) > 0, "languages %v, %d queues", r.Languages, len(r.Queues))
	holds((r.Trunk.Allowed != nil) == (c.Trunk.Dial != "" && len(c.Trunk.Allow) > 0), "trunk %+v", c.Trunk)
	holds(r.Trunk.PerNumber > 0 && r.Trunk.InAir > 0 && r.Trunk.MaxOpen > 0, "trunk without bounds: %+v", r.Trunk)
	if r.Trunk.Allowed != nil {
		r.Trunk.Allowed("+996312900800")
	}
	within("menu", r.Menu.Wait, time.Second, time.Minute)
	holds(r.Menu.Rounds > 0 && r.PINTries > 0 && r.PINLock >= 0, "menu %+v, PIN %d in %s", r.Menu, r.PINTries, r.PINLock)

	dids, endpoints, codes := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for name, q := range r.Queues {
		holds(q.Name == name, "queue %q is named %q", name, q.Name)
		holds(slices.Contains(queue.Strategies, q.Strategy), "%s: strategy %q", name, q.Strategy)
		holds(slices.Contains(r.Languages, q.DefaultLanguage), "%s: language %q", name, q.DefaultLanguage)
		for _, did := range q.DID {
			holds(!dids[did] && did[0] == '+', "%s: DID %q", name, did)
			dids[did] = true
			holds(r.QueueByDID(did) == q, "%s: DID %q leads elsewhere", name, did)
		}
		for did, lang := range q.DIDLanguage {
			holds(dids[did] && slices.Contains(r.Languages, lang), "%s: DID %s has language %q", name, did, lang)
		}
		within(name+" ring", q.Ring.Timeout, time.Second, 5*time.Minute)
		within(name+" rest", q.Ring.Rest, 0, time.Hour)
		within(name+" wrap-up", q.WrapUp, 0, time.Hour)
		within(name+" overflow", q.OverflowAfter, 0, time.Hour)
		holds(q.Announce.Every == 0 || q.Announce.Every >= 5*time.Second, "%s: announces every %s", name, q.Announce.Every)
		holds(q.Music != "" && q.MaxWaiting >= 0 && q.MaxWait >= 0, "%s: %+v", name, q)
		for _, day := range q.Holidays {
			holds(day.Validate() == nil, "%s: holiday %+v", name, day)
		}
		holds(0 < q.Hold.Remind && q.Hold.Remind < q.Hold.Act && q.Hold.Act < q.Hold.Limit, "%s: hold %+v", name, q.Hold)
		within(name+" hold", q.Hold.Limit, 0, 2*time.Minute)
		within(name+" holds", q.Hold.Total, q.Hold.Act, time.Hour)
		holds(q.Hold.Then != "" && q.Hold.Return != "" && q.Hold.AgentHangup != "", "%s: hold %+v", name, q.Hold)
		cb := q.Callback
		for _, class := range queue.Classes {
			within(name+" callback of class "+string(class.Name), cb.Due(class.Name), time.Minute, class.Due)
		}
		holds(cb.Attempts > 0 && cb.LateAttempts >= 0 && cb.RetryAfter > 0 && cb.LateAfter > 0, "%s: attempts %+v", name, cb)
		holds(cb.Instant < cb.Ring && cb.GiveBack > 0 && cb.SameAgent > 0, "%s: ringing %+v", name, cb)
		holds(cb.MaxOpen > 0 && cb.Handle > 0 && cb.Keep > 0, "%s: bounds %+v", name, cb)
		holds(cb.ComplaintQueue == "" || r.Queues[cb.ComplaintQueue] != nil, "%s: complaints to %q", name, cb.ComplaintQueue)
	}
	within("phone_gone", r.PhoneGone, 0, 24*time.Hour)
	within("keep", r.Timesheet.Keep, 24*time.Hour, 3650*24*time.Hour)
	within("grace", r.Timesheet.Grace, 0, time.Hour)
	orders := map[int]bool{}
	for id, a := range r.Agents {
		holds(a.ID == id && !orders[a.Order], "agent %q is %q, at %d", id, a.ID, a.Order)
		orders[a.Order] = true
		holds(!endpoints[a.Endpoint] && r.AgentByEndpoint(a.Endpoint) == a, "%s: endpoint %q", id, a.Endpoint)
		endpoints[a.Endpoint] = true
		holds(len(a.Languages) > 0 && slices.Contains(r.Languages, a.Speech), "%s: speaks %v, hears %q", id, a.Languages, a.Speech)
		for _, m := range a.Queues {
			holds(r.Queues[m.Queue] != nil && m.Penalty >= 0, "%s: member of %+v", id, m)
		}
		holds(a.PIN == "" || !strings.ContainsFunc(a.PIN, func(c rune) bool { return c < '0' || c > '9' }), "%s: PIN", id)
	}
	for name, s := range r.Statuses {
		if slices.Contains(queue.SetByDaemon, queue.Status(name)) {
			holds(s.Code == "", "status %+v", s)
			continue
		}
		holds(s.Name == name && len(s.Code) == 2 && s.Code >= "20" && s.Code <= "39" && !codes[s.Code], "status %+v", s)
		holds(s.AtOnce >= 0, "status %+v", s)
		for _, q := range s.ForbiddenTo {
			holds(r.Queues[q] != nil, "%s: forbidden to %q", name, q)
		}
		codes[s.Code] = true
		within(name, s.Longest, 0, 12*time.Hour)
	}
}

// FuzzParse: whatever the text, there is no panic; what loads is sound, and
// loads the same again; what does not says where.
func FuzzParse(f *testing.F) {
	files, _ := filepath.Glob("testdata/*/*.yaml")
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add(Example)
	f.Add(allKeys())
	none := Files(func(string) (fs.File, error) { return nil, fs.ErrNotExist })
	f.Fuzz(func(t *testing.T, data []byte) {
		Parse("fuzz.yaml", data, none)
		c, err := Parse("fuzz.yaml", data)
		if err != nil {
			p, ok := errors.AsType[*Problem](err)
			if !ok || p.Line < 1 || p.Column < 1 || p.Text == "" || strings.Contains(err.Error(), "%!") {
				t.Fatalf("problem %+v of %v", p, err)
			}
			return
		}
		sound(t, c)
		if again, err := Parse("fuzz.yaml", data); err != nil || fmt.Sprint(again, again.Warnings) != fmt.Sprint(c, c.Warnings) {
			t.Errorf("second time: %v, %v", again, err)
		}
	})
}
