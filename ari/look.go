package ari

import (
	"context"
	"net/http"
	"sync"
	"time"

	asterisk "github.com/CyCoreSystems/ari/v6"
	"go.uber.org/zap"

	"kezek/queue"
)

// Talks are looked at, for nobody tells when a talk has gone silent: whether anything comes from each phone that has
// answered, and whether who was brought together is together. The looks are requests in a row, of which one is under way
// at a time, beside those of the calls.
//
// A phone may send nothing and be well: it is muted, or leaves silence out. What that means is for the rules; see
// [queue.LegSilent].

const (
	// looksEvery is the pause between two rounds, and lookPause that between two requests of a round.
	looksEvery, lookPause = 250 * time.Millisecond, 2 * time.Millisecond
	// lookWithin is the deadline of a look.
	lookWithin = time.Second
	// audioEvery is how often each phone is looked at, and silentEvery one from which nothing came.
	audioEvery, silentEvery = 2 * time.Second, time.Second
	// bridgesEvery is how often the bridges are; strayWithin is how long somebody may be out of theirs on their way: longer
	// than the rules wait for a bridge that is being made, for they are told but once.
	bridgesEvery, strayWithin = 4 * time.Second, 2500 * time.Millisecond
)

// audio is what came from a phone, as it was looked at last.
type audio struct {
	due time.Time // the next look
	// none: the channel is not one of RTP, so there is nothing to look at.
	none bool
	// at is when it was looked at last, zero if it was not, and heard what was found.
	at    time.Time
	heard heard
	// silent is for how long nothing has come. Only time between looks counts: while Asterisk or this machine stands still
	// nothing is known of the phone.
	silent time.Duration
	// anew is when the phone registered anew, zero once audio has come after that.
	anew time.Time
}

// heard is what Asterisk has counted of a far end.
type heard struct {
	Packets int     `json:"rxcount"`
	Source  int64   `json:"remote_ssrc"`
	RTT     float64 `json:"rtt"` // changes with each report of the far end (RTCP)
}

// heard asks what has come from the far end of a channel. Without a session there is nothing; none: it has no RTP at all.
func (c *Client) heard(ctx context.Context, channel string) (h heard, none bool, err error) {
	err = c.get(ctx, path("channels", channel, "rtp_statistics"), &h)
	switch refused := refusalOf(err); {
	case refused.Status == http.StatusForbidden && refused.Message == "Unsupported channel type":
		return h, true, nil
	case refused.Status == http.StatusNotFound && refused.Message == "RTP info not found":
		return h, false, nil // what the phone has answered could not be used
	}
	return h, false, err
}

// looks begins to look, until the returned function is called.
func (e *Exchange) looks(ctx context.Context) (end func()) {
	ctx, cancel := context.WithCancel(ctx)
	var loops sync.WaitGroup
	loops.Go(func() { e.look(ctx) })
	loops.Go(func() { e.tracker.earlyRounds(ctx, func(leg string) { e.listenEarly(ctx, leg) }) })
	return func() {
		cancel()
		loops.Wait()
	}
}

func (e *Exchange) look(ctx context.Context) {
	var s strays
	for pause(ctx, looksEvery) {
		for _, id := range e.tracker.toHear(time.Now()) {
			e.listen(ctx, id)
			if !pause(ctx, lookPause) {
				return
			}
		}
		if now := time.Now(); now.After(s.due) {
			s.due = now.Add(bridgesEvery)
			e.lookForStrays(ctx, &s)
		}
	}
}

// pause reports whether to go on after it.
func pause(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}

// listen looks at one phone.
func (e *Exchange) listen(ctx context.Context, id string) {
	ctx, cancel := context.WithTimeout(ctx, lookWithin)
	defer cancel()
	h, none, err := e.client.heard(ctx, id)
	if err != nil {
		return // it is just ending, or Asterisk does not answer: the next look tells more
	}
	if ev := e.tracker.came(id, h, none, time.Now()); ev != nil {
		e.tell(ev)
	}
}

// toHear are the phones that are to be looked at now.
func (t *tracker) toHear(now time.Time) (ids []string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for id, c := range t.channels {
		if c.leg && c.up && !c.ending && !c.leaving && c.replaces == "" && !c.audio.none && !c.audio.due.After(now) {
			c.audio.due = now.Add(audioEvery)
			ids = append(ids, id)
		}
	}
	return ids
}

// came notes what was found, and tells of a phone from which nothing comes.
func (t *tracker) came(id string, h heard, none bool, now time.Time) queue.Event {
	t.mu.Lock()
	defer t.mu.Unlock()
	c := t.channels[id]
	if c == nil {
		return nil
	}
	a := &c.audio
	last, before := a.at, a.heard
	a.none, a.at, a.heard = none, now, h
	switch {
	case none || last.IsZero():
		return nil
	case h.Packets != before.Packets || h.Source != before.Source:
		if last.After(a.anew) {
			a.anew = time.Time{}
		}
		a.silent = 0
		return nil
	case h.Packets > 0 && h.RTT != before.RTT:
		a.silent = 0
		return nil
	}
	a.silent += min(now.Sub(last), 2*audioEvery)
	a.due = now.Add(silentEvery)
	return queue.LegSilent{Channel: id, For: a.silent, Never: h.Packets == 0, Anew: !a.anew.IsZero()}
}

// isAnew: a phone has registered at an address that was not its own, or can be reached again at its old one: it was
// restarted, or moved to another network. Its legs are looked at now. It must be called with the tracker locked.
func (t *tracker) isAnew(endpoint string) {
	if l := t.lines[endpoint]; l != nil {
		for _, id := range l.all {
			if c := t.channels[id]; c != nil && c.leg && c.up {
				c.audio.anew, c.audio.due = time.Now(), time.Time{}
			}
		}
	}
}

// strays are the channels that are not in the bridge that they have joined.
type strays struct {
	due time.Time // the next look
	// seen are those of the last look, each with its bridge, and told those of which the rules were told.
	seen, told map[string]string
}

// lookForStrays reads who is in which bridge. Who was missing in theirs at the look before, too, has fallen out of it: then
// all that lives is read, and the rules put it right.
func (e *Exchange) lookForStrays(ctx context.Context, s *strays) {
	if !e.tracker.bridges.any() {
		s.seen, s.told = nil, nil
		return
	}
	ctx, cancel := context.WithTimeout(ctx, lookWithin)
	defer cancel()
	var live []asterisk.BridgeData
	if err := e.client.get(ctx, "/bridges", &live); err != nil {
		return
	}
	before := s.seen
	s.seen = e.tracker.strays(live)
	for id, bridge := range s.seen {
		switch {
		case s.told[id] == bridge: // the rules would have it so
		case before[id] == bridge:
			e.log.Warn("a party has fallen out of its bridge; resyncing with Asterisk", zap.String("channel", id))
			e.resync.ask()
			s.told = s.seen
		default:
			s.due = time.Now().Add(strayWithin)
		}
	}
}

// strays are the channels that are not in the bridge that they have joined, each with that.
func (t *tracker) strays(live []asterisk.BridgeData) map[string]string {
	t.mu.Lock()
	defer t.mu.Unlock()
	in := map[string]string{}
	for _, b := range live {
		for _, id := range b.ChannelIDs {
			in[t.leg(id)] = b.ID
		}
	}
	strays := map[string]string{}
	for id, bridge := range t.bridges.all() {
		if c := t.channels[id]; c != nil && !c.ending && !c.leaving && in[id] != bridge {
			strays[id] = bridge
		}
	}
	return strays
}
