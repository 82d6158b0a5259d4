package queue

import (
	"slices"
	"time"
)

// Rules is the whole config as the state machine needs it. It is never
// changed in place: a reload makes a new one and sends [RulesChanged].
type Rules struct {
	// Languages in the order of the menu: the key of a language is its index + 1.
	Languages []Language
	Queues    map[string]*QueueRules
	Agents    map[string]*AgentRules
	// Statuses is the table of statuses an agent may choose, by name.
	Statuses map[string]*StatusRules
	// Results is the table of results of calls, by name.
	Results map[string]*ResultRules
	// Location is the site's time zone, for opening hours and days.
	Location *time.Location
	// Menu is how the language menu behaves.
	Menu MenuRules
	// PINTries is how many wrong PINs in a row lock an agent's log-in at a phone for PINLock,
	// and then for twice as long each time.
	PINTries int
	PINLock  time.Duration
	Trunk    TrunkRules
	Conduct  ConductRules
	Keys     KeyRules
	Transfer TransferRules
	Parking  ParkingRules
	// Supervisors are rung when a callback is escalated.
	Supervisors SupervisorRules
	// Phones are those that belong to no agent; any may log in there.
	Phones []string
	// PhoneGone is how long an agent's phone may be unreachable before the agent is logged out; 0 is for ever.
	PhoneGone time.Duration
	// Notice are the maintenance notices.
	Notice NoticeRules
	// Roster are the shifts of agents on certain days, by agent.
	Roster    map[string]Roster
	Timesheet TimesheetRules
	// CDR: the exchange is told what goes into its own records of calls, see [NoteCDR].
	CDR bool
}

// MenuRules is the language menu (S3: greetings in Russian and Kyrgyz).
type MenuRules struct {
	// Wait is how long the menu waits for a key after its last word.
	Wait time.Duration `yaml:"wait"`
	// Rounds is how often the menu is played before the queue's default language is taken.
	Rounds int `yaml:"rounds"`
	// Late is how long after the menu its keys still choose a language.
	Late time.Duration `yaml:"late"`
	// Remember is how long a caller's choice is remembered; 0 asks every time.
	Remember time.Duration `yaml:"remember"`
}

// Strategy says which of the free agents gets a call. The names are app_queue's.
type Strategy string

// The strategies.
const (
	// StrategyRingAll rings every free agent of the lowest penalty at once.
	StrategyRingAll Strategy = "ringall"
	// StrategyLeastRecent takes the agent whose last call ended longest ago.
	StrategyLeastRecent Strategy = "leastrecent"
	// StrategyFewestCalls takes the agent with the fewest calls since log-in.
	StrategyFewestCalls Strategy = "fewestcalls"
	// StrategyRandom takes any.
	StrategyRandom Strategy = "random"
	// StrategyRRMemory goes round in the config's order, from the one after the last.
	StrategyRRMemory Strategy = "rrmemory"
	// StrategyLinear takes the first free one in the config's order.
	StrategyLinear Strategy = "linear"
	// StrategyWRandom takes any, those of low penalty more often.
	StrategyWRandom Strategy = "wrandom"
)

// Strategies in the order that help texts name them.
var Strategies = []Strategy{StrategyRingAll, StrategyLeastRecent, StrategyFewestCalls, StrategyRandom, StrategyRRMemory, StrategyLinear, StrategyWRandom}

// Pickup says who may take a call that rings at a colleague's phone (directed or group pickup, *8).
type Pickup string

// The choices.
const (
	// PickupTeam: agents who could have been offered it, by queue, skills and language.
	PickupTeam Pickup = "team"
	// PickupAny: any agent who is logged in.
	PickupAny Pickup = "any"
	// PickupNobody: nobody.
	PickupNobody Pickup = "no"
)

// Pickups in the order that help texts name them.
var Pickups = []Pickup{PickupTeam, PickupAny, PickupNobody}

