package daemon

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"kezek/config"
	"kezek/history"
	"kezek/ops"
	"kezek/queue"
	"kezek/state"
)

// historyFeed writes what happened into the history.
func historyFeed(c *config.Config, db *history.DB, store *state.Store, metrics *ops.Metrics, away *atomic.Bool, log *zap.Logger) *history.Feed {
	return &history.Feed{
		DB: db, Site: c.Site, Journal: store, Log: log,
		Told: func(at history.Standing) {
			away.Store(at.Failing)
			metrics.HistoryStands(!at.Failing, at.Behind || at.Failing, at.Entries, at.Lost, at.Unread)
		},
	}
}

// HistoryKeep is how long each kind of row is kept.
func HistoryKeep(c *config.Config) history.Keep { return history.Keep(c.History.Keep) }

const (
	// historyPruneFirst is when old rows are deleted first after the start, historyPruneEvery how often.
	historyPruneFirst, historyPruneEvery = 10 * time.Minute, 24 * time.Hour
)

// pruneHistory deletes old rows until ctx ends.
func (d *Daemon) pruneHistory(ctx context.Context) {
	look := time.NewTimer(historyPruneFirst)
	defer look.Stop()
	for ; ; look.Reset(historyPruneEvery) {
		select {
		case <-ctx.Done():
			return
		case <-look.C:
		}
		deleted, err := d.history.DB.Prune(ctx, d.history.Site, *d.historyKeep.Load(), time.Now())
		switch {
		case err != nil && ctx.Err() == nil:
			d.log.Warn("old rows of the history are not deleted", zap.Error(err))
		case deleted["calls"]+deleted["statuses"]+deleted["callbacks"]+deleted["acts"] > 0:
			d.log.Info("deleted old rows of the history", zap.Any("rows", deleted))
		}
	}
}

// reports answers the API from the history.
type reports struct {
	db    *history.DB
	site  string
	rules func() *queue.Rules
}

// All implements [ops.Reports].
func (r *reports) All() []ops.ReportInfo {
	var all []ops.ReportInfo
	for _, id := range slices.Sorted(maps.Keys(history.Reports)) {
		report := history.Reports[id]
		info := ops.ReportInfo{ID: id, Title: report.Title, Parameters: report.Parameters()}
		for _, c := range report.Columns {
			info.Columns = append(info.Columns, ops.ReportColumn{ID: c.ID, Title: c.Title, Unit: string(c.Unit), Means: c.Means})
		}
		all = append(all, info)
	}
	return all
}

// Report implements [ops.Reports].
func (r *reports) Report(ctx context.Context, name string, ask url.Values) ([]byte, string, error) {
	report := history.Reports[name]
	if report == nil {
		return nil, "", fmt.Errorf("%w: %.80q; there are %v", ops.ErrNoReport, name, slices.Sorted(maps.Keys(history.Reports)))
	}
	rules := r.rules()
	format, words, err := r.form(ask)
	if err != nil {
		return nil, "", err
	}
	body, err := r.answer(ctx, report, ask, rules, format, words)
	return body, history.Types[format], asked(err)
}

// asked makes an error about what was asked one of the asker's.
func asked(err error) error {
	if bad, is := errors.AsType[*history.BadQuery](err); is {
		return ops.BadParameter{Err: bad}
	}
	return err
}

// form takes the form of the answer out of a question: its format, and the language of its words.
func (r *reports) form(ask url.Values) (format history.Format, words string, err error) {
	format, words = history.JSON, string(r.rules().Languages[0])
	if f := ask.Get("format"); f != "" {
		format = history.Format(f)
	}
	if w := ask.Get("words"); w != "" {
		words = w
	}
	switch {
	case !slices.Contains(history.Formats, format):
		err = &history.BadQuery{Field: "format", Value: string(format), Want: "one of json, csv, excel, xlsx"}
	case ask.Has("words") && !slices.Contains(history.Languages, words):
		err = &history.BadQuery{Field: "words", Value: words, Want: "one of en, ru, ky"}
	}
	ask.Del("format")
	ask.Del("words")
	return format, words, asked(err)
}

// Call implements [ops.Reports].
func (r *reports) Call(ctx context.Context, id string, ask url.Values) ([]byte, string, error) {
	format, words, err := r.form(ask)
	if err != nil {
		return nil, "", err
	}
	table, err := r.db.Story(ctx, r.site, id, words, r.rules().Location)
	switch {
	case err != nil:
		return nil, "", err
	case table == nil:
		return nil, "", fmt.Errorf("%w: %.80q", ops.ErrNoCall, id)
	}
	body, err := table.Write(format, words)
	return body, history.Types[format], err
}

