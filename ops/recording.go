package ops

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	"kezek/queue"
)

// Recording is the recording of a talk that goes on.
type Recording struct {
	Name  string    `json:"name"`
	Since time.Time `json:"since"`
	// PausedAt is when the agent paused it.
	PausedAt *time.Time `json:"paused_at"`
}

// Recorded is a recording that is over; times are in seconds.
type Recorded struct {
	Name string `json:"name"`
	// Files are where a supervisor fetches them: what the caller said, and what they heard.
	Files  []string  `json:"files"`
	Agent  string    `json:"agent"`
	Start  time.Time `json:"start"`
	Length float64   `json:"length"`
	Paused float64   `json:"paused,omitempty"`
	// Broken is why the recording ended before the talk, in text for people; empty if it did not.
	Broken string `json:"broken,omitempty"`
}

// Retention is how a queue's talks are recorded.
type Retention struct {
	// Notice: callers are told first. Keep is how long the files stay, in seconds.
	Notice bool    `json:"notice"`
	Keep   float64 `json:"keep"`
}

const (
	// recordingsPath is where recordings are fetched from, recordingsDir their folder
	// among those of Asterisk.
	recordingsPath = "/api/v1/recordings/"
	recordingsDir  = "kezek/"
	// fetchWithin is how long a client may take to fetch one: ten hours of talk at a megabyte a second.
	fetchWithin = 10 * time.Minute
)

func newRecorded(r queue.Recorded) Recorded {
	at := recordingsPath + strings.TrimPrefix(r.Name, recordingsDir)
	return Recorded{r.Name, []string{at + "-caller.wav", at + "-agent.wav"}, r.Agent, r.Start, seconds(r.Length), seconds(r.Paused), r.Broken}
}

func newRetention(r queue.RecordingRules) *Retention {
	if !r.On {
		return nil
	}
	return &Retention{r.Notice, seconds(r.Keep)}
}

// recording sends a file of a recording that is over, or a part of it.
func (s *Server) recording(w http.ResponseWriter, r *http.Request, asker who) {
	if !s.mayIn(w, asker, Supervisor, "the recording", r.PathValue("queue")) {
		return
	}
	name := recordingsDir + path.Join(r.PathValue("day"), r.PathValue("queue"), r.PathValue("id"))
	running, ok := view(s, w, r, func(state *queue.State, _ time.Time) []string { return recordingsOf(state) })
	if !ok {
		return
	}
	if slices.ContainsFunc(running, func(of string) bool { return strings.HasPrefix(name, of+"-") }) {
		problem(w, http.StatusConflict, "the conversation is still in progress, and so is its recording")
		return
	}
	file, modified, err := s.openRecording(name)
	switch {
	case errors.Is(err, fs.ErrPermission):
		s.log.Warn("cannot read a recording", zap.Error(err))
		problem(w, http.StatusServiceUnavailable, "the daemon may not read recordings.dir: let its user join Asterisk's group")
		return
	case errors.Is(err, errLinked):
		s.log.Warn("recording not served", zap.String("recording", name), zap.Error(err))
		problem(w, http.StatusNotFound, err.Error())
		return
	case err != nil: // also a name that leads out of the folder
		problem(w, http.StatusNotFound, "there is no such recording; old ones are deleted")
		return
	}
	defer file.Close()
	s.log.Info("recording downloaded", zap.String("recording", name), zap.String("by", asker.name))
	answer := http.NewResponseController(w)
	_ = answer.SetWriteDeadline(time.Now().Add(fetchWithin)) // longer than that of other answers
	if asker.revoked != nil {
		defer context.AfterFunc(asker.revoked, func() { _ = answer.SetWriteDeadline(time.Now()) })() // cuts it
	}
	w.Header().Set("Content-Type", "audio/wav")
	http.ServeContent(w, r, name, modified, file)
}

// openRecording opens a file of Asterisk's folder of recordings, and no other.
func (s *Server) openRecording(name string) (file *os.File, modified time.Time, err error) {
	if !fs.ValidPath(name) || path.Ext(name) != ".wav" {
		return nil, modified, fs.ErrInvalid
	}
	dir, err := os.OpenRoot(s.recordings)
	if err != nil {
		return nil, modified, err
	}
	defer dir.Close()
	file, err = dir.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0) // a pipe would keep us for ever
	if err != nil {
		return nil, modified, err
	}
	info, err := file.Stat()
	switch {
	case err != nil:
	case !info.Mode().IsRegular():
		err = fs.ErrNotExist
	case linked(info):
		err = errLinked
	default:
		return file, info.ModTime(), nil
	}
	file.Close()
	return nil, modified, err
}

// errLinked is about a file that has another name elsewhere. Asterisk makes none; its user may
// have made this one, so that the daemon reads out what that user may not read.
var errLinked = errors.New("the file has another name elsewhere (a hard link), so it is not served as a recording")

func linked(info fs.FileInfo) bool {
	at, ok := info.Sys().(*syscall.Stat_t)
	return ok && at.Nlink > 1
}

// recordingsOf are the names of those that go on. It runs in the engine's loop.
func recordingsOf(s *queue.State) (names []string) {
	for _, c := range s.Calls() {
		if c.Recording.Name != "" {
			names = append(names, c.Recording.Name)
		}
	}
	return names
}

// recordingMetrics count what becomes of recordings.
type recordingMetrics struct {
	ended           *prometheus.CounterVec
	failed, deleted prometheus.Counter
	files, skipped  prometheus.Gauge
	// inRow are the failures since the last recording of a call that ended, why is the reason of the last one.
	inRow atomic.Int64
	why   atomic.Value
}

func newRecordingMetrics(add maker) recordingMetrics {
	return recordingMetrics{
		ended:   add.counters("kezek_recordings_total", "Recordings of calls that ended.", "queue"),
		failed:  add.counter("kezek_recording_failures_total", "Conversations that should have been recorded and could not be."),
		files:   add.gauge("kezek_recording_files", "Files of recordings that are kept, two for each, as of the last check."),
		skipped: add.gauge("kezek_recording_files_skipped", "Recordings that could not be read or deleted, as of the last check."),
		deleted: add.counter("kezek_recording_files_deleted_total", "Files of recordings that were deleted because they were old enough."),
	}
}

// failsInRow is how many talks in a row, with none recorded between them, are more than bad luck.
const failsInRow = 3

// recorded counts recordings of a call that ended. One that broke off was counted as a failure, and ends no row of them.
func (m *recordingMetrics) recorded(name string, all []queue.Recorded) {
	m.ended.WithLabelValues(name).Add(float64(len(all)))
	if slices.ContainsFunc(all, func(r queue.Recorded) bool { return r.Broken == "" }) {
		m.inRow.Store(0)
	}
}

// broke counts a talk that should have been recorded and is not.
func (m *recordingMetrics) broke(why string) {
	m.failed.Inc()
	m.inRow.Add(1)
	m.why.Store(why)
}

// warning says that talks are not recorded, empty if all is well.
func (m *recordingMetrics) warning() string {
	if n := m.inRow.Load(); n >= failsInRow {
		return fmt.Sprintf("the last %d recordings have failed: %s", n, m.why.Load())
	}
	return ""
}

// Pruned takes down how many files of recordings are kept, how many were just deleted, and what was skipped.
func (m *Metrics) Pruned(kept, deleted, skipped int) {
	m.recordings.skipped.Set(float64(skipped))
	m.recordings.files.Set(float64(kept))
	m.recordings.deleted.Add(float64(deleted))
}
