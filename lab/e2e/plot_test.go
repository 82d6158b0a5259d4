package e2e

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"kezek/lab/phone"
)

// target is whom an agent passes his caller on to.
type target string

const (
	toExtension  target = "extension"
	toOutside    target = "outside"
	toLine       target = "line"
	toSupervisor target = "supervisor"
	toNobody     target = "nobody" // an extension that the config does not allow
)

// desk is an agent with a queue of his own, and somebody whom he passes callers on to.
type desk struct {
	n          int
	agent, far *agent
}

// plot is a call that is passed on, or not.
type plot struct {
	t     testing.TB
	s     *callbackSite
	desk  *desk
	agent *agent
	c     *caller

	number, known string // whom the agent keys in, and as whom the record knows him
	shown         string // how his phone's display begins
	rings         func() *phone.Call
	leg, far      *phone.Call
	own           *phone.Call // the agent's phone calls the far end by itself
	since         time.Time   // the last deed
	heard         time.Time   // the last prompt since then
}

// begin connects a new caller to the desk's agent.
func (s *callbackSite) begin(t testing.TB, d *desk, to target) *plot {
	t.Helper()
	far := &agent{d.far.Phone, t, s.site, d.far.id}
	st := &plot{t: t, s: s, desk: d, agent: &agent{d.agent.Phone, t, s.site, d.agent.id}, number: far.id, known: far.id, rings: far.rings}
	switch to {
	case toExtension:
		st.shown = fmt.Sprintf("TRANSFER RU desk%d ", d.n)
	case toOutside:
		client := s.client(t, phone.Ring)
		st.number, st.known, st.rings = "0"+strings.TrimPrefix(client.number, "+996"), client.number, client.isCalled
	case toLine:
		st.number, st.known, st.shown = fmt.Sprintf("70%d", d.n), fmt.Sprintf("line%d", d.n), fmt.Sprintf("RU line%d ", d.n)
	case toSupervisor:
		st.known, st.shown = "PJSIP/"+far.id, "HELP "+d.agent.id+" RU "
	case toNobody:
		st.number = "1001"
	}
	st.c = s.call(t, fmt.Sprintf("+99631291000%d", d.n))
	st.leg = st.agent.answers(st.c)
	return st
}

// tell plays it, word by word. There are deeds: keys of the agent, where N
// is whom he passes the caller on to, and those of [deeds]. And there is what is
// heard of them: "caller:hold" is a prompt, "caller+far" are two who hear each
// other and nobody else.
func (st *plot) tell(tale string) {
	st.t.Helper()
	for word := range strings.FieldsSeq(tale) {
		who, prompt, heard := strings.Cut(word, ":")
		one, other, pair := strings.Cut(word, "+")
		switch {
		case heard:
			at := hears(st.t, st.s.site, st.call(who), "ru/"+prompt, st.since)
			if at.After(st.heard) {
				st.heard = at
			}
		case pair:
			st.pair(st.call(one), st.call(other))
		case strings.HasPrefix(word, "*"):
			st.done(time.Now())
			st.keys(strings.ReplaceAll(word, "N", st.number))
		default:
			st.done(time.Now())
			deeds[word](st)
		}
	}
}

// done notes when something was done: what follows is heard after it.
func (st *plot) done(at time.Time) { st.since, st.heard = at, at }

func (st *plot) call(who string) *phone.Call {
	return map[string]*phone.Call{"caller": st.c.Call, "agent": st.leg, "far": st.far}[who]
}

// pair waits until two hear each other: a tone that is more than half of what is heard is alone.
func (st *plot) pair(a, b *phone.Call) {
	st.t.Helper()
	_, err := a.WaitTone(within(st.t, patience), b.Tone(), st.heard)
	must(st.t, err)
	_, err = b.WaitTone(within(st.t, patience), a.Tone(), st.heard)
	must(st.t, err)
}

