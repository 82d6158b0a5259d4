package queuetest

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"kezek/queue"
)

var (
	days = flag.Int("days", 4, "simulated days, each with its own seed")
	seed = flag.Uint64("seed", 1, "the first seed")
	tell = flag.Bool("tell", false, "tell every step of the simulated days")
)

const worldSite = `
trunk allow=+996 per_number=6 in_air=4 open=30 caller_id=+996312900800
transfer extensions=12 ring=10s
supervisors PJSIP/1100 PJSIP/1101
phone PJSIP/2001
phone_gone 3m
menu wait=4s rounds=3 late=2s remember=24h
notices notice-internet maintenance for=20m
keys digits
cdr
parking slots=2 time=10s
conduct flag=1h
timesheet grace=1m keep=48h working_day=sum
queue sales did=100 not_heard_after=10s same_within=24h same_wait=20s rating=true record=true strategy=%s overflow_after=30s pause_after=3 broken=1s no_audio=4s silent=8s wrapup=5s position=true wait=true every=20s whisper=%v limit=20s act=14s remind=8s
queue support did=200 overflow=false skilled_first=false priority=1 due=20m attempts=2 late_attempts=1 retry_after=3m late_after=1h same_agent=1 offer_over=1m instant=1s max_open=20 unverified=70 unverified_hour=20 handle=2m complaints=sales abandoned=30s rating=true rating_wait=3s wrapup_step=10s wrapup_most=30s peak_wait=30s peak_level=false within=10s leave_when_empty=true join_empty=false ring=10s record=true record_pause=20s welcome=false same_within=1h same_wait=40s extension=30s code=802 pickup=any strategy=rrmemory weight=1 max_wait=2m max_waiting=15 rest=1s limit=20s act=14s remind=8s then=%s total=1m hold_ring=3s return=over_phrase agent_hangup=requeue due_manager=10m due_complaint=40m give_back=2s client_ring=20s callback_keep=24h record_keep=48h target=90 music=support auto_answer=true skills=fiber
status coffee 21 longest=2m peak=true required=true at_once=2 forbidden_to=support
result contract 1
result refused 2 queues=sales
agent 1001 ru sales shifts=Mo_00:05-00:50
agent 1002 ru sales support:1 skills=fiber
agent 1003 ky sales trainee=true
agent 1004 ky support sales:1 skills=fiber
agent 1005 ru,ky sales support skills=fiber
agent 1006 ru,ky supervisor=true
agent 1007 ru,ky sales:9 supervisor=true unlisted=true
roster 2026-03-02 1002 00:10 00:40
`

// notSimulated are the rules that no simulated site sets, and why.
var notSimulated = map[string]string{
	"Languages":               "the default, ky and ru, is what simulated callers choose from; scenarios have others",
	"Location":                "no rule depends on which it is; queue/hours_test.go has others",
	"PINTries":                "simulated people key no PIN; queue/queuetest/pin_test.go",
	"PINLock":                 "the same",
	"Agents.PIN":              "the same",
	"Agents.Name":             "no rule reads it: it is for people",
	"Statuses.Title":          "the same",
	"Results.Title":           "the same",
	"Queues.Title":            "the same",
	"Queues.DefaultLanguage":  "the site reader sets it",
	"Queues.DIDLanguage":      "a number with a language has no menu; the menu is simulated",
	"Queues.Fallback":         "it takes callers out of the model of the exchange",
	"Queues.Hours":            "days are an hour; queue/hours_test.go",
	"Queues.Holidays":         "the same",
	"Queues.Recording.Notice": "no recording without a notice: World.done holds it",
}

