package ami

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"kezek/queue"
)

// desk is a site whose events a narrator tells, by a clock of its own.
type desk struct {
	t     *testing.T
	state *queue.State
	now   time.Time
	*narrator
	memory *memory
	told   []packetOf
	// journal has what the narrator was not given yet.
	journal []queue.Entry
	// live are the legs that ring or talk.
	legs map[string]string
}

func newDesk(t *testing.T, rules *queue.Rules) *desk {
	d := &desk{t: t, state: queue.New(rules, nil), now: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC), memory: newMemory(), legs: map[string]string{}}
	d.narrator = newNarrator(func(event string, body packet) {
		p := packetOf{"Event": event}
		for line := range strings.SplitSeq(strings.TrimSuffix(string(body), "\r\n"), "\r\n") {
			name, value, ok := strings.Cut(line, ": ")
			if _, twice := p[name]; !ok || twice {
				t.Errorf("%s has the header %q", event, line)
			}
			p[name] = value
		}
		d.told = append(d.told, p)
	}, func(id string) string { return "PJSIP/" + id })
	var phones []queue.PhoneChanged
	for _, a := range rules.Agents {
		phones = append(phones, queue.PhoneChanged{Endpoint: a.Endpoint, Reachable: true})
	}
	d.step(queue.Synced{Phones: phones})
	d.begin(d.view())
	return d
}

func (d *desk) view() *view {
	v := look(d.state, d.now).view()
	d.memory.complete(v)
	return v
}

func (d *desk) step(ev queue.Event) {
	fx := d.state.Step(d.now, ev)
	d.journal = append(d.journal, fx.Journal...)
	for _, a := range fx.Actions {
		if dial, ok := a.(queue.Dial); ok {
			d.legs[dial.Channel] = dial.Endpoint
		}
	}
	if gone, ok := ev.(queue.ChannelGone); ok {
		delete(d.legs, gone.Channel)
	}
}

// tellAll gives the narrator what happened, until there is nothing more to tell.
func (d *desk) tellAll() {
	for _, e := range d.journal {
		d.memory.learn(e)
	}
	journal := d.journal
	d.journal = nil
	for range 20 {
		d.now = d.now.Add(grace)
		if !d.advance(d.view(), journal) {
			return
		}
		journal = nil
	}
	d.t.Error("the narrator never comes to an end")
}

// does steps events a second apart and returns what was told of them, in short.
func (d *desk) does(events ...queue.Event) string {
	d.told = nil
	for _, ev := range events {
		d.now = d.now.Add(time.Second)
		d.step(ev)
	}
	d.tellAll()
	var all []string
	for _, p := range d.told {
		text := p["Event"]
		for _, name := range []string{"Uniqueid", "Interface", "Position", "Count", "OriginalPosition", "HoldTime", "RingTime", "TalkTime", "Reason", "Status", "PausedReason", "Penalty"} {
			if value := p[name]; value != "" && !(strings.HasPrefix(text, "QueueMember") && name == "Penalty" && p["Event"] != "QueueMemberPenalty") {
				text += " " + strings.ToLower(name) + "=" + value
			}
		}
		all = append(all, text)
	}
	return strings.Join(all, "\n")
}

// leg is the one that rings at a phone.
func (d *desk) leg(phone string) string {
	for id, at := range d.legs {
		if at == phone {
			return id
		}
	}
	d.t.Fatalf("nothing rings at %s: %v", phone, d.legs)
	return ""
}

