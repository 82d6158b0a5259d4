package queuetest

import (
	"fmt"
	"testing"
	"time"

	"kezek/queue"
)

// crowd is a site with 1,000 agents, all in a call, and so many callers and
// open callbacks in line, one after the other.
type crowd struct {
	*queue.State
	now    time.Time
	agents []*queue.Agent
	// joined, booked and steps are counted.
	joined, booked, steps int
	// playing and client are the last playback and the last client that was called.
	playing, client string
}

func newCrowd(tb testing.TB, waiting, callbacks int) *crowd {
	site := "trunk allow=+996\nqueue sales did=100 same_within=24h same_wait=20s strategy=leastrecent max_open=100000 instant=0s\nqueue support did=200 strategy=leastrecent max_open=100000 instant=0s\n"
	for i := range 1000 {
		site += fmt.Sprintf("agent %d %s sales support\n", 1000+i, []string{"ru", "ky", "ru,ky"}[i%3])
	}
	rules, err := Rules(site)
	if err != nil {
		tb.Fatal(err)
	}
	c := &crowd{State: queue.New(rules, nil), now: start}
	var phones []queue.PhoneChanged
	for _, a := range c.Agents() {
		phones = append(phones, queue.PhoneChanged{Endpoint: "PJSIP/" + a.ID, Reachable: true})
	}
	c.step(queue.Synced{Phones: phones})
	for _, a := range c.Agents() {
		c.step(queue.LogIn{Agent: a.ID})
		c.agents = append(c.agents, a)
	}
	for range c.agents {
		c.call()
	}
	for _, a := range c.agents {
		c.step(queue.LegAnswered{Channel: a.Leg})
	}
	for i := range max(waiting, callbacks) {
		if i < waiting {
			c.call()
		}
		if i < callbacks {
			c.book()
		}
	}
	if got := len(c.Callbacks()); got != callbacks {
		tb.Fatalf("%d callbacks are open, want %d", got, callbacks)
	}
	return c
}

func (c *crowd) step(ev queue.Event) queue.Effects {
	fx := c.Step(c.now, ev)
	c.steps++
	for _, a := range fx.Actions {
		switch a := a.(type) {
		case queue.Play:
			c.playing = a.ID
		case queue.DialClient:
			c.client = a.Channel
		}
	}
	return fx
}

// call is another caller who joins a line.
func (c *crowd) call() {
	c.now = c.now.Add(time.Millisecond)
	c.joined++
	id := fmt.Sprintf("pbx-%d.%d", c.now.Unix(), c.joined)
	c.step(queue.CallArrived{Channel: id, DID: []string{"100", "200"}[c.joined%2], Number: fmt.Sprint("+996", 555000000+c.joined%1_000_000)})
	c.step(queue.KeyPressed{Channel: id, Key: '1' + byte(c.joined/2%2)})
}

// book is another callback that is promised.
func (c *crowd) book() {
	c.now = c.now.Add(time.Millisecond)
	c.booked++
	fx := c.step(queue.BookCallback{
		Number: fmt.Sprint("+996", 700000000+c.booked), Queue: []string{"sales", "support"}[c.booked%2],
		Language: []queue.Language{"ru", "ky"}[c.booked/2%2], Class: queue.ClassInformation,
	})
	for _, id := range fx.Promises {
		c.step(queue.Promised{Callback: id})
	}
}

// serve lets an agent hang up, get the next job and do it until they talk again; a new
// caller replaces the one who left. It returns how long the choice took.
func (c *crowd) serve(tb testing.TB, a *queue.Agent) time.Duration {
	c.now = c.now.Add(time.Millisecond)
	talker := a.Call
	began := time.Now()
	c.step(queue.ChannelGone{Channel: a.Leg, Cause: queue.CauseNormal})
	choosing := time.Since(began)
	calledBack := a.Callback != ""
	c.step(queue.LegAnswered{Channel: a.Leg})
	if calledBack {
		c.step(queue.PlayEnded{Channel: a.Leg, Playback: c.playing})
		c.step(queue.LegAnswered{Channel: c.client})
		c.step(queue.PlayEnded{Channel: c.client, Playback: c.playing})
	}
	if a.Status != queue.StatusOnCall || a.Call == "" {
		tb.Fatalf("agent %s does not talk: %+v", a.ID, a)
	}
	c.step(queue.ChannelGone{Channel: talker, Cause: queue.CauseNormal})
	if calledBack {
		c.book()
	} else {
		c.call()
	}
	return choosing
}

// BenchmarkCycle is the life of a job under load: an agent hangs up, gets the
// next caller or callback, answers; the call before ends; another caller joins the line.
func BenchmarkCycle(b *testing.B) {
	for _, size := range []struct{ waiting, callbacks int }{{100, 0}, {1_000, 0}, {10_000, 0}, {10_000, 10_000}} {
		b.Run(fmt.Sprintf("waiting=%d/callbacks=%d", size.waiting, size.callbacks), func(b *testing.B) {
			c := newCrowd(b, size.waiting, size.callbacks)
			c.steps = 0
			choosing := time.Duration(0)
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				choosing += c.serve(b, c.agents[i%len(c.agents)])
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(c.steps), "ns/step")
			b.ReportMetric(float64(choosing.Nanoseconds())/float64(b.N), "ns/choice")
		})
	}
}
