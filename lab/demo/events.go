package demo

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"strings"

	"kezek/ops"
	"kezek/queue"
)

// follow listens to the events from now on. What it returns waits for the end of the caller's next call and tells what has happened in it.
func (d *day) follow(c *Caller) (told func() []ops.Event) {
	var stream io.ReadCloser
	d.await("/api/v1/events", func(context.Context) (err error) {
		stream, err = d.open(d.ctx, "/api/v1/events")
		return err
	})
	var events []ops.Event
	ended := make(chan error, 1)
	go func() {
		defer stream.Close()
		for s := bufio.NewScanner(stream); s.Scan(); {
			data, is := strings.CutPrefix(s.Text(), "data: ")
			if !is {
				continue
			}
			var e ops.Event
			if err := json.Unmarshal([]byte(data), &e); err != nil {
				ended <- err
				return
			}
			if e.Number != c.number {
				continue
			}
			if events = append(events, e); e.Kind == queue.EntryCallEnded {
				ended <- nil
				return
			}
		}
		ended <- errors.New("the stream of events has ended")
	}()
	return func() []ops.Event {
		d.await("the record of "+c.name, func(ctx context.Context) error {
			select {
			case err := <-ended:
				return err
			case <-ctx.Done():
				return context.Cause(ctx)
			}
		})
		return events
	}
}

// happened counts the events of a kind.
func happened(events []ops.Event, kind queue.EntryKind) (n int) {
	for _, e := range events {
		if e.Kind == kind {
			n++
		}
	}
	return n
}

// agentRow is an agent's row of kezek agents.
func (d *day) agentRow(a *Agent) ops.Agent {
	for _, row := range table[ops.Agent](d, "agents") {
		if row.ID == a.number {
			return row
		}
	}
	return ops.Agent{}
}
