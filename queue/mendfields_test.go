package queue

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"
)

// repairs are what is made of an entity that cannot stay as it is: straighten (queue/mend.go), once or harder, and Salvage of
// a callback that cannot be read. Each says of every saved field whether one that is set is kept, cleared, or set anew.
var repairs = []struct {
	make   func() Stored
	how    string
	repair func(*State, Stored)
	fields string
}{
	{aCall, "straightened", straightened(1), `
		kept: id channel queue did number name language since arrived callback serial music place priority head joined_at misses tried tries
		kept: agent talks result hold_figures hold_log transfers offer_log recorded monitored
		cleared: playing play_by round menu_by menu_over offer_next offer_spoken overflowed keeper keep_until announce_at overflow_at give_up_at overdue offers ring_by told_other
		cleared: telling keying keyed key_by dialled dial_by dials leg bridge apart joined promised held_by acting choosing remind_at act_at hold_until slot holds target
		cleared: transfer_by warning warned unheard silent_by recording notified rate rating exit end_by answered talk_end heir heir_by
		anew: state entered visits
`},
	{aCall, "straightened harder", straightened(bare), `
		kept: id channel queue did number name language since arrived serial music entered place priority head
		cleared: callback playing play_by round menu_by menu_over offer_next offer_spoken joined_at overflowed keeper keep_until announce_at overflow_at give_up_at overdue offers
		cleared: ring_by misses tried offer_log told_other telling keying keyed tries key_by dialled dial_by dials agent leg bridge apart joined answered talk_end result promised
		cleared: held_by acting choosing remind_at act_at hold_until slot hold_figures hold_log holds target transfer_by transfers warning warned
		cleared: unheard silent_by recording recorded notified monitored rate rating exit end_by talks heir heir_by
		anew: state visits
`},
	{anAgent, "straightened", straightened(1), `
		kept: id status since logged_in endpoint fault faults gone_by shift shift_at came left day_end leg owes ordered_by stay_until overstayed last
		kept: missed_in_row rest_until penalties calls last_call hold_figures ratings guesses wrong_pins locked_until
		cleared: reachable in_use call target callback holds recall reminded telling words words_n hears passing keys keys_at after after_end after_by
		cleared: after_why wrap_until monitor
		anew: leg_by
`},
	{anAgent, "straightened harder", straightened(bare), `
		kept: id since shift shift_at came left penalties calls last_call hold_figures ratings guesses wrong_pins locked_until
		cleared: logged_in endpoint fault faults reachable in_use gone_by day_end call leg target callback owes holds recall reminded leg_by telling words words_n
		cleared: hears passing keys keys_at ordered_by stay_until overstayed after after_end after_by after_why last missed_in_row rest_until
		cleared: wrap_until monitor
		anew: status
`},
	{aCallback, "straightened", straightened(1), `
		kept: id number queue language class since place priority created from due_at origin caller booker owner note unverified by serial attempts
		kept: refusers tried trunk_failed next_at urgent urgent_at warned escalated breached told
		cleared: agent leg client whisper greeting rings early step_by kept put_off reason ended_by ended until
		anew: state alarm
`},
	{aCallback, "straightened harder", straightened(bare), `
		kept: id number queue language class since place priority created from due_at origin note unverified by serial attempts warned escalated
		kept: breached told
		cleared: caller booker owner agent leg client whisper greeting rings early step_by refusers tried kept next_at put_off urgent alarm reason ended_by
		cleared: ended until trunk_failed
		anew: state urgent_at
`},
	{aCallback, "salvaged", func(s *State, e Stored) { e.(*Callback).Salvage(s.now) }, `
		kept: id number queue language class since place created from due_at origin booker owner note unverified by attempts next_at warned escalated
		kept: breached
		cleared: priority caller agent leg client whisper greeting rings early step_by refusers tried kept put_off trunk_failed urgent alarm told reason ended_by ended until
		anew: state serial urgent_at
`},
}

func aCall() Stored { return &Call{ID: "c", State: CallHeld, Number: "+1", Callback: "cb"} }
func anAgent() Stored {
	return &Agent{ID: "1001", Status: "coffee", Assignment: Assignment{Owes: "cb"}}
}
func aCallback() Stored {
	return &Callback{ID: "cb", State: CallbackOffered, Number: "+1", Class: ClassManager}
}

func straightened(hardness int) func(*State, Stored) {
	return func(s *State, e Stored) { s.straighten(e, hardness, "") }
}

// A repair keeps, clears or sets anew each saved field, as its list says: none is forgotten.
func TestRepairsKnowEachField(t *testing.T) {
	at := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	for _, r := range repairs {
		listed := map[string]string{}
		for line := range strings.Lines(r.fields) {
			what, fields, _ := strings.Cut(strings.TrimSpace(line), ":")
			for _, field := range strings.Fields(fields) {
				listed[field] = what
			}
		}
		of := r.make()
		s := New(&Rules{Location: time.UTC}, nil)
		s.now, s.callbacks["cb"] = at, &Callback{ID: "cb", Number: "+1", Trying: Trying{Refusers: []Refuser{{Agent: "1001"}}}}
		next := at.Add(-2 * time.Hour)
		fill(reflect.ValueOf(of).Elem(), &next)
		switch e := of.(type) { // none that is over
		case *Call:
			e.Outcome = ""
		case *Callback:
			e.Outcome = ""
		}
		before := map[string]any{}
		for name, field := range saved(reflect.ValueOf(of).Elem()) {
			before[name] = field.Interface()
		}
		r.repair(s, of)
		for name, field := range saved(reflect.ValueOf(of).Elem()) {
			what := "anew"
			switch {
			case reflect.ValueOf(before[name]).IsZero():
				continue
			case reflect.DeepEqual(field.Interface(), before[name]):
				what = "kept"
			case field.IsZero():
				what = "cleared"
			}
			if listed[name] != what {
				t.Errorf("%s.%s is %s when it is %s, and listed as %q: see to it in queue/mend.go, and list it in repairs (queue/mendfields_test.go)", of.Kind(), name, what, r.how, listed[name])
			}
		}
	}
}

// fill sets all that is saved of an entity and not set yet, each time to a later one.
func fill(v reflect.Value, next *time.Time) {
	switch {
	case v.Type() == reflect.TypeFor[time.Time]():
		*next = next.Add(time.Minute)
		v.Set(reflect.ValueOf(*next))
	case v.Kind() == reflect.Struct:
		for _, field := range saved(v) {
			fill(field, next)
		}
	case !v.IsZero():
	case v.Kind() == reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(v.Index(0), next)
	case v.Kind() == reflect.String:
		v.SetString("x")
	case v.Kind() == reflect.Bool:
		v.SetBool(true)
	case v.CanInt():
		v.SetInt(3)
	default:
		panic(fmt.Sprintf("the test does not know how to set a %s", v.Type()))
	}
}
