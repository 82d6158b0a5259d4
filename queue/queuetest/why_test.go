package queuetest

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"kezek/queue"
)

// checkWhy holds what people are told about each caller in line against the plain words of the rules: who is told as eligible
// may take the caller, and who may is told so; any other agent has a reason, which is true.
func checkWhy(s *queue.State, seen map[string]int) error {
	for _, c := range s.Calls() {
		w, known := queue.WhyNobody(s, c.ID)
		if !known {
			return fmt.Errorf("%s is not known", c.ID)
		}
		seen[string(w.Summary)]++
		if inLine := c.State == queue.CallWaiting || c.State == queue.CallOffered; inLine != (len(w.Agents) == len(s.Agents())) || inLine == (w.Summary == queue.ReasonNotWaiting) {
			return fmt.Errorf("%s is %s: %s, with %d agents", c.ID, c.State, w.Summary, len(w.Agents))
		}
		j := jobOfCall(s, c)
		for _, told := range w.Agents {
			a := find(s.Agents(), func(a *queue.Agent) bool { return a.ID == told.Agent })
			if may := c.State == queue.CallWaiting && isFree(s, a) && mayTake(s, a, j); told.Eligible != may || may != (len(told.Reasons) == 0) {
				return fmt.Errorf("%s (%s) of %s: told as eligible %v with %v, want %v", c.ID, c.State, a.ID, told.Eligible, told.Reasons, may)
			}
			if told.Eligible {
				seen["eligible"]++
			}
			for _, r := range told.Reasons {
				seen[string(r.Code)]++
				if wrong := untrue(s, c, a, j, r); wrong != "" {
					return fmt.Errorf("%s of %s: %+v, but %s", c.ID, a.ID, r, wrong)
				}
			}
		}
	}
	return nil
}

// untrue is what speaks against a reason.
func untrue(s *queue.State, c *queue.Call, a *queue.Agent, j job, r queue.Reason) string {
	rules, q := s.Rules().Agents[a.ID], s.Rules().Queues[c.Queue]
	is := map[queue.ReasonCode]bool{
		queue.ReasonQueue:        membership(rules, q) == nil,
		queue.ReasonSkill:        membership(rules, q) == nil && slices.ContainsFunc(rules.Queues, func(m queue.Membership) bool { return m.Queue == c.Queue }),
		queue.ReasonLanguage:     !rules.Speaks(c.Language),
		queue.ReasonKept:         c.Keeper != "" && c.Keeper != a.ID && r.Agent == c.Keeper,
		queue.ReasonOwes:         a.Owes != "" && r.Callback == a.Owes,
		queue.ReasonOffline:      a.Status == queue.StatusOffline,
		queue.ReasonOnCall:       a.Status == queue.StatusOnCall,
		queue.ReasonCallback:     a.Status == queue.StatusOnCall && a.Callback != "",
		queue.ReasonWrapUp:       a.Status == queue.StatusWrapUp,
		queue.ReasonRings:        a.Call == c.ID && a.Status == queue.StatusRinging,
		queue.ReasonRinging:      a.Call != c.ID && a.Status == queue.StatusRinging,
		queue.ReasonStatus:       !slices.Contains(queue.SetByDaemon, a.Status),
		queue.ReasonMissed:       a.Status == queue.StatusMissed,
		queue.ReasonUnwell:       a.Status == queue.StatusUnwell,
		queue.ReasonPhoneGone:    !a.Reachable,
		queue.ReasonPhoneInUse:   a.InUse,
		queue.ReasonPhoneFault:   a.Fault != "" && !a.RestUntil.IsZero(),
		queue.ReasonRests:        !a.RestUntil.IsZero(),
		queue.ReasonHangingUp:    a.Leg != "" && a.Status == queue.StatusReady,
		queue.ReasonListens:      a.Monitor.Channel != "",
		queue.ReasonNoSupervisor: !mayWork(s, a),
		queue.ReasonElsewhere:    c.State == queue.CallOffered,
		queue.ReasonPenalty:      c.State == queue.CallOffered && membership(rules, q) != nil && a.Penalty(*membership(rules, q)) > 0,
		queue.ReasonAsked:        j.round(a) > 0,
		queue.ReasonBefore:       slices.ContainsFunc(waiting(s), func(other job) bool { return other.id == r.Call && compareJobs(other, j) < 0 }),
		queue.ReasonPromised:     slices.ContainsFunc(waiting(s), func(other job) bool { return other.id == r.Callback && compareJobs(other, j) < 0 }),
	}
	switch so, known := is[r.Code]; {
	case !known:
		return "nobody knows when that is so"
	case !so:
		return "that is not so"
	}
	return ""
}

// Days with every fault at once: what is told of why nobody takes a caller is what the rules do.
func TestWhyNobodyTakesACaller(t *testing.T) {
	t.Parallel()
	seen := map[string]int{}
	for i := range uint64(2) {
		site := fmt.Sprintf(strings.Replace(worldSite, "agent 1002 ru sales support:1 skills=fiber", "agent 1002 ru sales support:1", 1), []string{"leastrecent", "ringall"}[i], i%2 == 1, "return")
		w, err := NewWorld(site, *seed+i, Faults{Crash: 0.002, Disconnect: 0.01, Decline: 0.2, Ignore: 0.1, Unplug: 0.05, Leave: 0.05, Unsafe: 0.1, ClientAway: 0.15, Hold: 0.5, NeverBack: 0.3, Conduct: 0.5, Odd: 0.1})
		if err != nil {
			t.Fatal(err)
		}
		writes := 0
		w.watch = func() { // of all states some, and all in which somebody may be eligible
			if writes++; w.attached && writes%10 > 0 {
				return
			}
			if err := checkWhy(w.state, seen); err != nil {
				w.fail("%v", err)
			}
		}
		if err := w.Live(30*time.Minute, 8*time.Second); err != nil {
			t.Fatal(err)
		}
	}
	rare := []queue.ReasonCode{
		queue.ReasonRemoved, queue.ReasonNobodyServes, queue.ReasonNobodySpeaks, queue.ReasonNow, queue.ReasonTrainees, queue.ReasonPhones,
		queue.ReasonNobodyHere, queue.ReasonAllAway, queue.ReasonListens, queue.ReasonHangingUp, queue.ReasonPenalty,
	}
	for _, code := range queue.ReasonCodes {
		if seen[string(code)] == 0 && !slices.Contains(rare, code) {
			t.Errorf("no caller was told to be without an agent because of %s", code)
		}
	}
	if seen["eligible"] == 0 {
		t.Errorf("no agent was eligible while the exchange was away: %v", seen)
	}
}
