package queuetest

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"kezek/queue"
)

// anyState is every state of an entity.
const anyState = "any"

// setIn says in which states each saved field of a call, an agent or a callback may be set. What belongs to a state is
// cleared on the way out of it: by setState and setStatus (queue/moves.go), or by the rule that ends it.
var setIn = map[reflect.Type]string{
	reflect.TypeFor[queue.Call](): `
any: id channel queue did number name language state since arrived serial round menu_over priority holds dials

menu: menu_by
menu waiting offered: dialled dial_by
menu waiting offered talking held parked transferring ending: playing play_by
waiting offered talking held parked transferring transferred ending: entered place head joined_at overflowed misses callback told_other tries agent joined result visits talks
waiting offered talking held parked transferring transferred ending: hold_figures hold_log transfers offer_log warning warned unheard recorded notified monitored
any: heir heir_by
waiting offered: announce_at overflow_at give_up_at keeper keep_until keying keyed
waiting offered ending: key_by telling offer_next offer_spoken tried
waiting offered held parked transferring: music
offered: offers ring_by overdue
talking: silent_by
talking held transferring: leg apart recording transfer_by promised
talking held parked transferring transferred ending: answered talk_end
talking held transferring transferred: bridge target
held: acting remind_at
held parked: held_by act_at hold_until
parked: slot
ending: choosing rate rating outcome exit end_by
`,
	// "chosen" is a status of the config's table.
	reflect.TypeFor[queue.Agent](): `
any: id status since reachable in_use shift shift_at came left leg leg_by target holds telling words words_n hears keys_at calls last_call hold_figures ratings penalties missed_in_row rest_until guesses wrong_pins locked_until monitor
waiting ringing talking wrapup missed unwell chosen: logged_in endpoint fault faults gone_by day_end last owes
waiting offline chosen: ordered_by
ringing talking: call callback
ringing talking wrapup: after after_end after_by after_why
talking: passing keys recall reminded
wrapup: wrap_until
chosen: stay_until overstayed
`,
	reflect.TypeFor[queue.Callback](): `
any: id number queue language class state since place priority created from due_at origin caller booker owner note by serial kept unverified
open on_line offered briefing dialling greeting talking over: attempts refusers urgent urgent_at warned escalated breached alarm told put_off trunk_failed
booking open on_line over: next_at
open offered briefing dialling greeting: tried
offered briefing dialling greeting: step_by
offered briefing dialling greeting talking: agent leg
briefing dialling: whisper
dialling: rings early
dialling greeting talking: client
greeting: greeting
over: outcome reason ended_by ended until
`,
}

// checkSet holds that each field of what a step has changed is set only in the states that setIn has for it.
func checkSet(fx queue.Effects) error {
	var wrong []error
	for _, e := range fx.Changed {
		wrong = append(wrong, wronglySet(e))
	}
	return errors.Join(wrong...)
}

// wronglySet tells of a field of an entity that is set in a wrong state; nil if there is none.
func wronglySet(e queue.Entity) error {
	var state string
	switch e := e.(type) {
	case *queue.Call:
		state = string(e.State)
	case *queue.Agent:
		state = string(e.Status)
		if !slices.Contains(queue.SetByDaemon, e.Status) {
			state = queue.StatusChosen
		}
	case *queue.Callback:
		state = string(e.State)
	default:
		return nil
	}
	v := reflect.ValueOf(e).Elem()
	for _, f := range fields[v.Type()] {
		if v := v.FieldByIndex(f.index); !f.states[anyState] && !f.states[state] && !v.IsZero() && (v.Kind() != reflect.Slice || v.Len() > 0) {
			return fmt.Errorf("%s of %s %s is set while it is %s, which setIn (queue/queuetest/setin.go) does not have: clear it where that state begins (queue/moves.go), or list it there", f.name, e.Kind(), e.Key(), state)
		}
	}
	return nil
}

// field is a saved field, and the states in which it may be set.
type field struct {
	name   string
	index  []int
	states map[string]bool
}

// fields are those of each type of entity.
var fields = func() map[reflect.Type][]field {
	all := map[reflect.Type][]field{}
	for t, table := range setIn {
		listed := map[string]map[string]bool{}
		for line := range strings.Lines(table) {
			states, names, _ := strings.Cut(line, ": ")
			for _, name := range strings.Fields(names) {
				if listed[name] == nil {
					listed[name] = map[string]bool{}
				}
				for _, state := range strings.Fields(states) {
					listed[name][state] = true
				}
			}
		}
		for _, f := range reflect.VisibleFields(t) {
			if name, _, _ := strings.Cut(f.Tag.Get("json"), ","); name != "" && name != "-" {
				all[t] = append(all[t], field{name, f.Index, listed[name]})
			}
		}
	}
	return all
}()
