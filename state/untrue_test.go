package state

import (
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"kezek/queue"
	"kezek/queue/queuetest"
)

// untrue is a site on a real Redis: an agent talks to a caller, another agent waits,
// and a callback is being made by a third. Then the store is harmed.
type untrue struct {
	t     *testing.T
	srv   *server
	store *Store
	logs  *observer.ObservedLogs
	rules *queue.Rules
	now   time.Time
	state *queue.State
	truth queue.Synced
	did   []queue.Action
}

const untrueCaller = "kg-1"

func newUntrue(t *testing.T) *untrue { return newUntrueAt(t, time.Now()) }

func newUntrueAt(t *testing.T, now time.Time) *untrue {
	u := &untrue{t: t, srv: startServer(t), now: now.UTC().Truncate(time.Second)}
	core, logs := observer.New(zap.ErrorLevel)
	u.logs = logs
	u.store = u.srv.owner(func(o *Options) { o.Log = zap.New(core) })
	q := queue.DefaultQueue()
	q.Name, q.DID, q.DefaultLanguage, q.WrapUp, q.Announce.Every = "sales", []string{"100"}, "ru", 0, 20*time.Second
	u.rules = &queue.Rules{
		Languages: []queue.Language{"ru"}, Location: time.UTC, Menu: queue.DefaultMenu(), PINTries: 3,
		Queues: map[string]*queue.QueueRules{"sales": &q}, Agents: map[string]*queue.AgentRules{},
	}
	u.rules.Trunk.Allowed = func(string) bool { return true }
	for _, id := range []string{"1001", "1002"} {
		u.rules.Agents[id] = &queue.AgentRules{ID: id, Endpoint: "PJSIP/" + id, Languages: u.rules.Languages, Queues: []queue.Membership{{Queue: "sales"}}}
		u.truth.Phones = append(u.truth.Phones, queue.PhoneChanged{Endpoint: "PJSIP/" + id, Reachable: true})
	}
	u.state = queue.New(u.rules, nil)
	caller := queue.CallArrived{Channel: untrueCaller, DID: "100", Number: "+996700000001"}
	u.step(u.truth)
	u.step(queue.LogIn{Phone: "PJSIP/1001"})
	u.step(caller)
	u.step(queue.LegAnswered{Channel: untrueCaller + "-a1"})
	u.step(queue.BookCallback{Number: "+996700000002", Queue: "sales", Class: queue.ClassManager, By: "supervisor"})
	u.step(queue.Promised{Callback: u.state.Callbacks()[0].ID})
	u.step(queue.LogIn{Phone: "PJSIP/1002"})
	cb := u.state.Callbacks()[0]
	u.step(queue.LegAnswered{Channel: cb.Leg})
	u.step(queue.PlayEnded{Channel: cb.Leg, Playback: cb.Whisper})
	c := u.state.Calls()[0]
	if c.State != queue.CallTalking || c.Agent != "1001" || cb.State != queue.CallbackDialling || cb.Agent != "1002" {
		t.Fatalf("call %+v, callback %+v", c, cb)
	}
	for _, id := range []string{c.ID, c.Leg, cb.Leg, cb.Client} {
		u.truth.Channels = append(u.truth.Channels, queue.LiveChannel{ID: id, Up: id != cb.Client})
	}
	u.truth.Channels[0].Inbound = &caller
	u.truth.Bridges = []queue.LiveBridge{{ID: c.Bridge, Channels: []string{c.ID, c.Leg}}}
	return u
}

func (u *untrue) step(ev queue.Event) {
	u.t.Helper()
	fx := u.state.Step(u.now, ev)
	u.did = append(u.did, fx.Actions...)
	save(u.t, u.store, fx.Changed, fx.Gone, fx.Journal...)
}

// restart does what the engine does at a start, some minutes of ticks included.
func (u *untrue) restart() {
	u.t.Helper()
	u.did = nil
	u.state = queue.New(u.rules, load(u.t, u.store))
	for _, m := range u.state.Mendings() {
		if m.Aside {
			if err := u.store.MoveAside(ctx, m.Entity, m.Why); err != nil {
				u.t.Error(err)
			}
		}
	}
	u.check("after load")
	u.step(u.truth)
	u.checkAttached("after sync")
}

