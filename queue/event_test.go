package queue

import (
	"os"
	"reflect"
	"regexp"
	"slices"
	"testing"
	"time"
)

// source is the text of the package but for its tests.
func source(t *testing.T) string {
	t.Helper()
	files, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	var all []byte
	for _, f := range files {
		if goFile.MatchString(f.Name()) && !testFile.MatchString(f.Name()) {
			body, err := os.ReadFile(f.Name())
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, body...)
		}
	}
	return string(all)
}

var goFile, testFile = regexp.MustCompile(`\.go$`), regexp.MustCompile(`_test\.go$`)

// events is one of each type, none about anything that there is.
var events = []Event{
	Tick{}, ClockSet{By: time.Second}, RulesChanged{&Rules{Location: time.UTC}}, CallArrived{Channel: "c"}, LegAnswered{}, ChannelGone{}, KeyPressed{}, HoldPressed{}, HoldReleased{},
	CallerSpeaks{}, ClientProgress{}, RecordingBroke{}, TransferPressed{}, LegPickedUp{}, Replaced{}, Identified{}, SlotDialled{}, LegPushedOut{}, LegSilent{}, PlayEnded{}, PhoneChanged{}, ExchangeDown{}, Synced{},
	LogIn{}, LogOut{}, SetStatus{}, SetPenalty{}, CorrectTimesheet{}, AskState{}, SetResult{}, ExtendWrapUp{}, Supervise{}, SupervisorArrived{},
	SetNotice{}, EndNotice{}, NoticeCode{}, BookCallback{}, ClearNumber{}, EraseNumber{}, CancelCallback{}, MoveCallback{}, EndCall{}, MoveCall{}, ListenTo{}, AcknowledgeAlarm{}, Promised{}, NotPromised{},
}

// Each type of event has a rule, and no rule needs what an event is about to be there.
func TestStepKnowsEveryEvent(t *testing.T) {
	var listed []string
	for _, ev := range events {
		listed = append(listed, reflect.TypeOf(ev).Name())
	}
	declared := regexp.MustCompile(`(?m)^func \((?:ev )?(\w+)\) happen\(`).FindAllStringSubmatch(source(t), -1)
	for _, d := range declared {
		if !slices.Contains(listed, d[1]) {
			t.Errorf("%s is an event that this test does not know", d[1])
		}
	}
	if len(declared) != len(events) {
		t.Errorf("%d types of events are declared, %d listed", len(declared), len(events))
	}
	step := func(ev Event) (failed any) {
		defer func() { failed = recover() }()
		s := New(&Rules{Languages: []Language{"ru"}, Location: time.UTC}, &Snapshot{})
		s.Step(time.Unix(0, 0), ev)
		return nil
	}
	for _, ev := range events {
		if failed := step(ev); failed != nil {
			t.Errorf("%T: %v", ev, failed)
		}
	}
}
