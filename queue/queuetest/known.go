package queuetest

import (
	"fmt"
	"slices"

	"kezek/queue"
)

// checkKnown holds that the rules know the party of each channel that an action of a step
// is for, except actions that may be for a channel that is being given up. This finds a
// kind of channel that is missing in the rules' list of parties. A [queue.Synced] may
// tell an agent something before it finds out that the phone is gone.
func checkKnown(s *queue.State, ev queue.Event, fx queue.Effects) error {
	if _, resync := ev.(queue.Synced); resync {
		return nil
	}
	ended := map[string]bool{}
	if fx.Answer.Refused != "" { // after words
		switch ev := ev.(type) {
		case queue.LegPickedUp:
			ended[ev.Channel] = true
		case queue.SlotDialled:
			ended[ev.Channel] = true
		}
	}
	for _, a := range slices.Backward(fx.Actions) {
		switch a := a.(type) {
		case queue.Hangup:
			ended[a.Channel] = true
			continue
		case queue.Leave:
			ended[a.Channel] = true
			continue
		case queue.StopPlay, queue.StopMusic, queue.Part, queue.Disconnect, queue.DetectTalk, queue.TransferDone:
			continue
		}
		for _, channel := range a.Channels() {
			if channel != "" && !ended[channel] && s.Owner(channel) == nil {
				return fmt.Errorf("%T %+v: the rules do not know whose channel %s is", a, a, channel)
			}
		}
	}
	return nil
}
