package ops

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"slices"
	"time"

	"go.uber.org/zap"

	"kezek/queue"
)

// Timesheet is an agent's day as the API shows it; times are in seconds.
type Timesheet struct {
	Agent string `json:"agent"`
	Name  string `json:"name"`
	Day   string `json:"day"`
	// LogIn is the first log-in, LogOut the last log-out: null while they are logged
	// in, or was not there. Paid is the working day by the rules of now: the time between them, or up to now, or only
	// what of it they were logged in.
	LogIn  *time.Time `json:"log_in"`
	LogOut *time.Time `json:"log_out"`
	Paid   float64    `json:"paid"`
	// Spent is the time in each status.
	Spent map[queue.Status]float64 `json:"spent"`
	Calls int                      `json:"calls"`
	// Late and LeftEarly are against the roster, Absences whole shifts.
	Late      float64 `json:"late"`
	LeftEarly float64 `json:"left_early"`
	Absences  int     `json:"absences"`
	// Overstays counts breaks that took too long, Overstayed is by how much.
	Overstays  int     `json:"overstays"`
	Overstayed float64 `json:"overstayed"`
	// Missing are the statuses required daily that they have not used.
	Missing []queue.Status `json:"missing"`
	// Corrected is what a supervisor has made of Paid; Paid stays what was recorded.
	Corrected *Correction `json:"corrected"`
}

// Correction of the paid time of an agent's day.
type Correction struct {
	Agent string `json:"agent"`
	Day   string `json:"day"`
	// Recorded is the paid time without it, Paid that with it; seconds.
	Recorded float64   `json:"recorded"`
	Paid     float64   `json:"paid"`
	By       string    `json:"by"`
	At       time.Time `json:"at"`
	Reason   string    `json:"reason"`
}

// CorrectionOrder is what a supervisor sends to correct a timesheet.
type CorrectionOrder struct {
	// Paid is in seconds, whole minutes of them.
	Paid   *float64 `json:"paid"`
	Reason string   `json:"reason"`
}

func newTimesheet(t *queue.Timesheet, by queue.WorkingDay, now time.Time) Timesheet {
	t = t.At(now)
	sheet := Timesheet{
		Agent: t.Agent, Day: t.Day, LogIn: set(t.LogIn), LogOut: set(t.LogOut), Paid: seconds(t.Paid(now, by)),
		Spent: map[queue.Status]float64{}, Calls: t.Calls, Late: seconds(t.Late), LeftEarly: seconds(t.LeftEarly), Absences: t.Absences,
		Overstays: t.Overstays, Overstayed: seconds(t.Overstayed), Missing: append([]queue.Status{}, t.Missing...),
	}
	for status, spent := range t.Spent {
		sheet.Spent[status] = seconds(spent)
	}
	return sheet
}

// listTimesheets answers with those of a day, of an agent, or of an agent on a
// day; without either with those of today.
func (s *Server) listTimesheets(w http.ResponseWriter, r *http.Request, asker who) {
	day, agent := r.URL.Query().Get("day"), r.URL.Query().Get("agent")
	if _, err := time.Parse(time.DateOnly, day); day != "" && err != nil {
		problem(w, http.StatusUnprocessableEntity, fmt.Sprintf("day: %q is not allowed: want a date such as 2026-03-02", day))
		return
	}
	now, names, serves := s.now(), map[string]string{}, map[string][]string{}
	var by queue.WorkingDay
	ok := s.look(w, r, func(state *queue.State) {
		if day == "" && agent == "" {
			day = now.In(state.Rules().Location).Format(time.DateOnly)
		}
		by = state.Rules().Timesheet.WorkingDay
		for id, a := range state.Rules().Agents {
			names[id], serves[id] = inWords(a.Name, a.Speech), queuesOf(state.Rules(), id)
		}
	})
	if !ok {
		return
	}
	if agent != "" && !s.mayIn(w, asker, Viewer, fmt.Sprintf("the agent %q", agent), serves[agent]...) {
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), askTimeout)
	defer cancel()
	sheets, err := s.history.Timesheets(ctx, day, agent)
	if err != nil {
		s.forgetful(w, "timesheets", err)
		return
	}
	if _, known := names[agent]; agent != "" && !known && len(sheets) == 0 {
		problem(w, http.StatusUnprocessableEntity, fmt.Sprintf("agent: %q is not in the config and has no stored timesheet", agent))
		return
	}
	all := each(sheets, func(t *queue.Timesheet) Timesheet { return newTimesheet(t, by, now) })
	all = s.addCorrections(ctx, all, day, agent)
	all = slices.DeleteFunc(all, func(t Timesheet) bool { return asker.rights.inAny(serves[t.Agent]) < Viewer })
	for i := range all {
		all[i].Name = names[all[i].Agent]
	}
	sendJSON(w, http.StatusOK, items[Timesheet]{all})
}