// QueueOf implements [ops.Reports].
func (r *reports) QueueOf(ctx context.Context, id string) (string, error) {
	return r.db.QueueOf(ctx, r.site, id)
}

func (r *reports) answer(ctx context.Context, report *history.Report, ask url.Values, rules *queue.Rules, format history.Format, words string) ([]byte, error) {
	q, err := report.Parse(ask, rules.Location, time.Now())
	if err != nil {
		return nil, err
	}
	if q.Number != "" {
		q.Number = cmp.Or(rules.Trunk.Normalize(q.Number), q.Number) // as callers' are read; a pseudonym is none
	}
	q.Site, q.WorkingDay, q.Names = r.site, rules.Timesheet.WorkingDay, agentNames(rules, queue.Language(words))
	if format != history.JSON && !ask.Has("limit") {
		q.Limit = history.MostRows
	}
	table, err := r.db.Run(ctx, report.ID, q)
	switch {
	case err != nil:
		return nil, err
	case len(table.Rows) == 0:
		if err := unknown(q, rules); err != nil {
			return nil, err
		}
	case format != history.JSON && table.Next != "": // a file cannot say that it lacks rows
		return nil, &history.BadQuery{Field: "limit", Value: strconv.Itoa(q.Limit), Want: "as many rows as there are, which is more: ask for less time, or with filters"}
	}
	return table.Write(format, words)
}

// unknown tells of a filter that the config does not know, and nothing in the time asked for either.
func unknown(q history.Query, rules *queue.Rules) error {
	const nothing = ", or one with something to report in the time asked for"
	switch {
	case q.Queue != "" && rules.Queues[q.Queue] == nil:
		return &history.BadQuery{Field: "queue", Value: q.Queue, Want: "a queue of the config" + nothing}
	case q.Agent != "" && rules.Agents[q.Agent] == nil:
		return &history.BadQuery{Field: "agent", Value: q.Agent, Want: "the id of an agent of the config" + nothing}
	case q.Language != "" && !slices.Contains(rules.Languages, queue.Language(q.Language)):
		return &history.BadQuery{Field: "language", Value: q.Language, Want: "a language of the config" + nothing}
	}
	return nil
}

// agentNames are the names of the agents in a language, if they have them in it.
func agentNames(rules *queue.Rules, language queue.Language) map[string]string {
	names := map[string]string{}
	for id, a := range rules.Agents {
		names[id] = cmp.Or(a.Name[language], a.Name[a.Speech], a.Name[rules.Languages[0]])
	}
	return names
}

// Recorded implements [ops.Reports].
func (r *reports) Recorded(ctx context.Context, agent, day string) (paid time.Duration, known bool, err error) {
	rules := r.rules()
	q, err := history.Reports["timesheet"].Parse(url.Values{"from": {day}, "agent": {agent}}, rules.Location, time.Now())
	if err != nil {
		return 0, false, ops.BadParameter{Err: err}
	}
	q.Site, q.WorkingDay = r.site, rules.Timesheet.WorkingDay
	return r.db.Recorded(ctx, q)
}

// Alarms implements [ops.Reports].
func (r *reports) Alarms(ctx context.Context, since time.Time) ([]ops.Alarm, error) {
	found, err := r.db.Alarms(ctx, r.site, since)
	all := make([]ops.Alarm, len(found))
	for i := range found {
		all[i] = shownAlarm(&found[i])
	}
	return all, err
}

// Alarm implements [ops.Reports].
func (r *reports) Alarm(ctx context.Context, id string) (*ops.Alarm, error) {
	found, err := r.db.Alarm(ctx, r.site, id)
	if err != nil || found == nil {
		return nil, err
	}
	a := shownAlarm(found)
	return &a, nil
}

func shownAlarm(a *history.Alarm) ops.Alarm {
	shown := ops.Alarm{
		ID: a.ID, At: a.At, Kind: a.Kind, Severity: a.Severity, Queue: a.Queue, Language: queue.Language(a.Language),
		Agent: a.Agent, Call: a.Call, Callback: a.Callback, Detail: a.Detail,
	}
	if !a.Seen.IsZero() {
		shown.Acknowledged = &ops.Acknowledged{By: a.SeenBy, At: a.Seen}
	}
	return shown
}

// Corrections implements [ops.Reports].
func (r *reports) Corrections(ctx context.Context, day, agent string) ([]ops.Correction, error) {
	found, err := r.db.Corrections(ctx, r.site, day, agent)
	all := make([]ops.Correction, len(found))
	for i, c := range found {
		all[i] = ops.Correction{Agent: c.Agent, Day: c.Day, Paid: c.Paid.Seconds(), By: c.By, At: c.At, Reason: c.Reason}
	}
	return all, err
}
