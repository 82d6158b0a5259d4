package ops

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"time"

	"kezek/queue"
)

// Agent is an agent as the API shows them.
type Agent struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	// Status is one of the daemon's or of the config's table; Since is when they came into it.
	Status queue.Status `json:"status"`
	Since  *time.Time   `json:"since"`
	// After is the status that follows the call, if it is set already.
	After *queue.Status `json:"after"`
	// Overstayed: they have been in the status for longer than allowed. OrderedBy is the supervisor who ordered it.
	Overstayed bool             `json:"overstayed"`
	OrderedBy  *string          `json:"ordered_by"`
	Languages  []queue.Language `json:"languages"`
	Queues     []string         `json:"queues"`
	// Penalties are those that count, one for each of the queues.
	Penalties []Penalty `json:"penalties"`
	// Call is the id of the call that rings at their phone or that they have.
	Call *string `json:"call"`
	// Callback is the one that rings at their phone or that they work on, until the client is on the line.
	Callback *string `json:"callback"`
	// Owes are the callbacks that they must make before anything else.
	Owes     []string   `json:"owes"`
	LoggedIn *time.Time `json:"logged_in"`
	Endpoint string     `json:"endpoint"`
	// Reachable: their phone is registered. InUse: it has a call that is not ours.
	Reachable bool `json:"reachable"`
	InUse     bool `json:"in_use"`
	// PhoneFault is why it does not work though it is registered: no_codec, no_audio, broken, dropped or unreachable.
	PhoneFault *queue.Cause `json:"phone_fault"`
	// WrapUpUntil is the end of their wrap-up, Last the last talk of their shift.
	WrapUpUntil *time.Time `json:"wrapup_until"`
	Last        *Talk      `json:"last"`
	// Supervisor may listen to others. Trainee gets calls only while a supervisor is logged in; Unsupervised: none is.
	Supervisor   bool `json:"supervisor"`
	Trainee      bool `json:"trainee"`
	Unsupervised bool `json:"unsupervised"`
	// Monitors is the agent that a supervisor listens to.
	Monitors *Monitor `json:"monitors"`
	// Calls since log-in.
	Calls int `json:"calls"`
	// Holds since log-in that are over.
	Holds Holds `json:"holds"`
	// Ratings by callers since log-in.
	Ratings Ratings `json:"ratings"`
}

// Penalty is an agent's in a queue: the config's, or the one that By has set instead of it since then.
type Penalty struct {
	Queue   string     `json:"queue"`
	Penalty int        `json:"penalty"`
	Config  int        `json:"config"`
	By      *string    `json:"by"`
	Since   *time.Time `json:"since"`
}

func newPenalty(a *queue.Agent, in queue.Membership) Penalty {
	p := Penalty{Queue: in.Queue, Penalty: a.Penalty(in), Config: in.Penalty}
	if o := a.PenaltyOrder(in.Queue); o != nil && o.Config == in.Penalty {
		p.By, p.Since = &o.By, &o.Since
	}
	return p
}

// Ratings sums up what callers gave; Mean, of 1 to 5, is null when none did.
type Ratings struct {
	Count int      `json:"count"`
	Mean  *float64 `json:"mean"`
}

func newRatings(f queue.RatingFigures) Ratings {
	return Ratings{f.Count, set(math.Round(100*f.Mean()) / 100)}
}

// Talk is a talk that is over, with its result if the agent has written it down.
type Talk struct {
	Call   string  `json:"call"`
	Queue  string  `json:"queue"`
	Number string  `json:"number"`
	Result *string `json:"result"`
}

// Monitor is a supervisor who listens to an agent's talk, and how: listen, whisper or join.
type Monitor struct {
	Agent string            `json:"agent"`
	Call  string            `json:"call"`
	Mode  queue.MonitorMode `json:"mode"`
	Since time.Time         `json:"since"`
}

// Status is a line of the config's table of statuses; Code is what agents dial after the star, empty for one of the daemon's own.
type Status struct {
	Name  string                    `json:"name"`
	Code  string                    `json:"code"`
	Title map[queue.Language]string `json:"title"`
}

