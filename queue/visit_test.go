package queue

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// A call that was saved before there were lists of visits and talks gets those that its times tell of, and goes on.
func TestTimesOfAnEarlierRelease(t *testing.T) {
	at := func(seconds int) time.Time { return time.Date(2026, 11, 22, 10, 0, seconds, 0, time.UTC) }
	visit := func(start, length int, end VisitEnd, agent string) Visit {
		return Visit{Queue: "sales", Language: "ru", Start: at(start), Length: time.Duration(length) * time.Second, Position: 2, End: end, Agent: agent}
	}
	talk := func(start, length int, callback string) Talked {
		return Talked{Agent: "1001", Queue: "sales", Language: "ru", Start: at(start), Length: time.Duration(length) * time.Second, Callback: callback, Result: "contract"}
	}
	again := Visit{Queue: "sales", Language: "ru", Start: at(30)}
	type times struct {
		Entered, Answered, TalkEnd time.Time
		Visits                     []Visit
		Talks                      []Talked
	}
	for name, test := range map[string]struct {
		id, agent                                  string
		state                                      CallState
		arrived, entered, answered, talkEnd, since int // 0 is none
		outcome                                    Outcome
		want                                       times
	}{
		"in the menu":               {state: CallInMenu, arrived: 1, since: 1},
		"closed":                    {state: CallEnding, arrived: 1, since: 1, outcome: OutcomeClosed},
		"waiting":                   {state: CallWaiting, arrived: 1, entered: 5, since: 5, want: times{at(5), noTime, noTime, []Visit{visit(5, 0, "", "")}, nil}},
		"leaving":                   {state: CallEnding, arrived: 1, entered: 5, since: 20, outcome: OutcomeCallback, want: times{at(5), noTime, noTime, []Visit{visit(5, 15, VisitEndCallback, "")}, nil}},
		"on hold":                   {state: CallHeld, arrived: 1, entered: 5, answered: 8, since: 20, want: times{at(5), at(8), noTime, []Visit{visit(5, 3, VisitEndAnswered, "1001")}, []Talked{talk(8, 0, "")}}},
		"transferred":               {state: CallTransferred, arrived: 1, entered: 5, answered: 8, talkEnd: 18, since: 20, want: times{at(5), at(8), at(18), []Visit{visit(5, 3, VisitEndAnswered, "1001")}, []Talked{talk(8, 10, "")}}},
		"back in line":              {state: CallOffered, arrived: 1, entered: 5, answered: 8, talkEnd: 18, since: 30, want: times{at(30), noTime, noTime, []Visit{visit(5, 3, VisitEndAnswered, "1001"), again}, []Talked{talk(8, 10, "")}}},
		"a called client":           {id: "cb-1-c3", state: CallTalking, arrived: 8, entered: 8, answered: 8, since: 8, want: times{noTime, at(8), noTime, nil, []Talked{talk(8, 0, "cb-1")}}},
		"a client, in line":         {id: "cb-1-c3", state: CallWaiting, arrived: 8, entered: 8, answered: 8, talkEnd: 18, since: 30, want: times{at(30), noTime, noTime, []Visit{again}, []Talked{talk(8, 10, "cb-1")}}},
		"a client, in line at once": {id: "cb-1-c3", state: CallWaiting, arrived: 8, entered: 8, since: 8, want: times{at(8), noTime, noTime, []Visit{visit(8, 0, "", "")}, nil}},
	} {
		t.Run(name, func(t *testing.T) {
			time := func(seconds int) time.Time {
				if seconds == 0 {
					return noTime
				}
				return at(seconds)
			}
			c := &Call{ID: test.id, Queue: "sales", Language: "ru", State: test.state, Arrived: time(test.arrived), Since: time(test.since), Farewell: Farewell{Outcome: test.outcome}}
			c.Entered, c.Answered, c.TalkEnd, c.JoinedAt = time(test.entered), time(test.answered), time(test.talkEnd), 2
			if test.answered > 0 {
				c.Agent, c.Leg, c.Result = "1001", "a1", "contract"
			}
			for range 2 { // the second time there is nothing to do
				c.adoptTimes()
				if diff := cmp.Diff(test.want, times{c.Entered, c.Answered, c.TalkEnd, c.Visits, c.Talks}); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
				c.checkTimes(func(_ Entity, format string, args ...any) { t.Errorf(format, args...) })
			}
		})
	}
}