func (u *untrue) live(forSo time.Duration) {
	u.t.Helper()
	for end := u.now.Add(forSo); ; {
		next := u.state.Next()
		if next.IsZero() || next.After(end) {
			u.now = end
			return
		}
		if next.After(u.now) {
			u.now = next
		}
		u.step(queue.Tick{})
		u.checkAttached("later")
	}
}

func (u *untrue) check(when string) {
	u.t.Helper()
	if err := u.state.Check(); err != nil {
		u.t.Fatalf("%s: %v", when, err)
	}
}

// checkAttached holds beside that nobody waits while an agent is free: the exchange has told what is there.
func (u *untrue) checkAttached(when string) {
	u.t.Helper()
	u.check(when)
	if err := queuetest.NobodyWaits(u.state); err != nil {
		u.t.Fatalf("%s: %v", when, err)
	}
}

func (u *untrue) agent(id string) *queue.Agent {
	all := u.state.Agents()
	return all[slices.IndexFunc(all, func(a *queue.Agent) bool { return a.ID == id })]
}

func (u *untrue) call() *queue.Call {
	u.t.Helper()
	all := u.state.Calls()
	i := slices.IndexFunc(all, func(c *queue.Call) bool { return c.ID == untrueCaller })
	if i < 0 {
		u.t.Fatal("the caller is lost")
	}
	return all[i]
}

func (u *untrue) hungUp(channel string) bool {
	return slices.ContainsFunc(u.did, func(a queue.Action) bool { h, ok := a.(queue.Hangup); return ok && h.Channel == channel })
}

// heard counts how often a phrase was played to a channel since the restart.
func (u *untrue) heard(channel, phrase string) (n int) {
	for _, a := range u.did {
		if p, ok := a.(queue.Play); ok && p.Channel == channel && slices.ContainsFunc(p.Phrases, func(f queue.Phrase) bool { return f.ID == phrase }) {
			n++
		}
	}
	return n
}

// whole holds that the callback is kept, and the caller is not in silence.
func (u *untrue) whole() {
	u.t.Helper()
	if all := u.state.Callbacks(); len(all) != 1 || all[0].Number != "+996700000002" || !all[0].DueAt.After(u.now) {
		u.t.Errorf("callbacks: %+v", all)
	}
	switch c := u.call(); {
	case c.State == queue.CallTalking:
	case c.Playing == "" && !c.Music && c.State != queue.CallEnding:
		u.t.Errorf("the caller is in silence: %+v", c)
	}
}