// addCorrections says which timesheets are corrected; a day without any log-in may be, too. A history that is away hides no timesheet.
func (s *Server) addCorrections(ctx context.Context, sheets []Timesheet, day, agent string) []Timesheet {
	if s.reports == nil {
		return sheets
	}
	corrections, err := s.reports.Corrections(ctx, day, agent)
	if err != nil {
		s.log.Warn("corrections of timesheets cannot be read", zap.Error(err))
		return sheets
	}
	for _, c := range corrections {
		i := slices.IndexFunc(sheets, func(t Timesheet) bool { return t.Agent == c.Agent && t.Day == c.Day })
		if i < 0 {
			i = len(sheets)
			sheets = append(sheets, Timesheet{Agent: c.Agent, Day: c.Day, Spent: map[queue.Status]float64{}, Missing: []queue.Status{}})
		}
		c.Recorded, sheets[i].Corrected = sheets[i].Paid, &c
	}
	return sheets
}

// correctTimesheet sets the paid time of an agent's day, for a reason. What was recorded stays.
func (s *Server) correctTimesheet(w http.ResponseWriter, r *http.Request, asker who) {
	var order CorrectionOrder
	if !decode(w, r, &order) || !isReason(w, &order.Reason) || !s.keepsHistory(w) {
		return
	}
	if order.Paid == nil || math.Abs(*order.Paid) > 1e6 { // more would be no Duration
		problem(w, http.StatusUnprocessableEntity, "paid: want seconds, of whole minutes: 28800 is 8:00")
		return
	}
	c := Correction{Agent: r.PathValue("id"), Day: r.PathValue("day"), Paid: *order.Paid, By: asker.name, At: s.now(), Reason: order.Reason}
	if !s.mayAgent(w, r, asker, Supervisor, c.Agent) {
		return
	}
	paid, ok := s.recorded(w, r, c.Agent, c.Day)
	if !ok {
		return
	}
	c.Recorded = paid.Seconds()
	ev := queue.CorrectTimesheet{Agent: c.Agent, Day: c.Day, Paid: time.Duration(c.Paid) * time.Second, By: c.By, Reason: c.Reason}
	if _, ok := s.ask(w, r, c.Agent, ev); ok {
		sendJSON(w, http.StatusOK, c)
	}
}

// restoreTimesheet takes corrections of an agent's day back, for a reason, which stands in the body or in the query.
func (s *Server) restoreTimesheet(w http.ResponseWriter, r *http.Request, asker who) {
	reason, ok := reasonOf(w, r)
	if !ok || !s.keepsHistory(w) {
		return
	}
	agent, day := r.PathValue("id"), r.PathValue("day")
	if !s.mayAgent(w, r, asker, Supervisor, agent) {
		return
	}
	if _, ok := s.recorded(w, r, agent, day); !ok {
		return
	}
	inForce, err := s.reports.Corrections(r.Context(), day, agent)
	if !s.reported(w, "timesheet", err) {
		return
	}
	if len(inForce) == 0 {
		problem(w, http.StatusNotFound, fmt.Sprintf("the timesheet of %s on %s is as it was recorded: there is no correction, or it was made this second", agent, day))
		return
	}
	s.order(w, r, agent, queue.CorrectTimesheet{Agent: agent, Day: day, Restore: true, By: asker.name, Reason: reason})
}

// recorded is the paid time of an agent's day as it was recorded: of one of the config, or one who has a timesheet of that day.
// It has answered the request itself if ok is false.
func (s *Server) recorded(w http.ResponseWriter, r *http.Request, agent, day string) (paid time.Duration, ok bool) {
	if _, err := time.Parse(time.DateOnly, day); err != nil {
		problem(w, http.StatusUnprocessableEntity, fmt.Sprintf("day: %q is not allowed: want a date such as 2026-03-02", day))
		return 0, false
	}
	configured := false
	if !s.look(w, r, func(state *queue.State) { configured = state.Rules().Agents[agent] != nil }) {
		return 0, false
	}
	paid, known, err := s.reports.Recorded(r.Context(), agent, day)
	if !s.reported(w, "timesheet", err) {
		return 0, false
	}
	if !known && !configured {
		problem(w, http.StatusNotFound, fmt.Sprintf("agent: %.80q is not in the config and has no timesheet of that day", agent))
	}
	return paid, known || configured
}
