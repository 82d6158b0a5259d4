package demo

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"kezek/lab"
	"kezek/ops"
	"kezek/queue"
)

// ledger is the story's own book of what was played, to be compared with
// Kezek's.
type ledger struct {
	mu     sync.Mutex
	played count
	before count // what the daemon had counted when it was killed
	// connected is from an agent's answer until both were heard, assigned from
	// an agent's last call until the next one's INVITE, when somebody waits.
	connected, assigned []time.Duration
	// calledBack counts the talks that were callbacks: a queue's day has those who called.
	calledBack int
	// answeredAgain counts those who were answered twice in one call: a queue's day has visits.
	answeredAgain int
}

// count is how many calls ended, by language and outcome.
type count map[string]int

func (c count) String() string {
	var parts []string
	for _, k := range slices.Sorted(maps.Keys(c)) {
		parts = append(parts, fmt.Sprintf("%s %d", k, c[k]))
	}
	return strings.Join(parts, ", ")
}

func newLedger() *ledger { return &ledger{played: count{}, before: count{}} }

func (l *ledger) ended(c *Caller, how queue.Outcome) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.played[c.language+" "+string(how)]++
}

func (l *ledger) connectedAfter(t time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.connected = append(l.connected, t)
}

func (l *ledger) assignedAfter(t time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.assigned = append(l.assigned, t)
}

// answered is how many of the callers were answered, and how many gave up.
func (l *ledger) answered() (answered, abandoned int) {
	for key, n := range l.played {
		switch _, how, _ := strings.Cut(key, " "); queue.Outcome(how) {
		case queue.OutcomeAbandoned:
			abandoned += n
		case queue.OutcomeCompletedByAgent, queue.OutcomeCompletedByCaller, queue.OutcomeTransferred, queue.OutcomeRude:
			answered += n
		}
	}
	return answered - l.calledBack + l.answeredAgain, abandoned
}

// counted is what /metrics counts, over the lives of both daemons.
func (d *day) counted(ctx context.Context) (count, error) {
	body, err := d.get(ctx, "/metrics")
	if err != nil {
		return nil, err
	}
	all := maps.Clone(d.before)
	for s := bufio.NewScanner(bytes.NewReader(body)); s.Scan(); {
		m := callsTotal.FindStringSubmatch(s.Text())
		if m == nil {
			continue
		}
		n, err := strconv.Atoi(m[3])
		if err != nil {
			return nil, fmt.Errorf("/metrics: %w", err)
		}
		if n > 0 {
			all[m[1]+" "+m[2]] += n
		}
	}
	return all, nil
}

var callsTotal = regexp.MustCompile(`^kezek_calls_total\{language="(\w+)",outcome="(\w+)",queue="sales"\} (\S+)$`)

// waitCounted waits until all that was played is counted, or has had time to
// be, and returns what was counted.
func (d *day) waitCounted(atMost time.Duration) (all count) {
	deadline := time.Now().Add(atMost)
	d.awaitTrue("/metrics", func(ctx context.Context) (done bool, err error) {
		all, err = d.counted(ctx)
		return maps.Equal(all, d.played) || time.Now().After(deadline), err
	})
	return all
}

// isNewDay tells that midnight has passed at the site since the day began:
// the queue's day then begins anew.
func (d *day) isNewDay() bool {
	const zone = 6 * time.Hour // of Bishkek
	day := func(t time.Time) string { return t.UTC().Add(zone).Format(time.DateOnly) }
	return day(d.began) != day(time.Now())
}

// get asks the daemon over HTTP.
func (d *day) get(ctx context.Context, path string) ([]byte, error) {
	body, err := d.open(ctx, path)
	if err != nil {
		return nil, err
	}
	defer body.Close()
	return io.ReadAll(body)
}

// open opens a path of the daemon's HTTP.
func (d *day) open(ctx context.Context, path string) (io.ReadCloser, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, d.lab.OpsURL()+path, nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+lab.TokenSupervisor)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode != http.StatusOK {
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		return nil, errors.Join(fmt.Errorf("%s answers %s: %s", path, resp.Status, body), err)
	}
	return resp.Body, nil
}

// table is what a command of kezek shows, as its --json tells it.
func table[T any](d *day, kind string) (rows []T) {
	d.await("kezek "+kind, func(ctx context.Context) error {
		out, err := d.lab.Kezek(ctx, kind, "--json")
		if err != nil {
			return err
		}
		var all struct{ Items []T }
		err = json.Unmarshal([]byte(out), &all)
		rows = all.Items
		return err
	})
	return rows
}

// row is a caller's row of kezek calls; empty if they are not on the line.
func (d *day) row(c *Caller) ops.Call {
	for _, row := range table[ops.Call](d, "calls") {
		if row.Number == c.number {
			return row
		}
	}
	return ops.Call{}
}

// show shows a table of kezek as it is printed.
func (d *day) show(kind string) {
	d.await("kezek "+kind, func(ctx context.Context) error {
		out, err := d.lab.Kezek(ctx, kind)
		d.quote("$ kezek "+kind, out)
		return err
	})
}