// keys presses keys of which the last may end the agent's line before it is released.
func (st *plot) keys(keys string) {
	st.t.Helper()
	if err := st.leg.Keys(within(st.t, patience), keys); err != nil {
		_, ended := st.leg.WaitEnd(within(st.t, patience))
		must(st.t, ended)
	}
}

var deeds = map[string]func(*plot){
	"rings": func(st *plot) {
		st.far = st.rings()
		if is := st.far.Caller(); st.own == nil && st.shown != "" && (!strings.HasPrefix(is.Name, st.shown) || is.Number != st.c.number) {
			st.t.Errorf("the phone shows %v, want %s", is, st.shown)
		}
	},
	"answers":  func(st *plot) { must(st.t, st.far.Answer(within(st.t, patience))) },
	"busy":     func(st *plot) { must(st.t, st.far.Decline(486)) },
	"declines": func(st *plot) { must(st.t, st.far.Decline(603)) },

	"caller-leaves": func(st *plot) { st.leaves(st.c.Call) },
	"agent-leaves":  func(st *plot) { st.leaves(st.leg) },
	"far-leaves":    func(st *plot) { st.leaves(st.far) },
	"far-ends":      func(st *plot) { endedByExchange(st.t, st.far) },
	"agent-ends":    func(st *plot) { endedByExchange(st.t, st.leg) },

	// agent-free: he can have his next call.
	"agent-free": func(st *plot) {
		_, err := st.leg.WaitEnd(within(st.t, patience))
		must(st.t, err)
		st.agent.free()
	},
	// again: the caller is back in line, and with his agent.
	"again": func(st *plot) { st.leg = st.agent.answers(st.c) },
	// closing: the exchange ends the call by its last phrase.
	"closing": func(st *plot) {
		st.c.ended()
		st.c.heardLast("ru/closing")
	},
	"all": func(st *plot) { three(st.t, st.c, st.leg, st.far, st.heard) },
	// logs-in: the far end is an agent of the other line now.
	"logs-in": func(st *plot) {
		far := &agent{st.desk.far.Phone, st.t, st.s.site, st.desk.far.id}
		far.code("*10" + far.id)
		st.t.Cleanup(func() { far.code("*11") })
	},

	// The keys of the agent's phone itself.
	"hold": func(st *plot) { must(st.t, st.leg.Hold(within(st.t, patience), phone.SendOnly)) },
	"dials": func(st *plot) {
		own, err := st.agent.Call(within(st.t, patience), st.number)
		must(st.t, err)
		st.own = own
	},
	"conference": func(st *plot) {
		must(st.t, st.leg.Conference(within(st.t, patience), st.own))
		hearsTones(st.t, "the caller", st.c.Call, st.since, st.leg.Tone(), st.far.Tone())
		hearsTones(st.t, "the far end", st.far, st.since, st.leg.Tone(), st.c.Tone())
	},
}

func (st *plot) leaves(c *phone.Call) {
	must(st.t, c.Hangup(within(st.t, patience)))
	st.done(time.Now())
}

// end lets who is still there hang up, and looks at what is left of it.
func (st *plot) end(row transferRow) {
	st.t.Helper()
	must(st.t, st.c.Hangup(within(st.t, patience)))
	e := st.c.outcome(row.outcome)
	var record []string
	for _, third := range row.record {
		way, end, _ := strings.Cut(third, " ")
		record = append(record, way+" "+st.known+" "+end)
	}
	st.c.transfers(e, record...)
	if st.own != nil {
		must(st.t, st.own.Hangup(within(st.t, patience)))
	}
	_, err := st.leg.WaitEnd(within(st.t, patience))
	must(st.t, err)
	if st.far != nil {
		_, err := st.far.WaitEnd(within(st.t, patience))
		must(st.t, err)
	}
	st.agent.free()
	eventually(st.t, st.desk.far.id+" is free", func() error {
		is, err := st.s.redis.HGetAll(within(st.t, patience), "kezek:{bishkek}:agent:"+st.desk.far.id).Result()
		if err == nil && (is["leg"] != "" || is["in_use"] != "") {
			err = fmt.Errorf("is %v", is)
		}
		return err
	})
}