// Each harm to the store is healed on both sides.
func TestWhatStandsInTheStoreIsNotBelieved(t *testing.T) {
	const call, agent = "kezek:{lab}:call:" + untrueCaller, "kezek:{lab}:agent:1001"
	// Of the bridge of a talk that is over the caller is out before there is anything to hear.
	free := func(u *untrue) {
		out := false
		for _, a := range u.did {
			switch a := a.(type) {
			case queue.Part:
				out = out || a.Caller == untrueCaller && a.Bridge == u.truth.Bridges[0].ID
			case queue.Play:
				if a.Channel == untrueCaller && !out {
					u.t.Errorf("%v is played while the caller is in the bridge", a.Phrases)
				}
			}
		}
		if !out {
			u.t.Errorf("the caller is left in the bridge: %v", u.did)
		}
	}
	inLine := func(u *untrue) {
		free(u)
		if c := u.call(); c.State != queue.CallWaiting && c.State != queue.CallOffered || !c.Head {
			u.t.Errorf("the caller is not at the head of the line: %+v", c)
		}
		if n := u.heard(untrueCaller, "agent-lost"); n != 1 {
			u.t.Errorf("the caller is told %d times that the agent is lost", n)
		}
	}
	anew := func(u *untrue) {
		free(u)
		if c := u.call(); c.State == queue.CallTalking || c.Agent != "" && c.Leg != "" {
			u.t.Errorf("the caller was not taken in anew: %+v", c)
		}
		if a := u.agent("1001"); a.Status == queue.StatusOnCall || a.Call == untrueCaller && a.Leg == untrueCaller+"-a1" {
			u.t.Errorf("the agent still talks: %+v", a)
		}
	}
	offline := func(u *untrue) {
		if a := u.agent("1001"); a.Status != queue.StatusOffline {
			u.t.Errorf("agent %+v", a)
		}
		if !u.hungUp(untrueCaller + "-a1") {
			u.t.Error("the agent's leg is left")
		}
	}
	talking := func(u *untrue) {
		if c := u.call(); c.State != queue.CallTalking || c.Agent != "1001" {
			u.t.Errorf("the talk does not go on: %+v", c)
		}
	}
	for name, test := range map[string]struct {
		harm  []any
		aside int // at least
		want  []func(*untrue)
	}{
		"nothing":                         {[]any{"PING"}, 0, []func(*untrue){talking}},
		"an agent's hash is gone":         {[]any{"DEL", agent}, 0, []func(*untrue){inLine, offline}},
		"an agent's hash is moved aside":  {[]any{"HSET", agent, "since", "yesterday"}, 1, []func(*untrue){inLine, offline}},
		"an agent rests until 9999":       {[]any{"HSET", agent, "rest_until", "9999-12-31T23:59:59Z"}, 1, []func(*untrue){inLine, offline}},
		"an agent's guard is past 2262":   {[]any{"HSET", agent, "leg_by", "2300-01-01T00:00:00Z"}, 1, []func(*untrue){inLine, offline}},
		"an agent has another leg":        {[]any{"HSET", agent, "leg", "-"}, 0, []func(*untrue){inLine}},
		"an agent talks and waits":        {[]any{"HSET", agent, "status", "waiting"}, 0, []func(*untrue){inLine}},
		"an agent is of another status":   {[]any{"HSET", agent, "status", "dreaming"}, 0, []func(*untrue){inLine}},
		"an agent is told a word of none": {[]any{"HSET", agent, "telling", "x-"}, 0, nil},
		"a call's hash is gone":           {[]any{"DEL", call}, 0, []func(*untrue){anew}},
		"a call's hash is moved aside":    {[]any{"SET", call, "x"}, 1, []func(*untrue){anew}},
		"a call without agent":            {[]any{"HDEL", call, "agent"}, 1, []func(*untrue){anew}},
		"a call without leg":              {[]any{"HDEL", call, "leg"}, 1, []func(*untrue){anew}},
		"a call of another agent":         {[]any{"HSET", call, "agent", "1002"}, 0, []func(*untrue){inLine}},
		"a call of nobody":                {[]any{"HSET", call, "agent", "4711"}, 0, []func(*untrue){inLine}},
		"a call of no state":              {[]any{"HSET", call, "state", "lost"}, 1, []func(*untrue){anew}},
		"a call of no queue":              {[]any{"HSET", call, "queue", ""}, 1, []func(*untrue){anew}},
		"a call of no language":           {[]any{"HSET", call, "language", "xx"}, 0, []func(*untrue){talking}},
		"a call on hold without a hold":   {[]any{"HSET", call, "state", "held"}, 0, []func(*untrue){inLine}},
		"a call with a third party of none": {[]any{"HSET", call, "target", `{"number":"12","way":"blind","leg":"` + untrueCaller + `-t9","since":"2026-01-01T00:00:00Z"}`}, 1,
			[]func(*untrue){anew}},
		"a call that is announced to past 2262": {[]any{"HSET", call, "announce_at", "2300-01-01T00:00:00Z"}, 1, []func(*untrue){anew}},
		"a call that is announced to nothing":   {[]any{"HSET", call, "announce_at", "2026-01-01T00:00:00Z"}, 0, []func(*untrue){inLine}},
		"a call that waits, and talks":          {[]any{"HSET", call, "state", "waiting"}, 0, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			u := newUntrue(t)
			u.srv.do(test.harm...)
			u.restart()
			for _, want := range test.want {
				want(u)
			}
			told := u.heard(untrueCaller, "agent-lost")
			u.step(u.truth)
			u.live(3 * time.Minute)
			u.whole()
			if n := u.heard(untrueCaller, "agent-lost"); n != told {
				t.Errorf("the caller is told %d times that the agent is lost", n)
			}
			if n := u.store.Aside(); n < test.aside {
				t.Errorf("%d moved aside, want %d", n, test.aside)
			}
			if test.aside > 0 {
				broken, err := u.srv.rdb.HGetAll(ctx, "kezek:{lab}:broken").Result()
				if err != nil || len(broken) != test.aside || u.logs.Len() == 0 {
					t.Errorf("told %v (%v), logged %d", broken, err, u.logs.Len())
				}
			}
		})
	}
}

