package queuetest

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"kezek/queue"
)

// parseSite reads the lines of a "site" command:
//
//	languages ky ru
//	menu wait=5s rounds=2 remember=2160h
//	status coffee 21 longest=15m peak=true required=true at_once=1 forbidden_to=sales
//	result contract 1 queues=sales
//	phone PJSIP/2001; phone_gone 10m; timesheet grace=1m; roster 2026-03-02 1001 09:00 18:00 (or: off)
//	queue sales did=100 strategy=linear wrapup=0s ...
//	conduct flag=720h; keys code (or: digits, none)
//	transfer extensions=12 ring=20s
//	trunk allow=+996 per_number=5 in_air=10
//	agent 1001 ru,ky sales support:2 skills=fiber pin=1001 supervisor=true (or: trainee=true)
func parseSite(text string) (*queue.Rules, error) {
	bishkek, err := time.LoadLocation("Asia/Bishkek")
	if err != nil {
		return nil, err
	}
	r := &queue.Rules{
		Languages: []queue.Language{"ky", "ru"}, Queues: map[string]*queue.QueueRules{}, Agents: map[string]*queue.AgentRules{},
		Statuses: map[string]*queue.StatusRules{}, Results: map[string]*queue.ResultRules{}, Location: bishkek, Menu: queue.DefaultMenu(), PINTries: 3, PINLock: time.Minute,
		Conduct: queue.DefaultConduct(), Keys: queue.DefaultKeys(), Notice: queue.NoticeRules{Phrases: []string{"maintenance", "notice-internet"}, For: 2 * time.Hour},
	}
	for line := range strings.Lines(text) {
		words := strings.Fields(line)
		if len(words) == 0 {
			continue
		}
		if err := siteLine(r, words); err != nil {
			return nil, fmt.Errorf("%s: %w", strings.TrimSpace(line), err)
		}
	}
	return r, nil
}

