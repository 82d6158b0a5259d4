package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"kezek/queue"
)

// bounds are what users of a loaded config rely on for each of its numbers and times, apart from how the loader checks it.
var bounds = map[string][2]int64{
	"Redis.Events.Keep":      within(time.Hour, 30*day),
	"Redis.Events.Most":      within(10_000, 100_000_000),
	"History.Keep.Calls":     within(day, 3650*day),
	"History.Keep.Callbacks": within(day, 3650*day),
	"History.Keep.Agents":    within(day, 3650*day),
	"History.Keep.Acts":      within(day, 3650*day),
	"Ops.SignOn.Lasts":       within(time.Minute, 30*day),
	"Dialplan.FallbackAfter": within(5*time.Second, time.Hour),
	"Trunk.PerNumber":        within(1, 1000),
	"Trunk.InAir":            within(1, 1000),
	"Trunk.MaxOpen":          within(1, 100_000),

	"Rules.Menu.Wait":        within(time.Second, time.Minute),
	"Rules.Menu.Rounds":      within(1, 10),
	"Rules.Menu.Late":        within(0, 10*time.Second),
	"Rules.Menu.Remember":    within(0, 3650*day),
	"Rules.PINTries":         within(1, 100),
	"Rules.PINLock":          within(0, day),
	"Rules.Trunk.PerNumber":  within(1, 1000),
	"Rules.Trunk.InAir":      within(1, 1000),
	"Rules.Trunk.MaxOpen":    within(1, 100_000),
	"Rules.Conduct.Flag":     within(0, 3650*day),
	"Rules.Transfer.Ring":    within(5*time.Second, 90*time.Second),
	"Rules.Parking.Slots":    within(0, 9),
	"Rules.Parking.Time":     within(10*time.Second, 110*time.Second),
	"Rules.PhoneGone":        within(0, day),
	"Rules.Notice.For":       within(time.Minute, 7*day),
	"Rules.Timesheet.Keep":   within(day, 3650*day),
	"Rules.Timesheet.Grace":  within(0, time.Hour),
	"Rules.Statuses.Longest": within(0, 12*time.Hour),
	"Rules.Statuses.AtOnce":  within(0, 10_000),

	"Rules.Agents.Order":          within(0, 1_000_000),
	"Rules.Agents.Queues.Penalty": within(0, 1000),

	"Rules.Queues.Weight":              within(0, 1000),
	"Rules.Queues.Priority":            within(0, 1000),
	"Rules.Queues.OverflowAfter":       within(0, time.Hour),
	"Rules.Queues.Ring.Timeout":        within(time.Second, 5*time.Minute),
	"Rules.Queues.Ring.Rest":           within(0, time.Hour),
	"Rules.Queues.Ring.PauseAfter":     within(0, 100),
	"Rules.Queues.Ring.Broken":         within(0, 5*time.Second),
	"Rules.Queues.Ring.NoAudio":        within(0, time.Minute),
	"Rules.Queues.Ring.Silent":         within(0, 5*time.Minute),
	"Rules.Queues.WrapUp":              within(0, time.Hour),
	"Rules.Queues.WrapUpMore.Step":     within(0, time.Hour),
	"Rules.Queues.WrapUpMore.Most":     within(0, 2*time.Hour),
	"Rules.Queues.Announce.Every":      within(0, time.Hour),
	"Rules.Queues.MaxWaiting":          within(0, 100_000),
	"Rules.Queues.MaxWait":             within(0, day),
	"Rules.Queues.ServiceLevel.Within": within(time.Second, time.Hour),
	"Rules.Queues.ServiceLevel.Target": within(1, 100),
	"Rules.Queues.Hold.Limit":          within(5*time.Second, 2*time.Minute),
	"Rules.Queues.Hold.Act":            within(1, 118*time.Second),
	"Rules.Queues.Hold.Remind":         within(1, 118*time.Second),
	"Rules.Queues.Hold.Total":          within(1, time.Hour),
	"Rules.Queues.Hold.Ring":           within(0, 30*time.Second),
	"Rules.Queues.Peak.Wait":           within(0, time.Hour),
	"Rules.Queues.Rating.Wait":         within(time.Second, 30*time.Second),
	"Rules.Queues.SameAgent.Within":    within(0, 7*day),
	"Rules.Queues.SameAgent.Wait":      within(0, 2*time.Minute),
	"Rules.Queues.SameAgent.Extension": within(0, 2*time.Minute),
	"Rules.Queues.Recording.Keep":      within(day, 3650*day),
	"Rules.Queues.Recording.Pause":     within(10*time.Second, 30*time.Minute),
	"Rules.Queues.NotHeardAfter":       within(0, 15*time.Second),

	"Rules.Queues.Callback.Information":        within(time.Minute, 30*time.Minute), // S3
	"Rules.Queues.Callback.Manager":            within(time.Minute, 15*time.Minute), // S3
	"Rules.Queues.Callback.Complaint":          within(time.Minute, time.Hour),      // S1
	"Rules.Queues.Callback.OfferOver":          within(0, time.Hour),
	"Rules.Queues.Callback.Attempts":           within(1, 20),
	"Rules.Queues.Callback.RetryAfter":         within(10*time.Second, time.Hour),
	"Rules.Queues.Callback.LateAttempts":       within(0, 20),
	"Rules.Queues.Callback.LateAfter":          within(time.Minute, 7*day),
	"Rules.Queues.Callback.Ring":               within(5*time.Second, 2*time.Minute),
	"Rules.Queues.Callback.Instant":            within(0, 4*time.Second),
	"Rules.Queues.Callback.SameAgent":          within(1, 10),
	"Rules.Queues.Callback.GiveBack":           within(time.Second, 2*time.Minute),
	"Rules.Queues.Callback.MaxOpen":            within(1, 100_000),
	"Rules.Queues.Callback.Unverified.Share":   within(1, 100),
	"Rules.Queues.Callback.Unverified.PerHour": within(1, 100_000),
	"Rules.Queues.Callback.Handle":             within(10*time.Second, time.Hour),
	"Rules.Queues.Callback.Abandoned":          within(0, time.Hour),
	"Rules.Queues.Callback.Keep":               within(time.Hour, 3650*day),
}

