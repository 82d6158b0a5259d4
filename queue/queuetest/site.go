package queuetest

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"kezek/queue"
)

// Rules reads the lines of a "site" command: small rules for tests, in words.
func Rules(text string) (*queue.Rules, error) { return readSite("", text) }

func readSite(pos, text string) (*queue.Rules, error) {
	bishkek, err := time.LoadLocation("Asia/Bishkek")
	if err != nil {
		return nil, err
	}
	r := &queue.Rules{
		Languages: []queue.Language{"ky", "ru"}, Queues: map[string]*queue.QueueRules{}, Agents: map[string]*queue.AgentRules{}, Roster: map[string]queue.Roster{},
		Statuses: map[string]*queue.StatusRules{}, Results: map[string]*queue.ResultRules{}, Location: bishkek, Menu: queue.DefaultMenu(), PINTries: 3, PINLock: time.Minute,
		Conduct: queue.DefaultConduct(), Keys: queue.DefaultKeys(), Parking: queue.DefaultParking(), Notice: queue.NoticeRules{Phrases: []string{"maintenance", "notice-internet"}, For: 2 * time.Hour},
	}
	return r, eachLine(pos, text, func(words []string) error { return do(r, siteLines, words) })
}

// siteLines are the lines of a "site".
var siteLines = []form[*queue.Rules]{
	{"languages LANGUAGES…", "the languages of the menu; without it ky and ru", "languages ky ru", func(r *queue.Rules, a args) error {
		r.Languages = nil
		for _, l := range a.rest {
			r.Languages = append(r.Languages, queue.Language(l))
		}
		return nil
	}},
	{"queue NAME [OPTION=VALUE…]", "a queue", "queue sales did=100 strategy=linear wrapup=0s", func(r *queue.Rules, a args) error {
		q := queue.DefaultQueue()
		q.Name, q.DefaultLanguage, q.WrapUp = a.of["NAME"], r.Languages[len(r.Languages)-1], 0
		q.Announce, q.SameAgent = queue.AnnounceRules{}, queue.SameAgentRules{}
		q.Ring.Broken = 0 // the people of a scenario often hang up at once
		r.Queues[q.Name] = &q
		return options(a.options, queueOptions(&q))
	}},
	{"agent NAME LANGUAGES QUEUES… [skills=SKILLS] [pin=PIN] [supervisor=true] [trainee=true] [unlisted=true] [shifts=SHIFTS]",
		"an agent of some queues, each with a penalty or without", "agent 1001 ru,ky sales support:2 skills=fiber",
		siteAgent},
	{"cdr", "Asterisk's own records of calls are told what became of them", "cdr",
		does(func(r *queue.Rules, a args) { r.CDR = true })},
	{"supervisors PHONES…", "the phones that are rung for help", "supervisors PJSIP/1100",
		does(func(r *queue.Rules, a args) {
			r.Supervisors = queue.SupervisorRules{Call: a.rest, Language: r.Languages[0]}
		})},
	{"phone ENDPOINT", "a phone at which agents may log in", "phone PJSIP/2001",
		does(func(r *queue.Rules, a args) { r.Phones = append(r.Phones, a.of["ENDPOINT"]) })},
	{"phone_gone TIME", "how long a phone may be gone before its agent is logged out", "phone_gone 10m", func(r *queue.Rules, a args) (err error) {
		r.PhoneGone, err = time.ParseDuration(a.of["TIME"])
		return err
	}},
	{"status NAME CODE [longest=TIME] [peak=true] [required=true] [at_once=N] [forbidden_to=QUEUES]",
		"a status of the table", "status coffee 21 longest=15m",
		func(r *queue.Rules, a args) error {
			t := &queue.StatusRules{Name: a.of["NAME"], Code: a.of["CODE"]}
			r.Statuses[t.Name] = t
			return options(a.options, map[string]any{
				"longest": &t.Longest, "peak": &t.RefusedAtPeak, "required": &t.RequiredDaily, "at_once": &t.AtOnce, "forbidden_to": &t.ForbiddenTo,
			})
		}},
	{"result NAME CODE [queues=QUEUES]", "a result that a call may have", "result contract 1", func(r *queue.Rules, a args) error {
		t := &queue.ResultRules{Name: a.of["NAME"], Code: a.of["CODE"]}
		r.Results[t.Name] = t
		return options(a.options, map[string]any{"queues": &t.Queues})
	}},
	{"menu [wait=TIME] [rounds=N] [late=TIME] [remember=TIME]", "the language menu", "menu rounds=1", func(r *queue.Rules, a args) error {
		return options(a.options, map[string]any{"wait": &r.Menu.Wait, "rounds": &r.Menu.Rounds, "late": &r.Menu.Late, "remember": &r.Menu.Remember})
	}},
	{"pin [tries=N] [lock=TIME]", "wrong PINs that lock a log-in", "pin tries=2 lock=5m", func(r *queue.Rules, a args) error {
		return options(a.options, map[string]any{"tries": &r.PINTries, "lock": &r.PINLock})
	}},
	{"notices PHRASES… [for=TIME]", "the maintenance notices, the first of them by default", "notices notice-internet for=10m", func(r *queue.Rules, a args) error {
		r.Notice.Phrases = a.rest
		return options(a.options, map[string]any{"for": &r.Notice.For})
	}},
	{"keys code|digits|none", "how keys reach the far end of a talk", "keys code",
		does(func(r *queue.Rules, a args) { r.Keys.Escape = queue.Escape(a.of["|"]) })},
	{"conduct [flag=TIME]", "how long a rude caller's number is flagged", "conduct flag=720h",
		func(r *queue.Rules, a args) error { return options(a.options, map[string]any{"flag": &r.Conduct.Flag}) }},
	{"transfer [extensions=DIGITS] [ring=TIME]",
		"extensions of four digits that calls are transferred to, by their first digit", "transfer extensions=12 ring=20s",
		func(r *queue.Rules, a args) error {
			var first string
			err := options(a.options, map[string]any{"extensions": &first, "ring": &r.Transfer.Ring})
			r.Transfer.Dial = "PJSIP/{extension}"
			r.Transfer.Extension = func(extension string) bool { return len(extension) == 4 && strings.ContainsAny(extension[:1], first) }
			return err
		}},
	{"parking [slots=N] [time=TIME]", "how callers are parked", "parking slots=2 time=1m", func(r *queue.Rules, a args) error {
		return options(a.options, map[string]any{"slots": &r.Parking.Slots, "time": &r.Parking.Time})
	}},
	{"trunk [allow=PREFIX] [per_number=N] [in_air=N] [open=N] [caller_id=NUMBER]", "numbers that may be called, by how they begin", "trunk allow=+996 per_number=5",
		func(r *queue.Rules, a args) error {
			var allow string
			err := options(a.options, map[string]any{"allow": &allow, "per_number": &r.Trunk.PerNumber, "in_air": &r.Trunk.InAir, "open": &r.Trunk.MaxOpen, "caller_id": &r.Trunk.CallerID})
			r.Trunk.Normalize = func(number string) string {
				switch {
				case len(number) < 9:
					return ""
				case strings.HasPrefix(number, "+"):
					return number
				}
				return allow + strings.TrimPrefix(number, "0")
			}
			r.Trunk.Allowed = func(number string) bool { return strings.HasPrefix(number, allow) }
			return err
		}},
	{"timesheet [grace=TIME] [keep=TIME] [working_day=span|sum]", "the timesheets", "timesheet grace=1m",
		func(r *queue.Rules, a args) error {
			return options(a.options, map[string]any{"grace": &r.Timesheet.Grace, "keep": &r.Timesheet.Keep, "working_day": &r.Timesheet.WorkingDay})
		}},
	{"roster DAY AGENT off", "a day off", "roster 2026-03-02 1001 off", rosterDay},
	{"roster DAY AGENT FROM TO", "a shift on one day", "roster 2026-03-02 1001 09:00 18:00", rosterDay},
}

