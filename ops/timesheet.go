package ops

import (
	"context"
	"fmt"
	"net/http"
	"time"

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
}

func newTimesheet(t *queue.Timesheet, names map[string]string, by queue.WorkingDay, now time.Time) Timesheet {
	t = t.At(now)
	sheet := Timesheet{
		Agent: t.Agent, Name: names[t.Agent], Day: t.Day, LogIn: set(t.LogIn), LogOut: set(t.LogOut), Paid: seconds(t.Paid(now, by)),
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
func (s *Server) listTimesheets(w http.ResponseWriter, r *http.Request, _ who) {
	day, agent := r.URL.Query().Get("day"), r.URL.Query().Get("agent")
	if _, err := time.Parse(time.DateOnly, day); day != "" && err != nil {
		problem(w, http.StatusUnprocessableEntity, fmt.Sprintf("day: %q is not allowed: want a date such as 2026-03-02", day))
		return
	}
	now, names := s.now(), map[string]string{}
	var by queue.WorkingDay
	ok := s.look(w, r, func(state *queue.State) {
		if day == "" && agent == "" {
			day = now.In(state.Rules().Location).Format(time.DateOnly)
		}
		by = state.Rules().Timesheet.WorkingDay
		for id, a := range state.Rules().Agents {
			names[id] = inWords(a.Name, a.Speech)
		}
	})
	if !ok {
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
	sendJSON(w, http.StatusOK, items[Timesheet]{each(sheets, func(t *queue.Timesheet) Timesheet { return newTimesheet(t, names, by, now) })})
}
