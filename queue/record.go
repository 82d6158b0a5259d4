package queue

import (
	"slices"
	"time"
)

// Talks are recorded where the queue says so: what the caller says and what the
// caller hears, in one file each, from the connection until the agent leaves the
// talk. On hold, during a transfer and while the agent has paused it for payment
// data, silence is written, so that both files keep the time.

// noticeFor is what a caller must hear before the connection: that the talk is recorded.
func (c *Call) noticeFor(s *State) []Phrase {
	if !s.queueRules(c.Queue).Recording.isTold() || c.Notified {
		return nil
	}
	return []Phrase{c.say(recordedPhrase)}
}

// startRecording begins to record a talk, if the caller has heard the notice or needs none.
func (c *Call) startRecording(s *State) {
	if !s.queueRules(c.Queue).Recording.On || len(c.noticeFor(s)) > 0 {
		return
	}
	in, out := c.nextID(c.ID, "r"), c.nextID(c.ID, "r")
	c.Recording = Recording{Name: "kezek/" + s.today() + "/" + c.Queue + "/" + in, In: in, Out: out, Since: s.now}
	s.touch(c)
	s.do(Record{Channel: c.channel(), In: in, Out: out, Name: c.Recording.Name})
	c.muteRecording(s)
}

// endRecording ends the recording. The call's record lists what is kept of it, and why it broke off if it did.
func (c *Call) endRecording(s *State, kept bool, broken string) {
	if c.Recording.Name == "" {
		return
	}
	c.endPause(s)
	r := c.Recording
	c.Recording = Recording{}
	s.touch(c)
	s.do(Hangup{r.In, HangupNormal}, Hangup{r.Out, HangupNormal})
	if !kept {
		return
	}
	c.Recorded = appendLogged(c.Recorded, Recorded{
		Name: r.Name, Agent: c.Agent, Start: r.Since, Length: s.now.Sub(r.Since), Paused: r.Paused, Broken: broken,
	})
}

// recorderParty is one of the two channels of a recording.
type recorderParty struct{ partyOf[*Call] }

func (recorderParty) gone(*State, Cause)                      {} // why it ended is told by [RecordingBroke]
func (recorderParty) reconcile(reconciler, LiveChannel, bool) {} // see restoreRecording

// recordingBroke takes note that a talk is no longer recorded, or never was. The talk
// goes on all the same.
func (p recorderParty) recordingBroke(s *State, ev RecordingBroke) {
	c := p.e
	c.endRecording(s, ev.Kept, ev.Why)
	e := Entry{Kind: EntryRecordingFailed, Agent: c.Agent, Details: &Details{Reason: ev.Why}}
	if ev.Kept {
		e.Details.Recorded = slices.Clone(c.Recorded[len(c.Recorded)-1:])
	}
	c.note(s, e)
}

// muteRecording writes silence while the caller is out of the talk, or while it is paused.
func (c *Call) muteRecording(s *State) {
	r := &c.Recording
	if mute := c.Apart || !r.PausedAt.IsZero(); r.Name != "" && r.Muted != mute {
		r.Muted = mute
		s.do(MuteRecording{In: r.In, Out: r.Out, Name: r.Name, On: mute})
		s.touch(c)
	}
}

// pauseRecording is the code for both ways: before and after payment data are spoken.
func (a *Agent) pauseRecording(s *State, c *Call) {
	r := &c.Recording
	switch {
	case r.Name == "" || c.State == CallTransferring:
	case !r.PausedAt.IsZero():
		c.resumeRecording(s)
	default:
		r.PausedAt = s.now
		r.ResumeAt = s.now.Add(s.queueRules(c.Queue).Recording.Pause)
		c.muteRecording(s)
		c.note(s, Entry{Kind: EntryRecordingPaused, Agent: a.ID})
		a.tellInCall(s, c, "recording-paused")
	}
}

// resumeRecording goes on with the recording after a pause, and tells the agent so.
func (c *Call) resumeRecording(s *State) {
	c.endPause(s)
	c.muteRecording(s)
	s.agents[c.Agent].tellInCall(s, c, "recording-resumed")
}

func (c *Call) endPause(s *State) {
	r := &c.Recording
	if r.PausedAt.IsZero() {
		return
	}
	paused := s.now.Sub(r.PausedAt)
	c.note(s, Entry{Kind: EntryRecordingResumed, Agent: c.Agent, Details: &Details{Length: paused}})
	r.Paused += paused
	r.PausedAt, r.ResumeAt = time.Time{}, time.Time{}
	s.touch(c)
}

// Why a recording broke off when no event tells it.
const (
	brokeAway    = "it was interrupted while Kezek was away"
	replacedAway = "another channel took the place of the caller's"
)

// restoreRecording repairs a recording after an absence, during which it went on. If it
// was never begun, or broke off, a new one begins.
func (r reconciler) restoreRecording(c *Call) {
	is := &c.Recording
	if !r.anew || is.Name == "" {
		return
	}
	_, in := r.channels[is.In]
	_, out := r.channels[is.Out]
	if in && out {
		r.do(MuteRecording{In: is.In, Out: is.Out, Name: is.Name, On: is.Muted})
		return
	}
	r.heal(c.ID, "is not recorded")
	c.recordAnew(r.State, brokeAway)
}

// recordAnew begins another recording of the talk, in the place of one that broke off.
func (c *Call) recordAnew(s *State, why string) {
	is := &c.Recording
	paused, until := !is.PausedAt.IsZero(), is.ResumeAt
	c.endRecording(s, true, why)
	if c.startRecording(s); paused && is.Name != "" {
		is.PausedAt, is.ResumeAt = s.now, until // what was paused of the first is in its own record
		c.muteRecording(s)
	}
}

// checkRecorded: only a talk with an agent is recorded, and nothing that must not be.
func (c *Call) checkRecorded(s *State, bad report) {
	r := &c.Recording
	if on := r.Name != ""; on && !c.hasAgent() || on != (r.In != "") || on != (r.Out != "") {
		bad(c, "call %s is %s and recorded as %q by %q and %q", c.ID, c.State, r.Name, r.In, r.Out)
	}
	if r.Name != "" && r.Muted != (c.Apart || !r.PausedAt.IsZero()) {
		bad(c, "the recording of %s is muted: %v, with the caller apart: %v, paused since %v", c.ID, r.Muted, c.Apart, r.PausedAt)
	}
}
