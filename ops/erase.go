package ops

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"go.uber.org/zap"

	"kezek/queue"
)

// PersonalData finds and erases what is kept of a number beside the live state. The daemon fits it.
type PersonalData interface {
	// Show tells it. The number is in the form in which all numbers are kept.
	Show(ctx context.Context, number string) (Kept, error)
	// Erase erases it, after the rules have forgotten the number. [ErrNotNow] says that it cannot be done now.
	Erase(ctx context.Context, number string) (Erasure, error)
	// Ready is [ErrNotNow] if an erasure cannot be done now.
	Ready(ctx context.Context) error
	// Read reads a number as all numbers are read; "" if it is none.
	Read(number string) string
}

// ErrNotNow is why something cannot be erased or told now, in words.
type ErrNotNow struct{ Why string }

func (e ErrNotNow) Error() string { return e.Why }

// Kept is what is kept of a number beside the live state.
type Kept struct {
	// History are its rows, by table.
	History []KeptRows `json:"history"`
	// Recordings are those of its calls, by name.
	Recordings []string `json:"recordings"`
	// CallbacksOver are kept in Redis, Events in its journal, Aside are entries that were moved aside.
	CallbacksOver int `json:"callbacks_over"`
	Events        int `json:"events"`
	Aside         int `json:"aside"`
}

// KeptRows are the rows of a table of the history in which a number stands.
type KeptRows struct {
	Table string    `json:"table"`
	Rows  int       `json:"rows"`
	First time.Time `json:"first"`
	Last  time.Time `json:"last"`
}

// NumberData is everything that is known of a number.
type NumberData struct {
	Number string `json:"number"`
	// Remembered is what the rules know; nil if nothing.
	Remembered *Remembered `json:"remembered"`
	// Calls are live, Callbacks open, Agents had the number last: their ids.
	Calls     []string `json:"calls"`
	Callbacks []string `json:"callbacks"`
	Agents    []string `json:"agents"`
	// Kept is what there is beside the live state.
	Kept Kept `json:"kept"`
	// Elsewhere is where the number may stand, and Kezek does not reach it.
	Elsewhere []string `json:"elsewhere"`
}

// Remembered is what the rules remember of a number, until it is forgotten.
type Remembered struct {
	Language *queue.Language `json:"language"`
	Seen     *time.Time      `json:"seen"`
	// Agent had the caller last, at the time Talked.
	Agent  *string    `json:"agent"`
	Talked *time.Time `json:"talked"`
	// FlaggedUntil: until then agents see that the caller was warned about their tone.
	FlaggedUntil *time.Time `json:"flagged_until"`
	Until        time.Time  `json:"until"`
}

// ErasureOrder asks to erase what is known of a number.
type ErasureOrder struct {
	// Number, or the pseudonym of an earlier erasure: then its recordings that were left are deleted.
	Number string `json:"number"`
	Reason string `json:"reason"`
}

// Erasure is what was done.
type Erasure struct {
	// Pseudonym stands in the place of the number now.
	Pseudonym string `json:"pseudonym"`
	// History are the rows that have it, by table.
	History []ErasedRows `json:"history"`
	// RecordingsDeleted is how many recordings are gone; RecordingsLeft those that could not be deleted, with the reason.
	RecordingsDeleted int             `json:"recordings_deleted"`
	RecordingsLeft    []RecordingLeft `json:"recordings_left"`
	CallbacksOver     int             `json:"callbacks_over"`
	Events            int             `json:"events"`
	Aside             int             `json:"aside"`
	// Elsewhere is where the number may still stand.
	Elsewhere []string `json:"elsewhere"`
}

// ErasedRows are the rows of a table in which a pseudonym was put.
type ErasedRows struct {
	Table string `json:"table"`
	Rows  int    `json:"rows"`
}

// RecordingLeft is a recording that could not be deleted.
type RecordingLeft struct {
	Name string `json:"name"`
	Why  string `json:"why"`
}

// Pseudonym begins what stands in the place of an erased number.
const Pseudonym = "erased-"

// eraseWithin is how long it may take to read all events.
const eraseWithin = 2 * time.Minute