// QueueRules is one queue.
type QueueRules struct {
	Name string `yaml:"-"`
	// DID are the numbers that lead here, as the trunk delivers them (E.164).
	DID []string `yaml:"did"`
	// DIDLanguage fixes the language for some of the numbers; no menu is played there.
	DIDLanguage map[string]Language `yaml:"did_language"`
	// Code leads here from an agent's transfer, *3 and the code and #; empty: none does.
	Code string `yaml:"code"`
	// Title of the queue in each language, for people.
	Title           map[Language]string `yaml:"title"`
	DefaultLanguage Language            `yaml:"default_language"`
	// Welcome is said to callers first. Without it, because the site's own dialplan has
	// greeted them, they hear the menu, or what comes in line, at once.
	Welcome bool `yaml:"welcome"`

	Strategy Strategy `yaml:"strategy"`
	// FewestSkillsFirst puts agents with fewer languages and skills before the
	// strategy's own order, so that bilingual agents stay free for the scarce
	// language. It has no effect with ringall.
	FewestSkillsFirst bool `yaml:"fewest_skills_first"`
	// Skills that an agent must have to get calls of this queue.
	Skills []string `yaml:"skills"`
	// Weight ranks queues against each other for an agent of several: higher goes first.
	Weight int `yaml:"weight"`
	// Priority of the calls of this queue among calls of the same weight: higher goes first.
	Priority int `yaml:"priority"`
	// Overflow lets agents of other languages take a call when nobody logged in
	// speaks its language, or after OverflowAfter of waiting.
	Overflow      bool          `yaml:"overflow"`
	OverflowAfter time.Duration `yaml:"overflow_after"`

	Ring RingRules `yaml:"ring"`
	// Pickup is who else may take a call that rings.
	Pickup     Pickup        `yaml:"pickup"`
	WrapUp     time.Duration `yaml:"wrapup"`
	WrapUpMore WrapUpRules   `yaml:"wrapup_more"`
	Announce   AnnounceRules `yaml:"announce"`
	// Whisper tells the agent language and queue before the connection; the caller does not hear it.
	Whisper bool `yaml:"whisper"`
	// AutoAnswer asks the agent's phone to answer by itself (Call-Info and Alert-Info headers).
	AutoAnswer bool `yaml:"auto_answer"`
	// Music is the music-on-hold class heard while waiting.
	Music string `yaml:"music"`

	Hours    Hours     `yaml:"hours"`
	Holidays []Holiday `yaml:"holidays"`
	// MaxWaiting is how many callers may wait; 0 is no limit (app_queue: maxlen).
	MaxWaiting int `yaml:"max_waiting"`
	// MaxWait is how long a caller may wait in all; 0 is no limit (app_queue: the timeout of Queue()).
	MaxWait time.Duration `yaml:"max_wait"`
	// JoinEmpty lets callers in though no agent is logged in (app_queue: joinempty).
	JoinEmpty bool `yaml:"join_empty"`
	// LeaveWhenEmpty sends waiting callers out when the last agent logs out (app_queue: leavewhenempty).
	LeaveWhenEmpty bool `yaml:"leave_when_empty"`
	// Fallback is where a caller goes if they cannot be served (closed, full, empty,
	// timed out): a place in the dialplan, "context,extension,priority". Empty: the call ends after its phrase.
	Fallback string `yaml:"fallback"`

	ServiceLevel ServiceLevel   `yaml:"service_level"`
	Callback     CallbackRules  `yaml:"callback"`
	Hold         HoldRules      `yaml:"hold"`
	Peak         PeakRules      `yaml:"peak"`
	Rating       RatingRules    `yaml:"rating"`
	SameAgent    SameAgentRules `yaml:"same_agent"`
	Recording    RecordingRules `yaml:"recording"`
	// NotHeardAfter is how long after the connection nothing may be heard of the
	// caller before they are told so; 0 turns the detection off.
	NotHeardAfter time.Duration `yaml:"not_heard_after"`
}

// RingRules is how an agent's phone is rung, and what follows when the call is not taken.
type RingRules struct {
	// Timeout is how long a phone rings for one offer.
	Timeout time.Duration `yaml:"timeout"`
	// Rest is how long an agent who declined or did not answer gets no new offer
	// (app_queue: retry). The caller goes to the next agent at once.
	Rest time.Duration `yaml:"rest"`
	// PauseAfter pauses an agent after so many missed offers in a row; 0 never
	// does (app_queue: autopause).
	PauseAfter int `yaml:"pause_after"`
	// Broken is how long a phone must have been answered for its end to be a person's: one that ends a call earlier
	// does not work, and the caller goes to the head of the line. 0: whoever hangs up has hung up.
	Broken time.Duration `yaml:"broken"`
	// NoAudio is how long an answered phone may send nothing that is known to be in trouble: it has sent no audio since its
	// answer, has registered anew since its last, or cannot be reached. Silent is how long any other may, outside of a
	// hold: neither audio nor reports about it (RTCP). Then its leg is ended, and the caller goes to the head of the line. 0: never.
	NoAudio time.Duration `yaml:"no_audio"`
	Silent  time.Duration `yaml:"silent"`
}

