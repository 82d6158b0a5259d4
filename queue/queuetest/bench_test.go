package queuetest

import (
	"fmt"
	"testing"
	"time"

	"kezek/queue"
)

// crowd is a site with 1,000 agents, all in a call, and so many callers in line.
func crowd(tb testing.TB, waiting int) (s *queue.State, now time.Time, agents []string) {
	site := "queue sales did=100 strategy=leastrecent\nqueue support did=200 strategy=leastrecent\n"
	for i := range 1000 {
		site += fmt.Sprintf("agent %d %s sales support\n", 1000+i, []string{"ru", "ky", "ru,ky"}[i%3])
	}
	rules, err := parseSite(site)
	if err != nil {
		tb.Fatal(err)
	}
	s, now = queue.New(rules, nil), start
	step := func(ev queue.Event) { s.Step(now, ev) }
	var phones []queue.PhoneChanged
	for _, a := range s.Agents() {
		phones = append(phones, queue.PhoneChanged{Endpoint: "PJSIP/" + a.ID, Reachable: true})
	}
	step(queue.Synced{Phones: phones})
	for _, a := range s.Agents() {
		step(queue.LogIn{Agent: a.ID})
		agents = append(agents, a.ID)
	}
	for i := range 1000 + waiting {
		now = now.Add(time.Millisecond)
		id := fmt.Sprintf("pbx-%d.%d", now.Unix(), i)
		step(queue.CallArrived{Channel: id, DID: []string{"100", "200"}[i%2], Number: fmt.Sprint("+996", 555000000+i)})
		step(queue.KeyPressed{Channel: id, Key: '1' + byte(i/2%2)})
	}
	for _, a := range s.Agents() {
		if a.Leg != "" {
			step(queue.LegAnswered{Channel: a.Leg})
		}
	}
	return s, now, agents
}

// BenchmarkCycle is the life of one call under load: an agent hangs up, gets
// the next caller, answers; the caller before him ends; a new one joins the line.
func BenchmarkCycle(b *testing.B) {
	for _, waiting := range []int{100, 1_000, 10_000} {
		b.Run(fmt.Sprintf("waiting=%d", waiting), func(b *testing.B) {
			s, now, agents := crowd(b, waiting)
			byID := map[string]*queue.Agent{}
			for _, a := range s.Agents() {
				byID[a.ID] = a
			}
			steps := 0
			step := func(ev queue.Event) { s.Step(now, ev); steps++ }
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				now = now.Add(time.Millisecond)
				a := byID[agents[i%len(agents)]]
				caller, leg := a.Call, a.Leg
				step(queue.ChannelGone{Channel: leg, Cause: queue.Normal})
				step(queue.LegAnswered{Channel: a.Leg})
				step(queue.ChannelGone{Channel: caller, Cause: queue.Normal})
				id := fmt.Sprintf("pbx-%d.%d", now.Unix(), 100_000+i)
				step(queue.CallArrived{Channel: id, DID: []string{"100", "200"}[i%2], Number: fmt.Sprint("+996", 700000000+i%100_000)})
				step(queue.KeyPressed{Channel: id, Key: '1' + byte(i/2%2)})
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(steps), "ns/step")
		})
	}
}