const day = 24 * time.Hour

func within[N int | time.Duration](least, most N) [2]int64 {
	return [2]int64{int64(least), int64(most)}
}

// eachNumber visits the numbers and times of a loaded config, by path, without the names of queues, agents and statuses.
func eachNumber(path string, v reflect.Value, visit func(path string, v reflect.Value)) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			eachNumber(path, v.Elem(), visit)
		}
	case reflect.Int, reflect.Int64:
		visit(path, v)
	case reflect.Map:
		for _, value := range v.Seq2() {
			eachNumber(path, value, visit)
		}
	case reflect.Slice:
		for i := range v.Len() {
			eachNumber(path, v.Index(i), visit)
		}
	case reflect.Struct:
		for f, value := range v.Fields() {
			if f.IsExported() {
				eachNumber(strings.TrimPrefix(path+"."+f.Name, "."), value, visit)
			}
		}
	}
}

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
	eachNumber("", reflect.ValueOf(c), func(path string, v reflect.Value) {
		b, ok := bounds[path]
		holds(ok, "%s has no bounds here: add them to bounds in config/fuzz_test.go", path)
		holds(!ok || b[0] <= v.Int() && v.Int() <= b[1], "%s is %v", path, v)
	})
	r := c.Rules
	holds(c.Site != "" && !strings.ContainsAny(c.Site, "{}: \n"), "site %q", c.Site)
	holds(r.Location != nil && r.Location.String() == c.Timezone, "time zone %v", r.Location)
	holds(strings.HasSuffix(c.Asterisk.URL, "/ari"), "ARI at %q", c.Asterisk.URL)
	holds(!strings.Contains(c.Redis.URL, "@"), "Redis at %q", c.Redis.URL)
	holds(len(r.Languages) > 0 && len(r.Languages) <= 9 && len(r.Queues) > 0, "languages %v, %d queues", r.Languages, len(r.Queues))
	holds((r.Trunk.Allowed != nil) == (c.Trunk.Dial != "" && len(c.Trunk.Allow) > 0), "trunk %+v", c.Trunk)
	if r.Trunk.Allowed != nil {
		r.Trunk.Allowed("+996312900800")
	}

	dids, endpoints, codes := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for name, q := range r.Queues {
		holds(q.Name == name, "queue %q is named %q", name, q.Name)
		holds(slices.Contains(queue.Pickups, q.Pickup), "%s: pickup %q", name, q.Pickup)
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
		holds(q.Ring.NoAudio == 0 || q.Ring.NoAudio >= 3*time.Second, "%s: a phone is broken after %s", name, q.Ring.NoAudio)
		holds(q.Ring.Silent == 0 || q.Ring.Silent >= 3*time.Second, "%s: a phone is gone after %s", name, q.Ring.Silent)
		holds(q.Announce.Every == 0 || q.Announce.Every >= 5*time.Second, "%s: announces every %s", name, q.Announce.Every)
		holds(q.Music != "", "%s: %+v", name, q)
		for _, day := range q.Holidays {
			holds(day.Validate() == nil, "%s: holiday %+v", name, day)
		}
		holds(0 < q.Hold.Remind && q.Hold.Remind < q.Hold.Act && q.Hold.Act < q.Hold.Limit, "%s: hold %+v", name, q.Hold)
		holds(q.Hold.Total >= q.Hold.Act, "%s: hold %+v", name, q.Hold)
		holds(q.Hold.Then != "" && q.Hold.Return != "" && q.Hold.AgentHangup != "", "%s: hold %+v", name, q.Hold)
		cb := q.Callback
		holds(cb.Instant < cb.Ring, "%s: ringing %+v", name, cb)
		holds(cb.ComplaintQueue == "" || r.Queues[cb.ComplaintQueue] != nil, "%s: complaints to %q", name, cb.ComplaintQueue)
	}
	orders := map[int]bool{}
	for id, a := range r.Agents {
		holds(a.ID == id && !orders[a.Order], "agent %q is %q, at %d", id, a.ID, a.Order)
		orders[a.Order] = true
		holds(!endpoints[a.Endpoint] && r.AgentByEndpoint(a.Endpoint) == a, "%s: endpoint %q", id, a.Endpoint)
		endpoints[a.Endpoint] = true
		holds(len(a.Languages) > 0 && slices.Contains(r.Languages, a.Speech), "%s: speaks %v, hears %q", id, a.Languages, a.Speech)
		for _, m := range a.Queues {
			holds(r.Queues[m.Queue] != nil, "%s: member of %+v", id, m)
		}
		holds(a.PIN == "" || !strings.ContainsFunc(a.PIN, func(c rune) bool { return c < '0' || c > '9' }), "%s: PIN", id)
	}
	for name, s := range r.Statuses {
		if slices.Contains(queue.SetByDaemon, queue.Status(name)) {
			holds(s.Code == "", "status %+v", s)
			continue
		}
		holds(s.Name == name && len(s.Code) == 2 && s.Code >= "20" && s.Code <= "39" && !codes[s.Code] && !slices.Contains(queue.InCallCodes(), "*"+s.Code), "status %+v", s)
		for _, q := range s.ForbiddenTo {
			holds(r.Queues[q] != nil, "%s: forbidden to %q", name, q)
		}
		codes[s.Code] = true
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
