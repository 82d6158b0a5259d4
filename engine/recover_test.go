package engine

import (
	"errors"
	"slices"
	"testing"
	"time"

	"go.uber.org/zap"

	"kezek/queue"
)

// A step that panics costs the call that it was about, and no other: that one is put
// aside, in the store as well, the exchange is asked for the truth, and the caller,
// who still is on the line, is taken in anew.
func TestAPanicCostsOneCall(t *testing.T) {
	o := newOutside()
	rules := testRules()
	rules.Trunk.Allowed = func(number string) bool {
		if number == "+2" {
			panic("no such number was ever thought of")
		}
		return true
	}
	e := New(Options{Rules: rules, Exchange: o, Store: o, Log: zap.NewNop()})
	go func() { _ = e.Run(t.Context()) }()
	<-o.started
	other := queue.CallArrived{Channel: "pbx-1", DID: "100", Number: "+1"}
	caller := queue.CallArrived{Channel: "pbx-2", DID: "100", Number: "+2"}
	if _, err := e.Ask(t.Context(), queue.LogIn{Phone: "PJSIP/1001"}); err != nil {
		t.Fatal(err)
	}
	o.call(other)
	o.await(t, "do queue.Dial")
	o.call(caller)
	o.sink(time.Now(), queue.KeyPressed{Channel: "pbx-2", Key: '1'})
	o.await(t, "do queue.Resync")
	calls := func() (ids []string) {
		if err := e.View(t.Context(), func(s *queue.State) {
			for _, c := range s.Calls() {
				ids = append(ids, c.ID)
			}
			if err := s.Check(); err != nil {
				t.Error(err)
			}
		}); err != nil {
			t.Error(err)
		}
		return ids
	}
	if got := calls(); !slices.Equal(got, []string{"pbx-1"}) {
		t.Errorf("calls %v, want pbx-1 alone", got)
	}
	o.mu.Lock()
	if !slices.Equal(o.aside, []string{"call pbx-2"}) {
		t.Errorf("moved aside: %v", o.aside)
	}
	o.mu.Unlock()
	if s := e.Status(); s.Panics != 1 || s.Aside != 1 || !s.Loaded {
		t.Errorf("%+v", s)
	}
	if o.has("call pbx-2") || !o.has("call pbx-1") {
		t.Errorf("saved: %v", o.saved)
	}
	o.tell(func() []queue.Event {
		o.pbx.Answer("pbx-1-a1") // while nobody was told
		return []queue.Event{o.pbx.Truth()}
	})
	o.await(t, "do queue.Connect")
	if got := calls(); !slices.Equal(got, []string{"pbx-1", "pbx-2"}) {
		t.Errorf("calls %v, want both", got)
	}

	// Nobody waits for ever for an answer to what failed, and it costs nothing else.
	_, err := e.Ask(t.Context(), queue.BookCallback{Number: "+2", Queue: "sales", Class: queue.ClassInformation, By: "supervisor"})
	if !errors.Is(err, ErrBroken) {
		t.Errorf("a booking that panics: %v", err)
	}
	if got := calls(); !slices.Equal(got, []string{"pbx-1", "pbx-2"}) {
		t.Errorf("calls %v after it, want both", got)
	}
	if err := e.View(t.Context(), func(*queue.State) { panic("somebody stumbles") }); err != nil {
		t.Errorf("a look that panics: %v", err)
	}
}
