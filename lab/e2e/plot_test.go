package e2e

import (
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"kezek/lab/ear"
	"kezek/lab/phone"
	"kezek/queue"
)

// target is where an agent passes a caller on to.
type target string

const (
	toExtension  target = "extension"
	toOutside    target = "outside"
	toLine       target = "line"
	toSupervisor target = "supervisor"
	toNobody     target = "nobody" // an extension that the config does not allow
)

// desk is an agent with a queue of their own, and somebody to pass callers on to.
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

	number, known string // what the agent keys in, and the name in the record
	shown         string // how their phone's display begins
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
	p := &plot{t: t, s: s, desk: d, agent: &agent{d.agent.Phone, t, s.site, d.agent.id}, number: far.id, known: far.id, rings: far.rings}
	switch to {
	case toExtension:
		p.shown = fmt.Sprintf("TRANSFER RU desk%d ", d.n)
	case toOutside:
		client := s.clientAt(t, outsider(), phone.Ring)
		p.number, p.known, p.rings = "0"+strings.TrimPrefix(client.number, "+996"), client.number, client.isCalled
	case toLine:
		p.number, p.known, p.shown = fmt.Sprintf("9%d", d.n), fmt.Sprintf("line%d", d.n), fmt.Sprintf("RU line%d ", d.n)
	case toSupervisor:
		p.known, p.shown = "PJSIP/"+far.id, "HELP "+d.agent.id+" RU "
	case toNobody:
		p.number = "1001"
	}
	p.c = s.call(t, fmt.Sprintf("+99631291000%d", d.n))
	p.leg = p.agent.answers(p.c)
	return p
}

// outsider is an outside number, another one for each plot. It has no digit twice in
// a row: two equal keys that a busy machine sends too close are one for Asterisk.
func outsider() string {
	n := outsiders.Add(1)
	return fmt.Sprintf("+996708%d9%d8%d9", n/64%8, n/8%8, n%8)
}

var outsiders atomic.Int64

// tell plays it, word by word. There are deeds: keys of the agent, where N
// is where they pass the caller on to, and those of [deeds]. And there is what is
// heard of them: "caller:hold" is a prompt, "caller+far" are two who hear each
// other and nobody else.
func (p *plot) tell(tale string) {
	p.t.Helper()
	for word := range strings.FieldsSeq(tale) {
		who, prompt, heard := strings.Cut(word, ":")
		one, other, pair := strings.Cut(word, "+")
		switch {
		case heard:
			at := hears(p.t, p.s.site, p.call(who), "ru/"+prompt, p.since)
			if at.After(p.heard) {
				p.heard = at
			}
		case pair:
			p.pair(p.call(one), p.call(other))
		case strings.HasPrefix(word, "*"):
			p.done(time.Now())
			p.keys(strings.ReplaceAll(word, "N", p.number))
		default:
			p.done(time.Now())
			deeds[word](p)
		}
	}
}

// done notes when something was done: what follows is heard after it.
func (p *plot) done(at time.Time) { p.since, p.heard = at, at }

func (p *plot) call(who string) *phone.Call {
	return map[string]*phone.Call{"caller": p.c.Call, "agent": p.leg, "far": p.far}[who]
}

// pair waits until two hear each other and nobody else.
func (p *plot) pair(a, b *phone.Call) {
	p.t.Helper()
	hearsAlone(p.t, a, b.Tone(), p.heard)
	hearsAlone(p.t, b, a.Tone(), p.heard)
}

// hearsAlone waits until somebody has heard a tone for a tenth of a second, and
// no other with it: of three who talk, each is half of what another one hears.
func hearsAlone(t testing.TB, c *phone.Call, hz int, since time.Time) {
	t.Helper()
	eventually(t, fmt.Sprintf("%v hears %d Hz and nothing else", c, hz), func() error {
		pcm := c.Recording().Since(since).PCM
		for ; len(pcm) >= ear.Rate/10; pcm = pcm[ear.Rate/10:] {
			if ear.ToneShare(pcm[:ear.Rate/10], float64(hz)) > 0.9 {
				return nil
			}
		}
		return fmt.Errorf("never since %v", since)
	})
}