func queueOptions(q *queue.QueueRules) map[string]any {
	return map[string]any{
		"did": &q.DID, "code": &q.Code, "default": &q.DefaultLanguage, "welcome": &q.Welcome, "strategy": &q.Strategy, "skilled_first": &q.FewestSkillsFirst,
		"skills": &q.Skills, "weight": &q.Weight, "priority": &q.Priority, "overflow": &q.Overflow, "overflow_after": &q.OverflowAfter,
		"ring": &q.Ring.Timeout, "pickup": &q.Pickup, "rest": &q.Ring.Rest, "broken": &q.Ring.Broken, "no_audio": &q.Ring.NoAudio, "silent": &q.Ring.Silent, "pause_after": &q.Ring.PauseAfter, "wrapup": &q.WrapUp, "wrapup_step": &q.WrapUpMore.Step, "wrapup_most": &q.WrapUpMore.Most,
		"position": &q.Announce.Position, "wait": &q.Announce.Wait, "every": &q.Announce.Every, "whisper": &q.Whisper, "auto_answer": &q.AutoAnswer, "music": &q.Music,
		"max_waiting": &q.MaxWaiting, "max_wait": &q.MaxWait, "join_empty": &q.JoinEmpty, "leave_when_empty": &q.LeaveWhenEmpty,
		"offer_over": &q.Callback.OfferOver, "due": &q.Callback.Information, "due_manager": &q.Callback.Manager, "due_complaint": &q.Callback.Complaint, "attempts": &q.Callback.Attempts,
		"late_attempts": &q.Callback.LateAttempts, "retry_after": &q.Callback.RetryAfter, "late_after": &q.Callback.LateAfter,
		"same_agent": &q.Callback.SameAgent, "give_back": &q.Callback.GiveBack, "client_ring": &q.Callback.Ring, "callback_keep": &q.Callback.Keep, "instant": &q.Callback.Instant, "max_open": &q.Callback.MaxOpen, "unverified": &q.Callback.Unverified.Share, "unverified_hour": &q.Callback.Unverified.PerHour, "handle": &q.Callback.Handle,
		"complaints": &q.Callback.ComplaintQueue, "abandoned": &q.Callback.Abandoned,
		"limit": &q.Hold.Limit, "act": &q.Hold.Act, "remind": &q.Hold.Remind, "then": &q.Hold.Then, "total": &q.Hold.Total,
		"hold_ring": &q.Hold.Ring, "return": &q.Hold.Return, "agent_hangup": &q.Hold.AgentHangup,
		"same_within": &q.SameAgent.Within, "same_wait": &q.SameAgent.Wait, "extension": &q.SameAgent.Extension, "rating": &q.Rating.Ask, "rating_wait": &q.Rating.Wait, "peak_wait": &q.Peak.Wait, "peak_level": &q.Peak.ServiceLevel,
		"within": &q.ServiceLevel.Within, "target": &q.ServiceLevel.Target, "fallback": &q.Fallback, "hours": &q.Hours, "holiday": &q.Holidays, "language": &q.DIDLanguage,
		"record": &q.Recording.On, "notice": &q.Recording.Notice, "record_pause": &q.Recording.Pause, "record_keep": &q.Recording.Keep, "not_heard_after": &q.NotHeardAfter,
	}
}