// Each rule of the config can be set in a site, and a simulated site sets it to something else than the default, or the
// list says why not.
func TestRulesAreSimulated(t *testing.T) {
	plain, err := Rules("queue plain\nagent plain ru plain\nstatus plain 20\nresult plain 0")
	if err != nil {
		t.Fatal(err)
	}
	world, err := Rules(fmt.Sprintf(worldSite, "linear", true, "requeue"))
	if err != nil {
		t.Fatal(err)
	}
	defaults, set := map[string]string{}, map[string]bool{}
	eachRule("", reflect.ValueOf(plain), func(path string, v reflect.Value) { defaults[path] = worth(v) })
	eachRule("", reflect.ValueOf(world), func(path string, v reflect.Value) { set[path] = set[path] || worth(v) != defaults[path] })
	for _, path := range slices.Sorted(maps.Keys(set)) {
		switch {
		case !set[path] && notSimulated[path] == "":
			t.Errorf("no simulated site sets Rules.%s: let a line of a site set it (queue/queuetest/site.go), and set it in worldSite (queue/queuetest/world_test.go), or list it in notSimulated with the reason", path)
		case set[path] && notSimulated[path] != "":
			t.Errorf("worldSite sets %s: take it off the list notSimulated", path)
		}
	}
}

// eachRule visits what the config may set, by path, without the names of queues, agents, statuses and results.
func eachRule(path string, v reflect.Value, visit func(path string, v reflect.Value)) {
	switch {
	case v.Kind() == reflect.Map && v.Type().Elem().Kind() == reflect.Pointer:
		for _, entry := range v.Seq2() {
			eachRule(path, entry.Elem(), visit)
		}
	case v.Type() == reflect.TypeFor[*queue.Rules]():
		eachRule(path, v.Elem(), visit)
	case v.Kind() == reflect.Struct && v.Type() != reflect.TypeFor[queue.Hours]():
		for f, field := range v.Fields() {
			eachRule(strings.TrimPrefix(path+"."+f.Name, "."), field, visit)
		}
	default:
		visit(path, v)
	}
}

// worth is a value in words; of a function, whether there is one.
func worth(v reflect.Value) string {
	if v.Kind() == reflect.Func {
		return fmt.Sprint(v.IsNil())
	}
	return fmt.Sprint(v.Interface())
}

// mustHappen is what some day must have seen, so that something was tested.
var mustHappen = []string{
	"talks", "phones fail", "the trunk fails", "crashes after the write", "disconnects", "declines", "phones vanish", "callbacks",
	"callback completed", "hold returned", "hold callback", "hold requeued", "hold caller_left",
	"hold agent_left", "announcements", "ended rude callers", "results", "ratings", "call.kept",
	"ended not_heard", string(queue.EntryAgentUnwell), "call.transferred", "call.transfer_failed", "call.consult",
	"call.supervisor", "call.joined", "call.left", "talks of three", "other parties taken", "legs pushed out", "silent phones", "hold together", "hold transferred",
	"recordings", "call.unheard", "recording.paused", "listened listen", "listened whisper", "listened join", "ended transferred",
	"call.order", "callback.moved", "visit moved", "ended ended",
	"visit answered", "visit abandoned", "visit timeout", "visit callback", "calls of several visits", "talks without a visit",
	"legs moved", "hang-ups on a failed transfer", "keys at the edge of the menu", "numbers that are none", "numbers keyed in", "holds before the answer", "Asterisk is stopped",
}

// notSent are the events that simulated days do not have, and why.
var notSent = map[string]string{
	"RulesChanged": "a reload in the middle of calls is queue/testdata/reload.txt",
	"NoticeCode":   "it does what SetNotice and EndNotice do, by a code: queue/testdata/notice.txt",
}

// checkEvents holds that simulated days have every event of the rules, but for those of notSent.
func checkEvents(t *testing.T, seen map[string]int) {
	for _, name := range declared(t, "happen") {
		switch {
		case seen["queue."+name] == 0 && notSent[name] == "":
			t.Errorf("simulated days have no %s: send it in queue/queuetest (people.go, worldact.go), or list it in notSent with the reason", name)
		case seen["queue."+name] > 0 && notSent[name] != "":
			t.Errorf("simulated days have %s: take it off the list notSent", name)
		}
	}
}

