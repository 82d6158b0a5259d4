package ops

import (
	"net/http"
	"time"

	"kezek/queue"
)

// Me is the one who asks, and what a page must know before it shows anything.
type Me struct {
	// Name stands in records of the orders that they give.
	Name string `json:"name"`
	// Role is the best that they have anywhere, Roles those by queue; Queues are all of these, null if all that there are.
	Role   string            `json:"role"`
	Roles  map[string]string `json:"roles"`
	Queues *[]string         `json:"queues"`
	// Numbers: they see whole numbers somewhere.
	Numbers bool `json:"numbers"`
	// How they have shown who they are: token, proxy, oidc, or socket.
	How string `json:"how"`
	// Expires is when they have to do so again.
	Expires *time.Time `json:"expires"`
	// Targets are those of their queues.
	Targets map[string]Target `json:"targets"`
	// Zone is the site's time zone, Company whose it is.
	Zone    string `json:"zone"`
	Company string `json:"company"`
}

// Target is what a queue is to reach: so many percent answered within so many seconds.
type Target struct {
	Within float64 `json:"within"`
	Target int     `json:"target"`
}

func (s *Server) showMe(w http.ResponseWriter, r *http.Request, asker who) {
	me := Me{
		Name: asker.name, Role: asker.role.String(), Roles: map[string]string{}, Numbers: asker.role >= Supervisor,
		How: asker.how, Expires: set(asker.until), Targets: map[string]Target{}, Zone: s.location().String(), Company: *s.company.Load(),
	}
	if queues := asker.rights.queues(Wall); queues != nil {
		me.Queues = &queues
	}
	ok := s.look(w, r, func(state *queue.State) {
		for name, q := range state.Rules().Queues {
			if role := asker.rights.in(name); role > anyone {
				me.Roles[name] = role.String()
				me.Targets[name] = Target{seconds(q.ServiceLevel.Within), q.ServiceLevel.Target}
			}
		}
	})
	if ok {
		sendJSON(w, http.StatusOK, me)
	}
}