// copyStatuses runs in the engine's loop.
func copyStatuses(s *queue.State, _ time.Time) []Status {
	table := s.Rules().Statuses
	statuses := make([]Status, 0, len(table))
	for _, name := range sortedKeys(table) {
		title := maps.Clone(table[name].Title)
		if title == nil {
			title = map[queue.Language]string{}
		}
		statuses = append(statuses, Status{name, table[name].Code, title})
	}
	return statuses
}

// Queue is a queue as the API shows it.
type Queue struct {
	Name  string   `json:"name"`
	Title string   `json:"title"`
	DID   []string `json:"did"`
	// Waiting counts the callers in line by language.
	Waiting map[queue.Language]int `json:"waiting"`
	// LongestWait is the longest of theirs, ExpectedWait that of the last in line, in seconds.
	LongestWait  float64 `json:"longest_wait"`
	ExpectedWait float64 `json:"expected_wait"`
	// Agents counts those of the queue by status.
	Agents map[queue.Status]int `json:"agents"`
	// AnsweredToday and AbandonedToday count visits.
	AnsweredToday  int          `json:"answered_today"`
	AbandonedToday int          `json:"abandoned_today"`
	ServiceLevel   ServiceLevel `json:"service_level"`
	// Notice is what callers hear on entry now.
	Notice *Notice `json:"notice"`
	// Recording of its talks.
	Recording *Retention `json:"recording"`
}

// ServiceLevel is how a queue does today: so many percent of the visits to its line
// answered within so many seconds.
type ServiceLevel struct {
	Within float64 `json:"within"`
	Target int     `json:"target"`
	// Percent of today's visits; null before the first one. Callers who gave up
	// within the time do not count.
	Percent *float64 `json:"percent"`
	// Judged is how many visits of today count for it.
	Judged int `json:"judged"`
	// Recent is that of the visits that ended within the last 30 minutes, since the daemon started; null if
	// none did. RecentJudged is how many of these count.
	Recent       *float64 `json:"recent"`
	RecentJudged int      `json:"recent_judged"`
}

