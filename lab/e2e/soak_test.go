package e2e

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"kezek/lab"
	"kezek/lab/phone"
	"kezek/ops"
	"kezek/queue"
)

const didSupport = "+996312900801"

// TestSoak: a minute of a busy centre, in which everybody does what they like.
// In the end every call has one record, and nothing is left anywhere.
func TestSoak(t *testing.T) {
	t.Parallel()
	const lasts, every = 60 * time.Second, 300 * time.Millisecond
	config := `
menu: {wait: 1s}
queues:
  sales:   {wrapup: 1s, overflow_after: 5s, ring: {timeout: 2s, rest: 1s}, announce: {every: 5s}}
  support: {did: ["` + didSupport + `"], did_language: {"` + didSupport + `": ky}, default_language: ky, strategy: ringall, weight: 1, wrapup: 0s, ring: {timeout: 2s, rest: 1s}, whisper: true, max_waiting: 6, max_wait: 20s}
agents:
`
	for _, a := range lab.Agents() {
		config += fmt.Sprintf("  %q: {queues: [sales, support]}\n", a.Number)
	}
	s := open(t, config)
	callers, err := phone.NewCarrier(phone.CarrierConfig{Exchange: s.SIPAddr, Listen: s.CarrierHost + ":5070", NoRecord: true})
	must(t, err)
	t.Cleanup(callers.Close)
	ctx, stop := context.WithTimeout(t.Context(), lasts)
	defer stop()

	var staff sync.WaitGroup
	var agents []*agent
	for _, a := range lab.Agents()[4:16] { // of all languages, and a few too few
		agents = append(agents, s.agent(t, a.Number))
	}
	before := s.metric(t, "go_goroutines")
	for _, a := range agents {
		staff.Go(func() { a.works(ctx) })
	}

	var public sync.WaitGroup
	var mu sync.Mutex
	answered := map[string]bool{} // numbers of those whose call was taken
	tick := time.NewTicker(every)
	defer tick.Stop()
	for ctx.Err() == nil {
		public.Go(func() {
			if from := number(); calls(ctx, callers, from) {
				mu.Lock()
				answered[from] = true
				mu.Unlock()
			}
		})
		select {
		case <-tick.C:
		case <-ctx.Done():
		}
	}
	public.Wait()
	staff.Wait()
	s.nothingLeft(t)

	stood := stoodStill(t, s.opened)
	ended, outcomes := map[string]int{}, map[string]int{}
	for _, e := range s.journal.since(0) {
		switch e.kind() {
		case queue.EntryCallEnded:
			ended[e["number"]]++
			outcomes[e["outcome"]]++
		case queue.EntryHealed:
			if !stood {
				t.Errorf("healed: %v", e)
			}
		}
	}
	t.Logf("%d calls: %v", len(ended), outcomes)
	for from := range answered {
		if ended[from] != 1 {
			t.Errorf("the call of %s has %d records", from, ended[from])
		}
	}
	if counted := s.metric(t, "kezek_calls_total"); int(counted) != len(ended) {
		t.Errorf("%v calls are counted, %d are recorded", counted, len(ended))
	}
	if len(ended) < 100 || outcomes[string(queue.OutcomeCompletedByCaller)] < 5 || outcomes[string(queue.OutcomeCompletedByAgent)] < 20 || outcomes[string(queue.OutcomeAbandoned)] == 0 {
		t.Errorf("hardly a soak: %v", outcomes)
	}
	for _, a := range agents {
		a.await("is where they should be", func(a ops.Agent) bool {
			return a.Call == nil && a.Reachable && (a.Status == queue.StatusReady || a.Status == queue.StatusOffline)
		})
	}
	eventually(t, "no more goroutines than before", func() error {
		if now := s.metric(t, "go_goroutines"); now > before+10 {
			return fmt.Errorf("%v before, %v now", before, now)
		}
		return nil
	})
	s.noTrouble(t)
	sameInRedis(t, s)
}

// works answers calls as agents do, until ctx ends.
func (a *agent) works(ctx context.Context) {
	a.Behave(func(c *phone.Call) {
		bounded, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		switch n := rand.N(100); {
		case n < 8:
			_ = c.Decline(603)
		case n < 14:
			_ = c.Decline(486)
		case n < 18:
			_ = c.Ring() // and nobody is there
		default:
			_ = c.Ring()
			pause(bounded, c, rand.N(1200*time.Millisecond))
			if c.Answer(bounded) == nil {
				pause(bounded, c, rand.N(8*time.Second))
				_ = c.Hangup(bounded)
			}
		}
	})
	// Now and then somebody has a break, or goes and comes back.
	for ctx.Err() == nil {
		select {
		case <-time.After(5*time.Second + rand.N(20*time.Second)):
		case <-ctx.Done():
			return
		}
		for _, code := range []string{"*11", "*10" + a.id} {
			c, err := a.Call(ctx, code)
			if err != nil {
				continue
			}
			bounded, cancel := context.WithTimeout(context.Background(), 10*time.Second)
			_, _ = c.WaitSound(bounded, time.Time{})
			_ = c.Hangup(bounded)
			cancel()
		}
	}
}

// pause lets time pass while the call lasts.
func pause(ctx context.Context, c *phone.Call, d time.Duration) {
	limited, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	_, _ = c.WaitEnd(limited)
}

// calls is a caller who decides freely, to the end of the call. It tells
// whether their call was taken.
func calls(ctx context.Context, from *phone.Carrier, number string) bool {
	did, languages := lab.DID, "127"
	if rand.N(3) == 0 {
		did, languages = didSupport, "27" // in line 1 books a callback
	}
	bounded, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	c, err := from.Call(bounded, phone.CallerID{Number: number}, did)
	if err != nil {
		return false
	}
	defer func() { _ = c.Hangup(bounded) }()
	if c.WaitAnswer(bounded) != nil {
		return false
	}
	if rand.N(5) > 0 { // they choose a language, if they are asked
		pause(bounded, c, rand.N(2*time.Second))
		_ = c.Keys(bounded, string(languages[rand.N(len(languages))]))
	}
	for range rand.N(3) { // and presses something in line, or in the talk
		pause(bounded, c, rand.N(3*time.Second))
		_ = c.Keys(bounded, string("*4#"[rand.N(3)]))
	}
	patience := 2*time.Second + rand.N(10*time.Second)
	if rand.N(4) == 0 {
		patience = rand.N(time.Second)
	}
	pause(bounded, c, patience)
	return true
}

// metric sums a metric over its labels.
func (s *site) metric(t testing.TB, name string) (sum float64) {
	t.Helper()
	req, err := http.NewRequestWithContext(within(t, 5*time.Second), http.MethodGet, s.OpsURL()+"/metrics", nil)
	must(t, err)
	resp, err := http.DefaultClient.Do(req)
	must(t, err)
	defer resp.Body.Close()
	lines := bufio.NewScanner(resp.Body)
	for lines.Scan() {
		fields := strings.Fields(lines.Text())
		if len(fields) == 2 && (fields[0] == name || strings.HasPrefix(fields[0], name+"{")) {
			v, err := strconv.ParseFloat(fields[1], 64)
			must(t, err)
			sum += v
		}
	}
	must(t, lines.Err())
	return sum
}
