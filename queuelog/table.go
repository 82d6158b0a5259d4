package queuelog

import (
	"strconv"
	"strings"
	"time"

	"kezek/queue"
)

// Words are how rows name things, and what of them is written.
type Words struct {
	// Agent is how the agent of an id stands in a row.
	Agent func(id string) string
	// Queues are those of an agent.
	Queues func(id string) []string
	// CallerName: who enters is written with the name that came with the call.
	CallerName bool
}

const (
	// callbackQueue behind the name of a queue is where its callbacks stand: no caller waits for them, and they would be among
	// the calls of the queue otherwise.
	callbackQueue = "-callback"
	// callbackKey is the key by which a caller takes a callback.
	callbackKey = "1"
	// transferContext is the dialplan context of a blind transfer: Kezek dials without one.
	transferContext = "kezek"
	// promised is the status of a call whose caller was promised a callback on hold.
	promised = "callback"
)

// table has the rows of each kind of entry that gives any.
var table = map[queue.EntryKind]func(line) []Row{
	// A visit to a line: ENTERQUEUE, then CONNECT or one of the exits.
	queue.EntryCallEntered:  func(l line) []Row { return l.entered() },
	queue.EntryCallRequeued: func(l line) []Row { return l.entered() },
	queue.EntryCallMissed:   func(l line) []Row { return l.missed() },
	queue.EntryCallAnswered: func(l line) []Row { return l.answered() },
	queue.EntryCallPickedUp: func(l line) []Row { return l.fetched() },
	queue.EntryVisitEnded:   func(l line) []Row { return l.left() },
	// The talk.
	queue.EntryTalkEnded:   func(l line) []Row { return l.talkEnded() },
	queue.EntryHoldStarted: func(l line) []Row { return l.held("CALLERONHOLD", "0", string(l.HeldBy)) },
	queue.EntryHoldEnded:   func(l line) []Row { return l.held("CALLEROFFHOLD", l.seconds(l.Hold), string(l.HoldEnd)) },
	queue.EntryCallResult:  func(l line) []Row { return l.byAgent("CALLSTATUS", l.Result) },
	// A callback whose client was not reached.
	queue.EntryCallbackAttempt: func(l line) []Row { return l.notReached() },
	// Agents: members of all their queues while they are logged in, paused in all of them or in none.
	queue.EntryAgentLogIn: func(l line) []Row {
		return append(l.anywhere("AGENTLOGIN", l.phone()), l.inEach("ADDMEMBER", "")...)
	},
	queue.EntryAgentLogOut: func(l line) []Row {
		return append(l.inEach("REMOVEMEMBER", ""), l.anywhere("AGENTLOGOFF", l.phone(), l.seconds(l.Length))...)
	},
	queue.EntryAgentStatus:  func(l line) []Row { return l.status() },
	queue.EntryAgentPenalty: func(l line) []Row { return l.outOfCall("PENALTY", strconv.Itoa(l.Penalty.Is)) },
}

// Rows are those of an entry of the journal, none for most. They do not depend on any other entry.
func (w *Words) Rows(e queue.Entry) []Row {
	rows := table[e.Kind]
	if rows == nil {
		return nil
	}
	return rows(line{e, e.More(), w})
}

// line is an entry whose rows are made.
type line struct {
	queue.Entry
	queue.Details
	w *Words
}

// entered has an empty number for one that is withheld, as app_queue.
func (l line) entered() []Row {
	data := []string{"", l.Number, place(l.JoinedAt)}
	if l.w.CallerName {
		data = append(data, l.Name)
	}
	return l.byNobody("ENTERQUEUE", data...)
}

// missed: whom an agent did not take is RINGNOANSWER, whatever the phone did; an offer that broke off is RINGCANCELED. Both are in
// milliseconds, other than the ring of CONNECT.
func (l line) missed() []Row {
	if l.Cause == queue.CauseCancelled {
		return l.byAgent("RINGCANCELED", number(l.Ring.Milliseconds()))
	}
	return l.byAgent("RINGNOANSWER", number(l.Ring.Milliseconds()))
}

func (l line) answered() []Row {
	if l.isOutbound() {
		return append(l.outbound(), l.byAgent("CONNECT", l.seconds(l.Dialled), l.Leg, "0")...)
	}
	return l.byAgent("CONNECT", l.seconds(l.Wait), l.Leg, number(int64(l.Ring/time.Second)))
}

// fetched: the agent has a parked caller, who did not wait in line again. What rang elsewhere and is picked up is answered next.
func (l line) fetched() []Row {
	switch {
	case l.Leg == "":
		return nil
	case l.isOutbound():
		return append(l.outbound(), l.byAgent("CONNECT", "0", l.Leg, "0")...)
	}
	return append(l.entered(), l.byAgent("CONNECT", "0", l.Leg, "0")...)
}