// Event is a line of the journal as the API shows it; what does not apply is
// left out. Times are in seconds.
type Event struct {
	At       time.Time       `json:"at"`
	Kind     queue.EntryKind `json:"kind"`
	Call     string          `json:"call,omitempty"`
	Queue    string          `json:"queue,omitempty"`
	Language queue.Language  `json:"language,omitempty"`
	Number   string          `json:"number,omitempty"`
	// Name that came with the call, Leg the channel of the agent's phone.
	Name     string        `json:"name,omitempty" mask:"words"`
	Agent    string        `json:"agent,omitempty"`
	Leg      string        `json:"leg,omitempty"`
	Phone    string        `json:"phone,omitempty"`
	Status   queue.Status  `json:"status,omitempty"`
	Was      queue.Status  `json:"was,omitempty"`
	Outcome  queue.Outcome `json:"outcome,omitempty"`
	Cause    queue.Cause   `json:"cause,omitempty"`
	Result   string        `json:"result,omitempty"`
	Replaced string        `json:"replaced,omitempty"`
	Called   bool          `json:"called,omitempty"`
	Rating   int           `json:"rating,omitempty"`
	// Callback it is about, its class and how it ended.
	Callback        string                `json:"callback,omitempty"`
	Class           queue.CallbackClass   `json:"class,omitempty"`
	CallbackOutcome queue.CallbackOutcome `json:"callback_outcome,omitempty"`

	// Due and Origin are those of a callback that is booked, Arrived and DID those of a call that ended.
	Due      time.Time `json:"due,omitzero"`
	Origin   string    `json:"origin,omitempty"`
	Arrived  time.Time `json:"arrived,omitzero"`
	DID      string    `json:"did,omitempty"`
	Position int       `json:"position,omitempty"`
	JoinedAt int       `json:"joined_at,omitempty"`
	// Turn counts how often the call has come to its queue, from 2 on.
	Turn int `json:"turn,omitempty"`
	// VisitEnd is how a caller left a line unserved, TalkEnd how a talk ended.
	VisitEnd queue.VisitEnd `json:"visit_end,omitempty"`
	TalkEnd  queue.TalkEnd  `json:"talk_end,omitempty"`
	// Dialled is for how long the client of a callback was called.
	Dialled float64 `json:"dialled,omitempty"`
	// Wait is that of a visit, of a call that ended those of all its Visits; Talk is that of all its Talks.
	Wait   float64  `json:"wait,omitempty"`
	Visits []Visit  `json:"visits,omitempty"`
	Ring   float64  `json:"ring,omitempty"`
	Talk   float64  `json:"talk,omitempty"`
	Talks  []Talked `json:"talks,omitempty"`
	// Hold is the length of a hold, or of all holds of a call that ended; Holds are the last of these.
	Hold  float64     `json:"hold,omitempty"`
	Holds []HoldEnded `json:"holds,omitempty"`
	// HeldBy is how a hold began, HoldEnd how it ended, Then what is done about one that takes too long.
	HeldBy  queue.HeldBy   `json:"held_by,omitempty"`
	Slot    int            `json:"slot,omitempty"`
	HoldEnd queue.HoldEnd  `json:"hold_end,omitempty"`
	Then    queue.HoldThen `json:"then,omitempty"`
	// Holding: the caller holds, or no longer.
	Holding queue.HoldTurn `json:"holding,omitempty"`
	// Recorded are the last recordings of a call that ended, or the one that broke off.
	Recorded []Recorded `json:"recorded,omitempty"`
	// Order is what a supervisor has ordered about the call.
	Order queue.CallOrder `json:"order,omitempty"`
	// Mode in which a supervisor listens.
	Mode queue.MonitorMode `json:"mode,omitempty"`
	// Monitored are the last times in which supervisors listened to a call that ended.
	Monitored []Monitored `json:"monitored,omitempty"`
	// Offers are those of a call that ended to agents, the last ones of many.
	Offers []Offered `json:"offers,omitempty"`
	// Transfers are the third parties of a call that ended, the last ones of many.
	Transfers []Transfer `json:"transfers,omitempty"`
	// To is the third party; of what was refused, as it was keyed in.
	To string `json:"to,omitempty" mask:"words"`
	// Length of what is over: a shift, listening, the pause of a recording.
	Length float64 `json:"length,omitempty"`
	// ShiftEnd is why a shift ended, Early how long before its end the agent left.
	ShiftEnd queue.ShiftEnd `json:"shift_end,omitempty"`
	Early    float64        `json:"early,omitempty"`
	// Late is how long after the begin of the shift the agent logged in.
	Late float64 `json:"late,omitempty"`
	// Day is the one on whose timesheet it counts, Paid its paid time by a correction.
	Day  string  `json:"day,omitempty"`
	Paid float64 `json:"paid,omitempty"`
	// Begin of a shift of the roster that is over.
	Begin time.Time `json:"begin,omitzero"`
	// Queues and Languages are those of an agent who logged in.
	Queues    []string         `json:"queues,omitempty"`
	Languages []queue.Language `json:"languages,omitempty"`
	// Elsewhere: the agent logged in at another phone than the own; PhoneChange is what became of the phone.
	Elsewhere   bool              `json:"elsewhere,omitempty"`
	PhoneChange queue.PhoneChange `json:"phone_change,omitempty"`
	// Notice is the phrase of a maintenance notice, Until when it ends by itself.
	Notice string    `json:"notice,omitempty"`
	Until  time.Time `json:"until,omitzero"`
	// Clock is by how much the machine's clock was set, back if it is negative.
	Clock float64 `json:"clock,omitempty"`
	// Penalty is what became of the agent's in the queue.
	Penalty queue.PenaltyChange `json:"penalty,omitzero"`
	// Violation is what an agent did, Refusal why something is not done.
	Violation queue.ViolationKind `json:"violation,omitempty"`
	Refusal   queue.Refusal       `json:"refusal,omitempty"`
	// By is the supervisor whose order it was, Reason why, in words. Detail is what the fields of the kind say, in a line.
	By     string `json:"by,omitempty"`
	Reason string `json:"reason,omitempty" mask:"words"`
	Detail string `json:"detail,omitempty" mask:"words"`
	// Alarm is the id of the event that somebody has seen.
	Alarm string `json:"alarm,omitempty"`
	// Times is how many refused codes of the phone are told by this one; none is one.
	Times int `json:"times,omitempty"`
}

