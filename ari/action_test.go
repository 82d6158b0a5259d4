package ari

import (
	"testing"
	"time"

	"kezek/queue"
)

func TestLampsOff(t *testing.T) {
	for off, want := range map[bool]int{false: 1, true: 0} {
		e := New(Options{URL: "http://127.0.0.1:1/ari", LampsOff: off})
		e.Do(time.Now(), []queue.Action{queue.Lamp{Name: queue.AgentLamp("1012"), State: queue.LampOn}})
		e.order.wait()
		if e.order.count != want {
			t.Errorf("lamps off %v: %d requests, want %d", off, e.order.count, want)
		}
	}
}