func siteLine(r *queue.Rules, words []string) error {
	switch words[0] {
	case "languages":
		r.Languages = nil
		for _, l := range words[1:] {
			r.Languages = append(r.Languages, queue.Language(l))
		}
	case "menu":
		return options(words[1:], map[string]any{"wait": &r.Menu.Wait, "rounds": &r.Menu.Rounds, "remember": &r.Menu.Remember})
	case "keys":
		r.Keys.Escape = queue.Escape(words[1])
		return nil
	case "conduct":
		return options(words[1:], map[string]any{"flag": &r.Conduct.Flag})
	case "transfer":
		var prefix string
		r.Transfer.Dial = "PJSIP/{extension}"
		err := options(words[1:], map[string]any{"extensions": &prefix, "ring": &r.Transfer.Ring})
		r.Transfer.Extension = func(extension string) bool { return len(extension) == 4 && strings.ContainsAny(extension[:1], prefix) }
		return err
	case "status":
		t := &queue.StatusRules{Name: words[1], Code: words[2]}
		r.Statuses[t.Name] = t
		return options(words[3:], map[string]any{
			"longest": &t.Longest, "peak": &t.RefusedAtPeak, "required": &t.RequiredDaily, "at_once": &t.AtOnce, "forbidden_to": &t.ForbiddenTo,
		})
	case "result":
		t := &queue.ResultRules{Name: words[1], Code: words[2]}
		r.Results[t.Name] = t
		return options(words[3:], map[string]any{"queues": &t.Queues})
	case "phone":
		r.Phones = append(r.Phones, words[1])
	case "phone_gone":
		var err error
		r.PhoneGone, err = time.ParseDuration(words[1])
		return err
	case "timesheet":
		return options(words[1:], map[string]any{"grace": &r.Timesheet.Grace, "keep": &r.Timesheet.Keep})
	case "roster":
		return rosterLine(r, words[1:])
	case "queue":
		q := queue.DefaultQueue()
		q.Name, q.DefaultLanguage, q.WrapUp = words[1], r.Languages[len(r.Languages)-1], 0
		q.Announce, q.SameAgent = queue.AnnounceRules{}, queue.SameAgentRules{}
		r.Queues[q.Name] = &q
		return options(words[2:], map[string]any{
			"did": &q.DID, "code": &q.Code, "default": &q.DefaultLanguage, "welcome": &q.Welcome, "strategy": &q.Strategy, "skilled_first": &q.FewestSkillsFirst,
			"skills": &q.Skills, "weight": &q.Weight, "priority": &q.Priority, "overflow": &q.Overflow, "overflow_after": &q.OverflowAfter,
			"ring": &q.Ring.Timeout, "rest": &q.Ring.Rest, "pause_after": &q.Ring.PauseAfter, "wrapup": &q.WrapUp, "wrapup_step": &q.WrapUpMore.Step, "wrapup_most": &q.WrapUpMore.Most,
			"position": &q.Announce.Position, "wait": &q.Announce.Wait, "every": &q.Announce.Every, "whisper": &q.Whisper,
			"max_waiting": &q.MaxWaiting, "max_wait": &q.MaxWait, "join_empty": &q.JoinEmpty, "leave_when_empty": &q.LeaveWhenEmpty,
			"offer_over": &q.Callback.OfferOver, "due": &q.Callback.Information, "attempts": &q.Callback.Attempts,
			"late_attempts": &q.Callback.LateAttempts, "retry_after": &q.Callback.RetryAfter, "late_after": &q.Callback.LateAfter,
			"same_agent": &q.Callback.SameAgent, "instant": &q.Callback.Instant, "max_open": &q.Callback.MaxOpen, "handle": &q.Callback.Handle,
			"complaints": &q.Callback.ComplaintQueue, "abandoned": &q.Callback.Abandoned,
			"limit": &q.Hold.Limit, "act": &q.Hold.Act, "remind": &q.Hold.Remind, "then": &q.Hold.Then, "total": &q.Hold.Total,
			"hold_ring": &q.Hold.Ring, "return": &q.Hold.Return, "agent_hangup": &q.Hold.AgentHangup,
			"same_within": &q.SameAgent.Within, "same_wait": &q.SameAgent.Wait, "rating": &q.Rating.Ask, "rating_wait": &q.Rating.Wait, "peak_wait": &q.Peak.Wait, "peak_level": &q.Peak.ServiceLevel,
			"within": &q.ServiceLevel.Within, "fallback": &q.Fallback, "hours": &q.Hours, "holiday": &q.Holidays, "language": &q.DIDLanguage,
			"record": &q.Recording.On, "notice": &q.Recording.Notice, "record_pause": &q.Recording.Pause, "not_heard_after": &q.NotHeardAfter,
		})
	case "agent":
		a := &queue.AgentRules{ID: words[1], Endpoint: "PJSIP/" + words[1], Order: len(r.Agents)}
		for l := range strings.SplitSeq(words[2], ",") {
			a.Languages = append(a.Languages, queue.Language(l))
		}
		a.Speech = a.Languages[0]
		r.Agents[a.ID] = a
		var rest []string
		for _, w := range words[3:] {
			if strings.Contains(w, "=") {
				rest = append(rest, w)
				continue
			}
			name, penalty, _ := strings.Cut(w, ":")
			m := queue.Membership{Queue: name}
			m.Penalty, _ = strconv.Atoi(penalty)
			a.Queues = append(a.Queues, m)
		}
		return options(rest, map[string]any{"skills": &a.Skills, "pin": &a.PIN, "supervisor": &a.Supervisor, "trainee": &a.Trainee, "shifts": &a.Shifts})
	case "supervisors":
		r.Supervisors = queue.SupervisorRules{Call: words[1:], Language: r.Languages[0]}
	case "trunk":
		var allow string
		err := options(words[1:], map[string]any{"allow": &allow, "per_number": &r.Trunk.PerNumber, "in_air": &r.Trunk.InAir, "open": &r.Trunk.MaxOpen})
		if err != nil {
			return err
		}
		r.Trunk.Normalize = func(number string) string {
			if len(number) < 9 {
				return ""
			}
			return allow + strings.TrimPrefix(number, "0")
		}
		r.Trunk.Allowed = func(number string) bool { return strings.HasPrefix(number, allow) }
	default:
		return fmt.Errorf("unknown word %q", words[0])
	}
	return nil
}

// rosterLine is "2026-03-02 1001 09:00 18:00", or "2026-03-02 1001 off".
func rosterLine(r *queue.Rules, words []string) error {
	if r.Roster == nil {
		r.Roster = map[string]queue.Roster{}
	}
	day, err := time.ParseInLocation(time.DateOnly, words[0], r.Location)
	if err != nil {
		return err
	}
	days := r.Roster[words[1]]
	if days.Days == nil {
		days.Days = map[string]bool{}
	}
	days.Days[words[0]] = true
	if words[2] != "off" {
		shift, err := queue.ParseShift(day, words[2], words[3])
		if err != nil {
			return err
		}
		days.Shifts = append(days.Shifts, shift)
	}
	r.Roster[words[1]] = days
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
			*t = queue.Strategy(value)
			if !slices.Contains(queue.Strategies, *t) {
				err = fmt.Errorf("strategy %q", value)
			}
		case *queue.HoldThen:
			*t = queue.HoldThen(value)
		case *queue.HoldAudio:
			*t = queue.HoldAudio(word)
		case *queue.HoldHangup:
			*t = queue.HoldHangup(value)
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
			err = fmt.Errorf("unknown option %q", name)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