// elsewhere are the places that Kezek does not reach.
var elsewhere = []string{
	"logs: Kezek's own (journalctl -u kezek, or its log file) and Asterisk's",
	"Asterisk's CDR, and queue_log if it is written: the file or the table, and what programs have copied from it",
	"reports and timesheets that were saved as files, and backups of the history and of Redis",
	"programs that get events: webhook, event stream, AMI, and the CRM or chat behind them",
	"recordings that were downloaded or copied away from Asterisk's folder",
}

// longer gives a request more time than others.
func longer(w http.ResponseWriter, r *http.Request) (context.Context, context.CancelFunc) {
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(eraseWithin + writeTimeout))
	return context.WithTimeout(r.Context(), eraseWithin)
}

func (s *Server) showNumber(w http.ResponseWriter, r *http.Request, asker who) {
	number := s.data.Read(r.PathValue("id"))
	if number == "" {
		refuse(w, queue.RefusalNumberUnknown, r.PathValue("id"))
		return
	}
	ctx, cancel := longer(w, r)
	defer cancel()
	shown := NumberData{Number: number, Calls: []string{}, Callbacks: []string{}, Agents: []string{}, Elsewhere: elsewhere}
	if !s.look(w, r, func(state *queue.State) { shown.live(state) }) {
		return
	}
	var err error
	if shown.Kept, err = s.data.Show(ctx, number); err != nil {
		s.notErased(w, err)
		return
	}
	s.log.Info("what is known of a number was shown", zap.String("by", asker.name))
	sendJSON(w, http.StatusOK, shown)
}

// live copies what the rules know. It runs in the engine's loop.
func (n *NumberData) live(s *queue.State) {
	if known := s.Known(n.Number); known != nil {
		n.Remembered = &Remembered{set(known.Language), set(known.Seen), set(known.Agent), set(known.Talked), set(known.RudeUntil), known.Until}
	}
	for _, c := range s.Calls() {
		if c.Number == n.Number || c.Target.Number == n.Number {
			n.Calls = append(n.Calls, c.ID)
		}
	}
	for _, cb := range s.Callbacks() {
		if cb.Number == n.Number {
			n.Callbacks = append(n.Callbacks, cb.ID)
		}
	}
	for _, a := range s.Agents() {
		if a.Last.Number == n.Number {
			n.Agents = append(n.Agents, a.ID)
		}
	}
}

func (s *Server) eraseNumber(w http.ResponseWriter, r *http.Request, asker who) {
	var order ErasureOrder
	if !decode(w, r, &order) || !isReason(w, &order.Reason) {
		return
	}
	ctx, cancel := longer(w, r)
	defer cancel()
	number := order.Number
	if !strings.HasPrefix(number, Pseudonym) {
		if number = s.data.Read(order.Number); number == "" {
			refuse(w, queue.RefusalNumberUnknown, order.Number)
			return
		}
		if err := s.data.Ready(ctx); err != nil {
			s.notErased(w, err)
			return
		}
		if _, ok := s.ask(w, r, number, queue.EraseNumber{Number: number, By: asker.name, Reason: order.Reason}); !ok {
			return
		}
	}
	done, err := s.data.Erase(ctx, number)
	if err != nil {
		s.notErased(w, err)
		return
	}
	done.Elsewhere = elsewhere
	s.log.Info("a number was erased", zap.String("by", asker.name), zap.String("pseudonym", done.Pseudonym),
		zap.Int("recordings", done.RecordingsDeleted), zap.Int("recordings_left", len(done.RecordingsLeft)))
	sendJSON(w, http.StatusOK, done)
}

func (s *Server) notErased(w http.ResponseWriter, err error) {
	if now, is := errors.AsType[ErrNotNow](err); is {
		w.Header().Set("Retry-After", "10")
		problem(w, http.StatusServiceUnavailable, now.Why)
		return
	}
	s.log.Warn("what is known of a number cannot be told or erased", zap.Error(err))
	problem(w, http.StatusServiceUnavailable, "not all of it can be reached now, see the daemon's log: try again; what was done stays done")
}