// keys presses keys of which the last may end the agent's line before it is released.
func (p *plot) keys(keys string) {
	p.t.Helper()
	if err := p.leg.Keys(within(p.t, patience), keys); err != nil {
		_, ended := p.leg.WaitEnd(within(p.t, patience))
		must(p.t, ended)
	}
}

var deeds = map[string]func(*plot){
	"rings": func(p *plot) {
		p.far = p.rings()
		if is := p.far.Caller(); p.own == nil && p.shown != "" && (!strings.HasPrefix(is.Name, p.shown) || is.Number != p.c.number) {
			p.t.Errorf("the phone shows %v, want %s", is, p.shown)
		}
	},
	"answers":  func(p *plot) { must(p.t, p.far.Answer(within(p.t, patience))) },
	"busy":     func(p *plot) { must(p.t, p.far.Decline(486)) },
	"declines": func(p *plot) { must(p.t, p.far.Decline(603)) },
	"breaks":   func(p *plot) { must(p.t, p.far.Decline(503)) },

	"caller-leaves": func(p *plot) { p.leaves(p.c.Call) },
	"agent-leaves":  func(p *plot) { p.leaves(p.leg) },
	"far-leaves":    func(p *plot) { p.leaves(p.far) },
	"far-ends":      func(p *plot) { endedByExchange(p.t, p.far) },
	"agent-ends":    func(p *plot) { endedByExchange(p.t, p.leg) },

	// agent-free: they can have their next call.
	"agent-free": func(p *plot) {
		_, err := p.leg.WaitEnd(within(p.t, patience))
		must(p.t, err)
		p.agent.free()
	},
	// again: the caller is back in line, and with their agent.
	"again": func(p *plot) { p.leg = p.agent.answers(p.c) },
	// closing: the exchange ends the call by its last phrase.
	"closing": func(p *plot) {
		p.c.ended()
		p.c.heardLast("ru/closing")
	},
	"all": func(p *plot) { three(p.t, p.c, p.leg, p.far, p.heard) },
	// logs-in: the far end is an agent of the other line now.
	"logs-in": func(p *plot) {
		far := &agent{p.desk.far.Phone, p.t, p.s.site, p.desk.far.id}
		far.code("*10" + far.id)
		p.t.Cleanup(func() { far.code("*11") })
	},

	// The keys of the agent's phone itself.
	"hold": func(p *plot) { must(p.t, p.leg.Hold(within(p.t, patience), phone.SendOnly)) },
	"dials": func(p *plot) {
		own, err := p.agent.Call(within(p.t, patience), p.number)
		must(p.t, err)
		p.own = own
	},
	"conference": func(p *plot) {
		must(p.t, p.leg.Conference(within(p.t, patience), p.own))
		hearsTones(p.t, "the caller", p.c.Call, p.since, p.leg.Tone(), p.far.Tone())
		hearsTones(p.t, "the far end", p.far, p.since, p.leg.Tone(), p.c.Tone())
	},
}

func (p *plot) leaves(c *phone.Call) {
	must(p.t, c.Hangup(within(p.t, patience)))
	p.done(time.Now())
}

// end lets who is still there hang up, and looks at what is left of it.
func (p *plot) end(row transferRow) {
	p.t.Helper()
	must(p.t, p.c.Hangup(within(p.t, patience)))
	e := p.c.outcome(row.outcome)
	var record []string
	for _, third := range row.record {
		way, end, _ := strings.Cut(third, " ")
		to := p.known
		if end == string(queue.RefusalQueueConsulted) || end == string(queue.RefusalNumberNotAllowed) {
			to = p.number // what was refused is told as it was keyed in
		}
		record = append(record, way+" "+to+" "+end)
	}
	p.c.transfers(e, record...)
	if p.own != nil {
		must(p.t, p.own.Hangup(within(p.t, patience)))
	}
	_, err := p.leg.WaitEnd(within(p.t, patience))
	must(p.t, err)
	if p.far != nil {
		_, err := p.far.WaitEnd(within(p.t, patience))
		must(p.t, err)
	}
	p.agent.free()
	eventually(p.t, p.desk.far.id+" is free", func() error {
		is, err := p.s.redis.HGetAll(within(p.t, patience), "kezek:{bishkek}:agent:"+p.desk.far.id).Result()
		if err == nil && (is["leg"] != "" || is["in_use"] != "") {
			err = fmt.Errorf("is %v", is)
		}
		return err
	})
}