// AnnounceRules is what a waiting caller is told.
type AnnounceRules struct {
	Position bool `yaml:"position"`
	Wait     bool `yaml:"wait"`
	// Every is the time from the end of an announcement to the next; 0 announces on entry only.
	Every time.Duration `yaml:"every"`
}

// ServiceLevel is a target: so many percent of visits to the line answered within a time.
type ServiceLevel struct {
	Within time.Duration `yaml:"within"`
	Target int           `yaml:"target"`
}

// Membership is an agent's place in a queue.
type Membership struct {
	Queue string
	// Penalty: agents of a higher penalty get calls only when none of a lower one is free.
	Penalty int
}

// MostPenalty is the highest penalty.
const MostPenalty = 1000

// queueNames are the queues that the agent serves.
func (r *AgentRules) queueNames() []string {
	names := make([]string, len(r.Queues))
	for i, m := range r.Queues {
		names[i] = m.Queue
	}
	return names
}

// AgentRules is one agent.
type AgentRules struct {
	ID   string
	Name map[Language]string
	// Endpoint is the agent's own phone, as Asterisk names it: "PJSIP/1012". They may log in at another.
	Endpoint  string
	Languages []Language
	Queues    []Membership
	Skills    []string
	// PIN is keyed in to log in; empty asks for none.
	PIN string
	// Speech is the language in which codes answer the agent.
	Speech Language
	// Shifts are the agent's working hours of a week. The roster overrides them for the days it names.
	Shifts Hours
	// Supervisor may listen to other agents' talks. Trainee gets calls only while
	// a supervisor is logged in (S2).
	Supervisor, Trainee bool
	// Unlisted: no caller reaches the agent by keying their extension.
	Unlisted bool
	// Order is the agent's place in the config, for the strategies linear and rrmemory.
	Order int
}

// DefaultMenu is the menu when the config says nothing.
func DefaultMenu() MenuRules {
	return MenuRules{Wait: 5 * time.Second, Rounds: 2, Late: 3 * time.Second, Remember: 90 * 24 * time.Hour}
}

// DefaultQueue is a queue when the config says nothing.
func DefaultQueue() QueueRules {
	return QueueRules{
		Welcome:           true,
		Strategy:          StrategyLeastRecent,
		FewestSkillsFirst: true,
		Overflow:          true,
		OverflowAfter:     60 * time.Second,
		Ring:              RingRules{Timeout: 15 * time.Second, Rest: 5 * time.Second, Broken: time.Second, NoAudio: 5 * time.Second, Silent: 10 * time.Second},
		Pickup:            PickupTeam,
		WrapUp:            60 * time.Second,
		WrapUpMore:        WrapUpRules{Step: time.Minute, Most: 5 * time.Minute},
		Announce:          AnnounceRules{Position: true, Wait: true, Every: 45 * time.Second},
		Music:             "default",
		JoinEmpty:         true,
		ServiceLevel:      ServiceLevel{Within: 20 * time.Second, Target: 80},
		Callback:          DefaultCallback(),
		Hold:              DefaultHold(),
		Peak:              PeakRules{Wait: 60 * time.Second, ServiceLevel: true},
		Rating:            RatingRules{Wait: 5 * time.Second},
		SameAgent:         SameAgentRules{Within: 24 * time.Hour, Wait: 20 * time.Second},
		Recording:         RecordingRules{Notice: true, Keep: 90 * 24 * time.Hour, Pause: 3 * time.Minute},
	}
}

// Speaks reports whether the agent speaks the language.
func (a *AgentRules) Speaks(l Language) bool { return slices.Contains(a.Languages, l) }