func TestWhatIsTold(t *testing.T) {
	rules := testRules()
	rules.Queues["sales"].MaxWait = 30 * time.Second
	rules.Queues["repair"].Code = "2"
	d := newDesk(t, rules)
	wants := func(got string, want ...string) {
		t.Helper()
		if got != strings.Join(want, "\n") {
			t.Errorf("told:\n%s\nwant:\n%s", got, strings.Join(want, "\n"))
		}
	}
	arrives := func(id string) queue.Event { return queue.CallArrived{Channel: id, DID: did, Number: "+996555000001"} }
	wants(d.does(queue.LogIn{Agent: "1001", Trusted: true}), "QueueMemberAdded interface=PJSIP/1001 status=1")
	wants(d.does(arrives("a")),
		"QueueCallerJoin uniqueid=a position=1 count=1", "AgentCalled uniqueid=a interface=PJSIP/1001", "QueueMemberStatus interface=PJSIP/1001 status=6")
	wants(d.does(queue.LegAnswered{Channel: d.leg("PJSIP/1001")}),
		"QueueCallerLeave uniqueid=a position=1 count=0", "AgentConnect uniqueid=a interface=PJSIP/1001 holdtime=1 ringtime=1", "QueueMemberStatus interface=PJSIP/1001 status=2")
	wants(d.does(arrives("b"), arrives("c")), "QueueCallerJoin uniqueid=b position=1 count=1", "QueueCallerJoin uniqueid=c position=2 count=2")
	wants(d.does(queue.SetStatus{Agent: "1001", Status: "coffee"}), "QueueMemberPause interface=PJSIP/1001 status=2 pausedreason=coffee")
	wants(d.does(queue.ChannelGone{Channel: "b"}),
		"QueueCallerAbandon uniqueid=b position=1 originalposition=1 holdtime=3", "QueueCallerLeave uniqueid=b position=1 count=1")
	wants(d.does(queue.ChannelGone{Channel: "a"}, queue.ChannelGone{Channel: d.leg("PJSIP/1001")}),
		"AgentComplete uniqueid=a interface=PJSIP/1001 holdtime=1 talktime=5 reason=caller", "QueueMemberStatus interface=PJSIP/1001 status=1 pausedreason=coffee")
	// No line of the journal says that this caller hears why nobody comes.
	d.now = d.now.Add(30 * time.Second)
	wants(d.does(queue.Tick{}), "QueueCallerLeave uniqueid=c position=1 count=0")
	wants(d.does(queue.ChannelGone{Channel: "c"}), "")
	wants(d.does(queue.SetPenalty{Agent: "1001", Queue: "sales", Penalty: 9}), "QueueMemberPenalty interface=PJSIP/1001 status=1 pausedreason=coffee penalty=9")
	wants(d.does(queue.SetStatus{Agent: "1001", Status: queue.StatusReady}), "QueueMemberPause interface=PJSIP/1001 status=1")
	wants(d.does(arrives("d")), "QueueCallerJoin uniqueid=d position=1 count=1", "AgentCalled uniqueid=d interface=PJSIP/1001", "QueueMemberStatus interface=PJSIP/1001 status=6")
	first := d.leg("PJSIP/1001")
	wants(d.does(queue.ChannelGone{Channel: first, Cause: queue.CauseBusy}), "AgentRingNoAnswer uniqueid=d interface=PJSIP/1001 ringtime=1100", "QueueMemberStatus interface=PJSIP/1001 status=1")
	d.now = d.now.Add(10 * time.Second)
	d.does(queue.Tick{})
	wants(d.does(queue.LegAnswered{Channel: d.leg("PJSIP/1001")}),
		"QueueCallerLeave uniqueid=d position=1 count=0", "AgentConnect uniqueid=d interface=PJSIP/1001 holdtime=13 ringtime=1", "QueueMemberStatus interface=PJSIP/1001 status=2")
	wants(d.does(queue.ChannelGone{Channel: d.leg("PJSIP/1001"), Cause: queue.CauseNormal}),
		"AgentComplete uniqueid=d interface=PJSIP/1001 holdtime=13 talktime=1 reason=agent", "QueueMemberStatus interface=PJSIP/1001 status=1")
	wants(d.does(queue.ChannelGone{Channel: "d"}), "")
	wants(d.does(queue.PhoneChanged{Endpoint: "PJSIP/1001", Reachable: false}), "QueueMemberStatus interface=PJSIP/1001 status=5")
	wants(d.does(queue.LogOut{Agent: "1001"}), "QueueMemberRemoved interface=PJSIP/1001 status=5")

	l := d.view().line("sales")
	if l.completed != 2 || l.abandoned != 1 || l.holdTime != (3*1+13)>>2 || l.talkTime != (3*5+1)>>2 {
		t.Errorf("the figures are %+v", l)
	}
}

// An agent who loses the call gives the caller back: they join again.
func TestBackInLineIsTold(t *testing.T) {
	rules := testRules()
	rules.Queues["sales"].Ring.Broken = time.Second
	d := newDesk(t, rules)
	d.does(queue.LogIn{Agent: "1001", Trusted: true}, queue.CallArrived{Channel: "a", DID: did})
	d.does(queue.LegAnswered{Channel: d.leg("PJSIP/1001")})
	got := d.does(queue.ChannelGone{Channel: d.leg("PJSIP/1001"), Cause: queue.CauseDropped})
	if !strings.HasPrefix(got, "AgentComplete uniqueid=a interface=PJSIP/1001") || !strings.Contains(got, "reason=agent\nQueueCallerJoin uniqueid=a position=1 count=1") {
		t.Errorf("told:\n%s", got)
	}
}