// A promise that can be saved is saved, with its deadline; of one that cannot it is said.
func TestNoPromiseIsLostInTheStore(t *testing.T) {
	for name, test := range map[string]struct {
		harm func(key string) []any
		// gone: nobody can be called by it.
		gone bool
		same bool // the deadline
	}{
		"no state":       {harm: func(key string) []any { return []any{"HSET", key, "state", "lost"} }, same: true},
		"no attempts":    {harm: func(key string) []any { return []any{"HDEL", key, "attempts"} }, same: true},
		"unread":         {harm: func(key string) []any { return []any{"HSET", key, "step_by", "soon"} }, same: true},
		"another's id":   {harm: func(key string) []any { return []any{"HSET", key, "id", "cb-x"} }, same: true},
		"never urgent":   {harm: func(key string) []any { return []any{"HDEL", key, "urgent_at"} }, same: true},
		"nobody's":       {harm: func(key string) []any { return []any{"HDEL", key, "agent"} }, same: true},
		"over of nought": {harm: func(key string) []any { return []any{"HSET", key, "outcome", "lucky"} }, same: true},
		"no deadline":    {harm: func(key string) []any { return []any{"HSET", key, "due_at", "9999-12-31T00:00:00Z"} }},
		"no number":      {harm: func(key string) []any { return []any{"HDEL", key, "number"} }, gone: true},
		"no class":       {harm: func(key string) []any { return []any{"HSET", key, "class", "vip"} }, gone: true},
		"no hash":        {harm: func(key string) []any { return []any{"SET", key, "x"} }, gone: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			u := newUntrue(t)
			was := *u.state.Callbacks()[0]
			key := "kezek:{lab}:callback:" + was.ID
			u.srv.do(test.harm(key)...)
			u.restart()
			if test.gone {
				if len(u.state.Callbacks()) != 0 || u.logs.FilterMessage("entry of redis moved aside").Len() != 1 {
					t.Errorf("callbacks %v, logs %v", u.state.Callbacks(), u.logs.All())
				}
				if n := u.srv.aside("callback:" + was.ID); n[0] != 1 {
					t.Errorf("%d are kept of it", n[0])
				}
				return
			}
			all := u.state.Callbacks()
			if len(all) != 1 || all[0].ID != was.ID || all[0].Number != was.Number || test.same && !all[0].DueAt.Equal(was.DueAt) {
				t.Fatalf("callbacks %+v, want %+v", all, was)
			}
			hash, err := u.srv.rdb.HGetAll(ctx, key).Result()
			if err != nil || hash["number"] != was.Number || strings.HasPrefix(hash["due_at"], "9999") {
				t.Errorf("stored: %v %v", hash, err)
			}
			u.live(20 * time.Minute)
			if len(u.state.Callbacks()) == 0 {
				t.Error("it was lost later")
			}
		})
	}
}