func newEvent(entry queue.Entry) Event {
	e := entry.Wire()
	return Event{
		Hold:  seconds(e.Hold),
		Holds: each(e.Holds, newHoldEnded), Visits: each(e.Visits, newVisit), Talks: each(e.Talks, newTalked),
		Monitored: each(e.Monitored, newMonitored), Offers: each(e.Offers, newOffered), Transfers: each(e.Transfers, newTransfer),
		Recorded: each(e.Recorded, newRecorded),
		At:       e.At, Kind: e.Kind, Call: e.Call, Queue: e.Queue, Language: e.Language, Number: e.Number,
		Name: e.Name, Leg: e.Leg, Due: e.Due, Origin: e.Origin, Arrived: e.Arrived, DID: e.DID,
		Agent: e.Agent, Phone: e.Phone, Status: e.Status, Outcome: e.Outcome, Cause: e.Cause, Result: e.Result, Replaced: e.Replaced, Called: e.Called, Rating: e.Rating,
		Callback: e.Callback, Class: e.Class, CallbackOutcome: e.CallbackOutcome,
		Position: e.Position, JoinedAt: e.JoinedAt, Turn: e.Turn, VisitEnd: e.VisitEnd, TalkEnd: e.TalkEnd, Dialled: seconds(e.Dialled), Was: e.Was,
		Wait: seconds(e.Wait), Ring: seconds(e.Ring), Talk: seconds(e.Talk), To: e.To,
		HeldBy: e.HeldBy, Slot: e.Slot, HoldEnd: e.HoldEnd, Then: e.Then, Holding: e.Holding, Order: e.Order, Mode: e.Mode,
		Length: seconds(e.Length), ShiftEnd: e.ShiftEnd, Early: seconds(e.Early), Late: seconds(e.Late), Elsewhere: e.Elsewhere, PhoneChange: e.PhoneChange,
		Day: e.Day, Paid: seconds(e.Paid), Begin: e.Begin, Queues: e.Queues, Languages: e.Languages,
		Notice: e.Notice, Until: e.Until, Clock: seconds(e.Clock), Penalty: e.Penalty, Violation: e.Violation, Refusal: e.Refusal,
		By: e.By, Reason: e.Reason, Detail: e.Detail, Alarm: e.Alarm, Times: e.Times,
	}
}

// copyAgents runs in the engine's loop, as do the others.
func copyAgents(s *queue.State, _ time.Time) []Agent {
	all := s.Agents()
	agents := make([]Agent, 0, len(all))
	for _, a := range all {
		agent := Agent{
			ID: a.ID, Status: a.Status, Since: set(a.Since), After: set(a.After), Overstayed: a.Overstayed, OrderedBy: set(a.OrderedBy), LoggedIn: set(a.LoggedIn),
			Call: set(a.Call), Callback: set(a.Callback), Owes: []string{}, Languages: []queue.Language{}, Queues: []string{}, Penalties: []Penalty{},
			Endpoint: a.Endpoint, Reachable: a.Reachable, InUse: a.InUse || a.Target != "", PhoneFault: set(a.Fault), Calls: a.Calls, Holds: newHolds(a.HoldFigures),
			WrapUpUntil: set(a.WrapUntil), Ratings: newRatings(a.Ratings),
		}
		if a.Last.Call != "" {
			agent.Last = &Talk{a.Last.Call, a.Last.Queue, a.Last.Number, set(a.Last.Result)}
		}
		if m := a.Monitor; m.Snoop != "" {
			agent.Monitors = &Monitor{m.Agent, m.Call, m.Mode, m.Since}
		}
		if a.Owes != "" {
			agent.Owes = append(agent.Owes, a.Owes)
		}
		// An agent taken out of the config stays until their call is over.
		if r := s.Rules().Agents[a.ID]; r != nil {
			agent.Supervisor, agent.Trainee, agent.Unsupervised = r.Supervisor, r.Trainee, s.Unsupervised(a.ID)
			agent.Name = inWords(r.Name, r.Speech)
			agent.Languages = append(agent.Languages, r.Languages...)
			agent.Endpoint = cmp.Or(a.Endpoint, r.Endpoint)
			agent.Queues = each(r.Queues, func(m queue.Membership) string { return m.Queue })
			agent.Penalties = each(r.Queues, func(m queue.Membership) Penalty { return newPenalty(a, m) })
		}
		agents = append(agents, agent)
	}
	return agents
}