// left: the caller leaves unserved. What rang for them rings no more.
func (l line) left() (rows []Row) {
	for _, o := range l.Offers {
		rang := l
		rang.Entry.Agent = o.Agent
		rows = append(rows, rang.byAgent("RINGCANCELED", number(o.Ring.Milliseconds()))...)
	}
	event, data := "ABANDON", []string{place(l.Position), place(l.JoinedAt), l.seconds(l.Wait)}
	switch l.VisitEnd {
	case queue.VisitEndTimedOut, queue.VisitEndMoved: // moved: they enter another queue, as by an overflow there
		event = "EXITWITHTIMEOUT"
	case queue.VisitEndEmpty:
		event = "EXITEMPTY"
	case queue.VisitEndCallback:
		event, data = "EXITWITHKEY", append([]string{callbackKey}, data...)
	}
	return append(rows, l.byNobody(event, data...)...)
}

func (l line) talkEnded() []Row {
	data := []string{l.seconds(l.Wait), l.seconds(l.Talk), place(l.JoinedAt)}
	switch l.TalkEnd {
	case queue.TalkEndCaller:
		return l.byAgent("COMPLETECALLER", data...)
	case queue.TalkEndBlind:
		return l.byAgent("BLINDTRANSFER", append([]string{l.To, transferContext}, data...)...)
	case queue.TalkEndAttended: // who they are left to stands for the id of a bridge, which says nothing to anybody
		return l.byAgent("ATTENDEDTRANSFER", append([]string{"BRIDGE", l.To}, data...)...)
	case queue.TalkEndCallback:
		return append(l.byAgent("COMPLETEAGENT", data...), l.byAgent("CALLSTATUS", promised)...)
	}
	return l.byAgent("COMPLETEAGENT", data...)
}

// notReached has no rows if they were reached and the talk does not count: it has its own.
func (l line) notReached() []Row {
	if l.Call == "" {
		return nil
	}
	return append(l.outbound(), l.byNobody("ABANDON", "1", "1", l.seconds(l.Dialled))...)
}

// held is about holds in a talk: of a parked caller the talk is over.
func (l line) held(event string, data ...string) []Row {
	if l.Slot > 0 {
		return nil
	}
	return l.byAgent(event, data...)
}

// isPause reports whether app_queue would call the status a pause: no calls come, and there is no call.
func isPause(s queue.Status) bool {
	switch s {
	case queue.StatusOffline, queue.StatusReady, queue.StatusRinging, queue.StatusOnCall, queue.StatusWrapUp:
		return false
	}
	return s != ""
}

// status: from one pause into another there is no row between, as with app_queue. The log-out ends a pause by itself.
func (l line) status() []Row {
	switch {
	case isPause(l.Status):
		return append(l.anywhere("PAUSEALL", string(l.Status)), l.inEach("PAUSE", string(l.Status))...)
	case isPause(l.Was) && l.Status != queue.StatusOffline:
		return append(l.anywhere("UNPAUSEALL", ""), l.inEach("UNPAUSE", "")...)
	}
	return nil
}

// isOutbound: the call is one that we made for a callback.
func (l line) isOutbound() bool {
	return l.Callback != "" && strings.HasPrefix(l.Call, l.Callback+"-") && (l.Called || l.Kind != queue.EntryCallResult)
}

// outbound stands in place of ENTERQUEUE.
func (l line) outbound() []Row { return l.byNobody("CALLOUTBOUND", "", l.Number) }

// seconds is a length that ends with the entry: as many seconds as lie between the times of two rows.
func (l line) seconds(length time.Duration) string {
	return number(l.At.Unix() - l.At.Add(-length).Unix())
}

// phone is where the agent logged in or out.
func (l line) phone() string { return named(l.Phone, widestDatum) }

// byNobody and byAgent are rows of the call in its queue.
func (l line) byNobody(event string, data ...string) []Row {
	return l.row(l.call(), l.queue(), none, event, data)
}

func (l line) byAgent(event string, data ...string) []Row {
	return l.row(l.call(), l.queue(), l.agent(), event, data)
}

// outOfCall, anywhere and inEach are rows of the agent: in the queue of the entry, in none, in each of theirs.
func (l line) outOfCall(event string, data ...string) []Row {
	return l.row(none, l.queue(), l.agent(), event, data)
}

func (l line) anywhere(event string, data ...string) []Row {
	return l.row(none, none, l.agent(), event, data)
}

func (l line) inEach(event, datum string) (rows []Row) {
	for _, q := range l.w.Queues(l.Agent) {
		rows = append(rows, l.row(none, named(q, widestName), l.agent(), event, []string{datum})...)
	}
	return rows
}

func (l line) row(call, in, agent, event string, data []string) []Row {
	for i := range data {
		data[i] = clean(data[i], widestDatum)
	}
	return []Row{{l.At, call, in, agent, event, data}}
}

// call is the caller's channel. Programs join what they find of a call by it and by the queue: who comes to a queue again is
// another call to them, or the two would be each other's.
func (l line) call() string {
	if l.Turn > 1 {
		turn := "-" + strconv.Itoa(l.Turn)
		return named(clean(l.Call, widestCall-len(turn))+turn, widestCall)
	}
	return named(l.Call, widestCall)
}

func (l line) queue() string {
	name := named(l.Queue, widestName)
	if l.isOutbound() {
		name += callbackQueue
	}
	return name
}

func (l line) agent() string {
	if l.Agent == "" {
		return none
	}
	return named(l.w.Agent(l.Agent), widestName)
}
