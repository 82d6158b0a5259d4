package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"kezek/lab"
)

// A side is one of the two that are compared.
type side struct {
	name string
	did  string
	// begin makes it the one in charge.
	begin func(context.Context) error
	// waiting counts the callers in line.
	waiting func(context.Context) (int, error)
	result  *Side
}

func (b *bench) sides() []*side {
	return []*side{
		{"Kezek", lab.DID, b.beginKezek, b.waitingKezek, &b.report.Kezek},
		{"app_queue", lab.BenchDID, b.beginAppQueue, b.waitingAppQueue, &b.report.AppQueue},
	}
}

// beginKezek starts the daemon, if it was stopped, and waits until it has all agents.
func (b *bench) beginKezek(ctx context.Context) error {
	running, err := b.daemonRuns()
	if err == nil && !running {
		err = b.lab.StartDaemon(ctx)
	}
	if err != nil {
		return err
	}
	return b.until(ctx, "the agents are free", func(ctx context.Context) (bool, error) {
		agents, err := list[agentView](ctx, b, "agents")
		free := 0
		for _, a := range agents {
			if a.Status == "waiting" && a.Reachable && !a.InUse {
				free++
			}
		}
		return free == len(b.desks), err
	})
}

func (b *bench) daemonRuns() (bool, error) {
	times, err := b.lab.ProcessTimes()
	_, running := times[lab.Daemon]
	return running, err
}

// beginAppQueue stops the daemon, if it runs: app_queue has Asterisk to itself. Asterisk
// keeps the daemon's wish to hear of the phones, which would cost app_queue's
// calls something, so the wish is taken back.
func (b *bench) beginAppQueue(ctx context.Context) error {
	if running, err := b.daemonRuns(); err != nil || !running {
		return err
	}
	b.lab.StopDaemon()
	var phones []string
	for _, a := range lab.Agents() {
		phones = append(phones, "endpoint:PJSIP/"+a.Number)
	}
	at := b.lab.ARIURL + "/applications/" + lab.App + "/subscription?eventSource=" + strings.Join(phones, ",")
	req, err := http.NewRequestWithContext(ctx, http.MethodDelete, at, nil)
	if err != nil {
		return err
	}
	req.SetBasicAuth(lab.ARIUser, lab.ARIPassword)
	return ask(req, nil)
}

func (b *bench) waitingKezek(ctx context.Context) (int, error) {
	queues, err := list[queueView](ctx, b, "queues")
	n := 0
	for _, q := range queues {
		for _, in := range q.Waiting {
			n += in
		}
	}
	return n, err
}

var queueShows = regexp.MustCompile(`bench has (\d+) calls`)

func (b *bench) waitingAppQueue(ctx context.Context) (int, error) {
	out, err := b.lab.AsteriskCLI(ctx, "queue show bench")
	if err != nil {
		return 0, err
	}
	m := queueShows.FindStringSubmatch(out)
	if m == nil {
		return 0, fmt.Errorf("queue show says %q", out)
	}
	return strconv.Atoi(m[1])
}

// Of the daemon's lists as much as is looked at here.
type (
	agentView struct {
		Status    string `json:"status"`
		Reachable bool   `json:"reachable"`
		InUse     bool   `json:"in_use"`
	}
	queueView struct {
		Waiting map[string]int `json:"waiting"`
	}
	callView struct {
		ID       string    `json:"id"`
		State    string    `json:"state"`
		Arrived  time.Time `json:"arrived"`
		Position int       `json:"position"`
		Agent    string    `json:"agent"`
	}
)

// list asks the daemon for one of its lists.
func list[T any](ctx context.Context, b *bench, kind string) ([]T, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, b.lab.OpsURL()+"/api/v1/"+kind, nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+lab.TokenSupervisor)
	var all struct{ Items []T }
	err = ask(req, &all)
	return all.Items, err
}

// ask sends a request and reads the answer, unless into is nil.
func ask(req *http.Request, into any) error {
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	switch {
	case resp.StatusCode != http.StatusOK:
		return fmt.Errorf("%s %s answers %s", req.Method, req.URL, resp.Status)
	case into == nil:
		return nil
	}
	return json.NewDecoder(resp.Body).Decode(into)
}

// patience is how long what no figure measures may take.
const patience = 30 * time.Second

// until asks, a few times a second, until the answer is yes.
func (b *bench) until(ctx context.Context, what string, ask func(context.Context) (bool, error)) error {
	ctx, cancel := context.WithTimeoutCause(ctx, patience, fmt.Errorf("not reached within %s: %s", patience, what))
	defer cancel()
	for {
		yes, err := ask(ctx)
		if yes || err != nil {
			return err
		}
		if err := sleep(ctx, 200*time.Millisecond); err != nil {
			return err
		}
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