// TestRandomDays: whatever happens, in whatever pieces it is told, what a program was told adds up to what is. Where lines of the
// journal are lost, as when too many come at once, it is right about who waits and who serves all the same.
func TestRandomDays(t *testing.T) {
	for _, lossy := range []bool{false, true} {
		if total := randomDays(t, lossy); total < 2500 {
			t.Errorf("only %d events", total)
		}
	}
}

func randomDays(t *testing.T, lossy bool) (total int) {
	for seed := range uint64(30) {
		rng := rand.New(rand.NewPCG(seed, 7))
		rules := testRules()
		rules.Queues["sales"].MaxWait, rules.Queues["sales"].Ring.Timeout = 40*time.Second, 5*time.Second
		d := newDesk(t, rules)
		listener := newListener(t, fmt.Sprintf("seed %d, lossy %v", seed, lossy))
		listener.lossy = lossy
		abandoned := 0
		callers := map[string]bool{}
		check := func() {
			for _, p := range d.told {
				listener.hears(p)
			}
			total += len(d.told)
			d.told = nil
		}
		for i := range 300 {
			d.now = d.now.Add(time.Duration(rng.IntN(4000)) * time.Millisecond)
			legs, ids := slices.Sorted(maps.Keys(d.legs)), slices.Sorted(maps.Keys(callers))
			agent := []string{"1001", "1012"}[rng.IntN(2)]
			switch n := rng.IntN(14); {
			case n < 3:
				id := fmt.Sprint("c", i)
				callers[id] = true
				d.step(queue.CallArrived{Channel: id, DID: did, Number: fmt.Sprintf("+99655500%04d", rng.IntN(9))})
			case n < 5 && len(ids) > 0:
				id := ids[rng.IntN(len(ids))]
				delete(callers, id)
				d.step(queue.ChannelGone{Channel: id, Cause: queue.CauseNormal})
			case n < 8 && len(legs) > 0:
				d.step(queue.LegAnswered{Channel: legs[rng.IntN(len(legs))]})
			case n < 10 && len(legs) > 0:
				d.step(queue.ChannelGone{Channel: legs[rng.IntN(len(legs))], Cause: []queue.Cause{queue.CauseNormal, queue.CauseDeclined, queue.CauseDropped}[rng.IntN(3)]})
			case n == 10:
				d.step(queue.LogIn{Agent: agent, Trusted: true})
			case n == 11:
				d.step(queue.SetStatus{Agent: agent, Status: []queue.Status{"coffee", queue.StatusReady}[rng.IntN(2)]})
			case n == 12 && rng.IntN(4) == 0:
				d.step(queue.LogOut{Agent: agent})
			default:
				d.step(queue.Tick{})
			}
			switch rng.IntN(4) {
			case 0: // the state is ahead of the lines, for a moment
				keep := rng.IntN(len(d.journal) + 1)
				d.advance(d.view(), d.journal[:keep])
				d.now = d.now.Add(grace / 4)
				d.advance(d.view(), nil)
				d.now = d.now.Add(grace / 4)
				d.advance(d.view(), d.journal[keep:])
				abandoned += given(d.journal)
				d.journal = nil
			case 1:
				if lossy && rng.IntN(3) == 0 {
					d.journal = nil
				}
				d.advance(d.view(), d.journal)
				abandoned += given(d.journal)
				d.journal = nil
			}
			check()
		}
		abandoned += given(d.journal)
		d.tellAll()
		d.now = d.now.Add(time.Second)
		d.tellAll()
		check()
		listener.knows(d.view())
		if !lossy && listener.abandoned != abandoned {
			t.Errorf("seed %d: %d gave up, and it was told of %d", seed, abandoned, listener.abandoned)
		}
	}
	return total
}

// given is how many callers gave up in line by the journal.
func given(journal []queue.Entry) (n int) {
	for _, e := range journal {
		if e.Kind == queue.EntryCallEnded && e.Outcome == queue.OutcomeAbandoned {
			n++
		}
	}
	return n
}

// listener is a program that believes what it is told.
type listener struct {
	t       *testing.T
	what    string
	inLine  map[string]bool
	members map[string]packetOf
	// ringing and talking are legs; gaveUp is who has abandoned, and must leave at once.
	ringing, talking map[string]bool
	gaveUp           string
	abandoned        int
	// lossy: not all is told of offers and talks.
	lossy bool
}

func newListener(t *testing.T, what string) *listener {
	return &listener{t: t, what: what, inLine: map[string]bool{}, members: map[string]packetOf{}, ringing: map[string]bool{}, talking: map[string]bool{}}
}

func (l *listener) must(is bool, p packetOf) {
	l.t.Helper()
	if !is {
		l.t.Errorf("%s: %v does not fit", l.what, p)
	}
}