// However much is wrong at once, one load is enough, and the promise is never out of the store:
// it comes into the place of what is moved aside in the same script.
func TestManyFaultsAtOnce(t *testing.T) {
	u := newUntrue(t)
	was := *u.state.Callbacks()[0]
	key := "kezek:{lab}:callback:" + was.ID
	u.srv.do("DEL", "kezek:{lab}:events")
	u.srv.do("SET", "kezek:{lab}:events", "x")
	u.srv.do("DEL", "kezek:{lab}:timesheets")
	u.srv.do("SET", "kezek:{lab}:timesheets", "x")
	u.srv.do("HSET", key, "serial", "1e300")
	u.srv.do("ZADD", "kezek:{lab}:callbacks", "+inf", "cb-gone")
	u.srv.do("ZADD", "kezek:{lab}:callers", "1", "+996700000009")
	u.srv.do("HSET", "kezek:{lab}:agent:1001", "rest_until", "9999-12-31T00:00:00Z")
	u.store = u.srv.store(func(o *Options) { o.Log = u.store.log })
	acquire(t, u.store)
	u.store.miss("redis is odd")
	u.store.miss("redis is odd")
	all, err := u.store.Load(ctx)
	if err != nil || len(all.Callbacks) != 1 || !all.Callbacks[0].DueAt.Equal(was.DueAt) {
		t.Fatalf("%v, callbacks %+v", err, all)
	}
	if n := u.srv.aside("events", "timesheets", "callback:"+was.ID, "agent:1001"); !slices.Equal(n, []int{1, 1, 1, 1}) || u.store.Aside() != 4 {
		t.Errorf("%d are kept, %d counted", n, u.store.Aside())
	}
	if why := u.store.Lost(); why != "redis is odd; redis lists 1 entries that were deleted, such as callback cb-gone" {
		t.Errorf("said: %q", why)
	}
	if n := u.logs.FilterMessageSnippet("the state was lost").Len(); n != 2 {
		t.Errorf("two losses are logged %d times", n)
	}
	save(t, u.store, nil, nil, queue.Entry{Kind: queue.EntryCallEntered, At: u.now})

	// A daemon that dies after the move finds it as well.
	u.srv.do("HSET", key, "serial", "1e300")
	u.store.mu.Lock()
	_, odd, err := u.store.read(ctx)
	if err == nil && len(odd.misfits) == 1 {
		_, err = u.store.aside(ctx, u.store.lease, odd.misfits[0])
	}
	u.store.mu.Unlock()
	if all := load(t, u.store); err != nil || len(all.Callbacks) != 1 || !all.Callbacks[0].DueAt.Equal(was.DueAt) {
		t.Errorf("%v, callbacks %+v", err, all.Callbacks)
	}
}

// A stream whose ids are used up refuses every event: it is moved aside, at a load and while the daemon runs.
func TestStreamAtItsEnd(t *testing.T) {
	spent := []any{"XADD", "kezek:{lab}:events", "18446744073709551615-18446744073709551615", "kind", "x"}
	u := newUntrue(t)
	u.srv.do("DEL", "kezek:{lab}:events")
	u.srv.do(spent...)
	journal := queue.Entry{Kind: queue.EntryCallEntered, At: u.now}
	if _, err := u.store.Save(ctx, nil, nil, []queue.Entry{journal}); err == nil {
		t.Fatal("the end of a stream is not what it was")
	}
	if err := u.store.Replace(ctx, u.state.Snapshot()); err != nil {
		t.Fatal(err)
	}
	save(t, u.store, nil, nil, journal)
	u.srv.do("DEL", "kezek:{lab}:events")
	u.srv.do(spent...)
	load(t, u.store)
	save(t, u.store, nil, nil, journal)
	if u.store.Aside() != 1 || u.store.newest().After(time.Now().Add(time.Minute)) {
		t.Errorf("%d moved aside, the time is %v", u.store.Aside(), u.store.newest())
	}
}

// A second promise to one number is merged into the first: the stricter deadline stays.
func TestOnePromiseANumber(t *testing.T) {
	u := newUntrue(t)
	was := u.state.Callbacks()[0]
	twin := queue.Callback{
		ID: "cb-twin", Number: was.Number, Queue: "sales", Language: "ru", Class: queue.ClassInformation, State: queue.CallbackOpen,
		Since: u.now, Created: u.now, From: u.now, Place: u.now, DueAt: u.now.Add(time.Minute), Urgency: queue.Urgency{UrgentAt: u.now},
	}
	save(t, u.store, list(&twin), nil)
	u.restart()
	if all := u.state.Callbacks(); len(all) != 1 || all[0].ID != was.ID || !all[0].DueAt.Equal(twin.DueAt) {
		t.Errorf("callbacks %+v", all)
	}
	broken, err := u.store.Broken(ctx)
	for name, why := range broken {
		if timeless(name) != "callback:cb-twin" || !strings.Contains(why, was.ID) {
			t.Errorf("%s was moved aside: %s", name, why)
		}
	}
	if len(broken) != 1 || err != nil {
		t.Errorf("moved aside: %v, %v", broken, err)
	}
}