// declared are the types of the rules that have a method, which all events, or all actions, have.
func declared(t *testing.T, method string) (names []string) {
	files, err := filepath.Glob("../*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range regexp.MustCompile(`(?m)^func \((?:\w+ )?(\w+)\) `+method+`\(`).FindAllStringSubmatch(string(source), -1) {
			names = append(names, d[1])
		}
	}
	if len(names) < 10 {
		t.Fatalf("the types with the method %s were not found: %v", method, names)
	}
	return names
}

// Whole mornings with every fault at once; then everything is over, and nothing was lost.
func TestDays(t *testing.T) {
	var mu sync.Mutex
	seen := map[string]int{}
	t.Cleanup(func() { // when all days are over
		if *days < 4 || t.Failed() {
			return
		}
		checkEvents(t, seen)
		for _, what := range mustHappen {
			if seen[what] == 0 {
				t.Errorf("nothing was tested: no %s in %v", what, seen)
			}
		}
	})
	strategies := []string{"leastrecent", "ringall", "linear", "random", "wrandom", "fewestcalls"}
	for i := range *days {
		t.Run(fmt.Sprint("seed=", *seed+uint64(i)), func(t *testing.T) {
			t.Parallel()
			then := []string{"return", "requeue"}
			day := *seed + uint64(i)
			site := fmt.Sprintf(worldSite, strategies[day%uint64(len(strategies))], day%2 == 1, then[day/2%2])
			faults := Faults{Crash: 0.002, Disconnect: 0.002, PlayFails: 0.02, Decline: 0.2, Ignore: 0.1, Unplug: 0.05, Leave: 0.05, Repeat: 0.02, Unsafe: 0.1, ClientAway: 0.15, Hold: 0.5, NeverBack: 0.3, Conduct: 0.5, SetClock: 0.0002, Odd: 0.1}
			w, err := NewWorld(site, *seed+uint64(i), faults)
			if err != nil {
				t.Fatal(err)
			}
			if *tell {
				w.Trace = t.Logf
			}
			err = w.Live(time.Hour, 8*time.Second)
			if testing.Verbose() {
				t.Log(w.Seen)
			}
			if err != nil {
				t.Fatalf("%v\nagain with: go test ./queue/queuetest -run TestDays -days 1 -seed %d", err, *seed+uint64(i))
			}
			mu.Lock()
			defer mu.Unlock()
			for what, times := range w.Seen {
				seen[what] += times
			}
		})
	}
}

// Live callers of a heavier queue take all the agents there are, who do their
// work: each callback is tried before its deadline all the same, through crashes and outages.
func TestCallbacksInTime(t *testing.T) {
	const site = `
trunk allow=+996
queue vip did=100 weight=5 wrapup=5s
queue sales did=200 wrapup=5s
status coffee 21
agent 1001 ru vip sales
agent 1002 ru vip sales
agent 1003 ky vip sales
agent 1004 ky vip sales
agent 1005 ru,ky vip sales
`
	for i := range max(*days/3, 1) {
		t.Run(fmt.Sprint("seed=", *seed+uint64(i)), func(t *testing.T) {
			t.Parallel()
			w, err := NewWorld(site, *seed+uint64(i), Faults{Crash: 0.002, Disconnect: 0.002, Repeat: 0.02, Unsafe: 0.1, ClientAway: 0.15})
			if err != nil {
				t.Fatal(err)
			}
			err = w.Live(90*time.Minute, 6*time.Second)
			if testing.Verbose() {
				t.Log(w.Seen)
			}
			switch {
			case err != nil:
				t.Fatalf("%v\nagain with: go test ./queue/queuetest -run InTime -days 1 -seed %d", err, *seed+uint64(i))
			case w.Seen[late] > 0:
				t.Errorf("%d of %d callbacks were not tried in time", w.Seen[late], w.Seen["callbacks"])
			case w.Seen["callback completed"] < 20 || w.Seen["callers lose patience"] < 200:
				t.Errorf("agents were not short: %v", w.Seen)
			}
		})
	}
}
