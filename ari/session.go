package ari

import (
	"bytes"
	"context"
	"errors"
	"strconv"
	"time"

	"go.uber.org/zap"

	"kezek/queue"
)

// session is one connection of the event socket, from the first try to its loss.
type session struct {
	*Exchange
	gen    int
	tries  *retry
	sink   func(time.Time, queue.Event)
	socket *socket
	synced bool
	last   []byte // the event before
	marks  int    // events of our own, see catchUp
	mark   string // the last of them that came
}

// run attaches, tells what lives and then what happens, until the connection
// is lost or ctx ends. Why it ended is the error.
func (s *session) run(ctx context.Context) error {
	// Connections of an earlier session may be dead. fasthttp finds that out by
	// using them, one a request: every one of them would cost a try.
	s.client.Close()
	var err error
	if s.socket, err = s.dialer.dial(ctx, s.opts.App); err != nil {
		return err
	}
	// From here on events are kept in the inbox; they are told after the Synced.
	defer s.socket.listen(s.inbox, s.gen)()

	if err := s.client.allowEvents(ctx, s.opts.App); err != nil {
		return err
	}
	if s.opts.CDR {
		writes, err := s.client.writesCDR(ctx)
		if err != nil {
			return err
		}
		s.cdr.Store(writes)
	}
	if err := s.sync(ctx); err != nil {
		return err
	}
	s.synced = true
	s.setConnected(true)
	defer s.looks(ctx)()
	s.log.Log(s.tries.level(), "attached to Asterisk", zap.String("url", s.opts.URL), zap.String("app", s.opts.App))
	err = s.pump(ctx)
	s.setConnected(false)
	if ctx.Err() == nil {
		s.sink(time.Now(), queue.ExchangeDown{Exchange: s.opts.Name})
	}
	return err
}

// pump tells events as they come.
func (s *session) pump(ctx context.Context) error {
	s.inbox.token() // for what an earlier connection left
	lasting := time.After(s.lasting)
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-lasting:
			s.tries.lasts()
		case <-s.resync.due:
			if err := s.sync(ctx); err != nil {
				// An Asterisk that cannot be read is as good as lost.
				return err
			}
		case <-s.inbox.wake:
			for it, ok := s.inbox.pop(); ok; it, ok = s.inbox.pop() {
				if err := s.handle(it); err != nil {
					return err
				}
			}
		}
	}
}

func (s *session) handle(it item) error {
	defer func() { s.endElsewhere(s.tracker.ringElsewhere()) }()
	switch {
	case it.told != nil:
		if told := s.tracker.settle(it.told); told != nil {
			s.sink(it.at, told)
		}
	case it.gen != s.gen: // left over from an earlier connection; the Synced has told what came of it
	case it.err != nil:
		return it.err
	case bytes.Equal(it.raw, s.last): // told as the phone's after it was told as the channel's
	default:
		s.last = it.raw
		ev, err := decode(it.raw)
		if err != nil {
			s.misread(it.raw, err)
			return nil
		}
		switch n := s.tracker.translate(ev); {
		case errors.Is(n.err, ErrReplaced):
			return n.err
		case n.err != nil:
			s.misread(it.raw, n.err)
		case n.mark != "":
			s.mark = n.mark
		case n.orphan != "":
			s.log.Warn("hanging up an orphaned channel", zap.String("channel", n.orphan))
			s.Do(it.at, []queue.Action{queue.Hangup{Channel: n.orphan, Reason: queue.HangupNormal}})
		case n.show != nil:
			s.Do(it.at, []queue.Action{*n.show})
		default:
			for _, told := range [...]queue.Event{n.first, n.told, n.then} {
				if told != nil {
					s.sink(it.at, told)
				}
			}
		}
	}
	return nil
}

// misread counts an event that is no event, and logs the first: what sends one sends many.
func (s *session) misread(raw []byte, err error) {
	if s.opts.Metrics.Misread != nil {
		s.opts.Metrics.Misread()
	}
	level := zap.DebugLevel
	if !s.saidMisread {
		s.saidMisread, level = true, zap.ErrorLevel
	}
	const longest = 1000 // bytes of it in the log
	s.log.Log(level, "event not understood", zap.ByteString("event", raw[:min(len(raw), longest)]), zap.Error(err))
}

// sync reads what lives and tells it. What happens meanwhile waits in the inbox:
// at first until all is told, later only until it is read.
func (s *session) sync(ctx context.Context) error {
	s.resync.begin()
	began := time.Now()
	s.mu.Lock()
	watched := s.endpoints
	s.mu.Unlock()

	unfinished := s.scheduler.observe()
	s.tracker.observe(watched)
	snap, missing, err := s.client.snapshot(ctx, s.opts.App, watched)
	if err == nil && s.synced {
		err = s.catchUp(ctx)
	}
	actions := unfinished()
	if err != nil {
		return err
	}
	for _, endpoint := range missing {
		s.log.Error("no such endpoint on Asterisk; its agent cannot be called", zap.String("endpoint", endpoint))
	}
	synced := s.tracker.adopt(snap, watched, actions, s.synced)
	s.endElsewhere(s.tracker.ringElsewhere())
	synced.Exchange = s.opts.Name
	s.log.Log(s.tries.level(), "synced with Asterisk", zap.Int("channels", len(synced.Channels)),
		zap.Int("bridges", len(synced.Bridges)), zap.Int("phones", len(synced.Phones)))
	s.sink(began, synced)
	return nil
}

// catchUp tells all that happened until now. Asterisk answers requests while
// its events still wait, on a busy machine for long: without them what is gone
// would seem to have vanished, and nobody would know that it was declined or hung up.
func (s *session) catchUp(ctx context.Context) error {
	defer s.inbox.token() // for what is left
	s.marks++
	mark := "kezek-read-" + strconv.Itoa(s.marks)
	if err := s.client.post(ctx, query(path("events", "user", mark), "application", s.opts.App)); err != nil {
		return err
	}
	within := time.After(requestWithin)
	for {
		for it, ok := s.inbox.pop(); ok; it, ok = s.inbox.pop() {
			if err := s.handle(it); err != nil {
				return err
			}
			if s.mark == mark {
				return nil
			}
		}
		select {
		case <-s.inbox.wake:
		case <-ctx.Done():
			return ctx.Err()
		case <-within:
			s.log.Warn("events come late; recent hang-ups may be reported as lost", zap.Duration("after", requestWithin))
			return nil
		}
	}
}