func copyQueues(s *queue.State, now time.Time) []Queue {
	rules := s.Rules()
	queues := make([]Queue, 0, len(rules.Queues))
	at := make(map[string]int, len(rules.Queues))
	for _, name := range sortedKeys(rules.Queues) {
		r := rules.Queues[name]
		q := Queue{
			Name: name, Title: inWords(r.Title, r.DefaultLanguage), DID: append([]string{}, r.DID...),
			Waiting: map[queue.Language]int{}, Agents: map[queue.Status]int{},
			ServiceLevel: ServiceLevel{Within: seconds(r.ServiceLevel.Within), Target: r.ServiceLevel.Target},
			Notice:       newNotice(s.Notice(name)), Recording: newRetention(r.Recording),
		}
		for _, l := range rules.Languages {
			q.Waiting[l] = s.Waiting(name, l)
		}
		at[name] = len(queues)
		queues = append(queues, q)
	}
	for _, c := range s.Calls() {
		i, known := at[c.Queue]
		if !known || s.Position(c) == 0 {
			continue
		}
		queues[i].LongestWait = max(queues[i].LongestWait, seconds(c.Waited(now)))
		queues[i].ExpectedWait = max(queues[i].ExpectedWait, seconds(s.ExpectedWait(c)))
	}
	for _, a := range s.Agents() {
		if r := rules.Agents[a.ID]; r != nil {
			for _, m := range r.Queues {
				if i, known := at[m.Queue]; known {
					queues[i].Agents[a.Status]++
				}
			}
		}
	}
	for _, l := range s.Lines() {
		if i, known := at[l.Queue]; known && l.Day == now.In(rules.Location).Format(time.DateOnly) {
			queues[i].AnsweredToday, queues[i].AbandonedToday = l.Answered, l.Abandoned
			queues[i].ServiceLevel.Percent, queues[i].ServiceLevel.Judged = percentInTime(l), max(0, l.Judged())
		}
	}
	return queues
}

// percentInTime is nil while there is nothing to judge by.
func percentInTime(l *queue.Line) *float64 {
	return percentOf(l.AnsweredInTime, l.Judged())
}

// percentOf is nil for a share of nothing; it has one decimal.
func percentOf(n, of int) *float64 {
	if of <= 0 {
		return nil
	}
	percent := math.Round(1000*float64(n)/float64(of)) / 10
	return &percent
}

// inWords is a title in the language preferred, or in any that it has.
func inWords(title map[queue.Language]string, preferred queue.Language) string {
	if text := title[preferred]; text != "" {
		return text
	}
	for _, l := range sortedKeys(title) {
		if title[l] != "" {
			return title[l]
		}
	}
	return ""
}

// each is what becomes of every one of a list; never nil, so that JSON says [].
func each[A, B any](all []A, become func(A) B) []B {
	out := make([]B, len(all))
	for i, a := range all {
		out[i] = become(a)
	}
	return out
}

func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K {
	return slices.Sorted(maps.Keys(m))
}

// set is nil for a value that is not set, so that JSON says null.
func set[T comparable](v T) *T {
	var unset T
	if v == unset {
		return nil
	}
	return &v
}

// seconds to the millisecond.
func seconds(d time.Duration) float64 { return float64(d.Milliseconds()) / 1000 }