func (l *listener) hears(p packetOf) {
	caller, leg, member := p["Uniqueid"], p["DestUniqueid"], p["Queue"]+" "+p["Interface"]
	if l.gaveUp != "" {
		l.must(p["Event"] == "QueueCallerLeave" && caller == l.gaveUp, p)
		l.gaveUp = ""
	}
	count := func() string { return fmt.Sprint(len(l.inLine)) }
	switch p["Event"] {
	case "QueueCallerJoin":
		l.must(!l.inLine[caller] && p["Position"] != "0", p)
		l.inLine[caller] = true
		l.must(p["Count"] == count(), p)
	case "QueueCallerLeave":
		l.must(l.inLine[caller] && p["Position"] != "0", p)
		delete(l.inLine, caller)
		l.must(p["Count"] == count(), p)
	case "QueueCallerAbandon":
		l.must(l.inLine[caller], p)
		l.gaveUp = caller
		l.abandoned++
	case "AgentCalled", "AgentRingNoAnswer", "AgentDump", "AgentConnect", "AgentComplete":
		if !l.lossy {
			l.hearsOfAgent(p, caller, leg)
		}
	case "QueueMemberAdded":
		l.must(l.members[member] == nil, p)
		l.members[member] = p
	case "QueueMemberRemoved":
		l.must(l.members[member] != nil, p)
		delete(l.members, member)
	default:
		l.must(l.members[member] != nil, p)
		l.members[member] = p
	}
}

// hearsOfAgent: who is called answers or does not, and who talks has answered.
func (l *listener) hearsOfAgent(p packetOf, caller, leg string) {
	switch p["Event"] {
	case "AgentCalled":
		l.must(!l.ringing[leg] && !l.talking[leg], p)
		l.ringing[leg] = true
	case "AgentRingNoAnswer", "AgentDump":
		l.must(l.ringing[leg], p)
		delete(l.ringing, leg)
	case "AgentConnect":
		l.must(l.ringing[leg] && !l.inLine[caller], p)
		delete(l.ringing, leg)
		l.talking[leg] = true
	case "AgentComplete":
		l.must(l.talking[leg], p)
		delete(l.talking, leg)
	}
}

// knows compares what it believes with what is.
func (l *listener) knows(v *view) {
	waits, members := map[string]bool{}, map[string]bool{}
	for _, q := range v.lines {
		for _, c := range q.callers {
			waits[c.channel] = true
		}
		for _, m := range q.members {
			key := m.queue + " " + m.phone
			members[key] = true
			p := l.members[key]
			if p["Status"] != fmt.Sprint(m.device) || p["PausedReason"] != m.reason || p["Penalty"] != fmt.Sprint(m.penalty) || p["InCall"] != fmt.Sprint(flag(m.inCall)) {
				l.t.Errorf("%s: it knows %v of %+v", l.what, p, m)
			}
		}
	}
	if !maps.Equal(waits, l.inLine) || len(members) != len(l.members) {
		l.t.Errorf("%s: it knows of %v in line and %d members, there are %v and %d", l.what, l.inLine, len(l.members), waits, len(members))
	}
}

// An agent who answers and hangs up during the whisper has not let it ring.
func TestDumpIsTold(t *testing.T) {
	rules := testRules()
	rules.Queues["sales"].Whisper = true
	d := newDesk(t, rules)
	d.does(queue.LogIn{Agent: "1001", Trusted: true}, queue.CallArrived{Channel: "a", DID: did})
	d.does(queue.LegAnswered{Channel: d.leg("PJSIP/1001")})
	got := d.does(queue.ChannelGone{Channel: d.leg("PJSIP/1001"), Cause: queue.CauseNormal})
	if !strings.HasPrefix(got, "AgentDump uniqueid=a interface=PJSIP/1001\n") {
		t.Errorf("told:\n%s", got)
	}
}

// A caller whom the agent passes on has left them by a transfer.
func TestTransferIsTold(t *testing.T) {
	rules := testRules()
	rules.Queues["repair"].Code = "2"
	d := newDesk(t, rules)
	d.does(queue.LogIn{Agent: "1001", Trusted: true}, queue.CallArrived{Channel: "a", DID: did})
	leg := d.leg("PJSIP/1001")
	d.does(queue.LegAnswered{Channel: leg})
	var keys []queue.Event
	for _, key := range []byte("*32#") {
		keys = append(keys, queue.KeyPressed{Channel: leg, Key: key})
	}
	got := d.does(keys...)
	if !strings.Contains(got, "AgentComplete uniqueid=a interface=PJSIP/1001") || !strings.Contains(got, "reason=transfer\nQueueCallerJoin uniqueid=a position=1 count=1") {
		t.Errorf("told:\n%s", got)
	}
}
