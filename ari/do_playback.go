package ari

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"go.uber.org/zap"

	"kezek/queue"
)

// What is heard.
var playbackActions = []handler{
	&kind[queue.Play]{
		before: func(e *Exchange, a queue.Play) ([]string, func(context.Context) error) {
			b := e.tracker.bridges.mixedOf(a.Channel)
			if b == "" {
				return nil, nil
			}
			return []string{a.Channel, bridgeKey(b)}, func(ctx context.Context) error { return e.rejoin(ctx, b) }
		},
		does: doer.play,
	},
	&kind[queue.StopPlay]{
		unawaited: true, // Asterisk does what comes next when it has ended
		does:      func(d doer, ctx context.Context, a queue.StopPlay) error { return d.stopPlay(ctx, a.ID) },
	},
	&kind[queue.Music]{does: asks(http.MethodPost, func(a queue.Music) string {
		return query(path("channels", a.Channel, "moh"), "mohClass", a.Class)
	})},
	&kind[queue.StopMusic]{does: asks(http.MethodDelete, func(a queue.StopMusic) string { return path("channels", a.Channel, "moh") })},
	&kind[queue.Announce]{
		key:  func(a queue.Announce) string { return bridgeKey(a.Bridge) },
		does: doer.announce,
	},
}

// announce lets those in a bridge hear phrases.
func (e *Exchange) announce(ctx context.Context, a queue.Announce) error {
	err := e.rejoin(ctx, a.Bridge)
	e.tracker.bridges.mix(a.Bridge)
	return worse(err, e.playAt(ctx, path("bridges", a.Bridge, "play", a.ID), a.Phrases))
}

// play tells the end of what cannot be played as well.
func (e *Exchange) play(ctx context.Context, a queue.Play) error {
	err := e.playAt(ctx, path("channels", a.Channel, "play", a.ID), a.Phrases)
	if err != nil {
		e.tell(queue.PlayEnded{Channel: a.Channel, Playback: a.ID})
	}
	if errors.Is(err, errNothingToPlay) {
		return nil
	}
	return err
}

// stopPlay ends a playback. Asterisk cannot end one that is just being opened.
func (e *Exchange) stopPlay(ctx context.Context, id string) error {
	const tries, pause = 10, 5 * time.Millisecond
	for try := 1; ; try++ {
		err := e.client.delete(ctx, path("playbacks", id))
		if Status(err) != http.StatusInternalServerError || try == tries {
			return err
		}
		time.Sleep(pause)
	}
}

// errNothingToPlay: none of the phrases is recorded, which is logged.
var errNothingToPlay = errors.New("nothing to play")

// playAt lets a channel or a bridge hear phrases.
func (e *Exchange) playAt(ctx context.Context, at string, phrases []queue.Phrase) error {
	var media []string
	for _, phrase := range phrases {
		if phrase.ID == queue.Ringback {
			media = append(media, "tone:ring")
			continue
		}
		if m := e.opts.Media(phrase); m != "" {
			media = append(media, m)
		} else {
			e.log.Error("no recording of a phrase", zap.Any("phrase", phrase))
		}
	}
	if len(media) == 0 {
		return errNothingToPlay
	}
	media, folder := inFolder(media)
	return e.client.post(ctx, query(at, "media", strings.Join(media, ","), "lang", folder))
}

// inFolder takes the folder off sounds that share one. Told as their language it
// is where Asterisk looks first: a look is a try of each format that it knows.
func inFolder(media []string) (names []string, folder string) {
	for i, m := range media {
		cut := strings.LastIndexByte(m, '/')
		if cut < 0 || i > 0 && m[:cut] != folder {
			return media, ""
		}
		folder = m[:cut]
		names = append(names, "sound:"+m[cut+1:])
	}
	return names, strings.TrimPrefix(folder, "sound:")
}
