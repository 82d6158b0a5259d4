package ari

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	asterisk "github.com/CyCoreSystems/ari/v6"

	"kezek/queue"
)

// snapshot is what was read of an Asterisk.
type snapshot struct {
	app       string
	started   time.Time               // Asterisk itself
	channels  []channelData           // those in our app
	others    map[string]*channelData // and all others
	bridges   []asterisk.BridgeData   // those that we made
	endpoints []asterisk.EndpointData
	lamps     map[string]queue.LampState
}

// snapshot subscribes to the watched endpoints and reads what lives. Missing
// are the endpoints that Asterisk does not have.
func (c *Client) snapshot(ctx context.Context, app string, watched []string) (s *snapshot, missing []string, err error) {
	if missing, err = c.watch(ctx, app, watched, watchedAtOnce); err != nil {
		return nil, nil, err
	}
	s = &snapshot{app: app}
	var (
		info     asterisk.AsteriskInfo
		ours     asterisk.ApplicationData
		channels []readChannel
		bridges  []asterisk.BridgeData
		states   []asterisk.DeviceStateData
	)
	// The app first: a channel that enters it later is told by an event that waits.
	for _, r := range []struct {
		path string
		into any
	}{
		{"/asterisk/info?only=status", &info},
		{path("applications", app), &ours},
		{"/channels", &channels},
		{"/bridges", &bridges},
		{"/endpoints", &s.endpoints},
		{"/deviceStates", &states},
	} {
		if err := c.get(ctx, r.path, r.into); err != nil {
			return nil, nil, err
		}
	}
	s.started = time.Time(info.StatusInfo.StartupTime)
	in := make(map[string]bool, len(ours.ChannelIDs))
	for _, id := range ours.ChannelIDs {
		in[id] = true
	}
	s.others = make(map[string]*channelData, len(channels))
	for i := range channels {
		ch := &channels[i]
		if in[ch.ID] && !ch.hasLeft() {
			ch.Created = time.Time(ch.Made).UTC()
			s.channels = append(s.channels, ch.channelData)
		}
		if !in[ch.ID] {
			s.others[ch.ID] = &ch.channelData
		}
	}
	s.lamps = make(map[string]queue.LampState, len(states))
	for _, d := range states {
		if name, ours := strings.CutPrefix(d.Name, lampScheme); ours && d.State != lampAtRest {
			s.lamps[name] = queue.LampState(d.State)
		}
	}
	s.bridges = slices.DeleteFunc(bridges, func(b asterisk.BridgeData) bool { return b.Name != app })
	return s, missing, nil
}

// args are the arguments with which a channel entered our app.
func (s *snapshot) args(ch *channelData) []string {
	all := strings.Split(ch.Dialplan.AppData, ",")
	if all[0] != s.app {
		return nil
	}
	return all[1:]
}

// allowEvents keeps the events away that nobody reads: three of four. Also
// ApplicationReplaced is kept back unless it is named.
func (c *Client) allowEvents(ctx context.Context, app string) error {
	var allowed []map[string]string
	for _, name := range slices.Sorted(maps.Keys(events)) {
		allowed = append(allowed, map[string]string{"type": name})
	}
	return c.do(ctx, http.MethodPut, path("applications", app, "eventFilter"), map[string]any{"allowed": allowed}, nil)
}

// watchedAtOnce bounds how many endpoints one request names, to keep its line short.
const watchedAtOnce = 50

// watch subscribes to endpoints, so many at once. Asterisk refuses a list in which one does not
// exist as a whole; then they are tried one by one.
func (c *Client) watch(ctx context.Context, app string, endpoints []string, atOnce int) (missing []string, err error) {
	for some := range slices.Chunk(endpoints, atOnce) {
		err := c.post(ctx, query(path("applications", app, "subscription"), "eventSource", "endpoint:"+strings.Join(some, ",endpoint:")))
		switch refused := Status(err) == http.StatusUnprocessableEntity; {
		case refused && len(some) == 1:
			missing = append(missing, some...)
			continue
		case refused:
			some, err = c.watch(ctx, app, some, 1)
			missing = append(missing, some...)
		}
		if err != nil {
			return nil, err
		}
	}
	return missing, nil
}
