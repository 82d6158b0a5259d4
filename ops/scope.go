package ops

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"kezek/queue"
)

// What belongs to which queue, and so who sees it and gives orders about it. What belongs to no queue is for those who
// have a role everywhere. An agent belongs to all queues that they serve.

// sees reports whether somebody sees a thing of the live state.
func (w who) sees(rules *queue.Rules, thing any) bool {
	if w.rights.in(everywhere) > anyone {
		return true
	}
	switch t := thing.(type) {
	case Agent:
		return w.rights.inAny(t.Queues) > anyone
	case Call:
		return w.rights.in(t.Queue) > anyone
	case Callback:
		return w.rights.in(t.Queue) > anyone
	case Queue:
		return w.rights.in(t.Name) > anyone
	case Number: // the flag is of the agent who gave it
		return w.rights.inAny(queuesOf(rules, t.Agent)) > anyone
	case Status:
		return true // of the config's table, for all
	}
	return false // a new one: say above to which queue it belongs
}

// hears reports whether somebody is told of an entry of the journal.
func (w who) hears(rules *queue.Rules, e *queue.Entry) bool {
	switch {
	case w.rights.in(everywhere) > anyone:
		return true
	case e.Queue != "":
		return w.rights.in(e.Queue) > anyone
	case e.Agent != "":
		return w.rights.inAny(queuesOf(rules, e.Agent)) > anyone
	}
	return e.Number == "" && e.Call == "" && e.Callback == "" // of the daemon itself: the trunk, the clock
}

// queuesOf are the queues that an agent of the config serves.
func queuesOf(rules *queue.Rules, agent string) []string {
	a := rules.Agents[agent]
	if a == nil {
		return nil
	}
	return each(a.Queues, func(m queue.Membership) string { return m.Queue })
}

// onlySeen is take without what somebody does not see. It runs in the engine's loop.
func onlySeen[T any](asker who, take func(*queue.State, time.Time) []T) func(*queue.State, time.Time) []T {
	return func(s *queue.State, now time.Time) []T {
		all := take(s, now)
		return slices.DeleteFunc(all, func(t T) bool { return !asker.sees(s.Rules(), t) })
	}
}

// mayIn reports whether somebody has a role in one of the queues to which a thing belongs; if not, it has answered the request
// itself. What is the thing in words: `the agent "1012"`.
func (s *Server) mayIn(w http.ResponseWriter, asker who, need Role, what string, queues ...string) bool {
	if asker.rights.inAny(queues) >= need {
		return true
	}
	where := "belongs to no queue of yours"
	if named := slices.DeleteFunc(slices.Clone(queues), func(q string) bool { return q == "" }); len(named) > 0 {
		where = "belongs to " + strings.Join(named, ", ")
	}
	forbidden(w, fmt.Sprintf("%s %s; %s has the role %s only in %s", what, where, asker.called(), need, strings.Join(asker.rights.queues(need), ", ")))
	return false
}

// mayAgent is [Server.mayIn] of an agent. One whom the config does not know belongs to no queue.
func (s *Server) mayAgent(w http.ResponseWriter, r *http.Request, asker who, need Role, agent string) bool {
	if asker.rights.in(everywhere) >= need {
		return true
	}
	var queues []string
	return s.look(w, r, func(state *queue.State) { queues = queuesOf(state.Rules(), agent) }) &&
		s.mayIn(w, asker, need, fmt.Sprintf("the agent %q", agent), queues...)
}

// mayCallback is [Server.mayIn] of a callback that is open. One that is not, the rules refuse.
func (s *Server) mayCallback(w http.ResponseWriter, r *http.Request, asker who, need Role, id string) bool {
	if asker.rights.in(everywhere) >= need {
		return true
	}
	cb, there, ok := s.callback(w, r, id)
	return ok && (!there || s.mayIn(w, asker, need, fmt.Sprintf("the callback %q", id), cb.Queue))
}

// mayCall is [Server.mayIn] of a call on the line. One that is not, the rules refuse.
func (s *Server) mayCall(w http.ResponseWriter, r *http.Request, asker who, need Role, id string) bool {
	if asker.rights.in(everywhere) >= need {
		return true
	}
	in, there := "", false
	ok := s.look(w, r, func(state *queue.State) {
		for _, c := range state.Calls() {
			if c.ID == id {
				in, there = c.Queue, true
			}
		}
	})
	return ok && (!there || s.mayIn(w, asker, need, fmt.Sprintf("the call %q", id), in))
}

// mayNumber is [Server.mayIn] of the flag of a number.
func (s *Server) mayNumber(w http.ResponseWriter, r *http.Request, asker who, need Role, number string) bool {
	if asker.rights.in(everywhere) >= need {
		return true
	}
	var queues []string
	ok := s.look(w, r, func(state *queue.State) {
		for _, c := range state.Flagged() {
			if c.Number == number {
				queues = queuesOf(state.Rules(), c.RudeBy)
			}
		}
	})
	return ok && s.mayIn(w, asker, need, "the flag of the number", queues...)
}
