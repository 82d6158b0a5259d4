package daemon

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"go.uber.org/zap"

	"kezek/config"
	"kezek/ops"
	"kezek/queue"
	"kezek/queuelog"
	"kezek/state"
)

// QueueLogWriter is where queue_log is written; nil is nowhere.
func QueueLogWriter(c *config.Config) queuelog.Writer {
	switch q := c.QueueLog; q.To {
	case config.QueueLogFile, config.QueueLogAsterisk:
		return &queuelog.File{Path: q.Path, Create: q.To == config.QueueLogFile}
	case config.QueueLogManager:
		return &queuelog.Manager{Address: q.Manager.Address, Username: q.Manager.Username, Secret: string(q.Manager.Password), Path: q.Path}
	}
	return nil
}

// queueLogFeed writes what happens into queue_log.
func queueLogFeed(w queuelog.Writer, d *Daemon, store *state.Store, metrics *ops.Metrics, log *zap.Logger) *queuelog.Feed {
	return &queuelog.Feed{
		Journal: store, Bookmarks: store, Writer: w, Log: log,
		Words: func() *queuelog.Words { return d.queueLogWords.Load() },
		Owner: func() bool { return d.engine.Status().Owner },
		Told: func(at queuelog.Standing) {
			metrics.QueueLogStands(!at.Failing, at.Behind || at.Failing, at.Rows, at.Lost, at.Unread)
		},
	}
}

// queueLogWords are the names of a config.
func queueLogWords(c *config.Config) *queuelog.Words {
	agents := c.Rules.Agents
	return &queuelog.Words{
		CallerName: c.QueueLog.CallerName,
		Agent: func(id string) string {
			a := agents[id]
			switch form := c.QueueLog.Agent; {
			case form == config.AgentByName && a != nil:
				return cmp.Or(nameOf(a), id)
			case form == config.AgentByEndpoint && a != nil:
				return a.Endpoint
			case form == config.AgentByName || form == config.AgentByEndpoint:
				return id
			default:
				return strings.ReplaceAll(form, "{id}", id)
			}
		},
		Queues: func(id string) (names []string) {
			if a := agents[id]; a != nil {
				for _, m := range a.Queues {
					names = append(names, m.Queue)
				}
			}
			return names
		},
	}
}

// nameOf is an agent's name, in the language that is spoken to them if it is there.
func nameOf(a *queue.AgentRules) string {
	if name := a.Name[a.Speech]; name != "" {
		return name
	}
	for _, l := range slices.Sorted(maps.Keys(a.Name)) {
		if a.Name[l] != "" {
			return a.Name[l]
		}
	}
	return ""
}