func siteAgent(r *queue.Rules, a args) error {
	g := &queue.AgentRules{ID: a.of["NAME"], Endpoint: "PJSIP/" + a.of["NAME"], Order: len(r.Agents)}
	for l := range strings.SplitSeq(a.of["LANGUAGES"], ",") {
		g.Languages = append(g.Languages, queue.Language(l))
	}
	g.Speech = g.Languages[0]
	r.Agents[g.ID] = g
	for _, w := range a.rest {
		name, penalty, _ := strings.Cut(w, ":")
		m := queue.Membership{Queue: name}
		m.Penalty, _ = strconv.Atoi(penalty)
		g.Queues = append(g.Queues, m)
	}
	return options(a.options, map[string]any{"skills": &g.Skills, "pin": &g.PIN, "supervisor": &g.Supervisor, "trainee": &g.Trainee, "unlisted": &g.Unlisted, "shifts": &g.Shifts})
}

func rosterDay(r *queue.Rules, a args) error {
	day, err := time.ParseInLocation(time.DateOnly, a.of["DAY"], r.Location)
	if err != nil {
		return err
	}
	days := r.Roster[a.of["AGENT"]]
	if days.Days == nil {
		days.Days = map[string]bool{}
	}
	days.Days[a.of["DAY"]] = true
	if a.of["TO"] != "" {
		shift, err := queue.ParseShift(day, a.of["FROM"], a.of["TO"])
		if err != nil {
			return err
		}
		days.Shifts = append(days.Shifts, shift)
	}
	r.Roster[a.of["AGENT"]] = days
	return nil
}

// options sets name=value words; "_" in a value stands for a space.
func options(words []string, targets map[string]any) error {
	for _, w := range words {
		name, word, _ := strings.Cut(w, "=")
		value := strings.ReplaceAll(word, "_", " ")
		var err error
		switch t := targets[name].(type) {
		case *string:
			*t = value
		case *queue.Language:
			*t = queue.Language(value)
		case *queue.Strategy:
			err = oneOf(t, value, queue.Strategies)
		case *queue.CallbackClass:
			err = oneOf(t, value, queue.CallbackClasses)
		case *queue.Pickup:
			err = oneOf(t, value, queue.Pickups)
		case *queue.WorkingDay:
			err = oneOf(t, value, queue.WorkingDays)
		case *queue.HoldThen:
			err = oneOf(t, value, queue.HoldThens)
		case *queue.HoldAudio:
			err = oneOf(t, word, queue.HoldAudios)
		case *queue.HoldHangup:
			err = oneOf(t, value, queue.HoldHangups)
		case *[]string:
			*t = strings.Split(value, ",")
		case *int:
			*t, err = strconv.Atoi(value)
		case *bool:
			*t, err = strconv.ParseBool(value)
		case *time.Duration:
			*t, err = time.ParseDuration(value)
		case *queue.Hours:
			*t, err = queue.ParseHours(value)
		case *[]queue.Holiday:
			date, open, _ := strings.Cut(value, "@")
			*t = append(*t, queue.Holiday{Date: date, Open: open})
		case *map[string]queue.Language:
			did, l, _ := strings.Cut(value, ":")
			*t = map[string]queue.Language{did: queue.Language(l)}
		default:
			err = fmt.Errorf("unknown option %q, want one of %s", name, strings.Join(slices.Sorted(maps.Keys(targets)), ", "))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// oneOf takes a word of a closed set.
func oneOf[T ~string](t *T, word string, set []T) error {
	if *t = T(word); !slices.Contains(set, *t) {
		return fmt.Errorf("%q, want one of %v", word, set)
	}
	return nil
}