// isIn reports whether the agent is a member of the queue.
func (a *AgentRules) isIn(queue string) bool {
	_, is := a.membership(queue)
	return is
}

// membership is the agent's place in a queue; ok is false when they are no member.
func (a *AgentRules) membership(queue string) (in Membership, ok bool) {
	for _, in := range a.Queues {
		if in.Queue == queue {
			return in, true
		}
	}
	return in, false
}

// serves reports whether the agent is a member of the queue and has every skill that it asks for.
func (a *AgentRules) serves(q *QueueRules) bool {
	return a.isIn(q.Name) && !slices.ContainsFunc(q.Skills, func(skill string) bool { return !slices.Contains(a.Skills, skill) })
}

// languageOf is the language that a key chooses in the menu; empty if it chooses none.
func (r *Rules) languageOf(key byte) Language {
	if i := int(key) - '1'; i >= 0 && i < len(r.Languages) {
		return r.Languages[i]
	}
	return ""
}

// QueueByDID finds the queue of a called number, nil if there is none.
func (r *Rules) QueueByDID(did string) *QueueRules {
	return oneOf(r.Queues, func(q *QueueRules) bool { return slices.Contains(q.DID, did) })
}

// AgentByEndpoint finds the agent whose own phone this is, nil if it is nobody's.
func (r *Rules) AgentByEndpoint(endpoint string) *AgentRules {
	return oneOf(r.Agents, func(a *AgentRules) bool { return a.Endpoint == endpoint })
}

// IsPhone reports whether agents may use a phone: an agent's own, or one for all.
func (r *Rules) IsPhone(endpoint string) bool {
	return r.AgentByEndpoint(endpoint) != nil || slices.Contains(r.Phones, endpoint)
}

// Endpoints are all phones that agents may use, each once.
func (r *Rules) Endpoints() []string {
	all := slices.Clone(r.Phones)
	for _, a := range r.Agents {
		all = append(all, a.Endpoint)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// chosen is the line of the table for a status that agents choose, nil for any other.
func (r *Rules) chosen(status Status) *StatusRules {
	if t := r.Statuses[string(status)]; t != nil && t.Code != "" {
		return t
	}
	return nil
}

// resultByCode finds a result for calls of a queue, nil if there is none.
func (r *Rules) resultByCode(code, queue string) *ResultRules {
	return oneOf(r.Results, func(t *ResultRules) bool { return t.Code == code && t.IsFor(queue) })
}

// queueByCode finds the queue that agents pass callers on to by its code, nil if there is none.
func (r *Rules) queueByCode(code string) *QueueRules {
	return oneOf(r.Queues, func(q *QueueRules) bool { return code != "" && q.Code == code })
}

// oneOf is the one of all of which something is so, nil if there is none.
func oneOf[T any](all map[string]*T, is func(*T) bool) *T {
	for _, one := range all {
		if is(one) {
			return one
		}
	}
	return nil
}

// open reports whether the queue is open at a time.
func (q *QueueRules) open(at time.Time, loc *time.Location) bool { return q.opening(at, loc).Equal(at) }

// opening is that time when the queue is open, otherwise when it opens next; a year later if it never does.
func (q *QueueRules) opening(at time.Time, loc *time.Location) time.Time {
	if q.Hours.text == "" && len(q.Holidays) == 0 {
		return at
	}
	switch next := upcoming(at, loc, q.spansOn); {
	case next.Start.IsZero():
		return at.AddDate(1, 0, 0)
	case next.Start.After(at):
		return next.Start
	}
	return at
}

// spansOn are the opening hours of a local day.
func (q *QueueRules) spansOn(day time.Time) []span {
	for _, h := range q.Holidays {
		if h.Date == day.Format("2006-01-02") || h.Date == day.Format("01-02") {
			spans, _ := parseSpans(h.Open) // checked by Validate; none if it is closed
			return spans
		}
	}
	if q.Hours.text == "" {
		return []span{{0, dayMinutes}}
	}
	return q.Hours.spans[day.Weekday()]
}

// isForbiddenTo reports whether an agent may not use the status, whatever the time.
func (t *StatusRules) isForbiddenTo(r *AgentRules) bool {
	return slices.ContainsFunc(r.Queues, func(m Membership) bool { return slices.Contains(t.ForbiddenTo, m.Queue) })
}
