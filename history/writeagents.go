package history

import (
	"database/sql"
	"errors"
	"slices"

	"kezek/queue"
)

const openStatuses = `SELECT * FROM statuses WHERE site = ? AND agent = ? AND ended = 0`

// status ends the agent's stay in a status, and begins another.
func (w *writer) status(k key, of line, e *queue.Entry) error {
	var open []statusRow
	if err := w.tx.SelectContext(w.ctx, &open, w.tx.Rebind(openStatuses), w.site, e.Agent); err != nil {
		return err
	}
	for _, row := range open {
		if !slices.Contains(queue.SetByDaemon, queue.Status(row.Status)) {
			if err := w.overstayed(row, msOf(e.At)); err != nil {
				return err
			}
		}
		if err := w.endStatus(row, max(msOf(e.At), row.Started)); err != nil {
			return err
		}
	}
	if e.Status == queue.StatusOffline {
		return nil
	}
	row := statusRow{part: part{key: k}, line: of, Started: msOf(e.At), Agent: e.Agent, Status: string(e.Status), OrderedBy: e.By}
	if isReady(row.Status) {
		var err error
		if row.Serves, err = w.servedBy(e.Agent); err != nil {
			return err
		}
	}
	return w.insert("statuses", row)
}

// overstayed says how much longer than allowed a stay was that is over.
func (w *writer) overstayed(row statusRow, ended int64) error {
	return w.change(`UPDATE attendance SET length = CAST(? AS BIGINT) - happened WHERE site = ? AND agent = ? AND kind = 'agent.overstay' AND status = ? AND
		happened >= ? AND happened < ?`, ended, w.site, row.Agent, row.Status, row.Started, ended)
}

// serves keeps what an agent who logs in serves: each queue in each language.
func (w *writer) serves(agent string, d queue.Details) error {
	lines := "|"
	for _, name := range d.Queues {
		for _, language := range d.Languages {
			lines += name + " " + string(language) + "|"
		}
	}
	w.serving[agent] = lines
	return w.change(`INSERT INTO serving (site, agent, serves) VALUES (?, ?, ?) ON CONFLICT (site, agent) DO UPDATE SET serves = excluded.serves`, w.site, agent, lines)
}

// servedBy is what an agent has served since the log-in.
func (w *writer) servedBy(agent string) (string, error) {
	lines, known := w.serving[agent]
	if known {
		return lines, nil
	}
	err := w.tx.GetContext(w.ctx, &lines, w.tx.Rebind(`SELECT serves FROM serving WHERE site = ? AND agent = ?`), w.site, agent)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return "", err
	}
	w.serving[agent] = lines
	return lines, nil
}

// mostHours bounds the rows of one stay; a longer one has its rest in the last.
const mostHours = 24 * 14

// endStatus ends a stay, which is cut at full hours: a report about an hour looks back no further than one.
func (w *writer) endStatus(row statusRow, at int64) error {
	for {
		row.Ended = min(at, (row.Started/hour+1)*hour)
		if row.No >= mostHours {
			row.Ended = at
		}
		var err error
		if row.No == 0 {
			err = w.change(`UPDATE statuses SET ended = ? WHERE site = ? AND entry = ? AND no = 0`, row.Ended, w.site, row.Entry)
		} else {
			err = w.insert("statuses", row)
		}
		if err != nil || row.Ended >= at {
			return err
		}
		row.Started = row.Ended
		row.No++
	}
}

// hour is one in ms.
const hour = 3_600_000
